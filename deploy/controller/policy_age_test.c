/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/policy_age.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/controller/status_writer.h"
#include "deploy/kube/kube_stand_in_test.h"
#include "deploy/kube/kube_time.h"

#define PATH    "/api/v1/namespaces/hawser/configmaps/hawser-status"
#define LONG_MS 5000

/* A time that is past in any test, and one that is not. */
#define LONG_AGO   "2024-05-01T10:00:00Z"
#define LONG_AGO_S 1714557600
#define LATER      "2124-05-01T10:00:00Z"

static const struct policy_set ours = {.hash = "cafe"};
static const struct policy_set others = {.hash = "beef"};
static const char *names[] = {"hawser", "tests"};

/* A controller. */
struct fixture {
    struct kube_stand_in *test;
    struct kube *kube;
    struct policy_age *age;
    long long begin_s;
    unsigned int n_told;
};

static void note(void *data)
{
    struct fixture *fixture = data;

    assert_true(policy_age_is_known(fixture->age));
    fixture->n_told++;
}

static void
begin_with(struct fixture *fixture, struct kube_stand_in *test, bool is_built_in, size_t n_excluded)
{
    const struct policy_age_options options = {
        .namespace_ = "hawser",
        .config_map = "hawser-status",
        .excluded = {.items = names, .n = n_excluded},
        .is_built_in = is_built_in,
        .changed = note,
        .data = fixture,
    };
    struct err err = {0};

    *fixture = (struct fixture){.test = test, .begin_s = clock_wall_s()};
    fixture->kube = kube_stand_in_kube(test);
    fixture->age = policy_age_new(test->loop, fixture->kube, &options, &err);
    assert_non_null(fixture->age);
}

/* One of files, that has the policies that are "ours". */
static void begin(struct fixture *fixture, struct kube_stand_in *test)
{
    begin_with(fixture, test, false, 1);
    policy_age_use(fixture->age, &ours);
}

static void end_p(struct fixture *fixture)
{
    policy_age_free(fixture->age);
    kube_free(fixture->kube);
}

static bool is_known(void *data)
{
    return policy_age_is_known(((struct fixture *)data)->age);
}

static void lead(struct fixture *fixture)
{
    policy_age_lead(fixture->age);
    assert_false(policy_age_is_known(fixture->age));
    kube_stand_in_wait(fixture->test, is_known, fixture, LONG_MS);
}

/* That it knows nothing from before it. */
#define assert_since_begin(fixture)                                            \
    do {                                                                       \
        assert_true(policy_age_since_s((fixture)->age) >= (fixture)->begin_s); \
        assert_true(policy_age_since_s((fixture)->age) <= clock_wall_s());     \
    } while (false)

static void put_text(struct kube_stand_in *test, const char *text)
{
    object_store_put(test->store, PATH,
                     json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "apiVersion", "v1", "kind",
                               "ConfigMap", "metadata", "name", "hawser-status", "data",
                               STATUS_WRITER_KEY, text));
}

/* What a leader with these policies says, as a document. Owner: the caller. */
static json_t *document_of(struct fixture *fixture)
{
    CLEANUP(status_free) struct status *status = status_new();
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    struct err err = {0};
    json_t *document;

    assert_non_null(status);
    policy_age_add_status(fixture->age, status);
    assert_int_equal(status_write(status, &text, &err), 0);
    document = json_loads(buf_text(&text), 0, NULL);
    assert_non_null(document);
    return document;
}

/* Put there what @fixture says of its policies, with @since for its time; NULL: as it says. */
static void put_status(struct fixture *fixture, const char *since)
{
    json_auto_t *document = document_of(fixture);
    char *text;

    if (since != NULL) {
        assert_int_equal(
            json_object_set_new(json_object_get(document, "policies"), "since", json_string(since)),
            0);
    }
    text = json_dumps(document, 0);
    assert_non_null(text);
    put_text(fixture->test, text);
    free(text);
}

static void the_next_leader_knows_the_age_of_the_same_policies(void **state)
{
    CLEANUP(end) struct fixture before;
    CLEANUP(end) struct fixture next;

    begin(&before, *state);
    put_status(&before, LONG_AGO);
    begin(&next, *state);
    assert_since_begin(&next);
    lead(&next);
    assert_int_equal(policy_age_since_s(next.age), LONG_AGO_S);
    assert_int_equal(next.n_told, 1);
    put_status(&next, NULL);
    lead(&before);
    assert_int_equal(policy_age_since_s(before.age), LONG_AGO_S);
}

static void other_policies_are_new(void **state)
{
    CLEANUP(end) struct fixture before;

    begin(&before, *state);
    put_status(&before, LONG_AGO);
    for (int is_built_in = 0; is_built_in < 2; is_built_in++) {
        CLEANUP(end) struct fixture next;
        begin_with(&next, *state, is_built_in != 0, 1);
        policy_age_use(next.age, &others);
        lead(&next);
        assert_since_begin(&next);
        put_status(&next, NULL);
        lead(&next); /* and are no newer for its own word */
        assert_since_begin(&next);
        put_status(&before, LONG_AGO);
    }
}

/* Workflows there got nothing, and were not to get anything. */
static void policies_are_other_ones_when_a_namespace_is_not_left_out_any_more(void **state)
{
    CLEANUP(end) struct fixture before;
    CLEANUP(end) struct fixture next;

    begin_with(&before, *state, false, 2);
    policy_age_use(before.age, &ours);
    put_status(&before, LONG_AGO);
    begin(&next, *state);
    lead(&next);
    assert_since_begin(&next);
}

static void without_a_word_those_built_in_are_for_ever(void **state)
{
    CLEANUP(end) struct fixture built_in;
    CLEANUP(end) struct fixture next;
    CLEANUP(end) struct fixture files;

    begin(&files, *state);
    lead(&files);
    assert_since_begin(&files);
    begin_with(&built_in, *state, true, 1);
    policy_age_use(built_in.age, &ours);
    assert_since_begin(&built_in); /* before it is known */
    lead(&built_in);
    assert_int_equal(policy_age_since_s(built_in.age), 0);
    put_status(&built_in, NULL);
    begin_with(&next, *state, true, 1);
    policy_age_use(next.age, &ours);
    lead(&next);
    assert_int_equal(policy_age_since_s(next.age), 0);
}

static void what_makes_no_sense_is_as_if_it_were_not_there(void **state)
{
    static const char no_hash[] = "{\"policies\":{\"since\":\"" LONG_AGO "\"}}";
    static const char *const texts[] = {
        "", "{", "[]", "3", "{}", "{\"policies\":[]}", "{\"policies\":{\"hash\":3}}", no_hash};
    static const char *const times[] = {"", "yesterday", LATER, "1970-01-01T00:00:00Z"};
    CLEANUP(end) struct fixture before;

    begin(&before, *state);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP(end) struct fixture next;
        put_text(*state, texts[i]);
        begin(&next, *state);
        lead(&next);
        assert_since_begin(&next);
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        CLEANUP(end) struct fixture next;
        put_status(&before, times[i]);
        begin(&next, *state);
        lead(&next);
        assert_since_begin(&next);
    }
}

/* They were others meanwhile, which the leader before may not have seen. */
static void who_saw_a_change_knows_better(void **state)
{
    CLEANUP(end) struct fixture before;
    CLEANUP(end) struct fixture next;

    begin(&before, *state);
    put_status(&before, LONG_AGO);
    begin(&next, *state);
    policy_age_use(next.age, &others);
    policy_age_use(next.age, &ours);
    lead(&next);
    assert_since_begin(&next);
}

static void policies_that_load_later_have_the_age_that_was_read(void **state)
{
    CLEANUP(end) struct fixture before;
    CLEANUP(end) struct fixture next;

    begin(&before, *state);
    put_status(&before, LONG_AGO);
    begin_with(&next, *state, false, 1);
    lead(&next);
    policy_age_use(next.age, &ours);
    assert_int_equal(policy_age_since_s(next.age), LONG_AGO_S);
    policy_age_use(next.age, &others);
    assert_since_begin(&next);
}

static void a_failure_that_may_pass_is_tried_again(void **state)
{
    static const struct api_step busy = {.method = "GET",
                                         .status = 503,
                                         .body = API_STATUS(503, "ServiceUnavailable", "no"),
                                         .times = 2};
    CLEANUP(end) struct fixture before;
    CLEANUP(end) struct fixture next;

    begin(&before, *state);
    put_status(&before, LONG_AGO);
    begin(&next, *state);
    api_server_add(next.test->server, &busy);
    lead(&next);
    assert_int_equal(api_server_count(next.test->server), 3);
    assert_int_equal(policy_age_since_s(next.age), LONG_AGO_S);
    assert_int_equal(next.n_told, 1);
}

static void who_may_not_read_it_goes_on_without(void **state)
{
    static const struct api_step refused = {
        .method = "GET", .status = 403, .body = API_STATUS(403, "Forbidden", "no")};
    CLEANUP(end) struct fixture next;

    begin(&next, *state);
    api_server_add(next.test->server, &refused);
    lead(&next);
    assert_int_equal(api_server_count(next.test->server), 1);
    assert_since_begin(&next);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, kube_stand_in_start, kube_stand_in_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(the_next_leader_knows_the_age_of_the_same_policies),
        PROMISE(other_policies_are_new),
        PROMISE(policies_are_other_ones_when_a_namespace_is_not_left_out_any_more),
        PROMISE(without_a_word_those_built_in_are_for_ever),
        PROMISE(what_makes_no_sense_is_as_if_it_were_not_there),
        PROMISE(who_saw_a_change_knows_better),
        PROMISE(policies_that_load_later_have_the_age_that_was_read),
        PROMISE(a_failure_that_may_pass_is_tried_again),
        PROMISE(who_may_not_read_it_goes_on_without),
    };

    return cmocka_run_group_tests_name("policy_age", tests, NULL, NULL);
}
