/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Durations, as people write them: "10s", "1500ms", "2m", "1h30m"
 *
 * Those of Go's time.ParseDuration, which Kubernetes' settings use, in whole milliseconds: units h,
 * m, s and ms, the larger first, each at most once, whole numbers, no sign. "0" needs no unit.
 */

#include "base/err.h"

/* Errors: ERR_INVALID naming @text and an example of what is accepted, also for more than 2^31-1
 * ms. */
int duration_parse(const char *text, unsigned int *ms_out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Such a text for @ms, without the units that it has none of: "1m30s", "250ms", "0s". */
#define DURATION_TEXT_SIZE 32
void duration_text(unsigned int ms, char out[static DURATION_TEXT_SIZE]);

/*
 * The same in whole seconds, up to 2^32-1 (136 years): what lasts for days, which have no unit of
 * their own because they have no fixed length: "2160h" are 90 days.
 */
int duration_parse_s(const char *text, unsigned int *s_out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
void duration_text_s(unsigned int s, char out[static DURATION_TEXT_SIZE]);
