/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_plain.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"
#define LOOSE  DIGITS "_" /* YAML 1.1 allows underscores between digits, others anywhere */

static bool is_one_of(const char *text, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Behind one sign, if there is one. go-yaml takes all underscores away before it looks. */
static const char *skip_sign(const char *at)
{
    const char *sign = at + strspn(at, "_");

    if (*sign != '+' && *sign != '-') {
        return at;
    }
    return sign + 1;
}

/* -?(0|[1-9][0-9]*), and where it ends; NULL when there is none. */
static const char *skip_integer(const char *at)
{
    at += *at == '-';
    if (*at == '0') {
        return at + 1;
    }
    return strspn(at, DIGITS) > 0 ? at + strspn(at, DIGITS) : NULL;
}

/* 0x1F, 0o17, 0b11, also in capitals, also with underscores. */
static bool has_base_prefix(const char *at)
{
    const char *digits;

    at += strspn(at, "_");
    if (*at != '0') {
        return false;
    }
    at += 1 + strspn(at + 1, "_");
    if (*at == 'x' || *at == 'X') {
        digits = LOOSE "abcdefABCDEF";
    } else if (*at == 'o' || *at == 'O') {
        digits = "01234567_";
    } else if (*at == 'b' || *at == 'B') {
        digits = "01_";
    } else {
        return false;
    }
    if (at[1] == '\0') {
        return false;
    }
    at = skip_sign(at + 1); /* go-yaml reads 0b-11 as -3 */
    return at[strspn(at, digits)] == '\0';
}

/* Decimal digits with or without a fraction and an exponent, leading zeros and underscores. */
static bool is_decimal(const char *at)
{
    size_t before = strspn(at, LOOSE);
    size_t after = at[before] == '.' ? strspn(at + before + 1, LOOSE) : 0;
    const char *end = at + before + (at[before] == '.' ? after + 1 : 0);

    if (before + after == 0) {
        return false; /* a lone underscore is a number to ruamel.yaml */
    }
    if (*end == 'e' || *end == 'E') {
        end = skip_sign(end + 1);
        return *end != '\0' && end[strspn(end, LOOSE)] == '\0';
    }
    return *end == '\0';
}

static bool is_number(const char *text)
{
    static const char *const special[] = {".inf", ".nan", NULL};
    const char *at = skip_sign(text);

    return is_one_of(at, special) || has_base_prefix(at) || is_decimal(at);
}

/* 1:30, 190:20:30.15: a number to base 60, or a time of day. */
static bool is_base_60(const char *text)
{
    const char *at = skip_sign(text);
    size_t n = strspn(at, LOOSE);

    if (n == 0 || at[n] != ':') {
        return false;
    }
    at += n;
    while (*at == ':') {
        n = strspn(at + 1, DIGITS);
        if (n < 1 || n > 2) {
            return false;
        }
        at += n + 1;
    }
    return *at == '\0' || (*at == '.' && at[1 + strspn(at + 1, LOOSE)] == '\0');
}

/* 2001-12-14, alone or with a time behind it. */
static bool is_date(const char *text)
{
    const char *at = text;

    if (strspn(at, DIGITS) != 4) {
        return false;
    }
    at += 4;
    for (int i = 0; i < 2; i++) {
        size_t n = *at == '-' ? strspn(at + 1, DIGITS) : 0;
        if (n < 1 || n > 2) {
            return false;
        }
        at += n + 1;
    }
    return *at == '\0' || strchr("Tt \t", *at) != NULL;
}

static enum yaml_plain number_kind(const char *text)
{
    const char *end = skip_integer(text);

    if (end != NULL && *end == '\0') {
        return YAML_PLAIN_INTEGER;
    }
    if (end != NULL && *end == '.' && end[1] != '\0' && end[1 + strspn(end + 1, DIGITS)] == '\0') {
        return YAML_PLAIN_REAL;
    }
    return YAML_PLAIN_DISPUTED;
}

enum yaml_plain yaml_plain_kind(const char *text)
{
    /* In any case, as Psych reads them. "=" is YAML 1.1's default value, "<<" its merge key; "-"
     * may stand within brackets for some readers only. */
    static const char *const disputed[] = {"y",     "yes",  "on", "n",  "no", "off", "true",
                                           "false", "null", "=",  "<<", "-",  NULL};

    if (strcmp(text, "true") == 0) {
        return YAML_PLAIN_TRUE;
    }
    if (strcmp(text, "false") == 0) {
        return YAML_PLAIN_FALSE;
    }
    if (*text == '\0' || strcmp(text, "null") == 0 || strcmp(text, "~") == 0) {
        return YAML_PLAIN_NULL;
    }
    if (is_one_of(text, disputed)) {
        return YAML_PLAIN_DISPUTED;
    }
    if (is_number(text)) {
        return number_kind(text);
    }
    return is_date(text) || is_base_60(text) ? YAML_PLAIN_TIME : YAML_PLAIN_TEXT;
}
