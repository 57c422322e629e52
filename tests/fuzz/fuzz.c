/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SIZE 4096

void fuzz_broken(const char *fmt, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args); /* cut where it is too long */
    va_end(args);
    (void)fprintf(stderr, "broken: %s\n", message);
    abort();
}

char *fuzz_copy(const void *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL) {
        fuzz_broken("no memory for %zu bytes", len);
    }
    memcpy(copy, bytes, len);
    return copy;
}

struct fuzz_dice fuzz_dice_of(const uint8_t *bytes, size_t len)
{
    struct fuzz_dice dice = {.state = UINT64_C(14695981039346656037)}; /* FNV-1a */

    for (size_t i = 0; i < len; i++) {
        dice.state = (dice.state ^ bytes[i]) * UINT64_C(1099511628211);
    }
    return dice;
}

size_t fuzz_roll(struct fuzz_dice *dice, size_t n)
{
    uint64_t mixed; /* splitmix64 */

    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = dice->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((mixed ^ (mixed >> 31)) % n);
}
