/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/joined.h"

/* Count the members of @object, and of the objects in it, on to @n.
 * NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static int count_members(const struct json_view *object, size_t *n, struct err *err)
{
    struct json_walk walk = json_walk_of(object);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        if (++*n > JOINED_MEMBERS_MAX) {
            return err_set(err, ERR_INVALID, "a securityContext has more than %d members",
                           JOINED_MEMBERS_MAX);
        }
        if (json_view_type(&walk.value) == JSON_VIEW_OBJECT &&
            count_members(&walk.value, n, err) < 0) {
            return -1;
        }
    }
    return status;
}

int joined_check(const struct joined *joined, struct err *err)
{
    size_t n_own = 0;
    size_t n_base = 0;

    return count_members(&joined->own, &n_own, err) < 0
               ? -1
               : count_members(&joined->base, &n_base, err);
}

bool joined_is_there(const struct joined *joined)
{
    return joined->own.reader != NULL || joined->base.reader != NULL;
}

/* The member @key of @object; nothing where there is none, or null. */
static int get(const struct json_view *object,
               const struct json_string *key,
               struct json_view *out,
               struct err *err)
{
    if (json_view_member(object, key, out, err) < 0) {
        return -1;
    }
    if (json_view_type(out) == JSON_VIEW_NULL) {
        *out = (struct json_view){0};
    }
    return 0;
}

int joined_get(const struct joined *joined, const char *key, struct json_view *out, struct err *err)
{
    const struct json_string name = json_string_of(key);

    if (get(&joined->own, &name, out, err) < 0) {
        return -1;
    }
    return out->reader != NULL ? 0 : get(&joined->base, &name, out, err);
}

static int write_value(struct json_out *out, const struct json_view *value, struct err *err)
{
    const char *text;
    size_t len;

    if (json_view_text(value, &text, &len, err) < 0) {
        return -1;
    }
    json_out_raw_text(out, text, len);
    return 0;
}

/* Objects nest: bounded by JSON_DEPTH_MAX. NOLINTBEGIN(misc-no-recursion) */
static int write_both(struct json_out *out,
                      const struct json_view *own,
                      const struct json_view *base,
                      struct err *err)
{
    const struct joined both = {.own = *own, .base = *base};

    if (json_view_type(own) != JSON_VIEW_OBJECT || json_view_type(base) != JSON_VIEW_OBJECT) {
        return write_value(out, own, err);
    }
    json_out_object(out);
    if (joined_write_members(out, &both, err) < 0) {
        return -1;
    }
    json_out_object_end(out);
    return 0;
}

static int write_own(struct json_out *out, const struct joined *joined, struct err *err)
{
    struct json_walk walk = json_walk_of(&joined->own);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        struct json_view base;
        if (json_view_type(&walk.value) == JSON_VIEW_NULL) {
            continue;
        }
        if (get(&joined->base, &walk.key, &base, err) < 0) {
            return -1;
        }
        json_out_raw_key(out, walk.key.bytes, walk.key.len);
        if (write_both(out, &walk.value, &base, err) < 0) {
            return -1;
        }
    }
    return status;
}

static int write_base(struct json_out *out, const struct joined *joined, struct err *err)
{
    struct json_walk walk = json_walk_of(&joined->base);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        struct json_view own;
        if (get(&joined->own, &walk.key, &own, err) < 0) {
            return -1;
        }
        if (own.reader != NULL || json_view_type(&walk.value) == JSON_VIEW_NULL) {
            continue;
        }
        json_out_raw_key(out, walk.key.bytes, walk.key.len);
        if (write_value(out, &walk.value, err) < 0) {
            return -1;
        }
    }
    return status;
}

int joined_write_members(struct json_out *out, const struct joined *joined, struct err *err)
{
    return write_own(out, joined, err) < 0 ? -1 : write_base(out, joined, err);
}
/* NOLINTEND(misc-no-recursion) */
