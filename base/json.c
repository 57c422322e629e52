/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_scan.h"

static json_t *load(const char *bytes, size_t len, json_error_t *error)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;

    *error = (json_error_t){.line = 0};
    return json_loadb(bytes, len, flags, error);
}

/* Copy the text to @out with "e0" behind each integer that jansson refuses as too large, which
 * makes it a real. Nothing else is touched. Returns the end. */
static char *copy_with_reals(const char *bytes, size_t len, char *out)
{
    size_t copied = 0;
    size_t at = 0;

    while (at < len) {
        size_t end = json_scan_next(bytes, len, at);
        if (json_scan_is_large(bytes + at, end - at)) {
            memcpy(out, bytes + copied, end - copied);
            out += end - copied;
            copied = end;
            *out++ = 'e'; /* JSON_SCAN_LARGE_EXTRA bytes */
            *out++ = '0';
        }
        at = end;
    }
    memcpy(out, bytes + copied, len - copied);
    return out + len - copied;
}

/* Columns of its errors count the "e0" that were added. */
static json_t *load_with_reals(const char *bytes, size_t len, size_t n_large, json_error_t *error)
{
    CLEANUP(free) char *copy = malloc(len + n_large * JSON_SCAN_LARGE_EXTRA);

    if (copy == NULL) {
        *error = (json_error_t){.line = 0};
        return NULL;
    }
    return load(copy, (size_t)(copy_with_reals(bytes, len, copy) - copy), error);
}

/* What jansson says, without the piece of the text behind it: messages go to places that the text
 * must not get to. */
static void raise_syntax(json_error_t *error, const char *bytes, size_t len, struct err *err)
{
    char *near = strstr(error->text, " near '");

    if (near != NULL) {
        *near = '\0';
    }
    err_set(err, ERR_INVALID, "line %d, column %d: %s", error->line, error->column, error->text);
    err_point_at(err, bytes, len, error->position > 0 ? (size_t)error->position - 1 : 0);
}

json_t *
json_parse_within(const char *bytes, size_t len, struct json_limits *limits, struct err *err)
{
    struct json_scan scan;
    json_error_t error;
    json_t *value;

    if (json_scan(bytes, len, limits, &scan, err) < 0) {
        return NULL;
    }
    value = scan.n_large == 0 ? load(bytes, len, &error)
                              : load_with_reals(bytes, len, scan.n_large, &error);
    if (value != NULL) {
        limits->memory -= scan.memory;
    } else if (error.text[0] == '\0') {
        err_no_memory(err); /* jansson leaves its error empty then */
    } else {
        raise_syntax(&error, bytes, len, err);
    }
    return value;
}

json_t *json_parse(const char *bytes, size_t len, struct err *err)
{
    struct json_limits limits = {.memory = JSON_MEMORY_MAX, .string = SIZE_MAX};

    return json_parse_within(bytes, len, &limits, err);
}

static int append(const char *bytes, size_t len, void *buf)
{
    buf_add(buf, bytes, len);
    return 0;
}

void json_sorted(struct buf *out, const json_t *value)
{
    /* Not json_dumps(): without memory jansson 2.14 loses a key in it and reports success. */
    if (json_dump_callback(value, append, out, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) !=
        0) {
        out->failed = true;
    }
}

void json_pointer_add(struct buf *pointer, const char *key)
{
    buf_add_char(pointer, '/');
    for (const char *c = key; *c != '\0'; c++) {
        if (*c == '~') {
            buf_add(pointer, "~0", 2);
        } else if (*c == '/') {
            buf_add(pointer, "~1", 2);
        } else {
            buf_add_char(pointer, *c);
        }
    }
}

const char *json_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

const char *json_type_name(const json_t *value)
{
    if (value == NULL) {
        return "nothing";
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

/* The digits of a number d.ddd x 10^exponent. */
struct decimal {
    char digits[18];
    int n;
    int exponent;
};

/* Take "d.ddde+XX" apart. */
static void split(const char *text, struct decimal *out)
{
    out->n = 0;
    for (; *text != 'e'; text++) {
        if (*text != '.') {
            out->digits[out->n++] = *text;
        }
    }
    out->exponent = (int)strtol(text + 1, NULL, 10);
}

/*
 * Add one in the last place of "d.ddde+XX". A power of two has its neighbour below nearer than the
 * one above, so that the nearest decimal may be too far below while the next one above is not.
 */
static bool step_up(char *text)
{
    char *last = strchr(text, 'e');

    assert(last != NULL);
    last--;
    if (*last == '9') {
        return false; /* that is a shorter number, which was tried before */
    }
    ++*last;
    return true;
}

/* The fewest digits that read back as @size, which is positive. */
static void find_shortest(double size, struct decimal *out)
{
    int exponent;
    const bool is_power_of_two = frexp(size, &exponent) == 0.5;
    char text[JSON_REAL_SIZE];

    for (int precision = 1; precision <= 17; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision - 1, size);
        if (strtod(text, NULL) == size ||
            (is_power_of_two && step_up(text) && strtod(text, NULL) == size)) {
            break;
        }
    }
    split(text, out);
}

/* Write @number without an exponent; returns the end. */
static char *write_plain(char *at, const struct decimal *number)
{
    const int whole = number->exponent + 1; /* digits before the point */

    if (whole <= 0) {
        *at++ = '0';
        *at++ = '.';
        for (int i = whole; i < 0; i++) {
            *at++ = '0';
        }
    }
    for (int i = 0; i < number->n; i++) {
        if (i > 0 && i == whole) {
            *at++ = '.';
        }
        *at++ = number->digits[i];
    }
    for (int i = number->n; i < whole; i++) {
        *at++ = '0';
    }
    return at;
}

/* Write @number as d.ddde+X; returns the end. */
static char *write_with_exponent(char *at, const struct decimal *number)
{
    *at++ = number->digits[0];
    if (number->n > 1) {
        *at++ = '.';
        memcpy(at, number->digits + 1, (size_t)number->n - 1);
        at += number->n - 1;
    }
    return at + snprintf(at, sizeof("e-308"), "e%+d", number->exponent);
}

void json_real_text(double value, char out[static JSON_REAL_SIZE])
{
    const double size = fabs(value);
    struct decimal number = {.digits = "0", .n = 1};
    char *at = out;

    if (size > 0) {
        find_shortest(size, &number);
    }
    if (signbit(value)) {
        *at++ = '-';
    }
    if (size == 0 || (size >= 1e-6 && size < 1e21)) {
        at = write_plain(at, &number);
    } else {
        at = write_with_exponent(at, &number);
    }
    *at = '\0';
}
