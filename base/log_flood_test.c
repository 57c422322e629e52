/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Floods of equal lines
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/log_test.h"

#define N_THREADS 4
#define N_FLOOD   10000
#define N_WINDOWS 10 /* that each thread ends */

/* Far longer than any test runs. */
#define LONG_WINDOW_MS 3600000

/* What became of the lines of one kind. */
struct tally {
    size_t n_written;
    size_t n_summaries;
    long long n_suppressed;
};

static struct tally count_kind(const char *text, const char *level, const char *message)
{
    struct tally tally = {0};

    for (const char *start = text; *start != '\0';) {
        size_t len = strcspn(start, "\n") + 1;
        CLEANUP(free) char *copy = strndup(start, len);
        json_auto_t *line = parse_line(copy);
        const json_t *suppressed = json_object_get(line, "suppressed");
        start += len;
        if (strcmp(get_text(line, "level"), level) != 0 ||
            strcmp(get_text(line, "msg"), message) != 0) {
            continue;
        }
        tally.n_written += suppressed == NULL;
        tally.n_summaries += suppressed != NULL;
        tally.n_suppressed += json_integer_value(suppressed);
        assert_int_equal(json_object_size(line), suppressed != NULL ? 4 : 3);
    }
    return tally;
}

/* Start counting anew, with a window that no test outlasts. */
static struct capture begin_flood(void)
{
    free(log_and_capture("ends what was before", NULL));
    log_flush_all();
    log_set(LOG_DEBUG, true);
    log_set_window(LONG_WINDOW_MS);
    return begin_capture();
}

static char *end_flood(struct capture *capture)
{
    log_set_window(LOG_BURST_WINDOW_MS);
    return end_capture(capture);
}

static void a_flood_of_equal_lines_is_summarised(void **state)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};

    (void)state;
    for (enum log_level level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        struct capture capture = begin_flood();
        for (size_t i = 0; i < N_FLOOD; i++) {
            log_line(level, "refused", NULL);
        }
        log_flush(); /* the second is not over */
        log_set_window(0);
        log_flush();
        log_flush();
        CLEANUP(free) char *text = end_flood(&capture);
        const struct tally tally = count_kind(text, names[level], "refused");
        assert_int_equal(tally.n_written, LOG_BURST_MAX);
        assert_int_equal(tally.n_summaries, 1);
        assert_int_equal(tally.n_suppressed, N_FLOOD - LOG_BURST_MAX);
    }
}

static void as_many_as_may_be_written_need_no_summary(void **state)
{
    struct capture capture = begin_flood();

    (void)state;
    for (size_t i = 0; i < LOG_BURST_MAX; i++) {
        log_line(LOG_INFO, "refused", NULL);
    }
    log_flush_all();
    CLEANUP(free) char *text = end_flood(&capture);
    const struct tally tally = count_kind(text, "info", "refused");
    assert_int_equal(tally.n_written, LOG_BURST_MAX);
    assert_int_equal(tally.n_summaries, 0);
}

static void the_next_line_of_any_kind_brings_the_summary(void **state)
{
    struct capture capture = begin_flood();

    (void)state;
    for (size_t i = 0; i < N_FLOOD; i++) {
        log_line(LOG_INFO, "refused", NULL);
    }
    log_set_window(0);
    log_line(LOG_WARN, "another", NULL);
    log_line(LOG_INFO, "refused", NULL);
    CLEANUP(free) char *text = end_flood(&capture);
    const char *summary = strstr(text, "\"suppressed\":9800}\n");
    assert_non_null(summary);
    assert_non_null(strstr(summary, "another")); /* behind it */
    assert_int_equal(count_kind(text, "info", "refused").n_written, LOG_BURST_MAX + 1);
}

static void a_window_ends_with_its_time(void **state)
{
    struct capture capture = begin_flood();

    (void)state;
    for (size_t i = 0; i <= LOG_BURST_MAX; i++) {
        log_line(LOG_INFO, "refused", NULL);
    }
    log_set_window(20);
    (void)usleep(30000);
    log_flush();
    CLEANUP(free) char *text = end_flood(&capture);
    assert_int_equal(count_kind(text, "info", "refused").n_summaries, 1);
}

static void a_summary_shows_the_message_as_its_lines_do(void **state)
{
    char message[2 * LOG_TEXT_MAX + 1];
    struct capture capture = begin_flood();

    (void)state;
    memset(message, 'x', sizeof(message) - 1);
    message[sizeof(message) - 1] = '\0';
    for (size_t i = 0; i <= LOG_BURST_MAX; i++) {
        log_line(LOG_INFO, message, NULL);
    }
    log_flush_all();
    CLEANUP(free) char *text = end_flood(&capture);
    memcpy(message + LOG_TEXT_MAX - 3, "...", sizeof("..."));
    const struct tally tally = count_kind(text, "info", message);
    assert_int_equal(tally.n_written, LOG_BURST_MAX);
    assert_int_equal(tally.n_suppressed, 1);
}

static void kinds_do_not_disturb_each_other(void **state)
{
    struct capture capture = begin_flood();

    (void)state;
    for (size_t i = 0; i < N_FLOOD; i++) {
        log_line(LOG_INFO, "refused", NULL);
        if (i % 100 == 0) {
            log_line(LOG_WARN, "refused", NULL);
        }
        if (i % 1000 == 0) {
            log_line(LOG_INFO, "refused for good", NULL);
        }
    }
    log_flush_all();
    CLEANUP(free) char *text = end_flood(&capture);
    const struct tally flood = count_kind(text, "info", "refused");
    const struct tally level = count_kind(text, "warn", "refused");
    const struct tally message = count_kind(text, "info", "refused for good");
    assert_int_equal(flood.n_written, LOG_BURST_MAX);
    assert_int_equal(flood.n_suppressed, N_FLOOD - LOG_BURST_MAX);
    assert_int_equal(level.n_written, N_FLOOD / 100);
    assert_int_equal(level.n_suppressed, 0);
    assert_int_equal(message.n_written, N_FLOOD / 1000);
    assert_int_equal(message.n_suppressed, 0);
}

/* Three messages more than there is room for, each in turn. */
static void more_kinds_than_there_is_room_for_lose_nothing(void **state)
{
    struct capture capture = begin_flood();
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < (size_t)2 * LOG_BURST_MAX; i++) {
        log_line(LOG_INFO, "oldest", NULL);
    }
    for (size_t i = 0; i < (size_t)3 * (LOG_KINDS_MAX + 3); i++) {
        char message[32];
        (void)snprintf(message, sizeof(message), "kind %zu", i % (LOG_KINDS_MAX + 3));
        log_line(LOG_INFO, message, NULL);
    }
    CLEANUP(free) char *text = end_flood(&capture);
    for (const char *at = strstr(text, "kind "); at != NULL; at = strstr(at + 1, "kind ")) {
        n++;
    }
    assert_int_equal(n, 3 * (LOG_KINDS_MAX + 3));
    const struct tally oldest = count_kind(text, "info", "oldest");
    assert_int_equal(oldest.n_written, LOG_BURST_MAX);
    assert_int_equal(oldest.n_suppressed, LOG_BURST_MAX);
}

static void *flood(void *data)
{
    (void)data;
    for (size_t i = 0; i < N_FLOOD; i++) {
        log_line(LOG_WARN, "refused", NULL);
        if (i % (N_FLOOD / N_WINDOWS) == 0) {
            log_flush_all();
        }
    }
    return NULL;
}

static void nothing_is_lost_across_windows_and_threads(void **state)
{
    struct capture capture = begin_flood();
    pthread_t threads[N_THREADS];

    (void)state;
    assert_int_equal(fcntl(fileno(capture.file), F_SETFL, O_APPEND), 0);
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, flood, NULL), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    log_flush_all();
    CLEANUP(free) char *text = end_flood(&capture);
    const struct tally tally = count_kind(text, "warn", "refused");
    assert_int_equal((long long)tally.n_written + tally.n_suppressed, N_THREADS * N_FLOOD);
    assert_true(tally.n_summaries > 1);
    assert_in_range(tally.n_written, LOG_BURST_MAX, (N_THREADS * N_WINDOWS + 1) * LOG_BURST_MAX);
}

static void lines_that_are_not_written_do_not_count(void **state)
{
    struct capture capture = begin_flood();

    (void)state;
    log_set(LOG_ERROR, true);
    for (size_t i = 0; i < N_FLOOD; i++) {
        log_line(LOG_WARN, "refused", NULL);
    }
    log_flush_all();
    CLEANUP(free) char *text = end_flood(&capture);
    assert_string_equal(text, "");
}

static void a_summary_that_nobody_took_counts_as_dropped(void **state)
{
    struct capture capture = begin_flood();

    (void)state;
    for (size_t i = 0; i < N_FLOOD; i++) {
        log_line(LOG_INFO, "refused", NULL);
    }
    (void)close(STDERR_FILENO);
    log_flush_all();
    free(end_flood(&capture));
    CLEANUP(free) char *text = log_and_capture("somebody reads again", NULL);
    json_auto_t *line = parse_line(text);
    assert_int_equal(json_integer_value(json_object_get(line, "dropped")),
                     N_FLOOD - LOG_BURST_MAX + 1);
}

static void flushing_keeps_errno(void **state)
{
    struct capture capture = begin_flood();

    (void)state;
    for (size_t i = 0; i <= LOG_BURST_MAX; i++) {
        log_line(LOG_WARN, "refused", NULL);
    }
    (void)close(STDERR_FILENO);
    errno = EBUSY;
    log_flush_all();
    assert_int_equal(errno, EBUSY);
    free(end_flood(&capture));
    free(log_and_capture("takes the count of the one that was dropped", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_equal_lines_is_summarised),
        cmocka_unit_test(as_many_as_may_be_written_need_no_summary),
        cmocka_unit_test(the_next_line_of_any_kind_brings_the_summary),
        cmocka_unit_test(a_window_ends_with_its_time),
        cmocka_unit_test(a_summary_shows_the_message_as_its_lines_do),
        cmocka_unit_test(kinds_do_not_disturb_each_other),
        cmocka_unit_test(more_kinds_than_there_is_room_for_lose_nothing),
        cmocka_unit_test(nothing_is_lost_across_windows_and_threads),
        cmocka_unit_test(lines_that_are_not_written_do_not_count),
        cmocka_unit_test(a_summary_that_nobody_took_counts_as_dropped),
        cmocka_unit_test(flushing_keeps_errno),
    };

    return cmocka_run_group_tests_name("log_flood", tests, NULL, NULL);
}
