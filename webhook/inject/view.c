/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/view.h"

#include <assert.h>
#include <string.h>

const char *string_map_get(const struct string_map *map, const char *key)
{
    for (size_t i = 0; i < map->list.n; i++) {
        if (strcmp(map->list.items[i].key, key) == 0) {
            return map->list.items[i].value;
        }
    }
    return NULL;
}

bool template_can_mount(const struct template *template)
{
    return template->type == TEMPLATE_CONTAINER || template->type == TEMPLATE_SCRIPT ||
           template->type == TEMPLATE_CONTAINER_SET;
}

enum defaults_section template_defaults_section(const struct template *template)
{
    assert(template_can_mount(template));
    if (template->type == TEMPLATE_CONTAINER) {
        return DEFAULTS_CONTAINER;
    }
    return template->type == TEMPLATE_SCRIPT ? DEFAULTS_SCRIPT : DEFAULTS_CONTAINER_SET;
}
