/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policies/argo.h"
#include "policies/clash.h"

#define TEXT_MAX 1024

struct linter {
    const struct volume_policy *policy; /* the one being looked at */
    struct arena *arena;
    struct lint_findings *out;
    bool failed; /* the arena is full */
};

static void advise(struct linter *linter, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));

static void advise(struct linter *linter, const char *fmt, ...)
{
    struct lint_finding *finding = LIST_ADD(linter->arena, &linter->out->list);
    char text[TEXT_MAX];
    va_list args;

    if (finding == NULL) {
        linter->failed = true;
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args); /* cut to size on purpose */
    va_end(args);
    finding->source = linter->policy->source;
    finding->text = arena_printf(linter->arena, "policy '%s': %s", linter->policy->name, text);
    if (finding->text == NULL) {
        linter->out->list.n--;
        linter->failed = true;
    }
}

/* Two defaults need not meet on one object, but nobody can know that of labels and globs. */
static void advise_on_clashes(struct linter *linter, const struct policy_set *set)
{
    const struct volume_policy *policy = linter->policy;

    for (const struct volume_policy *other = set->policies.items; other < policy; other++) {
        const char *clash = policy->is_default && other->is_default &&
                                    (policy->match.kinds & other->match.kinds) != 0
                                ? policy_clash(other, policy, linter->arena)
                                : NULL;
        if (clash != NULL) {
            advise(linter, "is a default like '%s', and where both match: %s", other->name, clash);
        }
    }
}

static void advise_on_references(struct linter *linter)
{
    const struct policy_argo *argo = &linter->policy->argo;
    const char *obstacle = argo_defaults_obstacle(argo);

    if (obstacle == NULL) {
        return;
    }
    if (argo->workflow_template_ref == POLICY_WORKFLOW_TEMPLATE_REF_INJECT) {
        advise(linter, "argo.workflowTemplateRef is Inject, but nothing will be injected: %s",
               obstacle);
    }
    if (argo->template_ref == POLICY_TEMPLATE_REF_INJECT) {
        advise(linter, "argo.templateRef is Inject, but nothing will be injected: %s", obstacle);
    }
}

/* Whether the policy applies to namespaces that nobody has listed. */
static bool is_for_any_namespace(const struct policy_match *match)
{
    for (size_t i = 0; i < match->namespaces.n; i++) {
        if (strcmp(match->namespaces.items[i], "*") == 0) {
            return true;
        }
    }
    return match->namespaces.n == 0;
}

static void advise_on_claim(struct linter *linter, const struct policy_volume *volume)
{
    if (volume->persistent != NULL && volume->persistent->create == NULL &&
        is_for_any_namespace(&linter->policy->match)) {
        advise(linter,
               "volume '%s' needs the claim '%s' in every namespace, and nobody creates it; see "
               "persistent.create or match.namespaces",
               volume->name, volume->persistent->claim_name);
    }
}

static void advise_on_modes(struct linter *linter, const struct policy_volume *volume)
{
    const struct text_list *modes = NULL;

    if (volume->transient != NULL) {
        modes = &volume->transient->access_modes;
    } else if (volume->persistent->create != NULL) {
        modes = &volume->persistent->create->access_modes;
    }
    for (size_t i = 0; modes != NULL && i < modes->n; i++) {
        if (strcmp(modes->items[i], "ReadWriteMany") == 0) {
            return;
        }
    }
    if (modes != NULL) {
        advise(linter,
               "volume '%s' has no access mode ReadWriteMany: steps on different nodes cannot "
               "share it",
               volume->name);
    }
}

static void advise_on_copy(struct linter *linter, const struct policy_copy *copy)
{
    if (copy->size_limit == NULL) {
        advise(linter,
               "copy '%s' has no ephemeral.sizeLimit: a large source fills the node's %s, and pods "
               "are evicted",
               copy->name, copy->medium[0] == '\0' ? "disk" : "memory");
    }
}

static void advise_on_override(struct linter *linter, const struct policy_override *override)
{
    if ((override->fields & POLICY_OVERRIDE_SIZE) != 0 && override->max_size == NULL) {
        advise(linter, "the size of volume '%s' can be overridden without a bound; see maxSize",
               override->volume);
    }
}

static void advise_on_policy(struct linter *linter, const struct policy_set *set)
{
    const struct volume_policy *policy = linter->policy;

    advise_on_clashes(linter, set);
    advise_on_references(linter);
    for (size_t i = 0; i < policy->volumes.n; i++) {
        advise_on_claim(linter, &policy->volumes.items[i]);
        advise_on_modes(linter, &policy->volumes.items[i]);
    }
    for (size_t i = 0; i < policy->copies.n; i++) {
        advise_on_copy(linter, &policy->copies.items[i]);
    }
    for (size_t i = 0; i < policy->overrides.n; i++) {
        advise_on_override(linter, &policy->overrides.items[i]);
    }
}

int lint_policies(const struct policy_set *set,
                  struct arena *arena,
                  struct lint_findings *out,
                  struct err *err)
{
    struct linter linter = {.arena = arena, .out = out};

    for (size_t i = 0; i < set->policies.n; i++) {
        linter.policy = &set->policies.items[i];
        advise_on_policy(&linter, set);
    }
    return linter.failed ? err_no_memory(err) : 0;
}
