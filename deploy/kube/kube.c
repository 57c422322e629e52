/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/kube/backoff.h"
#include "deploy/kube/kube_client.h"
#include "deploy/kube/kube_watch.h"

struct kube *kube_new(struct loop *loop,
                      const struct kube_config *config,
                      const char *user_agent,
                      struct err *err)
{
    CLEANUP(kube_free) struct kube *kube = calloc(1, sizeof(*kube));

    if (kube == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    kube->loop = loop;
    kube->limits = (struct kube_limits){
        .answer_bytes = KUBE_ANSWER_BYTES_MAX,
        .answer_memory = KUBE_ANSWER_MEMORY_MAX,
        .watch_line_bytes = KUBE_WATCH_LINE_MAX,
        .connect_timeout_ms = KUBE_CONNECT_TIMEOUT_MS,
        .request_timeout_ms = KUBE_REQUEST_TIMEOUT_MS,
        .watch_silence_ms = KUBE_WATCH_SILENCE_MS,
        .token_age_ms = KUBE_TOKEN_AGE_MS,
        .page_items = KUBE_PAGE_ITEMS,
        .backoff_first_ms = BACKOFF_FIRST_MS,
    };
    kube->transport = kube_transport_new(config, user_agent, err);
    return kube->transport != NULL ? TAKE(kube) : NULL;
}

void kube_free(struct kube *kube)
{
    if (kube == NULL) {
        return;
    }
    kube_cancel_all(kube);
    kube_transport_free(kube->transport);
    free(kube);
}

struct kube_limits *kube_limits(struct kube *kube)
{
    return &kube->limits;
}

void kube_guard(struct kube *kube, kube_may_write_fn *may_write, void *data)
{
    kube->may_write = may_write;
    kube->guard_data = data;
}

void kube_halt(struct kube *kube)
{
    kube->is_halted = true;
}

const struct kube_counts *kube_counts(const struct kube *kube)
{
    return &kube->counts;
}

bool kube_is_write(const struct kube_request *request)
{
    return request->verb != KUBE_GET && request->verb != KUBE_LIST;
}

bool kube_is_repeatable(const struct kube_request *request)
{
    if (request->verb == KUBE_CREATE) {
        return json_object_get(json_object_get(request->body, "metadata"), "name") != NULL;
    }
    return request->verb != KUBE_JSON_PATCH;
}

void kube_count(struct kube *kube, enum kube_outcome outcome)
{
    kube->counts.requests[outcome]++;
}

void kube_answer_clear(struct kube_answer *answer)
{
    json_decref(answer->body);
    *answer = (struct kube_answer){0};
}

const char *kube_outcome_text(enum kube_outcome outcome)
{
    switch (outcome) {
    case KUBE_OK:
        return "ok";
    case KUBE_NOT_FOUND:
        return "not found";
    case KUBE_ALREADY_EXISTS:
        return "already exists";
    case KUBE_CONFLICT:
        return "conflict";
    case KUBE_GONE:
        return "gone";
    case KUBE_INVALID:
        return "invalid";
    case KUBE_UNAUTHORIZED:
        return "unauthorized";
    case KUBE_FORBIDDEN:
        return "forbidden";
    case KUBE_TERMINATING:
        return "terminating";
    case KUBE_BUSY:
        return "busy";
    case KUBE_UNREACHABLE:
        return "unreachable";
    case KUBE_HALTED:
        return "halted";
    }
    return "";
}

int kube_exchange_start(struct kube *kube,
                        const struct kube_exchange_ask *ask,
                        const struct kube_exchange_listener *listener,
                        struct kube_exchange *out,
                        loop_done_fn *done,
                        struct err *err)
{
    kube_transport_set_file_age(kube->transport, kube->limits.token_age_ms);
    if (kube_transport_open(kube->transport, ask, listener, out, err) < 0) {
        return -1;
    }
    if (loop_add_transfer(kube->loop, out->easy, done, listener->data, err) < 0) {
        kube_exchange_clear(out);
        return -1;
    }
    return 0;
}

void kube_exchange_stop(struct kube *kube, struct kube_exchange *exchange, bool is_in_loop)
{
    if (exchange->easy != NULL && is_in_loop) {
        loop_remove_transfer(kube->loop, exchange->easy);
    }
    kube_exchange_clear(exchange);
}

void kube_explain(const struct kube *kube,
                  const struct kube_exchange *exchange,
                  CURLcode result,
                  char message[static KUBE_MESSAGE_SIZE])
{
    const char *trouble = kube_transport_trouble(kube->transport);
    const bool is_tls =
        result == CURLE_SSL_CONNECT_ERROR || result == CURLE_PEER_FAILED_VERIFICATION;
    struct err line = {0};

    (void)err_set(&line, ERR_IO, "%s%s%s%s", is_tls ? "TLS with the server: " : "",
                  kube_exchange_reason(exchange, result), trouble[0] != '\0' ? "; " : "", trouble);
    (void)snprintf(message, KUBE_MESSAGE_SIZE, "%.*s", KUBE_MESSAGE_SIZE - 1, line.msg);
}
