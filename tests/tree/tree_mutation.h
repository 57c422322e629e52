/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Changing an object at random
 *
 * What comes out is JSON and mostly still looks like an object of Argo's: members and items are
 * dropped, doubled, exchanged, moved, and replaced by values of other types or by some of another
 * object. No key comes to stand twice, since jansson has no word for that.
 */

#include <jansson.h>

#include "tests/fuzz/fuzz.h"

/* Change @object in one place as @dice tell, which may be in none. What is put there may come from
 * @donor, another object. */
void tree_mutate(json_t *object, const json_t *donor, struct fuzz_dice *dice)
    __attribute__((nonnull));
