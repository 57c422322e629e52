/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/tree_test.h"
#include "tests/folder.h"
#include "tests/test.h"

/*
 * Results that `hawser-copy run` copies back
 *
 * Its path is the only argument. The commands that it runs leave what is there already.
 */

#define FILES         10000
#define FILES_IN_EACH 100
#define SAID_SIZE     1024

static const char *program;

/* Run `hawser-copy run --back @back -- sh -c "exit @code"` and keep what it says in @said. Returns
 * its exit code. */
static int run(const char *back, const char *code, char said[static SAID_SIZE])
{
    CLEANUP(close) int fd = open("said", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const pid_t child = fork();
    int status = 0;
    ssize_t n;

    assert_true(fd >= 0 && child >= 0);
    if (child == 0) {
        (void)dup2(fd, STDERR_FILENO);
        (void)execl(program, program, "run", "--back", back, "--when", "always", "--", "sh", "-c",
                    "exit $0", code, (char *)NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    n = pread(fd, said, SAID_SIZE - 1, 0);
    assert_true(n >= 0);
    said[n] = '\0';
    return WEXITSTATUS(status);
}

static void ten_thousand_files_are_copied_back_equal_in_full(void **state)
{
    char name[64];
    char said[SAID_SIZE];

    (void)state;
    tree_dir("results", 0755);
    for (unsigned int i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof(name), "results/d%u", i / FILES_IN_EACH);
        if (i % FILES_IN_EACH == 0) {
            tree_dir(name, 0755);
        }
        (void)snprintf(name, sizeof(name), "results/d%u/f%u", i / FILES_IN_EACH, i);
        tree_file(name, i % 5000, i);
    }
    assert_int_equal(run("results:share/back", "0", said), 0);
    assert_string_equal(said, "");
    tree_expect_equal("results", "share/back");
}

/* Expect that the folder @path has nothing in it. */
static void expect_empty(const char *path)
{
    CLEANUP(free) struct dirent **names = NULL;
    const int n = scandir(path, &names, NULL, NULL); /* with "." and ".." */

    for (int i = 0; i < n; i++) {
        free(names[i]);
    }
    assert_int_equal(n, 2);
}

static void a_disk_that_is_too_small_gets_nothing_and_all_when_there_is_room(void **state)
{
    char said[SAID_SIZE];

    (void)state;
    if (!tree_mount("share", "tmpfs", "size=8m")) {
        return;
    }
    tree_dir("results", 0755);
    tree_file("results/a", (size_t)5 * 1024 * 1024, 1);
    tree_file("share/other", (size_t)4 * 1024 * 1024, 2);
    tree_dir("share/back", 0755);
    assert_int_equal(run("results:share/back", "0", said), 74);
    assert_string_equal(said, "hawser-copy: the command exited with 0, and its results cannot be "
                              "copied back: share/back needs 5.0 MiB, and 4.0 MiB are free\n");
    expect_empty("share/back");
    assert_int_equal(unlink("share/other"), 0);
    assert_int_equal(run("results:share/back", "0", said), 0);
    tree_expect_equal("results", "share/back");
    assert_int_equal(umount("share"), 0);
}

/* Room is looked for where the results go, and a part of that is another disk here. */
static void a_disk_that_is_full_halfway_has_no_half_file_and_all_when_there_is_room(void **state)
{
    char said[SAID_SIZE];

    (void)state;
    tree_dir("share", 0755);
    if (!tree_mount("share/deep", "tmpfs", "size=8m")) {
        return;
    }
    tree_dir("results", 0755);
    tree_dir("results/deep", 0755);
    tree_file("results/deep/a", (size_t)5 * 1024 * 1024, 1);
    tree_file("share/deep/other", (size_t)4 * 1024 * 1024, 2);
    assert_int_equal(run("results:share", "0", said), 74);
    assert_non_null(strstr(said, "hawser-copy: the command exited with 0, and its results cannot "
                                 "be copied back: results/deep/a: cannot write it: "
                                 "No space left on device\n"));
    assert_int_equal(run("results:share", "5", said), 5); /* that of the command comes first */
    assert_non_null(strstr(said, "the command exited with 5, and its results cannot be copied"));
    assert_int_equal(unlink("share/deep/other"), 0);
    expect_empty("share/deep");
    assert_int_equal(run("results:share", "0", said), 0);
    tree_expect_equal("results", "share");
    assert_int_equal(umount("share/deep"), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    const struct CMUnitTest tests[] = {
        IN_FOLDER(ten_thousand_files_are_copied_back_equal_in_full),
        IN_FOLDER(a_disk_that_is_too_small_gets_nothing_and_all_when_there_is_room),
        IN_FOLDER(a_disk_that_is_full_halfway_has_no_half_file_and_all_when_there_is_room),
    };

    program = argc == 2 ? realpath(argv[1], path) : NULL; /* tests are in folders of their own */
    if (program == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
