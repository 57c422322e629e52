/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects as they are asked for, and as API servers return them with what they fill in
 *
 * Owner of what comes back: the caller.
 */

#include <jansson.h>
#include <stddef.h>

/* The JSON value in @text, in which ' stands for ". */
json_t *drift_objects_read(const char *text) __attribute__((nonnull));

/* One object: what is desired, and what a Kubernetes of 1.20 and one of 1.30 make of it. */
struct drift_objects {
    const char *name;
    const char *desired;
    const char *observed[2];
};

extern const struct drift_objects drift_objects_all[];
extern const size_t drift_objects_n;

const struct drift_objects *drift_objects_find(const char *name) __attribute__((nonnull));
