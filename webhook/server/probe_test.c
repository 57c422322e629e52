/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/probe.h"

#include <pthread.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "certs/issue.h"
#include "webhook/server/current.h"
#include "webhook/server/http_test.h"
#include "webhook/server/listener.h"
#include "webhook/server/parts_test.h"

/* A TLS port that answers /healthz with a status of our choice. */
struct fixture {
    struct identity *identity;
    struct callers callers;
    unsigned int status;
    struct http_route route;
    struct listener *listener;
};

static void answer(void *data, const struct http_request *request, struct http_response *response)
{
    const struct fixture *f = data;

    (void)request;
    response->status = f->status;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct listener_options options = {
        .address = "127.0.0.1:0",
        .n_workers = 1,
        .max_connections = 10,
        .request_timeout_ms = 10000,
        .idle_timeout_ms = 10000,
    };
    struct err err = {0};

    assert_non_null(f);
    f->status = 200;
    f->identity = parts_new_identity();
    callers_init(&f->callers, &no_names);
    f->route = (struct http_route){
        .method = "GET", .path = PROBE_PATH, .answer_max_bytes = 64, .answer = answer, .data = f};
    options.routes = (struct http_routes){.items = &f->route, .n = 1};
    options.identity = f->identity;
    options.callers = &f->callers;
    f->listener = listener_start(&options, &err);
    if (f->listener == NULL) {
        fail_msg("%s", err.msg);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    listener_stop(f->listener);
    callers_clear(&f->callers);
    identity_free(f->identity);
    free(f);
    return 0;
}

/* The message of a try that failed. */
static const char *fail_to(const char *address, struct identity *identity, struct err *err)
{
    *err = (struct err){0};
    assert_int_equal(probe_once(address, identity, err), -1);
    assert_int_not_equal(err->code, ERR_NONE);
    print_message("# %s\n", err->msg);
    return err->msg;
}

static void our_own_port_is_found_well(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};

    for (int i = 0; i < 5; i++) {
        assert_int_equal(probe_once(listener_address(f->listener), f->identity, &err), 0);
    }
}

static void a_port_that_asks_for_a_client_certificate_is_found_well(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    static const char *const names[] = {"ca"};
    const struct issue_options options = {.common_name = "ca",
                                          .names = names,
                                          .n_names = 1,
                                          .now_s = clock_wall_s(),
                                          .validity_s = 1000};

    assert_int_equal(issue_self_signed(&options, &pem, &err), 0);
    callers_use_trust(&f->callers, trust_parse(pem.certificates, strlen(pem.certificates), &err));
    assert_int_equal(probe_once(listener_address(f->listener), f->identity, &err), 0);
}

static void another_status_is_a_failure(void **state)
{
    static const unsigned int statuses[] = {500, 503, 404, 201, 204};
    struct fixture *f = *state;
    struct err err;

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        f->status = statuses[i];
        assert_string_equal(fail_to(listener_address(f->listener), f->identity, &err),
                            "answer: expected status 200");
    }
}

static void a_port_with_another_certificate_is_not_ours(void **state)
{
    struct fixture *f = *state;
    CLEANUP(identity_free) struct identity *other = parts_new_identity();
    struct err err;

    assert_string_equal(fail_to(listener_address(f->listener), other, &err),
                        "another certificate than ours was presented");
}

static void without_a_certificate_of_ours_no_port_is_ours(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    CLEANUP(identity_free) struct identity *none = identity_new(&no_names, &err);

    assert_string_equal(fail_to(listener_address(f->listener), none, &err),
                        "another certificate than ours was presented");
}

/* A socket that listens, and its address. */
static int listen_somewhere(char address[static ADDRESS_TEXT_SIZE])
{
    struct err err = {0};
    int fd = -1;

    assert_int_equal(address_listen("127.0.0.1:0", &fd, address, &err), 0);
    return fd;
}

static void where_nobody_listens_it_fails_at_once(void **state)
{
    struct fixture *f = *state;
    const uint64_t start_ms = clock_monotonic_ms();
    char address[ADDRESS_TEXT_SIZE];
    struct err err;

    assert_int_equal(close(listen_somewhere(address)), 0);
    assert_non_null(strstr(fail_to(address, f->identity, &err), address));
    assert_in_range(clock_monotonic_ms() - start_ms, 0, PROBE_TIMEOUT_MS - 1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(fail_to("nonsense", f->identity, &err), "nonsense"));
}

static void a_port_that_says_nothing_is_given_up_in_time(void **state)
{
    struct fixture *f = *state;
    const uint64_t start_ms = clock_monotonic_ms();
    char address[ADDRESS_TEXT_SIZE];
    const int fd = listen_somewhere(address); /* the kernel accepts, nobody reads */
    struct err err;

    assert_string_equal(fail_to(address, f->identity, &err), "handshake: no answer within 1000 ms");
    assert_in_range(clock_monotonic_ms() - start_ms, PROBE_TIMEOUT_MS - 10,
                    PROBE_TIMEOUT_MS + 1000);
    assert_int_equal(close(fd), 0);
}

/* One that speaks no TLS: what it says, and how it ends. */
struct stranger {
    int listen_fd;
    const char *says;
};

static void *speak(void *data)
{
    const struct stranger *stranger = data;
    char hello[4096];
    int fd;

    assert_true(http_test_wait(stranger->listen_fd, POLLIN, HTTP_TEST_PATIENCE_MS));
    fd = accept(stranger->listen_fd, NULL, NULL);
    assert_true(fd >= 0);
    assert_true(recv(fd, hello, sizeof(hello), 0) > 0);
    http_test_send(fd, stranger->says);
    assert_int_equal(close(fd), 0);
    return NULL;
}

static void a_port_that_speaks_no_tls_is_a_failure(void **state)
{
    static const char *const rows[] = {
        "",
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        "\x16\x03\x03",
        "\x15\x03\x03\x00\x02\x02\x28",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char address[ADDRESS_TEXT_SIZE];
        CLEANUP(close) int fd = listen_somewhere(address);
        struct stranger stranger = {.listen_fd = fd, .says = rows[i]};
        pthread_t thread;
        struct err err;
        assert_int_equal(pthread_create(&thread, NULL, speak, &stranger), 0);
        assert_memory_equal(fail_to(address, f->identity, &err), "handshake: ", 11);
        assert_int_equal(err.code, ERR_IO);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

static void no_descriptor_is_left_behind(void **state)
{
    struct fixture *f = *state;
    const int before = dup(STDIN_FILENO);
    CLEANUP(close) int after = -1;
    struct err err;

    assert_int_equal(close(before), 0); /* its number is the lowest that is free */
    f->status = 500;
    for (int i = 0; i < 10; i++) {
        (void)fail_to("127.0.0.1:1", f->identity, &err);
    }
    after = dup(STDIN_FILENO);
    assert_int_equal(after, before);
}

static void the_first_try_is_told_before_the_thread_starts(void **state)
{
    struct fixture *f = *state;
    struct current policies = {.value = NULL}; /* nobody asks for them */
    struct readiness readiness;
    struct probe *probe;
    struct err err = {0};

    readiness_init(&readiness, &policies, f->identity);
    probe = probe_start(listener_address(f->listener), f->identity, &readiness, &err);
    assert_non_null(probe);
    assert_true(readiness.facts.was_probed);
    assert_int_equal(readiness.facts.probe.code, ERR_NONE);
    probe_stop(probe); /* at once */
    probe_stop(NULL);
    f->status = 500;
    probe = probe_start(listener_address(f->listener), f->identity, &readiness, &err);
    assert_non_null(probe); /* a failure is told, and tried again */
    assert_string_equal(readiness.facts.probe.msg, "answer: expected status 200");
    probe_stop(probe);
    readiness_clear(&readiness);
}

#define PROBE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBE_TEST(our_own_port_is_found_well),
        PROBE_TEST(a_port_that_asks_for_a_client_certificate_is_found_well),
        PROBE_TEST(another_status_is_a_failure),
        PROBE_TEST(a_port_with_another_certificate_is_not_ours),
        PROBE_TEST(without_a_certificate_of_ours_no_port_is_ours),
        PROBE_TEST(where_nobody_listens_it_fails_at_once),
        PROBE_TEST(a_port_that_says_nothing_is_given_up_in_time),
        PROBE_TEST(a_port_that_speaks_no_tls_is_a_failure),
        PROBE_TEST(no_descriptor_is_left_behind),
        PROBE_TEST(the_first_try_is_told_before_the_thread_starts),
    };

    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
