/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Times as the API writes them: RFC 3339 in UTC
 *
 * metav1.Time has whole seconds ("2024-02-29T12:00:00Z"), metav1.MicroTime microseconds
 * ("2024-02-29T12:00:00.000000Z").
 */

#include <stdbool.h>

/* More than the longest year that gmtime_r() knows. */
#define KUBE_TIME_SIZE 40

/* metav1.Time of Unix seconds, and metav1.MicroTime of Unix microseconds; neither is negative. */
void kube_time_write(long long time_s, char out[static KUBE_TIME_SIZE]);
void kube_time_write_micro(long long time_us, char out[static KUBE_TIME_SIZE]);

/*
 * The Unix seconds that @text names; a fraction is cut off. As Go reads it: any offset from UTC,
 * 'T' and 'Z' in capitals, days that the month has, no leap second. False for anything else.
 */
bool kube_time_read(const char *text, long long *out_s)
    __attribute__((nonnull, warn_unused_result));
