/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/events.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/kube/kube_time.h"

#define SENDING_MAX 16  /* an NFS server has some twelve objects to tell of at once */
#define RECENT_MAX  256 /* different events within the quiet time */
#define TIMEOUT_MS  10000

static const struct kube_resource resource = {
    .group = "",
    .version = "v1",
    .plural = "events",
    .kind = "Event",
    .is_namespaced = true,
};

/* The API's limit (core validation of Event). */
_Static_assert(ERR_MSG_SIZE <= 1024 + 1, "a message fits into an event");

/* One on its way. */
struct sending {
    struct events *events;
    json_t *body; /* NULL: free */
    uint64_t call;
};

struct recent {
    uint64_t hash; /* of all that it said; 0: free */
    uint64_t sent_ms;
};

struct events {
    struct kube *kube;
    const char *component;
    const char *reporter;
    struct sending sending[SENDING_MAX];
    struct recent recent[RECENT_MAX];
};

struct events *
events_new(struct kube *kube, const char *component, const char *reporter, struct err *err)
{
    struct events *events = calloc(1, sizeof(*events));

    if (events == NULL) {
        err_no_memory(err);
        return NULL;
    }
    *events = (struct events){
        .kube = kube,
        .component = component,
        .reporter = reporter,
    };
    return events;
}

static void release(struct sending *sending)
{
    json_decref(sending->body);
    *sending = (struct sending){.body = NULL};
}

void events_free(struct events *events)
{
    if (events == NULL) {
        return;
    }
    for (size_t i = 0; i < SENDING_MAX; i++) {
        if (events->sending[i].body != NULL) {
            kube_cancel(events->kube, events->sending[i].call);
            release(&events->sending[i]);
        }
    }
    free(events);
}

unsigned int events_count(const struct events *events)
{
    unsigned int n = 0;

    for (size_t i = 0; i < SENDING_MAX; i++) {
        n += events->sending[i].body != NULL ? 1 : 0;
    }
    return n;
}

/* FNV-1a; a collision costs one event. */
static uint64_t add_to_hash(uint64_t hash, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 0x100000001b3ULL;
    }
    return (hash ^ 0xff) * 0x100000001b3ULL;
}

/* Whether the same was sent a while ago; from now on it was. */
static bool is_repeated(struct events *events, uint64_t hash, uint64_t now_ms)
{
    struct recent *oldest = &events->recent[0];

    for (size_t i = 0; i < RECENT_MAX; i++) {
        struct recent *recent = &events->recent[i];
        if (recent->hash == hash && now_ms - recent->sent_ms < EVENTS_QUIET_MS) {
            return true;
        }
        oldest = recent->hash == 0 || recent->sent_ms < oldest->sent_ms ? recent : oldest;
    }
    *oldest = (struct recent){.hash = hash, .sent_ms = now_ms};
    return false;
}

/* Where the event lies. */
static const char *namespace_of(const struct events_object *about)
{
    return about->namespace_ != NULL ? about->namespace_ : "default";
}

static json_t *make_body(const struct events *events,
                         const struct events_object *about,
                         bool is_warning,
                         const char *reason,
                         const char *message)
{
    char now[KUBE_TIME_SIZE];

    kube_time_write(clock_wall_s(), now);
    return json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s, s:s*, s:s*}, s:s, s:s, s:s, s:s, s:s, s:i, "
        "s:{s:s}, s:s, s:s}",
        "apiVersion", "v1", "kind", "Event", "metadata", "generateName", "hawser-", "namespace",
        namespace_of(about), "involvedObject", "apiVersion", about->api_version, "kind",
        about->kind, "name", about->name, "namespace", about->namespace_, "uid", about->uid, "type",
        is_warning ? "Warning" : "Normal", "reason", reason, "message", message, "firstTimestamp",
        now, "lastTimestamp", now, "count", 1, "source", "component", events->component,
        "reportingComponent", events->component, "reportingInstance", events->reporter);
}

static void end(void *data, struct kube_answer *answer)
{
    (void)answer; /* best effort */
    release(data);
}

static struct sending *find_free(struct events *events)
{
    for (size_t i = 0; i < SENDING_MAX; i++) {
        if (events->sending[i].body == NULL) {
            return &events->sending[i];
        }
    }
    return NULL;
}

void events_send(struct events *events,
                 const struct events_object *about,
                 bool is_warning,
                 const char *reason,
                 const char *message)
{
    struct sending *sending = find_free(events);
    struct kube_request request = {
        .verb = KUBE_CREATE,
        .resource = &resource,
        .namespace_ = namespace_of(about),
    };
    struct err text; /* cuts between characters, and leaves one line */
    uint64_t hash = add_to_hash(0xcbf29ce484222325ULL, about->kind);

    (void)err_set(&text, ERR_INTERNAL, "%s", message);
    hash = add_to_hash(add_to_hash(hash, namespace_of(about)), about->name);
    hash = add_to_hash(add_to_hash(hash, reason), text.msg);
    if (sending == NULL || is_repeated(events, hash, clock_monotonic_ms())) {
        return;
    }
    sending->body = make_body(events, about, is_warning, reason, text.msg);
    if (sending->body == NULL) {
        return;
    }
    sending->events = events;
    request.body = sending->body;
    sending->call = kube_start(events->kube, &request, TIMEOUT_MS, end, sending);
}
