/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/rotating_file.h"

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

#define AGE 60000

static bool look(struct rotating_file *file, uint64_t now_ms)
{
    struct err err = {0};
    bool changed;

    assert_int_equal(rotating_file_look(file, now_ms, AGE, &changed, &err), 0);
    return changed;
}

static void a_file_is_read_when_it_was_replaced_and_only_then(void **state)
{
    struct rotating_file file;

    (void)state;
    assert_int_equal(folder_write("token", "one"), 0);
    rotating_file_init(&file, "token", 100);
    assert_true(look(&file, 1000));
    assert_string_equal(buf_text(&file.text), "one");
    assert_false(look(&file, 1001));
    assert_int_equal(file.read_ms, 1000);
    assert_int_equal(folder_write("token.new", "two"), 0);
    assert_int_equal(rename("token.new", "token"), 0);
    assert_true(look(&file, 1002));
    assert_string_equal(buf_text(&file.text), "two");
    rotating_file_clear(&file);
}

static void a_mounted_volume_is_seen_to_change(void **state)
{
    struct rotating_file file;

    (void)state;
    assert_int_equal(folder_publish("mount", "1", "token", "one"), 0);
    rotating_file_init(&file, "mount/token", 100);
    assert_true(look(&file, 1000));
    assert_int_equal(folder_publish("mount", "2", "token", "two"), 0);
    assert_true(look(&file, 1001));
    assert_string_equal(buf_text(&file.text), "two");
    rotating_file_clear(&file);
}

static void a_file_is_read_again_in_time_though_it_looks_the_same(void **state)
{
    struct rotating_file file;

    (void)state;
    assert_int_equal(folder_write("token", "one"), 0);
    rotating_file_init(&file, "token", 100);
    assert_true(look(&file, 1000));
    assert_false(look(&file, 1000 + AGE - 1));
    assert_int_equal(file.read_ms, 1000);
    assert_false(look(&file, 1000 + AGE));
    assert_int_equal(file.read_ms, 1000 + AGE);
    rotating_file_doubt(&file);
    assert_false(look(&file, 1001 + AGE));
    assert_int_equal(file.read_ms, 1001 + AGE);
    rotating_file_clear(&file);
}

static void what_cannot_be_read_leaves_what_was(void **state)
{
    struct rotating_file file;
    struct err err = {0};
    bool changed = true;

    (void)state;
    rotating_file_init(&file, "token", 5);
    assert_int_equal(rotating_file_look(&file, 1000, AGE, &changed, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_false(file.is_read);
    assert_int_equal(folder_write("token", "one"), 0);
    assert_true(look(&file, 1000));
    assert_int_equal(folder_write("token", "too long"), 0);
    assert_int_equal(rotating_file_look(&file, 1001, AGE, &changed, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_false(changed);
    assert_string_equal(buf_text(&file.text), "one");
    assert_int_equal(remove("token"), 0);
    assert_int_equal(rotating_file_look(&file, 1002, AGE, &changed, &err), -1);
    assert_string_equal(buf_text(&file.text), "one");
    assert_int_equal(folder_write("token", "three"), 0);
    assert_true(look(&file, 1003));
    assert_string_equal(buf_text(&file.text), "three");
    rotating_file_clear(&file);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_is_read_when_it_was_replaced_and_only_then),
        IN_FOLDER(a_mounted_volume_is_seen_to_change),
        IN_FOLDER(a_file_is_read_again_in_time_though_it_looks_the_same),
        IN_FOLDER(what_cannot_be_read_leaves_what_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
