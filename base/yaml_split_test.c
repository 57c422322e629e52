/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_split.h"

#include <string.h>

#include "tests/test.h"

static void a_text_is_cut_at_its_separators(void **state)
{
    const char *text = "a\n---\nb\n--- # c\n---\t\r\n ---\n-- -\n...\n---";
    static const struct {
        const char *part;
        bool separated;
    } parts[] = {
        {"a\n", false}, {"b\n", true}, {"", true}, {" ---\n-- -\n...\n", true}, {"", true},
    };
    const size_t len = strlen(text);
    struct yaml_split split = {.end = 0};

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        assert_true(yaml_split_next(text, len, split.end, &split));
        assert_int_equal(split.end - split.start, strlen(parts[i].part));
        assert_memory_equal(text + split.start, parts[i].part, strlen(parts[i].part));
        assert_int_equal(split.separated, parts[i].separated);
    }
    assert_int_equal(split.end, len);
}

static void a_separator_with_content_is_refused(void **state)
{
    static const char *const texts[] = {"---a\n", "--- a\n", "----\n", "--- !!map\n", "---\v|"};
    struct yaml_split split;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (yaml_split_next(texts[i], strlen(texts[i]), 0, &split)) {
            fail_msg("%s", texts[i]);
        }
        assert_int_equal(split.end, 0);
    }
    assert_false(yaml_split_next("---\0\n", 5, 0, &split));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_cut_at_its_separators),
        cmocka_unit_test(a_separator_with_content_is_refused),
    };

    return cmocka_run_group_tests_name("yaml_split", tests, NULL, NULL);
}
