/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/test.h"

struct bench {
    struct loop *loop;
    struct loop_timer timer;
    struct loop_timer other;
    int ends[2]; /* of a pipe */
    unsigned int n_rung;
    unsigned int n_other;
    unsigned int n_ready;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct err err = {0};

    assert_non_null(bench);
    *state = bench;
    bench->loop = loop_new(&err);
    return bench->loop != NULL ? pipe(bench->ends) : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    loop_free(bench->loop);
    (void)close(bench->ends[0]);
    (void)close(bench->ends[1]);
    free(bench);
    return 0;
}

static void count(void *data)
{
    ((struct bench *)data)->n_rung++;
}

static void count_other(void *data)
{
    ((struct bench *)data)->n_other++;
}

static void a_timer_rings_once_when_its_time_has_come(void **state)
{
    struct bench *bench = *state;
    const uint64_t start_ms = clock_monotonic_ms();

    bench->timer = (struct loop_timer){.ring = count, .data = bench};
    loop_set_timer(bench->loop, &bench->timer, start_ms + 30);
    while (bench->n_rung == 0) {
        loop_step(bench->loop, 10000);
    }
    assert_in_range(clock_monotonic_ms() - start_ms, 30, 2000);
    assert_false(bench->timer.is_set);
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_rung, 1);
}

static void a_timer_that_is_set_again_moves(void **state)
{
    struct bench *bench = *state;
    const uint64_t now_ms = clock_monotonic_ms();

    bench->timer = (struct loop_timer){.ring = count, .data = bench};
    loop_set_timer(bench->loop, &bench->timer, now_ms);
    loop_set_timer(bench->loop, &bench->timer, now_ms + 100000);
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_rung, 0);
    loop_stop_timer(bench->loop, &bench->timer);
    loop_stop_timer(bench->loop, &bench->timer); /* twice does no harm */
}

static void ring_again(void *data)
{
    struct bench *bench = data;

    bench->n_rung++;
    loop_set_timer(bench->loop, &bench->timer, 0);
}

static void a_timer_that_sets_itself_does_not_hold_the_step(void **state)
{
    struct bench *bench = *state;

    bench->timer = (struct loop_timer){.ring = ring_again, .data = bench};
    loop_set_timer(bench->loop, &bench->timer, 0);
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_rung, 1);
    loop_step(bench->loop, 10000);
    assert_int_equal(bench->n_rung, 2);
    loop_stop_timer(bench->loop, &bench->timer);
}

static void stop_both(void *data)
{
    struct bench *bench = data;

    bench->n_rung++;
    loop_stop_timer(bench->loop, &bench->timer);
    loop_stop_timer(bench->loop, &bench->other);
}

static void a_timer_that_another_stops_does_not_ring(void **state)
{
    struct bench *bench = *state;

    bench->timer = (struct loop_timer){.ring = stop_both, .data = bench};
    bench->other = (struct loop_timer){.ring = stop_both, .data = bench};
    loop_set_timer(bench->loop, &bench->timer, 0);
    loop_set_timer(bench->loop, &bench->other, 0);
    loop_step(bench->loop, 0);
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_rung, 1);
}

static void read_one(void *data)
{
    struct bench *bench = data;
    char byte;

    bench->n_ready++;
    assert_int_equal(read(bench->ends[0], &byte, 1), 1);
}

static void a_descriptor_is_served_while_it_can_be_read(void **state)
{
    struct bench *bench = *state;

    loop_add_fd(bench->loop, bench->ends[0], read_one, bench);
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_ready, 0);
    assert_int_equal(write(bench->ends[1], "ab", 2), 2);
    loop_step(bench->loop, 10000);
    loop_step(bench->loop, 10000);
    assert_int_equal(bench->n_ready, 2);
    loop_remove_fd(bench->loop, bench->ends[0]);
    loop_remove_fd(bench->loop, bench->ends[0]); /* one that is not there does no harm */
    assert_int_equal(write(bench->ends[1], "c", 1), 1);
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_ready, 2);
}

static void a_descriptor_wakes_a_step_that_waits_for_a_timer(void **state)
{
    struct bench *bench = *state;
    const uint64_t start_ms = clock_monotonic_ms();

    bench->other = (struct loop_timer){.ring = count_other, .data = bench};
    loop_set_timer(bench->loop, &bench->other, start_ms + 5000);
    loop_add_fd(bench->loop, bench->ends[0], read_one, bench);
    assert_int_equal(write(bench->ends[1], "a", 1), 1);
    loop_step(bench->loop, 10000);
    assert_int_equal(bench->n_ready, 1);
    assert_int_equal(bench->n_other, 0);
    assert_true(clock_monotonic_ms() - start_ms < 4000);
    loop_stop_timer(bench->loop, &bench->other);
}

static void count_ready(void *data)
{
    ((struct bench *)data)->n_ready++;
}

static void a_descriptor_is_served_while_it_can_be_written_to(void **state)
{
    static const char block[4096];
    struct bench *bench = *state;

    loop_add_writable_fd(bench->loop, bench->ends[1], count_ready, bench);
    loop_step(bench->loop, 10000);
    assert_int_equal(bench->n_ready, 1);
    assert_int_equal(fcntl(bench->ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(bench->ends[1], block, sizeof(block)) > 0) {
    }
    loop_step(bench->loop, 0);
    assert_int_equal(bench->n_ready, 1);
    loop_remove_fd(bench->loop, bench->ends[1]);
}

static void what_waits_to_be_written_to_is_told_of_a_failure(void **state)
{
    struct bench *bench = *state;

    loop_add_writable_fd(bench->loop, bench->ends[1], count_ready, bench);
    (void)close(bench->ends[0]);
    bench->ends[0] = -1;
    loop_step(bench->loop, 10000);
    assert_int_equal(bench->n_ready, 1);
    loop_remove_fd(bench->loop, bench->ends[1]);
}

static void a_loop_says_when_it_is_full(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < LOOP_FDS_MAX; i++) {
        assert_true(loop_has_room(bench->loop));
        loop_add_fd(bench->loop, bench->ends[0], count_ready, bench);
    }
    assert_false(loop_has_room(bench->loop));
    loop_remove_fd(bench->loop, bench->ends[0]);
    assert_true(loop_has_room(bench->loop));
}

static void wait_within(void *data)
{
    loop_step(((struct bench *)data)->loop, 0);
}

static void a_callback_that_waits_is_a_bug(void **state)
{
    struct bench *bench = *state;
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        (void)fclose(stderr); /* the assertion's own words */
        (void)signal(SIGABRT, SIG_DFL);
        bench->timer = (struct loop_timer){.ring = wait_within, .data = bench};
        loop_set_timer(bench->loop, &bench->timer, 0);
        loop_step(bench->loop, 0);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void note_result(void *data, CURLcode result)
{
    *(CURLcode *)data = result;
}

static void a_transfer_tells_how_it_ended(void **state)
{
    struct bench *bench = *state;
    CURL *easy = curl_easy_init();
    CURLcode result = CURLE_OK;
    struct err err = {0};

    (void)curl_easy_setopt(easy, CURLOPT_URL, "nothing://of.the.kind");
    assert_int_equal(loop_add_transfer(bench->loop, easy, note_result, &result, &err), 0);
    for (unsigned int i = 0; i < 100 && result == CURLE_OK; i++) {
        loop_step(bench->loop, 100);
    }
    assert_int_equal(result, CURLE_UNSUPPORTED_PROTOCOL);
    curl_easy_cleanup(easy);
}

static void a_transfer_that_is_removed_does_not_call_back(void **state)
{
    struct bench *bench = *state;
    CURL *easy = curl_easy_init();
    CURLcode result = CURLE_OK;
    struct err err = {0};

    (void)curl_easy_setopt(easy, CURLOPT_URL, "nothing://of.the.kind");
    assert_int_equal(loop_add_transfer(bench->loop, easy, note_result, &result, &err), 0);
    loop_remove_transfer(bench->loop, easy);
    loop_step(bench->loop, 10);
    assert_int_equal(result, CURLE_OK);
    curl_easy_cleanup(easy);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(a_timer_rings_once_when_its_time_has_come),
        WITH_BENCH(a_timer_that_is_set_again_moves),
        WITH_BENCH(a_timer_that_sets_itself_does_not_hold_the_step),
        WITH_BENCH(a_timer_that_another_stops_does_not_ring),
        WITH_BENCH(a_descriptor_is_served_while_it_can_be_read),
        WITH_BENCH(a_descriptor_wakes_a_step_that_waits_for_a_timer),
        WITH_BENCH(a_descriptor_is_served_while_it_can_be_written_to),
        WITH_BENCH(what_waits_to_be_written_to_is_told_of_a_failure),
        WITH_BENCH(a_loop_says_when_it_is_full),
        WITH_BENCH(a_callback_that_waits_is_a_bug),
        WITH_BENCH(a_transfer_tells_how_it_ended),
        WITH_BENCH(a_transfer_that_is_removed_does_not_call_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
