/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside a watch
 *
 * kube_watch.c has the copy, lists and what happens after a failure; kube_watch_stream.c the
 * stream of events. A watch does one thing at a time: it lists, it has a stream, or it waits to try
 * again.
 */

#include <stdint.h>

#include "base/buf.h"
#include "deploy/kube/backoff.h"
#include "deploy/kube/kube_client.h"
#include "deploy/kube/kube_copy.h"
#include "deploy/kube/kube_status.h"
#include "deploy/kube/kube_watch.h"
#include "deploy/kube/watch_stream.h"

#define KUBE_WATCH_PATH_BYTES_MAX ((size_t)32 * 1024)

struct kube_watch {
    struct kube *kube;
    struct kube_request request; /* of lists and streams; its texts are the next three */
    char *namespace_;
    char *field_selector;
    char *label_selector;
    json_t *api_version; /* that objects share, as there may be thousands; and so the kind */
    json_t *kind;
    bool (*keep)(json_t *object);
    kube_watch_changed_fn *changed;
    void *data;
    struct kube_copy copy;
    char *version; /* from where a stream goes on; NULL: list first */
    bool is_whole;
    struct kube_watch_state state;
    struct backoff backoff;
    uint64_t gone_ms;     /* when the server last forgot the version; 0: never */
    uint64_t list_number; /* of kube_start(); 0: none is under way */
    struct kube_exchange exchange;
    bool is_in_loop;
    unsigned int status; /* of the stream's answer; 0: none yet */
    uint64_t begun_ms;   /* when it came */
    struct buf refusal;  /* its body, where it is no stream */
    struct watch_stream stream;
    unsigned int n_damages;    /* in a row, without a good event between them */
    struct err trouble;        /* why we ended the stream */
    struct kube_status told;   /* what an ERROR event said */
    struct loop_timer again;   /* to list or watch after a failure */
    struct loop_timer silence; /* the stream is held to be dead */
    struct loop_timer tell;    /* that something changed */
};

/* Whether the copy wants @object, which is cut down to what it wants of it, and says its kind. */
bool kube_watch_keeps(const struct kube_watch *watch, json_t *object) __attribute__((nonnull));

/* Open a stream from `version` on; close it without a word. */
void kube_watch_open(struct kube_watch *watch) __attribute__((nonnull));
void kube_watch_close(struct kube_watch *watch) __attribute__((nonnull));

/* What the silence timer rings. */
void kube_watch_end_silent(void *data) __attribute__((nonnull));

/* It went wrong: say so, and try again in a while, not before @told_ms. */
void kube_watch_fail(struct kube_watch *watch,
                     enum kube_outcome outcome,
                     const char *message,
                     unsigned int told_ms) __attribute__((nonnull));
void kube_watch_fail_by(struct kube_watch *watch, enum kube_outcome outcome, const struct err *err)
    __attribute__((nonnull));

void kube_watch_set_state(struct kube_watch *watch, enum kube_outcome outcome, const char *message)
    __attribute__((nonnull));

/* What comes next is a list. */
void kube_watch_forget_version(struct kube_watch *watch) __attribute__((nonnull));

/* Go on from @version, unless we were further already. Errors: ERR_INTERNAL. */
int kube_watch_note_version(struct kube_watch *watch, const char *version, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The resourceVersion of an object or a list, or NULL. */
const char *kube_watch_version_of(const json_t *object) __attribute__((nonnull));

/* Call the changed function in this step, once. */
void kube_watch_tell_soon(struct kube_watch *watch) __attribute__((nonnull));
