/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/status_writer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/kube/backoff.h"
#include "deploy/kube/chance.h"

const struct kube_resource status_writer_config_maps = {
    .group = "",
    .version = "v1",
    .plural = "configmaps",
    .kind = "ConfigMap",
    .is_namespaced = true,
};

struct status_writer {
    struct loop *loop;
    struct kube *kube;
    struct status_writer_options options;
    char *text;       /* NULL: nothing was put in yet, since this process leads */
    bool is_due;      /* it was not written, or that is not known */
    json_t *body;     /* under way */
    uint64_t call;    /* under way; 0: none */
    uint64_t free_ms; /* from when on the next request may be sent */
    struct loop_timer timer;
    struct backoff backoff;
};

static void wake_at(struct status_writer *writer, uint64_t due_ms)
{
    loop_set_timer(writer->loop, &writer->timer, due_ms);
}

/* See to it that what is due is written. What is under way does so at its end. */
static void become_due(struct status_writer *writer)
{
    writer->is_due = true;
    if (writer->call == 0) {
        wake_at(writer, writer->free_ms);
    }
}

static void end(void *data, struct kube_answer *answer)
{
    struct status_writer *writer = data;
    const uint64_t now_ms = clock_monotonic_ms();

    writer->call = 0;
    json_decref(TAKE(writer->body));
    if (answer->outcome == KUBE_HALTED) {
        return; /* whoever leads writes it */
    }
    if (answer->outcome == KUBE_OK) {
        backoff_succeed(&writer->backoff, now_ms);
    } else {
        writer->is_due = true;
        writer->free_ms = now_ms + backoff_fail(&writer->backoff, now_ms, answer->retry_after_ms,
                                                chance_number());
    }
    wake_at(writer, writer->is_due ? writer->free_ms : now_ms + STATUS_WRITER_RESYNC_MS);
}

/* NULL without memory. */
static json_t *make_body(const struct status_writer *writer)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s, s:s}}, s:{s:s}}", "apiVersion", "v1", "kind",
                     "ConfigMap", "metadata", "namespace", writer->options.namespace_, "name",
                     writer->options.config_map, "labels", "app.kubernetes.io/managed-by",
                     KUBE_MANAGER, "app.kubernetes.io/name", "hawser", "data", STATUS_WRITER_KEY,
                     writer->text);
}

static void write_now(void *data)
{
    struct status_writer *writer = data;
    struct kube_request request = {
        .verb = KUBE_APPLY,
        .resource = &status_writer_config_maps,
        .namespace_ = writer->options.namespace_,
        .name = writer->options.config_map,
        .field_manager = KUBE_MANAGER,
    };

    if (writer->call != 0 || writer->text == NULL) {
        return;
    }
    writer->free_ms = clock_monotonic_ms() + writer->options.pause_ms;
    writer->body = make_body(writer);
    if (writer->body == NULL) {
        wake_at(writer, writer->free_ms);
        return;
    }
    writer->is_due = false;
    request.body = writer->body;
    writer->call = kube_start(writer->kube, &request, KUBE_REQUEST_TIMEOUT_MS, end, writer);
}

struct status_writer *status_writer_new(struct loop *loop,
                                        struct kube *kube,
                                        const struct status_writer_options *options,
                                        struct err *err)
{
    struct status_writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL) {
        err_no_memory(err);
        return NULL;
    }
    *writer = (struct status_writer){
        .loop = loop,
        .kube = kube,
        .options = *options,
        .timer = {.ring = write_now, .data = writer},
        .backoff = {.first_ms = options->pause_ms},
    };
    return writer;
}

void status_writer_free(struct status_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    loop_stop_timer(writer->loop, &writer->timer);
    if (writer->call != 0) {
        kube_cancel(writer->kube, writer->call);
    }
    json_decref(writer->body);
    free(writer->text);
    free(writer);
}

void status_writer_put(struct status_writer *writer, const char *json)
{
    char *text;

    if (writer->text != NULL && strcmp(writer->text, json) == 0) {
        return;
    }
    text = strdup(json);
    if (text != NULL) {
        free(writer->text);
        writer->text = text;
        become_due(writer);
    }
}

void status_writer_lead(struct status_writer *writer)
{
    free(TAKE(writer->text));
    writer->is_due = false;
}
