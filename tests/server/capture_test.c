/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/capture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/test.h"

/* A capture, and the end that its writer has. */
static struct capture *start(int *writer_out)
{
    struct err err = {0};
    struct capture *capture;
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    capture = capture_start(ends[0], &err);
    assert_non_null(capture);
    *writer_out = ends[1];
    return capture;
}

static void say(int writer, const char *text)
{
    assert_int_equal(write(writer, text, strlen(text)), strlen(text));
}

static void each_line_is_found_once_and_in_order(void **state)
{
    CLEANUP(close) int writer = -1;
    CLEANUP(capture_free) struct capture *capture = start(&writer);
    struct err err = {0};
    size_t from = 0;

    (void)state;
    say(writer, "curl https://...\n{\"msg\":\"serving\",\"n\":1}\n{\"msg\":\"other\"}\n{\"msg\":");
    say(writer, "\"serving\",\"n\":2}\n{\"msg\":\"serving\",\"n\":3}");
    for (int n = 1; n <= 2; n++) {
        json_auto_t *line = capture_await(capture, "serving", &from, 5000, &err);
        assert_non_null(line);
        assert_int_equal(json_integer_value(json_object_get(line, "n")), n);
    }
    /* The third is no line yet. */
    assert_null(capture_await(capture, "serving", &from, 50, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    say(writer, "\n");
    json_auto_t *third = capture_await(capture, "serving", &from, 5000, &err);
    assert_non_null(third);
}

static void the_wait_ends_at_the_deadline_and_at_the_end(void **state)
{
    int writer = -1;
    CLEANUP(capture_free) struct capture *capture = start(&writer);
    uint64_t began_ms = clock_monotonic_ms();
    struct err err = {0};
    size_t from = 0;

    (void)state;
    assert_null(capture_await(capture, "x", &from, 100, &err));
    assert_in_range(clock_monotonic_ms() - began_ms, 100, 5000);
    (void)close(writer);
    began_ms = clock_monotonic_ms();
    assert_null(capture_await(capture, "x", &from, 60000, &err));
    assert_true(clock_monotonic_ms() - began_ms < 5000);
}

static void text_that_is_no_json_is_kept(void **state)
{
    CLEANUP(close) int writer = -1;
    CLEANUP(capture_free) struct capture *capture = start(&writer);
    CLEANUP(free) char *text = NULL;
    struct err err = {0};
    size_t from = 0;

    (void)state;
    say(writer, "\n{\n{\"msg\":7}\n[\"msg\"]\n{\"msg\":\"x\"}\n");
    json_auto_t *line = capture_await(capture, "x", &from, 5000, &err);
    assert_non_null(line);
    text = capture_text(capture);
    assert_string_equal(text, "\n{\n{\"msg\":7}\n[\"msg\"]\n{\"msg\":\"x\"}\n");
}

static void what_was_written_before_the_end_is_all_there(void **state)
{
    enum { TIMES = 500 };

    (void)state;
    for (unsigned int i = 0; i < TIMES; i++) {
        int writer = -1;
        CLEANUP(capture_free) struct capture *capture = start(&writer);
        CLEANUP(free) char *text = NULL;
        say(writer, "last words\n");
        assert_int_equal(close(writer), 0);
        capture_await_end(capture, 5000);
        text = capture_text(capture);
        assert_string_equal(text, "last words\n");
    }
}

static void a_writer_that_lives_on_does_not_hold_us(void **state)
{
    CLEANUP(close) int writer = -1;
    struct capture *capture = start(&writer);

    (void)state;
    capture_free(capture);
    assert_true(writer >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_found_once_and_in_order),
        cmocka_unit_test(the_wait_ends_at_the_deadline_and_at_the_end),
        cmocka_unit_test(text_that_is_no_json_is_kept),
        cmocka_unit_test(what_was_written_before_the_end_is_all_there),
        cmocka_unit_test(a_writer_that_lives_on_does_not_hold_us),
    };

    return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
