/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/health.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/test.h"

/* The port is served by the loop in a thread; the test asks it as the kubelet does. */
struct fixture {
    struct loop *loop;
    struct health *health;
    pthread_t thread;
    atomic_bool is_over;
    atomic_bool is_ready;
};

static int check(void *data, struct err *err)
{
    const struct fixture *fixture = data;

    return fixture->is_ready ? 0 : err_set(err, ERR_IO, "nobody answers");
}

static void write_page(void *data, struct buf *out)
{
    (void)data;
    buf_add_text(out, "a_metric 1\n");
}

static void *turn(void *data)
{
    struct fixture *fixture = data;

    while (!fixture->is_over) {
        loop_step(fixture->loop, 20);
    }
    return NULL;
}

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const struct health_answers answers = {.check = check, .write = write_page, .data = fixture};
    struct err err = {0};

    assert_non_null(fixture);
    fixture->is_ready = true;
    fixture->loop = loop_new(&err);
    assert_non_null(fixture->loop);
    fixture->health = health_new(fixture->loop, "127.0.0.1:0", &answers, &err);
    if (fixture->health == NULL) {
        fail_msg("%s", err.msg);
    }
    assert_int_equal(pthread_create(&fixture->thread, NULL, turn, fixture), 0);
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;

    fixture->is_over = true;
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
    health_free(fixture->health);
    loop_free(fixture->loop);
    free(fixture);
    return 0;
}

struct page {
    long status;
    char type[64];
    char body[512];
    size_t len;
};

static size_t keep(char *bytes, size_t size, size_t n, void *data)
{
    struct page *page = data;

    assert_true(page->len + size * n < sizeof(page->body));
    memcpy(page->body + page->len, bytes, size * n);
    page->len += size * n;
    return size * n;
}

static struct page ask(const struct fixture *fixture, const char *method, const char *path)
{
    struct page page = {.status = 0};
    CURL *easy = curl_easy_init();
    const char *type = NULL;
    char url[128];

    assert_non_null(easy);
    (void)snprintf(url, sizeof(url), "http://%s%s", health_address(fixture->health), path);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_URL, url), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_PROXY, ""), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 5000L), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_WRITEDATA, &page), CURLE_OK);
    if (strcmp(method, "GET") != 0) {
        assert_int_equal(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method), CURLE_OK);
    }
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    assert_int_equal(curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &page.status), CURLE_OK);
    assert_int_equal(curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type), CURLE_OK);
    (void)snprintf(page.type, sizeof(page.type), "%s", type != NULL ? type : "");
    curl_easy_cleanup(easy);
    return page;
}

static void it_is_alive_while_the_loop_turns(void **state)
{
    const struct page page = ask(*state, "GET", "/healthz");

    assert_int_equal(page.status, 200);
    assert_string_equal(page.body, "alive\n");
}

static void it_is_ready_when_it_does_its_work_and_says_why_not(void **state)
{
    struct fixture *fixture = *state;
    struct page page = ask(fixture, "GET", "/readyz");

    assert_int_equal(page.status, 200);
    fixture->is_ready = false;
    page = ask(fixture, "GET", "/readyz");
    assert_int_equal(page.status, 503);
    assert_string_equal(page.body, "nobody answers\n");
    assert_int_equal(ask(fixture, "GET", "/healthz").status, 200);
}

static void metrics_have_the_type_that_prometheus_expects(void **state)
{
    const struct page page = ask(*state, "GET", "/metrics");

    assert_int_equal(page.status, 200);
    assert_string_equal(page.type, "text/plain; version=0.0.4; charset=utf-8");
    assert_string_equal(page.body, "a_metric 1\n");
}

static void other_paths_and_methods_are_refused(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        long status;
    } rows[] = {
        {"GET", "/", 404},           {"GET", "/healthz/", 404}, {"GET", "/metricsx", 404},
        {"POST", "/elsewhere", 404}, {"POST", "/readyz", 405},  {"DELETE", "/healthz", 405},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s %s\n", rows[i].method, rows[i].path);
        assert_int_equal(ask(*state, rows[i].method, rows[i].path).status, rows[i].status);
    }
}

/* Others must not wait for one that connects and says nothing. */
static void silent_clients_keep_nobody_waiting(void **state)
{
    const struct fixture *fixture = *state;
    int fds[HEALTH_CONNECTIONS_MAX / 2];
    struct err err = {0};
    uint64_t start_ms;

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        assert_int_equal(address_connect(health_address(fixture->health), &fds[i], &err), 0);
    }
    start_ms = clock_monotonic_ms();
    assert_int_equal(ask(fixture, "GET", "/healthz").status, 200);
    assert_true(clock_monotonic_ms() - start_ms < 1000);
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        assert_int_equal(close(fds[i]), 0);
    }
}

static void an_address_that_is_taken_is_named(void **state)
{
    const struct fixture *fixture = *state;
    const struct health_answers answers = {.check = check, .write = write_page, .data = *state};
    CLEANUP(loop_free) struct loop *loop = NULL;
    struct err err = {0};

    loop = loop_new(&err);
    assert_non_null(loop);
    assert_null(health_new(loop, health_address(fixture->health), &answers, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.msg, health_address(fixture->health)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_alive_while_the_loop_turns, start, stop),
        cmocka_unit_test_setup_teardown(it_is_ready_when_it_does_its_work_and_says_why_not, start,
                                        stop),
        cmocka_unit_test_setup_teardown(metrics_have_the_type_that_prometheus_expects, start, stop),
        cmocka_unit_test_setup_teardown(other_paths_and_methods_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(silent_clients_keep_nobody_waiting, start, stop),
        cmocka_unit_test_setup_teardown(an_address_that_is_taken_is_named, start, stop),
    };

    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
