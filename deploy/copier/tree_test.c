/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/tree_test.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "tests/folder.h"
#include "tests/test.h"

#define PORTION    65536
#define OLD_S      1000000000
#define OLD_NS     123456789
#define WALK_DEPTH 64

/* ext4 counts what it keeps its own lists of blocks in, one page for up to 340 pieces. */
#define OWN_BLOCKS 8

void tree_age(const char *path)
{
    const struct timespec times[] = {{.tv_sec = OLD_S, .tv_nsec = OLD_NS},
                                     {.tv_sec = OLD_S + 1, .tv_nsec = OLD_NS}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

void tree_file(const char *path, size_t size, unsigned int seed)
{
    static char bytes[PORTION];
    CLEANUP(fclose) FILE *file = fopen(path, "we");

    assert_non_null(file);
    for (size_t at = 0; at < size; at += PORTION) {
        const size_t left = size - at;
        for (size_t i = 0; i < PORTION; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (char)(seed >> 24);
        }
        assert_int_equal(fwrite(bytes, 1, left < PORTION ? left : PORTION, file),
                         left < PORTION ? left : PORTION);
    }
    assert_int_equal(fflush(file), 0);
    assert_int_equal(fchmod(fileno(file), seed % 2 == 0 ? 0640 : 0751), 0);
    tree_age(path);
}

void tree_sparse(const char *path, off_t size, off_t every)
{
    CLEANUP(close) int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    for (off_t at = every; at < size; at += every) {
        assert_int_equal(pwrite(fd, "x", 1, at), 1);
    }
    tree_age(path);
}

void tree_dir(const char *path, mode_t mode)
{
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, mode), 0);
}

void tree_symlink(const char *target, const char *path)
{
    assert_int_equal(symlink(target, path), 0);
    tree_age(path);
}

void tree_link(const char *from, const char *path)
{
    assert_int_equal(link(from, path), 0);
}

void tree_make(const char *path)
{
    char back[PATH_MAX];

    assert_non_null(getcwd(back, sizeof(back)));
    tree_dir(path, 0755);
    assert_int_equal(chdir(path), 0);
    tree_dir("deep", 0750);
    tree_dir("deep/er", 0711);
    tree_dir("empty", 0700);
    tree_file("nothing", 0, 1);
    tree_file("one", 1, 2);
    tree_file("deep/page", 4096, 3);
    tree_file("deep/er/more", 100001, 4);
    tree_file("large", (size_t)40 * 1024 * 1024 + 7, 5);
    tree_sparse("hole", (off_t)1 << 32, (off_t)1 << 30);
    tree_sparse("all-hole", (off_t)1 << 30, (off_t)1 << 31);
    tree_symlink("deep/page", "link");
    tree_symlink("loop-b", "loop-a");
    tree_symlink("loop-a", "loop-b");
    tree_symlink("/nowhere/../at/all", "outside");
    tree_link("deep/page", "deep/er/same");
    tree_link("deep/page", "again");
    tree_link("large", "large-again");
    tree_age("deep/er");
    tree_age("deep");
    tree_age("empty");
    assert_int_equal(chdir(back), 0);
}

/*
 * Comparing
 */

/* One walk at a time: nftw() passes nothing on. */
static struct {
    const char *tree;
    const char *copy;
    size_t n;
} walk;

static void expect_same_content(const char *a, const char *b, off_t size)
{
    static char one[PORTION];
    static char other[PORTION];
    CLEANUP(close) int from = open(a, O_RDONLY | O_CLOEXEC);
    CLEANUP(close) int to = open(b, O_RDONLY | O_CLOEXEC);
    off_t at = 0;

    assert_true(from >= 0 && to >= 0);
    while (at < size) {
        /* Where both are holes there is nothing to read. */
        const off_t data = lseek(from, at, SEEK_DATA);
        const off_t copied = lseek(to, at, SEEK_DATA);
        ssize_t n;
        if (data < 0 && copied < 0) {
            return;
        }
        at = data < 0 || (copied >= 0 && copied < data) ? copied : data;
        n = pread(from, one, sizeof(one), at);
        assert_true(n > 0);
        assert_int_equal(pread(to, other, sizeof(other), at), n);
        assert_memory_equal(one, other, (size_t)n);
        at += n;
    }
}

static void expect_same_time(const struct timespec *a, const struct timespec *b)
{
    assert_int_equal(a->tv_sec, b->tv_sec);
    assert_int_equal(a->tv_nsec, b->tv_nsec);
}

static void expect_same_target(const char *a, const char *b)
{
    char one[PATH_MAX] = "";
    char other[PATH_MAX] = "";

    assert_true(readlink(a, one, sizeof(one) - 1) > 0);
    assert_true(readlink(b, other, sizeof(other) - 1) > 0);
    assert_string_equal(one, other);
}

static int compare(const char *path, const struct stat *from, int type, struct FTW *place)
{
    char copy[PATH_MAX];
    struct stat to;

    (void)type;
    walk.n++;
    (void)snprintf(copy, sizeof(copy), "%s%s", walk.copy, path + strlen(walk.tree));
    if (lstat(copy, &to) < 0) {
        fail_msg("'%s' was not copied", path);
    }
    if (place->level == 0) {
        return 0;
    }
    assert_int_equal(from->st_mode, to.st_mode);
    assert_int_equal(from->st_uid, to.st_uid);
    assert_int_equal(from->st_gid, to.st_gid);
    expect_same_time(&from->st_mtim, &to.st_mtim);
    if (S_ISREG(from->st_mode)) {
        assert_int_equal(from->st_size, to.st_size);
        assert_int_equal(from->st_nlink, to.st_nlink);
        assert_true(to.st_blocks <= from->st_blocks + OWN_BLOCKS);
        expect_same_content(path, copy, from->st_size);
    } else if (S_ISLNK(from->st_mode)) {
        expect_same_target(path, copy);
    }
    return 0;
}

static int count(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    (void)path;
    (void)stat;
    (void)type;
    (void)place;
    walk.n++;
    return 0;
}

void tree_expect_equal(const char *tree, const char *copy)
{
    size_t n;

    walk.tree = tree;
    walk.copy = copy;
    walk.n = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): unsafe with FTW_CHDIR only */
    assert_int_equal(nftw(tree, compare, WALK_DEPTH, FTW_PHYS), 0);
    n = walk.n;
    walk.n = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the same */
    assert_int_equal(nftw(copy, count, WALK_DEPTH, FTW_PHYS), 0);
    assert_int_equal(walk.n, n);
}

enum copy_result
tree_copy(const char *from, const char *to, unsigned int n_threads, struct err *err)
{
    CLEANUP(free) struct copy_job *job = calloc(1, sizeof(*job));
    const struct copy_options options = {.n_threads = n_threads, .is_alone = true};

    assert_non_null(job);
    job->from = from;
    job->to = to;
    return copy_run(job, 1, &options, err);
}

bool tree_mount(const char *path, const char *type, const char *options)
{
    tree_dir(path, 0755);
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(type, path, type, 0, options) < 0) {
        print_message("# nothing can be mounted here\n");
        return false;
    }
    return true;
}

int tree_enter(void **state)
{
    log_set(LOG_ERROR, true);
    return folder_enter(state);
}
