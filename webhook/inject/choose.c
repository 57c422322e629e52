/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/choose.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "policies/annotations.h"
#include "policies/clash.h"
#include "policies/override.h"

/* A message lists names up to this many bytes. */
#define NAMES_MAX 400

/* Policies while they are chosen: before overrides, both modes together. */
struct candidates {
    LIST_OF(const struct volume_policy *) list;
};

static bool is_ours(const char *key)
{
    return strncmp(key, ANNOTATION_PREFIX, strlen(ANNOTATION_PREFIX)) == 0;
}

static bool is_switch(const char *key)
{
    return strcmp(key, ANNOTATION_POLICY) == 0 || strcmp(key, ANNOTATION_INJECT) == 0 ||
           strcmp(key, ANNOTATION_STATUS) == 0;
}

static int warn_of_useless(const struct workflow *workflow, struct report *report, struct err *err)
{
    for (size_t i = 0; i < workflow->annotations.list.n; i++) {
        const char *key = workflow->annotations.list.items[i].key;
        if (is_ours(key) && !is_switch(key) &&
            report_warn(report, err,
                        "annotation '%.100s' has no effect without " ANNOTATION_POLICY
                        " or " ANNOTATION_INJECT,
                        key) < 0) {
            return -1;
        }
    }
    return 0;
}

int choose_is_opted_in(const struct workflow *workflow,
                       bool namespace_opted_in,
                       struct report *report,
                       bool *out,
                       struct err *err)
{
    const char *inject = string_map_get(&workflow->annotations, ANNOTATION_INJECT);

    if (inject != NULL && strcmp(inject, "false") == 0) {
        *out = false;
        return 0;
    }
    if (inject != NULL && strcmp(inject, "true") != 0) {
        return err_set(err, ERR_INVALID,
                       "annotation " ANNOTATION_INJECT ": expected \"true\" or \"false\", found "
                       "'%.100s'",
                       inject);
    }
    *out = namespace_opted_in || inject != NULL ||
           string_map_get(&workflow->annotations, ANNOTATION_POLICY) != NULL;
    return *out ? 0 : warn_of_useless(workflow, report, err);
}

/* "scratch, cache": the names of the policies that apply to @subject. */
static void
list_policies(const struct policy_set *set, const struct policy_subject *subject, struct buf *out)
{
    for (size_t i = 0; i < set->policies.n; i++) {
        const struct volume_policy *policy = &set->policies.items[i];
        if (policy_match(&policy->match, subject) == POLICY_MATCHES) {
            buf_printf(out, "%s%s", out->len > 0 ? ", " : "", policy->name);
        }
    }
    if (out->len == 0) {
        buf_add_text(out, "none");
    }
}

static int unknown_policy(const struct policy_set *set,
                          const struct policy_subject *subject,
                          const char *name,
                          struct err *err)
{
    CLEANUP(buf_clear) struct buf names = BUF_INIT(NAMES_MAX);

    list_policies(set, subject, &names);
    return err_set(err, ERR_INVALID,
                   "annotation " ANNOTATION_POLICY
                   ": there is no policy '%.100s'; those that apply here: %s",
                   name, buf_text(&names));
}

static int add_candidate(struct candidates *out,
                         const struct volume_policy *policy,
                         struct arena *arena,
                         struct err *err)
{
    const struct volume_policy **added = LIST_ADD(arena, &out->list);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = policy;
    return 0;
}

static bool has_candidate(const struct candidates *candidates, const struct volume_policy *policy)
{
    for (size_t i = 0; i < candidates->list.n; i++) {
        if (candidates->list.items[i] == policy) {
            return true;
        }
    }
    return false;
}

/* A policy that the annotation names. */
static int choose_named(const struct policy_set *set,
                        const char *name,
                        const struct policy_subject *subject,
                        struct arena *arena,
                        struct candidates *out,
                        struct err *err)
{
    const struct volume_policy *policy = policy_set_find(set, name);
    enum policy_match_result match;

    if (policy == NULL) {
        return unknown_policy(set, subject, name, err);
    }
    if (has_candidate(out, policy)) {
        return err_set(err, ERR_INVALID,
                       "annotation " ANNOTATION_POLICY ": policy '%s' is named twice", name);
    }
    match = policy_match(&policy->match, subject);
    if (match != POLICY_MATCHES) {
        const char *reason = policy_match_reason(&policy->match, match, arena);
        return err_set(err, ERR_INVALID, "policy '%s' does not apply to this %s: %s", name,
                       policy_kind_name(subject->kind), reason != NULL ? reason : "");
    }
    return add_candidate(out, policy, arena, err);
}

/* The names in @text, separated by commas. */
static int choose_listed(const struct policy_set *set,
                         const char *text,
                         const struct policy_subject *subject,
                         struct arena *arena,
                         struct candidates *out,
                         struct err *err)
{
    const char *at = text;

    for (;;) {
        size_t len;
        char *name;
        at += strspn(at, " \t\n");
        len = strcspn(at, ",");
        name = arena_strndup(arena, at, len);
        if (name == NULL) {
            return err_no_memory(err);
        }
        for (size_t end = len; end > 0 && strchr(" \t\n", name[end - 1]) != NULL; end--) {
            name[end - 1] = '\0';
        }
        if (name[0] == '\0') {
            return err_set(err, ERR_INVALID,
                           "annotation " ANNOTATION_POLICY
                           ": expected names of policies, separated by commas, found '%.100s'",
                           text);
        }
        if (choose_named(set, name, subject, arena, out, err) < 0) {
            return -1;
        }
        if (at[len] == '\0') {
            return 0;
        }
        at += len + 1;
    }
}

static int choose_defaults(const struct policy_set *set,
                           const struct policy_subject *subject,
                           struct arena *arena,
                           struct candidates *out,
                           struct err *err)
{
    for (size_t i = 0; i < set->policies.n; i++) {
        const struct volume_policy *policy = &set->policies.items[i];
        if (policy->is_default && !has_candidate(out, policy) &&
            policy_match(&policy->match, subject) == POLICY_MATCHES &&
            add_candidate(out, policy, arena, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int no_default(const struct policy_subject *subject, struct err *err)
{
    return err_set(err, ERR_INVALID,
                   "annotation " ANNOTATION_INJECT
                   ": no default policy applies to a %s in namespace '%.100s'; name one with "
                   "annotation " ANNOTATION_POLICY,
                   policy_kind_name(subject->kind), subject->namespace);
}

/* Divide "hawser.dev/workdir.size" into the volume's name and the field. */
static int parse_override(const char *key,
                          struct arena *arena,
                          const char **volume,
                          enum policy_override_field *field,
                          struct err *err)
{
    static const enum policy_override_field fields[] = {
        POLICY_OVERRIDE_SIZE, POLICY_OVERRIDE_MOUNT_PATH, POLICY_OVERRIDE_STORAGE_CLASS};
    const char *start = key + strlen(ANNOTATION_PREFIX);
    const char *dot = strrchr(start, '.');

    for (size_t i = 0; dot != NULL && i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(dot + 1, policy_override_name(fields[i])) == 0) {
            const char *name = arena_strndup(arena, start, (size_t)(dot - start));
            if (name == NULL) {
                return err_no_memory(err);
            }
            *field = fields[i];
            *volume = name;
            return 0;
        }
    }
    return err_set(err, ERR_INVALID,
                   "annotation '%.100s' is unknown; expected " ANNOTATION_POLICY
                   ", " ANNOTATION_INJECT " or " ANNOTATION_PREFIX
                   "VOLUME.size, .mount-path or .storage-class",
                   key);
}

/* @policy with a list of volumes of its own that may be written to. */
static struct volume_policy *own_copy(const struct volume_policy *policy, struct arena *arena)
{
    struct volume_policy *copy = arena_alloc(arena, sizeof(*copy));
    struct policy_volume *volumes =
        arena_alloc(arena, policy->volumes.n * sizeof(*policy->volumes.items));

    if (copy == NULL || volumes == NULL) {
        return NULL;
    }
    *copy = *policy;
    for (size_t i = 0; i < policy->volumes.n; i++) {
        volumes[i] = policy->volumes.items[i];
    }
    copy->volumes.items = volumes;
    copy->is_apart = false;
    return copy;
}

/* Apply one override to each chosen policy that has the volume. */
static int override(struct candidates *chosen,
                    const char *key,
                    const char *value,
                    struct arena *arena,
                    struct err *err)
{
    enum policy_override_field field = POLICY_OVERRIDE_SIZE;
    const char *volume_name = "";
    bool found = false;

    if (parse_override(key, arena, &volume_name, &field, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < chosen->list.n; i++) {
        const struct volume_policy *policy = chosen->list.items[i];
        const struct policy_volume *volume = policy_find_volume(policy, volume_name);
        struct volume_policy *copy;
        if (volume == NULL) {
            continue;
        }
        found = true;
        copy = own_copy(policy, arena);
        if (copy == NULL) {
            return err_no_memory(err);
        }
        if (policy_override_apply(&copy->volumes.items[volume - policy->volumes.items],
                                  policy_find_override(policy, volume_name), field, value, arena,
                                  err) < 0) {
            return err_wrap(err, "annotation '%.100s', policy '%s'", key, policy->name);
        }
        chosen->list.items[i] = copy;
    }
    if (!found) {
        return err_set(err, ERR_INVALID,
                       "annotation '%.100s': no chosen policy has a volume '%.100s'", key,
                       volume_name);
    }
    return 0;
}

static int override_all(struct candidates *chosen,
                        const struct workflow *workflow,
                        struct arena *arena,
                        struct err *err)
{
    for (size_t i = 0; i < workflow->annotations.list.n; i++) {
        const struct policy_label *annotation = &workflow->annotations.list.items[i];
        if (is_ours(annotation->key) && !is_switch(annotation->key) &&
            override(chosen, annotation->key, annotation->value, arena, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Refuse @policy where it clashes with one that was chosen before or, after overrides, with itself.
 */
static int check_clashes(const struct choice *choice,
                         const struct volume_policy *policy,
                         struct arena *arena,
                         struct err *err)
{
    const char *clash = policy->is_apart ? NULL : policy_clash(policy, policy, arena);

    for (size_t i = 0; i < choice->inject.n && clash == NULL; i++) {
        const struct volume_policy *other = choice->inject.items[i];
        if (!policy->is_apart || !other->is_apart) {
            clash = policy_clash(other, policy, arena);
        }
    }
    return clash == NULL ? 0 : err_set(err, ERR_INVALID, "%s", clash);
}

static int settle_one(const struct volume_policy *policy,
                      struct arena *arena,
                      struct choice *out,
                      struct err *err)
{
    const struct volume_policy **added = NULL;

    if (policy->mode == POLICY_MODE_WARN) {
        added = LIST_ADD(arena, &out->warn);
    } else if (check_clashes(out, policy, arena, err) < 0) {
        return -1;
    } else {
        added = LIST_ADD(arena, &out->inject);
    }
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = policy;
    return 0;
}

/* Divide the candidates by mode; those of mode Warn cannot clash. */
static int settle(const struct candidates *candidates,
                  struct arena *arena,
                  struct choice *out,
                  struct err *err)
{
    for (size_t i = 0; i < candidates->list.n; i++) {
        if (settle_one(candidates->list.items[i], arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int choose_policies(const struct policy_set *set,
                    const struct workflow *workflow,
                    const char *namespace,
                    struct arena *arena,
                    struct choice *out,
                    struct err *err)
{
    const struct policy_subject subject = {
        .kind = workflow->kind,
        .namespace = namespace,
        .labels = workflow->labels.list.items,
        .n_labels = workflow->labels.list.n,
    };
    const char *listed = string_map_get(&workflow->annotations, ANNOTATION_POLICY);
    const char *inject = string_map_get(&workflow->annotations, ANNOTATION_INJECT);
    struct candidates candidates = {0};

    if (listed != NULL && choose_listed(set, listed, &subject, arena, &candidates, err) < 0) {
        return -1;
    }
    if ((inject != NULL || listed == NULL) &&
        choose_defaults(set, &subject, arena, &candidates, err) < 0) {
        return -1;
    }
    if (candidates.list.n == 0 && inject != NULL) {
        return no_default(&subject, err);
    }
    if (candidates.list.n > 0 && override_all(&candidates, workflow, arena, err) < 0) {
        return -1;
    }
    return settle(&candidates, arena, out, err);
}
