/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/clash.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policies/mount_path.h"

#define REASON_MAX 512

/* The two policies and the sentence about them. */
struct pair {
    const struct volume_policy *a;
    const struct volume_policy *b;
    struct arena *arena;
    const char *text; /* NULL while there is no clash */
};

static bool clash(struct pair *pair, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* Start the sentence; returns true, so that a caller can write `return clash(...)`. */
static bool clash(struct pair *pair, const char *fmt, ...)
{
    char reason[REASON_MAX];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(reason, sizeof(reason), fmt, args); /* cut to size on purpose */
    va_end(args);
    if (pair->a == pair->b) {
        pair->text =
            arena_printf(pair->arena, "policy '%s' cannot be applied: %s", pair->a->name, reason);
    } else {
        pair->text =
            arena_printf(pair->arena, "policies '%s' and '%s' cannot be applied together: %s",
                         pair->a->name, pair->b->name, reason);
    }
    if (pair->text == NULL) {
        pair->text = "two policies cannot be applied together";
    }
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_texts(const struct text_list *a, const struct text_list *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* In what two volumes of the same name differ, or NULL. */
static const char *volume_difference(const struct policy_volume *a, const struct policy_volume *b)
{
    if ((a->transient == NULL) != (b->transient == NULL)) {
        return "one transient and one persistent";
    }
    if (a->transient == NULL && !same_text(a->persistent->claim_name, b->persistent->claim_name)) {
        return "with different claims";
    }
    if (a->transient != NULL &&
        !same_text(a->transient->storage_class_name, b->transient->storage_class_name)) {
        return "with different storage classes";
    }
    if (a->transient != NULL && !same_text(a->transient->size, b->transient->size)) {
        return "with different sizes";
    }
    if (a->transient != NULL &&
        !same_texts(&a->transient->access_modes, &b->transient->access_modes)) {
        return "with different access modes";
    }
    if (!same_text(a->mount_path, b->mount_path)) {
        return "at different mount paths";
    }
    if (!same_text(a->sub_path, b->sub_path)) {
        return "with different sub paths";
    }
    return a->read_only != b->read_only ? "one of them read-only" : NULL;
}

static bool
volumes_clash(struct pair *pair, const struct policy_volume *a, const struct policy_volume *b)
{
    if (strcmp(a->name, b->name) == 0) {
        const char *difference = volume_difference(a, b);
        return difference != NULL &&
               clash(pair, "both have a volume '%s', %s", a->name, difference);
    }
    return strcmp(a->mount_path, b->mount_path) == 0 &&
           clash(pair, "volumes '%s' and '%s' are both mounted at '%.100s'", a->name, b->name,
                 a->mount_path);
}

static bool same_copy_back(const struct policy_copy_back *a, const struct policy_copy_back *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return strcmp(a->path, b->path) == 0 && a->when == b->when;
}

/* In what two copies of the same name differ, or NULL. */
static const char *copy_difference(const struct policy_copy *a, const struct policy_copy *b)
{
    if (!same_text(a->from_volume, b->from_volume) || !same_text(a->from_path, b->from_path)) {
        return "from different places";
    }
    if (!same_text(a->to, b->to)) {
        return "to different targets";
    }
    if (!same_text(a->size_limit, b->size_limit) || !same_text(a->medium, b->medium)) {
        return "with different ephemeral storage";
    }
    if (!same_texts(&a->include, &b->include) || !same_texts(&a->exclude, &b->exclude)) {
        return "of different files";
    }
    if (a->missing != b->missing) {
        return "with different answers to a missing source";
    }
    return !same_copy_back(a->copy_back, b->copy_back) ? "with results for different places" : NULL;
}

static bool
copies_clash(struct pair *pair, const struct policy_copy *a, const struct policy_copy *b)
{
    if (strcmp(a->name, b->name) == 0) {
        const char *difference = copy_difference(a, b);
        return difference != NULL && clash(pair, "both have a copy '%s', %s", a->name, difference);
    }
    return mount_path_relate(a->to, b->to) != MOUNT_PATH_APART &&
           clash(pair, "the targets '%.100s' of copy '%s' and '%.100s' of copy '%s' overlap", a->to,
                 a->name, b->to, b->name);
}

/* Whether a copy of @policy goes where a volume of @other is mounted. */
static bool targets_clash(struct pair *pair,
                          const struct volume_policy *policy,
                          const struct volume_policy *other)
{
    for (size_t i = 0; i < policy->copies.n; i++) {
        const struct policy_copy *copy = &policy->copies.items[i];
        for (size_t k = 0; k < other->volumes.n; k++) {
            const struct policy_volume *volume = &other->volumes.items[k];
            if (mount_path_relate(copy->to, volume->mount_path) != MOUNT_PATH_APART) {
                return clash(pair,
                             "the target '%.100s' of copy '%s' overlaps with '%.100s', where "
                             "volume '%s' is mounted",
                             copy->to, copy->name, volume->mount_path, volume->name);
            }
        }
    }
    return false;
}

static bool contents_clash(struct pair *pair)
{
    for (size_t i = 0; i < pair->a->volumes.n; i++) {
        for (size_t k = 0; k < pair->b->volumes.n; k++) {
            if (volumes_clash(pair, &pair->a->volumes.items[i], &pair->b->volumes.items[k])) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < pair->a->copies.n; i++) {
        for (size_t k = 0; k < pair->b->copies.n; k++) {
            if (copies_clash(pair, &pair->a->copies.items[i], &pair->b->copies.items[k])) {
                return true;
            }
        }
    }
    return targets_clash(pair, pair->a, pair->b) || targets_clash(pair, pair->b, pair->a);
}

/* A template gets one init container, which makes the copies of both policies. */
static bool copiers_clash(struct pair *pair)
{
    const struct volume_policy *a = pair->a;
    const struct volume_policy *b = pair->b;

    if (a->copies.n == 0 || b->copies.n == 0) {
        return false;
    }
    if (a->init_container != b->init_container) {
        return clash(pair, "they have different values of initContainer");
    }
    if (!same_text(a->copier.image, b->copier.image)) {
        return clash(pair, "they have different values of copier.image");
    }
    if (a->copier.threads != b->copier.threads) {
        return clash(pair, "they have different values of copier.threads");
    }
    if (a->copier.resources != b->copier.resources &&
        !json_equal(a->copier.resources, b->copier.resources)) {
        return clash(pair, "they have different values of copier.resources");
    }
    return false;
}

static bool has_transient(const struct volume_policy *policy)
{
    for (size_t i = 0; i < policy->volumes.n; i++) {
        if (policy->volumes.items[i].transient != NULL) {
            return true;
        }
    }
    return false;
}

static bool collections_clash(struct pair *pair)
{
    const struct volume_policy *a = pair->a;
    const struct volume_policy *b = pair->b;

    return a->volume_claim_gc != POLICY_CLAIM_GC_UNSET &&
           b->volume_claim_gc != POLICY_CLAIM_GC_UNSET &&
           a->volume_claim_gc != b->volume_claim_gc && has_transient(a) && has_transient(b) &&
           clash(pair, "they have different values of volumeClaimGC");
}

const char *
policy_clash(const struct volume_policy *a, const struct volume_policy *b, struct arena *arena)
{
    struct pair pair = {.a = a, .b = b, .arena = arena};

    if (contents_clash(&pair) || copiers_clash(&pair) || collections_clash(&pair)) {
        return pair.text;
    }
    return NULL;
}
