/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writing how things are into a ConfigMap
 *
 * For `hawser-controller status`, which can read it from anywhere. What is put in is applied when
 * it is not what was put in last, at most once in `pause_ms`, in steps of the loop. It is only a
 * report: a failure is not told, and tried again as backoff.h says. Who does not lead writes
 * nothing (kube_guard()) and does not try again by itself. What somebody took
 * away or changed is back after STATUS_WRITER_RESYNC_MS.
 */

#include "base/err.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"

#define STATUS_WRITER_KEY       "status.json"
#define STATUS_WRITER_PAUSE_MS  5000
#define STATUS_WRITER_RESYNC_MS 600000ULL

/* The ConfigMap's resource. */
extern const struct kube_resource status_writer_config_maps;

struct status_writer_options {
    const char *namespace_; /* texts are borrowed */
    const char *config_map;
    unsigned int pause_ms;
};

struct status_writer;

/* NULL with ERR_INTERNAL. */
struct status_writer *status_writer_new(struct loop *loop,
                                        struct kube *kube,
                                        const struct status_writer_options *options,
                                        struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Cuts what is under way. Before the client goes. Accepts NULL. */
void status_writer_free(struct status_writer *writer);

/* This is how things are now; @json is copied. Without memory the text before it stays. */
void status_writer_put(struct status_writer *writer, const char *json) __attribute__((nonnull));

/* This process leads from now on: what others wrote meanwhile is not known, and what was put in
 * before is past. Nothing is written before something is put in. */
void status_writer_lead(struct status_writer *writer) __attribute__((nonnull));

static inline void status_writer_free_p(struct status_writer **writer)
{
    status_writer_free(*writer);
}
