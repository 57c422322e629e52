/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/joined.h"

/* NULL where there is none, or null. */
static json_t *get(const json_t *object, const char *key)
{
    json_t *member = json_object_get(object, key);

    return json_is_null(member) ? NULL : member;
}

const json_t *joined_get(const struct joined *joined, const char *key)
{
    const json_t *own = get(joined->own, key);

    return own != NULL ? own : get(joined->base, key);
}

/* Objects nest: bounded by JSON_DEPTH_MAX. NOLINTBEGIN(misc-no-recursion) */
static void write_member(struct json_out *out, const char *key, json_t *own, json_t *base)
{
    const struct joined both = {.own = own, .base = base};

    json_out_key(out, key);
    if (!json_is_object(own) || !json_is_object(base)) {
        json_out_value(out, own != NULL ? own : base);
        return;
    }
    json_out_object(out);
    joined_write_members(out, &both);
    json_out_object_end(out);
}

void joined_write_members(struct json_out *out, const struct joined *joined)
{
    const char *key;
    json_t *member;

    json_object_foreach (joined->own, key, member) {
        if (!json_is_null(member)) {
            write_member(out, key, member, get(joined->base, key));
        }
    }
    json_object_foreach (joined->base, key, member) {
        if (!json_is_null(member) && get(joined->own, key) == NULL) {
            write_member(out, key, NULL, member);
        }
    }
}
/* NOLINTEND(misc-no-recursion) */
