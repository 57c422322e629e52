/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decoding the spec of a VolumePolicy
 *
 * Tables say what each key may hold; policies/consistency.h checks what keys say about each other.
 */

#include "base/decode.h"
#include "policies/policy.h"

/* More than this on one object is a mistake, and slows down every admission. */
#define POLICY_VOLUMES_MAX     32
#define POLICY_COPIES_MAX      32
#define POLICY_GLOBS_MAX       64
#define POLICY_SELECTOR_MAX    64
#define POLICY_DESCRIPTION_MAX 1024
#define POLICY_THREADS_MAX     256
#define POLICY_THREADS_DEFAULT 16

/* The name of a copy; with RESERVED_PREFIX it is that of a volume, which has NAMES_LABEL_MAX. */
#define POLICY_COPY_NAME_MAX 56

/*
 * Fill @policy, whose name is set, from the "spec" @spec of the source's document.
 *
 * Errors: ERR_INVALID with place and excerpt; ERR_INTERNAL when the arena is full.
 */
int volume_policy_decode(const struct decode *in,
                         json_t *spec,
                         struct volume_policy *policy,
                         struct err *err) __attribute__((nonnull, warn_unused_result));
