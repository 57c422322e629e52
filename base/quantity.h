/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Kubernetes quantities
 *
 * "10Gi", "500m", "1.5e3": a decimal number with a binary (Ki Mi Gi Ti Pi Ei), decimal
 * (n u m k M G T P E) or exponent suffix, as k8s.io/apimachinery/pkg/api/resource documents them.
 * Amounts are kept in whole nano-units inside 128 bits, so that comparing and adding are exact.
 *
 * Three things that Kubernetes does are errors here, as nobody means them: it reads a sign, point
 * or suffix without any digit as 0, rounds up what is finer than a nano-unit, and cuts binary
 * amounts of 2^63 and more down to 2^63-1.
 */

#include <stdbool.h>

#include "base/err.h"

__extension__ typedef __int128 quantity_nano; /* 10^-9 units */

struct quantity {
    quantity_nano nano;
};

/* Errors: ERR_INVALID naming @text and an example of what is accepted; amounts of 2^63 and more
 * are refused, as is more precision than a nano-unit. */
int quantity_parse(const char *text, struct quantity *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Negative, zero or positive, as for strcmp(). */
int quantity_compare(struct quantity a, struct quantity b);
bool quantity_is_positive(struct quantity quantity);
/* Some 10^10 of the largest amounts fit into a sum. */
struct quantity quantity_add(struct quantity a, struct quantity b);

/* @quantity rounded up to whole units, with the largest binary suffix that loses nothing ("6Gi",
 * "1536Mi", "1000"). */
#define QUANTITY_TEXT_SIZE 32
void quantity_text(struct quantity quantity, char out[static QUANTITY_TEXT_SIZE]);
