/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/setting_log.h"
#include "tests/command_line.h"
#include "tests/test.h"

/* Texts of the arguments lie in @text. */
static int parse(char *text, struct arguments *out, struct err *err)
{
    char *argv[COMMAND_LINE_MAX + 1];
    const int argc = command_line_split(text, argv);

    return arguments_parse(argc, argv, out, err);
}

static void options_count_for_the_copy_that_follows_them(void **state)
{
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct arguments arguments = {.jobs = jobs};
    char line[] = "copy --threads 64 --include **/*.c --exclude a --exclude=b --max-bytes 1Ki "
                  "/from/a /to/a --missing empty /from/b /to/b /from/c /to/c --log-format json";
    struct err err = {0};

    (void)state;
    assert_int_equal(parse(line, &arguments, &err), 0);
    assert_int_equal(arguments.n_jobs, 3);
    assert_int_equal(arguments.n_threads, 64);
    assert_int_equal(arguments.log_format, SETTING_LOG_JSON);
    assert_string_equal(jobs[0].from, "/from/a");
    assert_string_equal(jobs[0].to, "/to/a");
    assert_int_equal(jobs[0].choice.n_include, 1);
    assert_string_equal(jobs[0].choice.include[0], "**/*.c");
    assert_int_equal(jobs[0].choice.n_exclude, 2);
    assert_string_equal(jobs[0].choice.exclude[1], "b");
    assert_int_equal(jobs[0].max_bytes, 1024);
    assert_false(jobs[0].may_be_missing);
    assert_string_equal(jobs[1].from, "/from/b");
    assert_true(jobs[1].may_be_missing);
    assert_int_equal(jobs[1].choice.n_exclude, 0);
    assert_int_equal(jobs[1].max_bytes, 0);
    assert_false(jobs[2].may_be_missing);
}

static void others_may_use_the_destinations(void **state)
{
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct arguments arguments = {.jobs = jobs};
    char line[] = "copy --shared --install /hawser/bin a b";
    struct err err = {0};

    (void)state;
    assert_int_equal(parse(line, &arguments, &err), 0);
    assert_true(arguments.is_shared);
    assert_string_equal(arguments.install_dir, "/hawser/bin");
    assert_string_equal(jobs[0].from, "a");
    assert_string_equal(jobs[0].to, "b");
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *line;
        const char *expected;
    } rows[] = {
        {"copy", "expected FROM and TO"},
        {"copy --threads 2", "expected FROM and TO"},
        {"copy a", "where to is 'a' to be copied?"},
        {"copy a b c", "where to is 'c' to be copied?"},
        {"copy a b --exclude c", "options stand before the copy that they are for"},
        {"copy --thread 2 a b", "'--thread' is no option"},
        {"copy --threads", "--threads: expected a value"},
        {"copy --install", "--install: expected a value"},
        {"copy --shared=no a b", "--shared takes no value"},
        {"copy --threads 0 a b", "--threads: expected a number from 1 to 256, found '0'"},
        {"copy --threads 257 a b", "--threads: expected a number from 1 to 256, found '257'"},
        {"copy --threads -1 a b", "--threads: expected a number from 1 to 256, found '-1'"},
        {"copy --threads 1x a b", "--threads: expected a number from 1 to 256, found '1x'"},
        {"copy --missing no a b", "--missing: expected fail or empty, found 'no'"},
        {"copy --max-bytes 0 a b", "--max-bytes: expected more than 0, found '0'"},
        {"copy --log-format xml a b", "--log-format: expected json or text, found 'xml'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
        struct arguments arguments = {.jobs = jobs};
        CLEANUP(free) char *line = strdup(rows[i].line);
        struct err err = {0};
        assert_int_equal(parse(line, &arguments, &err), -1);
        assert_string_equal(err.msg, rows[i].expected);
    }
}

static void a_glob_that_means_something_else_elsewhere_is_refused(void **state)
{
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct arguments arguments = {.jobs = jobs};
    char line[] = "copy --include [a] a b";
    struct err err = {0};

    (void)state;
    assert_int_equal(parse(line, &arguments, &err), -1);
    assert_non_null(strstr(err.msg, "--include"));
    assert_int_equal(err.code, ERR_INVALID);
}

static void after_two_dashes_everything_is_a_path(void **state)
{
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct arguments arguments = {.jobs = jobs};
    char line[] = "copy -- --from --to";
    struct err err = {0};

    (void)state;
    assert_int_equal(parse(line, &arguments, &err), 0);
    assert_int_equal(arguments.n_jobs, 1);
    assert_string_equal(jobs[0].from, "--from");
}

/* What comes behind as many copies as there may be. */
static void what_comes_behind_the_last_copy_is_judged_as_what_it_is(void **state)
{
    static const struct {
        const char *arguments[2];
        const char *expected; /* NULL: it is right */
    } rows[] = {
        {{"--threads", "4"}, NULL},
        {{"--exclude", "x"}, "options stand before the copy that they are for"},
        {{"--missing", "empty"}, "options stand before the copy that they are for"},
        {{"--thread", "4"}, "'--thread' is no option"},
        {{"a", "b"}, "more than 64 copies"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
        struct arguments arguments = {.jobs = jobs};
        char copy[] = "copy";
        char path[] = "a";
        char *argv[1 + 2 * COPY_JOBS_MAX + 2] = {copy};
        struct err err = {0};
        for (size_t at = 1; at <= 2UL * COPY_JOBS_MAX; at++) {
            argv[at] = path;
        }
        argv[1 + 2 * COPY_JOBS_MAX] = strdup(rows[i].arguments[0]);
        argv[2 + 2 * COPY_JOBS_MAX] = strdup(rows[i].arguments[1]);
        assert_int_equal(arguments_parse(3 + 2 * COPY_JOBS_MAX, argv, &arguments, &err),
                         rows[i].expected == NULL ? 0 : -1);
        assert_string_equal(err.msg, rows[i].expected != NULL ? rows[i].expected : "");
        free(argv[1 + 2 * COPY_JOBS_MAX]);
        free(argv[2 + 2 * COPY_JOBS_MAX]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_count_for_the_copy_that_follows_them),
        cmocka_unit_test(others_may_use_the_destinations),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_glob_that_means_something_else_elsewhere_is_refused),
        cmocka_unit_test(after_two_dashes_everything_is_a_path),
        cmocka_unit_test(what_comes_behind_the_last_copy_is_judged_as_what_it_is),
    };

    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
