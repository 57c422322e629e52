/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/admit.h"

#include <string.h>

#include "base/cleanup.h"
#include "policies/annotations.h"
#include "webhook/inject/admission.h"
#include "webhook/inject/emit.h"
#include "webhook/inject/status.h"

#define ARGO_GROUP   "argoproj.io"
#define ARGO_VERSION "v1alpha1"

int admission_find_kind(const struct review *review, enum policy_kind *out, struct err *err)
{
    static const enum policy_kind kinds[] = {POLICY_WORKFLOW, POLICY_WORKFLOW_TEMPLATE,
                                             POLICY_CLUSTER_WORKFLOW_TEMPLATE,
                                             POLICY_CRON_WORKFLOW};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(review->group, ARGO_GROUP) == 0 && strcmp(review->version, ARGO_VERSION) == 0 &&
            strcmp(review->kind, policy_kind_name(kinds[i])) == 0) {
            *out = kinds[i];
            return 0;
        }
    }
    return err_set(err, ERR_INVALID,
                   "'%.63s' of '%.253s/%.63s' is none of the kinds that hawser handles: Workflow, "
                   "WorkflowTemplate, ClusterWorkflowTemplate and CronWorkflow of " ARGO_GROUP
                   "/" ARGO_VERSION,
                   review->kind, review->group, review->version);
}

/* The Argo controller writes status by UPDATE of the Workflow: what runs is never changed. */
bool admission_is_changed_on(enum policy_kind kind, const char *operation)
{
    return strcmp(operation, "CREATE") == 0 ||
           (strcmp(operation, "UPDATE") == 0 && kind != POLICY_WORKFLOW);
}

struct plan_input admission_input(const struct admission *admission,
                                  const struct workflow *workflow,
                                  const struct choice *choice)
{
    return (struct plan_input){
        .workflow = workflow,
        .policies = choice->inject.items,
        .n_policies = choice->inject.n,
        .copier_image = admission->options->copier_image,
        .travels = workflow->kind == POLICY_WORKFLOW_TEMPLATE ||
                   workflow->kind == POLICY_CLUSTER_WORKFLOW_TEMPLATE,
    };
}

/* Plan for one policy of mode Warn, and say what it would have done. */
static int
warn_for(struct admission *admission, const struct volume_policy *policy, struct err *err)
{
    const struct choice alone = {.inject = {.items = &policy, .n = 1}};
    const struct plan_input input = admission_input(admission, &admission->workflow, &alone);
    struct report report = {.arena = admission->report->arena};
    struct plan plan = {0};
    struct err refusal = {0};

    if (plan_make(&input, &report, &plan, &refusal) < 0) {
        if (refusal.code == ERR_INTERNAL) {
            *err = refusal;
            return -1;
        }
        return report_warn(admission->report, err,
                           "policy '%s' has mode Warn; it would refuse this: %s", policy->name,
                           refusal.msg);
    }
    return report_warn(admission->report, err,
                       "policy '%s' has mode Warn; it would inject into %zu template(s) and "
                       "declare %zu volume(s)",
                       policy->name, plan.templates.n, plan.claim_templates.n + plan.volumes.n);
}

static int warn_for_all(struct admission *admission, struct err *err)
{
    for (size_t i = 0; i < admission->choice.warn.n; i++) {
        if (warn_for(admission, admission->choice.warn.items[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Inject into a Workflow or one of the two kinds of templates. */
static int inject(struct admission *admission, struct err *err)
{
    const struct choice *choice = &admission->choice;
    const struct plan_input input = admission_input(admission, &admission->workflow, choice);
    struct policy_label status = {.key = ANNOTATION_STATUS};
    struct plan plan = {0};

    if (choice->inject.n == 0) {
        return 0;
    }
    if (plan_make(&input, admission->report, &plan, err) < 0 ||
        emit_plan(&admission->workflow, &plan, admission->patch, err) < 0) {
        return -1;
    }
    status.value = status_text(choice, &plan, admission->report, err);
    if (status.value == NULL) {
        return -1;
    }
    return emit_annotations(&admission->workflow.annotations, NULL, &status, 1, admission->patch,
                            err);
}

/* Names of the chosen policies, for the audit log and the report. */
static int name_policies(struct admission *admission, struct err *err)
{
    const struct choice *choice = &admission->choice;

    for (size_t i = 0; i < choice->inject.n + choice->warn.n; i++) {
        const char **name = LIST_ADD(admission->report->arena, &admission->report->policies);
        if (name == NULL) {
            return err_no_memory(err);
        }
        *name = i < choice->inject.n ? choice->inject.items[i]->name
                                     : choice->warn.items[i - choice->inject.n]->name;
    }
    return 0;
}

static int judge_opted_in(struct admission *admission, struct err *err)
{
    struct arena *arena = admission->report->arena;
    bool is_cron = admission->workflow.kind == POLICY_CRON_WORKFLOW;

    if (workflow_read_spec(&admission->review.object, arena, &admission->workflow, err) < 0 ||
        choose_policies(admission->options->policies, &admission->workflow,
                        admission->review.namespace, arena, &admission->choice, err) < 0 ||
        name_policies(admission, err) < 0) {
        return -1;
    }
    if ((is_cron ? cron_inject(admission, err) : inject(admission, err)) < 0 ||
        warn_for_all(admission, err) < 0) {
        return -1;
    }
    return finish_patch(admission, err);
}

/* An object that does not opt in is left alone; but a CronWorkflow that opts out of its namespace's
 * injection means its Workflows, which would not know. */
static int judge_opted_out(struct admission *admission, struct err *err)
{
    const struct admit_options *options = admission->options;
    struct err unreadable = {0};

    if (admission->workflow.kind != POLICY_CRON_WORKFLOW || !options->namespace_opted_in) {
        return 0;
    }
    if (workflow_read_spec(&admission->review.object, admission->report->arena,
                           &admission->workflow, &unreadable) < 0) {
        if (unreadable.code == ERR_INVALID) {
            return 0; /* Argo will tell */
        }
        *err = unreadable;
        return -1;
    }
    return cron_hand_on(admission, err) < 0 ? -1 : finish_patch(admission, err);
}

/* Decide. Fails with ERR_INTERNAL where it is our fault, and otherwise with what the author of the
 * object must be told. */
static int judge(struct admission *admission, struct err *err)
{
    const struct review *review = &admission->review;
    enum policy_kind kind = POLICY_WORKFLOW;
    bool opted_in = false;

    if (admission_find_kind(review, &kind, err) < 0) {
        return -1;
    }
    if (!admission_is_changed_on(kind, review->operation)) {
        return 0;
    }
    if (metadata_read(&review->object, kind, admission->report->arena, &admission->workflow, err) <
        0) {
        return -1;
    }
    admission->report->name = admission->workflow.name;
    if (kind == POLICY_CRON_WORKFLOW &&
        metadata_read_annotations(&review->old_object, admission->report->arena,
                                  &admission->old_annotations, err) < 0) {
        return -1;
    }
    if (choose_is_opted_in(&admission->workflow, admission->options->namespace_opted_in,
                           admission->report, &opted_in, err) < 0) {
        return -1;
    }
    if ((opted_in ? judge_opted_in(admission, err) : judge_opted_out(admission, err)) < 0) {
        return -1;
    }
    if (opted_in || admission->patch->n_operations > 0) {
        admission->report->outcome =
            admission->patch->n_operations > 0 ? REPORT_INJECTED : REPORT_UNCHANGED;
    }
    return 0;
}

/* Whether the member @key of two objects is the same text, or in neither. The API server writes
 * both in one way, keys in order. */
static bool same_member(const struct json_view *a, const struct json_view *b, const char *key)
{
    const struct json_string name = json_string_of(key);
    struct err ignored = {0}; /* they have been passed over */
    struct json_view in_a;
    struct json_view in_b;
    const char *text_a;
    const char *text_b;
    size_t len_a;
    size_t len_b;

    return json_view_member(a, &name, &in_a, &ignored) == 0 &&
           json_view_member(b, &name, &in_b, &ignored) == 0 &&
           json_view_text(&in_a, &text_a, &len_a, &ignored) == 0 &&
           json_view_text(&in_b, &text_b, &len_b, &ignored) == 0 && len_a == len_b &&
           memcmp(text_a, text_b, len_a) == 0;
}

/* The metadata of @object, or nothing. */
static struct json_view metadata_of(const struct json_view *object)
{
    const struct json_string name = json_string_of("metadata");
    struct err ignored = {0};
    struct json_view metadata;

    return json_view_member(object, &name, &metadata, &ignored) == 0 ? metadata
                                                                     : (struct json_view){0};
}

/*
 * Whether nothing changes that admission depends on. Argo writes the status of CronWorkflows, and
 * finalizers are removed from anything, by UPDATE: a policy that has changed since must not stop
 * them.
 */
static bool is_settled(const struct review *review)
{
    const struct json_view metadata = metadata_of(&review->object);
    const struct json_view old_metadata = metadata_of(&review->old_object);

    return strcmp(review->operation, "UPDATE") == 0 && review->old_object.reader != NULL &&
           same_member(&review->object, &review->old_object, "spec") &&
           same_member(&metadata, &old_metadata, "annotations");
}

/* Turn @refusal into a denial, or, for an object that is there already, into a warning. */
static int refuse(const struct review *review,
                  struct report *report,
                  const struct err *refusal,
                  struct err *err)
{
    report->items.n = 0; /* nothing of it comes to pass */
    report->warnings.n = 0;
    if (is_settled(review)) {
        report->outcome = REPORT_UNCHANGED;
        return report_warn(report, err, "left as it is: %s", refusal->msg);
    }
    report->outcome = REPORT_DENIED;
    report->denial = report_printable(refusal->msg, sizeof(refusal->msg), report->arena);
    return report->denial != NULL ? 0 : err_no_memory(err);
}

static int answer_with(const struct admission *admission, struct buf *answer, struct err *err)
{
    const struct report *report = admission->report;
    struct review_answer response = {
        .uid = report->uid,
        .denial = report->denial,
        .patch = report->outcome == REPORT_INJECTED ? buf_text(&admission->patch->text) : NULL,
        .policies = report->policies,
        .policies_hash = admission->options->policies->hash,
        .outcome = report_outcome_name(report->outcome),
    };

    if (report_warnings(report, &response.warnings, err) < 0) {
        return -1;
    }
    return review_write(&response, answer, err);
}

void admission_begin_report(const struct review *review, struct report *report)
{
    *report = (struct report){
        .arena = report->arena,
        .uid = review->uid,
        .operation = review->operation,
        .dry_run = review->dry_run,
        .kind = review->kind,
        .namespace = review->namespace,
        .name = "",
    };
}

/* Decide on the request that @admission holds. */
static int admit_review(struct admission *admission, struct err *err)
{
    const struct review *review = &admission->review;
    struct report *report = admission->report;
    struct err refusal = {0};

    admission_begin_report(review, report);
    if (judge(admission, &refusal) == 0) {
        return 0;
    }
    if (refusal.code == ERR_INTERNAL) {
        *err = refusal;
        return -1;
    }
    return refuse(review, report, &refusal, err);
}

/* Answer the review in @document. */
static int admit_document(struct admission *admission,
                          const struct json_view *document,
                          struct buf *answer,
                          struct err *err)
{
    if (!glance_is_untouched(admission->options, document, admission->report) &&
        (review_read(document, admission->report->arena, &admission->review, err) < 0 ||
         admit_review(admission, err) < 0)) {
        return -1;
    }
    return answer_with(admission, answer, err);
}

int admit(const struct admit_options *options,
          const char *body,
          size_t len,
          struct buf *answer,
          struct report *report,
          struct err *err)
{
    CLEANUP(patch_clear) struct patch patch = PATCH_INIT;
    struct admission admission = {.options = options, .report = report, .patch = &patch};
    struct json_reader reader;
    struct json_view document;

    if (len > ADMIT_BODY_MAX) {
        return err_set(err, ERR_TOO_BIG, "the review has %zu bytes; the limit is %lu", len,
                       ADMIT_BODY_MAX);
    }
    if (json_reader_open(&reader, report->arena, body, len, &document, err) == 0 &&
        admit_document(&admission, &document, answer, err) == 0) {
        return 0;
    }
    if (arena_is_full(report->arena)) {
        return err_set(err, ERR_TOO_BIG, "the object needs more working memory than is allowed");
    }
    return -1;
}
