/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/meta.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

static int make_file(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

/* A file system without extended attributes at "small". False: there can be none here. */
static bool mount_plain(void)
{
    assert_int_equal(mkdir("small", 0755), 0);
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("ramfs", "small", "ramfs", 0, NULL) < 0) {
        print_message("# nothing can be mounted here\n");
        return false;
    }
    return true;
}

static void an_attribute_that_one_place_refuses_is_kept_at_the_next(void **state)
{
    struct tree tree = {.is_alone = true};
    struct stat stat;
    int from;
    int plain;
    int to;

    (void)state;
    if (!mount_plain()) {
        skip();
    }
    from = make_file("from");
    plain = make_file("small/to");
    to = make_file("to");
    if (fsetxattr(from, "user.hawser", "there", 5, 0) < 0) {
        print_message("# this file system has no extended attributes\n");
        skip();
    }
    assert_int_equal(fstat(from, &stat), 0);
    assert_int_equal(meta_copy(&tree, from, plain, &stat), 0);
    assert_int_equal(meta_copy(&tree, from, to, &stat), 0);
    assert_int_equal(fgetxattr(to, "user.hawser", NULL, 0), 5);
    assert_int_equal(close(from), 0);
    assert_int_equal(close(plain), 0);
    assert_int_equal(close(to), 0);
    assert_int_equal(umount("small"), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(an_attribute_that_one_place_refuses_is_kept_at_the_next),
    };

    return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
