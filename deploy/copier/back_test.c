/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/back.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/command_line.h"
#include "tests/test.h"

static void what_is_behind_the_dashes_is_the_command(void **state)
{
    char line[] = "run --back /a:/b --when always --threads 4 --back c:d -- make --back e";
    char *argv[COMMAND_LINE_MAX + 1];
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct back back = {.jobs = jobs};
    struct err err = {0};

    (void)state;
    assert_int_equal(back_parse(command_line_split(line, argv), argv, &back, &err), 0);
    assert_int_equal(back.n_jobs, 2);
    assert_string_equal(jobs[0].from, "/a");
    assert_string_equal(jobs[0].to, "/b");
    assert_string_equal(jobs[1].from, "c");
    assert_string_equal(jobs[1].to, "d");
    assert_int_equal(back.when[0], BACK_ALWAYS);
    assert_int_equal(back.when[1], BACK_SUCCESS);
    assert_int_equal(back.n_threads, 4);
    assert_string_equal(back.command[0], "make");
    assert_string_equal(back.command[1], "--back");
    assert_string_equal(back.command[2], "e");
    assert_null(back.command[3]);
}

static void when_counts_for_those_before_it_that_have_none(void **state)
{
    char line[] = "run --back a:a --when success --back b:b --back c:c --when always -- make";
    char *argv[COMMAND_LINE_MAX + 1];
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct back back = {.jobs = jobs};
    struct err err = {0};

    (void)state;
    assert_int_equal(back_parse(command_line_split(line, argv), argv, &back, &err), 0);
    assert_int_equal(back.n_jobs, 3);
    assert_int_equal(back.when[0], BACK_SUCCESS);
    assert_int_equal(back.when[1], BACK_ALWAYS);
    assert_int_equal(back.when[2], BACK_ALWAYS);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *line;
        const char *expected;
    } rows[] = {
        {"run", "expected --back FROM:TO"},
        {"run -- make", "expected --back FROM:TO"},
        {"run --back a:b", "expected '--' and a command"},
        {"run --back a:b --", "expected '--' and a command"},
        {"run --back a:b make", "'make' is no option; the command that is run stands behind '--'"},
        {"run --back", "--back: expected a value"},
        {"run --back a -- make", "--back: expected FROM:TO, found 'a'"},
        {"run --back a: -- make", "--back: expected FROM:TO, found 'a:'"},
        {"run --back :b -- make", "--back: expected FROM:TO, found ':b'"},
        {"run --back a:b:c -- make", "--back: expected FROM:TO, found 'a:b:c'"},
        {"run --back a:b --when ever -- make", "--when: expected success or always, found 'ever'"},
        {"run --back a:b --threads x -- make",
         "--threads: expected a number from 1 to 256, found 'x'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *argv[COMMAND_LINE_MAX + 1];
        CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
        CLEANUP(free) char *line = strdup(rows[i].line);
        struct back back = {.jobs = jobs};
        struct err err = {0};
        assert_int_equal(back_parse(command_line_split(line, argv), argv, &back, &err), -1);
        assert_string_equal(err.msg, rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_behind_the_dashes_is_the_command),
        cmocka_unit_test(when_counts_for_those_before_it_that_have_none),
        cmocka_unit_test(what_is_wrong_is_said),
    };

    return cmocka_run_group_tests_name("back", tests, NULL, NULL);
}
