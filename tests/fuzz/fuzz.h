/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What fuzz targets share
 *
 * A target is one file with LLVMFuzzerTestOneInput(): it tries what it stands for with one input,
 * and fuzz_broken() ends the process where that breaks a promise. Who calls it is libFuzzer, which
 * makes inputs up (./run), or replay.c, an ordinary test, which goes through known ones.
 *
 * A target depends on its input alone, so that the file of a finding shows it again. It may load
 * things once and keep them; all else it gives back before it returns.
 */

#include <stddef.h>
#include <stdint.h>

/* Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Say which promise is broken, and abort. */
_Noreturn void fuzz_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2), nonnull(1)));

/* A copy of @bytes that ends where they do, so that a sanitizer sees who reads on; free(). */
char *fuzz_copy(const void *bytes, size_t len)
    __attribute__((malloc, nonnull, returns_nonnull, warn_unused_result));

/* Choices that seem random and depend on nothing but the input. */
struct fuzz_dice {
    uint64_t state;
};

struct fuzz_dice fuzz_dice_of(const uint8_t *bytes, size_t len);

/* 0 to @n - 1; @n is not 0. */
size_t fuzz_roll(struct fuzz_dice *dice, size_t n) __attribute__((nonnull));
