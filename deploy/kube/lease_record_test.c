/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/lease_record.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

/* 2027-01-15T08:00:00.000007Z */
#define NOW_US (1800000000LL * 1000000 + 7)

static json_t *lease(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);

    assert_non_null(object);
    return object;
}

static void a_lease_without_a_holder_is_taken(void **state)
{
    static const char *const rows[] = {
        "{'metadata':{'resourceVersion':'5'}}",
        "{'metadata':{'resourceVersion':'5'},'spec':null}",
        "{'metadata':{'resourceVersion':'5'},'spec':{}}",
        "{'metadata':{'resourceVersion':'5'},'spec':{'holderIdentity':null}}",
        "{'metadata':{'resourceVersion':'5'},'spec':{'holderIdentity':'','renewTime':null}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lease_sight sight = {.version = ""};
        char text[256];
        json_auto_t *object = NULL;
        (void)snprintf(text, sizeof(text), "%s", rows[i]);
        for (char *at = text; (at = strchr(at, '\'')) != NULL;) {
            *at = '"';
        }
        print_message("# %s\n", text);
        object = lease(text);
        assert_int_equal(lease_record_look(&sight, object, "me", 1000), LEASE_TAKE);
    }
}

static void our_own_is_renewed(void **state)
{
    json_auto_t *object = lease("{\"metadata\":{\"resourceVersion\":\"5\"},"
                                "\"spec\":{\"holderIdentity\":\"me\"}}");
    struct lease_sight sight = {.version = ""};

    (void)state;
    assert_int_equal(lease_record_look(&sight, object, "me", 1000), LEASE_RENEW);
    assert_string_equal(lease_record_holder(object), "me");
}

static void anothers_is_taken_only_when_it_was_silent_for_as_long_as_it_promised(void **state)
{
    json_auto_t *first = lease("{\"metadata\":{\"resourceVersion\":\"5\"},\"spec\":{"
                               "\"holderIdentity\":\"other\",\"leaseDurationSeconds\":15}}");
    json_auto_t *second = lease("{\"metadata\":{\"resourceVersion\":\"6\"},\"spec\":{"
                                "\"holderIdentity\":\"other\",\"leaseDurationSeconds\":15}}");
    struct lease_sight sight = {.version = ""};

    (void)state;
    assert_int_equal(lease_record_look(&sight, first, "me", 100000), LEASE_WAIT);
    assert_int_equal(lease_record_look(&sight, first, "me", 114999), LEASE_WAIT);
    assert_int_equal(lease_record_look(&sight, second, "me", 115000), LEASE_WAIT);
    assert_int_equal(lease_record_look(&sight, second, "me", 129999), LEASE_WAIT);
    assert_int_equal(lease_record_look(&sight, second, "me", 130000), LEASE_TAKE);
}

/* What a node with a wrong clock writes, and what it means to us. */
static void the_times_in_a_lease_do_not_count(void **state)
{
    json_auto_t *object =
        lease("{\"metadata\":{\"resourceVersion\":\"5\"},\"spec\":{\"holderIdentity\":\"other\","
              "\"leaseDurationSeconds\":15,\"renewTime\":\"1999-01-01T00:00:00.000000Z\"}}");
    struct lease_sight sight = {.version = ""};

    (void)state;
    assert_int_equal(lease_record_look(&sight, object, "me", 7), LEASE_WAIT);
}

static void a_claim_says_who_until_when_and_since_when(void **state)
{
    const struct lease_claim claim = {
        .namespace_ = "ns", .name = "l", .identity = "me", .duration_s = 15, .now_us = NOW_US};
    json_auto_t *made = lease_record_claim(NULL, &claim);
    json_auto_t *expected = lease(
        "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
        "\"metadata\":{\"namespace\":\"ns\",\"name\":\"l\"},\"spec\":{\"holderIdentity\":\"me\","
        "\"leaseDurationSeconds\":15,\"acquireTime\":\"2027-01-15T08:00:00.000007Z\","
        "\"renewTime\":\"2027-01-15T08:00:00.000007Z\",\"leaseTransitions\":1}}");

    (void)state;
    assert_true(json_equal(made, expected));
}

static void renewing_changes_the_time_and_nothing_else(void **state)
{
    const struct lease_claim claim = {
        .namespace_ = "ns", .name = "l", .identity = "me", .duration_s = 15, .now_us = NOW_US};
    static const char format[] =
        "{\"metadata\":{\"name\":\"l\",\"labels\":{\"a\":\"b\"},\"resourceVersion\":\"9\"},"
        "\"spec\":{\"holderIdentity\":\"me\",\"leaseDurationSeconds\":15,\"leaseTransitions\":4,"
        "\"acquireTime\":\"2026-01-01T00:00:00.000000Z\",\"renewTime\":\"%s\",\"more\":[1]}}";
    char text[512];
    json_auto_t *before = NULL;
    json_auto_t *after = NULL;
    json_auto_t *made = NULL;

    (void)state;
    (void)snprintf(text, sizeof(text), format, "2026-01-01T00:00:09.000000Z");
    before = lease(text);
    (void)snprintf(text, sizeof(text), format, "2027-01-15T08:00:00.000007Z");
    after = lease(text);
    made = lease_record_claim(before, &claim);
    assert_true(json_equal(made, after));
}

static void what_is_given_up_has_no_holder_and_is_free_for_the_next(void **state)
{
    const struct lease_claim claim = {
        .namespace_ = "ns", .name = "l", .identity = "", .duration_s = 15, .now_us = NOW_US};
    json_auto_t *before = lease("{\"metadata\":{\"resourceVersion\":\"9\"},\"spec\":{"
                                "\"holderIdentity\":\"me\",\"leaseTransitions\":4}}");
    json_auto_t *made = lease_record_claim(before, &claim);
    const json_t *spec = json_object_get(made, "spec");
    struct lease_sight sight = {.version = ""};

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(spec, "leaseTransitions")), 4);
    assert_int_equal(json_integer_value(json_object_get(spec, "leaseDurationSeconds")), 1);
    assert_int_equal(lease_record_look(&sight, made, "other", 0), LEASE_TAKE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_without_a_holder_is_taken),
        cmocka_unit_test(our_own_is_renewed),
        cmocka_unit_test(anothers_is_taken_only_when_it_was_silent_for_as_long_as_it_promised),
        cmocka_unit_test(the_times_in_a_lease_do_not_count),
        cmocka_unit_test(a_claim_says_who_until_when_and_since_when),
        cmocka_unit_test(renewing_changes_the_time_and_nothing_else),
        cmocka_unit_test(what_is_given_up_has_no_holder_and_is_free_for_the_next),
    };

    return cmocka_run_group_tests_name("lease_record", tests, NULL, NULL);
}
