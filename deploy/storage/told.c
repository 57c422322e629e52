/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/told.h"

#include <string.h>

#include "base/json.h"

void told_clear(struct told *told)
{
    json_decref(told->before);
    json_decref(told->now);
    *told = (struct told){.before = NULL};
}

bool told_note(struct told *told, const char *key, const char *text)
{
    if (told->now == NULL) {
        told->now = json_object();
    }
    (void)json_object_set_new(told->now, key, json_string(text));
    return json_object_get(told->before, key) == NULL ||
           strcmp(json_text_of(told->before, key), text) != 0;
}

void told_keep(struct told *told, const char *key)
{
    const json_t *text = json_object_get(told->before, key);

    if (text != NULL) {
        (void)told_note(told, key, json_string_value(text));
    }
}

size_t told_end(struct told *told)
{
    json_decref(told->before);
    told->before = told->now;
    told->now = NULL;
    return json_object_size(told->before);
}
