/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define TEXT_OF_TOKEN(token) #token
#define TEXT_OF(macro)       TEXT_OF_TOKEN(macro)

/* The offset right behind the string that starts at @at; @len when it does not end. */
static size_t skip_string(const char *bytes, size_t len, size_t at)
{
    for (size_t i = at + 1; i < len; i++) {
        if (bytes[i] == '\\') {
            i++;
        } else if (bytes[i] == '"') {
            return i + 1;
        }
    }
    return len;
}

/* Raise "line, column: @what" for the byte at @at. Returns -1. */
static int raise_at(const char *bytes, size_t len, size_t at, const char *what, struct err *err)
{
    size_t line = 1;
    size_t column = 1;

    for (size_t i = 0; i < at; i++) {
        column = bytes[i] == '\n' ? 1 : column + 1;
        line += bytes[i] == '\n';
    }
    err_set(err, ERR_INVALID, "line %zu, column %zu: %s", line, column, what);
    err_point_at(err, bytes, len, at);
    return -1;
}

/* Refuse deep nesting before jansson recurses into it. Looks at brackets outside strings only. */
static int check_depth(const char *bytes, size_t len, struct err *err)
{
    size_t depth = 0;
    size_t at = 0;

    while (at < len) {
        char c = bytes[at];
        if (c == '"') {
            at = skip_string(bytes, len, at);
            continue;
        }
        if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) {
                return raise_at(bytes, len, at,
                                "nested deeper than " TEXT_OF(JSON_DEPTH_MAX) " levels", err);
            }
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
        at++;
    }
    return 0;
}

/* jansson 2.14 reads over a NUL behind a number or a word. */
static int check_nul(const char *bytes, size_t len, struct err *err)
{
    const char *nul = memchr(bytes, '\0', len);

    if (nul == NULL) {
        return 0;
    }
    return raise_at(bytes, len, (size_t)(nul - bytes), "unexpected NUL byte", err);
}

/* An integer of fewer digits fits into 63 bits. */
#define LONG_DIGITS 19

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the @len digits at @digits are more than json_int_t holds. */
static bool is_too_long(const char *digits, size_t len, bool negative)
{
    const char *most = negative ? "9223372036854775808" : "9223372036854775807";

    return len > LONG_DIGITS || (len == LONG_DIGITS && memcmp(digits, most, LONG_DIGITS) > 0);
}

/*
 * Copy the number at @at to @out, an integer that jansson refuses as too long with "e0" behind it,
 * which makes it a real. Returns the offset behind the number.
 */
static size_t copy_number(const char *bytes, size_t len, size_t at, struct buf *out)
{
    const bool negative = bytes[at] == '-';
    const size_t digits = negative ? at + 1 : at;
    bool is_integer = true;
    size_t end = at + 1;

    for (; end < len && strchr("0123456789.eE+-", bytes[end]) != NULL; end++) { /* no NUL here */
        is_integer = is_integer && is_digit(bytes[end]);
    }
    buf_add(out, bytes + at, end - at);
    if (is_integer && is_too_long(bytes + digits, end - digits, negative)) {
        buf_add(out, "e0", 2);
    }
    return end;
}

/* The text with every integer from 2^63 on turned into a real, and nothing else touched. */
static void copy_with_reals(const char *bytes, size_t len, struct buf *out)
{
    size_t at = 0;

    while (at < len) {
        size_t next = at + 1;
        if (bytes[at] == '-' || is_digit(bytes[at])) {
            at = copy_number(bytes, len, at, out);
            continue;
        }
        if (bytes[at] == '"') {
            next = skip_string(bytes, len, at);
        }
        buf_add(out, bytes + at, next - at);
        at = next;
    }
}

static json_t *load(const char *bytes, size_t len, json_error_t *error)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;

    *error = (json_error_t){.line = 0};
    return json_loadb(bytes, len, flags, error);
}

/* Columns of its errors count the "e0" that were added. */
static json_t *load_with_reals(const char *bytes, size_t len, json_error_t *error)
{
    CLEANUP(buf_clear) struct buf copy = BUF_INIT(2 * len); /* "e0" follows 19 bytes at least */

    copy_with_reals(bytes, len, &copy);
    if (buf_failed(&copy)) {
        *error = (json_error_t){.line = 0};
        return NULL;
    }
    return load(copy.bytes, copy.len, error);
}

json_t *json_parse(const char *bytes, size_t len, struct err *err)
{
    json_error_t error;
    json_t *value;

    if (check_nul(bytes, len, err) < 0 || check_depth(bytes, len, err) < 0) {
        return NULL;
    }
    value = load(bytes, len, &error);
    if (value == NULL && json_error_code(&error) == json_error_numeric_overflow) {
        value = load_with_reals(bytes, len, &error);
    }
    if (value == NULL && error.text[0] == '\0') {
        err_no_memory(err); /* jansson leaves its error empty then */
    } else if (value == NULL) {
        err_set(err, ERR_INVALID, "line %d, column %d: %s", error.line, error.column, error.text);
        err_point_at(err, bytes, len, error.position > 0 ? (size_t)error.position - 1 : 0);
    }
    return value;
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
