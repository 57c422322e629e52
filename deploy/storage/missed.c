/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/missed.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube_time.h"
#include "policies/annotations.h"
#include "policies/match.h"

#define ARGO_LABELS "workflows.argoproj.io/"
#define SPACE       " \t\n"
#define LABELS_MAX  256  /* of one object; with more it is not judged */
#define NAMES_MAX   1024 /* bytes of hawser.dev/policy that are read; nor with more */
#define FIELD_SIZE  320  /* "f:" and a key, which has at most 253 + 1 + 63 bytes */

/* How a Workflow opts in. */
struct choice {
    const char *listed; /* hawser.dev/policy; NULL: none */
    bool takes_all;     /* hawser.dev/inject "true" */
    bool by_namespace;  /* the namespace's label */
};

static const json_t *metadata_of(const json_t *object)
{
    return json_object_get(object, "metadata");
}

static const char *annotation_of(const json_t *object, const char *key)
{
    return json_string_value(
        json_object_get(json_object_get(metadata_of(object), "annotations"), key));
}

static bool is_asked_about(const struct missed_terms *terms, const char *namespace_)
{
    if (strncmp(namespace_, "kube-", strlen("kube-")) == 0) {
        return false;
    }
    for (size_t i = 0; i < terms->excluded.n; i++) {
        if (strcmp(terms->excluded.items[i], namespace_) == 0) {
            return false;
        }
    }
    return true;
}

/* Read how @workflow opts in. False if it does not, or says something that cannot be read. */
static bool read_choice(const json_t *workflow, const json_t *namespace_, struct choice *out)
{
    const char *inject = annotation_of(workflow, ANNOTATION_INJECT);
    const json_t *labels = json_object_get(metadata_of(namespace_), "labels");

    out->listed = annotation_of(workflow, ANNOTATION_POLICY);
    out->takes_all = inject != NULL && strcmp(inject, "true") == 0;
    out->by_namespace =
        strcmp(json_text_of(labels, ANNOTATION_INJECT), ANNOTATION_NAMESPACE_VALUE) == 0;
    if (inject != NULL && !out->takes_all) {
        return false;
    }
    return out->listed != NULL || out->takes_all || out->by_namespace;
}

static const json_t *fields_of(const json_t *entry, const char *key)
{
    return json_object_get(json_object_get(entry, "fieldsV1"), key);
}

/* Whether @entry of managedFields has the member @key of the map @map in metadata. */
static bool has_field(const json_t *entry, const char *map, const char *key)
{
    return json_object_get(json_object_get(fields_of(entry, "f:metadata"), map), key) != NULL;
}

/* Whether Argo's controller gives @workflow annotations and labels when it has begun: those of
 * spec.workflowMetadata, its own or that of the template that it refers to
 * (updateWorkflowMetadata() in workflow/controller/operator.go). */
static bool gets_more(const json_t *workflow)
{
    size_t index;
    json_t *entry;

    json_array_foreach (json_object_get(metadata_of(workflow), "managedFields"), index, entry) {
        const json_t *spec = fields_of(entry, "f:spec");
        if (json_object_get(spec, "f:workflowTemplateRef") != NULL ||
            json_object_get(spec, "f:workflowMetadata") != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether what @entry has in metadata is there since the creation: it is of who created the
 * Workflow, and has the time of that; or of what made it for its owner and writes its status from
 * then on, which moves the time. With the status it may have written more metadata. */
static bool is_of_creation(const json_t *entry, const json_t *workflow, long long created_s)
{
    long long time_s = 0;

    if (fields_of(entry, "f:spec") == NULL ||
        (fields_of(entry, "f:status") != NULL && gets_more(workflow))) {
        return false;
    }
    if (json_object_get(fields_of(entry, "f:metadata"), "f:ownerReferences") != NULL) {
        return true;
    }
    return kube_time_read(json_text_of(entry, "time"), &time_s) &&
           time_s <= created_s + MISSED_ADMISSION_S;
}

/* Whether the member @key of @map, "f:annotations" or "f:labels", is on @workflow since its
 * creation. */
static bool is_first(const json_t *workflow, const char *map, const char *key, long long created_s)
{
    size_t index;
    json_t *entry;
    char field[FIELD_SIZE];

    (void)snprintf(field, sizeof(field), "f:%s", key);
    json_array_foreach (json_object_get(metadata_of(workflow), "managedFields"), index, entry) {
        if (has_field(entry, map, field) && is_of_creation(entry, workflow, created_s)) {
            return true;
        }
    }
    return false;
}

/* Whether the namespace's label was there before @created_s. */
static bool is_older_label(const json_t *namespace_, long long created_s)
{
    size_t index;
    json_t *entry;
    long long time_s = 0;

    json_array_foreach (json_object_get(metadata_of(namespace_), "managedFields"), index, entry) {
        if (has_field(entry, "f:labels", "f:" ANNOTATION_INJECT) &&
            kube_time_read(json_text_of(entry, "time"), &time_s) && time_s < created_s) {
            return true;
        }
    }
    return false;
}

/* Whether all that opts in was there when the Workflow was created. */
static bool is_since_creation(const struct choice *choice,
                              const json_t *workflow,
                              const json_t *namespace_,
                              long long created_s)
{
    if (choice->listed != NULL &&
        !is_first(workflow, "f:annotations", ANNOTATION_POLICY, created_s)) {
        return false;
    }
    if (choice->takes_all && !is_first(workflow, "f:annotations", ANNOTATION_INJECT, created_s)) {
        return false;
    }
    return choice->listed != NULL || choice->takes_all || is_older_label(namespace_, created_s);
}

static bool selects_by_argo(const struct policy_selector *selector)
{
    for (size_t i = 0; i < selector->match_labels.n; i++) {
        if (strncmp(selector->match_labels.items[i].key, ARGO_LABELS, strlen(ARGO_LABELS)) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < selector->match_expressions.n; i++) {
        if (strncmp(selector->match_expressions.items[i].key, ARGO_LABELS, strlen(ARGO_LABELS)) ==
            0) {
            return true;
        }
    }
    return false;
}

/* Whether @workflow has the labels that @selector asks for since its creation. One that it has not
 * may have been taken off. */
static bool selects_by_first(const struct policy_selector *selector,
                             const json_t *workflow,
                             long long created_s)
{
    for (size_t i = 0; i < selector->match_labels.n; i++) {
        if (!is_first(workflow, "f:labels", selector->match_labels.items[i].key, created_s)) {
            return false;
        }
    }
    for (size_t i = 0; i < selector->match_expressions.n; i++) {
        if (!is_first(workflow, "f:labels", selector->match_expressions.items[i].key, created_s)) {
            return false;
        }
    }
    return true;
}

/* Whether @policy certainly applies. */
static bool applies(const struct volume_policy *policy, const struct policy_subject *subject)
{
    return !selects_by_argo(&policy->match.selector) &&
           policy_match(&policy->match, subject) == POLICY_MATCHES;
}

/* The first policy of mode Inject that @listed names, in @out. False if one of the names is none
 * of a policy that applies. */
static bool find_listed(const struct policy_set *set,
                        const char *listed,
                        const struct policy_subject *subject,
                        const struct volume_policy **out)
{
    char names[NAMES_MAX];
    char *rest = names;
    char *name;

    if (snprintf(names, sizeof(names), "%s", listed) >= (int)sizeof(names)) {
        return false;
    }
    while ((name = strsep(&rest, ",")) != NULL) {
        const struct volume_policy *policy;
        name += strspn(name, SPACE);
        for (size_t len = strlen(name); len > 0 && strchr(SPACE, name[len - 1]) != NULL; len--) {
            name[len - 1] = '\0';
        }
        policy = policy_set_find(set, name);
        if (policy == NULL || !applies(policy, subject)) {
            return false;
        }
        if (*out == NULL && policy->mode == POLICY_MODE_INJECT) {
            *out = policy;
        }
    }
    return true;
}

/* The first default policy of mode Inject that applies, and did so when @workflow was created; NULL
 * for none. One that it names needs no such proof: it would have been refused with that. */
static const struct volume_policy *find_default(const struct policy_set *set,
                                                const struct policy_subject *subject,
                                                const json_t *workflow,
                                                long long created_s)
{
    for (size_t i = 0; i < set->policies.n; i++) {
        const struct volume_policy *policy = &set->policies.items[i];
        if (policy->is_default && policy->mode == POLICY_MODE_INJECT && applies(policy, subject) &&
            selects_by_first(&policy->match.selector, workflow, created_s)) {
            return policy;
        }
    }
    return NULL;
}

/* A policy of mode Inject that the Workflow should have got; NULL for none, or where in doubt. */
static const struct volume_policy *find_policy(const struct policy_set *set,
                                               const struct choice *choice,
                                               const struct policy_subject *subject,
                                               const json_t *workflow,
                                               long long created_s)
{
    const struct volume_policy *found = NULL;

    if (choice->listed != NULL && !find_listed(set, choice->listed, subject, &found)) {
        return NULL;
    }
    if (found != NULL || (choice->listed != NULL && !choice->takes_all)) {
        return found;
    }
    return find_default(set, subject, workflow, created_s);
}

/* The policy for @workflow, by its kind, namespace and labels. */
static const struct volume_policy *find_for(const struct policy_set *set,
                                            const struct choice *choice,
                                            const json_t *workflow,
                                            long long created_s)
{
    json_t *labels = json_object_get(metadata_of(workflow), "labels");
    struct policy_label pairs[LABELS_MAX];
    struct policy_subject subject = {
        .kind = POLICY_WORKFLOW,
        .namespace = json_text_of(metadata_of(workflow), "namespace"),
        .labels = pairs,
    };
    const char *key;
    json_t *value;

    if (json_object_size(labels) > LABELS_MAX) {
        return NULL;
    }
    json_object_foreach (labels, key, value) {
        const char *text = json_string_value(value);
        pairs[subject.n_labels++] =
            (struct policy_label){.key = key, .value = text != NULL ? text : ""};
    }
    return find_policy(set, choice, &subject, workflow, created_s);
}

static void explain(const struct choice *choice, const char *policy, char *reason)
{
    const char *how = choice->listed != NULL ? "its annotation " ANNOTATION_POLICY
                      : choice->takes_all    ? "its annotation " ANNOTATION_INJECT
                                             : "the label " ANNOTATION_INJECT " of its namespace";

    (void)snprintf(reason, MISSED_REASON_SIZE,
                   "it runs without the volumes of policy '%.63s', to which it opted in by %s: it "
                   "was created while hawser could not be asked; submit it again",
                   policy, how);
}

bool missed_judge(const struct missed_terms *terms,
                  const json_t *workflow,
                  const json_t *namespace_,
                  char reason[static MISSED_REASON_SIZE])
{
    const json_t *metadata = metadata_of(workflow);
    const struct volume_policy *policy;
    struct choice choice = {0};
    long long created_s = 0;

    reason[0] = '\0';
    if (json_object_get(metadata, "deletionTimestamp") != NULL ||
        annotation_of(workflow, ANNOTATION_STATUS) != NULL ||
        !is_asked_about(terms, json_text_of(metadata, "namespace")) ||
        !kube_time_read(json_text_of(metadata, "creationTimestamp"), &created_s) ||
        created_s <= terms->policies_since_s + MISSED_SETTLING_S) {
        return false;
    }
    if (!read_choice(workflow, namespace_, &choice) ||
        !is_since_creation(&choice, workflow, namespace_, created_s)) {
        return false;
    }
    policy = find_for(terms->policies, &choice, workflow, created_s);
    if (policy == NULL) {
        return false;
    }
    explain(&choice, policy->name, reason);
    return true;
}
