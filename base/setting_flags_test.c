/* SPDX-License-Identifier: Apache-2.0 */
#include "base/setting_flags.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "tests/command_line.h"
#include "tests/test.h"

#define ARENA_BYTES ((size_t)64 * 1024)

struct program {
    const char *place;
    unsigned int patience_ms;
    unsigned int life_s;
    unsigned int crowd;
    unsigned int is_loud;
};

static const char *const switch_words[] = {"false", "true", NULL};
static const struct setting items[] = {
    {.topic = "Where",
     .flag = {.name = "place", .value = "PLACE", .help = "where it happens"},
     .offset = offsetof(struct program, place)},
    {.topic = "How long",
     .flag = {.name = "patience", .value = "DURATION", .help = "how long to wait"},
     .kind = SETTING_DURATION,
     .offset = offsetof(struct program, patience_ms),
     .initial = "10s",
     .most = 60000},
    {.flag = {.name = "life", .value = "DURATION", .help = "how long it lasts"},
     .kind = SETTING_SPAN,
     .offset = offsetof(struct program, life_s),
     .initial = "2160h",
     .least = 1,
     .most = 315360000},
    {.flag = {.name = "crowd", .value = "N", .help = "how many come"},
     .kind = SETTING_NUMBER,
     .offset = offsetof(struct program, crowd),
     .least = 1,
     .most = 9},
    {.flag = {.name = "loud", .help = "say it so that all hear"},
     .kind = SETTING_WORD,
     .offset = offsetof(struct program, is_loud),
     .words = switch_words},
};

static const struct flag file = {.name = "config", .value = "FILE", .help = "settings in a file"};
static const struct setting_table table = {.items = items, .n = 5, .file = &file};

/* Read the command line @text into @out, over the defaults. */
static int read_line(const char *text, struct arena *arena, struct program *out, struct err *err)
{
    static char line[512]; /* values are borrowed from it */
    char *argv[COMMAND_LINE_MAX + 1];
    struct setting_flags given;
    int argc;

    assert_true(snprintf(line, sizeof(line), "program %s", text) < (int)sizeof(line));
    argc = command_line_split(line, argv);
    if (setting_flags_store_defaults(&table, arena, out, err) < 0 ||
        setting_flags_read(&table, argc, argv, &given, err) < 0) {
        return -1;
    }
    return setting_flags_store(&table, &given, arena, out, err);
}

static void defaults_hold_where_nothing_is_said(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct program program = {.crowd = 5};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_line("", arena, &program, &err), 0);
    assert_null(program.place);
    assert_int_equal(program.patience_ms, 10000);
    assert_int_equal(program.life_s, 7776000);
    assert_int_equal(program.crowd, 5);
}

static void flags_win_over_defaults(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct program program = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(
        read_line("--patience=250ms --place here --life 90m --crowd 9", arena, &program, &err), 0);
    assert_string_equal(program.place, "here");
    assert_int_equal(program.patience_ms, 250);
    assert_int_equal(program.life_s, 5400);
    assert_int_equal(program.crowd, 9);
}

static void the_file_is_found_and_no_setting(void **state)
{
    char words[] = "program --config settings.yaml --place here";
    char *argv[COMMAND_LINE_MAX + 1];
    struct setting_flags given;
    struct err err = {0};
    int argc = command_line_split(words, argv);

    (void)state;
    assert_int_equal(setting_flags_read(&table, argc, argv, &given, &err), 0);
    assert_string_equal(given.file, "settings.yaml");
    assert_string_equal(given.values[0], "here");
}

static void a_flag_without_a_value_is_true_where_it_is_given(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct program program = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_line("", arena, &program, &err), 0);
    assert_int_equal(program.is_loud, 0);
    assert_int_equal(read_line("--loud --crowd 2", arena, &program, &err), 0);
    assert_int_equal(program.is_loud, 1);
    assert_int_equal(program.crowd, 2);
}

static void what_is_wrong_is_told_with_its_flag(void **state)
{
    static const struct {
        const char *line;
        const char *expected;
    } rows[] = {
        {"--crowd 10", "--crowd: expected a whole number from 1 to 9, found '10'"},
        {"--life 0", "--life: expected a duration from 1s to 87600h, found '0'"},
        {"--life 1500ms", "--life: duration '1500ms' is not one of whole seconds"},
        {"--patience 61s", "--patience: expected a duration from 0s to 1m, found '61s'"},
        {"--loud --loud", "--loud is given twice"},
        {"--place a --place b", "--place is given twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct program program = {0};
        struct err err = {0};
        assert_int_equal(read_line(rows[i].line, arena, &program, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].expected);
    }
}

static void the_help_tells_bounds_and_defaults(void **state)
{
    CLEANUP(buf_clear) struct buf help = BUF_INIT(4096);

    (void)state;
    setting_flags_write_help(&table, &help);
    assert_string_equal(buf_text(&help), "Where:\n"
                                         "      --place PLACE\n"
                                         "          where it happens\n"
                                         "\n"
                                         "How long:\n"
                                         "      --patience DURATION\n"
                                         "          how long to wait\n"
                                         "          from 0s to 1m (default: 10s)\n"
                                         "      --life DURATION\n"
                                         "          how long it lasts\n"
                                         "          from 1s to 87600h (default: 2160h)\n"
                                         "      --crowd N\n"
                                         "          how many come\n"
                                         "      --loud\n"
                                         "          say it so that all hear\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_where_nothing_is_said),
        cmocka_unit_test(flags_win_over_defaults),
        cmocka_unit_test(the_file_is_found_and_no_setting),
        cmocka_unit_test(a_flag_without_a_value_is_true_where_it_is_given),
        cmocka_unit_test(what_is_wrong_is_told_with_its_flag),
        cmocka_unit_test(the_help_tells_bounds_and_defaults),
    };

    return cmocka_run_group_tests_name("setting_flags", tests, NULL, NULL);
}
