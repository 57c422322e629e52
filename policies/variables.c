/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/variables.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

#define ACCEPTED \
    "'{{workflow.name}}', '{{workflow.namespace}}', '{{workflow.uid}}' and '{{pod.name}}'"

/* Longer than any pointer to a field that may hold variables. */
#define POINTER_MAX 8192

static const char *const accepted[] = {
    "{{workflow.name}}",
    "{{workflow.namespace}}",
    "{{workflow.uid}}",
    "{{pod.name}}",
};

static int refuse_program(struct err *err)
{
    return err_set(err, ERR_INVALID,
                   "'{{=' is not accepted: Argo would run what follows as a "
                   "program");
}

/* The length of the accepted variable that @text starts with, or 0. */
static size_t variable_length(const char *text)
{
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        size_t len = strlen(accepted[i]);
        if (strncmp(accepted[i], text, len) == 0) {
            return len;
        }
    }
    return 0;
}

int variables_check(const char *text, struct err *err)
{
    const char *at = text;

    while ((at = strstr(at, "{{")) != NULL) {
        size_t len = variable_length(at);
        if (at[2] == '=') {
            return refuse_program(err);
        }
        if (len == 0) {
            return err_set(err, ERR_INVALID,
                           "'%.40s' is not a variable that always has a value; "
                           "expected " ACCEPTED,
                           at);
        }
        at += len;
    }
    return 0;
}

struct walk {
    const struct source *source;
    struct buf pointer;
    struct err *err;
};

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Whether @pointer is @list, an index and @member: "/spec/volumes/" "0" "/subPath". */
static bool is_member(const char *pointer, const char *list, const char *member)
{
    if (!has_prefix(pointer, list)) {
        return false;
    }
    pointer += strlen(list);
    return strcmp(pointer + strcspn(pointer, "/"), member) == 0;
}

static bool may_hold_variables(const char *pointer)
{
    return is_member(pointer, "/spec/volumes/", "/subPath") ||
           is_member(pointer, "/spec/copies/", "/from/path") ||
           is_member(pointer, "/spec/copies/", "/copyBack/path") ||
           has_prefix(pointer, "/metadata/labels/") ||
           has_prefix(pointer, "/metadata/annotations/");
}

static int check_one(struct walk *walk, const char *text, bool key)
{
    const char *pointer = buf_text(&walk->pointer);

    if (strstr(text, "{{") != NULL && buf_failed(&walk->pointer) && !walk->pointer.too_big) {
        return err_no_memory(walk->err); /* where it stands is not known */
    }
    if (strstr(text, "{{=") != NULL) {
        refuse_program(walk->err);
    } else if (strstr(text, "{{") != NULL && (key || !may_hold_variables(pointer))) {
        err_set(walk->err, ERR_INVALID,
                "'{{' is not accepted here: Argo substitutes it; variables are accepted in "
                "subPath, from.path and copyBack.path only");
    } else {
        return 0;
    }
    return source_locate(walk->source, key, walk->err, "%s", pointer);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most YAML_DEPTH_MAX levels */
static int check_value(struct walk *walk, json_t *value)
{
    size_t len = walk->pointer.len;
    const char *key;
    json_t *item;

    if (json_is_string(value)) {
        return check_one(walk, json_string_value(value), false);
    }
    json_object_foreach (value, key, item) {
        json_pointer_add(&walk->pointer, key);
        if (check_one(walk, key, true) < 0 || check_value(walk, item) < 0) {
            return -1;
        }
        buf_cut(&walk->pointer, len);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        buf_printf(&walk->pointer, "/%zu", i);
        if (check_value(walk, json_array_get(value, i)) < 0) {
            return -1;
        }
        buf_cut(&walk->pointer, len);
    }
    return 0;
}

int variables_check_document(const struct source *source, struct err *err)
{
    struct walk walk = {.source = source, .pointer = BUF_INIT(POINTER_MAX), .err = err};
    int result = check_value(&walk, source->document);

    buf_clear(&walk.pointer);
    return result;
}
