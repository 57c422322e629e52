/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether two Kubernetes values mean the same
 *
 * What hawser wrote comes back rewritten: Go drops and adds empty members ("resources": {}), and
 * writes quantities in their canonical form (1024Mi as 1Gi). So null, false, 0, "", {} and [] count
 * as absent members, and strings that are quantities are compared as amounts.
 */

#include <jansson.h>
#include <stdbool.h>

bool same_value(const json_t *a, const json_t *b);

/* The same text, or none twice. */
bool same_text(const char *a, const char *b);

/* Two quantities, or else the same text. */
bool same_quantity(const char *a, const char *b) __attribute__((nonnull));
