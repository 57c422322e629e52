/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/tree_test.h"
#include "tests/folder.h"
#include "tests/test.h"

static void everything_in_a_tree_is_copied(void **state)
{
    static const unsigned int n_threads[] = {1, 4, 64};

    (void)state;
    tree_make("from");
    for (size_t i = 0; i < sizeof(n_threads) / sizeof(n_threads[0]); i++) {
        char to[16];
        struct err err = {0};
        (void)snprintf(to, sizeof(to), "to-%u", n_threads[i]);
        assert_int_equal(tree_copy("from", to, n_threads[i], &err), COPY_DONE);
        tree_expect_equal("from", to);
    }
}

static void a_copy_of_what_is_there_changes_nothing(void **state)
{
    struct err err = {0};
    struct stat before;
    struct stat after;

    (void)state;
    tree_make("from");
    assert_int_equal(tree_copy("from", "to", 4, &err), COPY_DONE);
    assert_int_equal(stat("to/deep/er/more", &before), 0);
    assert_int_equal(tree_copy("from", "to", 4, &err), COPY_DONE);
    assert_int_equal(stat("to/deep/er/more", &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    tree_expect_equal("from", "to");
}

/* Expect that it is the file that it was, by its number. */
static void expect_not_replaced(const char *path, ino_t before)
{
    struct stat stat_;

    assert_int_equal(lstat(path, &stat_), 0);
    assert_int_equal(stat_.st_ino, before);
}

static ino_t number_of(const char *path)
{
    struct stat stat_;

    assert_int_equal(lstat(path, &stat_), 0);
    return stat_.st_ino;
}

static void what_changed_beside_the_content_is_brought_up_to_date_without_it(void **state)
{
    struct err err = {0};
    char value[8] = "";
    ino_t mode;
    ino_t owner;
    ino_t attributes;
    bool has_xattrs;

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/mode", 1000, 1);
    tree_file("from/owner", 1000, 2);
    tree_file("from/attributes", 1000, 3);
    has_xattrs = setxattr("from/attributes", "user.gone", "it", 2, 0) == 0;
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    mode = number_of("to/mode");
    owner = number_of("to/owner");
    attributes = number_of("to/attributes");
    assert_int_equal(chmod("from/mode", 04711), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown("from/owner", 1, 2), 0);
    }
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "to");
    expect_not_replaced("to/mode", mode);
    expect_not_replaced("to/owner", owner);
    if (!has_xattrs) {
        print_message("# this file system has no extended attributes\n");
        return;
    }
    assert_int_equal(removexattr("from/attributes", "user.gone"), 0);
    assert_int_equal(setxattr("from/attributes", "user.hawser", "there", 5, 0), 0);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    assert_int_equal(getxattr("to/attributes", "user.hawser", value, sizeof(value)), 5);
    assert_int_equal(getxattr("to/attributes", "user.gone", value, sizeof(value)), -1);
    assert_int_equal(setxattr("from/attributes", "user.hawser", "other", 5, 0), 0);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    assert_int_equal(getxattr("to/attributes", "user.hawser", value, sizeof(value)), 5);
    assert_string_equal(value, "other");
    expect_not_replaced("to/attributes", attributes);
    tree_expect_equal("from", "to");
}

static void what_is_there_is_merged_with_what_comes(void **state)
{
    struct err err = {0};

    (void)state;
    tree_make("from");
    tree_dir("to", 0755);
    tree_dir("to/deep", 0500); /* nobody may write to it, at first */
    assert_int_equal(folder_write("to/mine", "mine"), 0);
    assert_int_equal(folder_write("to/one", "another"), 0);
    assert_int_equal(symlink("mine", "to/link"), 0);
    assert_int_equal(tree_copy("from", "to", 4, &err), COPY_DONE);
    assert_int_equal(access("to/mine", R_OK), 0);
    assert_int_equal(unlink("to/mine"), 0);
    tree_expect_equal("from", "to");
}

static void names_of_one_file_are_one_file_also_where_they_were_two(void **state)
{
    struct err err = {0};

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/a", 10, 1);
    tree_link("from/a", "from/b");
    tree_dir("to", 0755);
    tree_file("to/a", 20, 2);
    tree_file("to/b", 20, 2);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "to");
}

static void what_is_no_file_is_left_out(void **state)
{
    struct err err = {0};

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/a", 10, 1);
    assert_int_equal(mkfifo("from/fifo", 0600), 0);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    assert_int_equal(access("to/fifo", F_OK), -1);
    assert_int_equal(access("to/a", R_OK), 0);
}

static void only_what_is_chosen_is_copied_and_no_directory_for_nothing(void **state)
{
    CLEANUP(free) struct copy_job *job = calloc(1, sizeof(*job));
    const struct copy_options options = {.n_threads = 4, .is_alone = true};
    struct err err = {0};

    (void)state;
    assert_non_null(job);
    tree_make("from");
    *job = (struct copy_job){.from = "from", .to = "to"};
    job->choice.include[job->choice.n_include++] = "deep/**/more";
    assert_int_equal(copy_run(job, 1, &options, &err), COPY_DONE);
    assert_int_equal(access("to/deep/er/more", R_OK), 0);
    assert_int_equal(access("to/deep/page", F_OK), -1);
    assert_int_equal(access("to/empty", F_OK), -1);
    assert_int_equal(access("to/one", F_OK), -1);
}

static void a_directory_that_is_chosen_is_copied_without_what_is_not(void **state)
{
    CLEANUP(free) struct copy_job *job = calloc(1, sizeof(*job));
    const struct copy_options options = {.n_threads = 2, .is_alone = true};
    struct err err = {0};

    (void)state;
    assert_non_null(job);
    tree_make("from");
    *job = (struct copy_job){.from = "from", .to = "to"};
    job->choice.include[job->choice.n_include++] = "empty";
    job->choice.include[job->choice.n_include++] = "deep";
    assert_int_equal(copy_run(job, 1, &options, &err), COPY_DONE);
    assert_int_equal(rmdir("to/empty"), 0);
    assert_int_equal(rmdir("to/deep"), 0); /* nothing is in it */
    assert_int_equal(rmdir("to"), 0);
}

static void a_source_that_is_missing_is_an_error_or_empty(void **state)
{
    CLEANUP(free) struct copy_job *job = calloc(1, sizeof(*job));
    const struct copy_options options = {.n_threads = 1, .is_alone = true};
    struct err err = {0};

    (void)state;
    assert_non_null(job);
    *job = (struct copy_job){.from = "nowhere", .to = "to/it/goes"};
    assert_int_equal(copy_run(job, 1, &options, &err), COPY_REFUSED);
    assert_string_equal(err.msg,
                        "nowhere: cannot be opened as a directory: No such file or directory");
    assert_int_equal(access("to", F_OK), -1);
    job->may_be_missing = true;
    assert_int_equal(copy_run(job, 1, &options, &err), COPY_DONE);
    assert_int_equal(rmdir("to/it/goes"), 0); /* it is there, and empty */
}

static void of_several_copies_none_begins_where_one_does_not_fit(void **state)
{
    CLEANUP(free) struct copy_job *jobs = calloc(2, sizeof(*jobs));
    const struct copy_options options = {.n_threads = 2, .is_alone = true};
    struct err err = {0};

    (void)state;
    assert_non_null(jobs);
    tree_dir("from", 0755);
    tree_file("from/a", (size_t)3 * 1024 * 1024, 1);
    jobs[0] = (struct copy_job){.from = "from", .to = "to-a"};
    jobs[1] = (struct copy_job){.from = "from", .to = "to-b", .max_bytes = 1UL * 1024 * 1024};
    assert_int_equal(copy_run(jobs, 2, &options, &err), COPY_REFUSED);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "to-b takes 3.0 MiB, and 1.0 MiB are allowed");
    assert_int_equal(access("to-a", F_OK), -1);
    assert_int_equal(access("to-b", F_OK), -1);
    jobs[1].max_bytes = (uint64_t)3 * 1024 * 1024;
    assert_int_equal(copy_run(jobs, 2, &options, &err), COPY_DONE);
    tree_expect_equal("from", "to-b");
}

static void a_small_file_takes_up_more_than_its_bytes(void **state)
{
    CLEANUP(free) struct copy_job *job = calloc(1, sizeof(*job));
    const struct copy_options options = {.n_threads = 1, .is_alone = true};
    struct err err = {0};

    (void)state;
    assert_non_null(job);
    tree_dir("from", 0755);
    tree_file("from/a", 1, 1);
    tree_file("from/b", 4097, 2);
    *job = (struct copy_job){.from = "from", .to = "to", .max_bytes = 8192};
    assert_int_equal(copy_run(job, 1, &options, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "to takes 12.0 KiB, and 8.0 KiB are allowed");
}

static void what_cannot_be_replaced_is_told_and_the_rest_is_copied(void **state)
{
    struct err err = {0};

    (void)state;
    tree_make("from");
    tree_dir("to", 0755);
    tree_dir("to/one", 0755);                             /* a file comes */
    assert_int_equal(folder_write("to/deep", "file"), 0); /* a directory comes */
    tree_dir("elsewhere", 0755);
    assert_int_equal(symlink("../elsewhere", "to/empty"), 0); /* a directory, too */
    assert_int_equal(tree_copy("from", "to", 1, &err), COPY_INCOMPLETE);
    assert_int_not_equal(err.code, ERR_NONE);
    assert_int_equal(access("to/large", R_OK), 0);
    assert_int_equal(rmdir("elsewhere"), 0); /* nothing was put there by way of the link */
}

/* Whichever of them is met first. */
static void of_the_names_of_a_file_those_are_copied_that_can_be(void **state)
{
    static const char *const names[] = {"a", "b", "c"};

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/a", (size_t)40 * 1024 * 1024, 1);
    tree_link("from/a", "from/b");
    tree_link("from/a", "from/c");
    for (size_t i = 0; i < 3; i++) {
        char path[16];
        struct stat one;
        struct stat other;
        struct err err = {0};
        (void)snprintf(path, sizeof(path), "to/%s", names[i]);
        tree_dir("to", 0755);
        tree_dir(path, 0755);
        assert_int_equal(tree_copy("from", "to", 4, &err), COPY_INCOMPLETE);
        (void)snprintf(path, sizeof(path), "from/%s", names[i]);
        assert_non_null(strstr(err.msg, path));
        (void)snprintf(path, sizeof(path), "to/%s", names[(i + 1) % 3]);
        assert_int_equal(stat(path, &one), 0);
        (void)snprintf(path, sizeof(path), "to/%s", names[(i + 2) % 3]);
        assert_int_equal(stat(path, &other), 0);
        assert_int_equal(one.st_ino, other.st_ino);
        assert_int_equal(folder_remove("to"), 0);
    }
}

static void a_tree_is_copied_into_a_part_of_itself_but_not_that_part(void **state)
{
    struct err err = {0};

    (void)state;
    tree_make("from");
    assert_int_equal(tree_copy("from", "from/empty/copy", 4, &err), COPY_DONE);
    assert_int_equal(access("from/empty/copy/deep/page", R_OK), 0);
    assert_int_equal(access("from/empty/copy/empty/copy", F_OK), -1);
    assert_int_equal(tree_copy("from", "from/deep/..", 4, &err), COPY_REFUSED);
    assert_string_equal(err.msg, "from and from/deep/.. are one directory");
}

static void a_name_of_the_longest_kind_is_copied(void **state)
{
    char path[sizeof("from/") + NAME_MAX] = "from/";
    struct err err = {0};

    (void)state;
    tree_dir("from", 0755);
    memset(path + strlen("from/"), 'n', NAME_MAX);
    tree_file(path, 100, 1);
    assert_int_equal(tree_copy("from", "to", 1, &err), COPY_DONE);
    tree_expect_equal("from", "to");
}

static void attributes_of_users_are_kept(void **state)
{
    char value[8] = "";
    struct err err = {0};

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/a", 10, 1);
    if (setxattr("from/a", "user.hawser", "there", 5, 0) < 0) {
        print_message("# this file system has no extended attributes\n");
        return;
    }
    assert_int_equal(tree_copy("from", "to", 1, &err), COPY_DONE);
    assert_int_equal(getxattr("to/a", "user.hawser", value, sizeof(value)), 5);
    assert_string_equal(value, "there");
}

static void what_a_copy_that_was_killed_has_left_is_gone(void **state)
{
    struct err err = {0};

    (void)state;
    tree_make("from");
    tree_dir("to", 0755);
    tree_dir("to/deep", 0700);
    tree_file("to/deep/.hawser-copy.0123456789abcdef.7", 100, 1);
    tree_file("to/.hawser-copy.0123456789abcdef.8", 100, 1);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "to");
}

static void a_name_that_only_begins_like_ours_is_a_name_like_any_other(void **state)
{
    struct err err = {0};

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/.hawser-copy.yaml", 10, 1);
    tree_file("from/.hawser-copy.0123456789abcdef", 10, 1);
    tree_dir("to", 0755);
    tree_file("to/.hawser-copy.notes", 10, 1);
    tree_file("to/.hawser-copy.0123456789abcdef.x", 10, 1);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    assert_int_equal(unlink("to/.hawser-copy.notes"), 0);
    assert_int_equal(unlink("to/.hawser-copy.0123456789abcdef.x"), 0);
    tree_expect_equal("from", "to");
}

/* It has the times of its source before it has its name. */
static void what_another_is_about_to_finish_is_not_taken_away(void **state)
{
    CLEANUP(free) struct copy_job *job = calloc(1, sizeof(*job));
    const struct copy_options options = {.n_threads = 1};
    struct err err = {0};

    (void)state;
    assert_non_null(job);
    *job = (struct copy_job){.from = "from", .to = "to"};
    tree_dir("from", 0755);
    tree_dir("to", 0755);
    tree_file("to/.hawser-copy.0123456789abcdef.7", 100, 1); /* old, and written just now */
    assert_int_equal(copy_run(job, 1, &options, &err), COPY_DONE);
    assert_int_equal(unlink("to/.hawser-copy.0123456789abcdef.7"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(everything_in_a_tree_is_copied),
        TREE_TEST(a_copy_of_what_is_there_changes_nothing),
        TREE_TEST(what_changed_beside_the_content_is_brought_up_to_date_without_it),
        TREE_TEST(what_is_there_is_merged_with_what_comes),
        TREE_TEST(names_of_one_file_are_one_file_also_where_they_were_two),
        TREE_TEST(what_is_no_file_is_left_out),
        TREE_TEST(only_what_is_chosen_is_copied_and_no_directory_for_nothing),
        TREE_TEST(a_directory_that_is_chosen_is_copied_without_what_is_not),
        TREE_TEST(a_source_that_is_missing_is_an_error_or_empty),
        TREE_TEST(of_several_copies_none_begins_where_one_does_not_fit),
        TREE_TEST(a_small_file_takes_up_more_than_its_bytes),
        TREE_TEST(what_cannot_be_replaced_is_told_and_the_rest_is_copied),
        TREE_TEST(of_the_names_of_a_file_those_are_copied_that_can_be),
        TREE_TEST(a_tree_is_copied_into_a_part_of_itself_but_not_that_part),
        TREE_TEST(a_name_of_the_longest_kind_is_copied),
        TREE_TEST(attributes_of_users_are_kept),
        TREE_TEST(what_a_copy_that_was_killed_has_left_is_gone),
        TREE_TEST(a_name_that_only_begins_like_ours_is_a_name_like_any_other),
        TREE_TEST(what_another_is_about_to_finish_is_not_taken_away),
    };

    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
