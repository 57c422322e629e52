/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ages, as kubectl shows them: "45s", "3h12m", "5d"
 *
 * The larger they are the less exact: for people.
 */

#include "base/buf.h"

/* Append how long @s seconds are; less than none is "0s": clocks differ. */
void age_write(long long s, struct buf *out) __attribute__((nonnull));
