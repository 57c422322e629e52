/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A rotation as its caller drives it: texts that exist, and steps that change them
 */

#include <assert.h>
#include <string.h>

#include "certs/certs_test.h"
#include "certs/rotation.h"

static const char *const rotation_test_names[] = {"hawser.hawser.svc",
                                                  "hawser.hawser.svc.cluster.local"};

static const struct rotation_terms rotation_test_terms = {
    .common_name = "hawser",
    .names = rotation_test_names,
    .n_names = 2,
    .authority_s = 3650 * CERTS_TEST_DAY_S,
    .leaf_s = 90 * CERTS_TEST_DAY_S,
};

static inline struct rotation_have rotation_test_have(const struct rotation_want *is)
{
    return (struct rotation_have){
        .authority = is->authority,
        .authority_key = is->authority_key,
        .old = is->old,
        .old_leaves = is->old_leaves,
        .leaf = is->leaf,
        .leaf_key = is->leaf_key,
        .bundle = is->bundle,
    };
}

static inline struct rotation_plan rotation_test_plan(const struct rotation_want *is,
                                                      const struct rotation_terms *terms,
                                                      bool is_settled,
                                                      long long now_s)
{
    const struct rotation_have have = rotation_test_have(is);
    struct rotation_plan plan;
    struct err err = {0};

    if (rotation_plan(&have, terms, is_settled, now_s, &plan, &err) < 0) {
        fail_msg("no plan: %s", err.msg);
    }
    certs_test_check_queue();
    assert_true(plan.authority == ROTATION_KEEP || plan.authority_reason[0] != '\0');
    assert_true(plan.leaf == ROTATION_KEEP || plan.leaf_reason[0] != '\0');
    return plan;
}

static inline void rotation_test_make(struct rotation_want *is,
                                      const struct rotation_terms *terms,
                                      const struct rotation_plan *plan,
                                      long long now_s)
{
    const struct rotation_have have = rotation_test_have(is);
    struct rotation_want want = {0};
    struct err err = {0};

    if (rotation_make(&have, terms, plan, now_s, &want, &err) < 0) {
        fail_msg("not made: %s", err.msg);
    }
    certs_test_check_queue();
    rotation_clear(is);
    *is = want;
}

/* Plan, and make what is due. */
static inline struct rotation_plan rotation_test_step(struct rotation_want *is,
                                                      const struct rotation_terms *terms,
                                                      bool is_settled,
                                                      long long now_s)
{
    const struct rotation_plan plan = rotation_test_plan(is, terms, is_settled, now_s);

    if (rotation_is_due(&plan)) {
        rotation_test_make(is, terms, &plan, now_s);
    }
    assert(is->authority != NULL && is->authority_key != NULL && is->leaf != NULL &&
           is->leaf_key != NULL && is->bundle != NULL);
    return plan;
}

/* Whether a client that trusts @bundle accepts the pair for its first name. */
static inline bool
rotation_test_accepts(const char *bundle, const char *leaf, const char *leaf_key, long long now_s)
{
    struct err err = {0};
    CLEANUP(trust_unref) struct trust *trust = trust_parse(bundle, strlen(bundle), &err);
    CLEANUP(pair_free)
    struct pair *pair = pair_parse(leaf, strlen(leaf), leaf_key, strlen(leaf_key), &err);
    const struct pair_expectation expected = {
        .names = rotation_test_names, .n_names = 1, .trust = trust, .now_s = now_s};

    return trust != NULL && pair != NULL && pair_check(pair, &expected, &err) == 0;
}

static inline size_t rotation_test_count(const char *text)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, begin)) != NULL; at += sizeof(begin) - 1) {
        n++;
    }
    return n;
}

/* In place of *@text, which is freed. */
static inline void rotation_test_set(char **text, const char *now)
{
    char *copy = now != NULL ? strdup(now) : NULL;

    assert(now == NULL || copy != NULL);
    free(*text);
    *text = copy;
}
