/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Near misses
 *
 * "did you mean 'mountPath'?": how far a misspelt word is from each of those that would have been
 * accepted.
 */

#define NEAREST_FAR 3 /* edits from which on two words have nothing to do with each other */

/*
 * How many characters must be added, removed, changed or swapped with their neighbour to make @a
 * out of @b, upper and lower case being equal; NEAREST_FAR when it is more, when it is half of
 * either word, or when a word has more than 64 bytes.
 */
unsigned int nearest_distance(const char *a, const char *b) __attribute__((nonnull));
