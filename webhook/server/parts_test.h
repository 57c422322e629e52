/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Parts of a server, for the tests of those that use them
 */

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "policies/load.h"
#include "tests/test.h"
#include "webhook/server/current.h"
#include "webhook/server/laptop.h"

static const struct text_list no_names = {.n = 0};

static inline void *parts_ref_policies(void *value)
{
    return policy_set_ref(value);
}

static inline void parts_unref_policies(void *value)
{
    policy_set_unref(value);
}

/* A place for policies, with none in it. */
static inline void parts_init_policies(struct current *policies)
{
    current_init(policies, parts_ref_policies, parts_unref_policies);
}

/* Put those in force that come with hawser. */
static inline void parts_load_policies(struct current *policies)
{
    struct err err = {0};
    struct policy_set *set = policy_load_shipped(&err);

    assert_non_null(set);
    current_set(policies, set);
}

/* An identity with a pair that is good now. Owner: the caller. */
static inline struct identity *parts_new_identity(void)
{
    CLEANUP(buf_clear) struct buf pin = BUF_INIT(256);
    struct err err = {0};
    struct identity *identity = identity_new(&no_names, &err);

    assert_non_null(identity);
    assert_int_equal(laptop_identify(identity, clock_wall_s(), &pin, &err), 0);
    return identity;
}
