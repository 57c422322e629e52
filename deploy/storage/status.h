/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How things are, as a JSON document
 *
 * What the leader knows of servers, claims, volumes and the certificate, for people and for
 * `hawser-controller status`. It is filled anew each time, and the same facts give the same text,
 * in whatever order they came: it is written where it differs from what was written last. So it
 * says when something happened, and never how long ago.
 *
 * {"certificate": {                        not there where somebody else keeps it
 *      "leafNotAfter": TIME, "leafRenewal": TIME, "authorityNotAfter": TIME,
 *      "caBundleInForce": BOOL},
 *  "claims": {
 *      "counts": {STATE: N, ...},           of all
 *      "inTrouble": N,                      of all
 *      "items": [{"namespace", "name", "policy", "state", "created", "message", "trouble"}],
 *      "notListed": N},
 *  "missedWorkflows": N,                    opted in, and were admitted without the webhook
 *  "policies": {"hash", "since": TIME},     those in force, by which missed ones are found
 *  "servers": {
 *      "items": [{"name", "namespace", "storageClass", "state", "created", "message", "trouble",
 *                 "answers": BOOL, "answersWithinMs": N, "answersReason",
 *                 "parts": [{"kind", "name", "state", "created", "trouble",
 *                            "lastAction", "lastActionTime", "message"}]}],
 *      "notListed": N},
 *  "volumes": {                             those whose data is gone
 *      "items": [{"namespace", "claim", "name", "state"}],
 *      "notListed": N}}
 *
 * TIME is RFC 3339 in UTC. What is unknown is left out. "trouble" is true or left out: somebody
 * should look at it. Items in trouble come first, then they are sorted by namespace, name and
 * claim; those for which there is no room are only counted.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* A ConfigMap holds 1 MiB, and half of that is more than anybody reads. */
#define STATUS_BYTES_MAX ((size_t)512 * 1024)

/* What lists may take of it, in bytes of JSON; and how many items, for people. */
#define STATUS_SERVERS_BYTES ((size_t)256 * 1024)
#define STATUS_CLAIMS_BYTES  ((size_t)128 * 1024)
#define STATUS_VOLUMES_BYTES ((size_t)64 * 1024)
#define STATUS_ITEMS_MAX     200

/* A text that is longer is cut between characters; names of Kubernetes are not. */
#define STATUS_TEXT_BYTES ((size_t)256)

/* How many states claims have; any more are not counted singly. */
#define STATUS_COUNTS_MAX 16

enum status_answer {
    STATUS_NOT_ASKED,
    STATUS_ANSWERS,
    STATUS_SILENT,
};

enum status_part_state {
    STATUS_PART_UNKNOWN, /* it was not looked at yet */
    STATUS_PART_RIGHT,
    STATUS_PART_WAITING,  /* for the end of one that is being deleted, or to be tried again */
    STATUS_PART_REPORTED, /* only an operator can help: in trouble, and so is its server */
};

/* "right", "waiting", ... */
const char *status_part_state_name(enum status_part_state state);

/* Texts are borrowed for the call and valid UTF-8. Those that are NULL or "", and times that are 0,
 * are unknown. Times are Unix seconds. */
struct status_server {
    const char *name;
    const char *namespace_;
    const char *storage_class;
    const char *state; /* a word */
    bool is_trouble;
    const char *message;
    long long created_s;
    enum status_answer answer; /* to an NFS call */
    unsigned int answer_ms;    /* told as the next power of ten from 10 on: it never is the same */
    const char *answer_reason; /* of STATUS_SILENT */
};

struct status_part {
    const char *kind; /* "Service" */
    const char *name;
    enum status_part_state state;
    long long created_s;
    const char *action; /* the last one: "applied: /spec/replicas was 3 and not 1" */
    long long acted_s;
    const char *message;
};

struct status_claim {
    const char *namespace_;
    const char *name;
    const char *policy;
    const char *state; /* claim_state_name() */
    bool is_trouble;
    long long created_s;
    const char *message;
};

struct status_volume {
    const char *name;
    const char *namespace_; /* of its claim */
    const char *claim;
    const char *state; /* a word */
};

struct status_certificate {
    long long leaf_not_after_s;
    long long leaf_renewal_s;
    long long authority_not_after_s;
    bool has_bundle; /* the registration's caBundle is the one that is wanted */
};

struct status;

/* NULL without memory. */
struct status *status_new(void) __attribute__((warn_unused_result));

/* Accepts NULL. */
void status_free(struct status *status);

/* Want of memory, or a text that is not UTF-8, is reported by status_write(). */
void status_add_server(struct status *status, const struct status_server *server)
    __attribute__((nonnull));
/* Of the server that was added last; the order of parts is kept. */
void status_add_part(struct status *status, const struct status_part *part)
    __attribute__((nonnull));
void status_add_claim(struct status *status, const struct status_claim *claim)
    __attribute__((nonnull));
void status_add_volume(struct status *status, const struct status_volume *volume)
    __attribute__((nonnull));
void status_set_certificate(struct status *status, const struct status_certificate *certificate)
    __attribute__((nonnull));
void status_set_policies(struct status *status, const char *hash, long long since_s)
    __attribute__((nonnull));
void status_set_missed(struct status *status, size_t n) __attribute__((nonnull));

/* Append the document; STATUS_BYTES_MAX at most. ERR_INTERNAL; ERR_TOO_BIG where @out is full. */
int status_write(const struct status *status, struct buf *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline void status_free_p(struct status **status)
{
    status_free(*status);
}
