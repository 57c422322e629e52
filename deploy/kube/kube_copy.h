/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects by name
 *
 * What a watch keeps: each object once, in byte order of namespace and name, with its
 * resourceVersion. Versions are opaque to clients by the API's contract; in every server that is
 * known they are numbers that grow, and where two are numbers they are compared as such. No older
 * state of an object takes the place of a newer one. Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct kube_copy_item {
    json_t *object;         /* metadata has name, resourceVersion and maybe namespace */
    const char *namespace_; /* "" for none; all three borrowed from the object */
    const char *name;
    const char *version;
};

struct kube_copy {
    struct kube_copy_item *items;
    size_t n;
    size_t size;
    size_t max; /* objects */
};

/* Release with kube_copy_clear(). */
#define KUBE_COPY_INIT(max_objects) ((struct kube_copy){.max = (max_objects)})
void kube_copy_clear(struct kube_copy *copy) __attribute__((nonnull));

/* The parts of @object that it is known by; false when it lacks one. */
bool kube_copy_read(json_t *object, struct kube_copy_item *out) __attribute__((nonnull(2)));

/* Less, equal or greater than 0 as @a is older, the same or newer than @b; *@known is false when
 * that cannot be told, since they differ and are no numbers. */
int kube_copy_compare(const char *a, const char *b, bool *known) __attribute__((nonnull));

/* The item, or NULL. */
const struct kube_copy_item *kube_copy_find(const struct kube_copy *copy,
                                            const char *namespace_,
                                            const char *name) __attribute__((nonnull));

enum kube_copy_change {
    KUBE_COPY_CHANGED,
    KUBE_COPY_SAME, /* that state is here, or a newer one */
};

/* Take @object in, of which a reference is kept. Errors: ERR_INVALID for one that lacks a part;
 * ERR_TOO_BIG beyond `max`; ERR_INTERNAL. */
int kube_copy_put(struct kube_copy *copy,
                  json_t *object,
                  enum kube_copy_change *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Remove the object that is @object, which has the version of its deletion. A newer one of the same
 * name stays. Errors: ERR_INVALID. */
int kube_copy_remove(struct kube_copy *copy,
                     json_t *object,
                     enum kube_copy_change *out,
                     struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Become @list, which was listed at @version: what it lacks goes, and what is here in a newer state
 * than @version stays. @list is left empty. Errors: ERR_TOO_BIG, ERR_INTERNAL; nothing has changed
 * then.
 */
int kube_copy_replace(struct kube_copy *copy,
                      struct kube_copy *list,
                      const char *version,
                      struct err *err) __attribute__((nonnull, warn_unused_result));

static inline void kube_copy_clear_p(struct kube_copy *copy)
{
    kube_copy_clear(copy);
}
