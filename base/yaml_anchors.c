/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_anchors.h"

#include <stdlib.h>

void yaml_anchors_clear(struct yaml_anchors *anchors)
{
    for (size_t i = 0; i < anchors->n; i++) {
        json_decref(anchors->items[i].value);
        json_decref(anchors->items[i].key);
    }
    free(anchors->items);
    json_decref(anchors->numbers);
    *anchors = (struct yaml_anchors){.n = 0};
}

/* Room for one more; there is some as long as the number is no power of two. */
static bool grow(struct yaml_anchors *anchors)
{
    struct yaml_anchor *items = anchors->items;

    if ((anchors->n & (anchors->n - 1)) == 0) {
        items = reallocarray(items, anchors->n == 0 ? 1 : 2 * anchors->n, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        anchors->items = items;
    }
    return true;
}

bool yaml_anchors_add(struct yaml_anchors *anchors, const char *name)
{
    if (anchors->numbers == NULL) {
        anchors->numbers = json_object();
    }
    if (!grow(anchors) ||
        json_object_set_new(anchors->numbers, name, json_integer((json_int_t)anchors->n)) < 0) {
        return false;
    }
    anchors->items[anchors->n++] = (struct yaml_anchor){.value = NULL};
    return true;
}

const struct yaml_anchor *yaml_anchors_find(const struct yaml_anchors *anchors, const char *name)
{
    const json_t *number = json_object_get(anchors->numbers, name);

    return number != NULL ? &anchors->items[json_integer_value(number)] : NULL;
}
