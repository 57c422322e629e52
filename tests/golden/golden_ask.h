/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who is asked about a golden case
 *
 * Either admit() in this process (golden_ask_admit.c), or `hawser serve` over TLS
 * (tests/server/golden_ask_served.c): the cases hold for both.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "tests/golden/golden_case.h"
#include "webhook/cli/request.h"

/* Before the first case, and after the last. @hawser is the binary; NULL: none was given. */
void golden_ask_begin(const char *hawser);
void golden_ask_end(void);

/* Append the answer to @request, made for @golden, to @answer. Errors: what went wrong in asking.
 */
int golden_ask(const struct golden_case *golden,
               const struct request *request,
               struct arena *arena,
               struct buf *answer,
               struct err *err) __attribute__((nonnull, warn_unused_result));
