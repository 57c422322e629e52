/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rotating a CA and the certificate that it issues
 *
 * The API server trusts the caBundle of a webhook's registration; the webhook presents a leaf. Both
 * must change without a moment in which a caller trusts none of the leaves that are presented.
 * Hence the order:
 *
 *     1. a new authority is made; its key replaces the old one, which is gone for good
 *     2. the bundle has both, everywhere where it is trusted
 *     3. when that has settled, the new authority issues the leaf
 *     4. when the last leaf of the old authority is over, the bundle loses the old one
 *
 * What is to be done is a pure function of what exists and the time, so it is the same after a
 * crash at any step, in a controller that was just elected, and for the next one whose clock
 * differs. Nothing is remembered but certificates: those of old authorities, and of the last leaves
 * that they issued.
 *
 * An authority that exists issues while it can, since clients trust it: when both are due, the leaf
 * is renewed first, in the same step, and outlasts the settling of the new authority.
 *
 * Broken input is no error. What does not parse, does not belong together or is not valid now does
 * not exist, and is replaced; the reason says so.
 *
 * No network, no files, no clock; keys come from OpenSSL's generator.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Old authorities that are kept at most, those of the youngest leaves first: enough to force a new
 * one every day for a week, and few enough for a bundle of a few KiB. */
#define ROTATION_OLD_MAX 8

/* So that an authority's name fits into 64 characters (RFC 5280 appendix A.1). */
#define ROTATION_COMMON_NAME_MAX 44

/* A Service has three or four; so many fit into PAIR_PEM_BYTES_MAX. */
#define ROTATION_NAMES_MAX 64

/*
 * What exists, in PEM. NULL: absent.
 *
 * `old` and `old_leaves` are what rotation_make() once put out; a stray certificate in them, or in
 * the bundle, does no harm. The present leaf is issued by its authority directly.
 */
struct rotation_have {
    const char *authority;     /* the CA that issues */
    const char *authority_key; /* its key */
    const char *old;           /* authorities that issued before, without their keys */
    const char *old_leaves;    /* the last leaves that they issued */
    const char *leaf;          /* what the webhook presents */
    const char *leaf_key;
    const char *bundle; /* what stands beside the leaf, for the webhook to check it */
};

struct rotation_terms {
    const char *common_name;  /* of the leaf; the authority's is "COMMON-NAME CA" and random hex */
    const char *const *names; /* DNS names of the leaf */
    size_t n_names;           /* 1 to ROTATION_NAMES_MAX */
    long long authority_s;    /* how long they are valid; renewed at two thirds of it */
    long long leaf_s;
};

enum rotation_step {
    ROTATION_KEEP,    /* it stays */
    ROTATION_RENEW,   /* a new one is due, the present one still serves */
    ROTATION_REPLACE, /* there is none that serves */
};

/* What the message of an Event may hold. */
#define ROTATION_REASON_SIZE ERR_MSG_SIZE

struct rotation_plan {
    enum rotation_step authority;
    enum rotation_step leaf;
    bool is_waiting;     /* the leaf stays only because the bundle has not settled */
    bool forgets_old;    /* the bundle has a certificate that is not wanted any more */
    bool changes_bundle; /* the bundle beside the leaf is not the one that is wanted */
    bool changes_old;    /* nor are the old authorities and leaves */
    long long next_s;    /* Unix seconds: when to plan again, though nothing else changes */
    char authority_reason[ROTATION_REASON_SIZE]; /* a sentence; empty where it stays */
    char leaf_reason[ROTATION_REASON_SIZE];      /* so too; filled where it waits */
};

/* Whether rotation_make() would put out anything else than what exists. */
static inline bool rotation_is_due(const struct rotation_plan *plan)
{
    return plan->authority != ROTATION_KEEP || plan->leaf != ROTATION_KEEP ||
           plan->changes_bundle || plan->changes_old;
}

/*
 * What is to be done at @now_s (Unix seconds). @is_settled: each place where the bundle is trusted
 * has had the authority `have->authority` in it for long enough.
 *
 * The authority is replaced when there is none that can issue now, and renewed when two thirds of
 * its life are over.
 *
 * The leaf is replaced when there is none that serves: its key is not its own, it is not valid now,
 * has none of the names, or none of the authorities that are known issued it. A leaf of an old
 * authority that is still in the bundle serves. It is renewed when two thirds of its life are over,
 * when it lacks a name, or when the present authority did not issue it; in the last case, whatever
 * else is due, only once that authority is settled.
 *
 * Steps do not loop: made and planned again at the same time, three rounds at most change
 * something, and then all stays until `next_s`. A clock that jumps makes what exists invalid, which
 * is replaced; certificates of more than a day ahead of the clock are forgotten.
 *
 * The caller may raise ROTATION_KEEP to ROTATION_RENEW to force a step. Errors: ERR_INVALID for
 * terms that cannot be met; ERR_INTERNAL.
 */
int rotation_plan(const struct rotation_have *have,
                  const struct rotation_terms *terms,
                  bool is_settled,
                  long long now_s,
                  struct rotation_plan *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* What shall exist. Texts are the caller's, released with rotation_clear(), which cleanses keys.
 * `old` and `old_leaves` are "" when there are none. */
struct rotation_want {
    char *authority;
    char *authority_key;
    char *old;
    char *old_leaves;
    char *leaf;
    char *leaf_key;
    char *bundle; /* the authority first, then the old ones that still count */
};

void rotation_clear(struct rotation_want *want) __attribute__((nonnull));

/*
 * Carry out @plan, which rotation_plan() made of the same @have, @terms and @now_s. What stays is
 * copied byte for byte. Errors: ERR_INVALID for terms that cannot be met, and for a plan that is
 * not of these texts and this time; ERR_INTERNAL.
 */
int rotation_make(const struct rotation_have *have,
                  const struct rotation_terms *terms,
                  const struct rotation_plan *plan,
                  long long now_s,
                  struct rotation_want *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Whether the PEM text @bundle trusts the first certificate of @authority, byte for byte of its
 * DER; false for what is no PEM. What a registration's caBundle is asked.
 */
bool rotation_trusts(const char *bundle, const char *authority) __attribute__((nonnull));

/* The last second (Unix) of the first certificate of the PEM text @text, for metrics; 0 for what is
 * no PEM. */
long long rotation_not_after_s(const char *text) __attribute__((nonnull));

static inline void rotation_clear_p(struct rotation_want *want)
{
    rotation_clear(want);
}
