/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/watch.h"

#include <limits.h>
#include <poll.h>

#include "tests/folder.h"
#include "tests/test.h"

static bool is_told(const struct watch *watch)
{
    struct pollfd poll_fd = {.fd = watch->fd, .events = POLLIN};

    return poll(&poll_fd, 1, 0) > 0;
}

static struct watch open_on(const char *path)
{
    struct watch watch = watch_open();

    assert_true(watch.fd >= 0);
    assert_true(watch_add(&watch, &path, 1));
    return watch;
}

static void a_file_that_is_replaced_is_told_of(void **state)
{
    struct watch watch;

    (void)state;
    assert_int_equal(folder_write("f", "1"), 0);
    watch = open_on("f");
    assert_false(is_told(&watch));
    assert_int_equal(folder_write("t", "2"), 0);
    watch_drain(&watch);
    assert_int_equal(rename("t", "f"), 0);
    assert_true(is_told(&watch));
    watch_drain(&watch);
    assert_false(is_told(&watch));
    watch_clear(&watch);
}

static void a_file_that_is_written_or_removed_is_told_of(void **state)
{
    struct watch watch;

    (void)state;
    assert_int_equal(folder_write("f", "1"), 0);
    watch = open_on("./f");
    assert_int_equal(folder_write("f", "2"), 0);
    assert_true(is_told(&watch));
    watch_drain(&watch);
    assert_int_equal(unlink("f"), 0);
    assert_true(is_told(&watch));
    watch_clear(&watch);
}

static void a_file_that_is_not_there_yet_is_told_of(void **state)
{
    struct watch watch;

    (void)state;
    watch = open_on("f");
    assert_int_equal(folder_write("f", "1"), 0);
    assert_true(is_told(&watch));
    watch_clear(&watch);
}

static void a_new_generation_of_a_mount_is_told_of(void **state)
{
    struct watch folder;
    struct watch file;

    (void)state;
    assert_int_equal(folder_publish("m", "1", "f", "one"), 0);
    folder = open_on("m");
    file = open_on("m/f");
    assert_int_equal(folder_publish("m", "2", "f", "two"), 0);
    assert_true(is_told(&folder));
    assert_true(is_told(&file));
    watch_clear(&folder);
    watch_clear(&file);
}

static void reading_is_no_change(void **state)
{
    struct watch watch;
    char byte;
    FILE *file;

    (void)state;
    assert_int_equal(folder_write("f", "1"), 0);
    watch = open_on("f");
    file = fopen("f", "re");
    assert_non_null(file);
    assert_int_equal(fread(&byte, 1, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    assert_false(is_told(&watch));
    watch_clear(&watch);
}

static void a_folder_that_was_replaced_is_watched_again(void **state)
{
    const char *path = "m";
    struct watch watch;

    (void)state;
    assert_int_equal(mkdir("m", 0700), 0);
    watch = open_on(path);
    assert_int_equal(rename("m", "old"), 0);
    assert_true(is_told(&watch));
    assert_int_equal(mkdir("m", 0700), 0);
    assert_true(watch_add(&watch, &path, 1));
    watch_drain(&watch);
    assert_int_equal(folder_write("m/f", "1"), 0);
    assert_true(is_told(&watch));
    watch_clear(&watch);
}

static void watching_again_and_again_takes_no_more(void **state)
{
    const char *path = "f";
    struct watch watch;

    (void)state;
    watch = open_on(path);
    for (int i = 0; i < 10000; i++) { /* more than max_user_watches would allow at its least */
        assert_true(watch_add(&watch, &path, 1));
    }
    watch_clear(&watch);
}

static void what_cannot_be_watched_is_said_and_the_rest_is_watched(void **state)
{
    char too_long[PATH_MAX + 8];
    const char *paths[] = {"gone/f", NULL, too_long, "there/f"};
    struct watch watch = watch_open();

    (void)state;
    memset(too_long, 'x', sizeof(too_long));
    memcpy(too_long + sizeof(too_long) - 3, "/f", 3);
    assert_int_equal(mkdir("there", 0700), 0);
    assert_false(watch_add(&watch, paths, 4));
    assert_false(watch_add(&watch, &paths[2], 1));
    assert_true(watch_add(&watch, &paths[1], 1));
    assert_int_equal(folder_write("there/f", "1"), 0);
    assert_true(is_told(&watch));
    watch_clear(&watch);
}

static void without_inotify_nothing_is_watched(void **state)
{
    struct watch watch = {.fd = -1};
    const char *path = ".";

    (void)state;
    assert_false(watch_add(&watch, &path, 1));
    watch_clear(&watch);
    watch_clear(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_is_replaced_is_told_of, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_file_that_is_written_or_removed_is_told_of, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_there_yet_is_told_of, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_new_generation_of_a_mount_is_told_of, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(reading_is_no_change, folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(a_folder_that_was_replaced_is_watched_again, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(watching_again_and_again_takes_no_more, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_watched_is_said_and_the_rest_is_watched,
                                        folder_enter, folder_leave),
        cmocka_unit_test(without_inotify_nothing_is_watched),
    };

    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
