/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who leads, for people
 *
 * From the controller's Lease, NULL where there is none. @now_s is wall time, of a clock that may
 * differ from the leader's: it is given STATUS_LEADER_SKEW_S. Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

#define STATUS_LEADER_SKEW_S 60

/* Whether somebody holds it, and has renewed it within what it promises. */
bool status_leader_is_there(const json_t *lease, long long now_s);

/* Append a line with the holder, and before it a warning when it is silent or there is none. */
void status_leader_write(const json_t *lease, long long now_s, struct buf *out)
    __attribute__((nonnull(3)));
