/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/options.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/version.h"
#include "tests/command_line.h"
#include "tests/test.h"

#define ALL (OPTIONS_OBJECTS | OPTIONS_OUTPUT | OPTIONS_COLOR | OPTIONS_STRICT)

/* Parse the words of @line as the arguments of a command that takes @accepted. */
static int parse(const char *line,
                 unsigned int accepted,
                 struct arena *arena,
                 struct options *out,
                 struct err *err)
{
    char *argv[COMMAND_LINE_MAX + 1];
    const int argc = command_line_split(arena_printf(arena, "dry-run %s", line), argv);

    return options_parse(argc, argv, accepted, arena, out, err);
}

static void every_flag_finds_its_place(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64UL * 1024);
    struct options options = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(parse("-f a -fb --filename=c -p d --policy e,f", ALL, arena, &options, &err),
                     0);
    assert_int_equal(options.filenames.n, 3);
    assert_string_equal(options.filenames.items[0], "a");
    assert_string_equal(options.filenames.items[1], "b");
    assert_string_equal(options.filenames.items[2], "c");
    assert_string_equal(options.policies, "d");
    assert_string_equal(options.policy, "e,f");
    assert_null(options.namespace);
    assert_string_equal(options.copier_image, VERSION_IMAGE);
    assert_int_equal(options.output, OPTIONS_YAML);
    assert_int_equal(options.color, OPTIONS_COLOR_AUTO);

    assert_int_equal(parse("-n g --copier-image h -o patch --color=never --strict -f -", ALL, arena,
                           &options, &err),
                     0);
    assert_string_equal(options.namespace, "g");
    assert_string_equal(options.copier_image, "h");
    assert_int_equal(options.output, OPTIONS_PATCH);
    assert_int_equal(options.color, OPTIONS_COLOR_NEVER);
    assert_true(options.strict);
    assert_string_equal(options.filenames.items[0], "-");
}

static void what_is_wrong_with_a_flag_is_said(void **state)
{
    static const struct {
        const char *line;
        unsigned int accepted;
        const char *message;
    } rows[] = {
        {"", ALL, "no manifests, expected -f FILE, -f DIR or -f -"},
        {"a.yaml", ALL, "unexpected argument 'a.yaml', manifests are given with -f"},
        {"a.yaml", OPTIONS_POLICIES, "unexpected argument 'a.yaml'"},
        {"--nonsense", ALL, "unknown or ambiguous flag '--nonsense'"},
        {"--polices x", ALL, "unknown flag '--polices', did you mean '--policies'?"},
        {"-x", ALL, "unknown flag '-x'"},
        {"-f", ALL, "--filename needs a value: FILE|DIR|-"},
        {"--namespace", ALL, "--namespace needs a value: NAME"},
        {"--strict=yes", ALL, "--strict takes no value"},
        {"-o xml", ALL, "--output takes yaml, json, patch or status, not 'xml'"},
        {"--color blue", ALL, "--color takes auto, always or never, not 'blue'"},
        {"-n a -n b", ALL, "--namespace is given twice"},
        {"--policy ''", ALL, "--policy is empty, expected NAME[,NAME]"},
        {"-f ''", ALL, "--filename is empty, expected FILE|DIR|-"},
        {"-f a", OPTIONS_POLICIES, "unknown flag '-f'"},
        {"--output json", OPTIONS_FILENAME, "unknown or ambiguous flag '--output'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(64UL * 1024);
        struct options options = {0};
        struct err err = {0};
        char expected[256];
        assert_int_equal(parse(rows[i].line, rows[i].accepted, arena, &options, &err), -1);
        (void)snprintf(expected, sizeof(expected), "%s; see 'hawser dry-run --help'",
                       rows[i].message);
        assert_string_equal(err.msg, expected);
        assert_int_equal(err.code, ERR_INVALID);
        assert_null(options.copier_image);
    }
}

static void help_lists_the_accepted_flags_only(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(64UL * 1024);

    (void)state;
    options_write_help(&out, OPTIONS_POLICIES | OPTIONS_STRICT);
    assert_non_null(strstr(buf_text(&out), "  -p, --policies FILE|DIR\n"));
    assert_non_null(strstr(buf_text(&out), "      --strict\n"));
    assert_non_null(strstr(buf_text(&out), "  -h, --help\n"));
    assert_null(strstr(buf_text(&out), "--filename"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flag_finds_its_place),
        cmocka_unit_test(what_is_wrong_with_a_flag_is_said),
        cmocka_unit_test(help_lists_the_accepted_flags_only),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
