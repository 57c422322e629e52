/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/later.h"

void later_clear(struct later *later)
{
    json_decref(later->until_ms);
    *later = (struct later){.until_ms = NULL};
}

void later_begin(struct later *later, uint64_t now_ms)
{
    const char *key;
    json_t *until_ms;
    void *next;

    json_object_foreach_safe(later->until_ms, next, key, until_ms)
    {
        if ((uint64_t)json_integer_value(until_ms) <= now_ms) {
            (void)json_object_del(later->until_ms, key);
        }
    }
    if (json_object_size(later->until_ms) == 0) {
        later_clear(later); /* what is empty has the room of the most that there were */
    }
}

void later_note(struct later *later, const char *key, uint64_t until_ms)
{
    if (later->until_ms == NULL) {
        later->until_ms = json_object();
    }
    (void)json_object_set_new(later->until_ms, key, json_integer((json_int_t)until_ms));
}

bool later_must_wait(const struct later *later, const char *key)
{
    return json_object_get(later->until_ms, key) != NULL;
}

uint64_t later_first_ms(const struct later *later)
{
    uint64_t first_ms = UINT64_MAX;
    const char *key;
    const json_t *until_ms;

    json_object_foreach (later->until_ms, key, until_ms) {
        const uint64_t ms = (uint64_t)json_integer_value(until_ms);
        first_ms = ms < first_ms ? ms : first_ms;
    }
    return first_ms;
}
