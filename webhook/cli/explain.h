/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A report in words
 *
 * What became of one object, as a table that a person reads in a terminal of 100 columns: template
 * by template, what was added and why the rest was not.
 */

#include "base/buf.h"
#include "webhook/inject/report.h"

#define EXPLAIN_COLUMNS 100

/* Append the explanation of @report, which is about the object called @label. */
void explain_write(struct buf *out, const char *label, const struct report *report)
    __attribute__((nonnull));
