/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading how things are
 *
 * What the leader wrote into its ConfigMap (status_writer.h), and its Lease: two requests, which
 * work from anywhere.
 */

#include <jansson.h>

#include "base/err.h"
#include "deploy/kube/kube.h"

/* What a document may take while it is parsed; the leader's is of 512 KiB at most, a ConfigMap of
 * 1 MiB. */
#define STATUS_READ_MEMORY_MAX ((size_t)64 * 1024 * 1024)

struct status_read {
    json_t *status; /* the document of deploy/storage/status.h, whoever wrote it */
    json_t *lease;  /* NULL: there is none */
};

/*
 * Errors: ERR_NOT_FOUND where no leader has written anything, with what to look at; ERR_IO where
 * the API server does not give it, or it is no JSON. Release with status_read_clear().
 */
int status_read(struct kube *kube,
                const char *namespace_,
                const char *config_map,
                const char *lease,
                struct status_read *out,
                struct err *err) __attribute__((nonnull, warn_unused_result));
void status_read_clear(struct status_read *read) __attribute__((nonnull));

static inline void status_read_clear_p(struct status_read *read)
{
    status_read_clear(read);
}
