/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What operators see: metrics, health and the log
 *
 * usage: observe_test HAWSER
 */

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/exposition/exposition_page.h"
#include "tests/proc.h"
#include "tests/server/serving.h"

#define ARENA_MAX (16UL * 1024 * 1024)

/* Stands in every object, and must not come out again. */
#define MARK "c4n4ry"

/* Longer than any name in Kubernetes. */
#define A_90 \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A_LONG_NAME A_90 A_90 A_90

static const char *hawser; /* the binary */

static struct served *serve(void)
{
    const char *const arguments[] = {"--grace-period", "0s", NULL};

    return serving_start(hawser, arguments);
}

/* A review of a workflow that opts in by @annotations, with secrets in its parameters. */
static void write_review(struct buf *out, const char *name, const char *annotations, bool dry_run)
{
    buf_printf(out,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
               "\"uid\":\"u-1\",\"operation\":\"CREATE\",\"namespace\":\"team-a\",\"dryRun\":%s,"
               "\"userInfo\":{\"username\":\"" MARK "\"},"
               "\"kind\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\",\"kind\":\"Workflow\"}"
               ",\"object\":{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\","
               "\"metadata\":{\"name\":\"%s\",\"labels\":{\"" MARK "\":\"" MARK "\"},"
               "\"annotations\":{%s}},\"spec\":{\"entrypoint\":\"main\",\"arguments\":{"
               "\"parameters\":[{\"name\":\"password\",\"value\":\"" MARK "\"}]},\"templates\":[{"
               "\"name\":\"main\",\"container\":{\"image\":\"" MARK "\",\"args\":[\"" MARK
               "\"]}}]}}}}",
               dry_run ? "true" : "false", name, annotations);
}

/* Send @body; the status, which is @expected. The text of an error must not repeat the request. */
static void ask(struct client *client, const char *body, size_t len, unsigned int expected)
{
    const struct client_message message = {.body = body, .len = len};
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};

    serving_check(client_request(client, &message, &answer, &err), &err);
    if (answer.status != expected) {
        fail_msg("status %u, expected %u: %s", answer.status, expected, answer.body);
    }
    assert_null(strstr(answer.body, MARK));
}

static void ask_about(struct client *client, const char *name, const char *annotations, bool dry)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(64UL * 1024);

    write_review(&body, name, annotations, dry);
    ask(client, buf_text(&body), body.len, 200);
}

/* Some of everything that can be asked: 3 injected, one of them a dry run, 1 untouched, 1 denied, 2
 * malformed, and 1 that no route takes. */
static void send_some_of_each(struct served *served)
{
    CLEANUP(client_free) struct client *client = serving_connect(served);
    static const char cut[] = "{\"apiVersion\":\"" MARK;
    static const char other[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":\"" MARK "\"}";
    CLEANUP(answer_clear) struct answer answer = {0};
    const struct client_message nowhere = {.path = "/" MARK, .body = "{}", .len = 2};
    struct err err = {0};

    ask_about(client, "one", "\"hawser.dev/inject\":\"true\"", false);
    ask_about(client, "two", "\"hawser.dev/policy\":\"scratch,cache\"", false);
    ask_about(client, "three", "\"hawser.dev/inject\":\"true\"", true);
    ask_about(client, "four", "", false);
    ask_about(client, "five", "\"hawser.dev/policy\":\"unknown\"", false);
    ask(client, cut, strlen(cut), 400);
    ask(client, other, strlen(other), 400);
    serving_check(client_request(client, &nowhere, &answer, &err), &err);
    assert_int_equal(answer.status, 404);
}

static void metrics_count_what_was_asked(void **state)
{
#define REQUESTS "hawser_admission_requests_total{kind=\"Workflow\",operation=\"CREATE\",outcome="
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {REQUESTS "\"injected\"}", 3},
        {REQUESTS "\"untouched\"}", 1},
        {REQUESTS "\"denied\"}", 1},
        {"hawser_admission_requests_total{kind=\"other\",operation=\"other\","
         "outcome=\"malformed\"}",
         2},
        {"hawser_injections_total{policy=\"scratch\",kind=\"Workflow\"}", 2},
        {"hawser_injections_total{policy=\"cache\",kind=\"Workflow\"}", 1},
        {"hawser_http_responses_total{code=\"400\"}", 2},
        {"hawser_http_responses_total{code=\"404\"}", 1},
        {"hawser_admission_duration_seconds_count", 7},
        {"hawser_admission_request_bytes_count", 7},
        {"hawser_policies", 3},
        {"hawser_ready", 1},
        {"hawser_request_body_bytes", 0},
        {"hawser_shed_requests_total{reason=\"memory\"}", 0},
        {"hawser_policy_reloads_total{result=\"failure\"}", 0},
    };
    struct served *served = serve();
    CLEANUP(answer_clear) struct answer answer = {0};
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    struct exposition_page page;

    (void)state;
    send_some_of_each(served);
    serving_get(served, "/metrics", &answer);
    assert_int_equal(answer.status, 200);
    assert_true(answer_has(&answer, "Content-Type", "text/plain; version=0.0.4; charset=utf-8"));
    exposition_page_read(answer.body, answer.body_len, arena, &page);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s\n", rows[i].series);
        assert_true(exposition_page_value(&page, rows[i].series) == rows[i].value);
    }
    if (proc_is_mounted()) {
        assert_true(exposition_page_value(&page, "process_resident_memory_bytes") > 1e6);
    }
    assert_true(exposition_page_value(&page, "hawser_certificate_expiry_timestamp_seconds") >
                1.7e9);
    assert_null(strstr(answer.body, MARK));
    serving_stop(served);
}

static const char *text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));

    if (text == NULL) {
        fail_msg("the line has no '%s'", key);
    }
    return text;
}

static void a_request_is_one_line_of_the_log(void **state)
{
    static const struct {
        const char *name;
        const char *policies;
        const char *outcome;
        const char *dry_run; /* NULL: it is not told */
    } rows[] = {
        {"one", "scratch", "injected", "false"},  {"two", "scratch,cache", "injected", "false"},
        {"three", "scratch", "injected", "true"}, {"four", "", "untouched", NULL},
        {"five", "", "denied", "false"},
    };
    struct served *served = serve();
    CLEANUP(free) char *text = NULL;
    size_t from = 0;

    (void)state;
    send_some_of_each(served);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *line = serving_await_line(served, "admission", &from, 2000);
        assert_string_equal(text_of(line, "uid"), "u-1");
        assert_string_equal(text_of(line, "kind"), "Workflow");
        assert_string_equal(text_of(line, "namespace"), "team-a");
        assert_string_equal(text_of(line, "name"), rows[i].name);
        assert_string_equal(text_of(line, "operation"), "CREATE");
        assert_string_equal(text_of(line, "policies"), rows[i].policies);
        assert_string_equal(text_of(line, "outcome"), rows[i].outcome);
        if (rows[i].dry_run == NULL) {
            assert_null(json_object_get(line, "dryRun"));
        } else {
            assert_string_equal(text_of(line, "dryRun"), rows[i].dry_run);
        }
        assert_true(json_is_integer(json_object_get(line, "durationMicroseconds")));
    }
    text = served_text(served);
    assert_null(strstr(text, MARK));
    serving_stop(served);
}

/* Behind the hint of a server without a certificate each line is one JSON object. */
static size_t count_lines(char *text, const char *message, long long *suppressed)
{
    char *line = strstr(text, "{\"ts\"");
    size_t n = 0;

    while (line != NULL && *line != '\0') {
        char *end = strchrnul(line, '\n');
        struct err err = {0};
        json_auto_t *value = json_parse(line, (size_t)(end - line), &err);
        if (value == NULL) {
            fail_msg("%s in: %.*s", err.msg, (int)(end - line), line);
        }
        if (strcmp(text_of(value, "msg"), message) == 0) {
            json_t *more = json_object_get(value, "suppressed");
            n += more == NULL;
            *suppressed += json_integer_value(more);
        }
        line = *end == '\n' ? end + 1 : NULL;
    }
    return n;
}

static void names_of_strangers_break_no_line(void **state)
{
    static const char *const names[] = {
        "a\\nb",
        "\\u001b[2J",
        "\\\",\\\"level\\\":\\\"error",
        "\\u2028\\u202e",
        "%s%n",
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    };
    const size_t n = sizeof(names) / sizeof(names[0]);
    CLEANUP(served_free) struct served *served = serve();
    CLEANUP(client_free) struct client *client = serving_connect(served);
    CLEANUP(free) char *text = NULL;
    long long suppressed = 0;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        ask_about(client, names[i], "", false);
    }
    served_signal(served, SIGTERM);
    serving_await_exit(served, 0, SERVING_WAIT_MS);
    text = served_text(served);
    assert_int_equal(count_lines(text, "admission", &suppressed), n);
    assert_int_equal(suppressed, 0);
}

static void a_flood_is_summed_up_and_nothing_is_lost(void **state)
{
    enum { N = 3000 };
    CLEANUP(served_free) struct served *served = serve();
    CLEANUP(client_free) struct client *client = serving_connect(served);
    CLEANUP(free) char *text = NULL;
    long long suppressed = 0;
    size_t written;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        ask_about(client, "flood", "", false);
    }
    served_signal(served, SIGTERM);
    serving_await_exit(served, 0, SERVING_WAIT_MS);
    text = served_text(served);
    written = count_lines(text, "admission", &suppressed);
    print_message("# %d requests: %zu lines, %lld summed up\n", N, written, suppressed);
    assert_int_equal(written + (size_t)suppressed, N);
}

static void the_health_port_answers_and_takes_nothing_else(void **state)
{
    static const struct {
        const char *path;
        unsigned int status;
        const char *body;
    } rows[] = {
        {"/healthz", 200, "ok\n"},
        {"/readyz", 200, "ok\n"},
        {"/readyz?verbose", 200, "ok\n"},
        {"/mutate", 404, "there is nothing at this path\n"},
        {"/", 404, "there is nothing at this path\n"},
    };
    struct served *served = serve();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        serving_get(served, rows[i].path, &answer);
        assert_int_equal(answer.status, rows[i].status);
        assert_string_equal(answer.body, rows[i].body);
    }
    serving_stop(served);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_count_what_was_asked),
        cmocka_unit_test(a_request_is_one_line_of_the_log),
        cmocka_unit_test(names_of_strangers_break_no_line),
        cmocka_unit_test(a_flood_is_summed_up_and_nothing_is_lost),
        cmocka_unit_test(the_health_port_answers_and_takes_nothing_else),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
