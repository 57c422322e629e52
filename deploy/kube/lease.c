/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/lease_record.h"

/* So many tries fit into the renew deadline, of which all but the last may hang. */
#define TRIES_WITHIN_DEADLINE 3

static const struct kube_resource leases = {
    .group = "coordination.k8s.io",
    .version = "v1",
    .plural = "leases",
    .kind = "Lease",
    .is_namespaced = true,
};

struct lease {
    struct loop *loop;
    struct kube *kube;
    struct lease_options options;
    struct lease_sight sight;
    json_t *object;      /* as last answered; NULL: to be read first */
    json_t *claim;       /* under way */
    uint64_t call;       /* under way; 0: none */
    uint64_t turn_ms;    /* when the last turn began */
    uint64_t sent_ms;    /* when it was sent */
    uint64_t renewed_ms; /* when the last successful renewal was sent */
    bool was_renewed;
    bool was_told; /* what the caller was told last: whether it is held */
    bool is_over;  /* no candidate any more */
    struct loop_timer retry;
    struct loop_timer deadline;
    enum kube_outcome outcome;
    char message[KUBE_MESSAGE_SIZE];
};

bool lease_is_held(const struct lease *lease, uint64_t now_ms)
{
    return lease->was_renewed && now_ms - lease->renewed_ms < lease->options.renew_deadline_ms;
}

enum kube_outcome lease_outcome(const struct lease *lease)
{
    return lease->outcome;
}

const char *lease_message(const struct lease *lease)
{
    return lease->message;
}

/* Tell the caller when it is not as it was told. */
static void tell(struct lease *lease)
{
    const bool is_held = lease_is_held(lease, clock_monotonic_ms());

    if (is_held != lease->was_told) {
        lease->was_told = is_held;
        lease->options.changed(lease->options.data);
    }
}

static void lose(struct lease *lease)
{
    lease->was_renewed = false;
    tell(lease);
}

static void pass_deadline(void *data)
{
    tell(data);
}

/* The next turn is a retry period after this one began, or at once when it took longer. */
static void retry_later(struct lease *lease)
{
    const unsigned int period_ms = lease->options.retry_period_ms;
    const unsigned int jitter_ms = chance_below(period_ms / 5 + 1);

    if (!lease->is_over) {
        loop_set_timer(lease->loop, &lease->retry, lease->turn_ms + period_ms + jitter_ms);
    }
}

static void note(struct lease *lease, const struct kube_answer *answer)
{
    lease->call = 0;
    lease->outcome = answer->outcome;
    (void)snprintf(lease->message, sizeof(lease->message), "%s", answer->message);
}

static void keep_object(struct lease *lease, struct kube_answer *answer)
{
    json_decref(lease->object);
    lease->object = TAKE(answer->body);
}

static void end_claim(void *data, struct kube_answer *answer)
{
    struct lease *lease = data;

    note(lease, answer);
    json_decref(TAKE(lease->claim));
    if (answer->outcome == KUBE_OK) {
        keep_object(lease, answer);
        lease->renewed_ms = lease->sent_ms;
        lease->was_renewed = true;
        loop_set_timer(lease->loop, &lease->deadline,
                       lease->renewed_ms + lease->options.renew_deadline_ms);
        tell(lease);
    } else {
        json_decref(TAKE(lease->object)); /* read it again: somebody may have changed it */
    }
    retry_later(lease);
}

static void start(struct lease *lease, const struct kube_request *request, kube_done_fn *done)
{
    lease->sent_ms = clock_monotonic_ms();
    lease->call = kube_start(lease->kube, request,
                             lease->options.renew_deadline_ms / TRIES_WITHIN_DEADLINE, done, lease);
}

static long long wall_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* Write it with @identity as holder, over `object` or as a new one. */
static void claim(struct lease *lease, const char *identity, kube_done_fn *done)
{
    const struct lease_claim claim = {
        .namespace_ = lease->options.namespace_,
        .name = lease->options.name,
        .identity = identity,
        .duration_s = (lease->options.duration_ms + 999) / 1000,
        .now_us = wall_us(),
    };
    struct kube_request request = {
        .verb = lease->object != NULL ? KUBE_UPDATE : KUBE_CREATE,
        .resource = &leases,
        .namespace_ = lease->options.namespace_,
        .name = lease->object != NULL ? lease->options.name : NULL,
        .is_exempt = true,
    };

    lease->claim = lease_record_claim(lease->object, &claim);
    if (lease->claim == NULL) {
        retry_later(lease); /* no memory now */
        return;
    }
    request.body = lease->claim;
    start(lease, &request, done);
}

static void end_look(void *data, struct kube_answer *answer)
{
    struct lease *lease = data;
    enum lease_move move = LEASE_WAIT;

    note(lease, answer);
    if (answer->outcome == KUBE_OK) {
        keep_object(lease, answer);
        move = lease_record_look(&lease->sight, lease->object, lease->options.identity,
                                 clock_monotonic_ms());
    } else if (answer->outcome == KUBE_NOT_FOUND) {
        move = LEASE_TAKE;
    }
    if (move == LEASE_WAIT) {
        if (lease->object != NULL) {
            json_decref(TAKE(lease->object));
            lose(lease); /* another holds it */
        }
        retry_later(lease);
        return;
    }
    claim(lease, lease->options.identity, end_claim);
}

/* One turn of a candidate, or of the holder. */
static void turn(void *data)
{
    struct lease *lease = data;
    const struct kube_request look = {
        .verb = KUBE_GET,
        .resource = &leases,
        .namespace_ = lease->options.namespace_,
        .name = lease->options.name,
        .is_exempt = true,
    };

    if (lease->call != 0 || lease->is_over) {
        return;
    }
    lease->turn_ms = clock_monotonic_ms();
    if (lease->object != NULL) {
        claim(lease, lease->options.identity, end_claim);
    } else {
        start(lease, &look, end_look);
    }
}

struct lease *lease_new(struct loop *loop,
                        struct kube *kube,
                        const struct lease_options *options,
                        struct err *err)
{
    struct lease *lease = calloc(1, sizeof(*lease));

    if (lease == NULL) {
        err_no_memory(err);
        return NULL;
    }
    *lease = (struct lease){
        .loop = loop,
        .kube = kube,
        .options = *options,
        .retry = {.ring = turn, .data = lease},
        .deadline = {.ring = pass_deadline, .data = lease},
        .outcome = KUBE_UNREACHABLE,
        .message = "not asked yet",
    };
    loop_set_timer(loop, &lease->retry, clock_monotonic_ms());
    return lease;
}

static void stop(struct lease *lease)
{
    lease->is_over = true;
    loop_stop_timer(lease->loop, &lease->retry);
    loop_stop_timer(lease->loop, &lease->deadline);
    if (lease->call != 0) {
        kube_cancel(lease->kube, lease->call);
        lease->call = 0;
    }
    json_decref(TAKE(lease->claim));
}

void lease_free(struct lease *lease)
{
    if (lease != NULL) {
        stop(lease);
        json_decref(lease->object);
        free(lease);
    }
}

static void end_release(void *data, struct kube_answer *answer)
{
    note(data, answer);
}

static void wait_for_call(struct lease *lease, uint64_t end_ms)
{
    for (uint64_t now_ms = clock_monotonic_ms(); lease->call != 0 && now_ms < end_ms;
         now_ms = clock_monotonic_ms()) {
        loop_step(lease->loop, (unsigned int)(end_ms - now_ms));
    }
}

void lease_release(struct lease *lease, unsigned int timeout_ms)
{
    const uint64_t end_ms = clock_monotonic_ms() + timeout_ms;
    bool is_ours;

    /* A renewal under way may arrive, and giving up what it changed would be a conflict. */
    lease->is_over = true;
    wait_for_call(lease, end_ms);
    is_ours = lease_is_held(lease, clock_monotonic_ms()) && lease->object != NULL;
    stop(lease);
    lease->was_renewed = false; /* from now on nothing is written */
    if (is_ours) {
        claim(lease, "", end_release);
        wait_for_call(lease, end_ms);
    }
}
