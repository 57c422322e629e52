/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/status_read.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/controller/status_writer.h"

static const struct kube_resource leases = {
    .group = "coordination.k8s.io",
    .version = "v1",
    .plural = "leases",
    .kind = "Lease",
    .is_namespaced = true,
};

void status_read_clear(struct status_read *read)
{
    json_decref(read->status);
    json_decref(read->lease);
    *read = (struct status_read){.status = NULL};
}

/* The object, or NULL in @out when there is none. */
static int get(struct kube *kube,
               const struct kube_resource *resource,
               const char *namespace_,
               const char *name,
               json_t **out,
               struct err *err)
{
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    const struct kube_request request = {
        .verb = KUBE_GET, .resource = resource, .namespace_ = namespace_, .name = name};

    kube_call(kube, &request, &answer);
    if (answer.outcome != KUBE_OK && answer.outcome != KUBE_NOT_FOUND) {
        return err_set(err, ERR_IO, "cannot read %s '%s' of namespace '%s': %s: %s", resource->kind,
                       name, namespace_, kube_outcome_text(answer.outcome), answer.message);
    }
    *out = TAKE(answer.body);
    return 0;
}

static json_t *parse(const char *text, struct err *err)
{
    struct json_limits limits = {.memory = STATUS_READ_MEMORY_MAX,
                                 .string = STATUS_READ_MEMORY_MAX};
    json_t *value = json_parse_within(text, strlen(text), &limits, err);

    if (value != NULL && !json_is_object(value)) {
        (void)err_set(err, ERR_INVALID, "expected an object, found %s", json_type_name(value));
        json_decref(value);
        value = NULL;
    }
    if (value == NULL && err->code != ERR_INTERNAL) {
        err->code = ERR_IO; /* nothing that was given has to change */
    }
    return value;
}

int status_read(struct kube *kube,
                const char *namespace_,
                const char *config_map,
                const char *lease,
                struct status_read *out,
                struct err *err)
{
    CLEANUP(status_read_clear) struct status_read read = {.status = NULL};
    json_auto_t *object = NULL;
    const char *text;

    if (get(kube, &status_writer_config_maps, namespace_, config_map, &object, err) < 0) {
        return -1;
    }
    text = json_text_of(json_object_get(object, "data"), STATUS_WRITER_KEY);
    if (text[0] == '\0') {
        return err_set(err, ERR_NOT_FOUND,
                       "there is no ConfigMap '%s' with '%s' in namespace '%s': no controller has "
                       "led there yet; expected the namespace of hawser, see `kubectl -n %s get "
                       "pods,leases`",
                       config_map, STATUS_WRITER_KEY, namespace_, namespace_);
    }
    read.status = parse(text, err);
    if (read.status == NULL) {
        return err_wrap(err, "ConfigMap '%s' of namespace '%s', '%s'", config_map, namespace_,
                        STATUS_WRITER_KEY);
    }
    if (get(kube, &leases, namespace_, lease, &read.lease, err) < 0) {
        return -1;
    }
    *out = (struct status_read){.status = TAKE(read.status), .lease = TAKE(read.lease)};
    return 0;
}
