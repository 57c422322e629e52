/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define N_PAIRS 200000

static void name_globs_match_as_documented(void **state)
{
    static const struct {
        const char *pattern;
        const char *name;
        bool matches;
    } rows[] = {
        {"*", "", true},
        {"*", "ci", true},
        {"ci", "ci", true},
        {"ci", "cii", false},
        {"ci", "aci", false},
        {"ci", "CI", false},
        {"team-*", "team-a", true},
        {"team-*", "team-", true},
        {"team-*", "team", false},
        {"team-*", "my-team-a", false},
        {"*-a", "team-a", true},
        {"*-a", "team-a-b", false},
        {"t?am", "team", true},
        {"t?am", "tam", false},
        {"?", "", false},
        {"*a*b*", "xaxbx", true},
        {"*a*b*", "xbxax", false},
        {"**", "anything", true},
        {"a**b", "ab", true},
        {"a/*", "a/b/c", true}, /* a slash is nothing special in a name */
        {"a.c", "abc", false},
        {"*", "a*b", true},
        {"a*b", "a*b", true},
        {"\xc3\xa4*", "\xc3\xa4x", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s' and '%s'\n", rows[i].pattern, rows[i].name);
        assert_int_equal(glob_match_name(rows[i].pattern, rows[i].name), rows[i].matches);
    }
}

static void path_globs_match_as_documented(void **state)
{
    static const struct {
        const char *pattern;
        const char *path;
        bool matches;
    } rows[] = {
        {"**", "a", true},
        {"**", "a/b/c", true},
        {"*", "a", true},
        {"*", "a/b", false},
        {"*.c", "main.c", true},
        {"*.c", "src/main.c", false},
        {"**/*.c", "main.c", true},
        {"**/*.c", "src/base/main.c", true},
        {"src/**", "src", true}, /* none of the segments is a number too */
        {"src/**", "src/a/b", true},
        {"src/**", "srcs/a", false},
        {".git/**", ".git/objects/00", true},
        {".git/**", "a/.git/x", false},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/x/y/c", false},
        {"a/**/b/**/c", "a/b/x/b/c", true},
        {"**/a/**/a", "a", false},
        {"a**", "abc", true}, /* only a whole segment crosses slashes */
        {"a**", "a/b", false},
        {"?", "/", false},
        {"a?b", "a/b", false},
        {"a/b", "a//b", false},
        {"a/*/b", "a//b", true},
        {"**/**", "a", true},
        {"a/**/**", "a", true},
        {"***", "a/b", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s' and '%s'\n", rows[i].pattern, rows[i].path);
        assert_int_equal(glob_match_path(rows[i].pattern, rows[i].path), rows[i].matches);
    }
}

static void a_pattern_that_means_something_else_elsewhere_is_refused(void **state)
{
    static const struct {
        const char *pattern;
        const char *expected; /* in the message; NULL: accepted */
    } rows[] = {
        {"team-*", NULL},
        {"**/*.c", NULL},
        {"?", NULL},
        {"a b", NULL},
        {"", "a glob is empty: write \"*\" to match everything"},
        {"[ab]", "glob '[ab]' holds '[': only '*' and '?' have a meaning here"},
        {"a]", "holds ']'"},
        {"{a,b}", "holds '{'"},
        {"a}", "holds '}'"},
        {"a\\*", "holds '\\'"},
        {"a\nb", "control character"},
        {"a\x7f", "control character"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        int result = glob_check(rows[i].pattern, &err);
        print_message("# '%s': %s\n", rows[i].pattern, err.msg);
        assert_int_equal(result, rows[i].expected == NULL ? 0 : -1);
        if (rows[i].expected != NULL) {
            assert_int_equal(err.code, ERR_INVALID);
            assert_non_null(strstr(err.msg, rows[i].expected));
        }
    }
}

static void a_pattern_has_a_longest_length(void **state)
{
    char pattern[GLOB_MAX + 2];
    struct err err = {0};

    (void)state;
    memset(pattern, 'a', sizeof(pattern));
    pattern[GLOB_MAX] = '\0';
    assert_int_equal(glob_check(pattern, &err), 0);
    pattern[GLOB_MAX] = 'a';
    pattern[GLOB_MAX + 1] = '\0';
    assert_int_equal(glob_check(pattern, &err), -1);
    assert_non_null(strstr(err.msg, "has 257 bytes: 256 are the most"));
}

/*
 * The reference: the definition written down, trying everything. Slow on purpose, and so only for
 * short texts.
 */
static bool naive_name(const char *pattern, const char *name) /* NOLINT(misc-no-recursion): short */
{
    if (*pattern == '\0') {
        return *name == '\0';
    }
    if (*pattern == '*') {
        return naive_name(pattern + 1, name) || (*name != '\0' && naive_name(pattern, name + 1));
    }
    return *name != '\0' && (*pattern == '?' || *pattern == *name) &&
           naive_name(pattern + 1, name + 1);
}

static bool naive_segment(const char *pattern, const char *segment)
{
    char pattern_copy[32];
    char segment_copy[32];

    (void)snprintf(pattern_copy, sizeof(pattern_copy), "%.*s", (int)strcspn(pattern, "/"), pattern);
    (void)snprintf(segment_copy, sizeof(segment_copy), "%.*s", (int)strcspn(segment, "/"), segment);
    return naive_name(pattern_copy, segment_copy);
}

static const char *naive_next(const char *segment)
{
    const char *slash = strchr(segment, '/');

    return slash != NULL ? slash + 1 : NULL;
}

static bool naive_path(const char *pattern, const char *path) /* NOLINT(misc-no-recursion): short */
{
    if (pattern == NULL) {
        return path == NULL;
    }
    if (strcmp(pattern, "**") == 0 || strncmp(pattern, "**/", 3) == 0) {
        return naive_path(naive_next(pattern), path) ||
               (path != NULL && naive_path(pattern, naive_next(path)));
    }
    return path != NULL && naive_segment(pattern, path) &&
           naive_path(naive_next(pattern), naive_next(path));
}

/* A linear congruential generator (Knuth's MMIX): the same pairs on every machine. */
static unsigned int next_random(uint64_t *seed, unsigned int below)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned int)(*seed >> 33) % below;
}

static void generate(uint64_t *seed, const char *const *parts, char *out, unsigned int most)
{
    unsigned int n = next_random(seed, most + 1);
    size_t len = 0;

    for (unsigned int i = 0; i < n; i++) {
        const char *part = parts[next_random(seed, 8)];
        memcpy(out + len, part, strlen(part));
        len += strlen(part);
    }
    out[len] = '\0';
}

static void both_matchers_agree_with_the_definition(void **state)
{
    static const char *const of_patterns[] = {"a", "b", "*", "*", "?", "/", "**/", "/**"};
    static const char *const of_texts[] = {"a", "a", "a", "b", "b", "/", "/", "*"};
    uint64_t seed = 2023;
    size_t n_names = 0;
    size_t n_paths = 0;

    (void)state;
    for (size_t i = 0; i < N_PAIRS; i++) {
        char pattern[32];
        char text[32];
        generate(&seed, of_patterns, pattern, 7);
        generate(&seed, of_texts, text, 10);
        bool name = naive_name(pattern, text);
        bool path = naive_path(pattern, text);
        if (glob_match_name(pattern, text) != name || glob_match_path(pattern, text) != path) {
            fail_msg("'%s' and '%s' should be %d as names, %d as paths", pattern, text, name, path);
        }
        n_names += name;
        n_paths += path;
    }
    print_message("# %d pairs, %zu match as names, %zu as paths\n", N_PAIRS, n_names, n_paths);
    assert_true(n_names > N_PAIRS / 20 && n_paths > N_PAIRS / 20); /* both answers are tried */
}

/* Backtracking over every star would take longer than the universe has. */
static void no_pattern_is_slow(void **state)
{
    enum { TEXT_BYTES = 64 * 1024 };
    CLEANUP(free) char *text = malloc(TEXT_BYTES + 1);
    char pattern[GLOB_MAX + 1] = "";

    (void)state;
    assert_non_null(text);
    memset(text, 'a', TEXT_BYTES);
    text[TEXT_BYTES] = '\0';
    for (size_t i = 0; i + 2 < GLOB_MAX; i += 2) {
        memcpy(pattern + i, "*a", 3);
    }
    pattern[strlen(pattern) - 1] = 'b';
    assert_false(glob_match_name(pattern, text));

    for (size_t i = 1; i < TEXT_BYTES; i += 2) {
        text[i] = '/';
    }
    pattern[0] = '\0';
    for (size_t i = 0; i + 6 < GLOB_MAX; i += 5) {
        memcpy(pattern + i, "**/a/", 6);
    }
    pattern[strlen(pattern) - 1] = 'b';
    assert_false(glob_match_path(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_globs_match_as_documented),
        cmocka_unit_test(path_globs_match_as_documented),
        cmocka_unit_test(a_pattern_that_means_something_else_elsewhere_is_refused),
        cmocka_unit_test(a_pattern_has_a_longest_length),
        cmocka_unit_test(both_matchers_agree_with_the_definition),
        cmocka_unit_test(no_pattern_is_slow),
    };

    return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
