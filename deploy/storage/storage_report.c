/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exposition.h"
#include "base/json.h"
#include "deploy/kube/kube_time.h"
#include "deploy/storage/storage_inside.h"

/* When @object was made; 0 for one that is not there. */
static long long created_s(const json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata");
    long long s;

    return kube_time_read(json_text_of(metadata, "creationTimestamp"), &s) ? s : 0;
}

static enum status_part_state part_state(const struct server_part *part)
{
    switch (part->state) {
    case SERVER_PART_UNKNOWN:
        return STATUS_PART_UNKNOWN;
    case SERVER_PART_RIGHT:
        return STATUS_PART_RIGHT;
    case SERVER_PART_WAITING:
        return STATUS_PART_WAITING;
    case SERVER_PART_WRONG:
        break;
    }
    return STATUS_PART_REPORTED;
}

static void add_part(const struct storage *storage,
                     const struct server *server,
                     size_t i,
                     struct status *status)
{
    const struct server_part *part = &server->parts[i];
    const json_t *object = json_array_get(server->desired, i);
    const json_t *metadata = json_object_get(object, "metadata");
    const json_t *observed = kube_watch_get(
        storage->watches.kinds[kind_of(object)],
        json_string_value(json_object_get(metadata, "namespace")), json_text_of(metadata, "name"));

    status_add_part(status, &(struct status_part){
                                .kind = json_text_of(object, "kind"),
                                .name = json_text_of(metadata, "name"),
                                .state = part_state(part),
                                .created_s = created_s(observed),
                                .action = part->action,
                                .acted_s = part->action_s,
                                .message = part->message,
                            });
}

/* Of a server that is new, and of one whose pod has just become ready, there is nothing to say. */
static bool is_trouble(enum server_state state)
{
    return state != SERVER_READY && state != SERVER_NOT_ASKED && state != SERVER_INSTALLING;
}

static enum status_answer answer_of(const struct probe *probe)
{
    if (!probe->is_known) {
        return STATUS_NOT_ASKED;
    }
    return probe_is_silent(probe) ? STATUS_SILENT : STATUS_ANSWERS;
}

static void
add_server(const struct storage *storage, const struct server *server, struct status *status)
{
    const struct nfs_provisioner *provisioner = server->provisioner;
    char why[SERVER_TEXT_SIZE];
    const enum server_state state = server_state(server, &storage->watches, why);

    status_add_server(status, &(struct status_server){
                                  .name = provisioner->name,
                                  .namespace_ = provisioner->namespace,
                                  .storage_class = provisioner->storage_class_name,
                                  .state = server_state_name(state),
                                  .is_trouble = is_trouble(state),
                                  .message = why,
                                  .created_s = created_s(server_observed(server, &storage->watches,
                                                                         KIND_STATEFUL_SET)),
                                  .answer = answer_of(&server->probe),
                                  .answer_ms = (unsigned int)server->probe.result.round_trip_ms,
                                  .answer_reason = server->probe.result.reason,
                              });
    for (size_t i = 0; i < json_array_size(server->desired); i++) {
        add_part(storage, server, i, status);
    }
}

bool storage_add_status(const struct storage *storage, struct status *status)
{
    if (!storage->is_known) {
        return false;
    }
    for (size_t i = 0; i < storage->n_servers; i++) {
        add_server(storage, storage->servers[i], status);
    }
    claim_keeper_add_status(&storage->claims, &storage->context, status);
    lost_add_status(&storage->context, storage->servers, storage->n_servers, status);
    if (watches_know(&storage->watches, WATCHES_WORKFLOWS)) {
        status_set_missed(status, storage->n_missed);
    }
    return true;
}

/*
 * Metrics
 */

static void write_servers(const struct storage *storage, struct buf *out)
{
    static const char name[] = "hawser_controller_nfs_server_ready";

    exposition_family(
        out, name, EXPOSITION_GAUGE,
        "Whether an NFS server is as it should be, and answers, as the leader knows.");
    for (size_t i = 0; i < storage->n_servers; i++) {
        const struct server *server = storage->servers[i];
        const struct exposition_label labels[] = {{"server", server->provisioner->name},
                                                  {NULL, NULL}};
        char why[SERVER_TEXT_SIZE];
        exposition_sample(out, name, labels,
                          server_state(server, &storage->watches, why) == SERVER_READY);
    }
}

static void write_claims(const struct storage *storage, struct buf *out)
{
    static const char name[] = "hawser_controller_claims";

    exposition_family(out, name, EXPOSITION_GAUGE,
                      "Claims that policies ask for, by how they are, as the leader knows.");
    for (enum claim_state i = 0; i < CLAIM_N_STATES; i++) {
        const struct exposition_label labels[] = {{"state", claim_state_name(i)}, {NULL, NULL}};
        exposition_sample(out, name, labels, (int64_t)storage->claims.plan.counts[i]);
    }
}

static void write_gauge(struct buf *out, const char *name, const char *help, size_t value)
{
    exposition_family(out, name, EXPOSITION_GAUGE, help);
    exposition_sample(out, name, NULL, (int64_t)value);
}

static void write_searches(const struct storage *storage, struct buf *out)
{
    if (watches_know(&storage->watches, WATCHES_VOLUMES)) {
        write_gauge(out, "hawser_controller_lost_volumes",
                    "Volumes whose NFS server is gone, as the leader knows.", storage->lost.n);
    }
    if (watches_know(&storage->watches, WATCHES_WORKFLOWS)) {
        write_gauge(out, "hawser_controller_missed_workflows",
                    "Workflows that run, opted in and were not injected, as the leader knows.",
                    storage->n_missed);
    }
}

static void write_news(const struct news *news, struct buf *out)
{
    static const char changes[] = "hawser_controller_storage_changes_total";
    static const char troubles[] = "hawser_controller_storage_troubles_total";

    exposition_family(out, changes, EXPOSITION_COUNTER,
                      "What was done to objects of NFS servers and to claims.");
    for (enum news_change i = 0; i < NEWS_N_CHANGES; i++) {
        const struct exposition_label labels[] = {{"change", news_change_name(i)}, {NULL, NULL}};
        exposition_sample(out, changes, labels, (int64_t)news->changes[i]);
    }
    exposition_family(out, troubles, EXPOSITION_COUNTER,
                      "What somebody has to look at, counted when it was found.");
    for (enum news_trouble i = 0; i < NEWS_N_TROUBLES; i++) {
        const struct exposition_label labels[] = {{"reason", news_trouble_name(i)}, {NULL, NULL}};
        exposition_sample(out, troubles, labels, (int64_t)news->troubles[i]);
    }
}

void storage_write_metrics(const struct storage *storage, struct buf *out)
{
    if (storage->is_known) {
        write_servers(storage, out);
        write_claims(storage, out);
        write_searches(storage, out);
    }
    write_news(&storage->news, out);
}
