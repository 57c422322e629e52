/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/patch.h"

#include <string.h>

void patch_clear(struct patch *patch)
{
    buf_clear(&patch->text);
    buf_clear(&patch->pointer);
}

/* Where operations begin, up to the pointer: the bracket and all to the second colon. */
#define START(op) "{\"op\":\"" op "\",\"path\":"

static struct json_out *
start(struct patch *patch, const char *head, const char *base, const char *path, const char *item)
{
    if (patch->n_operations++ == 0) {
        patch->out = (struct json_out){.buf = &patch->text};
        json_out_array(&patch->out);
    }
    buf_cut(&patch->pointer, 0);
    buf_add_text(&patch->pointer, base);
    buf_add_text(&patch->pointer, path);
    buf_add_text(&patch->pointer, item);
    json_out_literal_key(&patch->out, head, strlen(head));
    json_out_string(&patch->out, buf_text(&patch->pointer));
    JSON_OUT_KEY(&patch->out, "value");
    patch->value_start = patch->text.len;
    return &patch->out;
}

struct json_out *
patch_add(struct patch *patch, const char *base, const char *path, const char *item)
{
    return start(patch, START("add"), base, path, item);
}

struct json_out *
patch_replace(struct patch *patch, const char *base, const char *path, const char *item)
{
    return start(patch, START("replace"), base, path, item);
}

void patch_close(struct patch *patch)
{
    const char *key = strrchr(buf_text(&patch->pointer), '/');

    /* The value, and in an object its key with quotes, colon and comma. */
    patch->growth += patch->text.len - patch->value_start;
    patch->growth += (key != NULL ? strlen(key + 1) : 0) + strlen("\"\":,");
    json_out_object_end(&patch->out);
}

int patch_end(struct patch *patch, struct err *err)
{
    buf_add_text(&patch->text, patch->n_operations == 0 ? "[]" : "]");
    if (patch->n_operations > PATCH_OPERATIONS_MAX) {
        return err_set(err, ERR_TOO_BIG, "the patch has %zu operations; the limit is %d",
                       patch->n_operations, PATCH_OPERATIONS_MAX);
    }
    if (buf_check(&patch->pointer, "a JSON Pointer", err) < 0) {
        return -1;
    }
    return buf_check(&patch->text, "the patch", err);
}
