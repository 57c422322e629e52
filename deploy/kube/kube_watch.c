/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_watch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/kube_watch_inside.h"

static void start_list(struct kube_watch *watch);

void kube_watch_forget_version(struct kube_watch *watch)
{
    free(watch->version);
    watch->version = NULL;
}

void kube_watch_set_state(struct kube_watch *watch, enum kube_outcome outcome, const char *message)
{
    watch->state.outcome = outcome;
    (void)snprintf(watch->state.message, KUBE_MESSAGE_SIZE, "%s", message);
}

void kube_watch_fail(struct kube_watch *watch,
                     enum kube_outcome outcome,
                     const char *message,
                     unsigned int told_ms)
{
    const uint64_t now_ms = clock_monotonic_ms();

    /* A server that was away has often forgotten the version: it is back, and to wait for as long
     * as it was away would only be late. But one that forgets again soon fails like any other. */
    if (outcome == KUBE_GONE) {
        if (watch->gone_ms == 0 || now_ms - watch->gone_ms > BACKOFF_RESET_MS) {
            watch->backoff.n_failures = 0;
        }
        watch->gone_ms = now_ms;
    }
    kube_watch_set_state(watch, outcome, message);
    loop_set_timer(watch->kube->loop, &watch->again,
                   now_ms + backoff_fail(&watch->backoff, now_ms, told_ms, chance_number()));
}

void kube_watch_fail_by(struct kube_watch *watch, enum kube_outcome outcome, const struct err *err)
{
    char message[KUBE_MESSAGE_SIZE];

    (void)snprintf(message, sizeof(message), "%.*s", KUBE_MESSAGE_SIZE - 1, err->msg);
    kube_watch_fail(watch, outcome, message, 0);
}

static void try_again(void *data)
{
    struct kube_watch *watch = data;

    if (watch->version != NULL) {
        kube_watch_open(watch);
    } else {
        start_list(watch);
    }
}

static void tell(void *data)
{
    const struct kube_watch *watch = data;

    watch->changed(watch->data);
}

void kube_watch_tell_soon(struct kube_watch *watch)
{
    loop_set_timer(watch->kube->loop, &watch->tell, clock_monotonic_ms());
}

int kube_watch_note_version(struct kube_watch *watch, const char *version, struct err *err)
{
    char *copy;
    bool known;

    if (watch->version != NULL && kube_copy_compare(version, watch->version, &known) <= 0 &&
        known) {
        return 0;
    }
    copy = strdup(version);
    if (copy == NULL) {
        return err_no_memory(err);
    }
    free(watch->version);
    watch->version = copy;
    return 0;
}

const char *kube_watch_version_of(const json_t *object)
{
    const char *version =
        json_string_value(json_object_get(json_object_get(object, "metadata"), "resourceVersion"));

    return version != NULL && version[0] != '\0' ? version : NULL;
}

/* Entries of a list do not say of what kind they are, and metadata alone says another. */
static void name_kind(const struct kube_watch *watch, json_t *object)
{
    (void)json_object_set(object, "apiVersion", watch->api_version);
    (void)json_object_set(object, "kind", watch->kind);
}

bool kube_watch_keeps(const struct kube_watch *watch, json_t *object)
{
    name_kind(watch, object);
    return watch->keep == NULL || watch->keep(object);
}

/* Put an entry of a list into @list. What is cut down is a copy, and is so before the next is made:
 * then those that are kept lie together. Among what is freed of a long list they would hold on to
 * all of its memory. */
static int
put_listed(const struct kube_watch *watch, struct kube_copy *list, json_t *item, struct err *err)
{
    json_auto_t *copy = watch->keep != NULL ? json_deep_copy(item) : json_incref(item);
    enum kube_copy_change change;

    if (copy == NULL) {
        return err_no_memory(err);
    }
    return kube_watch_keeps(watch, copy) ? kube_copy_put(list, copy, &change, err) : 0;
}

/* Become the list that is the answer's body. */
static int take_list(struct kube_watch *watch, const json_t *body, struct err *err)
{
    CLEANUP(kube_copy_clear) struct kube_copy list = KUBE_COPY_INIT(watch->copy.max);
    const char *version = kube_watch_version_of(body);
    const json_t *items = json_object_get(body, "items");
    json_t *item;
    size_t i;

    if (version == NULL) {
        return err_set(err, ERR_INVALID, "a list lacks its resourceVersion");
    }
    json_array_foreach (items, i, item) {
        if (put_listed(watch, &list, item, err) < 0) {
            return -1;
        }
    }
    if (kube_copy_replace(&watch->copy, &list, version, err) < 0) {
        return -1;
    }
    kube_watch_forget_version(watch);
    return kube_watch_note_version(watch, version, err);
}

static void on_listed(void *data, struct kube_answer *answer)
{
    struct kube_watch *watch = data;
    struct err err = {0};

    watch->list_number = 0;
    if (answer->outcome != KUBE_OK) {
        kube_watch_fail(watch, answer->outcome, answer->message, answer->retry_after_ms);
        return;
    }
    if (take_list(watch, answer->body, &err) < 0) {
        kube_watch_fail_by(watch, KUBE_UNREACHABLE, &err);
        return;
    }
    watch->state.n_lists++;
    watch->n_damages = 0;
    watch->is_whole = true;
    kube_watch_tell_soon(watch);
    kube_watch_open(watch);
}

static void start_list(struct kube_watch *watch)
{
    watch->list_number = kube_start(watch->kube, &watch->request,
                                    watch->kube->limits.request_timeout_ms, on_listed, watch);
}

/* What objects of @resource say of their kind. */
static int name_resource(struct kube_watch *watch, const struct kube_resource *resource)
{
    watch->api_version = resource->group[0] != '\0'
                             ? json_sprintf("%s/%s", resource->group, resource->version)
                             : json_string(resource->version);
    watch->kind = json_string(resource->kind);
    return watch->api_version != NULL && watch->kind != NULL ? 0 : -1;
}

/* Copy the texts of @scope. */
static int copy_scope(struct kube_watch *watch, const struct kube_watch_scope *scope)
{
    struct kube_request *request = &watch->request;

    *request = (struct kube_request){
        .verb = KUBE_LIST,
        .resource = scope->resource,
        .is_metadata = scope->is_metadata,
    };
    if (scope->namespace_ != NULL) {
        watch->namespace_ = strdup(scope->namespace_);
        request->namespace_ = watch->namespace_;
    }
    if (scope->field_selector != NULL) {
        watch->field_selector = strdup(scope->field_selector);
        request->field_selector = watch->field_selector;
    }
    if (scope->label_selector != NULL) {
        watch->label_selector = strdup(scope->label_selector);
        request->label_selector = watch->label_selector;
    }
    return (scope->namespace_ == NULL || request->namespace_ != NULL) &&
                   (scope->field_selector == NULL || request->field_selector != NULL) &&
                   (scope->label_selector == NULL || request->label_selector != NULL)
               ? 0
               : -1;
}

struct kube_watch *kube_watch_new(struct kube *kube,
                                  const struct kube_watch_scope *scope,
                                  kube_watch_changed_fn *changed,
                                  void *data,
                                  struct err *err)
{
    CLEANUP(kube_watch_free) struct kube_watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    watch->kube = kube;
    watch->keep = scope->keep;
    watch->changed = changed;
    watch->data = data;
    watch->copy = KUBE_COPY_INIT(KUBE_WATCH_OBJECTS_MAX);
    watch->backoff.first_ms = kube->limits.backoff_first_ms;
    watch->again = (struct loop_timer){.ring = try_again, .data = watch};
    watch->silence = (struct loop_timer){.ring = kube_watch_end_silent, .data = watch};
    watch->tell = (struct loop_timer){.ring = tell, .data = watch};
    kube_watch_set_state(watch, KUBE_UNREACHABLE, "nothing was listed yet");
    if (name_resource(watch, scope->resource) < 0 || copy_scope(watch, scope) < 0) {
        (void)err_no_memory(err);
        return NULL;
    }
    start_list(watch);
    return TAKE(watch);
}

void kube_watch_free(struct kube_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    kube_cancel(watch->kube, watch->list_number);
    kube_watch_close(watch);
    loop_stop_timer(watch->kube->loop, &watch->again);
    loop_stop_timer(watch->kube->loop, &watch->tell);
    buf_clear(&watch->refusal);
    watch_stream_clear(&watch->stream);
    kube_copy_clear(&watch->copy);
    json_decref(watch->api_version);
    json_decref(watch->kind);
    free(watch->version);
    free(watch->namespace_);
    free(watch->field_selector);
    free(watch->label_selector);
    free(watch);
}

bool kube_watch_is_whole(const struct kube_watch *watch)
{
    return watch->is_whole;
}

json_t *kube_watch_get(const struct kube_watch *watch, const char *namespace_, const char *name)
{
    const struct kube_copy_item *item =
        kube_copy_find(&watch->copy, namespace_ != NULL ? namespace_ : "", name);

    return item != NULL ? item->object : NULL;
}

size_t kube_watch_count(const struct kube_watch *watch)
{
    return watch->copy.n;
}

json_t *kube_watch_item(const struct kube_watch *watch, size_t i)
{
    assert(i < watch->copy.n);
    return watch->copy.items[i].object;
}

const struct kube_watch_state *kube_watch_state(const struct kube_watch *watch)
{
    return &watch->state;
}

/* What is read, but not told of: its changes are never seen, however long one waits. */
static bool is_refused(const struct kube_watch *watch)
{
    const enum kube_outcome outcome = watch->state.outcome;

    return outcome == KUBE_FORBIDDEN || outcome == KUBE_UNAUTHORIZED || outcome == KUBE_INVALID;
}

int kube_watch_check(const struct kube_watch *watch, const char *what, struct err *err)
{
    if (watch->is_whole && !is_refused(watch)) {
        return 0;
    }
    return err_set(err, ERR_IO, "%s %s: %s: %s", what,
                   watch->is_whole ? "cannot be watched" : "was not read yet",
                   kube_outcome_text(watch->state.outcome), watch->state.message);
}

/* Whether the stream, which is further than @object, knows nothing of it: it was deleted since. */
static bool is_gone(const struct kube_watch *watch, const json_t *object)
{
    const char *version = kube_watch_version_of(object);
    const json_t *metadata = json_object_get(object, "metadata");
    const char *namespace_ = json_string_value(json_object_get(metadata, "namespace"));
    const char *name = json_string_value(json_object_get(metadata, "name"));
    bool known = false;

    return version != NULL && name != NULL && watch->version != NULL &&
           kube_watch_get(watch, namespace_, name) == NULL &&
           kube_copy_compare(version, watch->version, &known) <= 0 && known;
}

void kube_watch_note(struct kube_watch *watch, const json_t *object)
{
    json_t *copy = json_deep_copy(object); /* the caller may go on changing his */
    enum kube_copy_change change;
    struct err ignored = {0};

    /* What cannot be noted now will be told by the stream. */
    if (copy != NULL && !is_gone(watch, object) && kube_watch_keeps(watch, copy)) {
        (void)!kube_copy_put(&watch->copy, copy, &change, &ignored);
    }
    json_decref(copy);
}
