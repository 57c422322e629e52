/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The policies that the controller works by
 *
 * Read at the start and again every POLICY_SOURCE_RELOAD_MS: a ConfigMap in a pod changes under it.
 * What does not load leaves the policies before in force; that is told once for each reason, and
 * keeps the controller from being ready, but not from its other work.
 */

#include <stdint.h>

#include "base/err.h"
#include "deploy/kube/loop.h"
#include "policies/policy.h"

#define POLICY_SOURCE_RELOAD_MS 10000

struct policy_source;

/* Called in a step of the loop, and from policy_source_new(), when other policies count than
 * before.
 * @set is borrowed: who keeps it takes a reference. */
typedef void policy_source_changed_fn(void *data, struct policy_set *set);

/* The policies of the file or folder @path, borrowed; NULL: those built in. NULL with ERR_INTERNAL.
 */
struct policy_source *policy_source_new(struct loop *loop,
                                        const char *path,
                                        policy_source_changed_fn *changed,
                                        void *data,
                                        struct err *err)
    __attribute__((nonnull(1, 3, 5), warn_unused_result));

/* Accepts NULL. */
void policy_source_free(struct policy_source *source);

/* Read them now: SIGHUP. */
void policy_source_read(struct policy_source *source) __attribute__((nonnull));

/* Those in force; NULL: none ever loaded. */
struct policy_set *policy_source_set(const struct policy_source *source) __attribute__((nonnull));

/* 0 when the last attempt to read them went well, else -1 with the reason. */
int policy_source_check(const struct policy_source *source, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* How many attempts failed. */
uint64_t policy_source_failures(const struct policy_source *source) __attribute__((nonnull));

static inline void policy_source_free_p(struct policy_source **source)
{
    policy_source_free(*source);
}
