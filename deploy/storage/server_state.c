/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "deploy/storage/server.h"

const char *server_part_state_name(enum server_part_state state)
{
    switch (state) {
    case SERVER_PART_UNKNOWN:
        return "unknown";
    case SERVER_PART_RIGHT:
        return "right";
    case SERVER_PART_WAITING:
        return "waiting";
    case SERVER_PART_WRONG:
        return "wrong";
    }
    return "";
}

const char *server_state_name(enum server_state state)
{
    switch (state) {
    case SERVER_WRONG:
        return "wrong";
    case SERVER_FAILING:
        return "failing";
    case SERVER_INSTALLING:
        return "installing";
    case SERVER_NOT_READY:
        return "not ready";
    case SERVER_SILENT:
        return "silent";
    case SERVER_NOT_ASKED:
        return "not asked";
    case SERVER_READY:
        return "ready";
    }
    return "";
}

const json_t *
server_observed(const struct server *server, const struct watches *watches, enum kind kind)
{
    const json_t *object;
    size_t i;

    json_array_foreach (server->desired, i, object) {
        const json_t *metadata = json_object_get(object, "metadata");
        if (kind_of(object) == kind) {
            return kube_watch_get(watches->kinds[kind],
                                  json_string_value(json_object_get(metadata, "namespace")),
                                  json_text_of(metadata, "name"));
        }
    }
    return NULL;
}

const json_t *server_pod(const struct server *server, const struct watches *watches)
{
    char name[SERVER_OBJECTS_NAME_SIZE + 2];

    server_objects_name(server->provisioner, name);
    (void)snprintf(name + strlen(name), 3, "-0"); /* the one replica of a StatefulSet */
    return kube_watch_get(watches->others[WATCHES_PODS], server->provisioner->namespace, name);
}

/* The gravest of what is the matter with its objects; SERVER_READY where nothing is. */
static enum server_state judge_parts(const struct server *server, char why[static SERVER_TEXT_SIZE])
{
    static const enum server_state states[] = {
        [SERVER_PART_UNKNOWN] = SERVER_INSTALLING,
        [SERVER_PART_RIGHT] = SERVER_READY,
        [SERVER_PART_WAITING] = SERVER_FAILING,
        [SERVER_PART_WRONG] = SERVER_WRONG,
    };
    enum server_state gravest = SERVER_READY;

    for (size_t i = 0; i < json_array_size(server->desired); i++) {
        const struct server_part *part = &server->parts[i];
        const json_t *object = json_array_get(server->desired, i);
        if (states[part->state] < gravest) {
            gravest = states[part->state];
            (void)snprintf(why, SERVER_TEXT_SIZE, "%s: %.400s", json_text_of(object, "kind"),
                           part->message);
        }
    }
    return gravest;
}

/* Why its pod is not ready, as far as it is told. */
static void explain_pod(const json_t *pod, char why[static SERVER_TEXT_SIZE])
{
    const json_t *status = json_object_get(pod, "status");
    const json_t *container = json_array_get(json_object_get(status, "containerStatuses"), 0);
    const json_t *waiting = json_object_get(json_object_get(container, "state"), "waiting");
    const json_t *condition;
    size_t i;

    if (pod == NULL) {
        (void)snprintf(why, SERVER_TEXT_SIZE, "there is no pod");
        return;
    }
    (void)snprintf(why, SERVER_TEXT_SIZE, "its pod is %.40s%s%.200s", json_text_of(status, "phase"),
                   waiting != NULL ? ": " : "", json_text_of(waiting, "reason"));
    json_array_foreach (json_object_get(status, "conditions"), i, condition) {
        if (strcmp(json_text_of(condition, "type"), "PodScheduled") == 0 &&
            strcmp(json_text_of(condition, "status"), "False") == 0) {
            (void)snprintf(why, SERVER_TEXT_SIZE, "its pod has no node: %.400s",
                           json_text_of(condition, "message"));
        }
    }
}

enum server_state server_state(const struct server *server,
                               const struct watches *watches,
                               char why[static SERVER_TEXT_SIZE])
{
    const enum server_state parts = judge_parts(server, why);
    const json_t *stateful_set = server_observed(server, watches, KIND_STATEFUL_SET);
    const json_t *n_ready =
        json_object_get(json_object_get(stateful_set, "status"), "readyReplicas");

    if (parts != SERVER_READY) {
        return parts;
    }
    if (json_integer_value(n_ready) < 1) {
        explain_pod(server_pod(server, watches), why);
        return SERVER_NOT_READY;
    }
    if (probe_is_silent(&server->probe)) {
        (void)snprintf(why, SERVER_TEXT_SIZE, "NFS: %.400s", server->probe.result.reason);
        return SERVER_SILENT;
    }
    if (!server->probe.is_known) {
        (void)snprintf(why, SERVER_TEXT_SIZE, "its pod is ready; whether it answers is not known");
        return SERVER_NOT_ASKED;
    }
    why[0] = '\0';
    return SERVER_READY;
}
