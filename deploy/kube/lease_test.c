/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "deploy/kube/kube_stand_in_test.h"
#include "deploy/kube/lease_record.h"

#define PATH "/apis/coordination.k8s.io/v1/namespaces/hawser/leases/the-lease"

#define DURATION_MS 1000
#define DEADLINE_MS 600
#define RETRY_MS    100

/* A candidate: its own client and connection, in the test's loop. */
struct candidate {
    struct kube *kube;
    struct lease *lease;
    unsigned int n_changes;
};

static void count_change(void *data)
{
    struct candidate *candidate = data;

    candidate->n_changes++;
}

static void enter(struct candidate *candidate, struct kube_stand_in *test, const char *identity)
{
    const struct lease_options options = {
        .namespace_ = "hawser",
        .name = "the-lease",
        .identity = identity,
        .duration_ms = DURATION_MS,
        .renew_deadline_ms = DEADLINE_MS,
        .retry_period_ms = RETRY_MS,
        .changed = count_change,
        .data = candidate,
    };
    struct err err = {0};

    *candidate = (struct candidate){.kube = kube_stand_in_kube(test)};
    candidate->lease = lease_new(test->loop, candidate->kube, &options, &err);
    assert_non_null(candidate->lease);
}

/* As a process that was killed: it gives nothing up. */
static void die(struct candidate *candidate)
{
    lease_free(candidate->lease);
    kube_free(candidate->kube);
    *candidate = (struct candidate){.lease = NULL};
}

static bool leads(void *data)
{
    const struct candidate *candidate = data;

    return lease_is_held(candidate->lease, clock_monotonic_ms());
}

static bool leads_not(void *data)
{
    return !leads(data);
}

static json_t *stored(struct kube_stand_in *test)
{
    json_t *object = object_store_get(test->store, PATH);

    assert_non_null(object);
    return object;
}

static void the_first_makes_it_and_leads(void **state)
{
    struct kube_stand_in *test = *state;
    struct candidate first;
    json_auto_t *object = NULL;
    const json_t *spec;

    enter(&first, test, "first");
    kube_stand_in_wait(test, leads, &first, 2000);
    assert_int_equal(first.n_changes, 1);
    object = stored(test);
    spec = json_object_get(object, "spec");
    assert_string_equal(json_string_value(json_object_get(spec, "holderIdentity")), "first");
    assert_int_equal(json_integer_value(json_object_get(spec, "leaseDurationSeconds")), 1);
    die(&first);
}

static void it_is_kept_for_longer_than_it_lasts(void **state)
{
    struct kube_stand_in *test = *state;
    const uint64_t end_ms = clock_monotonic_ms() + 2ULL * DURATION_MS;
    struct candidate first;
    struct candidate second;

    enter(&first, test, "first");
    kube_stand_in_wait(test, leads, &first, 2000);
    enter(&second, test, "second");
    while (clock_monotonic_ms() < end_ms) {
        loop_step(test->loop, 20);
        assert_true(leads(&first));
        assert_false(leads(&second));
    }
    assert_int_equal(first.n_changes, 1);
    assert_int_equal(second.n_changes, 0);
    die(&second);
    die(&first);
}

static void what_is_given_up_the_next_takes_at_once(void **state)
{
    struct kube_stand_in *test = *state;
    struct candidate first;
    struct candidate second;
    uint64_t start_ms;

    enter(&first, test, "first");
    kube_stand_in_wait(test, leads, &first, 2000);
    enter(&second, test, "second");
    lease_release(first.lease, 2000);
    assert_false(leads(&first));
    start_ms = clock_monotonic_ms();
    kube_stand_in_wait(test, leads, &second, 2000);
    assert_true(clock_monotonic_ms() - start_ms < DURATION_MS);
    die(&second);
    die(&first);
}

static void of_a_dead_holder_it_is_taken_when_it_is_over_and_not_before(void **state)
{
    struct kube_stand_in *test = *state;
    struct candidate first;
    struct candidate second;
    uint64_t start_ms;

    enter(&first, test, "first");
    kube_stand_in_wait(test, leads, &first, 2000);
    start_ms = clock_monotonic_ms();
    die(&first);
    enter(&second, test, "second");
    kube_stand_in_wait(test, leads, &second, 5000);
    assert_true(clock_monotonic_ms() - start_ms >= DURATION_MS);
    die(&second);
}

/* What a holder that was suspended, or cut off, sees: its own clock tells it first. */
static void a_holder_that_cannot_renew_stops_before_another_may_begin(void **state)
{
    struct kube_stand_in *test = *state;
    struct candidate first;
    uint64_t start_ms;

    enter(&first, test, "first");
    kube_stand_in_wait(test, leads, &first, 2000);
    api_server_stop(test->server);
    start_ms = clock_monotonic_ms();
    kube_stand_in_wait(test, leads_not, &first, 2000);
    assert_true(clock_monotonic_ms() - start_ms <= DEADLINE_MS + 100);
    assert_int_equal(first.n_changes, 2);
    die(&first);
}

static void a_holder_that_lost_it_to_another_learns_of_it(void **state)
{
    struct kube_stand_in *test = *state;
    struct candidate first;
    json_auto_t *object = NULL;
    const struct lease_claim claim = {
        .namespace_ = "hawser", .name = "the-lease", .identity = "thief", .duration_s = 1};

    enter(&first, test, "first");
    kube_stand_in_wait(test, leads, &first, 2000);
    object = stored(test);
    object_store_put(test->store, PATH, lease_record_claim(object, &claim));
    kube_stand_in_wait(test, leads_not, &first, 2000);
    /* And gets it back when the thief says nothing for as long as it lasts. */
    kube_stand_in_wait(test, leads, &first, 5000);
    die(&first);
}

static void troubles_of_the_server_are_outlived_within_the_deadline(void **state)
{
    static const struct api_step troubles[] = {
        {.method = "PUT", .status = 500, .body = API_STATUS(500, "InternalError", "no")},
        {.method = "PUT", .status = 429, .body = API_STATUS(429, "TooManyRequests", "no")},
        {.method = "PUT", .status = 409, .body = API_STATUS(409, "Conflict", "no")},
        {.method = "PUT", .status = 0, .end = API_RESET},
        {.method = "PUT", .status = 200, .body = "{", .end = API_CLOSE},
    };
    struct kube_stand_in *test = *state;
    struct candidate first;

    enter(&first, test, "first");
    kube_stand_in_wait(test, leads, &first, 2000);
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        const uint64_t end_ms = clock_monotonic_ms() + DEADLINE_MS - RETRY_MS;
        api_server_add(test->server, &troubles[i]);
        while (clock_monotonic_ms() < end_ms) {
            loop_step(test->loop, 20);
        }
        assert_true(leads(&first));
        assert_int_equal(first.n_changes, 1);
    }
    die(&first);
}

static void who_may_not_says_so(void **state)
{
    static const struct api_step forbidden = {
        .target = "/apis/coordination.k8s.io/",
        .times = API_FOREVER,
        .status = 403,
        .body = API_STATUS(403, "Forbidden", "leases are not for you"),
    };
    struct kube_stand_in *test = *state;
    struct candidate first;
    const uint64_t end_ms = clock_monotonic_ms() + 300;

    api_server_add(test->server, &forbidden);
    enter(&first, test, "first");
    while (clock_monotonic_ms() < end_ms) {
        loop_step(test->loop, 20);
    }
    assert_false(leads(&first));
    assert_int_equal(lease_outcome(first.lease), KUBE_FORBIDDEN);
    assert_string_equal(lease_message(first.lease), "leases are not for you");
    die(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_makes_it_and_leads, kube_stand_in_start,
                                        kube_stand_in_stop),
        cmocka_unit_test_setup_teardown(it_is_kept_for_longer_than_it_lasts, kube_stand_in_start,
                                        kube_stand_in_stop),
        cmocka_unit_test_setup_teardown(what_is_given_up_the_next_takes_at_once,
                                        kube_stand_in_start, kube_stand_in_stop),
        cmocka_unit_test_setup_teardown(of_a_dead_holder_it_is_taken_when_it_is_over_and_not_before,
                                        kube_stand_in_start, kube_stand_in_stop),
        cmocka_unit_test_setup_teardown(a_holder_that_cannot_renew_stops_before_another_may_begin,
                                        kube_stand_in_start, kube_stand_in_stop),
        cmocka_unit_test_setup_teardown(a_holder_that_lost_it_to_another_learns_of_it,
                                        kube_stand_in_start, kube_stand_in_stop),
        cmocka_unit_test_setup_teardown(troubles_of_the_server_are_outlived_within_the_deadline,
                                        kube_stand_in_start, kube_stand_in_stop),
        cmocka_unit_test_setup_teardown(who_may_not_says_so, kube_stand_in_start,
                                        kube_stand_in_stop),
    };

    return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
