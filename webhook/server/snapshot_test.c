/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/snapshot.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

/* A folder "a" with the file "f", and beside it a mounted ConfigMap "m". */
static void make_folders(void)
{
    assert_int_equal(mkdir("a", 0700), 0);
    assert_int_equal(folder_write("a/f", "1"), 0);
    assert_int_equal(folder_publish("m", "1", "f", "1"), 0);
}

static void swap_generation(void)
{
    assert_int_equal(folder_publish("m", "2", "f", "1"), 0);
}

static void add_file(void)
{
    assert_int_equal(folder_write("a/g", "1"), 0);
}

static void write_another_size(void)
{
    assert_int_equal(folder_write("a/f", "22"), 0);
}

static void replace_file(void)
{
    assert_int_equal(folder_write("t", "1"), 0);
    assert_int_equal(rename("t", "a/f"), 0);
}

static void remove_file(void)
{
    assert_int_equal(unlink("a/f"), 0);
}

static void remove_folder(void)
{
    assert_int_equal(unlink("a/f"), 0);
    assert_int_equal(rmdir("a"), 0);
}

static void touch_something_else(void)
{
    assert_int_equal(folder_write("elsewhere", "1"), 0);
}

/* As the kubelet does it each minute. */
static void set_owner_and_mode(void)
{
    assert_int_equal(chmod("a/f", 0440), 0);
    assert_int_equal(chown("a/f", geteuid(), getegid()), 0);
    assert_int_equal(chmod("a", 0755), 0);
}

static void a_change_shows(void **state)
{
    static const struct {
        const char *name;
        const char *path;
        void (*change)(void);
        bool shows;
    } rows[] = {
        {"a new file", "a", add_file, true},
        {"another size", "a", write_another_size, true},
        {"another size of the file itself", "a/f", write_another_size, true},
        {"a file in place of another", "a", replace_file, true},
        {"a file in place of the file itself", "a/f", replace_file, true},
        {"a file less", "a", remove_file, true},
        {"the file itself is gone", "a/f", remove_file, true},
        {"the folder is gone", "a", remove_folder, true},
        {"another generation of a folder", "m", swap_generation, true},
        {"another generation of a file", "m/f", swap_generation, true},
        {"owner and mode", "a", set_owner_and_mode, false},
        {"something else", "a", touch_something_else, false},
        {"something else beside a missing file", "gone", touch_something_else, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf before = BUF_INIT(SNAPSHOT_BYTES_MAX);
        CLEANUP(buf_clear) struct buf after = BUF_INIT(SNAPSHOT_BYTES_MAX);
        const char *paths[] = {NULL, rows[i].path};

        print_message("# %s\n", rows[i].name);
        assert_int_equal(folder_enter(state), 0);
        make_folders();
        snapshot_take(paths, 2, &before);
        rows[i].change();
        snapshot_take(paths, 2, &after);
        assert_int_equal(snapshot_equal(&before, &after), !rows[i].shows);
        assert_int_equal(folder_leave(state), 0);
    }
}

static void a_snapshot_that_failed_equals_nothing(void **state)
{
    CLEANUP(buf_clear) struct buf a = BUF_INIT(4);
    CLEANUP(buf_clear) struct buf b = BUF_INIT(4);
    const char *paths[] = {"/"};

    (void)state;
    snapshot_take(paths, 1, &a);
    snapshot_take(paths, 1, &b);
    assert_true(buf_failed(&a));
    assert_false(snapshot_equal(&a, &b));
}

static void no_paths_look_the_same(void **state)
{
    CLEANUP(buf_clear) struct buf a = BUF_INIT(SNAPSHOT_BYTES_MAX);
    CLEANUP(buf_clear) struct buf b = BUF_INIT(SNAPSHOT_BYTES_MAX);
    const char *paths[] = {NULL};

    (void)state;
    snapshot_take(paths, 1, &a);
    assert_true(snapshot_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_shows),
        cmocka_unit_test(a_snapshot_that_failed_equals_nothing),
        cmocka_unit_test(no_paths_look_the_same),
    };

    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
