/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claims_conflict.h"

#include <stdbool.h>
#include <string.h>

#include "base/quantity.h"

/* How amounts compare; as texts where one of them is none, which the loader does not let in. */
static bool is_same_size(const char *a, const char *b)
{
    struct quantity first;
    struct quantity second;
    struct err err = {0};

    if (quantity_parse(a, &first, &err) < 0 || quantity_parse(b, &second, &err) < 0) {
        return strcmp(a, b) == 0;
    }
    return quantity_compare(first, second) == 0;
}

/* Whether each of @a is in @b; both have each mode once. */
static bool holds_all(const struct text_list *a, const struct text_list *b)
{
    for (size_t i = 0; i < a->n; i++) {
        size_t k = 0;
        while (k < b->n && strcmp(a->items[i], b->items[k]) != 0) {
            k++;
        }
        if (k == b->n) {
            return false;
        }
    }
    return true;
}

const char *claims_conflict_find(const struct policy_claim *a, const struct policy_claim *b)
{
    if (strcmp(a->storage_class_name, b->storage_class_name) != 0) {
        return "storageClassName";
    }
    if (!is_same_size(a->size, b->size)) {
        return "size";
    }
    return a->access_modes.n == b->access_modes.n && holds_all(&a->access_modes, &b->access_modes)
               ? ""
               : "accessModes";
}

/* "size 1Gi and 2Gi", or a shorter text for want of memory. */
static const char *
describe_difference(struct arena *arena, const struct policy_claim *a, const struct policy_claim *b)
{
    const char *word = claims_conflict_find(a, b);
    const char *text = NULL;

    if (strcmp(word, "size") == 0) {
        text = arena_printf(arena, "size %s and %s", a->size, b->size);
    } else if (strcmp(word, "storageClassName") == 0) {
        text = arena_printf(arena, "storageClassName '%s' and '%s'", a->storage_class_name,
                            b->storage_class_name);
    }
    return text != NULL ? text : word;
}

/* "namespace 'x'", "namespace 'x' and 3 more". */
static const char *describe_places(struct arena *arena, const char *first, size_t n)
{
    return n > 1 ? arena_printf(arena, "namespace '%s' and %zu more", first, n - 1)
                 : arena_printf(arena, "namespace '%s'", first);
}

const char *claims_conflict_text(struct arena *arena,
                                 const struct claims_conflict *conflict,
                                 const struct policy_claim *winner,
                                 const struct policy_claim *loser)
{
    const char *difference = describe_difference(arena, winner, loser);
    const char *places = describe_places(arena, conflict->namespace_, conflict->n_namespaces);

    if (places == NULL) {
        return NULL;
    }
    if (strcmp(conflict->winner, conflict->loser) == 0) {
        return arena_printf(arena,
                            "policy '%s' asks twice for the claim '%s' in %s, with different %s: "
                            "the first counts",
                            conflict->winner, conflict->name, places, difference);
    }
    return arena_printf(arena,
                        "policies '%s' and '%s' ask for the claim '%s' in %s, with different %s: "
                        "that of '%s' counts",
                        conflict->winner, conflict->loser, conflict->name, places, difference,
                        conflict->winner);
}
