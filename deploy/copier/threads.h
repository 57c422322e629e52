/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How many threads copy: the option --threads of all commands */

#include "base/err.h"

#define THREADS_DEFAULT 16

/* ERR_INVALID: it is no number from 1 to WORK_THREADS_MAX. */
int threads_parse(const char *value, unsigned int *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
