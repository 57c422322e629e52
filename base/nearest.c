/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

#define WORD_MAX 64

/* By hand, since tolower() depends on the locale. */
static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool equal(char a, char b)
{
    return lower(a) == lower(b);
}

static unsigned int least(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: a row for each prefix of @a, and only the last three rows are kept. */
static unsigned int alignment(const char *a, size_t len_a, const char *b, size_t len_b)
{
    unsigned int rows[3][WORD_MAX + 1] = {{0}};

    for (size_t k = 0; k <= len_b; k++) {
        rows[0][k] = (unsigned int)k;
    }
    for (size_t i = 1; i <= len_a; i++) {
        unsigned int *row = rows[i % 3];
        const unsigned int *above = rows[(i + 2) % 3];
        const unsigned int *second = rows[(i + 1) % 3];
        row[0] = (unsigned int)i;
        for (size_t k = 1; k <= len_b; k++) {
            unsigned int changed = above[k - 1] + (equal(a[i - 1], b[k - 1]) ? 0 : 1);
            row[k] = least(changed, least(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && equal(a[i - 1], b[k - 2]) && equal(a[i - 2], b[k - 1])) {
                row[k] = least(row[k], second[k - 2] + 1);
            }
        }
    }
    return rows[len_a % 3][len_b];
}

unsigned int nearest_distance(const char *a, const char *b)
{
    size_t len_a = strlen(a);
    size_t len_b = strlen(b);
    unsigned int distance;

    if (len_a > WORD_MAX || len_b > WORD_MAX) {
        return NEAREST_FAR;
    }
    distance = alignment(a, len_a, b, len_b);
    if (distance >= (len_a + 1) / 2 || distance >= (len_b + 1) / 2) {
        return NEAREST_FAR;
    }
    return least(distance, NEAREST_FAR);
}
