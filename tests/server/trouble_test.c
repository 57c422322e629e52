/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Trouble that comes from the system
 *
 * usage: trouble_test HAWSER SHIM
 *
 * Descriptors, threads and memory run out, the clock jumps, the processor goes to others: requests
 * fail cleanly or not at all, and afterwards all is as before. SHIM is the library that makes some
 * of it (shim.h); with sanitizers, which must be the first library, those cases are left out.
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "tests/server/material.h"
#include "tests/server/serving.h"
#include "tests/server/shim.h"

#define DAY_S     (24LL * 60 * 60)
#define N_WAITERS 40

static const char *hawser;
static const char *shim;

/* Wishes that the server sees. */
struct shimmed {
    struct material *material;
    struct shim_wishes *wishes;
};

static struct shimmed wish(void)
{
    struct err err = {0};
    struct shimmed shimmed = {.material = material_new(&err)};
    CLEANUP(free) char *path = NULL;
    int fd;

    serving_check(shimmed.material != NULL ? 0 : -1, &err);
    path = material_path(shimmed.material, "wishes");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, sizeof(*shimmed.wishes)), 0);
    shimmed.wishes = mmap(NULL, sizeof(*shimmed.wishes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(shimmed.wishes != MAP_FAILED);
    (void)close(fd);
    assert_int_equal(setenv(SHIM_VARIABLE, path, 1), 0); // NOLINT(concurrency-mt-unsafe)
    assert_int_equal(setenv("LD_PRELOAD", shim, 1), 0);  // NOLINT(concurrency-mt-unsafe)
    return shimmed;
}

/* Servers that are started from now on live in the system as it is. */
static void wish_no_more(struct shimmed *shimmed)
{
    (void)unsetenv("LD_PRELOAD");  // NOLINT(concurrency-mt-unsafe)
    (void)unsetenv(SHIM_VARIABLE); // NOLINT(concurrency-mt-unsafe)
    (void)munmap(shimmed->wishes, sizeof(*shimmed->wishes));
    material_free(shimmed->material);
}

/* Send a review of @len bytes; the status, which is any, or 0 when the connection ends instead. */
static unsigned int try_asking(struct client *client, size_t len)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct client_message message = {.body = NULL};
    struct err err = {0};

    generation_write_review(1, len, &body);
    message.body = body.bytes;
    message.len = body.len;
    if (client_request(client, &message, &answer, &err) < 0) {
        assert_int_not_equal(client_state(client), CLIENT_OPEN);
        return 0;
    }
    if (answer.status == 503) {
        assert_true(answer_has(&answer, "Retry-After", "1"));
    }
    return answer.status;
}

/* Send a small review, which must be answered. */
static void ask(struct client *client)
{
    assert_int_equal(try_asking(client, 0), 200);
}

static void without_descriptors_those_who_are_there_are_served(void **state)
{
    const char *const arguments[] = {NULL};
    struct served *served = serving_start(hawser, arguments);
    struct client *client = serving_connect(served);
    const struct client_options options = {.plain = true};
    struct client *crowd[16] = {NULL};
    struct rlimit usual = {0};
    struct rlimit none;
    struct err err = {0};

    (void)state;
    ask(client);
    assert_int_equal(prlimit(served_pid(served), RLIMIT_NOFILE, NULL, &usual), 0);
    none = (struct rlimit){.rlim_cur = 1, .rlim_max = usual.rlim_max};
    assert_int_equal(prlimit(served_pid(served), RLIMIT_NOFILE, &none, NULL), 0);
    for (size_t i = 0; i < 16; i++) { /* wait at the door */
        crowd[i] = client_connect(served_address(served), &options, &err);
        assert_non_null(crowd[i]);
    }
    for (size_t i = 0; i < 20; i++) {
        ask(client);
    }
    serving_await_readiness(served, 0, "", SERVING_WAIT_MS); /* nor can a probe come in */
    assert_int_equal(prlimit(served_pid(served), RLIMIT_NOFILE, &usual, NULL), 0);
    serving_await_readiness(served, 200, "", SERVING_WAIT_MS);
    serving_ask(served);
    for (size_t i = 0; i < 16; i++) {
        client_free(crowd[i]);
    }
    client_free(client);
    serving_stop(served);
}

static void who_waited_too_long_is_sent_away_for_a_second(void **state)
{
    const char *const arguments[] = {NULL};
    struct served *served = serving_start(hawser, arguments);
    struct client *clients[N_WAITERS];
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    siginfo_t stopped = {0};
    struct err err = {0};
    size_t n_shed = 0;

    (void)state;
    serving_write_request(&request);
    for (size_t i = 0; i < N_WAITERS; i++) {
        clients[i] = serving_connect(served);
        ask(clients[i]);
    }
    pause_ms(200);                  /* so that the last answer is done with, too */
    served_signal(served, SIGSTOP); /* as if others had all processors */
    assert_int_equal(waitid(P_PID, (id_t)served_pid(served), &stopped, WSTOPPED), 0);
    for (size_t i = 0; i < N_WAITERS; i++) {
        serving_check(client_send(clients[i], request.bytes, request.len, &err), &err);
    }
    pause_ms(1500);
    served_signal(served, SIGCONT);
    for (size_t i = 0; i < N_WAITERS; i++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        serving_check(client_receive(clients[i], &answer, &err), &err);
        assert_true(answer.status == 503 || answer.status == 200);
        n_shed += answer.status == 503 && answer_has(&answer, "Retry-After", "1");
    }
    print_message("# %zu of %d that waited 1.5 s were sent away\n", n_shed, N_WAITERS);
    assert_int_equal(n_shed, N_WAITERS);
    for (size_t i = 0; i < N_WAITERS; i++) {
        ask(clients[i]);
        client_free(clients[i]);
    }
    serving_stop(served);
}

static void the_clock_may_jump(void **state)
{
    static const struct {
        long long offset_s;
        unsigned int readiness; /* the certificate is valid from an hour ago, for 90 days */
    } rows[] = {
        {DAY_S, 200}, {0, 200}, {100 * DAY_S, 503}, {0, 200}, {-DAY_S, 503}, {0, 200},
    };
    const char *const arguments[] = {NULL};
    struct shimmed shimmed = wish();
    struct served *served = serving_start(hawser, arguments);
    struct client *client = serving_connect(served);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %lld s\n", rows[i].offset_s);
        atomic_store(&shimmed.wishes->clock_offset_s, rows[i].offset_s);
        serving_await_readiness(served, rows[i].readiness, "", SERVING_WAIT_MS);
        for (int n = 0; n < 10; n++) {
            ask(client); /* no deadline moves */
            pause_ms(10);
        }
    }
    client_free(client);
    serving_stop(served);
    wish_no_more(&shimmed);
}

static void without_memory_a_request_fails_and_the_next_does_not(void **state)
{
    const char *const arguments[] = {NULL};
    const size_t len = 2UL * 1024 * 1024;
    struct shimmed shimmed = wish();
    struct served *served = serving_start(hawser, arguments);
    size_t n_told = 0;

    (void)state;
    for (size_t max = 1024; max < 2 * len; max *= 2) {
        struct client *client = serving_connect(served);
        unsigned int status;
        atomic_store(&shimmed.wishes->alloc_max, max);
        status = try_asking(client, len);
        atomic_store(&shimmed.wishes->alloc_max, 0);
        print_message("# at most %zu bytes at once: %u\n", max, status);
        assert_true(status == 0 || status == 200 || status == 500 || status == 503);
        n_told += status >= 500;
        client_free(client);
        serving_ask(served);
    }
    assert_true(n_told > 3);
    serving_stop(served);
    wish_no_more(&shimmed);
}

static void without_threads_it_does_not_start_and_says_so(void **state)
{
    const char *const arguments[] = {NULL};
    struct shimmed shimmed = wish();
    struct served *served;
    CLEANUP(free) char *text = NULL;

    (void)state;
    atomic_store(&shimmed.wishes->no_threads, 1);
    served = serving_launch(hawser, arguments);
    serving_await_exit(served, 3, SERVING_WAIT_MS);
    text = served_text(served);
    print_message("# %s", text);
    assert_non_null(strstr(text, "thread"));
    served_free(served);
    wish_no_more(&shimmed);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest everywhere[] = {
        cmocka_unit_test(without_descriptors_those_who_are_there_are_served),
        cmocka_unit_test(who_waited_too_long_is_sent_away_for_a_second),
    };
    const struct CMUnitTest with_shim[] = {
        cmocka_unit_test(without_descriptors_those_who_are_there_are_served),
        cmocka_unit_test(who_waited_too_long_is_sent_away_for_a_second),
        cmocka_unit_test(the_clock_may_jump),
        cmocka_unit_test(without_memory_a_request_fails_and_the_next_does_not),
        cmocka_unit_test(without_threads_it_does_not_start_and_says_so),
    };

    if (argc != 3) {
        (void)fprintf(stderr, "usage: %s HAWSER SHIM\n", argv[0]);
        return 2;
    }
    hawser = argv[1];
    shim = argv[2];
    if (serving_is_sanitized()) {
        return cmocka_run_group_tests_name("trouble", everywhere, NULL, NULL);
    }
    return cmocka_run_group_tests_name("trouble", with_shim, NULL, NULL);
}
