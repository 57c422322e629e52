/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "deploy/kube/kube_client.h"
#include "deploy/kube/kube_pages.h"
#include "deploy/kube/kube_path.h"
#include "deploy/kube/kube_status.h"
#include "deploy/kube/secret.h"

#define PATH_BYTES_MAX ((size_t)32 * 1024)

/* The API server takes 3 MiB. */
#define BODY_BYTES_MAX ((size_t)4 * 1024 * 1024)

#define MUST_NOT_WRITE "this process must not write now"

struct kube_pending {
    struct kube *kube;
    struct kube_pending *next;
    uint64_t number;
    struct kube_request request;
    kube_done_fn *done;
    void *data;
    uint64_t until_ms;
    struct kube_exchange exchange;
    bool is_in_loop;
    bool is_second; /* after a 401 */
    struct buf body;
    struct buf in;             /* of the answer under way */
    struct json_limits memory; /* that is left for values */
    struct kube_pages pages;
    struct kube_answer answer;
    struct loop_timer soon; /* to tell the answer in a later step, where nothing could be sent */
};

static void unlink_pending(const struct kube_pending *pending)
{
    struct kube_pending **at = &pending->kube->pending;

    while (*at != NULL && *at != pending) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = pending->next;
    }
}

/* Release what has been taken out of the list. */
static void free_pending(struct kube_pending *pending)
{
    kube_exchange_stop(pending->kube, &pending->exchange, pending->is_in_loop);
    loop_stop_timer(pending->kube->loop, &pending->soon);
    secret_clear(&pending->body);
    secret_clear(&pending->in);
    kube_pages_clear(&pending->pages);
    kube_answer_clear(&pending->answer);
    free(pending);
}

/* Tell the answer. */
static void finish(struct kube_pending *pending)
{
    const bool is_list = pending->request.verb == KUBE_LIST;

    unlink_pending(pending);
    kube_count(pending->kube, pending->answer.outcome);
    pending->done(pending->data, &pending->answer);
    free_pending(pending);
    if (is_list) {
        memory_trim(); /* a list of a large cluster takes many times of what is kept of it */
    }
}

static void finish_soon(void *data)
{
    finish(data);
}

/* The answer is @outcome, for the reason in @err; told in a later step. */
static void settle(struct kube_pending *pending, enum kube_outcome outcome, const struct err *err)
{
    pending->answer.outcome = outcome;
    (void)snprintf(pending->answer.message, KUBE_MESSAGE_SIZE, "%.*s", KUBE_MESSAGE_SIZE - 1,
                   err->msg);
    loop_set_timer(pending->kube->loop, &pending->soon, clock_monotonic_ms());
}

static bool take(void *data, const char *bytes, size_t len)
{
    struct kube_pending *pending = data;

    buf_add(&pending->in, bytes, len);
    return !buf_failed(&pending->in);
}

/* Asked before anything is begun, and again when a connection is there: that may take seconds, in
 * which a lease is lost or the process is stopped. */
static bool may_send(void *data)
{
    const struct kube_pending *pending = data;
    const struct kube *kube = pending->kube;

    return !kube_is_write(&pending->request) || pending->request.is_exempt ||
           kube->may_write == NULL || kube->may_write(kube->guard_data);
}

static void on_done(void *data, CURLcode result);

/* Write the body once; it is the same for each try. */
static int write_body(struct kube_pending *pending, struct err *err)
{
    if (pending->request.body == NULL || pending->body.len > 0) {
        return 0;
    }
    json_sorted(&pending->body, pending->request.body);
    return buf_check(&pending->body, "the body of a request", err);
}

/* Send the request, or its next page. */
static int send_request(struct kube_pending *pending, struct err *err)
{
    const struct kube_limits *limits = &pending->kube->limits;
    const struct kube_exchange_listener listener = {
        .may_send = may_send,
        .take = take,
        .data = pending,
    };
    CLEANUP(buf_clear) struct buf path = BUF_INIT(PATH_BYTES_MAX);
    const uint64_t now_ms = clock_monotonic_ms();
    struct kube_path_more more = {.continue_ = pending->pages.continue_};
    struct kube_exchange_ask ask;

    if (pending->request.verb == KUBE_LIST && !pending->pages.is_again) {
        more.limit = limits->page_items;
    }
    if (kube_path_write(&path, &pending->request, &more, err) < 0 ||
        buf_check(&path, "the path of a request", err) < 0 || write_body(pending, err) < 0) {
        return -1;
    }
    if (now_ms >= pending->until_ms) {
        return err_set(err, ERR_IO, "the time for this request is over");
    }
    ask = (struct kube_exchange_ask){
        .method = kube_path_method(pending->request.verb),
        .path = buf_text(&path),
        .accept = kube_path_accept(&pending->request, false),
        .content_type =
            pending->request.body != NULL ? kube_path_content_type(pending->request.verb) : NULL,
        .body = buf_text(&pending->body),
        .body_len = pending->body.len,
        .answer_max = limits->answer_bytes,
        .timeout_ms = (unsigned int)(pending->until_ms - now_ms),
        .connect_timeout_ms = limits->connect_timeout_ms,
        .is_fresh = !kube_is_repeatable(&pending->request),
        .is_once = kube_is_write(&pending->request),
    };
    secret_clear(&pending->in);
    pending->in = BUF_INIT(limits->answer_bytes);
    if (kube_exchange_start(pending->kube, &ask, &listener, &pending->exchange, on_done, err) < 0) {
        return -1;
    }
    pending->is_in_loop = true;
    return 0;
}

/* Send it unless that is forbidden. What cannot be sent is answered in a later step. */
static void send_or_settle(struct kube_pending *pending)
{
    struct err err = {0};

    if (!may_send(pending)) {
        (void)err_set(&err, ERR_CONFLICT, MUST_NOT_WRITE);
        settle(pending, KUBE_HALTED, &err);
        return;
    }
    if (send_request(pending, &err) < 0) {
        const bool is_wrong = err.code == ERR_INVALID || err.code == ERR_TOO_BIG;
        settle(pending, is_wrong ? KUBE_INVALID : KUBE_UNREACHABLE, &err);
    }
}

/* No answer came, or none that can be read: @message is there. */
static void answer_unreachable(struct kube_pending *pending)
{
    pending->answer.outcome = KUBE_UNREACHABLE;
    pending->answer.is_doubtful =
        kube_is_write(&pending->request) && kube_exchange_was_sent(&pending->exchange);
}

static void answer_unreadable(struct kube_pending *pending, const struct err *err)
{
    answer_unreachable(pending);
    (void)snprintf(pending->answer.message, KUBE_MESSAGE_SIZE, "%.*s", KUBE_MESSAGE_SIZE - 1,
                   err->msg);
}

static json_t *parse(struct kube_pending *pending, struct err *err)
{
    json_t *body;

    pending->memory.string = pending->in.len;
    body = json_parse_within(buf_text(&pending->in), pending->in.len, &pending->memory, err);
    if (body == NULL) {
        err_wrap(err, "the server's answer");
    }
    return body;
}

/* A 2xx. Whether the request has ended: there may be more pages. */
static bool read_body(struct kube_pending *pending)
{
    struct err err = {0};
    json_auto_t *body = parse(pending, &err);

    if (body == NULL) {
        answer_unreadable(pending, &err);
        return true;
    }
    if (pending->request.verb == KUBE_LIST) {
        if (kube_pages_add(&pending->pages, body, &err) < 0) {
            answer_unreadable(pending, &err);
            return true;
        }
        if (pending->pages.continue_ != NULL) {
            return false;
        }
        pending->answer.body = TAKE(pending->pages.list);
        return true;
    }
    if (!json_is_object(body)) {
        (void)err_set(&err, ERR_INVALID, "expected an object from the server, found %s",
                      json_type_name(body));
        answer_unreadable(pending, &err);
        return true;
    }
    pending->answer.body = TAKE(body);
    return true;
}

/* What is no 2xx. Whether the request has ended: it may be worth another try. */
static bool read_failure(struct kube_pending *pending)
{
    struct err ignored = {0};
    json_auto_t *body = parse(pending, &ignored);
    struct kube_answer *answer = &pending->answer;
    struct kube_status status;

    if (answer->status == 401 && !pending->is_second &&
        kube_transport_doubt_token(pending->kube->transport)) {
        pending->is_second = true;
        return false;
    }
    if (answer->status == 410 && pending->pages.continue_ != NULL &&
        kube_pages_restart(&pending->pages)) {
        pending->memory.memory = pending->kube->limits.answer_memory;
        return false;
    }
    kube_status_read(answer->status, body, buf_text(&pending->in), pending->in.len, &status);
    answer->outcome = status.outcome;
    if (answer->retry_after_ms == 0) {
        answer->retry_after_ms = status.retry_after_ms;
    }
    answer->is_doubtful = kube_is_write(&pending->request) && answer->status >= 500;
    (void)snprintf(answer->message, KUBE_MESSAGE_SIZE, "%s", status.message);
    return true;
}

/* Why there is no whole answer. */
static void answer_broken(struct kube_pending *pending, CURLcode result)
{
    struct err err = {0};

    if (pending->exchange.is_refused && !kube_exchange_was_sent(&pending->exchange)) {
        pending->answer.outcome = KUBE_HALTED;
        (void)snprintf(pending->answer.message, KUBE_MESSAGE_SIZE, MUST_NOT_WRITE);
    } else if (buf_failed(&pending->in) &&
               buf_check(&pending->in, "the server's answer", &err) < 0) {
        answer_unreadable(pending, &err);
    } else {
        kube_explain(pending->kube, &pending->exchange, result, pending->answer.message);
        answer_unreachable(pending);
    }
}

static void on_done(void *data, CURLcode result)
{
    struct kube_pending *pending = data;
    struct kube_answer *answer = &pending->answer;
    bool has_ended = true;

    pending->is_in_loop = false;
    answer->status = kube_exchange_status(&pending->exchange);
    answer->retry_after_ms = kube_exchange_retry_after_ms(&pending->exchange);
    if (result != CURLE_OK) {
        answer_broken(pending, result);
    } else if (answer->status >= 200 && answer->status <= 299) {
        has_ended = read_body(pending);
    } else {
        has_ended = read_failure(pending);
    }
    kube_exchange_clear(&pending->exchange);
    if (has_ended) {
        finish(pending);
    } else {
        send_or_settle(pending);
    }
}

uint64_t kube_start(struct kube *kube,
                    const struct kube_request *request,
                    unsigned int timeout_ms,
                    kube_done_fn *done,
                    void *data)
{
    struct kube_pending *pending = calloc(1, sizeof(*pending));

    if (pending == NULL) {
        abort(); /* a process that cannot have this is better started again */
    }
    *pending = (struct kube_pending){
        .kube = kube,
        .next = kube->pending,
        .number = ++kube->n_started,
        .request = *request,
        .done = done,
        .data = data,
        .until_ms = clock_monotonic_ms() + timeout_ms,
        .body = BUF_INIT(BODY_BYTES_MAX),
        .memory = {.memory = kube->limits.answer_memory},
        .soon = {.ring = finish_soon, .data = pending},
    };
    kube->pending = pending;
    send_or_settle(pending);
    return pending->number;
}

void kube_cancel(struct kube *kube, uint64_t number)
{
    for (struct kube_pending *at = kube->pending; at != NULL; at = at->next) {
        if (at->number == number) {
            unlink_pending(at);
            free_pending(at);
            return;
        }
    }
}

void kube_cancel_all(struct kube *kube)
{
    while (kube->pending != NULL) {
        kube_cancel(kube, kube->pending->number);
    }
}
