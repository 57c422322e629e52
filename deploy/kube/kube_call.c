/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/clock.h"
#include "deploy/kube/backoff.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/kube_client.h"

/* A step of the loop may take this long before it is looked whether to go on; whatever matters
 * wakes it. */
#define STEP_MS 1000

/* One try. */
struct call {
    struct kube_answer *out;
    bool has_ended;
};

static void note_answer(void *data, struct kube_answer *answer)
{
    struct call *call = data;

    *call->out = *answer;
    answer->body = NULL;
    call->has_ended = true;
}

static void halted(struct kube *kube, struct kube_answer *out)
{
    *out = (struct kube_answer){.outcome = KUBE_HALTED, .is_doubtful = out->is_doubtful};
    (void)snprintf(out->message, sizeof(out->message), "this process is told to stop");
    kube_count(kube, KUBE_HALTED);
}

static void try_once(struct kube *kube, const struct kube_request *request, struct kube_answer *out)
{
    struct call call = {.out = out};
    const uint64_t number =
        kube_start(kube, request, kube->limits.request_timeout_ms, note_answer, &call);

    while (!call.has_ended && !kube->is_halted) {
        loop_step(kube->loop, STEP_MS);
    }
    if (!call.has_ended) {
        kube_cancel(kube, number);
        out->is_doubtful = kube_is_write(request);
        halted(kube, out);
    }
}

static bool is_worth_a_retry(const struct kube_request *request, const struct kube_answer *answer)
{
    return (answer->outcome == KUBE_BUSY || answer->outcome == KUBE_UNREACHABLE) &&
           (!answer->is_doubtful || kube_is_repeatable(request));
}

/* Run the loop for so long, unless we are told to stop. */
static void wait_ms(struct kube *kube, unsigned int ms)
{
    const uint64_t until_ms = clock_monotonic_ms() + ms;
    uint64_t now_ms;

    while (!kube->is_halted && (now_ms = clock_monotonic_ms()) < until_ms) {
        const uint64_t left_ms = until_ms - now_ms;
        loop_step(kube->loop, left_ms < STEP_MS ? (unsigned int)left_ms : STEP_MS);
    }
}

void kube_call(struct kube *kube, const struct kube_request *request, struct kube_answer *out)
{
    struct backoff backoff = {.first_ms = kube->limits.backoff_first_ms};
    bool is_doubtful = false;

    *out = (struct kube_answer){0};
    for (unsigned int n = 1; !kube->is_halted; n++) {
        wait_ms(kube, rate_take(&kube->rate, clock_monotonic_ms()));
        if (kube->is_halted) {
            break;
        }
        try_once(kube, request, out);
        if (n == KUBE_TRIES_MAX || !is_worth_a_retry(request, out)) {
            out->is_doubtful |= is_doubtful && out->outcome != KUBE_OK;
            return;
        }
        is_doubtful |= out->is_doubtful;
        kube->counts.retries++;
        wait_ms(kube,
                backoff_fail(&backoff, clock_monotonic_ms(), out->retry_after_ms, chance_number()));
    }
    out->is_doubtful = is_doubtful;
    halted(kube, out);
}
