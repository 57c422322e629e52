/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "deploy/storage/drift.h"
#include "deploy/storage/drift_walk.h"

static const struct drift_mode no_mode;

// NOLINTBEGIN(misc-no-recursion): the parser bounds the depth (JSON_DEPTH_MAX)

static json_t *patch_object(enum kind kind,
                            const struct drift_place *place,
                            struct drift_mode mode,
                            const json_t *desired,
                            const json_t *observed);

/* Into the patch of an object: what becomes of its member @place, of @desired. */
static int patch_member(json_t *patch,
                        enum kind kind,
                        const struct drift_place *place,
                        struct drift_mode mode,
                        json_t *desired,
                        const json_t *observed)
{
    struct drift drift = {.kind = DRIFT_NONE};
    json_auto_t *below = NULL;

    if (drift_rule_is_passed_over(kind, place) || drift_rule_is_fixed(kind, place)) {
        return 0;
    }
    mode = drift_walk_mode(kind, place, mode);
    drift_walk(kind, place, mode, desired, observed, &drift);
    if (drift.kind != DRIFT_SURPLUS) {
        return 0;
    }
    if (!json_is_object(desired)) {
        return json_object_set(patch, place->key, desired);
    }
    below = patch_object(kind, place, mode, desired, observed);
    return below != NULL ? json_object_set(patch, place->key, below) : -1;
}

/* A member that is taken away may be one choice of several (of an update strategy, of a probe):
 * where it is the object itself that is closed, ours is written with it. */
static int take_away(json_t *patch, const char *key, const json_t *desired, bool has_ours)
{
    if (has_ours && json_object_update_missing(patch, drift_walked(desired)) < 0) {
        return -1;
    }
    return json_object_set_new(patch, key, json_null());
}

static json_t *patch_object(enum kind kind,
                            const struct drift_place *place,
                            struct drift_mode mode,
                            const json_t *desired,
                            const json_t *observed)
{
    json_auto_t *patch = json_object();
    struct drift_place member = {.up = place};
    const unsigned int bits = drift_rule_of(kind, place)->bits;
    json_t *value;

    json_object_foreach (drift_walked(desired), member.key, value) {
        if (patch == NULL || patch_member(patch, kind, &member, mode, value,
                                          json_object_get(observed, member.key)) < 0) {
            return NULL;
        }
    }
    json_object_foreach (drift_walked(observed), member.key, value) {
        if (!drift_rule_is_passed_over(kind, &member) &&
            drift_walk_is_surplus(kind, &member, mode, value, desired) &&
            take_away(patch, member.key, desired, (bits & DRIFT_RULE_CLOSED) != 0) < 0) {
            return NULL;
        }
    }
    return json_incref(patch);
}

// NOLINTEND(misc-no-recursion)

/* The version that was observed, and no owners. */
static int patch_metadata(json_t *patch, const json_t *observed)
{
    const json_t *metadata = json_object_get(observed, "metadata");
    json_t *version = json_object_get(metadata, "resourceVersion");
    json_auto_t *made = json_object();

    if (version != NULL && json_object_set(made, "resourceVersion", version) < 0) {
        return -1;
    }
    if (json_array_size(json_object_get(metadata, "ownerReferences")) > 0 &&
        json_object_set_new(made, "ownerReferences", json_null()) < 0) {
        return -1;
    }
    return json_object_set(patch, "metadata", made);
}

json_t *drift_patch(const json_t *desired, const json_t *observed)
{
    json_auto_t *patch = patch_object(kind_of(desired), &(struct drift_place){.up = NULL}, no_mode,
                                      desired, observed);

    return patch != NULL && patch_metadata(patch, observed) == 0 ? json_incref(patch) : NULL;
}
