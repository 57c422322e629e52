/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/links.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "tests/folder.h"
#include "tests/test.h"

/* A number of a file that was deleted is given to the next that is made. */
static void another_file_of_the_same_number_is_no_other_name_of_the_first(void **state)
{
    CLEANUP(links_free) struct links *links = links_new();
    CLEANUP(close) int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct tally tally = TALLY_INIT;
    struct tree tree = {.tally = &tally, .links = links, .from_fd = root, .to_fd = root};
    struct dir *dir = dir_open_root(&tree);
    struct stat stat = {.st_ino = 7, .st_nlink = 3, .st_size = 10};

    (void)state;
    assert_non_null(links);
    assert_non_null(dir);
    assert_int_equal(folder_write("a", "one"), 0);
    assert_int_equal(links_claim(links, dir, "a", &stat), LINKS_COPY);
    assert_null(links_settle(links, &stat, true));
    assert_int_equal(links_claim(links, dir, "b", &stat), LINKS_DONE);
    assert_int_equal(access("b", F_OK), 0);
    stat.st_mtim.tv_nsec = 1;
    assert_int_equal(links_claim(links, dir, "c", &stat), LINKS_ALONE);
    assert_int_equal(tally_read(&tally.unlinked), 1);
    dir_release(dir);
}

/* Somebody else who may write to the destination puts it where the first name was copied to. */
static void a_link_in_the_place_of_a_directory_leads_no_name_elsewhere(void **state)
{
    CLEANUP(links_free) struct links *links = links_new();
    CLEANUP(close) int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct tally tally = TALLY_INIT;
    struct tree tree = {
        .from = "from", .tally = &tally, .links = links, .from_fd = root, .to_fd = root};
    struct dir *dir = dir_open_root(&tree);
    struct dir *deep;
    struct stat stat = {.st_ino = 7, .st_nlink = 4, .st_size = 10};

    (void)state;
    log_set(LOG_ERROR, true);
    assert_non_null(links);
    assert_non_null(dir);
    assert_true(mkdir("elsewhere", 0700) == 0 && mkdir("deep", 0700) == 0);
    assert_int_equal(folder_write("deep/a", "one"), 0);
    assert_int_equal(folder_write("elsewhere/a", "secret"), 0);
    deep = dir_open(dir, "deep");
    assert_non_null(deep);
    assert_int_equal(links_claim(links, deep, "a", &stat), LINKS_COPY);
    assert_null(links_settle(links, &stat, true));
    assert_int_equal(links_claim(links, dir, "b", &stat), LINKS_DONE);
    assert_int_equal(access("b", F_OK), 0);
    assert_int_equal(rename("deep", "away"), 0);
    assert_int_equal(symlink("elsewhere", "deep"), 0);
    assert_int_equal(links_claim(links, dir, "c", &stat), LINKS_DONE);
    assert_int_equal(access("c", F_OK), -1);
    assert_int_equal(tally_read(&tally.failures), 1);
    dir_release(deep);
    dir_release(dir);
}

/* As in a tree of which each file has another name elsewhere: nothing is ever forgotten. */
static void paths_of_first_names_take_a_bounded_amount_of_memory(void **state)
{
    CLEANUP(links_free) struct links *links = links_new();
    CLEANUP(close) int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct tally tally = TALLY_INIT;
    struct tree tree = {.tally = &tally, .links = links, .from_fd = root, .to_fd = root};
    struct dir *dir = dir_open_root(&tree);
    const size_t n_fit = LINKS_PATHS_SIZE / (NAME_MAX + 1);
    char name[NAME_MAX + 1];

    (void)state;
    assert_non_null(links);
    assert_non_null(dir);
    memset(name, 'n', NAME_MAX);
    name[NAME_MAX] = '\0';
    assert_int_equal(folder_write(name, ""), 0);
    for (size_t i = 0; i < LINKS_MAX; i++) {
        const struct stat stat = {.st_ino = i + 1, .st_nlink = 2};
        assert_int_equal(links_claim(links, dir, name, &stat), LINKS_COPY);
        assert_null(links_settle(links, &stat, true));
    }
    assert_int_equal(tally_read(&tally.unlinked), LINKS_MAX - n_fit);
    for (size_t i = 0; i < LINKS_MAX; i++) { /* the others are met, and all are forgotten */
        const struct stat stat = {.st_ino = i + 1, .st_nlink = 2};
        if (links_claim(links, dir, name, &stat) == LINKS_COPY) {
            assert_null(links_settle(links, &stat, true));
        }
    }
    tally = TALLY_INIT;
    for (size_t i = 0; i < n_fit; i++) {
        const struct stat stat = {.st_ino = i + 1, .st_nlink = 2};
        assert_int_equal(links_claim(links, dir, name, &stat), LINKS_COPY);
        assert_null(links_settle(links, &stat, true));
    }
    assert_int_equal(tally_read(&tally.unlinked), 0);
    dir_release(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paths_of_first_names_take_a_bounded_amount_of_memory,
                                        folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(a_link_in_the_place_of_a_directory_leads_no_name_elsewhere,
                                        folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(
            another_file_of_the_same_number_is_no_other_name_of_the_first, folder_enter,
            folder_leave),
    };

    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
