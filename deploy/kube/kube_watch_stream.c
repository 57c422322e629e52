/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/kube_path.h"
#include "deploy/kube/kube_watch_inside.h"

/* The body of an answer that is no stream: a Status. */
#define REFUSAL_BYTES_MAX ((size_t)64 * 1024)

/* Once a stream may be damaged on its way; twice at the same place, what the server says is. */
#define DAMAGE_MAX 2

/*
 * An event that is older than the stream says nothing new of an object that is here in a later
 * state, or of one that is gone and stays so. Any other is out of order, or of an object that was
 * deleted: that only a list can tell.
 */
static int check_order(const struct kube_watch *watch,
                       enum watch_stream_type type,
                       const struct kube_copy_item *item,
                       bool *is_past,
                       struct err *err)
{
    const struct kube_copy_item *here;
    bool known;
    const int order = kube_copy_compare(item->version, watch->version, &known);

    *is_past = known && order <= 0;
    if (!known || order >= 0) {
        return 0;
    }
    here = kube_copy_find(&watch->copy, item->namespace_, item->name);
    if (here == NULL ? type == WATCH_STREAM_DELETED
                     : kube_copy_compare(item->version, here->version, &known) <= 0) {
        return 0;
    }
    return err_set(err, ERR_CONFLICT, "events of a watch are out of order");
}

static int
apply(struct kube_watch *watch, enum watch_stream_type type, json_t *object, struct err *err)
{
    struct kube_copy_item item;
    enum kube_copy_change change;
    bool is_past;
    int result;

    if (!kube_copy_read(object, &item)) {
        return err_set(err, ERR_INVALID,
                       "the object of an event lacks its name or its resourceVersion");
    }
    if (check_order(watch, type, &item, &is_past, err) < 0) {
        return -1;
    }
    if (is_past) {
        return 0;
    }
    /* What is not wanted any more goes as if it had been deleted. */
    result = type == WATCH_STREAM_DELETED || !kube_watch_keeps(watch, object)
                 ? kube_copy_remove(&watch->copy, object, &change, err)
                 : kube_copy_put(&watch->copy, object, &change, err);
    if (result < 0) {
        return -1;
    }
    if (change == KUBE_COPY_CHANGED) {
        kube_watch_tell_soon(watch);
    }
    watch->n_damages = 0;
    return kube_watch_note_version(watch, item.version, err);
}

static int on_event(void *data, enum watch_stream_type type, json_t *object, struct err *err)
{
    struct kube_watch *watch = data;

    switch (type) {
    case WATCH_STREAM_ADDED:
    case WATCH_STREAM_MODIFIED:
    case WATCH_STREAM_DELETED:
        return apply(watch, type, object, err);
    case WATCH_STREAM_BOOKMARK:
        if (kube_watch_version_of(object) == NULL) {
            return err_set(err, ERR_INVALID, "a bookmark lacks its resourceVersion");
        }
        watch->n_damages = 0;
        return kube_watch_note_version(watch, kube_watch_version_of(object), err);
    case WATCH_STREAM_ERROR:
        kube_status_read_event(object, &watch->told);
        return err_set(err, ERR_IO, "%s", watch->told.message);
    case WATCH_STREAM_OTHER:
        return 0;
    }
    return 0;
}

static void listen_on(struct kube_watch *watch)
{
    loop_set_timer(watch->kube->loop, &watch->silence,
                   clock_monotonic_ms() + watch->kube->limits.watch_silence_ms);
}

static void on_begin(void *data, unsigned int status)
{
    struct kube_watch *watch = data;

    watch->status = status;
    watch->begun_ms = clock_monotonic_ms();
    listen_on(watch);
    if (status == 200) {
        kube_watch_set_state(watch, KUBE_OK, "");
        watch->state.n_streams++;
        backoff_succeed(&watch->backoff, watch->begun_ms);
    }
}

static bool on_bytes(void *data, const char *bytes, size_t len)
{
    struct kube_watch *watch = data;

    listen_on(watch);
    if (watch->status != 200) {
        buf_add(&watch->refusal, bytes, len);
        return !buf_failed(&watch->refusal);
    }
    return watch_stream_add(&watch->stream, bytes, len, on_event, watch, &watch->trouble) == 0;
}

/* The stream was refused. */
static void end_refused(struct kube_watch *watch, unsigned int told_ms)
{
    struct json_limits limits = {.memory = KUBE_WATCH_MEMORY_MAX, .string = REFUSAL_BYTES_MAX};
    struct err ignored = {0};
    json_auto_t *body =
        json_parse_within(buf_text(&watch->refusal), watch->refusal.len, &limits, &ignored);
    struct kube_status status;

    kube_status_read(watch->status, body, buf_text(&watch->refusal), watch->refusal.len, &status);
    if (status.outcome == KUBE_UNAUTHORIZED) {
        (void)kube_transport_doubt_token(watch->kube->transport);
    }
    if (status.outcome == KUBE_GONE) {
        kube_watch_forget_version(watch);
    }
    kube_count(watch->kube, status.outcome);
    kube_watch_fail(watch, status.outcome, status.message,
                    told_ms > 0 ? told_ms : status.retry_after_ms);
}

/* We ended it, because of what came. */
static void end_in_trouble(struct kube_watch *watch)
{
    const bool is_told = watch->told.message[0] != '\0';
    const enum kube_outcome outcome = is_told ? watch->told.outcome : KUBE_UNREACHABLE;
    const bool is_damaged = watch->trouble.code == ERR_INVALID;

    watch->n_damages += is_damaged;
    if (is_told ? outcome == KUBE_GONE : !is_damaged || watch->n_damages >= DAMAGE_MAX) {
        kube_watch_forget_version(watch);
    }
    kube_count(watch->kube, outcome);
    if (is_told) {
        kube_watch_fail(watch, outcome, watch->told.message, watch->told.retry_after_ms);
    } else {
        kube_watch_fail_by(watch, outcome, &watch->trouble);
    }
}

/* The server ended it in good order: half a line that may be left comes again. */
static void end_well(struct kube_watch *watch)
{
    const uint64_t lasted_ms = clock_monotonic_ms() - watch->begun_ms;

    kube_count(watch->kube, KUBE_OK);
    if (lasted_ms < watch->kube->limits.backoff_first_ms) {
        kube_watch_fail(watch, KUBE_UNREACHABLE, "the server ended the watch as soon as it began",
                        0);
    } else {
        kube_watch_open(watch);
    }
}

static void on_end(void *data, CURLcode result)
{
    struct kube_watch *watch = data;
    const unsigned int told_ms = kube_exchange_retry_after_ms(&watch->exchange);
    char message[KUBE_MESSAGE_SIZE];

    watch->is_in_loop = false;
    loop_stop_timer(watch->kube->loop, &watch->silence);
    kube_explain(watch->kube, &watch->exchange, result, message);
    kube_exchange_clear(&watch->exchange);
    if (watch->trouble.code != ERR_NONE) {
        end_in_trouble(watch);
    } else if (watch->status != 0 && watch->status != 200) {
        end_refused(watch, told_ms);
    } else if (result != CURLE_OK) {
        kube_count(watch->kube, KUBE_UNREACHABLE);
        kube_watch_fail(watch, KUBE_UNREACHABLE, message, 0);
    } else {
        end_well(watch);
    }
}

void kube_watch_end_silent(void *data)
{
    struct kube_watch *watch = data;
    const bool was_open = watch->status == 200;
    char message[KUBE_MESSAGE_SIZE];

    kube_watch_close(watch);
    kube_count(watch->kube, KUBE_UNREACHABLE);
    if (was_open) {
        /* Of a kind that has not changed since it started, an API server may tell no bookmarks
         * either. It is no reason to look away from that kind, for longer each time. */
        kube_watch_open(watch);
        return;
    }
    (void)snprintf(message, sizeof(message), "nothing was heard of the watch for %u ms",
                   watch->kube->limits.watch_silence_ms);
    kube_watch_fail(watch, KUBE_UNREACHABLE, message, 0);
}

static int send_watch(struct kube_watch *watch, struct err *err)
{
    const unsigned int spread = KUBE_WATCH_LENGTH_S_MOST - KUBE_WATCH_LENGTH_S_LEAST;
    const struct kube_exchange_listener listener = {
        .take = on_bytes, .begin = on_begin, .data = watch};
    const struct kube_path_more more = {
        .watch_from = watch->version,
        .watch_s = KUBE_WATCH_LENGTH_S_LEAST + chance_below(spread + 1),
    };
    CLEANUP(buf_clear) struct buf path = BUF_INIT(KUBE_WATCH_PATH_BYTES_MAX);
    struct kube_exchange_ask ask;

    if (kube_path_write(&path, &watch->request, &more, err) < 0 ||
        buf_check(&path, "the path of a watch", err) < 0) {
        return -1;
    }
    ask = (struct kube_exchange_ask){
        .method = "GET",
        .path = buf_text(&path),
        .accept = kube_path_accept(&watch->request, true),
        .connect_timeout_ms = watch->kube->limits.connect_timeout_ms,
    };
    return kube_exchange_start(watch->kube, &ask, &listener, &watch->exchange, on_end, err);
}

void kube_watch_open(struct kube_watch *watch)
{
    struct err err = {0};

    watch->status = 0;
    watch->trouble = (struct err){0};
    watch->told = (struct kube_status){0};
    buf_clear(&watch->refusal);
    watch->refusal = BUF_INIT(REFUSAL_BYTES_MAX);
    watch_stream_clear(&watch->stream);
    watch_stream_init(&watch->stream, watch->kube->limits.watch_line_bytes, KUBE_WATCH_MEMORY_MAX);
    if (send_watch(watch, &err) < 0) {
        kube_watch_fail_by(watch, KUBE_UNREACHABLE, &err);
        return;
    }
    watch->is_in_loop = true;
    listen_on(watch);
}

void kube_watch_close(struct kube_watch *watch)
{
    kube_exchange_stop(watch->kube, &watch->exchange, watch->is_in_loop);
    watch->is_in_loop = false;
    loop_stop_timer(watch->kube->loop, &watch->silence);
}
