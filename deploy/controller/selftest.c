/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/selftest.h"

#include <jansson.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define POLICY "hawser.dev/policy"
#define INJECT "hawser.dev/inject"
#define STATUS "hawser.dev/status"

static const struct kube_resource workflows = {
    .group = "argoproj.io",
    .version = "v1alpha1",
    .plural = "workflows",
    .kind = "Workflow",
    .is_namespaced = true,
};

/* A Workflow that opts in; NULL when there is no memory. */
static json_t *make_workflow(const char *namespace_, const char *policy)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s}}, s:{s:s, s:[{s:s, s:{s:s, s:[s]}}]}}",
                     "apiVersion", "argoproj.io/v1alpha1", "kind", "Workflow", "metadata",
                     "generateName", "hawser-selftest-", "namespace", namespace_, "annotations",
                     policy != NULL ? POLICY : INJECT, policy != NULL ? policy : "true", "spec",
                     "entrypoint", "main", "templates", "name", "main", "container", "image",
                     "busybox", "command", "true");
}

static int refuse(const struct kube_answer *answer, struct err *err)
{
    if (answer->outcome == KUBE_NOT_FOUND) {
        return err_set(err, ERR_NOT_FOUND,
                       "there are no Workflows here, expected Argo Workflows to be installed and "
                       "the namespace to exist: %s",
                       answer->message);
    }
    if (answer->outcome == KUBE_FORBIDDEN || answer->outcome == KUBE_UNAUTHORIZED) {
        return err_set(err, ERR_IO,
                       "this account may not try it, expected the right to create Workflows in the "
                       "namespace: %s",
                       answer->message);
    }
    /* 500 is what a webhook that cannot be called is under failurePolicy Fail. */
    if (answer->outcome == KUBE_INVALID || answer->status == 500) {
        return err_set(err, ERR_CONFLICT, "a Workflow was refused: %s", answer->message);
    }
    return err_set(err, ERR_IO, "the API server did not answer: %s", answer->message);
}

static int judge(const json_t *workflow, bool *was_called, struct buf *out, struct err *err)
{
    const json_t *annotations =
        json_object_get(json_object_get(workflow, "metadata"), "annotations");
    const json_t *spec = json_object_get(workflow, "spec");
    const char *status = json_string_value(json_object_get(annotations, STATUS));
    const size_t n_claims = json_array_size(json_object_get(spec, "volumeClaimTemplates"));
    const size_t n_volumes = json_array_size(json_object_get(spec, "volumes"));

    if (status == NULL) {
        *was_called = false;
        return err_set(err, ERR_CONFLICT,
                       "a Workflow that opted in came back as it was sent: the webhook was not "
                       "called, or not reached under failurePolicy Ignore");
    }
    buf_printf(out,
               "the webhook works: %zu claim templates and %zu volumes were injected\n"
               "  %s: %s\n",
               n_claims, n_volumes, STATUS, status);
    return buf_check(out, "the report", err);
}

static int
try_once(const struct selftest *selftest, bool *was_called, struct buf *out, struct err *err)
{
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    json_auto_t *workflow = make_workflow(selftest->namespace_, selftest->policy);
    const struct kube_request request = {
        .verb = KUBE_CREATE,
        .resource = &workflows,
        .namespace_ = selftest->namespace_,
        .body = workflow,
        .is_dry_run = true,
    };

    if (workflow == NULL) {
        return err_no_memory(err);
    }
    kube_call(selftest->kube, &request, &answer);
    return answer.outcome == KUBE_OK ? judge(answer.body, was_called, out, err)
                                     : refuse(&answer, err);
}

static void pause_for(struct loop *loop, unsigned int pause_ms)
{
    const uint64_t end_ms = clock_monotonic_ms() + pause_ms;

    for (uint64_t now_ms = clock_monotonic_ms(); now_ms < end_ms; now_ms = clock_monotonic_ms()) {
        loop_step(loop, (unsigned int)(end_ms - now_ms));
    }
}

int selftest_try(const struct selftest *selftest, struct buf *out, struct err *err)
{
    const uint64_t end_ms = clock_monotonic_ms() + selftest->patience_ms;
    bool was_called = true;
    int status = try_once(selftest, &was_called, out, err);

    while (!was_called && clock_monotonic_ms() < end_ms) {
        pause_for(selftest->loop, SELFTEST_PAUSE_MS);
        *err = (struct err){.code = ERR_NONE};
        was_called = true;
        status = try_once(selftest, &was_called, out, err);
    }
    return status;
}
