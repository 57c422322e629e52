/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Since when policies are as they are
 *
 * Workflows that were admitted without the webhook are found by what policies said then
 * (deploy/storage/missed.h), often after whatever kept the webhook away took the controller as
 * well. Neither the files of a mounted ConfigMap tell how old they are, whose times are those of
 * the pod, nor does the process know what was before it. So the leader writes it into the status
 * document (deploy/storage/status.h), and who leads next reads it there first, and writes nothing
 * before:
 *
 *     what is there                   since
 *     the same policies               what is there, if that is older than what this process saw
 *     other policies                  now
 *     nothing, or what makes no sense what this process saw; for ever for those built in
 *
 * What is there counts only until this process has seen policies change: then it knows better. That
 * they changed and changed back while no controller ran is not noticed.
 * Namespaces that the webhook is not asked about are a part of "the same", as workflows there got
 * nothing either.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"
#include "deploy/storage/status.h"
#include "policies/policy.h"

struct policy_age_options {
    const char *namespace_; /* of the ConfigMap that status_writer.h writes; texts are borrowed */
    const char *config_map;
    struct text_list excluded;
    bool is_built_in;            /* the policies are; else they are files */
    void (*changed)(void *data); /* policy_age_is_known() became true, in a step of the loop */
    void *data;
};

struct policy_age;

/* NULL with ERR_INTERNAL. */
struct policy_age *policy_age_new(struct loop *loop,
                                  struct kube *kube,
                                  const struct policy_age_options *options,
                                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Before the client goes. Accepts NULL. */
void policy_age_free(struct policy_age *age);

/* From now on @set is in force. */
void policy_age_use(struct policy_age *age, const struct policy_set *set) __attribute__((nonnull));

/* This process leads from now on: read what is there. A failure that may pass is tried again as
 * backoff.h says; one that does not is the same as nothing there. */
void policy_age_lead(struct policy_age *age) __attribute__((nonnull));

/* Whether that was read, since this process leads. */
bool policy_age_is_known(const struct policy_age *age) __attribute__((nonnull));

/* Unix seconds; 0: for ever. */
long long policy_age_since_s(const struct policy_age *age) __attribute__((nonnull));

/* Say it for who leads next. */
void policy_age_add_status(const struct policy_age *age, struct status *status)
    __attribute__((nonnull));

static inline void policy_age_free_p(struct policy_age **age)
{
    policy_age_free(*age);
}
