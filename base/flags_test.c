/* SPDX-License-Identifier: Apache-2.0 */
#include "base/flags.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/command_line.h"
#include "tests/test.h"

#define VALUES_MAX 8

enum { FILE_FLAG, SIZE_FLAG, SIZES_FLAG, DRY_FLAG };

static const struct flag table[] = {
    {.name = "file", .value = "FILE", .help = "what to read", .id = FILE_FLAG, .letter = 'f'},
    {.name = "size", .value = "N", .help = "how much\nof it", .id = SIZE_FLAG},
    {.name = "sizes", .value = "N,N", .help = "how much of each", .id = SIZES_FLAG},
    {.name = "dry", .help = "do nothing", .id = DRY_FLAG},
};

/* What flags_parse() called: "id=value" of each flag, or "id" where there is no value. */
struct found {
    char texts[VALUES_MAX][32];
    size_t n;
    const char *refused; /* a value to fail on, or NULL */
};

static int keep(const struct flag *flag, const char *value, void *data, struct err *err)
{
    struct found *found = data;

    if (found->refused != NULL && value != NULL && strcmp(value, found->refused) == 0) {
        return err_set(err, ERR_TOO_BIG, "refused '%s'", value);
    }
    assert_true(found->n < VALUES_MAX);
    assert_ptr_equal(flag, &table[flag->id]);
    (void)snprintf(found->texts[found->n], sizeof(found->texts[0]), "%d%s%s", flag->id,
                   value != NULL ? "=" : "", value != NULL ? value : "");
    found->n++;
    return 0;
}

static struct flags accept(size_t n_flags, const char *hint)
{
    struct flags flags = {.hint = hint};

    for (size_t i = 0; i < n_flags; i++) {
        flags_add(&flags, &table[i]);
    }
    return flags;
}

/* Parse the words of @line, of which '' is an empty one. */
static int parse(const struct flags *flags, const char *line, struct found *found, struct err *err)
{
    char text[256];
    char *argv[COMMAND_LINE_MAX + 1];

    (void)snprintf(text, sizeof(text), "program %s", line);
    return flags_parse(flags, command_line_split(text, argv), argv, keep, found, err);
}

static void flags_are_found_in_order_in_all_ways_to_write_them(void **state)
{
    static const struct {
        const char *line;
        const char *found[VALUES_MAX];
    } rows[] = {
        {"", {NULL}},
        {"--", {NULL}},
        {"-f a", {"0=a"}},
        {"-fa", {"0=a"}},
        {"--file a", {"0=a"}},
        {"--file=a", {"0=a"}},
        {"--file ''", {"0="}},
        {"--file=", {"0="}},
        {"--file=a=b", {"0=a=b"}},
        {"--file --dry", {"0=--dry"}},
        {"-f -", {"0=-"}},
        {"-f a --dry -f b --size 3 --dry", {"0=a", "3", "0=b", "1=3", "3"}},
        {"--size 1 --sizes 2", {"1=1", "2=2"}}, /* a name that begins another is not ambiguous */
        {"--fi a --dr", {"0=a", "3"}},          /* what begins one name only may stand for it */
    };
    const struct flags flags = accept(4, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct found found = {.n = 0};
        struct err err = {0};
        size_t n = 0;
        assert_int_equal(parse(&flags, rows[i].line, &found, &err), 0);
        for (; rows[i].found[n] != NULL; n++) {
            assert_true(n < found.n);
            assert_string_equal(found.texts[n], rows[i].found[n]);
        }
        assert_int_equal(found.n, n);
    }
}

static void what_is_wrong_with_an_argument_is_said(void **state)
{
    static const struct {
        const char *line;
        size_t n_flags;
        const char *message;
    } rows[] = {
        {"a", 4, "unexpected argument 'a', expected flags"},
        {"-", 4, "unexpected argument '-', expected flags"},
        {"-- --dry", 4, "unexpected argument '--dry', expected flags"},
        {"a --dry b", 4, "unexpected argument 'a', expected flags"},
        {"''", 4, "unexpected argument '', expected flags"},
        {"-f", 4, "--file needs a value: FILE"},
        {"--size", 4, "--size needs a value: N"},
        {"--dry=yes", 4, "--dry takes no value"},
        {"--dry=", 4, "--dry takes no value"},
        {"-x", 4, "unknown flag '-x'"},
        {"-xf", 4, "unknown flag '-x'"},
        {"-:", 4, "unknown flag '-:'"},
        {"--nonsense", 4, "unknown or ambiguous flag '--nonsense'"},
        {"--s 1", 4, "unknown or ambiguous flag '--s'"},
        {"--siez 1", 4, "unknown flag '--siez', did you mean '--size'?"},
        {"--Size=1", 4, "unknown flag '--Size=1', did you mean '--size'?"},
        {"--siez=a=long=value", 4, "unknown flag '--siez=a=long=value', did you mean '--size'?"},
        {"--dry", 3, "unknown or ambiguous flag '--dry'"}, /* known, but not accepted */
        {"-f a", 0, "unknown flag '-f'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct flags flags = accept(rows[i].n_flags, ", expected flags");
        struct found found = {.n = 0};
        struct err err = {0};
        assert_int_equal(parse(&flags, rows[i].line, &found, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
    }
}

static void without_a_hint_the_message_ends_with_the_argument(void **state)
{
    const struct flags flags = accept(4, NULL);
    struct found found = {.n = 0};
    struct err err = {0};

    (void)state;
    assert_int_equal(parse(&flags, "a", &found, &err), -1);
    assert_string_equal(err.msg, "unexpected argument 'a'");
}

static void the_first_value_that_is_refused_ends_it(void **state)
{
    const struct flags flags = accept(4, NULL);
    struct found found = {.refused = "b"};
    struct err err = {0};

    (void)state;
    assert_int_equal(parse(&flags, "-f a -f b -f c --nonsense", &found, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "refused 'b'");
    assert_int_equal(found.n, 1);
}

static int keep_id(const struct flag *flag, const char *value, void *data, struct err *err)
{
    int *id = data;

    (void)value;
    (void)err;
    *id = flag->id;
    return 0;
}

static void there_is_room_for_as_many_flags_as_said(void **state)
{
    struct flags flags = {.n = 0};
    struct flag many[FLAGS_MAX];
    char names[FLAGS_MAX][16];
    struct err err = {0};

    (void)state;
    for (int i = 0; i < FLAGS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "flag-%d", i);
        many[i] =
            (struct flag){.name = names[i], .value = "TEXT", .id = i, .letter = (char)('@' + i)};
        flags_add(&flags, &many[i]);
    }
    for (int i = 0; i < FLAGS_MAX; i++) {
        char name[] = "program";
        char by_name[32];
        char by_letter[] = {'-', many[i].letter, 'x', '\0'};
        char *argv[] = {name, by_name, NULL};
        int id = -1;
        (void)snprintf(by_name, sizeof(by_name), "--flag-%d=x", i);
        assert_int_equal(flags_parse(&flags, 2, argv, keep_id, &id, &err), 0);
        assert_int_equal(id, i);
        id = -1;
        argv[1] = by_letter;
        assert_int_equal(flags_parse(&flags, 2, argv, keep_id, &id, &err), 0);
        assert_int_equal(id, i);
    }
}

static void a_text_is_given_once_and_is_not_empty(void **state)
{
    const char *text = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(flags_set_text(&text, &table[FILE_FLAG], "", &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.msg, "--file is empty, expected FILE");
    assert_null(text);
    assert_int_equal(flags_set_text(&text, &table[FILE_FLAG], "a", &err), 0);
    assert_string_equal(text, "a");
    assert_int_equal(flags_set_text(&text, &table[FILE_FLAG], "b", &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.msg, "--file is given twice");
    assert_string_equal(text, "a");
}

static void a_message_leads_to_the_help_if_it_has_room(void **state)
{
    struct err err = {0};
    char text[ERR_MSG_SIZE];

    (void)state;
    (void)err_set(&err, ERR_INVALID, "wrong");
    assert_int_equal(flags_point_to_help(&err, "hawser", "serve"), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.msg, "wrong; see 'hawser serve --help'");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)err_set(&err, ERR_INVALID, "%s", text);
    assert_int_equal(flags_point_to_help(&err, "hawser", "serve"), -1);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

static void the_help_of_a_flag_is_its_name_and_its_lines(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(1000);

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        flags_write_help(&out, &table[i]);
    }
    assert_string_equal(buf_text(&out), "  -f, --file FILE\n"
                                        "          what to read\n"
                                        "      --size N\n"
                                        "          how much\n"
                                        "          of it\n"
                                        "      --sizes N,N\n"
                                        "          how much of each\n"
                                        "      --dry\n"
                                        "          do nothing\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_found_in_order_in_all_ways_to_write_them),
        cmocka_unit_test(what_is_wrong_with_an_argument_is_said),
        cmocka_unit_test(without_a_hint_the_message_ends_with_the_argument),
        cmocka_unit_test(the_first_value_that_is_refused_ends_it),
        cmocka_unit_test(there_is_room_for_as_many_flags_as_said),
        cmocka_unit_test(a_text_is_given_once_and_is_not_empty),
        cmocka_unit_test(a_message_leads_to_the_help_if_it_has_room),
        cmocka_unit_test(the_help_of_a_flag_is_its_name_and_its_lines),
    };

    return cmocka_run_group_tests_name("flags", tests, NULL, NULL);
}
