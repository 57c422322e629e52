/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/set.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policies/clash.h"
#include "policies/hash.h"

/* What POLICY_BYTES_MAX bytes of text can become: an item of a list takes some bytes of text and a
 * few times as many in the model. */
#define ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* A set and what only its owner needs to know. */
struct owned_set {
    struct policy_set set; /* first, so that a pointer to it is one to the whole */
    atomic_size_t owners;
    struct arena *arena;
    LIST_OF(json_t *) documents;
};

static struct owned_set *owned(struct policy_set *set)
{
    return (struct owned_set *)set;
}

struct policy_set *set_new(struct err *err)
{
    struct owned_set *set = calloc(1, sizeof(*set));

    if (set != NULL) {
        atomic_init(&set->owners, 1);
        set->arena = arena_new(ARENA_BYTES_MAX);
    }
    if (set == NULL || set->arena == NULL) {
        free(set);
        err_no_memory(err);
        return NULL;
    }
    return &set->set;
}

struct arena *set_arena(struct policy_set *set)
{
    return owned(set)->arena;
}

int set_keep(struct policy_set *set, json_t *document, struct err *err)
{
    json_t **kept = LIST_ADD(owned(set)->arena, &owned(set)->documents);

    if (kept == NULL) {
        json_decref(document);
        return err_no_memory(err);
    }
    *kept = document;
    return 0;
}

static int compare_policies(const void *a, const void *b)
{
    const struct volume_policy *first = a;
    const struct volume_policy *second = b;

    return strcmp(first->name, second->name);
}

static int compare_provisioners(const void *a, const void *b)
{
    const struct nfs_provisioner *first = a;
    const struct nfs_provisioner *second = b;

    return strcmp(first->name, second->name);
}

/* See which policies clash with no other one. Objects that choose many are then not kept waiting.
 */
static int find_apart(struct policy_set *set, struct err *err)
{
    CLEANUP(arena_free) struct arena *texts = arena_new(ARENA_BYTES_MAX);

    if (texts == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < set->policies.n; i++) {
        set->policies.items[i].is_apart = true;
    }
    for (size_t i = 0; i < set->policies.n; i++) {
        struct volume_policy *policy = &set->policies.items[i];
        for (size_t k = 0; k < i; k++) {
            struct volume_policy *other = &set->policies.items[k];
            if ((policy->is_apart || other->is_apart) &&
                policy_clash(other, policy, texts) != NULL) {
                policy->is_apart = false;
                other->is_apart = false;
                arena_reset(texts);
            }
        }
    }
    return 0;
}

int set_finish(struct policy_set *set, struct err *err)
{
    if (set->policies.n > 0) {
        qsort(set->policies.items, set->policies.n, sizeof(*set->policies.items), compare_policies);
    }
    if (set->provisioners.n > 0) {
        qsort(set->provisioners.items, set->provisioners.n, sizeof(*set->provisioners.items),
              compare_provisioners);
    }
    return find_apart(set, err) < 0 ? -1 : hash_set(set, set->hash, err);
}

struct policy_set *policy_set_ref(struct policy_set *set)
{
    if (set != NULL) {
        size_t before = atomic_fetch_add_explicit(&owned(set)->owners, 1, memory_order_relaxed);
        assert(before > 0);
        (void)before;
    }
    return set;
}

void policy_set_unref(struct policy_set *set)
{
    if (set == NULL ||
        atomic_fetch_sub_explicit(&owned(set)->owners, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < owned(set)->documents.n; i++) {
        json_decref(owned(set)->documents.items[i]);
    }
    arena_free(owned(set)->arena);
    free(set);
}
