/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/mutate.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log_test.h"
#include "tests/exposition/exposition_page.h"
#include "webhook/inject/admit.h"
#include "webhook/server/parts_test.h"

#define MARKER "hunter2-of-the-author"

#define REVIEW(dry_run, annotations)                                                               \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"           \
    "\"uid\":\"U-1\",\"kind\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","                \
    "\"kind\":\"Workflow\"},\"namespace\":\"team\",\"operation\":\"CREATE\",\"object\":{"          \
    "\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\",\"metadata\":{"                 \
    "\"generateName\":\"w-\",\"annotations\":{" annotations "}},\"spec\":{"                        \
    "\"entrypoint\":\"a\",\"arguments\":{\"parameters\":[{\"name\":\"p\",\"value\":\"" MARKER      \
    "\"}]},\"templates\":[{\"name\":\"a\",\"container\":{\"image\":\"i\"}}]}},\"dryRun\":" dry_run \
    "}}"

#define CHOSEN "\"hawser.dev/policy\":\"scratch\""

struct fixture {
    struct current policies;
    struct current_view view;
    struct metrics *metrics;
    struct arena *arena;
    struct mutate mutate;
};

/* What came of one request. */
struct outcome {
    struct http_response response;
    char *log;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = {0};

    assert_non_null(f);
    parts_init_policies(&f->policies);
    parts_load_policies(&f->policies);
    f->metrics = metrics_new("0", &err);
    assert_non_null(f->metrics);
    f->arena = arena_new(ADMIT_ARENA_MAX);
    assert_non_null(f->arena);
    f->mutate = (struct mutate){
        .policies = &f->policies,
        .views = &f->view,
        .metrics = f->metrics,
        .copier_image = "hawser",
    };
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    current_view_clear(&f->policies, &f->view);
    current_clear(&f->policies);
    metrics_free(f->metrics);
    arena_free(f->arena);
    free(f);
    return 0;
}

/* Have the answer written into @out. */
static struct outcome ask_into(struct fixture *f, const char *body, size_t len, struct buf out)
{
    const struct http_request request = {.body = body, .len = len, .arena = f->arena};
    struct outcome outcome = {.response = {.status = 200, .content_type = HTTP_TEXT, .body = out}};
    struct capture capture = begin_capture();

    mutate_answer(&f->mutate, &request, &outcome.response);
    outcome.log = end_capture(&capture);
    arena_reset(f->arena); /* nothing of the answer lies in it */
    assert_false(buf_failed(&outcome.response.body));
    return outcome;
}

static struct outcome ask(struct fixture *f, const char *body, size_t len)
{
    return ask_into(f, body, len, BUF_INIT(ADMIT_ANSWER_MAX));
}

static struct outcome ask_text(struct fixture *f, const char *body)
{
    return ask(f, body, strlen(body));
}

static void outcome_clear_p(struct outcome *outcome)
{
    buf_clear(&outcome->response.body);
    free(outcome->log);
}

/* The value of a series on the metrics' page. */
static double count_of(struct fixture *f, const char *series)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(METRICS_PAGE_MAX);
    CLEANUP(arena_free) struct arena *arena = arena_new(32UL * 1024 * 1024);
    const struct metrics_sample sample = {0};
    struct exposition_page page;

    metrics_write(f->metrics, &sample, &text);
    exposition_page_read(buf_text(&text), text.len, arena, &page);
    return exposition_page_value(&page, series);
}

#define COUNT(outcome)                                                                          \
    "hawser_admission_requests_total{kind=\"Workflow\",operation=\"CREATE\",outcome=\"" outcome \
    "\"}"

static void a_review_is_answered_logged_and_counted(void **state)
{
    struct fixture *f = *state;
    __attribute__((cleanup(outcome_clear_p))) struct outcome outcome =
        ask_text(f, REVIEW("false", CHOSEN));
    json_auto_t *line = parse_line(outcome.log);
    struct err err = {0};
    json_auto_t *answer =
        json_parse(buf_text(&outcome.response.body), outcome.response.body.len, &err);

    assert_int_equal(outcome.response.status, 200);
    assert_string_equal(outcome.response.content_type, HTTP_JSON);
    assert_string_equal(get_text(json_object_get(answer, "response"), "uid"), "U-1");
    assert_non_null(get_text(json_object_get(answer, "response"), "patch"));
    assert_string_equal(get_text(line, "level"), "info");
    assert_string_equal(get_text(line, "msg"), "admission");
    assert_string_equal(get_text(line, "uid"), "U-1");
    assert_string_equal(get_text(line, "kind"), "Workflow");
    assert_string_equal(get_text(line, "namespace"), "team");
    assert_string_equal(get_text(line, "name"), "w-");
    assert_string_equal(get_text(line, "operation"), "CREATE");
    assert_string_equal(get_text(line, "dryRun"), "false");
    assert_string_equal(get_text(line, "policies"), "scratch");
    assert_string_equal(get_text(line, "outcome"), "injected");
    assert_true(json_is_integer(json_object_get(line, "durationMicroseconds")));
    assert_int_equal(json_object_size(line), 12);
    assert_true(count_of(f, COUNT("injected")) == 1);
    assert_true(count_of(f, "hawser_admission_duration_seconds_count") == 1);
    assert_true(count_of(f, "hawser_admission_request_bytes_sum") ==
                (double)strlen(REVIEW("false", CHOSEN)));
}

static void nothing_of_the_object_is_logged(void **state)
{
    static const char *const bodies[] = {
        REVIEW("false", CHOSEN),
        REVIEW("false", "\"hawser.dev/policy\":\"nobody-knows-it\""),
        REVIEW("\"no boolean\"", CHOSEN),
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
        "\"uid\":\"U\",\"operation\":\"CREATE\",\"object\":{\"a\":\"" MARKER "\"}}}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        __attribute__((cleanup(outcome_clear_p))) struct outcome outcome = ask_text(f, bodies[i]);
        print_message("# %s", outcome.log);
        json_decref(parse_line(outcome.log)); /* one line, and JSON */
        assert_null(strstr(outcome.log, MARKER));
    }
}

static void the_path_of_namespaces_injects_where_the_object_says_nothing(void **state)
{
    struct fixture *f = *state;

    for (int opted_in = 0; opted_in < 2; opted_in++) {
        f->mutate.namespace_opted_in = opted_in == 1;
        __attribute__((cleanup(outcome_clear_p))) struct outcome outcome =
            ask_text(f, REVIEW("false", ""));
        json_auto_t *line = parse_line(outcome.log);
        assert_int_equal(outcome.response.status, 200);
        assert_string_equal(get_text(line, "outcome"), opted_in == 1 ? "injected" : "untouched");
        assert_string_equal(get_text(line, "policies"), opted_in == 1 ? "scratch" : "");
    }
}

static void a_dry_run_is_told_as_one(void **state)
{
    struct fixture *f = *state;
    __attribute__((cleanup(outcome_clear_p))) struct outcome outcome =
        ask_text(f, REVIEW("true", CHOSEN));
    json_auto_t *line = parse_line(outcome.log);

    assert_string_equal(get_text(line, "dryRun"), "true");
}

static void what_is_no_review_is_refused_with_the_reason(void **state)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "\"\\u0000\"",
        "{\"kind\":\"Pod\"}",
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}",
    };
    struct fixture *f = *state;
    const size_t n = sizeof(bodies) / sizeof(bodies[0]);

    for (size_t i = 0; i < n; i++) {
        __attribute__((cleanup(outcome_clear_p))) struct outcome outcome = ask_text(f, bodies[i]);
        json_auto_t *line = parse_line(outcome.log);
        const char *body = buf_text(&outcome.response.body);
        assert_int_equal(outcome.response.status, 400);
        assert_string_equal(outcome.response.content_type, HTTP_TEXT);
        assert_string_equal(get_text(line, "level"), "warn");
        assert_int_equal(json_integer_value(json_object_get(line, "status")), 400);
        assert_int_equal(strcspn(body, "\n") + 1, strlen(body)); /* one line */
        assert_memory_equal(body, get_text(line, "error"), strlen(body) - 1);
    }
    assert_true(count_of(f, "hawser_admission_requests_total{kind=\"other\",operation=\"other\","
                            "outcome=\"malformed\"}") == (double)n);
}

static void a_request_without_a_body_is_refused(void **state)
{
    struct fixture *f = *state;
    __attribute__((cleanup(outcome_clear_p))) struct outcome outcome = ask(f, NULL, 0);

    assert_int_equal(outcome.response.status, 400);
}

static void a_review_that_is_too_large_is_413(void **state)
{
    struct fixture *f = *state;
    CLEANUP(free) char *body = calloc(1, ADMIT_BODY_MAX + 1);
    __attribute__((cleanup(outcome_clear_p))) struct outcome outcome =
        ask(f, body, ADMIT_BODY_MAX + 1);

    assert_int_equal(outcome.response.status, 413);
}

static void without_memory_the_answer_is_500_and_tells_nothing(void **state)
{
    struct fixture *f = *state;
    static const char review[] = REVIEW("false", CHOSEN);
    struct buf out = BUF_INIT(ADMIT_ANSWER_MAX);
    struct outcome outcome;

    out.failed = true; /* as it does when malloc() has nothing more */
    outcome = ask_into(f, review, strlen(review), out);
    json_auto_t *line = parse_line(outcome.log);
    assert_int_equal(outcome.response.status, 500);
    assert_string_equal(buf_text(&outcome.response.body), "internal error\n");
    assert_string_equal(get_text(line, "level"), "error");
    assert_string_equal(get_text(line, "error"), "out of memory");
    assert_true(count_of(f, "hawser_admission_requests_total{kind=\"other\",operation=\"other\","
                            "outcome=\"failed\"}") == 1);
    outcome_clear_p(&outcome);
}

static void more_policies_than_a_line_takes_are_cut(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_clear) struct buf policies = BUF_INIT(1024UL * 1024);
    CLEANUP(buf_clear) struct buf names = BUF_INIT(1024UL * 1024);
    CLEANUP(buf_clear) struct buf body = BUF_INIT(1024UL * 1024);
    const char *review = REVIEW("false", "\"hawser.dev/policy\":\"@\"");
    struct err err = {0};

    for (int i = 0; i < 40; i++) {
        buf_printf(&policies,
                   "---\napiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: "
                   "a-policy-with-quite-a-long-name-%d}\nspec: {volumes: [{name: v%d, persistent: "
                   "{claimName: c}, mountPath: /v%d}]}\n",
                   i, i, i);
        buf_printf(&names, "%sa-policy-with-quite-a-long-name-%d", i > 0 ? "," : "", i);
    }
    buf_printf(&body, "%.*s%s%s", (int)(strchr(review, '@') - review), review, buf_text(&names),
               strchr(review, '@') + 1);
    current_set(&f->policies, policy_load_text("t", buf_text(&policies), policies.len, &err));
    __attribute__((cleanup(outcome_clear_p))) struct outcome outcome = ask_text(f, buf_text(&body));
    json_auto_t *line = parse_line(outcome.log);
    assert_string_equal(get_text(line, "outcome"), "injected");
    assert_in_range(strlen(get_text(line, "policies")), 200, LOG_TEXT_MAX);
    assert_memory_equal(get_text(line, "policies"), "a-policy-with-quite-a-long-name-0,a-", 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_review_is_answered_logged_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_of_the_object_is_logged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_path_of_namespaces_injects_where_the_object_says_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_is_told_as_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_review_is_refused_with_the_reason, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_request_without_a_body_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_review_that_is_too_large_is_413, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_the_answer_is_500_and_tells_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(more_policies_than_a_line_takes_are_cut, set_up, tear_down),
    };

    log_set(LOG_INFO, true);
    return cmocka_run_group_tests_name("mutate", tests, NULL, NULL);
}
