/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

void kube_pages_clear(struct kube_pages *pages)
{
    json_decref(pages->list);
    free(pages->continue_);
    *pages = (struct kube_pages){0};
}

/* The list that the first page is; its items follow. */
static json_t *new_list(const json_t *metadata)
{
    json_auto_t *list = json_object();
    json_t *copy = json_copy(json_object_get(metadata, "metadata"));

    (void)json_object_del(copy, "continue");
    (void)json_object_del(copy, "remainingItemCount");
    if (json_object_set_new(list, "metadata", copy) < 0 ||
        json_object_set_new(list, "items", json_array()) < 0) {
        return NULL;
    }
    return TAKE(list);
}

/* Remember where the next page begins. */
static int note_continue(struct kube_pages *pages, const json_t *page, struct err *err)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(page, "metadata"), "continue"));
    char *copy = NULL;

    if (text != NULL && text[0] != '\0') {
        if (pages->continue_ != NULL && strcmp(text, pages->continue_) == 0) {
            return err_set(err, ERR_INVALID, "a page of a list leads to itself");
        }
        copy = strdup(text);
        if (copy == NULL) {
            return err_no_memory(err);
        }
    }
    free(pages->continue_);
    pages->continue_ = copy;
    return 0;
}

int kube_pages_add(struct kube_pages *pages, json_t *page, struct err *err)
{
    json_t *items = json_object_get(page, "items");

    if (!json_is_object(json_object_get(page, "metadata")) ||
        !(items == NULL || json_is_null(items) || json_is_array(items))) {
        return err_set(err, ERR_INVALID, "expected a list, found %s", json_type_name(page));
    }
    if (pages->list == NULL) {
        pages->list = new_list(page);
        if (pages->list == NULL) {
            return err_no_memory(err);
        }
    }
    /* Go writes an empty list as null, or leaves it out. */
    if (json_is_array(items) &&
        json_array_extend(json_object_get(pages->list, "items"), items) < 0) {
        return err_no_memory(err);
    }
    return note_continue(pages, page, err);
}

bool kube_pages_restart(struct kube_pages *pages)
{
    if (pages->is_again) {
        return false;
    }
    kube_pages_clear(pages);
    pages->is_again = true;
    return true;
}
