/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bodies and heads at the limit, other paths and methods, and many requests on one connection
 *
 * usage: bounds_test HAWSER
 *
 * A build with sanitizers (the environment says SANITIZE) is not judged by its memory.
 */

#include "base/cleanup.h"
#include "tests/server/serving.h"

#define BODY_BYTES_MAX ((size_t)8 * 1024 * 1024)
/* So much that no server reads it to be polite. */
#define ANNOUNCED_BYTES ((size_t)1024 * 1024 * 1024)

#define N_PIPELINED 100

#define N_REQUESTS       100000 /* on one connection */
#define N_SANITIZED      5000
#define GROWTH_KIB_LIMIT ((size_t)1024)

static const char *hawser;

static int start(void **state)
{
    const char *const arguments[] = {NULL};

    *state = serving_start(hawser, arguments);
    return 0;
}

static int stop(void **state)
{
    serving_stop(*state);
    return 0;
}

static void a_body_may_have_8_mib_and_not_a_byte_more(void **state)
{
    static const struct {
        size_t len;
        unsigned int status;
    } rows[] = {
        {BODY_BYTES_MAX - 1, 200},
        {BODY_BYTES_MAX, 200},
        {BODY_BYTES_MAX + 1, 413},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(client_free) struct client *client = serving_connect(*state);
        CLEANUP(buf_clear) struct buf body = BUF_INIT(SERVING_BYTES_MAX);
        CLEANUP(answer_clear) struct answer answer = {0};
        struct client_message message;
        struct err err = {0};

        generation_write_review(1, rows[i].len, &body);
        message = (struct client_message){.body = body.bytes, .len = body.len};
        if (client_request(client, &message, &answer, &err) < 0) {
            serving_fail(*state, "no answer", &err);
        }
        assert_int_equal(answer.status, rows[i].status);
    }
}

static void a_body_that_is_far_too_large_is_refused_before_it_comes(void **state)
{
    CLEANUP(client_free) struct client *client = serving_connect(*state);
    CLEANUP(answer_clear) struct answer answer = {0};
    const struct client_message message = {.len = ANNOUNCED_BYTES}; /* and no body */
    struct err err = {0};
    unsigned int took_ms;

    if (client_request(client, &message, &answer, &err) < 0) {
        serving_fail(*state, "no answer", &err);
    }
    assert_int_equal(answer.status, 413);
    assert_true(client_wait_closed(client, 2000, &took_ms));
}

/* A request whose head has @len bytes, in one header or in its target. */
static void write_long_head(size_t len, bool in_target, struct buf *out)
{
    const char *begin =
        in_target ? "GET /healthz?" : "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ";
    const char *end = in_target ? " HTTP/1.1\r\nHost: x\r\n\r\n" : "\r\n\r\n";

    buf_add_text(out, begin);
    while (out->len + strlen(end) < len) {
        buf_add_char(out, 'x');
    }
    buf_add_text(out, end);
}

static void a_head_has_room_for_32_kib_and_ends_before_40(void **state)
{
    static const struct {
        size_t len;
        bool in_target;
        unsigned int status;
    } rows[] = {
        {1024, false, 200},        {32UL * 1024, false, 200}, {32UL * 1024, true, 200},
        {40UL * 1024, false, 431}, {40UL * 1024, true, 414},  {1024UL * 1024, false, 431},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(client_free) struct client *client = serving_connect(*state);
        CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
        CLEANUP(answer_clear) struct answer answer = {0};
        struct err err = {0};
        unsigned int took_ms;

        write_long_head(rows[i].len, rows[i].in_target, &request);
        (void)!client_send(client, request.bytes, request.len, &err); /* it may answer before */
        if (client_receive(client, &answer, &err) < 0) {
            serving_fail(*state, "no answer", &err);
        }
        print_message("# %zu bytes: %u\n", rows[i].len, answer.status);
        assert_int_equal(answer.status, rows[i].status);
        assert_true(answer.status == 200 || client_wait_closed(client, 2000, &took_ms));
    }
}

static void other_paths_and_methods_are_refused_in_constant_words(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        unsigned int status;
    } rows[] = {
        {"GET", "/mutate", 405},
        {"PUT", "/mutate", 405},
        {"DELETE", "/mutate", 405},
        {"OPTIONS", "/mutate", 405},
        {"GET", "/mutate/namespace", 405},
        {"POST", "/nope", 404},
        {"POST", "/", 404},
        {"POST", "//mutate", 404},
        {"POST", "/mutate/", 404},
        {"POST", "/%6dutate", 404},
        {"POST", "/mutate%00", 404},
        {"POST", "/./mutate", 404},
        {"POST", "/x/../mutate", 404},
        {"POST", "/MUTATE", 404},
        {"POST", "/mutate/namespace/", 404},
        {"GET", "/metrics", 404},
        {"GET", "/<script>alert(1)</script>", 404},
    };
    CLEANUP(free) char *words = NULL; /* of the first 404 */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct client_message message = {.method = rows[i].method, .path = rows[i].path};
        CLEANUP(client_free) struct client *client = serving_connect(*state);
        CLEANUP(answer_clear) struct answer answer = {0};
        struct err err = {0};

        if (client_request(client, &message, &answer, &err) < 0) {
            serving_fail(*state, rows[i].path, &err);
        }
        if (answer.status != rows[i].status) {
            fail_msg("%s %s: expected %u, found %u", rows[i].method, rows[i].path, rows[i].status,
                     answer.status);
        }
        assert_int_equal(answer_has(&answer, "Allow", "POST"), rows[i].status == 405);
        if (rows[i].status == 404 && words == NULL) {
            words = TAKE(answer.body);
        } else if (rows[i].status == 404) {
            assert_string_equal(answer.body, words);
        }
    }
}

static void a_query_is_not_looked_at(void **state)
{
    static const char *const paths[] = {"/mutate", "/mutate?", "/mutate?timeout=30s",
                                        "/mutate?a=b&timeout=x&timeout=y",
                                        "/mutate/namespace?timeout=10s"};
    CLEANUP(client_free) struct client *client = serving_connect(*state);
    CLEANUP(buf_clear) struct buf body = BUF_INIT(SERVING_BYTES_MAX);

    generation_write_review(1, 0, &body);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const struct client_message message = {
            .path = paths[i], .body = body.bytes, .len = body.len};
        CLEANUP(answer_clear) struct answer answer = {0};
        struct err err = {0};

        if (client_request(client, &message, &answer, &err) < 0) {
            serving_fail(*state, paths[i], &err);
        }
        assert_int_equal(answer.status, 200);
    }
}

/* Send @n requests with the numbers from @number on, and hold the answers against them. */
static void pipeline(struct served *served, struct client *client, unsigned int number)
{
    CLEANUP(buf_clear) struct buf requests = BUF_INIT(SERVING_BYTES_MAX);
    struct err err = {0};

    for (unsigned int i = 0; i < N_PIPELINED; i++) {
        CLEANUP(buf_clear) struct buf body = BUF_INIT(SERVING_BYTES_MAX);
        generation_write_review(number + i, 0, &body);
        const struct client_message message = {.body = body.bytes, .len = body.len};
        client_write(&message, &requests);
    }
    if (client_send(client, requests.bytes, requests.len, &err) < 0) {
        serving_fail(served, "cannot send", &err);
    }
    for (unsigned int i = 0; i < N_PIPELINED; i++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        CLEANUP(generation_clear) struct generation_answer review = {0};
        char uid[GENERATION_UID_SIZE];

        if (client_receive(client, &answer, &err) < 0 ||
            generation_read(&answer, &review, &err) < 0) {
            serving_fail(served, "no answer", &err);
        }
        (void)snprintf(uid, sizeof(uid), "review-%u", number + i);
        assert_string_equal(review.uid, uid);
    }
}

static void pipelined_requests_are_answered_in_order_and_leave_nothing_behind(void **state)
{
    const unsigned int n = serving_is_sanitized() ? N_SANITIZED : N_REQUESTS;
    CLEANUP(client_free) struct client *client = serving_connect(*state);
    size_t before_kib = 0;
    size_t after_kib;

    for (unsigned int number = 0; number < n; number += N_PIPELINED) {
        if (number == n / 10) {
            before_kib = served_memory_kib(*state);
        }
        pipeline(*state, client, number);
    }
    after_kib = served_memory_kib(*state);
    print_message("# %zu KiB after %u requests, %zu KiB after %u\n", before_kib, n / 10, after_kib,
                  n);
    assert_int_equal(client_n_waiting(client), 0);
    if (!serving_is_sanitized()) {
        assert_true(after_kib < before_kib + GROWTH_KIB_LIMIT);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_may_have_8_mib_and_not_a_byte_more),
        cmocka_unit_test(a_body_that_is_far_too_large_is_refused_before_it_comes),
        cmocka_unit_test(a_head_has_room_for_32_kib_and_ends_before_40),
        cmocka_unit_test(other_paths_and_methods_are_refused_in_constant_words),
        cmocka_unit_test(a_query_is_not_looked_at),
        cmocka_unit_test(pipelined_requests_are_answered_in_order_and_leave_nothing_behind),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("bounds", tests, start, stop);
}
