/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log_test.h"

#define N_THREADS          4
#define N_LINES_PER_THREAD 500

/* Runs first: nothing has called log_set() then. */
static void the_form_follows_where_standard_error_leads(void **state)
{
    CLEANUP(free) char *text = log_and_capture("x", NULL);
    CLEANUP(close) int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CLEANUP(close) int saved = dup(STDERR_FILENO);
    char line[200] = "";
    char name[200];

    (void)state;
    json_auto_t *object = parse_line(text);
    assert_int_equal(json_object_size(object), 3);

    if (grantpt(terminal) != 0) {
        print_message("# there are no pseudo-terminals here, as in a bare chroot\n");
        return;
    }
    assert_int_equal(unlockpt(terminal), 0);
    assert_int_equal(ptsname_r(terminal, name, sizeof(name)), 0);
    CLEANUP(close) int end = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(dup2(end, STDERR_FILENO) >= 0);
    log_line(LOG_WARN, "x", NULL);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    assert_true(read(terminal, line, sizeof(line) - 1) > 0);
    assert_string_equal(line + strlen("2026-01-02T03:04:05.678Z"), " warn  x\r\n");
}

static void a_line_is_a_json_object_with_time_level_message_and_fields(void **state)
{
    const struct log_field fields[] = {
        {.name = "kind", .text = "Workflow"}, {.name = "bytes", .number = -7}, {.name = NULL}};
    CLEANUP(free) char *text = NULL;
    struct timespec before = {0}; /* time() would be a tick behind the log's clock */
    struct timespec after = {0};
    struct tm tm = {0};
    int ms = -1;

    (void)state;
    log_set(LOG_INFO, true);
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &before), 0);
    text = log_and_capture("injected", fields);
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &after), 0);
    json_auto_t *line = parse_line(text);
    assert_int_equal(json_object_size(line), 5);
    assert_string_equal(get_text(line, "level"), "warn");
    assert_string_equal(get_text(line, "msg"), "injected");
    assert_string_equal(get_text(line, "kind"), "Workflow");
    assert_int_equal(json_integer_value(json_object_get(line, "bytes")), -7);
    assert_int_equal(strlen(get_text(line, "ts")), strlen("2026-01-02T03:04:05.678Z"));
    const char *rest = strptime(get_text(line, "ts"), "%Y-%m-%dT%H:%M:%S", &tm);
    assert_non_null(rest);
    assert_int_equal(sscanf(rest, ".%3dZ", &ms), 1); /* NOLINT(cert-err34-c): three digits */
    assert_in_range(timegm(&tm), before.tv_sec, after.tv_sec);
}

static void the_text_form_is_for_people(void **state)
{
    const struct log_field fields[] = {
        {.name = "path", .text = "a \"b\"\n"}, {.name = "n", .number = 3}, {.name = NULL}};
    CLEANUP(free) char *text = NULL;

    (void)state;
    log_set(LOG_INFO, false);
    text = log_and_capture("kept the policies\x1b[2J", fields);
    assert_string_equal(text + strlen("2026-01-02T03:04:05.678Z"),
                        " warn  kept the policies\\u001b[2J path=\"a \\\"b\\\"\\u000a\" n=3\n");
}

static void lines_below_the_level_are_not_written(void **state)
{
    static const size_t n_lines[] = {1, 2, 3, 4};

    (void)state;
    for (enum log_level most = LOG_ERROR; most <= LOG_DEBUG; most++) {
        struct capture capture = begin_capture();
        size_t n = 0;
        log_set(most, true);
        for (enum log_level level = LOG_ERROR; level <= LOG_DEBUG; level++) {
            log_line(level, "x", NULL);
        }
        CLEANUP(free) char *text = end_capture(&capture);
        for (const char *c = text; *c != '\0'; c++) {
            n += *c == '\n';
        }
        assert_int_equal(n, n_lines[most]);
    }
}

static void no_text_can_forge_or_break_a_line(void **state)
{
    static const struct {
        const char *text;
        const char *read; /* as a JSON reader sees it; NULL: the same */
    } rows[] = {
        {"a\n{\"level\":\"info\"}", NULL},
        {"\",\"msg\":\"forged", NULL},
        {"\\\"", NULL},
        {"\x1b[31m\x7f\r\b", NULL},
        {"\xc2\x9b\xe2\x80\xae\xe2\x80\xa8", NULL},
        {"\xc3\xa4\xf0\x9f\x98\x80", NULL},
        {"a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"", NULL},
    };

    (void)state;
    log_set(LOG_INFO, true);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct log_field fields[] = {{.name = "name", .text = rows[i].text}, {.name = NULL}};
        CLEANUP(free) char *text = log_and_capture(rows[i].text, fields);
        print_message("# row %zu: %s", i, text);
        for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
            assert_true((*c >= 0x20 && *c != 0x7f) || c[1] == '\0');
        }
        json_auto_t *line = parse_line(text);
        const char *read = rows[i].read != NULL ? rows[i].read : rows[i].text;
        assert_int_equal(json_object_size(line), 4);
        assert_string_equal(get_text(line, "msg"), read);
        assert_string_equal(get_text(line, "name"), read);
    }
}

static void a_long_text_is_cut_between_characters(void **state)
{
    static const char *const parts[] = {"x", "\n", "\"", "\xc3\xa4", "\xf0\x9f\x98\x80", "\xff"};

    (void)state;
    log_set(LOG_INFO, true);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (size_t lead = 0; lead < 6; lead++) {
            char message[1024] = "aaaaaa";
            size_t len = lead;
            while (len + 5 < sizeof(message)) {
                memcpy(message + len, parts[i], strlen(parts[i]) + 1);
                len += strlen(parts[i]);
            }
            CLEANUP(free) char *text = log_and_capture(message, NULL);
            const char *shown = strstr(text, "\"msg\":\"") + strlen("\"msg\":\"");
            size_t n_shown = strlen(shown) - strlen("\"}\n");
            json_auto_t *line = parse_line(text);
            assert_in_range(n_shown, LOG_TEXT_MAX - 8, LOG_TEXT_MAX);
            assert_memory_equal(shown + n_shown - 3, "...", 3);
            assert_non_null(get_text(line, "msg"));
        }
    }
}

static void a_text_that_just_fits_is_not_cut(void **state)
{
    char message[LOG_TEXT_MAX + 1];

    (void)state;
    log_set(LOG_INFO, true);
    memset(message, 'x', LOG_TEXT_MAX);
    message[LOG_TEXT_MAX] = '\0';
    CLEANUP(free) char *text = log_and_capture(message, NULL);
    json_auto_t *line = parse_line(text);
    assert_string_equal(get_text(line, "msg"), message);
}

static void fields_that_do_not_fit_are_left_out_whole(void **state)
{
    struct log_field fields[101] = {0};
    char value[LOG_TEXT_MAX + 1];

    (void)state;
    log_set(LOG_INFO, true);
    memset(value, 'x', LOG_TEXT_MAX);
    value[LOG_TEXT_MAX] = '\0';
    for (size_t i = 0; i < 99; i++) {
        fields[i] = (struct log_field){.name = value + 250 - i, .text = value};
    }
    fields[99] = (struct log_field){.name = "last", .number = 7}; /* still fits */
    CLEANUP(free) char *text = log_and_capture("x", fields);
    json_auto_t *line = parse_line(text);
    assert_in_range(strlen(text), 3000, 4096);
    assert_true(json_is_true(json_object_get(line, "cut")));
    assert_int_equal(json_integer_value(json_object_get(line, "last")), 7);
}

static void errno_is_kept(void **state)
{
    (void)state;
    log_set(LOG_INFO, true);
    struct capture capture = begin_capture();
    (void)close(STDERR_FILENO);
    errno = EBUSY;
    log_line(LOG_ERROR, "x", NULL);
    assert_int_equal(errno, EBUSY);
    free(end_capture(&capture));
    free(log_and_capture("takes the count of the one that was dropped", NULL));
}

static void a_reader_that_stopped_reading_costs_lines_and_not_the_program(void **state)
{
    struct capture capture = begin_capture();
    struct timespec start;
    struct timespec end;
    int ends[2];

    (void)state;
    log_set(LOG_INFO, true);
    log_set_window(0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    (void)close(ends[1]);
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < 5000; i++) {
        log_line(LOG_INFO, "nobody reads this", NULL); /* would block for good */
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    assert_in_range(end.tv_sec - start.tv_sec, 0, 5);
    (void)close(ends[0]);
    log_line(LOG_INFO, "nor can anybody", NULL); /* would raise SIGPIPE */
    free(end_capture(&capture));

    CLEANUP(free) char *text = log_and_capture("somebody reads again", NULL);
    json_auto_t *line = parse_line(text);
    assert_in_range(json_integer_value(json_object_get(line, "dropped")), 3000, 5001);
    CLEANUP(free) char *next = log_and_capture("and again", NULL);
    json_auto_t *next_line = parse_line(next);
    assert_null(json_object_get(next_line, "dropped"));
    log_set_window(LOG_BURST_WINDOW_MS);
}

static void a_text_is_written_as_it_is_or_not_at_all(void **state)
{
    static const char text[] = "Try this:\n\n  curl 'x' \"y\"\n";
    char large[PIPE_BUF + 2];
    struct capture capture = begin_capture();
    int ends[2];

    (void)state;
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    log_text(text);
    log_text(large);
    CLEANUP(free) char *written = end_capture(&capture);
    assert_string_equal(written, text);

    capture = begin_capture();
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    (void)close(ends[1]);
    for (size_t i = 0; i < 20; i++) {
        log_text(large + 1); /* would block for good */
    }
    (void)close(ends[0]);
    free(end_capture(&capture));
}

static void *log_many(void *name)
{
    const struct log_field fields[] = {{.name = "thread", .text = name}, {.name = NULL}};

    for (size_t i = 0; i < N_LINES_PER_THREAD; i++) {
        log_line(LOG_INFO, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", fields);
    }
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    char names[N_THREADS][2] = {"a", "b", "c", "d"};
    struct capture capture = begin_capture();
    pthread_t threads[N_THREADS];
    size_t n = 0;

    (void)state;
    log_set(LOG_INFO, true);
    log_set_window(0);
    assert_int_equal(fcntl(fileno(capture.file), F_SETFL, O_APPEND), 0);
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, names[i]), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    CLEANUP(free) char *text = end_capture(&capture);
    for (const char *line = text; *line != '\0'; n++) {
        size_t len = strcspn(line, "\n") + 1;
        CLEANUP(free) char *copy = strndup(line, len);
        json_auto_t *value = parse_line(copy);
        assert_int_equal(json_object_size(value), 4);
        line += len;
    }
    assert_int_equal(n, N_THREADS * N_LINES_PER_THREAD);
    log_set_window(LOG_BURST_WINDOW_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_follows_where_standard_error_leads),
        cmocka_unit_test(a_line_is_a_json_object_with_time_level_message_and_fields),
        cmocka_unit_test(the_text_form_is_for_people),
        cmocka_unit_test(lines_below_the_level_are_not_written),
        cmocka_unit_test(no_text_can_forge_or_break_a_line),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(a_text_that_just_fits_is_not_cut),
        cmocka_unit_test(fields_that_do_not_fit_are_left_out_whole),
        cmocka_unit_test(errno_is_kept),
        cmocka_unit_test(a_reader_that_stopped_reading_costs_lines_and_not_the_program),
        cmocka_unit_test(a_text_is_written_as_it_is_or_not_at_all),
        cmocka_unit_test(lines_of_threads_do_not_mix),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
