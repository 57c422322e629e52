/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/uninstall_run.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/server_objects.h"
#include "deploy/storage/uninstall_lease.h"

/* Some hundred bytes for each object, three times. */
#define ARENA_MAX (64UL * 1024 * 1024)

struct run {
    const struct uninstall *uninstall;
    struct arena *arena;
    struct uninstall_lease lease;
    struct uninstall_world world;
    json_t *ours[KIND_N]; /* the lists that the world borrows */
    json_t *volumes;
    json_t *claims;
    json_t *tenants[UNINSTALL_TENANT_N];
    struct uninstall_plan plan;
};

static void clear_run_p(struct run *run)
{
    for (enum kind kind = 0; kind < KIND_N; kind++) {
        json_decref(run->ours[kind]);
    }
    for (enum uninstall_tenant i = 0; i < UNINSTALL_TENANT_N; i++) {
        json_decref(run->tenants[i]);
    }
    json_decref(run->volumes);
    json_decref(run->claims);
    arena_free(run->arena);
}

/* Say a sentence, which may be NULL for want of memory. */
static int say(const struct run *run, const char *text, struct err *err)
{
    if (text == NULL) {
        return err_set(err, ERR_INTERNAL, "there is too much to say");
    }
    run->uninstall->say(run->uninstall->data, text);
    return 0;
}

/*
 * Looking
 */

/* The items of a list, or -1, with ERR_NOT_FOUND where there is no such kind. */
static int list(const struct run *run,
                const struct kube_resource *resource,
                const char *namespace_,
                const char *selector,
                json_t **out,
                struct err *err)
{
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    const struct kube_request request = {
        .verb = KUBE_LIST,
        .resource = resource,
        .namespace_ = namespace_,
        .label_selector = selector,
    };

    kube_call(run->uninstall->kube, &request, &answer);
    if (answer.outcome != KUBE_OK) {
        return err_set(err, answer.outcome == KUBE_NOT_FOUND ? ERR_NOT_FOUND : ERR_IO,
                       "cannot list %s: %s: %s", resource->plural,
                       kube_outcome_text(answer.outcome), answer.message);
    }
    json_decref(*out);
    *out = json_incref(json_object_get(answer.body, "items"));
    return 0;
}

static int look_at_kind(struct run *run, enum kind kind, struct err *err)
{
    int status =
        list(run, kind_resource(kind, true), NULL, SERVER_OBJECTS_SELECTOR, &run->ours[kind], err);

    if (kind == KIND_DISRUPTION_BUDGET) {
        run->world.has_policy_v1 = status == 0 || err->code != ERR_NOT_FOUND;
        if (!run->world.has_policy_v1) {
            status = list(run, kind_resource(kind, false), NULL, SERVER_OBJECTS_SELECTOR,
                          &run->ours[kind], err);
        }
    }
    run->world.ours[kind] = run->ours[kind];
    return status;
}

static int look_at_ours(struct run *run, struct err *err)
{
    for (enum kind kind = 0; kind < KIND_N; kind++) {
        if (look_at_kind(run, kind, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int look_at_uses(struct run *run, struct err *err)
{
    if (list(run, &uninstall_volumes, NULL, NULL, &run->volumes, err) < 0 ||
        list(run, kind_resource(KIND_CLAIM, true), NULL, NULL, &run->claims, err) < 0) {
        return -1;
    }
    run->world.volumes = run->volumes;
    run->world.claims = run->claims;
    return 0;
}

static int
look_into_namespace(struct run *run, const char *name, enum uninstall_tenant which, struct err *err)
{
    json_auto_t *found = NULL;

    if (list(run, uninstall_tenant_resource(which), name, NULL, &found, err) < 0) {
        return -1;
    }
    return json_array_extend(run->tenants[which], found) < 0 ? err_no_memory(err) : 0;
}

static int look_at_tenants(struct run *run, struct err *err)
{
    const json_t *object;
    size_t k;

    for (enum uninstall_tenant i = 0; i < UNINSTALL_TENANT_N; i++) {
        json_decref(run->tenants[i]);
        run->tenants[i] = json_array();
        run->world.tenants[i] = run->tenants[i];
        json_array_foreach (run->ours[KIND_NAMESPACE], k, object) {
            const char *name = json_text_of(json_object_get(object, "metadata"), "name");
            if (look_into_namespace(run, name, i, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* Decide by what was seen. When it is refused, @what was done before it and is the error. */
static int decide(struct run *run, const char *what, struct err *err)
{
    struct uninstall_plan plan;

    if (uninstall_decide(&run->world, &run->uninstall->terms, run->arena, &plan, err) < 0) {
        return -1;
    }
    run->plan = plan;
    for (size_t i = 0; i < plan.refusals.n; i++) {
        if (say(run, plan.refusals.items[i], err) < 0) {
            return -1;
        }
    }
    return plan.refusals.n > 0 ? err_set(err, ERR_CONFLICT,
                                         "volumes are in use or asked for, named above: %s", what)
                               : 0;
}

/*
 * Deleting
 */

/* What is said about @step when it was carried out, or would be. */
static int tell(const struct run *run, const struct uninstall_step *step, struct err *err)
{
    const char *called = uninstall_call(step->resource, step->name, run->arena);
    const bool is_somewhere = step->namespace_ != NULL;

    if (called == NULL) {
        return say(run, NULL, err);
    }
    return say(run,
               arena_printf(run->arena, "%s %s%s%s: %s", called,
                            run->uninstall->is_dry_run ? "would be deleted" : "deleted",
                            is_somewhere ? " in namespace " : "",
                            is_somewhere ? step->namespace_ : "", step->reason),
               err);
}

static int
fail_to_delete(const struct uninstall_step *step, const struct kube_answer *answer, struct err *err)
{
    if (answer->outcome == KUBE_CONFLICT) {
        return err_set(err, ERR_CONFLICT,
                       "%s '%s' was replaced by somebody meanwhile, expected nobody to do so: run "
                       "it again",
                       step->resource->kind, step->name);
    }
    return err_set(err, ERR_IO, "cannot delete %s '%s': %s: %s", step->resource->kind, step->name,
                   kube_outcome_text(answer->outcome), answer->message);
}

static int delete (const struct run *run, const struct uninstall_step *step, struct err *err)
{
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    json_auto_t *body =
        json_pack("{s:s, s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "DeleteOptions",
                  "propagationPolicy", "Background", "preconditions", "uid", step->uid);
    const struct kube_request request = {
        .verb = KUBE_DELETE,
        .resource = step->resource,
        .namespace_ = step->namespace_,
        .name = step->name,
        .body = body,
    };

    if (body == NULL) {
        return err_no_memory(err);
    }
    kube_call(run->uninstall->kube, &request, &answer);
    /* One that is gone, or is going with its namespace, is what was wanted. */
    return answer.outcome == KUBE_OK || answer.outcome == KUBE_NOT_FOUND ||
                   answer.outcome == KUBE_TERMINATING
               ? tell(run, step, err)
               : fail_to_delete(step, &answer, err);
}

enum phase { PHASE_CLASSES, PHASE_OBJECTS, PHASE_NAMESPACES, PHASE_N };

static enum phase phase_of(const struct uninstall_step *step)
{
    if (strcmp(step->resource->kind, "StorageClass") == 0) {
        return PHASE_CLASSES;
    }
    return strcmp(step->resource->kind, "Namespace") == 0 ? PHASE_NAMESPACES : PHASE_OBJECTS;
}

static bool has_phase(const struct run *run, enum phase phase)
{
    for (size_t i = 0; i < run->plan.steps.n; i++) {
        if (phase_of(&run->plan.steps.items[i]) == phase) {
            return true;
        }
    }
    return false;
}

static int carry_out(const struct run *run, enum phase phase, struct err *err)
{
    for (size_t i = 0; i < run->plan.steps.n; i++) {
        const struct uninstall_step *step = &run->plan.steps.items[i];
        if (phase_of(step) == phase &&
            (run->uninstall->is_dry_run ? tell(run, step, err) : delete (run, step, err)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Whether a controller or a claim has come since it was decided. */
static int look_again(struct run *run, struct err *err)
{
    if (uninstall_lease_check(&run->lease, err) < 0 || look_at_uses(run, err) < 0) {
        return -1;
    }
    return decide(run,
                  "they came while the StorageClasses were deleted; all else is left, delete the "
                  "claims and run it again, or start the controller, which puts the classes back",
                  err);
}

static int delete_classes(struct run *run, struct err *err)
{
    if (!has_phase(run, PHASE_CLASSES)) {
        return 0;
    }
    return carry_out(run, PHASE_CLASSES, err) < 0 ? -1 : look_again(run, err);
}

/* Somebody may have moved in since the first look, and what is deleted goes slowly. */
static int delete_namespaces(struct run *run, struct err *err)
{
    if (!has_phase(run, PHASE_NAMESPACES)) {
        return 0;
    }
    if (look_at_uses(run, err) < 0 || look_at_tenants(run, err) < 0 ||
        decide(run, "all but the Namespaces is deleted", err) < 0) {
        return -1;
    }
    return carry_out(run, PHASE_NAMESPACES, err);
}

static int carry_out_all(struct run *run, struct err *err)
{
    if (run->uninstall->is_dry_run) {
        for (enum phase phase = 0; phase < PHASE_N; phase++) {
            if (carry_out(run, phase, err) < 0) {
                return -1;
            }
        }
        return 0;
    }
    if (delete_classes(run, err) < 0 || carry_out(run, PHASE_OBJECTS, err) < 0) {
        return -1;
    }
    return delete_namespaces(run, err);
}

static int tell_rest(const struct run *run, bool was_empty, struct err *err)
{
    if (was_empty &&
        say(run,
            arena_printf(run->arena, "there is nothing to delete of the hawser in namespace '%s'",
                         run->uninstall->terms.home),
            err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < run->plan.stays.n; i++) {
        if (say(run, run->plan.stays.items[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

int uninstall_run(const struct uninstall *uninstall, struct err *err)
{
    __attribute__((cleanup(clear_run_p))) struct run run = {
        .uninstall = uninstall,
        .arena = arena_new(ARENA_MAX),
        .lease =
            {
                .loop = uninstall->loop,
                .kube = uninstall->kube,
                .namespace_ = uninstall->terms.home,
                .name = uninstall->lease,
            },
    };
    bool was_empty;

    if (run.arena == NULL) {
        return err_no_memory(err);
    }
    if (uninstall_lease_await(&run.lease, err) < 0 || look_at_ours(&run, err) < 0 ||
        look_at_uses(&run, err) < 0 || look_at_tenants(&run, err) < 0 ||
        decide(&run, "nothing was deleted", err) < 0) {
        return -1;
    }
    was_empty = run.plan.steps.n == 0;
    return carry_out_all(&run, err) < 0 ? -1 : tell_rest(&run, was_empty, err);
}
