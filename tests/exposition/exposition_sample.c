/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/exposition/exposition_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS  "0123456789"

/* Read a name of letters of @first, and digits but not in front. */
static const char *read_name(const char **text, const char *first, struct arena *arena)
{
    const char *start = *text;
    const char *at = start;

    while (*at != '\0' && (strchr(first, *at) != NULL || (at > start && strchr(DIGITS, *at)))) {
        at++;
    }
    *text = at;
    return at > start ? arena_strndup(arena, start, (size_t)(at - start)) : NULL;
}

const char *exposition_sample_name(const char **text, struct arena *arena)
{
    return read_name(text, LETTERS ":", arena);
}

static bool is_utf8(const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        uint32_t code = 0;
        size_t n = utf8_decode(text, len, &code);
        if (n == 0) {
            return false;
        }
        text += n;
        len -= n;
    }
    return true;
}

/* Read a value in quotes, and move on behind them. */
static const char *read_value(const char **text, struct arena *arena, struct err *err)
{
    const char *start = *text + 1;
    const char *at = start;
    const char *value;

    if (**text != '"') {
        err_set(err, ERR_INVALID, "expected a label's value in quotes");
        return NULL;
    }
    for (; *at != '"'; at++) {
        if (*at == '\\' && (at[1] == '\0' || strchr("\\\"n", *++at) == NULL)) {
            err_set(err, ERR_INVALID, "expected one of \\\\, \\\" and \\n");
            return NULL;
        }
        if (*at == '\0') {
            err_set(err, ERR_INVALID, "expected a quote after the label's value");
            return NULL;
        }
    }
    value = arena_strndup(arena, start, (size_t)(at - start));
    if (value == NULL) {
        err_no_memory(err);
        return NULL;
    }
    if (!is_utf8(value)) {
        err_set(err, ERR_INVALID, "expected UTF-8");
        return NULL;
    }
    *text = at + 1;
    return value;
}

/* Put a label in its place by name. */
static int
add_label(struct exposition_sample *sample, struct exposition_sample_label label, struct err *err)
{
    size_t i = sample->n_labels;

    if (exposition_sample_label(sample, label.name) != NULL) {
        return err_set(err, ERR_INVALID, "label '%s' stands twice", label.name);
    }
    if (i == EXPOSITION_LABELS_MAX) {
        return err_set(err, ERR_INVALID, "more than %d labels", EXPOSITION_LABELS_MAX);
    }
    for (; i > 0 && strcmp(sample->labels[i - 1].name, label.name) > 0; i--) {
        sample->labels[i] = sample->labels[i - 1];
    }
    sample->labels[i] = label;
    sample->n_labels++;
    return 0;
}

static int read_label(const char **text,
                      struct arena *arena,
                      struct exposition_sample *sample,
                      struct err *err)
{
    struct exposition_sample_label label = {.name = read_name(text, LETTERS, arena)};

    if (label.name == NULL || strncmp(label.name, "__", 2) == 0) {
        return err_set(err, ERR_INVALID, "expected the name of a label");
    }
    if (**text != '=') {
        return err_set(err, ERR_INVALID, "expected '=' after the name of label '%s'", label.name);
    }
    (*text)++;
    label.value = read_value(text, arena, err);
    return label.value != NULL ? add_label(sample, label, err) : -1;
}

int exposition_sample_read_series(const char *text,
                                  struct arena *arena,
                                  struct exposition_sample *out,
                                  const char **end,
                                  struct err *err)
{
    struct exposition_sample sample = {.name = exposition_sample_name(&text, arena)};

    if (sample.name == NULL) {
        return err_set(err, ERR_INVALID, "expected the name of a metric");
    }
    if (*text == '{') {
        do {
            text++;
            if (read_label(&text, arena, &sample, err) < 0) {
                return -1;
            }
        } while (*text == ',');
        if (*text != '}') {
            return err_set(err, ERR_INVALID, "expected ',' or '}' after a label");
        }
        text++;
    }
    *out = sample;
    *end = text;
    return 0;
}

/* strtod() takes more than the format has: blanks, hexadecimal digits, "infinity". */
bool exposition_sample_number(const char *text, double *out)
{
    const char *at = text + (*text == '-' || *text == '+');
    char *end = NULL;

    if (strcmp(text, "+Inf") == 0 || strcmp(text, "-Inf") == 0) {
        *out = *text == '-' ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (strcmp(text, "NaN") == 0) {
        *out = (double)NAN;
        return true;
    }
    if (*at == '\0' || strchr(DIGITS, *at) == NULL || at[strspn(at, DIGITS ".eE+-")] != '\0') {
        return false;
    }
    *out = strtod(text, &end);
    return *end == '\0';
}

int exposition_sample_read(const char *text,
                           struct arena *arena,
                           struct exposition_sample *out,
                           struct err *err)
{
    const char *end = text;

    if (exposition_sample_read_series(text, arena, out, &end, err) < 0) {
        return -1;
    }
    if (*end != ' ') {
        return err_set(err, ERR_INVALID, "expected a blank after the name and labels of '%s'",
                       out->name);
    }
    if (!exposition_sample_number(end + 1, &out->value)) {
        return err_set(err, ERR_INVALID, "expected a number, found '%s'", end + 1);
    }
    return 0;
}

const char *exposition_sample_label(const struct exposition_sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->n_labels; i++) {
        if (strcmp(sample->labels[i].name, name) == 0) {
            return sample->labels[i].value;
        }
    }
    return NULL;
}

const char *exposition_sample_key(const char *name,
                                  const struct exposition_sample *sample,
                                  const char *without,
                                  struct arena *arena)
{
    const char *key = name;
    const char *separator = "{";

    for (size_t i = 0; i < sample->n_labels && key != NULL; i++) {
        const struct exposition_sample_label *label = &sample->labels[i];
        if (without == NULL || strcmp(label->name, without) != 0) {
            key = arena_printf(arena, "%s%s%s=\"%s\"", key, separator, label->name, label->value);
            separator = ",";
        }
    }
    if (key == NULL || key == name) {
        return key;
    }
    return arena_printf(arena, "%s}", key);
}
