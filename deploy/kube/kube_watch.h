/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A copy of objects that stays true
 *
 * Lists the objects of a kind, in one namespace or all, narrowed by selectors, and then watches
 * them: a stream of events that goes on from the resourceVersion of the last one. When the stream
 * ends, is silent for KUBE_WATCH_SILENCE_MS, or is damaged, it is taken up again where it was; when
 * the server has forgotten that version (410), or where events cannot be relied upon (damaged
 * twice, longer than a line may be, out of order), everything is listed again. Until then the copy
 * stays as it was. With back-off, as backoff.h says.
 *
 * Versions are compared as numbers, where they are numbers: an object is never replaced by an older
 * state of itself.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "deploy/kube/kube.h"

/* Without a byte. Bookmarks come each minute, but not to the second: 60 s would cut good streams.
 */
#define KUBE_WATCH_SILENCE_MS 90000

/* An object has 1.5 MiB at most in etcd, and more as JSON; as values it takes more again. */
#define KUBE_WATCH_LINE_MAX   ((size_t)4 * 1024 * 1024)
#define KUBE_WATCH_MEMORY_MAX ((size_t)64 * 1024 * 1024)

/* The server is asked to end a stream after 5 to 10 minutes. */
#define KUBE_WATCH_LENGTH_S_LEAST 300
#define KUBE_WATCH_LENGTH_S_MOST  600

/* A copy of more has no place in a small pod; it then stays as it was, and the state says why. */
#define KUBE_WATCH_OBJECTS_MAX 10000

struct kube_watch;

/* What to watch. Copied, but for the resource. */
struct kube_watch_scope {
    const struct kube_resource *resource;
    const char *namespace_;     /* NULL: all of them, or a kind that has none */
    const char *field_selector; /* "metadata.name=hawser-tls"; NULL: all */
    const char *label_selector;
    bool is_metadata; /* the copy has metadata alone: of kinds whose objects are large, or many */

    /* Asked for each object before it is kept, which it may cut down to what is looked at but for
     * name, namespace and resourceVersion; false: it is not kept at all. NULL: all are, as they
     * come. What no selector can say. */
    bool (*keep)(json_t *object);
};

/* Called in a step of the loop, after one or more objects have changed or the copy has become
 * whole. Several changes may be told in one call. */
typedef void kube_watch_changed_fn(void *data);

/* Begin. The first list is under way when this returns. NULL with ERR_INTERNAL. */
struct kube_watch *kube_watch_new(struct kube *kube,
                                  const struct kube_watch_scope *scope,
                                  kube_watch_changed_fn *changed,
                                  void *data,
                                  struct err *err)
    __attribute__((nonnull(1, 2, 3, 5), warn_unused_result));

/* Accepts NULL. */
void kube_watch_free(struct kube_watch *watch);

/* Whether everything was listed at least once. */
bool kube_watch_is_whole(const struct kube_watch *watch) __attribute__((nonnull));

/* The object, or NULL. Borrowed until the next step of the loop, or kube_watch_note().
 * @namespace_ NULL: it has none. */
json_t *kube_watch_get(const struct kube_watch *watch, const char *namespace_, const char *name)
    __attribute__((nonnull(1, 3)));

/* Each object says "apiVersion" and "kind", also where the server leaves that out. */

/* Object number @i of kube_watch_count(), in byte order of namespace and name. */
size_t kube_watch_count(const struct kube_watch *watch) __attribute__((nonnull));
json_t *kube_watch_item(const struct kube_watch *watch, size_t i) __attribute__((nonnull));

/* How the last attempt to list or watch ended; KUBE_OK while a stream is open, and when the server
 * has just ended one in good order; KUBE_UNREACHABLE before the first. For logs: the message is
 * empty for KUBE_OK. */
struct kube_watch_state {
    enum kube_outcome outcome;
    char message[KUBE_MESSAGE_SIZE];
    uint64_t n_lists; /* since the beginning: 1 when nothing ever went wrong */
    uint64_t n_streams;
};
const struct kube_watch_state *kube_watch_state(const struct kube_watch *watch)
    __attribute__((nonnull));

/* 0 when everything was listed, and changes are told of; else -1 with the reason. @what is watched:
 * a stream that is interrupted counts only when a person must act, such as on RBAC. */
int kube_watch_check(const struct kube_watch *watch, const char *what, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Tell the copy what was just written by ourselves, from the answer to that request, so that it is
 * not decided upon what is already past. An older or equal resourceVersion than the copy's own is
 * passed over where both are numbers, and so is an object that the stream has seen go since. The
 * changed function is not called.
 */
void kube_watch_note(struct kube_watch *watch, const json_t *object) __attribute__((nonnull));

static inline void kube_watch_free_p(struct kube_watch **watch)
{
    kube_watch_free(*watch);
}
