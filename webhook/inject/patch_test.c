/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/patch.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static void an_empty_patch_is_an_empty_list(void **state)
{
    CLEANUP(patch_clear) struct patch patch = PATCH_INIT;
    struct err err = {0};

    (void)state;
    assert_int_equal(patch_end(&patch, &err), 0);
    assert_string_equal(buf_text(&patch.text), "[]");
}

static void operations_are_written_in_order(void **state)
{
    CLEANUP(patch_clear) struct patch patch = PATCH_INIT;
    struct err err = {0};

    (void)state;
    json_out_string(patch_add(&patch, "/a/-"), "x\"y");
    patch_close(&patch);
    json_out_int(patch_replace(&patch, "/b~1c"), 7);
    patch_close(&patch);
    assert_int_equal(patch_end(&patch, &err), 0);
    assert_string_equal(buf_text(&patch.text),
                        "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":\"x\\\"y\"},"
                        "{\"op\":\"replace\",\"path\":\"/b~1c\",\"value\":7}]");
}

static void a_patch_with_too_many_operations_is_refused(void **state)
{
    CLEANUP(patch_clear) struct patch patch = PATCH_INIT;
    struct err err = {0};

    (void)state;
    for (int i = 0; i <= PATCH_OPERATIONS_MAX; i++) {
        json_out_int(patch_add(&patch, "/a/-"), i);
        patch_close(&patch);
    }
    assert_int_equal(patch_end(&patch, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

static void a_patch_with_too_many_bytes_is_refused(void **state)
{
    CLEANUP(patch_clear) struct patch patch = PATCH_INIT;
    char text[2001];
    struct err err = {0};

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (size_t i = 0; i < PATCH_BYTES_MAX / (sizeof(text) - 1); i++) {
        json_out_string(patch_add(&patch, "/a/-"), text);
        patch_close(&patch);
    }
    assert_int_equal(patch_end(&patch, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

struct row {
    const char *document;
    const char *patch;
    const char *result; /* NULL: refused */
};

static void apply_row(const struct row *row)
{
    json_auto_t *document = json_loads(row->document, 0, NULL);
    json_auto_t *patch = json_loads(row->patch, 0, NULL);
    struct err err = {0};
    int applied;

    print_message("# %s %s\n", row->document, row->patch);
    assert_non_null(document);
    assert_non_null(patch);
    applied = patch_apply(document, patch, &err);
    if (row->result == NULL) {
        assert_int_equal(applied, -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_true(err.msg[0] != '\0');
    } else {
        json_auto_t *expected = json_loads(row->result, 0, NULL);
        assert_int_equal(applied, 0);
        assert_true(json_equal(document, expected));
    }
}

static void apply_accepts_what_both_dialects_accept(void **state)
{
    static const struct row rows[] = {
        {"{}", "[]", "{}"},
        {"{\"a\":[]}", "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":1}]", "{\"a\":[1]}"},
        {"{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/0\",\"value\":0}]", "{\"a\":[0,1,2]}"},
        {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2}]", "{\"a\":[1,2]}"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}]", "{\"a\":2}"},
        {"{\"a\":null}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":[]}]", "{\"a\":[]}"},
        {"{\"a/b\":{}}", "[{\"op\":\"add\",\"path\":\"/a~1b/c~0d\",\"value\":1}]",
         "{\"a/b\":{\"c~d\":1}}"},
        {"{\"\":{}}", "[{\"op\":\"add\",\"path\":\"//x\",\"value\":1}]", "{\"\":{\"x\":1}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apply_row(&rows[i]);
    }
}

static void apply_refuses_what_either_dialect_refuses(void **state)
{
    static const struct row rows[] = {
        {"{}", "{}", NULL},
        {"{}", "[1]", NULL},
        {"{}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]", NULL},
        {"{\"a\":null}", "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":1}]", NULL},
        {"{\"a\":\"x\"}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]", NULL},
        {"{\"a\":[]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":1}]", NULL},
        {"{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/01\",\"value\":1}]", NULL},
        {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/-1\",\"value\":1}]", NULL},
        {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/18446744073709551617\",\"value\":1}]",
         NULL},
        {"{\"a\":[1]}", "[{\"op\":\"replace\",\"path\":\"/a/-\",\"value\":1}]", NULL},
        {"{}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]", NULL},
        {"{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", NULL},
        {"{}", "[{\"op\":\"add\",\"path\":\"\",\"value\":1}]", NULL},
        {"{}", "[{\"op\":\"add\",\"path\":\"/~2\",\"value\":1}]", NULL},
        {"{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", NULL},
        {"{}", "[{\"op\":\"ADD\",\"path\":\"/a\",\"value\":1}]", NULL},
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\",\"value\":1}]", NULL},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apply_row(&rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_patch_is_an_empty_list),
        cmocka_unit_test(operations_are_written_in_order),
        cmocka_unit_test(a_patch_with_too_many_operations_is_refused),
        cmocka_unit_test(a_patch_with_too_many_bytes_is_refused),
        cmocka_unit_test(apply_accepts_what_both_dialects_accept),
        cmocka_unit_test(apply_refuses_what_either_dialect_refuses),
    };

    return cmocka_run_group_tests_name("patch", tests, NULL, NULL);
}
