/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MS   INT_MAX
#define MOST_TEXT "596h31m23s647ms"
#define DIGITS    "0123456789"

static const struct {
    const char *name;
    unsigned int ms;
} units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

enum outcome { READ, NOT_A_DURATION, TOO_LONG };

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

static enum outcome read_duration(const char *text, unsigned long long *ms)
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
        *ms += (unsigned long long)units[unit].ms * (number <= MOST_MS ? number : MOST_MS + 1UL);
        text += n_digits + n_letters;
        next = unit + 1;
    } while (*text != '\0');
    return *ms <= MOST_MS ? READ : TOO_LONG;
}

int duration_parse(const char *text, unsigned int *ms_out, struct err *err)
{
    unsigned long long ms;

    switch (read_duration(text, &ms)) {
    case READ:
        break;
    case NOT_A_DURATION:
        return err_set(err, ERR_INVALID,
                       "'%.64s' is not a duration: expected whole numbers with units, the larger "
                       "first, such as 10s, 500ms or 1h30m",
                       text);
    case TOO_LONG:
        return err_set(err, ERR_INVALID,
                       "duration '%.64s' is too long: expected at most " MOST_TEXT, text);
    }
    *ms_out = (unsigned int)ms;
    return 0;
}

void duration_text(unsigned int ms, char out[static DURATION_TEXT_SIZE])
{
    size_t len = 0;

    if (ms == 0) {
        (void)snprintf(out, DURATION_TEXT_SIZE, "0s");
        return;
    }
    for (size_t i = 0; i < N_UNITS; i++) {
        if (ms >= units[i].ms) {
            len += (size_t)snprintf(out + len, DURATION_TEXT_SIZE - len, "%u%s", ms / units[i].ms,
                                    units[i].name);
            ms %= units[i].ms;
        }
    }
}
