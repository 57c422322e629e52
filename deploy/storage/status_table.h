/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How things are, as a table for people
 *
 * From the document of status.h, which may be another version's: what it lacks, or has in another
 * type, shows as "-". Ages are those of kubectl: "45s", "3h12m", "5d". Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

/* Append the tables. @lease: the controller's Lease, NULL when there is none; @now_s: wall time. */
void status_table_write(const json_t *status, const json_t *lease, long long now_s, struct buf *out)
    __attribute__((nonnull(4)));

/*
 * Whether all is as it should be: somebody leads, no server, claim or volume is in trouble, the
 * certificate is valid and its caBundle in force. Workflows that were missed are told and do not
 * count: they stay until somebody deletes them.
 */
bool status_table_is_well(const json_t *status, const json_t *lease, long long now_s);
