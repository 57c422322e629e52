/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_status.h"

#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "tests/test.h"

#define TERMINATING                                                                              \
    "secrets \\\"x\\\" is forbidden: unable to create new content in namespace a because it is " \
    "being terminated"

struct row {
    unsigned int code;
    const char *body;
    enum kube_outcome outcome;
    unsigned int retry_after_ms;
    const char *message;
};

static json_t *parse(const char *text)
{
    struct err err = {0};

    return json_parse(text, strlen(text), &err);
}

static void check(const struct row *row, const struct kube_status *status)
{
    assert_int_equal(status->outcome, row->outcome);
    assert_int_equal(status->retry_after_ms, row->retry_after_ms);
    assert_string_equal(status->message, row->message);
}

static void each_answer_has_its_outcome(void **state)
{
    static const struct row rows[] = {
        {400, "{\"kind\":\"Status\",\"message\":\"bad\",\"reason\":\"BadRequest\"}", KUBE_INVALID,
         0, "bad"},
        {401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}", KUBE_UNAUTHORIZED, 0,
         "Unauthorized"},
        {403, "{\"kind\":\"Status\",\"message\":\"no\",\"reason\":\"Forbidden\"}", KUBE_FORBIDDEN,
         0, "no"},
        {403,
         "{\"kind\":\"Status\",\"message\":\"no\",\"reason\":\"Forbidden\",\"details\":{\"causes\":["
         "{\"reason\":\"Other\"},{\"reason\":\"NamespaceTerminating\",\"field\":"
         "\"metadata.namespace\"}]}}",
         KUBE_TERMINATING, 0, "no"},
        {403, "{\"kind\":\"Status\",\"message\":\"" TERMINATING "\"}", KUBE_TERMINATING, 0,
         "secrets \"x\" is forbidden: unable to create new content in namespace a because it is "
         "being terminated"},
        {409, "{\"kind\":\"Status\",\"message\":\"" TERMINATING "\",\"reason\":\"Conflict\"}",
         KUBE_TERMINATING, 0,
         "secrets \"x\" is forbidden: unable to create new content in namespace a because it is "
         "being terminated"},
        {404, "404 page not found\n", KUBE_NOT_FOUND, 0, "HTTP status 404: 404 page not found."},
        {405, "", KUBE_INVALID, 0, "HTTP status 405"},
        {408, "", KUBE_BUSY, 0, "HTTP status 408"},
        {409, "{\"kind\":\"Status\",\"message\":\"there\",\"reason\":\"AlreadyExists\"}",
         KUBE_ALREADY_EXISTS, 0, "there"},
        {409, "{\"kind\":\"Status\",\"message\":\"changed\",\"reason\":\"Conflict\"}",
         KUBE_CONFLICT, 0, "changed"},
        {409, "", KUBE_CONFLICT, 0, "HTTP status 409"},
        {410, "{\"kind\":\"Status\",\"message\":\"too old\",\"reason\":\"Expired\"}", KUBE_GONE, 0,
         "too old"},
        {422, "{\"kind\":\"Status\",\"message\":\"a\\nb\\u001b\",\"reason\":\"Invalid\"}",
         KUBE_INVALID, 0, "a.b."},
        {429, "{\"kind\":\"Status\",\"message\":\"slow\",\"details\":{\"retryAfterSeconds\":3}}",
         KUBE_BUSY, 3000, "slow"},
        {500, "{\"kind\":\"Status\",\"message\":\"\",\"details\":{\"retryAfterSeconds\":-1}}",
         KUBE_BUSY, 0,
         "HTTP status 500: {\"kind\":\"Status\",\"message\":\"\",\"details\":{"
         "\"retryAfterSeconds\":-1}}"},
        {503, "<html>\x1b[31m", KUBE_BUSY, 0, "HTTP status 503: <html>.[31m"},
        {504,
         "{\"kind\":\"Status\",\"message\":\"later\",\"details\":{\"retryAfterSeconds\":"
         "9223372036854775807}}",
         KUBE_BUSY, UINT32_MAX, "later"},
        {301, "", KUBE_UNREACHABLE, 0, "HTTP status 301"},
        {307, "", KUBE_UNREACHABLE, 0, "HTTP status 307"},
        {999, "", KUBE_UNREACHABLE, 0, "HTTP status 999"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *body = parse(rows[i].body);
        struct kube_status status;
        kube_status_read(rows[i].code, body, rows[i].body, strlen(rows[i].body), &status);
        check(&rows[i], &status);
    }
}

/* What a balancer says in JSON of its own does not count as the API server's reason. */
static void what_is_no_status_gives_no_reason(void **state)
{
    static const char *const bodies[] = {
        "{\"reason\":\"AlreadyExists\",\"message\":\"m\"}",
        "{\"kind\":\"Secret\",\"reason\":\"AlreadyExists\"}",
        "[{\"kind\":\"Status\",\"reason\":\"AlreadyExists\"}]",
        "\"AlreadyExists\"",
        "{\"kind\":7,\"reason\":\"AlreadyExists\"}",
        "{\"kind\":\"Status\",\"reason\":[\"AlreadyExists\"],\"details\":7,\"message\":{}}",
        "{\"kind\":\"Status\",\"details\":{\"causes\":{\"reason\":\"NamespaceTerminating\"}}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        json_auto_t *body = parse(bodies[i]);
        struct kube_status status;
        assert_non_null(body);
        kube_status_read(409, body, bodies[i], strlen(bodies[i]), &status);
        assert_int_equal(status.outcome, KUBE_CONFLICT);
        assert_memory_equal(status.message, "HTTP status 409: ", strlen("HTTP status 409: "));
    }
}

static void a_long_page_is_cut(void **state)
{
    char page[5000];
    struct kube_status status;

    (void)state;
    memset(page, 'a', sizeof(page));
    kube_status_read(502, NULL, page, sizeof(page), &status);
    assert_int_equal(strlen(status.message), strlen("HTTP status 502: ") + 200);
}

static void an_error_event_is_read_by_its_code(void **state)
{
    static const struct row rows[] = {
        {0, "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}", KUBE_GONE, 0, "too old"},
        {0, "{\"kind\":\"Status\",\"reason\":\"Expired\",\"message\":\"m\"}", KUBE_GONE, 0,
         "an error that is no Status"},
        {0, "{\"kind\":\"Status\",\"code\":500,\"message\":\"etcd\"}", KUBE_BUSY, 0, "etcd"},
        {0, "{\"kind\":\"Status\",\"code\":403,\"message\":\"no\"}", KUBE_FORBIDDEN, 0, "no"},
        {0, "{}", KUBE_UNREACHABLE, 0, "an error that is no Status"},
        {0, "7", KUBE_UNREACHABLE, 0, "an error that is no Status"},
        {0, "{\"code\":-410}", KUBE_UNREACHABLE, 0, "an error that is no Status"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *object = parse(rows[i].body);
        struct kube_status status;
        kube_status_read_event(object, &status);
        check(&rows[i], &status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_outcome),
        cmocka_unit_test(what_is_no_status_gives_no_reason),
        cmocka_unit_test(a_long_page_is_cut),
        cmocka_unit_test(an_error_event_is_read_by_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
