/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_go.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define DIGITS "0123456789"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const struct {
    const char *text;
    struct yaml_go meaning;
} words[] = {
#define WORD(lower, title, upper, ...)          \
    {lower, __VA_ARGS__}, {title, __VA_ARGS__}, \
    {                                           \
        upper, __VA_ARGS__                      \
    }
    WORD("y", "Y", "Y", {YAML_GO_BOOL, {.boolean = true}}),
    WORD("yes", "Yes", "YES", {YAML_GO_BOOL, {.boolean = true}}),
    WORD("true", "True", "TRUE", {YAML_GO_BOOL, {.boolean = true}}),
    WORD("on", "On", "ON", {YAML_GO_BOOL, {.boolean = true}}),
    WORD("n", "N", "N", {YAML_GO_BOOL, {.boolean = false}}),
    WORD("no", "No", "NO", {YAML_GO_BOOL, {.boolean = false}}),
    WORD("false", "False", "FALSE", {YAML_GO_BOOL, {.boolean = false}}),
    WORD("off", "Off", "OFF", {YAML_GO_BOOL, {.boolean = false}}),
    WORD("null", "Null", "NULL", {.kind = YAML_GO_NULL}),
    WORD("", "~", "~", {.kind = YAML_GO_NULL}),
    WORD(".inf", ".Inf", ".INF", {YAML_GO_FLOAT, {.real = INFINITY}}),
    WORD("+.inf", "+.Inf", "+.INF", {YAML_GO_FLOAT, {.real = INFINITY}}),
    WORD("-.inf", "-.Inf", "-.INF", {YAML_GO_FLOAT, {.real = -INFINITY}}),
    WORD(".nan", ".NaN", ".NAN", {YAML_GO_FLOAT, {.real = NAN}}),
#undef WORD
};

static bool find_word(const char *text, struct yaml_go *out)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text, words[i].text) == 0) {
            *out = words[i].meaning;
            return true;
        }
    }
    return false;
}

static int digit_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    c = (char)(c | 0x20); /* lower case; no other byte becomes a letter by it that was none */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* The whole of @text as digits to @base; false when it is not, or passes 64 bits. */
static bool parse_digits(const char *text, unsigned int base, uint64_t *out)
{
    uint64_t number = 0;

    for (; *text != '\0'; text++) {
        unsigned int digit = (unsigned int)digit_value(*text);
        if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit, &number)) {
            return false;
        }
    }
    *out = number;
    return true;
}

/* The base that a prefix announces, as in Go and, for a lone 0, YAML 1.1; @text moves behind it. */
static unsigned int skip_prefix(const char **text)
{
    const char *at = *text;
    char letter;

    if (at[0] != '0') {
        return 10;
    }
    letter = (char)(at[1] | 0x20);
    if (at[1] != '\0' && at[2] != '\0' && strchr("xob", letter) != NULL) {
        *text = at + 2;
        return letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
    }
    *text = at + 1;
    return 8;
}

/* A number of magnitude @size, negative or not, when 64 bits hold it. */
static bool set_integer(uint64_t size, bool negative, struct yaml_go *out)
{
    if (size > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    out->kind = YAML_GO_INT;
    out->integer = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

/* strconv.ParseInt() with base 0, then strconv.ParseUint(), which takes no sign. */
static bool parse_integer(const char *text, struct yaml_go *out)
{
    bool sign = *text == '+' || *text == '-';
    const char *digits = text + sign;
    unsigned int base;
    uint64_t size;

    if (*digits == '\0') {
        return false;
    }
    base = skip_prefix(&digits);
    if (!parse_digits(digits, base, &size)) {
        return false;
    }
    if (set_integer(size, *text == '-', out)) {
        return true;
    }
    if (sign) {
        return false;
    }
    out->kind = YAML_GO_UINT;
    out->natural = size;
    return true;
}

/* go-yaml's own addition, which takes a sign behind the prefix: 0b-11. */
static bool parse_signed_binary(const char *text, struct yaml_go *out)
{
    uint64_t size;

    return strncmp(text, "0b", 2) == 0 && (text[2] == '+' || text[2] == '-') && text[3] != '\0' &&
           parse_digits(text + 3, 2, &size) && set_integer(size, text[2] == '-', out);
}

/* A float that was checked to be one; what overflows stays a string. */
static bool set_float(const char *text, struct yaml_go *out)
{
    double real = strtod(text, NULL);

    if (isinf(real)) {
        return false;
    }
    out->kind = YAML_GO_FLOAT;
    out->real = real;
    return true;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool parse_float(const char *text, struct yaml_go *out)
{
    const char *at = text + (*text == '+' || *text == '-');
    size_t whole = strspn(at, DIGITS);
    size_t fraction = at[whole] == '.' ? strspn(at + whole + 1, DIGITS) : 0;

    if (whole + fraction == 0) {
        return false;
    }
    at += whole + (at[whole] == '.') + fraction;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        if (!is_digit(*at)) {
            return false;
        }
        at += strspn(at, DIGITS);
    }
    return *at == '\0' && set_float(text, out);
}

/* Whether every underscore stands between two digits, as Go's literals have them. */
static bool underscores_separate(const char *text)
{
    for (const char *at = strchr(text, '_'); at != NULL; at = strchr(at + 1, '_')) {
        if (at == text || !is_digit(at[-1]) || !is_digit(at[1])) {
            return false;
        }
    }
    return true;
}

/* A copy of @text without underscores; NULL when there is no memory. */
static char *drop_underscores(const char *text)
{
    char *copy = calloc(1, strlen(text) + 1);
    char *end = copy;

    if (copy == NULL) {
        return NULL;
    }
    for (; *text != '\0'; text++) {
        if (*text != '_') {
            *end++ = *text;
        }
    }
    return copy;
}

static void resolve_number(const char *text, bool point_first, struct yaml_go *out)
{
    if (point_first ? parse_float(text, out)
                    : parse_integer(text, out) || parse_float(text, out) ||
                          parse_signed_binary(text, out)) {
        return;
    }
    out->kind = YAML_GO_STRING;
}

int yaml_go_resolve(const char *text, struct yaml_go *out, struct err *err)
{
    const bool point_first = *text == '.';

    if (find_word(text, out)) {
        return 0;
    }
    if ((!is_digit(*text) && strchr("+-.", *text) == NULL) ||
        (point_first && !underscores_separate(text))) {
        out->kind = YAML_GO_STRING;
        return 0;
    }
    if (strchr(text, '_') == NULL) {
        resolve_number(text, point_first, out);
        return 0;
    }
    CLEANUP(free) char *plain = drop_underscores(text);
    if (plain == NULL) {
        return err_no_memory(err);
    }
    resolve_number(plain, point_first, out);
    return 0;
}
