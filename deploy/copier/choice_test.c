/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/choice.h"

#include "tests/test.h"

/* NULL: none. */
static struct choice choose(const char *include, const char *exclude)
{
    return (struct choice){
        .include = {include},
        .n_include = include != NULL,
        .exclude = {exclude},
        .n_exclude = exclude != NULL,
    };
}

static void what_is_included_and_not_excluded_is_taken(void **state)
{
    static const struct {
        const char *include;
        const char *exclude;
        const char *path;
        bool is_taken;
    } rows[] = {
        {NULL, NULL, "a/b", true},
        {"**", NULL, "a/b", true},
        {"*.c", NULL, "a.c", true},
        {"*.c", NULL, "b/a.c", false},
        {"**/*.c", NULL, "b/a.c", true},
        {"**", ".git/**", ".git/config", false},
        {"**", ".git/**", "a/.git/config", true},
        {"**", "**/.git/**", "a/.git/config", false},
        {"a/**", "a/b", "a/b", false},
        {NULL, "*", "a", false},
        {NULL, "*", "a/b", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct choice choice = choose(rows[i].include, rows[i].exclude);
        print_message("# row %zu: '%s'\n", i, rows[i].path);
        assert_int_equal(choice_takes(&choice, rows[i].path), rows[i].is_taken);
    }
}

static void a_directory_in_which_nothing_is_taken_is_not_entered(void **state)
{
    static const struct {
        const char *include;
        const char *exclude;
        const char *path;
        bool is_entered;
    } rows[] = {
        {NULL, NULL, "a", true},          {"**", NULL, "a", true},
        {"a/*.c", NULL, "a", true},       {"a/*.c", NULL, "b", false},
        {"a/*.c", NULL, "a/b", false},    {"a/**/x", NULL, "a/b/c", true},
        {"a", NULL, "a", false},          {"*/b/c", NULL, "x/b", true},
        {"*/b/c", NULL, "x/y", false},    {NULL, ".git/**", ".git", false},
        {NULL, "**", "a", false},         {NULL, "**/cache/**", "a/cache", false},
        {NULL, "cache/*", "cache", true}, /* there may be more below */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct choice choice = choose(rows[i].include, rows[i].exclude);
        print_message("# row %zu: '%s'\n", i, rows[i].path);
        assert_int_equal(choice_enters(&choice, rows[i].path), rows[i].is_entered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_included_and_not_excluded_is_taken),
        cmocka_unit_test(a_directory_in_which_nothing_is_taken_is_not_entered),
    };

    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
