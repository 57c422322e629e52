/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "deploy/storage/claim_keeper.h"
#include "deploy/storage/keeper_test.h"

static bool has_no_memory;

/* What the linker (--wrap) puts in place of claims_plan_make(), and what it calls that then.
 * NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
int __real_claims_plan_make(const struct claims *wanted,
                            const struct claims_view *view,
                            struct claims_plan *out,
                            struct err *err);
int __wrap_claims_plan_make(const struct claims *wanted,
                            const struct claims_view *view,
                            struct claims_plan *out,
                            struct err *err);

int __wrap_claims_plan_make(const struct claims *wanted,
                            const struct claims_view *view,
                            struct claims_plan *out,
                            struct err *err)
{
    return has_no_memory ? err_no_memory(err) : __real_claims_plan_make(wanted, view, out, err);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* Of what was seen then, and not half of what is now. */
static void a_run_without_memory_leaves_the_status_as_it_was(void **state)
{
    struct work *work = *state;

    keeper_add_namespace(work, "team-a");
    keeper_add_claim(work, "team-a", "other", "2Gi", KEEPER_OURS);
    keeper_run(work);
    keeper_add_namespace(work, "team-b");
    has_no_memory = true;
    keeper_run(work);
    has_no_memory = false;
    keeper_assert_status(work, "team-a/work p mismatched");
    keeper_run(work);
    keeper_assert_status(work, "team-a/work p mismatched; team-b/work p absent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_KEEPER(a_run_without_memory_leaves_the_status_as_it_was),
    };

    return cmocka_run_group_tests_name("claim_keeper_memory", tests, NULL, NULL);
}
