/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

#define TEXT_SIZE 600

/* Append the JSON Pointer of @place. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the value, which JSON_DEPTH_MAX bounds */
static void add_pointer(struct buf *out, const struct schema_place *place)
{
    if (place == NULL) {
        return;
    }
    add_pointer(out, place->up);
    if (place->key != NULL) {
        json_pointer_add(out, place->key);
    } else {
        buf_printf(out, "/%zu", place->index);
    }
}

static int
raise(const struct schema_check *check, enum err_code code, const char *text, struct err *err)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(TEXT_SIZE);

    add_pointer(&pointer, check->place);
    err_set(err, code, "%s", text);
    return err_wrap(err, "at %s", pointer.len > 0 ? buf_text(&pointer) : "the root");
}

int schema_check_fail(const struct schema_check *check, struct err *err, const char *fmt, ...)
{
    char text[TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return raise(check, ERR_INVALID, text, err);
}

int schema_check_bad_schema(const struct schema_check *check, struct err *err, const char *fmt, ...)
{
    char text[TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return raise(check, ERR_INTERNAL, text, err);
}

json_t *schema_walkable(const json_t *value)
{
    json_t *walkable;

    memcpy(&walkable, &value, sizeof(void *));
    return walkable;
}
