/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/drift_walk.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

/* More than any object has; what is shown is cut to DRIFT_POINTER_SIZE. */
#define POINTER_MAX ((size_t)64 * 1024)

/* What a walk does not change on its way down. */
struct walk {
    enum kind kind;
    struct drift *out;
};

// NOLINTBEGIN(misc-no-recursion): the parser bounds the depth (JSON_DEPTH_MAX)

static void write_pointer(struct buf *out, const struct drift_place *place)
{
    if (place->up == NULL) {
        return;
    }
    write_pointer(out, place->up);
    if (place->key != NULL) {
        json_pointer_add(out, place->key);
    } else {
        buf_printf(out, "/%zu", place->index);
    }
}

static void note(const struct walk *walk,
                 const struct drift_place *place,
                 enum drift_kind kind,
                 const json_t *wanted,
                 const json_t *found)
{
    CLEANUP(buf_clear) struct buf pointer = BUF_INIT(POINTER_MAX);
    struct drift *out = walk->out;

    if (kind <= out->kind) {
        return;
    }
    write_pointer(&pointer, place);
    *out = (struct drift){.kind = kind, .wanted = wanted, .found = found};
    (void)snprintf(out->pointer, sizeof(out->pointer), "%s", buf_text(&pointer));
}

static enum drift_kind kind_in(struct drift_mode mode, enum drift_kind kind)
{
    if (mode.is_fixed) {
        return DRIFT_FIXED;
    }
    return mode.is_atomic ? DRIFT_DIFFERENT : kind;
}

struct drift_mode
drift_walk_mode(enum kind kind, const struct drift_place *place, struct drift_mode mode)
{
    const unsigned int bits = drift_rule_of(kind, place)->bits;

    if (drift_rule_is_fixed(kind, place)) {
        mode.is_fixed = true;
        /* Claims in a StatefulSet are the one fixed thing into which defaults are filled. */
        mode.is_closed = strcmp(place->key, "volumeClaimTemplates") != 0;
    }
    if ((bits & DRIFT_RULE_DEEP) != 0) {
        mode.is_closed = true;
    }
    return mode;
}

/* Whether the object @place has no members but those that are asked for. */
static bool is_closed(enum kind kind, const struct drift_place *place)
{
    if (place->key != NULL) {
        return (drift_rule_of(kind, place)->bits & DRIFT_RULE_CLOSED) != 0;
    }
    return place->up != NULL && (drift_rule_of(kind, place->up)->bits & DRIFT_RULE_ENTRIES) != 0;
}

bool drift_walk_is_surplus(enum kind kind,
                           const struct drift_place *place,
                           struct drift_mode mode,
                           const json_t *found,
                           const json_t *asked)
{
    const json_t *same = json_object_get(asked, place->key);

    if ((same != NULL && !json_is_null(same)) || drift_rule_is_vacuous(place, found)) {
        return false;
    }
    if ((drift_rule_of(kind, place)->bits & DRIFT_RULE_UNASKED) != 0) {
        return true;
    }
    return (mode.is_closed || is_closed(kind, place->up)) &&
           !drift_rule_is_filled_in(place, found, asked);
}

static void walk_value(const struct walk *walk,
                       const struct drift_place *place,
                       struct drift_mode mode,
                       const json_t *desired,
                       const json_t *observed);

static void walk_object(const struct walk *walk,
                        const struct drift_place *place,
                        struct drift_mode mode,
                        const json_t *desired,
                        const json_t *observed)
{
    struct drift_place member = {.up = place};
    json_t *value;

    json_object_foreach (drift_walked(desired), member.key, value) {
        if (!drift_rule_is_passed_over(walk->kind, &member)) {
            walk_value(walk, &member, drift_walk_mode(walk->kind, &member, mode), value,
                       json_object_get(observed, member.key));
        }
    }
    json_object_foreach (drift_walked(observed), member.key, value) {
        if (!drift_rule_is_passed_over(walk->kind, &member) &&
            drift_walk_is_surplus(walk->kind, &member, mode, value, desired)) {
            note(walk, &member, kind_in(drift_walk_mode(walk->kind, &member, mode), DRIFT_SURPLUS),
                 NULL, value);
        }
    }
}

static void walk_in_order(const struct walk *walk,
                          const struct drift_place *place,
                          struct drift_mode mode,
                          const json_t *desired,
                          const json_t *observed)
{
    struct drift_place entry = {.up = place};
    const json_t *value;

    if (json_array_size(desired) != json_array_size(observed)) {
        note(walk, place, kind_in(mode, DRIFT_DIFFERENT), desired, observed);
        return;
    }
    mode.is_atomic = true;
    json_array_foreach (desired, entry.index, value) {
        walk_value(walk, &entry, mode, value, json_array_get(observed, entry.index));
    }
}

/* Where @list has the first entry that is the same as @entry by its keys; the size of it for none.
 */
static size_t find(const struct drift_rule *rule, const json_t *list, const json_t *entry)
{
    const json_t *other;
    size_t i;

    json_array_foreach (list, i, other) {
        if (drift_rule_is_same_entry(rule, other, entry)) {
            return i;
        }
    }
    return json_array_size(list);
}

/* Those that nobody asked for, and the second one of the same key. */
static void walk_surplus(const struct walk *walk,
                         const struct drift_place *place,
                         struct drift_mode mode,
                         const json_t *desired,
                         const json_t *observed)
{
    const struct drift_rule *rule = drift_rule_of(walk->kind, place);
    struct drift_place entry = {.up = place};
    const json_t *value;

    json_array_foreach (observed, entry.index, value) {
        if (find(rule, desired, value) == json_array_size(desired) ||
            find(rule, observed, value) != entry.index) {
            note(walk, &entry, kind_in(mode, DRIFT_SURPLUS), NULL, value);
        }
    }
}

static void walk_by_key(const struct walk *walk,
                        const struct drift_place *place,
                        struct drift_mode mode,
                        const json_t *desired,
                        const json_t *observed)
{
    const struct drift_rule *rule = drift_rule_of(walk->kind, place);
    const json_t *value;
    size_t i;

    json_array_foreach (desired, i, value) {
        struct drift_place entry = {.up = place, .index = find(rule, observed, value)};
        walk_value(walk, &entry, mode, value, json_array_get(observed, entry.index));
    }
    if ((rule->bits & DRIFT_RULE_CLOSED) != 0) {
        walk_surplus(walk, place, mode, desired, observed);
    }
}

static void walk_list(const struct walk *walk,
                      const struct drift_place *place,
                      struct drift_mode mode,
                      const json_t *desired,
                      const json_t *observed)
{
    if (drift_rule_of(walk->kind, place)->keys[0] != NULL) {
        walk_by_key(walk, place, mode, desired, observed);
    } else {
        walk_in_order(walk, place, mode, desired, observed);
    }
}

static bool is_same_type(const json_t *desired, const json_t *observed)
{
    return json_is_object(desired) == json_is_object(observed) &&
           json_is_array(desired) == json_is_array(observed);
}

static void walk_value(const struct walk *walk,
                       const struct drift_place *place,
                       struct drift_mode mode,
                       const json_t *desired,
                       const json_t *observed)
{
    const bool is_absent = observed == NULL || json_is_null(observed);

    if (desired == NULL || json_is_null(desired) ||
        (is_absent && drift_rule_is_vacuous(place, desired))) {
        return;
    }
    if (is_absent || !is_same_type(desired, observed)) {
        note(walk, place, kind_in(mode, DRIFT_DIFFERENT), desired, is_absent ? NULL : observed);
    } else if (json_is_object(desired)) {
        walk_object(walk, place, mode, desired, observed);
    } else if (json_is_array(desired)) {
        walk_list(walk, place, mode, desired, observed);
    } else if (!drift_rule_is_equal(place, desired, observed)) {
        note(walk, place, kind_in(mode, DRIFT_DIFFERENT), desired, observed);
    }
}

// NOLINTEND(misc-no-recursion)

void drift_walk(enum kind kind,
                const struct drift_place *place,
                struct drift_mode mode,
                const json_t *desired,
                const json_t *observed,
                struct drift *out)
{
    const struct walk walk = {.kind = kind, .out = out};

    walk_value(&walk, place, mode, desired, observed);
}
