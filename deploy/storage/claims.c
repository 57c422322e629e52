/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube.h"
#include "deploy/storage/claim.h"
#include "deploy/storage/claims_conflict.h"
#include "deploy/storage/server_objects.h"
#include "policies/match.h"

/* For 10,000 items and as many names, and a text for each volume that a set can have. */
#define ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)

#define LABEL_MANAGED_BY "app.kubernetes.io/managed-by"
#define LABEL_PART_OF    "app.kubernetes.io/part-of"
#define PART_OF          "hawser"

/* One volume of a policy with persistent.create. */
struct wish {
    const char *name; /* of the claim */
    const struct policy_claim *claim;
    size_t policy; /* its number in the set, which is in the order of names */
    size_t order;  /* among all, as the set has them */

    const struct wish *compared; /* the last one that stood before it, and whether it differs */
    bool differs;

    const struct wish *winner; /* the first that stood before it and differs; NULL: none */
    const char *namespace_;    /* where it did, as the first of so many */
    size_t n_namespaces;
};

struct place {
    const char *name;
    bool is_going;
};

struct finder {
    const struct policy_set *set;
    const char *home;
    struct claims *out;
    struct wish *wishes; /* by name of the claim and of the policy */
    size_t n_wishes;
    bool *has_wish; /* of each policy */
    bool *matches;  /* whether each policy that has one matches the namespace at hand */
};

void claims_clear(struct claims *claims)
{
    arena_free(claims->arena);
    *claims = (struct claims){.arena = NULL};
}

static const struct policy_persistent *wanted_of(const struct policy_volume *volume)
{
    return volume->persistent != NULL && volume->persistent->create != NULL ? volume->persistent
                                                                            : NULL;
}

static size_t count_wishes(const struct policy_set *set)
{
    size_t n = 0;

    for (size_t i = 0; i < set->policies.n; i++) {
        const struct volume_policy *policy = &set->policies.items[i];
        for (size_t k = 0; k < policy->volumes.n; k++) {
            n += wanted_of(&policy->volumes.items[k]) != NULL ? 1 : 0;
        }
    }
    return n;
}

static int compare_wishes(const void *a, const void *b)
{
    const struct wish *first = a;
    const struct wish *second = b;
    const int names = strcmp(first->name, second->name);

    return names != 0 ? names : (first->order > second->order) - (first->order < second->order);
}

static void collect_wishes(struct finder *finder)
{
    size_t n = 0;

    for (size_t i = 0; i < finder->set->policies.n; i++) {
        const struct volume_policy *policy = &finder->set->policies.items[i];
        for (size_t k = 0; k < policy->volumes.n; k++) {
            const struct policy_persistent *wanted = wanted_of(&policy->volumes.items[k]);
            if (wanted != NULL) {
                finder->wishes[n] = (struct wish){
                    .name = wanted->claim_name, .claim = wanted->create, .policy = i, .order = n};
                finder->has_wish[i] = true;
                n++;
            }
        }
    }
    finder->n_wishes = n;
    qsort(finder->wishes, n, sizeof(*finder->wishes), compare_wishes);
}

/* @first counts in @namespace_, and @wish is for the same claim. */
static void note_second(struct wish *wish, const struct wish *first, const char *namespace_)
{
    if (wish->compared != first) {
        wish->compared = first;
        wish->differs = claims_conflict_find(first->claim, wish->claim)[0] != '\0';
    }
    if (!wish->differs) {
        return;
    }
    if (wish->winner == NULL) {
        wish->winner = first;
        wish->namespace_ = namespace_;
    }
    wish->n_namespaces++;
}

static int
add_item(struct finder *finder, const struct wish *wish, const char *namespace_, struct err *err)
{
    struct claims_item *item;

    if (finder->out->items.n >= CLAIMS_MAX) {
        finder->out->n_left_out++;
        return 0;
    }
    item = LIST_ADD(finder->out->arena, &finder->out->items);
    if (item == NULL) {
        return err_no_memory(err);
    }
    *item = (struct claims_item){
        .namespace_ = namespace_,
        .name = wish->name,
        .claim = wish->claim,
        .policy = finder->set->policies.items[wish->policy].name,
    };
    return 0;
}

/* Note which policies match @namespace_; whether any does. */
static bool match_policies(struct finder *finder, const char *namespace_)
{
    bool any = false;

    for (size_t i = 0; i < finder->set->policies.n; i++) {
        finder->matches[i] =
            finder->has_wish[i] &&
            policy_match_namespace(&finder->set->policies.items[i].match, namespace_);
        any = any || finder->matches[i];
    }
    return any;
}

static int find_in(struct finder *finder, const char *name, struct err *err)
{
    const struct wish *first = NULL;
    const char *namespace_;

    if (!match_policies(finder, name)) {
        return 0;
    }
    namespace_ = arena_strndup(finder->out->arena, name, strlen(name));
    if (namespace_ == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < finder->n_wishes; i++) {
        struct wish *wish = &finder->wishes[i];
        if (!finder->matches[wish->policy]) {
            continue;
        }
        if (first != NULL && strcmp(first->name, wish->name) == 0) {
            note_second(wish, first, namespace_);
            continue;
        }
        first = wish;
        if (add_item(finder, wish, namespace_, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Whether nobody is asked about workflows there. */
static bool is_reserved(const struct finder *finder, const char *namespace_)
{
    static const char *const reserved[] = {"kube-node-lease", "kube-public", "kube-system"};

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strcmp(reserved[i], namespace_) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < finder->set->provisioners.n; i++) {
        if (strcmp(finder->set->provisioners.items[i].namespace, namespace_) == 0) {
            return true;
        }
    }
    return strcmp(finder->home, namespace_) == 0;
}

static int note_going(struct claims *claims, const char *name, struct err *err)
{
    const char **going = LIST_ADD(claims->arena, &claims->going);
    char *copy = arena_strndup(claims->arena, name, strlen(name));

    if (going == NULL || copy == NULL) {
        return err_no_memory(err);
    }
    *going = copy;
    return 0;
}

static int
find_everywhere(struct finder *finder, const struct place *places, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = places[i].name;
        int found = 0;
        if (places[i].is_going) {
            found = note_going(finder->out, name, err);
        } else if (name[0] != '\0' && !is_reserved(finder, name)) {
            found = find_in(finder, name, err);
        }
        if (found < 0) {
            return -1;
        }
    }
    return 0;
}

static int compare_places(const void *a, const void *b)
{
    const struct place *first = a;
    const struct place *second = b;

    return strcmp(first->name, second->name);
}

static void collect_places(json_t *const *namespaces, size_t n, struct place *out)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *metadata = json_object_get(namespaces[i], "metadata");
        out[i].name = json_text_of(metadata, "name");
        out[i].is_going = json_is_string(json_object_get(metadata, "deletionTimestamp"));
    }
    if (n > 0) {
        qsort(out, n, sizeof(*out), compare_places);
    }
}

static int add_conflict(struct finder *finder, const struct wish *loser, struct err *err)
{
    const struct volume_policy *policies = finder->set->policies.items;
    struct arena *arena = finder->out->arena;
    struct claims_conflict *conflict = LIST_ADD(arena, &finder->out->conflicts);

    if (conflict == NULL) {
        return err_no_memory(err);
    }
    *conflict = (struct claims_conflict){
        .winner = policies[loser->winner->policy].name,
        .loser = policies[loser->policy].name,
        .name = loser->name,
        .namespace_ = loser->namespace_,
        .n_namespaces = loser->n_namespaces,
    };
    conflict->text = claims_conflict_text(arena, conflict, loser->winner->claim, loser->claim);
    return conflict->text != NULL ? 0 : err_no_memory(err);
}

static int add_conflicts(struct finder *finder, struct err *err)
{
    for (size_t i = 0; i < finder->n_wishes; i++) {
        if (finder->wishes[i].winner != NULL && add_conflict(finder, &finder->wishes[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

int claims_find(const struct policy_set *set,
                json_t *const *namespaces,
                size_t n,
                const char *home,
                struct claims *out,
                struct err *err)
{
    /* One more of each, so that none of them is an allocation of nothing. */
    CLEANUP(free) struct wish *wishes = calloc(count_wishes(set) + 1, sizeof(*wishes));
    CLEANUP(free) struct place *places = calloc(n + 1, sizeof(*places));
    CLEANUP(free) bool *has_wish = calloc(set->policies.n + 1, sizeof(*has_wish));
    CLEANUP(free) bool *matches = calloc(set->policies.n + 1, sizeof(*matches));
    CLEANUP(claims_clear) struct claims claims = {.arena = arena_new(ARENA_BYTES_MAX)};
    struct finder finder = {
        .set = set,
        .home = home,
        .out = &claims,
        .wishes = wishes,
        .has_wish = has_wish,
        .matches = matches,
    };

    if (wishes == NULL || places == NULL || has_wish == NULL || matches == NULL ||
        claims.arena == NULL) {
        return err_no_memory(err);
    }
    collect_wishes(&finder);
    collect_places(namespaces, n, places);
    if (find_everywhere(&finder, places, n, err) < 0 || add_conflicts(&finder, err) < 0) {
        return -1;
    }
    *out = claims;
    claims = (struct claims){.arena = NULL};
    return 0;
}

static int compare_items(const void *a, const void *b)
{
    const struct claims_item *first = a;
    const struct claims_item *second = b;
    const int namespaces = strcmp(first->namespace_, second->namespace_);

    return namespaces != 0 ? namespaces : strcmp(first->name, second->name);
}

const struct claims_item *
claims_get(const struct claims *claims, const char *namespace_, const char *name)
{
    const struct claims_item key = {.namespace_ = namespace_, .name = name};

    return claims->items.n == 0
               ? NULL
               : bsearch(&key, claims->items.items, claims->items.n, sizeof(key), compare_items);
}

json_t *claims_make(const struct claims_item *item, const char *home)
{
    json_auto_t *labels =
        json_pack("{s:s, s:s, s:s, s:s}", LABEL_MANAGED_BY, KUBE_MANAGER, LABEL_PART_OF, PART_OF,
                  SERVER_OBJECTS_LABEL_HOME, home, CLAIMS_LABEL_POLICY, item->policy);

    return labels == NULL ? NULL : claim_make(item->claim, item->namespace_, item->name, labels);
}

bool claims_has_labels(const json_t *observed, const char *home)
{
    const json_t *labels = json_object_get(json_object_get(observed, "metadata"), "labels");

    return strcmp(json_text_of(labels, LABEL_MANAGED_BY), KUBE_MANAGER) == 0 &&
           strcmp(json_text_of(labels, LABEL_PART_OF), PART_OF) == 0 &&
           strcmp(json_text_of(labels, SERVER_OBJECTS_LABEL_HOME), home) == 0 &&
           json_text_of(labels, CLAIMS_LABEL_POLICY)[0] != '\0';
}

static bool has_our_fields(const json_t *observed)
{
    const json_t *metadata = json_object_get(observed, "metadata");
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(metadata, "managedFields"), i, entry) {
        if (strcmp(json_text_of(entry, "manager"), KUBE_MANAGER) == 0) {
            return true;
        }
    }
    return false;
}

bool claims_is_ours(const json_t *observed, const char *home)
{
    const json_t *labels = json_object_get(json_object_get(observed, "metadata"), "labels");
    const char *keeper = json_text_of(labels, SERVER_OBJECTS_LABEL_HOME);

    if (keeper[0] != '\0') {
        return strcmp(keeper, home) == 0;
    }
    return strcmp(json_text_of(labels, LABEL_MANAGED_BY), KUBE_MANAGER) == 0 ||
           has_our_fields(observed);
}
