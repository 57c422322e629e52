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
    json_out_string(patch_add(&patch, "/a", "/-", ""), "x\"y");
    patch_close(&patch);
    json_out_int(patch_replace(&patch, "/b~1c", "", ""), 7);
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
        json_out_int(patch_add(&patch, "/a", "/-", ""), i);
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
        json_out_string(patch_add(&patch, "/a", "/-", ""), text);
        patch_close(&patch);
    }
    assert_int_equal(patch_end(&patch, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_patch_is_an_empty_list),
        cmocka_unit_test(operations_are_written_in_order),
        cmocka_unit_test(a_patch_with_too_many_operations_is_refused),
        cmocka_unit_test(a_patch_with_too_many_bytes_is_refused),
    };

    return cmocka_run_group_tests_name("patch", tests, NULL, NULL);
}
