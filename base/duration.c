/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

static const struct {
    const char *name;
    unsigned int ms;
} units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

/* What the two functions that read differ in. */
struct bound {
    unsigned long long most_ms;
    const char *most_text;
    unsigned int multiple_ms; /* of which a duration must be a multiple */
};

static const struct bound in_ms = {INT_MAX, "596h31m23s647ms", 1};
static const struct bound in_s = {UINT_MAX * 1000ULL, "1193046h28m15s", 1000};

enum outcome { READ, NOT_A_DURATION, NOT_WHOLE, TOO_LONG };

/* The unit that the @len letters at @text are, from number @first on; N_UNITS for none. */
static size_t find_unit(const char *text, size_t len, size_t first)
{
    size_t unit = first;

    while (unit < N_UNITS &&
           (strlen(units[unit].name) != len || memcmp(units[unit].name, text, len) != 0)) {
        unit++;
    }
    return unit;
}

static enum outcome
read_duration(const char *text, const struct bound *bound, unsigned long long *ms)
{
    size_t next = 0; /* the largest unit that may still come */

    *ms = 0;
    if (strcmp(text, "0") == 0) {
        return READ;
    }
    do {
        const size_t n_digits = strspn(text, DIGITS);
        const size_t n_letters = strcspn(text + n_digits, DIGITS);
        const size_t unit = find_unit(text + n_digits, n_letters, next);
        unsigned long number;
        if (n_digits == 0 || unit == N_UNITS) {
            return NOT_A_DURATION;
        }
        number = strtoul(text, NULL, 10); /* the greatest there is when it is greater */
        if (number > bound->most_ms / units[unit].ms) {
            *ms = bound->most_ms + 1;
        } else {
            *ms += number * units[unit].ms; /* four of these are far from 2^64 */
        }
        text += n_digits + n_letters;
        next = unit + 1;
    } while (*text != '\0');
    if (*ms > bound->most_ms) {
        return TOO_LONG;
    }
    return *ms % bound->multiple_ms == 0 ? READ : NOT_WHOLE;
}

static int
parse(const char *text, const struct bound *bound, unsigned long long *ms, struct err *err)
{
    switch (read_duration(text, bound, ms)) {
    case READ:
        return 0;
    case NOT_WHOLE:
        return err_set(err, ERR_INVALID, "duration '%.64s' is not one of whole seconds", text);
    case TOO_LONG:
        return err_set(err, ERR_INVALID, "duration '%.64s' is too long: expected at most %s", text,
                       bound->most_text);
    case NOT_A_DURATION:
        break;
    }
    return err_set(
        err, ERR_INVALID,
        "'%.64s' is not a duration: expected whole numbers with units, the larger first, "
        "such as 10s, %s or 1h30m",
        text, bound->multiple_ms == 1 ? "500ms" : "5m");
}

int duration_parse(const char *text, unsigned int *ms_out, struct err *err)
{
    unsigned long long ms;

    if (parse(text, &in_ms, &ms, err) < 0) {
        return -1;
    }
    *ms_out = (unsigned int)ms;
    return 0;
}

int duration_parse_s(const char *text, unsigned int *s_out, struct err *err)
{
    unsigned long long ms;

    if (parse(text, &in_s, &ms, err) < 0) {
        return -1;
    }
    *s_out = (unsigned int)(ms / 1000);
    return 0;
}

static void write_text(unsigned long long ms, char out[static DURATION_TEXT_SIZE])
{
    size_t len = 0;

    if (ms == 0) {
        (void)snprintf(out, DURATION_TEXT_SIZE, "0s");
        return;
    }
    for (size_t i = 0; i < N_UNITS; i++) {
        if (ms >= units[i].ms) {
            len += (size_t)snprintf(out + len, DURATION_TEXT_SIZE - len, "%llu%s", ms / units[i].ms,
                                    units[i].name);
            ms %= units[i].ms;
        }
    }
}

void duration_text(unsigned int ms, char out[static DURATION_TEXT_SIZE])
{
    write_text(ms, out);
}

void duration_text_s(unsigned int s, char out[static DURATION_TEXT_SIZE])
{
    write_text(s * 1000ULL, out);
}
