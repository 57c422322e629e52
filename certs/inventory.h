/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a rotation begins with: certificates that exist, judged
 *
 * Reads the texts of struct rotation_have (certs/rotation.h) and says which authority can issue
 * now, which leaf serves now, and which other certificates still matter. A certificate counts until
 * it is over. One that is not valid yet counts too while its time is near: somebody whose clock is
 * ahead of ours made it, and clients may already accept it; what comes from further ahead was made
 * while a clock was wrong.
 *
 * What is broken is passed over, block by block, so that one that is damaged takes no other with
 * it. The caller has entered OpenSSL (certs/openssl.h).
 */

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "certs/issuer.h"
#include "certs/rotation.h"

/* More than clocks of one cluster differ, and less than what a wrong one is off by, usually. */
#define INVENTORY_AHEAD_MAX_S (24LL * 60 * 60)

/* Several times what a rotation puts out; others than the first are ignored. */
#define INVENTORY_LIST_MAX 64

/* Each one once. */
struct inventory_list {
    X509 *items[INVENTORY_LIST_MAX];
    size_t n;
};

struct inventory {
    long long now_s;
    struct issuer *authority;          /* that can issue now; NULL: none */
    struct inventory_list authorities; /* that may have issued, the present one first */
    struct inventory_list leaves;      /* that count, the present one last */
    X509 *leaf;                        /* the present one, if it serves now */
    X509 *issuer;                      /* of it, one of the authorities */
    struct err authority_fault;        /* why there is none */
    struct err leaf_fault;
};

/*
 * What is in @have at @now_s. A leaf serves when its key is its own, an authority that counts
 * issued it directly, and a client that trusts this authority and asks for at least one of the
 * @names accepts it now. Errors: ERR_INTERNAL. Release with inventory_clear(), after a failure too.
 */
int inventory_take(const struct rotation_have *have,
                   const struct rotation_terms *terms,
                   long long now_s,
                   struct inventory *out,
                   struct err *err) __attribute__((nonnull, warn_unused_result));

void inventory_clear(struct inventory *inventory) __attribute__((nonnull));

/* An old authority, and of the leaves that it issued the one that ends last. Both are borrowed. */
struct inventory_old {
    X509 *authority;
    X509 *leaf;
};

/*
 * The old authorities that clients have to trust while @present is the one that issues (NULL: one
 * that is not made yet): those that issued a leaf that counts. First the issuer of @leaf, which
 * will be presented (NULL: it comes from @present), then those whose leaf is younger. Returns how
 * many there are.
 */
size_t inventory_find_old(const struct inventory *inventory,
                          X509 *present,
                          X509 *leaf,
                          struct inventory_old out[static ROTATION_OLD_MAX])
    __attribute__((nonnull(1, 4), warn_unused_result));

/* All certificates in the PEM text @text, which may be NULL. Errors: ERR_INTERNAL. */
int inventory_read(struct inventory_list *list, const char *text, struct err *err)
    __attribute__((nonnull(1, 3), warn_unused_result));

bool inventory_list_has(const struct inventory_list *list, const X509 *certificate)
    __attribute__((nonnull));
void inventory_list_clear(struct inventory_list *list) __attribute__((nonnull));

/* When it begins and ends. It has been parsed. */
long long inventory_from_s(const X509 *certificate) __attribute__((nonnull));
long long inventory_until_s(const X509 *certificate) __attribute__((nonnull));

static inline void inventory_clear_p(struct inventory *inventory)
{
    inventory_clear(inventory);
}

static inline void inventory_list_clear_p(struct inventory_list *list)
{
    inventory_list_clear(list);
}
