/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/patch_apply.h"

#include "tests/test.h"

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
        cmocka_unit_test(apply_accepts_what_both_dialects_accept),
        cmocka_unit_test(apply_refuses_what_either_dialect_refuses),
    };

    return cmocka_run_group_tests_name("patch_apply", tests, NULL, NULL);
}
