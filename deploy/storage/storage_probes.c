/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "deploy/storage/storage_inside.h"

/* Where clients reach a server whose pod is ready; NULL: it has none. */
static const char *address_of(const struct storage *storage, const struct server *server)
{
    const struct watches *watches = &storage->watches;
    const json_t *stateful_set = server_observed(server, watches, KIND_STATEFUL_SET);
    const json_t *service = server_observed(server, watches, KIND_SERVICE);
    const json_t *ready = json_object_get(json_object_get(stateful_set, "status"), "readyReplicas");
    const char *address = json_text_of(json_object_get(service, "spec"), "clusterIP");

    return json_integer_value(ready) > 0 && address[0] != '\0' ? address : NULL;
}

void storage_probes_mind(struct storage *storage)
{
    const uint64_t now_ms = clock_monotonic_ms();

    storage->is_probe_due = false;
    for (size_t i = 0; i < storage->n_servers; i++) {
        struct server *server = storage->servers[i];
        const json_t *stateful_set = server_observed(server, &storage->watches, KIND_STATEFUL_SET);
        probe_mind(&server->probe, storage->loop, address_of(storage, server), now_ms);
        if (probe_is_silent(&server->probe) && stateful_set != NULL &&
            told_note(&storage->silent, server->provisioner->name, "silent")) {
            news_trouble(&storage->news, NEWS_UNANSWERED, stateful_set,
                         server->probe.result.reason);
        }
    }
    (void)told_end(&storage->silent);
    if (storage->n_servers > 0) {
        loop_set_timer(storage->loop, &storage->asking, now_ms + PROBE_PERIOD_MS);
    }
}

void storage_probes_end(struct storage *storage)
{
    loop_stop_timer(storage->loop, &storage->asking);
    for (size_t i = 0; i < storage->n_servers; i++) {
        probe_clear(&storage->servers[i]->probe);
    }
}
