/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Kubernetes API
 *
 * Requests for objects, and their answers. What the API server says is an outcome, not an error: a
 * caller decides what a conflict or an absent object means. Nothing here knows about webhooks or
 * provisioners.
 *
 * Connections are kept and reused. The environment is not asked: no proxy, no .netrc; redirects are
 * not followed; only https. Answers are bounded. The token file is read again when it changed, at
 * the latest after KUBE_TOKEN_AGE_MS, and at once after a 401, when the request is sent once more.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "deploy/kube/kube_config.h"
#include "deploy/kube/loop.h"

#define KUBE_ANSWER_BYTES_MAX ((size_t)16 * 1024 * 1024) /* of a list: of each page */
#define KUBE_ANSWER_MEMORY_MAX                                        \
    ((size_t)128 * 1024 * 1024) /* as values; of a list: of all pages \
                                 */
#define KUBE_CONNECT_TIMEOUT_MS 10000
#define KUBE_REQUEST_TIMEOUT_MS 30000
#define KUBE_TOKEN_AGE_MS       60000
#define KUBE_PAGE_ITEMS         500 /* of a list, as client-go asks for */

/* The client speaks HTTP/1.1: each watch and each request under way has a connection of its own,
 * so that none waits for another's bytes and one that hangs is simply closed. */

/* The field manager of all that is applied; names of processes and releases do not change it. */
#define KUBE_MANAGER "hawser-controller"

struct kube;

/* A client for the cluster of @config, which is borrowed, in @loop. @user_agent: "program/1.0".
 * Errors: those of the files that @config names; ERR_INVALID for a CA that is none. */
struct kube *kube_new(struct loop *loop,
                      const struct kube_config *config,
                      const char *user_agent,
                      struct err *err) __attribute__((nonnull, warn_unused_result));

/* Cuts what is under way, without calling back. Not from a callback. Accepts NULL. */
void kube_free(struct kube *kube);

/* What tests set lower, to see limits at work without waiting. */
struct kube_limits {
    size_t answer_bytes;
    size_t answer_memory;
    size_t watch_line_bytes;
    unsigned int connect_timeout_ms;
    unsigned int request_timeout_ms; /* of kube_call() and of the lists of a watch */
    unsigned int watch_silence_ms;
    unsigned int token_age_ms;
    unsigned int page_items;
    unsigned int backoff_first_ms;
};

/* Those in force, which are the constants; to be changed before the first request. */
struct kube_limits *kube_limits(struct kube *kube) __attribute__((nonnull));

/*
 * Ask @may_write before each request that writes, also before one is repeated: when it says false
 * the outcome is KUBE_HALTED and nothing is sent. So a leader that lost its lease cannot write,
 * wherever the code stands. Requests with `is_exempt` are not asked for (the lease's own).
 */
typedef bool kube_may_write_fn(void *data);
void kube_guard(struct kube *kube, kube_may_write_fn *may_write, void *data)
    __attribute__((nonnull(1, 2)));

/* From now on kube_call() gives up at once with KUBE_HALTED: the program is told to stop. What is
 * under way in it is cut, and may have taken effect. kube_start() still works: for a last word. */
void kube_halt(struct kube *kube) __attribute__((nonnull));

/* One kind of object, as the API's paths have it. */
struct kube_resource {
    const char *group;   /* "" for the core group */
    const char *version; /* "v1" */
    const char *plural;  /* "secrets" */
    const char *kind;    /* "Secret" */
    bool is_namespaced;
};

enum kube_verb {
    KUBE_GET,
    KUBE_LIST,
    KUBE_CREATE,      /* POST */
    KUBE_UPDATE,      /* PUT: with metadata.resourceVersion in the body, only over that version */
    KUBE_APPLY,       /* server-side apply, forced unless is_unforced */
    KUBE_MERGE_PATCH, /* RFC 7386 */
    KUBE_JSON_PATCH,  /* RFC 6902 */
    KUBE_DELETE,
};

/* Everything is borrowed until the request has ended. NULL: none. */
struct kube_request {
    enum kube_verb verb;
    const struct kube_resource *resource;
    const char *namespace_; /* NULL for a list of all namespaces, and for what has none */
    const char *name;       /* not for KUBE_LIST and KUBE_CREATE */
    const char *subresource;
    const json_t *body;         /* for KUBE_DELETE: DeleteOptions */
    const char *field_manager;  /* required for KUBE_APPLY */
    const char *field_selector; /* of KUBE_LIST, as is the next */
    const char *label_selector;
    bool is_dry_run;
    bool is_unforced; /* of KUBE_APPLY: to change what others have written is a conflict */
    bool is_exempt;   /* from kube_guard() */
    bool is_metadata; /* of KUBE_GET and KUBE_LIST: only metadata comes (PartialObjectMetadata) */
};

enum kube_outcome {
    KUBE_OK,             /* 2xx */
    KUBE_NOT_FOUND,      /* 404: the object, its kind or its namespace is not there */
    KUBE_ALREADY_EXISTS, /* 409 AlreadyExists */
    KUBE_CONFLICT,       /* 409: somebody else changed it first; read it again */
    KUBE_GONE,           /* 410: that resourceVersion is too old; list again */
    KUBE_INVALID,        /* 400, 422 and other 4xx: sending it again cannot help; also a request
                            that has no path, such as one for an object without a name */
    KUBE_UNAUTHORIZED,   /* 401, also with a fresh token */
    KUBE_FORBIDDEN,      /* 403 */
    KUBE_TERMINATING,    /* 403 or 409 because the namespace is being deleted */
    KUBE_BUSY,           /* 408, 429, 5xx: it may help to wait, at least retry_after_ms */
    KUBE_UNREACHABLE,    /* no answer, or one that cannot be read */
    KUBE_HALTED,         /* not sent: kube_guard() or kube_halt() */
};

#define KUBE_MESSAGE_SIZE 512

struct kube_answer {
    enum kube_outcome outcome;
    unsigned int status;         /* of HTTP; 0: none came */
    unsigned int retry_after_ms; /* 0: the server named none */
    bool is_doubtful;            /* a write that failed may have taken effect all the same: it was
                                    sent, and no answer, or a 5xx, came. Of kube_call(): this or an
                                    earlier try, so that a conflict may be our own doing */
    json_t *body;                /* the object; of KUBE_LIST {"items": [...], "metadata": {...}} of
                                    all pages; NULL unless KUBE_OK */
    char message[KUBE_MESSAGE_SIZE]; /* of a Status, or what went wrong; empty for KUBE_OK */
};

void kube_answer_clear(struct kube_answer *answer) __attribute__((nonnull));

/* "conflict", "not found": for logs and labels of metrics. */
const char *kube_outcome_text(enum kube_outcome outcome);

/*
 * Send one request, once. @done is called in a later step of the loop, never from here. It gets the
 * answer, whose body it may take (and set NULL); the rest is cleared behind it. Returns a number to
 * cancel it by, never 0; @done is not called for one that is cancelled. Without memory the answer
 * is KUBE_UNREACHABLE, as if the wire had failed; for the few hundred bytes of the request itself
 * the process aborts.
 *
 * @timeout_ms is for everything: all pages of a list, and the second try after a 401. A list is
 * read in pages of one version. When the server forgets that version half way (410), the list is
 * begun again, in one page.
 */
typedef void kube_done_fn(void *data, struct kube_answer *answer);
uint64_t kube_start(struct kube *kube,
                    const struct kube_request *request,
                    unsigned int timeout_ms,
                    kube_done_fn *done,
                    void *data) __attribute__((nonnull(1, 2, 4), warn_unused_result));
void kube_cancel(struct kube *kube, uint64_t number) __attribute__((nonnull));

/*
 * Send a request and wait for its answer, running the loop. Not more often than rate.h allows: who
 * fights with another over an object must not wear out the API server. KUBE_BUSY and
 * KUBE_UNREACHABLE are tried again as backoff.h says, KUBE_TRIES_MAX times in all; every other
 * outcome comes back at once. Not from a callback of the loop.
 *
 * What must not be done twice is not: a request of KUBE_CREATE without metadata.name in its body
 * (the server would make another object each time) and one of KUBE_JSON_PATCH (which may append to
 * a list) are repeated only when the first certainly did nothing. All others can be repeated, but
 * the answer then tells of what the first has done: a create whose answer was lost is answered with
 * KUBE_ALREADY_EXISTS, an update with KUBE_CONFLICT, a deletion with KUBE_NOT_FOUND. That is what
 * comes back, with `is_doubtful`: whose the object is, the caller sees when he reads it.
 */
#define KUBE_TRIES_MAX 4
void kube_call(struct kube *kube, const struct kube_request *request, struct kube_answer *out)
    __attribute__((nonnull));

/* What happened so far, for metrics. */
struct kube_counts {
    uint64_t requests[KUBE_HALTED + 1]; /* by outcome */
    uint64_t retries;
};
const struct kube_counts *kube_counts(const struct kube *kube) __attribute__((nonnull));

static inline void kube_free_p(struct kube **kube)
{
    kube_free(*kube);
}

static inline void kube_answer_clear_p(struct kube_answer *answer)
{
    kube_answer_clear(answer);
}
