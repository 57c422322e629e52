/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How many files and sockets the process may have open
 */

#include <stddef.h>

#include "base/err.h"

/* Raise the soft limit to @needed where it is lower. Errors: ERR_IO when the hard limit is lower,
 * naming both. */
int descriptors_allow(size_t needed, struct err *err) __attribute__((nonnull, warn_unused_result));
