/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/probe.h"

#include <stdio.h>

#include "deploy/storage/server_pod.h"

bool probe_is_silent(const struct probe *probe)
{
    return probe->n_failures >= PROBE_FAILURES;
}

static void note_result(void *data, const struct nfs_null_result *result)
{
    struct probe *probe = data;
    const bool was_known = probe->is_known;
    const bool was_silent = probe_is_silent(probe);

    probe->question = NULL;
    probe->result = *result;
    probe->n_failures = result->state == NFS_NULL_ALIVE ? 0 : probe->n_failures + 1;
    probe->is_known = was_known || result->state == NFS_NULL_ALIVE || probe_is_silent(probe);
    if (probe->is_known != was_known || probe_is_silent(probe) != was_silent) {
        probe->changed(probe->data);
    }
}

/* What keeps us from asking is as bad as no answer. */
static void note_trouble(struct probe *probe, const struct err *err)
{
    struct nfs_null_result result = {.state = NFS_NULL_UNREACHABLE};

    (void)snprintf(result.reason, sizeof(result.reason), "%s", err->msg);
    note_result(probe, &result);
}

void probe_mind(struct probe *probe, struct loop *loop, const char *address, uint64_t now_ms)
{
    const struct nfs_null_server server = {
        .address = address,
        .port = probe->port != 0 ? probe->port : SERVER_POD_NFS_PORT,
    };
    struct err err = {0};

    if (address == NULL) {
        probe_clear(probe);
        return;
    }
    if (probe->question != NULL || now_ms < probe->next_ms) {
        return;
    }
    probe->next_ms = now_ms + PROBE_PERIOD_MS;
    probe->question = nfs_null_start(loop, &server, PROBE_TIMEOUT_MS, note_result, probe, &err);
    if (probe->question == NULL) {
        note_trouble(probe, &err);
    }
}

void probe_clear(struct probe *probe)
{
    nfs_null_cancel(probe->question);
    *probe = (struct probe){.port = probe->port, .changed = probe->changed, .data = probe->data};
}
