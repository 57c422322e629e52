/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/status_leader.h"

#include "base/cleanup.h"
#include "tests/test.h"

#define NOW_S 1772357400 /* 2026-03-01T09:30:00Z */

static const struct {
    const char *holder;
    const char *renewed;
    bool is_there;
    const char *text;
} rows[] = {
    {"a_1", "2026-03-01T09:29:58.000001Z", true, "LEADER  a_1, since 5d, renewed 2s ago\n"},
    /* the leader's clock is ahead */
    {"a_1", "2026-03-01T09:31:00Z", true, "LEADER  a_1, since 5d, renewed 0s ago\n"},
    {"a_1", "2026-03-01T09:28:45Z", true, "LEADER  a_1, since 5d, renewed 75s ago\n"},
    {"a_1", "2026-03-01T09:28:44Z", false,
     "WARNING: no controller has renewed its lease for 76s; this is how things were then\n"
     "LEADER  a_1, since 5d, renewed 76s ago\n"},
    {"", "2026-03-01T09:30:00Z", false,
     "WARNING: no controller leads; this is how things were when one did\n"},
    {"", "2026-03-01T09:25:00Z", false,
     "WARNING: no controller has renewed its lease for 5m; this is how things were then\n"},
    {"a_1", "nonsense", true, "LEADER  a_1, since 5d, renewed ? ago\n"},
    {"a\x1b[2J", "2026-03-01T09:30:00Z", true, "LEADER  a?[2J, since 5d, renewed 0s ago\n"},
};

static void a_lease_that_is_not_renewed_or_held_is_warned_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
        json_auto_t *lease = json_pack("{s:{s:s, s:s, s:s, s:i}}", "spec", "holderIdentity",
                                       rows[i].holder, "acquireTime", "2026-02-24T09:29:00.5Z",
                                       "renewTime", rows[i].renewed, "leaseDurationSeconds", 15);
        assert_non_null(lease);
        status_leader_write(lease, NOW_S, &out);
        assert_string_equal(buf_text(&out), rows[i].text);
        assert_int_equal(status_leader_is_there(lease, NOW_S), rows[i].is_there);
    }
}

static void without_a_lease_nobody_leads(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);

    (void)state;
    status_leader_write(NULL, NOW_S, &out);
    assert_string_equal(buf_text(&out),
                        "WARNING: no controller leads; this is how things were when one did\n");
    assert_false(status_leader_is_there(NULL, NOW_S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_that_is_not_renewed_or_held_is_warned_of),
        cmocka_unit_test(without_a_lease_nobody_leads),
    };

    return cmocka_run_group_tests_name("status_leader", tests, NULL, NULL);
}
