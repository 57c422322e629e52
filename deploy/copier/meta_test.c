/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/meta.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/tree_test.h"
#include "tests/folder.h"
#include "tests/test.h"

#define NOBODY 65534

static int make_file(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

static void an_attribute_that_one_place_refuses_is_kept_at_the_next(void **state)
{
    struct tree tree = {.is_alone = true};
    struct stat stat;
    int from;
    int plain;
    int to;

    (void)state;
    from = make_file("from");
    if (fsetxattr(from, "user.hawser", "there", 5, 0) < 0 || !tree_mount("small", "ramfs", NULL)) {
        print_message("# there are no two file systems here of which only one has attributes\n");
        assert_int_equal(close(from), 0);
        return;
    }
    plain = make_file("small/to");
    to = make_file("to");
    assert_int_equal(fstat(from, &stat), 0);
    assert_int_equal(meta_copy(&tree, from, plain, &stat, NULL), 0);
    assert_int_equal(meta_copy(&tree, from, to, &stat, NULL), 0);
    assert_int_equal(fgetxattr(to, "user.hawser", NULL, 0), 5);
    assert_int_equal(close(from), 0);
    assert_int_equal(close(plain), 0);
    assert_int_equal(close(to), 0);
    assert_int_equal(umount("small"), 0);
}

/* As the kernel takes it: user 1 may do what the owner may (linux/posix_acl_xattr.h). */
static const uint8_t shared_acl[] = {
    2,  0, 0, 0,                     /* version */
    1,  0, 7, 0, 255, 255, 255, 255, /* the owner */
    2,  0, 7, 0, 1,   0,   0,   0,   /* user 1 */
    4,  0, 5, 0, 255, 255, 255, 255, /* the group */
    16, 0, 7, 0, 255, 255, 255, 255, /* at most */
    32, 0, 5, 0, 255, 255, 255, 255, /* others */
};

static void what_files_get_by_their_directory_stays_when_they_are_copied_again(void **state)
{
    struct err err = {0};

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/a", 10, 1);
    tree_dir("to", 0755);
    if (setxattr("to", "system.posix_acl_default", shared_acl, sizeof(shared_acl), 0) < 0) {
        print_message("# this file system has no access lists\n");
        return;
    }
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(tree_copy("from", "to", 1, &err), COPY_DONE);
        assert_int_equal(getxattr("to/a", "system.posix_acl_access", NULL, 0), sizeof(shared_acl));
    }
}

/* The mode that a copy of the directory "from" gets when nobody makes it. */
static _Noreturn void copy_as_nobody(mode_t expected)
{
    struct tree tree = {.is_alone = true};
    struct stat stat;
    bool is_right = setgid(NOBODY) == 0 && setuid(NOBODY) == 0 && mkdir("all/to", 0700) == 0;
    CLEANUP(close) int from = open("from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close) int to = open("all/to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    is_right = is_right && fstat(from, &stat) == 0 &&
               meta_copy(&tree, from, to, &stat, NULL) == 0 && fstat(to, &stat) == 0 &&
               (stat.st_mode & 07777) == expected;
    _exit(is_right ? 0 : 1);
}

/* A file would run as another group, a directory only hands its own on. */
static void a_directory_whose_group_its_entries_get_stays_one_under_another_owner(void **state)
{
    pid_t child;
    int status = -1;

    (void)state;
    if (geteuid() != 0) {
        print_message("# only root can become somebody else\n");
        return;
    }
    assert_int_equal(chmod(".", 0755), 0);
    assert_int_equal(mkdir("all", 0700), 0);
    assert_int_equal(chmod("all", 0777), 0);
    assert_int_equal(mkdir("from", 0700), 0);
    assert_int_equal(chown("from", 0, NOBODY), 0);
    assert_int_equal(chmod("from", 02775), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        copy_as_nobody(02775);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_file_is_made_with_its_mode_where_it_is_made_with_its_owner(void **state)
{
    struct stat stat = {
        .st_mode = S_IFREG | S_ISUID | 0464, .st_uid = geteuid(), .st_gid = getegid()};

    (void)state;
    assert_int_equal(meta_first_mode(&stat), 0664);
    stat.st_gid++;
    assert_int_equal(meta_first_mode(&stat), 0600);
    stat.st_gid--;
    stat.st_uid++;
    assert_int_equal(meta_first_mode(&stat), 0600);
}

static void a_new_file_gets_what_it_was_not_made_with(void **state)
{
    struct tree tree = {.is_alone = true};
    struct stat stat;
    struct stat made;
    CLEANUP(close) int from = make_file("from");
    CLEANUP(close) int to = make_file("to");

    (void)state;
    assert_int_equal(fchmod(from, 04751), 0);
    assert_int_equal(fstat(from, &stat), 0);
    assert_int_equal(fstat(to, &made), 0);
    assert_int_equal(meta_copy(&tree, from, to, &stat, &made), 0);
    assert_int_equal(fstat(to, &made), 0);
    assert_int_equal(made.st_mode, stat.st_mode);
    assert_memory_equal(&made.st_mtim, &stat.st_mtim, sizeof(stat.st_mtim));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_files_get_by_their_directory_stays_when_they_are_copied_again),
        IN_FOLDER(an_attribute_that_one_place_refuses_is_kept_at_the_next),
        cmocka_unit_test(a_file_is_made_with_its_mode_where_it_is_made_with_its_owner),
        IN_FOLDER(a_new_file_gets_what_it_was_not_made_with),
        IN_FOLDER(a_directory_whose_group_its_entries_get_stays_one_under_another_owner),
    };

    return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
