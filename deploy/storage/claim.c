/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claim.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/quantity.h"
#include "deploy/kube/kube_time.h"

/* What can be done about a part of a claim that nobody can change. */
#define FIXED_HELP \
    "which no claim can change: ask for what it has, or delete it and with it its data"

static const char *const names[] = {
    [CLAIM_ABSENT] = "absent",   [CLAIM_GROWING] = "growing",       [CLAIM_RIGHT] = "right",
    [CLAIM_PENDING] = "pending", [CLAIM_MISMATCHED] = "mismatched", [CLAIM_LOST] = "lost",
    [CLAIM_GOING] = "going",     [CLAIM_ORPHANED] = "orphaned",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == CLAIM_N_STATES, "each state has a name");

const char *claim_state_name(enum claim_state state)
{
    return (size_t)state < CLAIM_N_STATES ? names[state] : "";
}

bool claim_state_is_trouble(enum claim_state state)
{
    return state == CLAIM_PENDING || state == CLAIM_MISMATCHED || state == CLAIM_LOST;
}

static json_t *make_modes(const struct text_list *modes)
{
    json_auto_t *made = json_array();

    for (size_t i = 0; i < modes->n; i++) {
        if (json_array_append_new(made, json_string(modes->items[i])) < 0) {
            return NULL;
        }
    }
    return json_incref(made);
}

json_t *claim_make(const struct policy_claim *claim,
                   const char *namespace_,
                   const char *name,
                   const json_t *labels)
{
    json_auto_t *made =
        json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:o, s:s, s:{s:{s:s}}}}", "apiVersion", "v1", "kind",
                  "PersistentVolumeClaim", "metadata", "name", name, "namespace", namespace_,
                  "spec", "accessModes", make_modes(&claim->access_modes), "storageClassName",
                  claim->storage_class_name, "resources", "requests", "storage", claim->size);

    if (made == NULL ||
        (labels != NULL && json_object_set_new(json_object_get(made, "metadata"), "labels",
                                               json_deep_copy(labels)) < 0)) {
        return NULL;
    }
    return json_incref(made);
}

static json_t *requests_of(const json_t *object)
{
    const json_t *spec = json_object_get(object, "spec");

    return json_object_get(json_object_get(spec, "resources"), "requests");
}

/* Whether @a is less than @b. Errors: that one of them is no quantity. */
static int compare_sizes(const char *a, const char *b, bool *is_less, struct err *err)
{
    struct quantity first;
    struct quantity second;

    if (quantity_parse(a, &first, err) < 0 || quantity_parse(b, &second, err) < 0) {
        return -1;
    }
    *is_less = quantity_compare(first, second) < 0;
    return 0;
}

/* Make @key of @to what @from has there, or nothing. Whether there was memory. */
static bool take_over(json_t *to, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);

    if (value == NULL) {
        (void)json_object_del(to, key); /* it may lack it */
        return true;
    }
    return json_object_set(to, key, value) == 0;
}

/* @desired, over @observed only, and with what no claim can change as it is there. */
static json_t *make_over(const json_t *desired, const json_t *observed)
{
    json_auto_t *made = json_deep_copy(desired);
    json_t *metadata = json_object_get(made, "metadata");
    json_t *spec = json_object_get(made, "spec");
    const json_t *there = json_object_get(observed, "metadata");
    const json_t *present = json_object_get(observed, "spec");

    if (!take_over(metadata, there, "uid") || !take_over(metadata, there, "resourceVersion") ||
        !take_over(spec, present, "accessModes") || !take_over(spec, present, "storageClassName")) {
        return NULL;
    }
    return json_incref(made);
}

json_t *claim_grow(const json_t *desired, const json_t *observed)
{
    json_auto_t *made = make_over(desired, observed);
    json_t *requests = requests_of(made);
    bool is_shrinking = false;
    struct err err = {0};

    if (compare_sizes(json_text_of(requests, "storage"),
                      json_text_of(requests_of(observed), "storage"), &is_shrinking, &err) == 0 &&
        is_shrinking && !take_over(requests, requests_of(observed), "storage")) {
        return NULL;
    }
    return json_incref(made);
}

json_t *claim_label(const json_t *desired, const json_t *observed)
{
    json_auto_t *made = make_over(desired, observed);

    return take_over(requests_of(made), requests_of(observed), "storage") ? json_incref(made)
                                                                          : NULL;
}

static int check_class(const struct policy_claim *claim, const json_t *spec, struct err *err)
{
    const char *name = json_text_of(spec, "storageClassName");

    if (strcmp(name, claim->storage_class_name) == 0) {
        return 0;
    }
    return err_set(err, ERR_CONFLICT, "its storage class is '%s' and not '%s', " FIXED_HELP, name,
                   claim->storage_class_name);
}

static bool has_text(const json_t *list, const char *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0) {
            return true;
        }
    }
    return false;
}

static int check_modes(const struct policy_claim *claim, const json_t *spec, struct err *err)
{
    for (size_t i = 0; i < claim->access_modes.n; i++) {
        const char *mode = claim->access_modes.items[i];
        if (!has_text(json_object_get(spec, "accessModes"), mode)) {
            return err_set(err, ERR_CONFLICT, "it lacks the access mode %s, " FIXED_HELP, mode);
        }
    }
    return 0;
}

static int check_volume_mode(const json_t *spec, struct err *err)
{
    const char *mode = json_text_of(spec, "volumeMode");

    if (mode[0] == '\0' || strcmp(mode, "Filesystem") == 0) {
        return 0;
    }
    return err_set(err, ERR_CONFLICT, "its volume mode is '%s' and not 'Filesystem', " FIXED_HELP,
                   mode);
}

static const char *phase_of(const json_t *observed)
{
    return json_text_of(json_object_get(observed, "status"), "phase");
}

static bool is_bound(const json_t *observed)
{
    return strcmp(phase_of(observed), "Bound") == 0;
}

/* How the two sizes are told, of a claim and of what is wanted. */
#define SIZES "its size is %s and not %s"

/* Whether a claim that is too small can be grown. */
static int check_growth(const struct policy_claim *claim,
                        const json_t *observed,
                        const json_t *class_,
                        struct err *err)
{
    const char *size = json_text_of(requests_of(observed), "storage");

    if (class_ == NULL) {
        return err_set(err, ERR_CONFLICT,
                       SIZES ", and there is no storage class '%s' that lets it grow: make one "
                             "with allowVolumeExpansion, or ask for %s",
                       size, claim->size, claim->storage_class_name, size);
    }
    if (!json_is_true(json_object_get(class_, "allowVolumeExpansion"))) {
        return err_set(err, ERR_CONFLICT,
                       SIZES ", and storage class '%s' does not let claims grow: ask for %s, set "
                             "allowVolumeExpansion of the class if its provisioner can do it, or "
                             "delete the claim and with it its data",
                       size, claim->size, claim->storage_class_name, size);
    }
    if (!is_bound(observed)) {
        return err_set(err, ERR_CONFLICT, SIZES ", and it can grow only when it is Bound", size,
                       claim->size);
    }
    return 0;
}

/* Errors: that something of the claim is otherwise than wanted, and has to stay so. */
static int check_spec(const struct policy_claim *claim,
                      const json_t *observed,
                      const json_t *class_,
                      bool *is_small,
                      struct err *err)
{
    const json_t *spec = json_object_get(observed, "spec");

    if (check_class(claim, spec, err) < 0 || check_modes(claim, spec, err) < 0 ||
        check_volume_mode(spec, err) < 0) {
        return -1;
    }
    if (compare_sizes(json_text_of(requests_of(observed), "storage"), claim->size, is_small, err) <
        0) {
        return err_wrap(err, "its size cannot be compared");
    }
    return *is_small ? check_growth(claim, observed, class_, err) : 0;
}

/* A claim that is as wanted and has no volume. */
static void judge_waiting(const struct policy_claim *claim,
                          const json_t *observed,
                          const json_t *class_,
                          long long now_s,
                          struct claim_verdict *out)
{
    const json_t *metadata = json_object_get(observed, "metadata");
    long long created_s = 0;

    if (strcmp(json_text_of(class_, "volumeBindingMode"), "WaitForFirstConsumer") == 0 ||
        !kube_time_read(json_text_of(metadata, "creationTimestamp"), &created_s)) {
        return;
    }
    if (now_s < created_s + CLAIM_PATIENCE_S) {
        out->until_s = created_s + CLAIM_PATIENCE_S;
        return;
    }
    out->state = CLAIM_PENDING;
    if (class_ == NULL) {
        (void)snprintf(out->text, sizeof(out->text),
                       "there is no storage class '%s': make it, or ask for another",
                       claim->storage_class_name);
    } else {
        (void)snprintf(out->text, sizeof(out->text),
                       "no volume has come from '%s': the claim's Events say more",
                       json_text_of(class_, "provisioner"));
    }
}

static void judge_present(const struct policy_claim *claim,
                          const json_t *observed,
                          const json_t *class_,
                          long long now_s,
                          struct claim_verdict *out)
{
    bool is_small = false;
    struct err err = {0};

    if (check_spec(claim, observed, class_, &is_small, &err) < 0) {
        out->state = CLAIM_MISMATCHED;
        (void)snprintf(out->text, sizeof(out->text), "%s", err.msg);
    } else if (is_small) {
        out->state = CLAIM_GROWING;
        (void)snprintf(out->text, sizeof(out->text), SIZES,
                       json_text_of(requests_of(observed), "storage"), claim->size);
    } else if (!is_bound(observed)) {
        judge_waiting(claim, observed, class_, now_s, out);
    }
}

void claim_judge(const struct policy_claim *claim,
                 const json_t *observed,
                 const json_t *class_,
                 long long now_s,
                 struct claim_verdict *out)
{
    const json_t *metadata = json_object_get(observed, "metadata");
    const char *volume = json_text_of(json_object_get(observed, "spec"), "volumeName");

    *out = (struct claim_verdict){.state = CLAIM_RIGHT};
    if (observed == NULL) {
        out->state = CLAIM_ABSENT;
    } else if (json_is_string(json_object_get(metadata, "deletionTimestamp"))) {
        out->state = CLAIM_GOING;
        (void)snprintf(out->text, sizeof(out->text),
                       "it is being deleted, which waits for the pods that use it; then it is made "
                       "anew, empty");
    } else if (strcmp(phase_of(observed), "Lost") == 0) {
        out->state = CLAIM_LOST;
        (void)snprintf(out->text, sizeof(out->text),
                       "its volume '%s' is gone: restore that PersistentVolume, or delete the "
                       "claim, and it is made anew, empty",
                       volume);
    } else {
        judge_present(claim, observed, class_, now_s, out);
    }
}
