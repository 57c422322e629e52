/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema_pattern.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define PATTERN_MAX 4096

struct compiled {
    struct compiled *next;
    char *pattern;
    regex_t expression;
};

/* Kept, because compiling takes longer than a validation. Only tests run this, in one thread. */
static struct compiled *all_compiled;

static int refuse(const char *pattern, const char *what, struct err *err)
{
    return err_set(err, ERR_INTERNAL, "pattern '%s' is not supported: %s", pattern, what);
}

/* Translate the escape whose backslash is at @at. Returns its length, or -1. */
static int translate_escape(const char *pattern, const char *at, struct buf *out, struct err *err)
{
    static const struct {
        char escape;
        const char *list;
    } lists[] = {
        {'d', "[0-9]"},
        {'w', "[0-9A-Za-z_]"},
        {'s', "[ \t\n\v\f\r]"},
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (at[1] == lists[i].escape) {
            buf_add_text(out, lists[i].list);
            return 2;
        }
    }
    if (at[1] == '\0' || strchr("^$\\.*+?()[]{}|/-", at[1]) == NULL) {
        return refuse(pattern, "an escape of another character than ^$\\.*+?()[]{}|/-dws", err);
    }
    if (strchr("/-", at[1]) == NULL) {
        buf_add_char(out, '\\');
    }
    buf_add_char(out, at[1]);
    return 2;
}

/* Copy the list in brackets that starts at @at. Returns its length, or -1. */
static int copy_list(const char *pattern, const char *at, struct buf *out, struct err *err)
{
    const char *first = at[1] == '^' ? at + 2 : at + 1;
    const char *end = strchr(first, ']');

    if (end == NULL || end == first) {
        return refuse(pattern, "a list in brackets that is empty or does not end", err);
    }
    for (const char *c = first; c < end; c++) {
        if (*c == '\\') {
            return refuse(pattern, "a backslash in brackets", err);
        }
        if (*c == '[' && strchr(":.=", c[1]) != NULL) {
            return refuse(pattern, "a class in brackets", err);
        }
    }
    buf_add(out, at, (size_t)(end - at) + 1);
    return (int)(end - at) + 1;
}

/* Whether the repeat at @at is followed by '?' or '+', which change its meaning in ECMAScript. */
static bool is_special_repeat(const char *at)
{
    return strchr("*+?}", *at) != NULL && (at[1] == '?' || at[1] == '+');
}

/* Translate the next part of @pattern, at @at. Returns its length, or -1. */
static int translate_part(const char *pattern, const char *at, struct buf *out, struct err *err)
{
    switch (*at) {
    case '\\':
        return translate_escape(pattern, at, out, err);
    case '[':
        return copy_list(pattern, at, out, err);
    case '.':
        buf_add_text(out, "[^\n\r]"); /* POSIX's "." is any character */
        return 1;
    case '(':
        if (at[1] == '?') {
            return refuse(pattern, "a group with '(?'", err);
        }
        break;
    default:
        if (is_special_repeat(at)) {
            return refuse(pattern, "a lazy or possessive repeat", err);
        }
    }
    buf_add_char(out, *at);
    return 1;
}

static int translate(const char *pattern, struct buf *out, struct err *err)
{
    const char *at = pattern;

    while (*at != '\0') {
        int len = translate_part(pattern, at, out, err);
        if (len < 0) {
            return -1;
        }
        at += len;
    }
    return buf_check(out, "a pattern", err);
}

static void compiled_free(struct compiled *compiled)
{
    if (compiled != NULL) {
        free(compiled->pattern);
        free(compiled);
    }
}

DEFINE_CLEANUP(struct compiled, compiled_free)

/* The compiled form of @pattern, kept in all_compiled; NULL on error. */
static const struct compiled *compile(const char *pattern, struct err *err)
{
    CLEANUP(compiled_free) struct compiled *compiled = calloc(1, sizeof(*compiled));
    CLEANUP(buf_clear) struct buf translated = BUF_INIT(PATTERN_MAX);

    if (compiled == NULL || (compiled->pattern = strdup(pattern)) == NULL) {
        err_no_memory(err);
        return NULL;
    }
    if (translate(pattern, &translated, err) < 0) {
        return NULL;
    }
    if (regcomp(&compiled->expression, buf_text(&translated), REG_EXTENDED | REG_NOSUB) != 0) {
        refuse(pattern, "regcomp() refuses it", err);
        return NULL;
    }
    compiled->next = all_compiled;
    all_compiled = compiled;
    return TAKE(compiled);
}

int schema_pattern_matches(const char *pattern, const json_t *string, bool *out, struct err *err)
{
    const struct compiled *compiled = all_compiled;
    const char *text = json_string_value(string);

    while (compiled != NULL && strcmp(compiled->pattern, pattern) != 0) {
        compiled = compiled->next;
    }
    if (compiled == NULL) {
        compiled = compile(pattern, err);
    }
    if (compiled == NULL) {
        return -1;
    }
    *out = strlen(text) == json_string_length(string) &&
           regexec(&compiled->expression, text, 0, NULL, 0) == 0;
    return 0;
}
