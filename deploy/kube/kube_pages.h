/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A list that comes in pages
 *
 * The server cuts a long list and says in each page where the next begins. All are of one version
 * of the world, that of the first; a server that has forgotten it cannot go on. Pure.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* Zeroed at the beginning. Release with kube_pages_clear(). */
struct kube_pages {
    json_t *list;    /* {"items": [...], "metadata": {...}} so far; NULL: nothing yet */
    char *continue_; /* where the next page begins; NULL: there is none */
    bool is_again;   /* begun again, to be read in one page */
};

void kube_pages_clear(struct kube_pages *pages) __attribute__((nonnull));

/* Add the items of @page. Errors: ERR_INVALID for what is no list, or one that begins where it
 * began before; ERR_INTERNAL. */
int kube_pages_add(struct kube_pages *pages, json_t *page, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Forget all pages and begin again; false when that was done already. */
bool kube_pages_restart(struct kube_pages *pages) __attribute__((nonnull));
