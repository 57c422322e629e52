/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_copy.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_FIRST 16

void kube_copy_clear(struct kube_copy *copy)
{
    for (size_t i = 0; i < copy->n; i++) {
        json_decref(copy->items[i].object);
    }
    free(copy->items);
    *copy = KUBE_COPY_INIT(copy->max);
}

bool kube_copy_read(json_t *object, struct kube_copy_item *out)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *namespace_ = json_string_value(json_object_get(metadata, "namespace"));
    const char *name = json_string_value(json_object_get(metadata, "name"));
    const char *version = json_string_value(json_object_get(metadata, "resourceVersion"));

    if (name == NULL || name[0] == '\0' || version == NULL || version[0] == '\0') {
        return false;
    }
    *out = (struct kube_copy_item){
        .object = object,
        .namespace_ = namespace_ != NULL ? namespace_ : "",
        .name = name,
        .version = version,
    };
    return true;
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

int kube_copy_compare(const char *a, const char *b, bool *known)
{
    const int order = strcmp(a, b);

    *known = true;
    if (order == 0) {
        return 0;
    }
    if (!is_number(a) || !is_number(b)) {
        *known = false;
        return order;
    }
    a += strspn(a, "0");
    b += strspn(b, "0");
    if (strlen(a) != strlen(b)) {
        return strlen(a) < strlen(b) ? -1 : 1;
    }
    return strcmp(a, b);
}

/* Whether the version @a is certainly not newer than @b. */
static bool is_past(const char *a, const char *b)
{
    bool known;
    const int order = kube_copy_compare(a, b, &known);

    return known && order <= 0;
}

/* Where the object is, or would be. */
static size_t place_of(const struct kube_copy *copy, const char *namespace_, const char *name)
{
    size_t low = 0;
    size_t high = copy->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct kube_copy_item *item = &copy->items[middle];
        int order = strcmp(item->namespace_, namespace_);
        if (order == 0) {
            order = strcmp(item->name, name);
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct kube_copy_item *
item_at(const struct kube_copy *copy, size_t place, const char *namespace_, const char *name)
{
    struct kube_copy_item *item;

    if (place >= copy->n) {
        return NULL;
    }
    item = &copy->items[place];
    return strcmp(item->namespace_, namespace_) == 0 && strcmp(item->name, name) == 0 ? item : NULL;
}

const struct kube_copy_item *
kube_copy_find(const struct kube_copy *copy, const char *namespace_, const char *name)
{
    return item_at(copy, place_of(copy, namespace_, name), namespace_, name);
}

/* Make room for one more. */
static int grow(struct kube_copy *copy, struct err *err)
{
    size_t size = copy->size > 0 ? copy->size * 2 : ITEMS_FIRST;
    struct kube_copy_item *items;

    if (copy->n < copy->size) {
        return 0;
    }
    if (copy->n >= copy->max) {
        return err_set(err, ERR_TOO_BIG, "there are more than %zu objects", copy->max);
    }
    if (size > copy->max) {
        size = copy->max;
    }
    items = realloc(copy->items, size * sizeof(*items));
    if (items == NULL) {
        return err_no_memory(err);
    }
    copy->items = items;
    copy->size = size;
    return 0;
}

static int refuse(struct err *err)
{
    return err_set(err, ERR_INVALID, "an object lacks its name or its resourceVersion");
}

int kube_copy_put(struct kube_copy *copy,
                  json_t *object,
                  enum kube_copy_change *out,
                  struct err *err)
{
    struct kube_copy_item item;
    struct kube_copy_item *old;
    size_t place;

    if (!kube_copy_read(object, &item)) {
        return refuse(err);
    }
    place = place_of(copy, item.namespace_, item.name);
    old = item_at(copy, place, item.namespace_, item.name);
    if (old != NULL && is_past(item.version, old->version)) {
        *out = KUBE_COPY_SAME;
        return 0;
    }
    if (old != NULL) {
        json_decref(old->object);
    } else {
        if (grow(copy, err) < 0) {
            return -1;
        }
        memmove(&copy->items[place + 1], &copy->items[place],
                (copy->n - place) * sizeof(copy->items[0]));
        copy->n++;
    }
    copy->items[place] = item;
    (void)json_incref(object);
    *out = KUBE_COPY_CHANGED;
    return 0;
}

/* Take out the item at @place, whose reference goes to the caller. */
static void take_out(struct kube_copy *copy, size_t place)
{
    copy->n--;
    memmove(&copy->items[place], &copy->items[place + 1],
            (copy->n - place) * sizeof(copy->items[0]));
}

int kube_copy_remove(struct kube_copy *copy,
                     json_t *object,
                     enum kube_copy_change *out,
                     struct err *err)
{
    struct kube_copy_item item;
    const struct kube_copy_item *old;
    json_t *gone;
    bool known;
    size_t place;

    if (!kube_copy_read(object, &item)) {
        return refuse(err);
    }
    place = place_of(copy, item.namespace_, item.name);
    old = item_at(copy, place, item.namespace_, item.name);
    if (old == NULL || (kube_copy_compare(item.version, old->version, &known) < 0 && known)) {
        *out = KUBE_COPY_SAME;
        return 0;
    }
    gone = old->object;
    take_out(copy, place);
    json_decref(gone);
    *out = KUBE_COPY_CHANGED;
    return 0;
}

int kube_copy_replace(struct kube_copy *copy,
                      struct kube_copy *list,
                      const char *version,
                      struct err *err)
{
    struct kube_copy old;
    enum kube_copy_change change;

    for (size_t i = 0; i < copy->n; i++) {
        bool known;
        if (kube_copy_compare(copy->items[i].version, version, &known) > 0 && known &&
            kube_copy_put(list, copy->items[i].object, &change, err) < 0) {
            return -1;
        }
    }
    old = *copy;
    *copy = *list;
    *list = KUBE_COPY_INIT(old.max);
    kube_copy_clear(&old);
    return 0;
}
