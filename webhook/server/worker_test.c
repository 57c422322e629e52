/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/worker.h"

#include <time.h>

#include "base/cleanup.h"
#include "webhook/server/http_test.h"
#include "webhook/server/listener.h"
#include "webhook/server/parts_test.h"

#define N_CLIENTS  20
#define WATCHED_MS 1000

/* Of one processor in the time that is watched. A loop that turns in circles takes all of it. */
#define SPENT_MS_MAX 200

/* A listener for TLS without routes. */
struct fixture {
    struct identity *identity;
    struct callers callers;
    struct listener *listener;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct err err = {0};

    callers_init(&fixture.callers, &no_names);
    fixture.identity = parts_new_identity();
    const struct listener_options options = {
        .address = "127.0.0.1:0",
        .n_workers = 2,
        .max_connections = (size_t)2 * N_CLIENTS,
        .request_timeout_ms = 60000,
        .idle_timeout_ms = 60000,
        .identity = fixture.identity,
        .callers = &fixture.callers,
    };
    fixture.listener = listener_start(&options, &err);
    assert_non_null(fixture.listener);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    listener_stop(f->listener);
    identity_free(f->identity);
    callers_clear(&f->callers);
    return 0;
}

/* A connection that stands. */
static int connect_to(const struct fixture *f)
{
    return http_test_connect(listener_address(f->listener));
}

/* The processor time of this process, whose only busy threads are the listener's. */
static uint64_t spent_ms(void)
{
    struct timespec spent = {0};

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent), 0);
    return (uint64_t)spent.tv_sec * 1000 + (uint64_t)spent.tv_nsec / 1000000;
}

static uint64_t spend_watched(void)
{
    uint64_t before_ms = spent_ms();

    (void)poll(NULL, 0, 100); /* what came is dealt with */
    (void)poll(NULL, 0, WATCHED_MS);
    return spent_ms() - before_ms;
}

static void a_handshake_that_waits_for_its_client_costs_nothing(void **state)
{
    static const char *const beginnings[] = {
        "",                     /* nothing at all */
        "\x16\x03\x01",         /* a part of a record's head */
        "\x16\x03\x01\x01\x2c", /* a record of 300 bytes, and none of them */
    };
    const struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        int fds[N_CLIENTS];
        uint64_t spent;
        for (size_t n = 0; n < N_CLIENTS; n++) {
            fds[n] = connect_to(f);
            assert_int_equal(write(fds[n], beginnings[i], strlen(beginnings[i])),
                             strlen(beginnings[i]));
        }
        spent = spend_watched();
        print_message("# %d clients: %llu ms of %d\n", N_CLIENTS, (unsigned long long)spent,
                      WATCHED_MS);
        assert_in_range(spent, 0, SPENT_MS_MAX);
        for (size_t n = 0; n < N_CLIENTS; n++) {
            (void)close(fds[n]);
        }
    }
}

/* For a client that does not listen. */
static ssize_t pull_nothing(gnutls_transport_ptr_t data, void *bytes, size_t len)
{
    (void)data;
    (void)bytes;
    (void)len;
    errno = EAGAIN;
    return -1;
}

/* A client that says hello and does not answer the server's. */
static void a_handshake_that_its_client_leaves_half_way_costs_nothing(void **state)
{
    const struct fixture *f = *state;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t clients[N_CLIENTS];
    int fds[N_CLIENTS];
    uint64_t spent;

    assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
    for (size_t i = 0; i < N_CLIENTS; i++) {
        fds[i] = connect_to(f);
        assert_int_equal(gnutls_init(&clients[i], GNUTLS_CLIENT | GNUTLS_NONBLOCK), 0);
        assert_int_equal(gnutls_set_default_priority(clients[i]), 0);
        assert_int_equal(gnutls_credentials_set(clients[i], GNUTLS_CRD_CERTIFICATE, credentials),
                         0);
        gnutls_transport_set_int(clients[i], fds[i]);
        gnutls_transport_set_pull_function(clients[i], pull_nothing);
        assert_int_equal(gnutls_handshake(clients[i]), GNUTLS_E_AGAIN);
    }
    spent = spend_watched();
    print_message("# %d clients: %llu ms of %d\n", N_CLIENTS, (unsigned long long)spent,
                  WATCHED_MS);
    assert_in_range(spent, 0, SPENT_MS_MAX);
    for (size_t i = 0; i < N_CLIENTS; i++) {
        gnutls_deinit(clients[i]);
        (void)close(fds[i]);
    }
    gnutls_certificate_free_credentials(credentials);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_handshake_that_waits_for_its_client_costs_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_handshake_that_its_client_leaves_half_way_costs_nothing,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
