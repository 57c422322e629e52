/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/uninstall_lease.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

static const struct kube_resource leases = {"coordination.k8s.io", "v1", "leases", "Lease", true};

/* @out has no body where there is none. */
static int read_lease(const struct uninstall_lease *lease, struct kube_answer *out, struct err *err)
{
    const struct kube_request request = {
        .verb = KUBE_GET,
        .resource = &leases,
        .namespace_ = lease->namespace_,
        .name = lease->name,
    };

    kube_call(lease->kube, &request, out);
    if (out->outcome != KUBE_OK && out->outcome != KUBE_NOT_FOUND) {
        return err_set(err, ERR_IO, "cannot read the Lease '%s': %s: %s", lease->name,
                       kube_outcome_text(out->outcome), out->message);
    }
    return 0;
}

struct look {
    bool is_held;     /* by one that may live */
    bool has_changed; /* since the look before: it does */
    char holder[256];
};

static int look(struct uninstall_lease *lease, struct look *out, struct err *err)
{
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    const struct lease_sight before = lease->sight;

    if (read_lease(lease, &answer, err) < 0) {
        return -1;
    }
    *out = (struct look){.is_held = false};
    if (answer.body != NULL) {
        out->is_held =
            lease_record_look(&lease->sight, answer.body, "", clock_monotonic_ms()) == LEASE_WAIT;
        out->has_changed = strcmp(before.version, lease->sight.version) != 0;
        (void)snprintf(out->holder, sizeof(out->holder), "%s", lease_record_holder(answer.body));
    }
    return 0;
}

static int refuse(const struct uninstall_lease *lease, const struct look *seen, struct err *err)
{
    return err_set(err, ERR_CONFLICT,
                   "a controller runs and would put everything back ('%s' holds the Lease '%s'): "
                   "stop it first (kubectl -n %s scale deployment/hawser-controller --replicas=0)",
                   seen->holder, lease->name, lease->namespace_);
}

static void pause_for(struct loop *loop, unsigned int pause_ms)
{
    const uint64_t end_ms = clock_monotonic_ms() + pause_ms;

    for (uint64_t now_ms = clock_monotonic_ms(); now_ms < end_ms; now_ms = clock_monotonic_ms()) {
        loop_step(loop, (unsigned int)(end_ms - now_ms));
    }
}

int uninstall_lease_await(struct uninstall_lease *lease, struct err *err)
{
    struct look seen;

    if (look(lease, &seen, err) < 0) {
        return -1;
    }
    while (seen.is_held) {
        pause_for(lease->loop, UNINSTALL_LEASE_POLL_MS);
        if (look(lease, &seen, err) < 0) {
            return -1;
        }
        if (seen.is_held && seen.has_changed) {
            return refuse(lease, &seen, err);
        }
    }
    return 0;
}

int uninstall_lease_check(struct uninstall_lease *lease, struct err *err)
{
    struct look seen;

    if (look(lease, &seen, err) < 0) {
        return -1;
    }
    return seen.is_held && seen.has_changed ? refuse(lease, &seen, err) : 0;
}
