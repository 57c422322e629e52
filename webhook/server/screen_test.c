/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/screen.h"

#include <string.h>

#include "tests/test.h"

static const struct http_route items[] = {
    {.method = "POST", .path = "/mutate", .content_type = HTTP_JSON, .for_callers = true},
    {.method = "POST", .path = "/mutate/namespace", .content_type = HTTP_JSON},
    {.method = "GET", .path = "/healthz"},
};
static const struct http_routes routes = {.items = items, .n = 3};

/* What kube-apiserver sends. */
static struct screen_head usual_head(void)
{
    return (struct screen_head){
        .version = "HTTP/1.1",
        .method = "POST",
        .target = "/mutate?timeout=10s",
        .content_length = "297",
        .content_type = "application/json",
        .n_content_lengths = 1,
        .n_hosts = 1,
        .is_plain = true,
        .is_accepted = true,
    };
}

/* Have @head judged: the status that it is refused with, or 0. */
static unsigned int judge(const struct screen_head *head, struct screen_refusal *refusal)
{
    uint64_t len = 12345;
    const struct http_route *route = screen_request(&routes, head, &len, refusal);

    assert_true((route == NULL) == (refusal->status != 0));
    assert_true((refusal->reason == NULL) == (refusal->status == 0));
    assert_true(route != NULL || len == 12345);
    return refusal->status;
}

static void what_the_api_server_sends_is_taken(void **state)
{
    struct screen_head head = usual_head();
    struct screen_refusal refusal;
    uint64_t len = 0;

    (void)state;
    assert_ptr_equal(screen_request(&routes, &head, &len, &refusal), &items[0]);
    assert_int_equal(len, 297);
    head.target = "/mutate/namespace?timeout=1m0s";
    assert_ptr_equal(screen_request(&routes, &head, &len, &refusal), &items[1]);
    head.content_type = "Application/JSON; charset=utf-8";
    assert_ptr_equal(screen_request(&routes, &head, &len, &refusal), &items[1]);
    head = (struct screen_head){.version = "HTTP/1.1",
                                .method = "GET",
                                .target = "/healthz",
                                .n_hosts = 1,
                                .is_plain = true};
    assert_ptr_equal(screen_request(&routes, &head, &len, &refusal), &items[2]);
    assert_int_equal(len, 0);
}

static void a_path_is_compared_byte_for_byte(void **state)
{
    static const char *const targets[] = {
        "/",
        "",
        "//mutate",
        "/mutate/",
        "/mutate/x",
        "/%6dutate",
        "/mutate%2f",
        "/MUTATE",
        "/mutat",
        "/mutate#x",
        "mutate",
        "*",
        "/./mutate",
        "/a/../mutate",
        "https://x/mutate",
        "/mutate/namespace/",
        "?/mutate",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct screen_head head = usual_head();
        struct screen_refusal refusal;
        head.target = targets[i];
        print_message("# %s\n", targets[i]);
        assert_int_equal(judge(&head, &refusal), 404);
        assert_false(refusal.at_once);
    }
}

static void another_method_is_told_which_the_path_takes(void **state)
{
    static const char *const methods[] = {"GET", "PUT", "HEAD", "OPTIONS", "post", "PRI", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct screen_head head = usual_head();
        struct screen_refusal refusal;
        head.method = methods[i];
        assert_int_equal(judge(&head, &refusal), 405);
        assert_string_equal(refusal.allow, "POST");
    }
}

/* Everything that two readers could understand differently. */
static void a_request_whose_end_is_in_doubt_is_refused_at_once(void **state)
{
    static const struct {
        unsigned int status;
        struct screen_head head; /* what differs from the usual */
    } rows[] = {
        {505, {.version = "HTTP/1.0"}},
        {505, {.version = "HTTP/0.9"}},
        {505, {.version = "HTTP/1.2"}},
        {505, {.version = "HTTP/2.0"}},
        {505, {.version = ""}},
        {411, {.has_transfer_encoding = true}},
        {400, {.n_content_lengths = 2}},
        {400, {.content_length = ""}},
        {400, {.content_length = "-1"}},
        {400, {.content_length = "+1"}},
        {400, {.content_length = "1 "}},
        {400, {.content_length = "0x10"}},
        {400, {.content_length = "1,1"}},
        {400, {.content_length = "1.0"}},
        {400, {.content_length = "18446744073709551616"}},
        {400, {.content_length = "99999999999999999999999999"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct screen_head *differs = &rows[i].head;
        struct screen_head head = usual_head();
        struct screen_refusal refusal;
        head.version = differs->version != NULL ? differs->version : head.version;
        head.content_length =
            differs->content_length != NULL ? differs->content_length : head.content_length;
        head.n_content_lengths += differs->n_content_lengths;
        head.has_transfer_encoding = differs->has_transfer_encoding;
        print_message("# row %zu\n", i);
        assert_int_equal(judge(&head, &refusal), rows[i].status);
        assert_true(refusal.at_once);
    }
}

static void a_head_with_something_unseen_in_it_is_refused_at_once(void **state)
{
    struct screen_head head = usual_head();
    struct screen_refusal refusal;

    (void)state;
    head.is_plain = false;
    assert_int_equal(judge(&head, &refusal), 400);
    assert_true(refusal.at_once);
}

static void a_head_is_as_long_as_its_parts(void **state)
{
    static const char head[] = "POST /mutate?timeout=10s HTTP/1.1\r\n"
                               "Host: svc.ns.svc:443\r\n"
                               "Empty: \r\n"
                               "\r\n";

    (void)state;
    assert_int_equal(screen_line_bytes(4, strlen("/mutate?timeout=10s"), 8) +
                         screen_header_bytes(4, strlen("svc.ns.svc:443")) +
                         screen_header_bytes(5, 0),
                     strlen(head));
}

static void a_header_is_a_token_and_a_value_without_control_characters(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        bool is_plain;
    } rows[] = {
        {"Content-Type", "application/json", true},
        {"x_y.z~1", "a\tb", true},
        {"A", "", true},
        {"A", "\xc3\xa4", true}, /* obs-text */
        {"", "a", false},
        {"A ", "a", false},
        {"A b", "a", false},
        {"A\x01", "a", false},
        {"\xc3\xa4", "a", false},
        {"A(b)", "a", false},
        {"A", "a\x01", false},
        {"A", "a\r", false},
        {"A", "a\nb", false},
        {"A", "\x7f", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# row %zu\n", i);
        assert_int_equal(screen_header_is_plain(rows[i].name, strlen(rows[i].name), rows[i].value,
                                                strlen(rows[i].value)),
                         rows[i].is_plain);
    }
    assert_false(screen_header_is_plain("A\0B", 3, "", 0));
    assert_false(screen_header_is_plain("A", 1, "a\0b", 3));
}

static void one_host_is_expected(void **state)
{
    struct screen_head head = usual_head();
    struct screen_refusal refusal;

    (void)state;
    head.n_hosts = 0;
    assert_int_equal(judge(&head, &refusal), 400);
    head.n_hosts = 2;
    assert_int_equal(judge(&head, &refusal), 400);
    assert_true(refusal.at_once);
}

static void a_body_of_8_mib_is_the_largest(void **state)
{
    static const struct {
        const char *length;
        unsigned int status;
        bool at_once;
    } rows[] = {
        {"0", 0, false},          {"8388607", 0, false},
        {"8388608", 0, false},    {"8388609", 413, false},
        {"33554432", 413, false}, /* read and thrown away, so that the answer is read */
        {"33554433", 413, true},  {"18446744073709551615", 413, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct screen_head head = usual_head();
        struct screen_refusal refusal;
        head.content_length = rows[i].length;
        assert_int_equal(judge(&head, &refusal), rows[i].status);
        assert_int_equal(refusal.at_once, rows[i].at_once);
    }
}

static void a_length_is_required(void **state)
{
    struct screen_head head = usual_head();
    struct screen_refusal refusal;

    (void)state;
    head.n_content_lengths = 0;
    head.content_length = NULL;
    assert_int_equal(judge(&head, &refusal), 411);
    assert_true(refusal.at_once);
}

static void only_plain_json_is_taken(void **state)
{
    static const char *const types[] = {NULL,
                                        "",
                                        "text/plain",
                                        "application/json2",
                                        "json",
                                        "application/jsonx; charset=utf-8",
                                        "application/yaml"};
    struct screen_head head = usual_head();
    struct screen_refusal refusal;

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        head.content_type = types[i];
        assert_int_equal(judge(&head, &refusal), 415);
    }
    head = usual_head();
    head.has_content_encoding = true;
    assert_int_equal(judge(&head, &refusal), 415);
}

static void a_caller_that_is_not_accepted_is_told_so(void **state)
{
    struct screen_head head = usual_head();
    struct screen_refusal refusal;

    (void)state;
    head.is_accepted = false;
    assert_int_equal(judge(&head, &refusal), 403);
    head.target = "/mutate/namespace"; /* in this table it is for everybody */
    assert_int_equal(judge(&head, &refusal), 0);
}

static void a_body_where_none_belongs_is_refused(void **state)
{
    struct screen_head head = usual_head();
    struct screen_refusal refusal;

    (void)state;
    head.method = "GET";
    head.target = "/healthz";
    assert_int_equal(judge(&head, &refusal), 413);
    head.content_length = "0";
    assert_int_equal(judge(&head, &refusal), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_api_server_sends_is_taken),
        cmocka_unit_test(a_path_is_compared_byte_for_byte),
        cmocka_unit_test(another_method_is_told_which_the_path_takes),
        cmocka_unit_test(a_request_whose_end_is_in_doubt_is_refused_at_once),
        cmocka_unit_test(a_head_with_something_unseen_in_it_is_refused_at_once),
        cmocka_unit_test(a_head_is_as_long_as_its_parts),
        cmocka_unit_test(a_header_is_a_token_and_a_value_without_control_characters),
        cmocka_unit_test(one_host_is_expected),
        cmocka_unit_test(a_body_of_8_mib_is_the_largest),
        cmocka_unit_test(a_length_is_required),
        cmocka_unit_test(only_plain_json_is_taken),
        cmocka_unit_test(a_caller_that_is_not_accepted_is_told_so),
        cmocka_unit_test(a_body_where_none_belongs_is_refused),
    };

    return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
