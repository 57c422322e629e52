/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A certificate authority for tests
 *
 * Issues what a real one issues, and also what no real one should: the caller chooses names, times
 * and serial number. It shares no code with certs/, whose work it is there to check.
 * Keys are ECDSA on P-256.
 */

#include <stdbool.h>

#include "base/err.h"

#define AUTHORITY_NAMES_MAX 8

struct authority;

/* Errors: ERR_INTERNAL. Owner: the caller, authority_free(). */
struct authority *authority_new(const char *common_name, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void authority_free(struct authority *authority);

/* Its own certificate in PEM, borrowed. */
const char *authority_pem(const struct authority *authority) __attribute__((nonnull));

struct authority_leaf {
    const char *common_name;
    const char *names[AUTHORITY_NAMES_MAX + 1]; /* DNS names and IP addresses, up to a NULL */
    long long serial;                           /* tests tell generations apart by it */
    long long not_before_s;                     /* Unix seconds; 0: an hour ago */
    long long not_after_s;                      /* 0: in a day */
    bool for_client;                            /* clientAuth, else serverAuth */
};

/* PEM texts, terminated; release with authority_pair_clear(). */
struct authority_pair {
    char *certificate;
    char *key;
};

/* Errors: ERR_INVALID for a name that is none; ERR_INTERNAL. Owner: the caller. */
int authority_issue(const struct authority *authority,
                    const struct authority_leaf *leaf,
                    struct authority_pair *out,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

void authority_pair_clear(struct authority_pair *pair) __attribute__((nonnull));

static inline void authority_free_p(struct authority **authority)
{
    authority_free(*authority);
}

static inline void authority_pair_clear_p(struct authority_pair *pair)
{
    authority_pair_clear(pair);
}
