/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/room.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/tree_test.h"
#include "tests/folder.h"
#include "tests/test.h"

/* A small file system of the test's own at "small". False: there can be none here. */
static bool mount_small(void)
{
    return tree_mount("small", "tmpfs", "size=8m,nr_inodes=100");
}

static void a_disk_without_room_is_not_written_to(void **state)
{
    char name[32];
    struct err err = {0};

    (void)state;
    if (!mount_small()) {
        return;
    }
    tree_dir("from", 0755);
    tree_file("from/a", (size_t)9 * 1024 * 1024, 1);
    assert_int_equal(tree_copy("from", "small/to", 2, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "small/to needs 9.0 MiB, and 8.0 MiB are free");
    assert_int_equal(access("small/to", F_OK), -1);
    assert_int_equal(unlink("from/a"), 0);
    for (unsigned int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "from/%u", i);
        tree_file(name, 0, 1);
    }
    assert_int_equal(tree_copy("from", "small/to", 2, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "small/to needs 101 files and directories, and 99 are free");
    assert_int_equal(tree_copy("from", "small/deep/er", 2, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "small/deep/er needs 102 files and directories, and 99 are free");
    assert_int_equal(access("small/deep", F_OK), -1);
    assert_int_equal(umount("small"), 0);
}

static void copies_to_one_disk_have_its_room_together(void **state)
{
    CLEANUP(free) struct copy_job *jobs = calloc(2, sizeof(*jobs));
    const struct copy_options options = {.n_threads = 2, .is_alone = true};
    struct err err = {0};

    (void)state;
    assert_non_null(jobs);
    if (!mount_small()) {
        return;
    }
    tree_dir("from", 0755);
    tree_file("from/a", (size_t)5 * 1024 * 1024, 1);
    jobs[0] = (struct copy_job){.from = "from", .to = "small/a"};
    jobs[1] = (struct copy_job){.from = "from", .to = "small/b"};
    assert_int_equal(copy_run(jobs, 2, &options, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "small/b needs 5.0 MiB, and 3.0 MiB are free");
    assert_int_equal(access("small/a", F_OK), -1);
    jobs[1].to = "elsewhere";
    assert_int_equal(copy_run(jobs, 2, &options, &err), COPY_DONE);
    assert_int_equal(umount("small"), 0);
}

/* Copies to the small disk "small/to", where others write too. */
static enum copy_result copy_to_share(struct err *err)
{
    CLEANUP(free) struct copy_job *job = calloc(1, sizeof(*job));
    const struct copy_options options = {.n_threads = 2};

    assert_non_null(job);
    *job = (struct copy_job){.from = "from", .to = "small/to"};
    return copy_run(job, 1, &options, err);
}

static void what_is_there_already_needs_no_room_and_what_is_there_beside_it_gives_none(void **state)
{
    struct err err = {0};

    (void)state;
    if (!mount_small()) {
        return;
    }
    tree_dir("from", 0755);
    tree_dir("from/deep", 0755);
    tree_file("from/deep/a", (size_t)5 * 1024 * 1024, 1);
    tree_dir("small/to", 0755);
    tree_file("small/to/other", (size_t)4 * 1024 * 1024, 2);
    assert_int_equal(tree_copy("from", "small/to", 2, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "small/to needs 5.0 MiB, and 4.0 MiB are free");
    assert_int_equal(copy_to_share(&err), COPY_REFUSED);
    assert_int_equal(unlink("small/to/other"), 0);
    assert_int_equal(copy_to_share(&err), COPY_DONE);
    assert_int_equal(copy_to_share(&err), COPY_DONE);
    assert_int_equal(tree_copy("from", "small/to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "small/to");
    tree_file("from/deep/b", (size_t)4 * 1024 * 1024, 3);
    assert_int_equal(copy_to_share(&err), COPY_REFUSED);
    assert_string_equal(err.msg, "small/to needs 4.0 MiB, and 3.0 MiB are free");
    assert_int_equal(umount("small"), 0);
}

static void what_a_copy_that_was_killed_has_left_gives_its_room_to_the_next(void **state)
{
    struct err err = {0};

    (void)state;
    if (!mount_small()) {
        return;
    }
    tree_dir("from", 0755);
    tree_dir("from/deep", 0755);
    tree_file("from/deep/a", (size_t)5 * 1024 * 1024, 1);
    tree_dir("small/to", 0755);
    tree_dir("small/to/deep", 0755);
    tree_file("small/to/.hawser-copy.0123456789abcdef.7", (size_t)4 * 1024 * 1024, 1);
    tree_file("small/to/deep/.hawser-copy.0123456789abcdef.8", (size_t)4 * 1024 * 1024, 1);
    assert_int_equal(tree_copy("from", "small/to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "small/to");
    assert_int_equal(umount("small"), 0);
}

static void names_of_one_file_need_its_room_once_and_all_of_it_for_one_of_them(void **state)
{
    struct err err = {0};

    (void)state;
    if (!mount_small()) {
        return;
    }
    tree_dir("from", 0755);
    tree_file("from/a", (size_t)5 * 1024 * 1024, 1);
    tree_link("from/a", "from/b");
    tree_link("from/a", "from/c");
    assert_int_equal(tree_copy("from", "small/to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "small/to");
    assert_int_equal(unlink("from/a") + unlink("from/b") + unlink("from/c"), 0);
    tree_file("from/a", (size_t)12 * 1024 * 1024, 1);
    tree_link("from/a", "elsewhere");
    assert_int_equal(tree_copy("from", "small/other", 2, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "small/other needs 12.0 MiB, and 3.0 MiB are free");
    assert_int_equal(umount("small"), 0);
}

/* Room is looked for where the copy goes, and a part of that is another disk here. */
static void a_disk_that_fills_up_stops_the_copy_and_half_a_file_has_no_name(void **state)
{
    struct err err = {0};

    (void)state;
    tree_dir("to", 0755);
    if (!tree_mount("to/small", "tmpfs", "size=8m")) {
        return;
    }
    tree_dir("from", 0755);
    tree_dir("from/small", 0755);
    tree_file("from/small/a", (size_t)12 * 1024 * 1024, 1);
    assert_int_equal(tree_copy("from", "to", 4, &err), COPY_INCOMPLETE);
    assert_string_equal(err.msg, "from/small/a: cannot write it: No space left on device");
    assert_int_equal(umount("to/small"), 0);
    assert_int_equal(rmdir("to/small"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(a_disk_without_room_is_not_written_to),
        TREE_TEST(copies_to_one_disk_have_its_room_together),
        TREE_TEST(what_is_there_already_needs_no_room_and_what_is_there_beside_it_gives_none),
        TREE_TEST(what_a_copy_that_was_killed_has_left_gives_its_room_to_the_next),
        TREE_TEST(names_of_one_file_need_its_room_once_and_all_of_it_for_one_of_them),
        TREE_TEST(a_disk_that_fills_up_stops_the_copy_and_half_a_file_has_no_name),
    };

    return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
