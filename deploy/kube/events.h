/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Events
 *
 * What `kubectl describe` shows below an object and `kubectl get events` lists (core/v1 Event).
 * They are for people and best effort: sent in the background, once; what cannot be sent is lost,
 * and so is one that says the same about the same object within EVENTS_QUIET_MS. Each lies in the
 * namespace of the object that it is about; for one that has none, in `default`, as the API server
 * wants it.
 */

#include <stdbool.h>

#include "base/err.h"
#include "deploy/kube/kube.h"

#define EVENTS_QUIET_MS 600000ULL

struct events;

/* All texts are borrowed. @reporter names this process (its pod). NULL with ERR_INTERNAL. */
struct events *
events_new(struct kube *kube, const char *component, const char *reporter, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Cuts those on their way. Accepts NULL. */
void events_free(struct events *events);

/* What an event is about: an object, which need not exist. */
struct events_object {
    const char *api_version;
    const char *kind;
    const char *namespace_; /* NULL: it has none */
    const char *name;
    const char *uid; /* NULL: not known */
};

/* @reason: one word in CamelCase. @message: at most 1024 bytes, the rest is cut. */
void events_send(struct events *events,
                 const struct events_object *about,
                 bool is_warning,
                 const char *reason,
                 const char *message) __attribute__((nonnull));

/* How many are on their way. */
unsigned int events_count(const struct events *events) __attribute__((nonnull));

static inline void events_free_p(struct events **events)
{
    events_free(*events);
}
