/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Kubernetes makes of the members of objects
 *
 * The facts that comparing an object needs beside the object itself, as tables: which lists are
 * merged by a key, which fields nobody can change, what the API server fills in, drops or writes in
 * another way, and where something that we did not ask for changes what an object does. A member is
 * told by the kind of the object, its own name and the name of the member that it stands in;
 * entries of lists have the name of their list. Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deploy/storage/kinds.h"

/* Where in an object: a chain up to the object itself, which has neither key nor index. */
struct drift_place {
    const struct drift_place *up; /* NULL: the object itself */
    const char *key;              /* of a member; NULL: an entry of a list */
    size_t index;
};

/* @object for json_object_foreach(), which wants what could be changed and changes nothing. */
static inline json_t *drift_walked(const json_t *object)
{
    return (json_t *)(uintptr_t)object; /* NOLINT(performance-no-int-to-ptr): as said */
}

/* The name of the member that @place is or is an entry of; "" for the object. */
const char *drift_place_name(const struct drift_place *place) __attribute__((nonnull));

enum drift_rule_bits {
    DRIFT_RULE_CLOSED = 1,  /* it has the entries, or members, that are asked for, and no others */
    DRIFT_RULE_UNASKED = 2, /* it is not there unless it is asked for */
    DRIFT_RULE_ENTRIES = 4, /* its entries are closed */
    DRIFT_RULE_DEEP = 8,    /* it is closed, and all that is below it */
};

#define DRIFT_RULE_KEYS 2

struct drift_rule {
    enum kind kind;
    unsigned int bits;
    const char *parent;
    const char *name;
    const char *keys[DRIFT_RULE_KEYS]; /* of a list that server-side apply merges by them */
};

/* The rule for the member @place; for one that has none, a rule that asks for nothing. */
const struct drift_rule *drift_rule_of(enum kind kind, const struct drift_place *place)
    __attribute__((nonnull));

/* Whether nobody can change the member @place of an object that is there. */
bool drift_rule_is_fixed(enum kind kind, const struct drift_place *place) __attribute__((nonnull));

/* Whether @place is not compared at all. */
bool drift_rule_is_passed_over(enum kind kind, const struct drift_place *place)
    __attribute__((nonnull));

/* Whether the API server writes the member @place, of @value, by itself into an object that asks
 * for @asked there, which does not name it. */
bool drift_rule_is_filled_in(const struct drift_place *place,
                             const json_t *value,
                             const json_t *asked) __attribute__((nonnull(1)));

/* Whether @value of the member @place says the same as its absence: the API server drops empty
 * lists and maps, and some fields that are zero, but an empty `emptyDir` is a volume. */
bool drift_rule_is_vacuous(const struct drift_place *place, const json_t *value)
    __attribute__((nonnull(1)));

/* Whether two scalars of the member @place say the same: amounts are compared as such. */
bool drift_rule_is_equal(const struct drift_place *place, const json_t *a, const json_t *b)
    __attribute__((nonnull));

/* Whether two entries of a list are the same one by the keys of @rule. */
bool drift_rule_is_same_entry(const struct drift_rule *rule, const json_t *a, const json_t *b)
    __attribute__((nonnull));
