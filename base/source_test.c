/* SPDX-License-Identifier: Apache-2.0 */
#include "base/source.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define TEXT              \
    "spec:\n"             \
    "  list:\n"           \
    "  - a: 1\n"          \
    "    b/c~d: [x, z]\n" \
    "  'odd key': {e: true}\n"

static void a_pointer_becomes_a_line_and_a_readable_path(void **state)
{
    static const struct {
        const char *pointer;
        bool key;
        const char *message;
        const char *excerpt;
    } rows[] = {
        {"", false, "f:1:1: wrong", "spec:\n^"},
        {"/spec", true, "f:1:1: wrong", "spec:\n^"},
        {"/spec/list/0/a", false, "f:3:8: spec.list[0].a: wrong", "  - a: 1\n       ^"},
        {"/spec/list/0/a", true, "f:3:5: spec.list[0]: wrong", "  - a: 1\n    ^"},
        {"/spec/list/0/b~1c~0d/1", false, "f:4:16: spec.list[0]['b/c~d'][1]: wrong",
         "    b/c~d: [x, z]\n               ^"},
        {"/spec/odd key/e", true, "f:5:15: spec['odd key']: wrong",
         "  'odd key': {e: true}\n              ^"},
        {"/spec/list/7/a", false, "f:3:3: spec.list[7].a: wrong", NULL},
        {"/nothing", false, "f:1:1: nothing: wrong", "spec:\n^"},
    };
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("f", TEXT, strlen(TEXT), YAML_STRICT, &err);
    struct source source = {.name = "f", .text = TEXT, .len = strlen(TEXT), .reader = reader};
    json_t *document = NULL;

    (void)state;
    assert_non_null(reader);
    assert_int_equal(yaml_reader_next(reader, &document, &err), 0);
    source.document = document;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# row %zu: %s\n", i, rows[i].pointer);
        err_set(&err, ERR_INVALID, "wrong");
        assert_int_equal(source_locate(&source, rows[i].key, &err, "%s", rows[i].pointer), -1);
        assert_string_equal(err.msg, rows[i].message);
        if (rows[i].excerpt != NULL) {
            assert_string_equal(err.excerpt, rows[i].excerpt);
        }
    }
    json_decref(document);
}

static void without_a_reader_the_name_and_the_path_remain(void **state)
{
    const struct source source = {.name = "f", .text = "", .len = 0, .document = NULL};
    struct err err = {0};

    (void)state;
    err_set(&err, ERR_INVALID, "wrong");
    assert_int_equal(source_locate(&source, false, &err, "/a/%d", 3), -1);
    assert_string_equal(err.msg, "f: a.3: wrong");
}

static void a_pointer_without_end_is_cut(void **state)
{
    const struct source source = {.name = "f", .text = "", .len = 0, .document = NULL};
    struct err err = {0};
    char pointer[10000];

    (void)state;
    memset(pointer, 'a', sizeof(pointer));
    pointer[0] = '/';
    pointer[sizeof(pointer) - 1] = '\0';
    err_set(&err, ERR_INVALID, "wrong");
    (void)source_locate(&source, false, &err, "%s", pointer);
    assert_non_null(strstr(err.msg, ": wrong"));
    assert_true(strlen(err.msg) < 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pointer_becomes_a_line_and_a_readable_path),
        cmocka_unit_test(without_a_reader_the_name_and_the_path_remain),
        cmocka_unit_test(a_pointer_without_end_is_cut),
    };

    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
