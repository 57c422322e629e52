/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/match.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/glob.h"

/* A longer reason is left out: nobody reads it in an answer to kubectl. */
#define REASON_MAX 1024

static const struct {
    enum policy_kind kind;
    const char *name;
} kinds[] = {
    {POLICY_WORKFLOW, "Workflow"},
    {POLICY_WORKFLOW_TEMPLATE, "WorkflowTemplate"},
    {POLICY_CLUSTER_WORKFLOW_TEMPLATE, "ClusterWorkflowTemplate"},
    {POLICY_CRON_WORKFLOW, "CronWorkflow"},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *policy_kind_name(enum policy_kind kind)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (kinds[i].kind == kind) {
            return kinds[i].name;
        }
    }
    return "";
}

static bool matches_any(const struct text_list *globs, const char *name)
{
    for (size_t i = 0; i < globs->n; i++) {
        if (glob_match_name(globs->items[i], name)) {
            return true;
        }
    }
    return false;
}

static enum policy_match_result match_namespace(const struct policy_match *match,
                                                const char *namespace)
{
    if (match->namespaces.n > 0 && !matches_any(&match->namespaces, namespace)) {
        return POLICY_OTHER_NAMESPACE;
    }
    return matches_any(&match->exclude_namespaces, namespace) ? POLICY_EXCLUDED_NAMESPACE
                                                              : POLICY_MATCHES;
}

bool policy_match_namespace(const struct policy_match *match, const char *namespace)
{
    return match_namespace(match, namespace) == POLICY_MATCHES;
}

enum policy_match_result policy_match(const struct policy_match *match,
                                      const struct policy_subject *subject)
{
    enum policy_match_result of_namespace;

    if ((match->kinds & (unsigned int)subject->kind) == 0) {
        return POLICY_OTHER_KIND;
    }
    of_namespace = match_namespace(match, subject->namespace);
    if (of_namespace != POLICY_MATCHES) {
        return of_namespace;
    }
    if (!policy_selector_matches(&match->selector, subject->labels, subject->n_labels)) {
        return POLICY_OTHER_LABELS;
    }
    return POLICY_MATCHES;
}

static void add_list(struct buf *out, const struct text_list *texts)
{
    for (size_t i = 0; i < texts->n; i++) {
        buf_printf(out, "%s%s", i > 0 ? ", " : "", texts->items[i]);
    }
}

static void add_kinds(struct buf *out, unsigned int set)
{
    const char *comma = "";

    for (size_t i = 0; i < N_KINDS; i++) {
        if ((set & (unsigned int)kinds[i].kind) != 0) {
            buf_printf(out, "%s%s", comma, kinds[i].name);
            comma = ", ";
        }
    }
}

static void
describe(const struct policy_match *match, enum policy_match_result result, struct buf *out)
{
    switch (result) {
    case POLICY_MATCHES:
        buf_add_text(out, "it applies");
        return;
    case POLICY_OTHER_KIND:
        buf_add_text(out, "it applies to the kinds ");
        add_kinds(out, match->kinds);
        break;
    case POLICY_OTHER_NAMESPACE:
        buf_add_text(out, "it applies to namespaces ");
        add_list(out, &match->namespaces);
        break;
    case POLICY_EXCLUDED_NAMESPACE:
        buf_add_text(out, "it does not apply to namespaces ");
        add_list(out, &match->exclude_namespaces);
        return;
    case POLICY_OTHER_LABELS:
        buf_add_text(out, "it applies to objects with labels ");
        policy_selector_describe(&match->selector, out);
        break;
    }
    buf_add_text(out, " only");
}

const char *policy_match_reason(const struct policy_match *match,
                                enum policy_match_result result,
                                struct arena *arena)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(REASON_MAX);
    const char *copy;

    describe(match, result, &text);
    if (buf_failed(&text)) {
        return result == POLICY_MATCHES ? "it applies" : "it does not apply here";
    }
    copy = arena_strndup(arena, buf_text(&text), text.len);
    return copy != NULL ? copy : "it does not apply here";
}

bool policy_templates_include(const struct policy_templates *templates, const char *name)
{
    return (templates->include.n == 0 || matches_any(&templates->include, name)) &&
           !matches_any(&templates->exclude, name);
}

bool policy_templates_is_all(const struct policy_templates *templates)
{
    if (templates->exclude.n > 0) {
        return false;
    }
    for (size_t i = 0; i < templates->include.n; i++) {
        if (strcmp(templates->include.items[i], "*") == 0) {
            return true;
        }
    }
    return templates->include.n == 0;
}
