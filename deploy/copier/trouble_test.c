/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/temporary.h"
#include "deploy/copier/tree_test.h"
#include "tests/folder.h"
#include "tests/proc.h"
#include "tests/test.h"

/* What can go wrong during a copy. */

#define KILLS      200
#define FILES      150
#define KILL_US    30000 /* a copy takes about that */
#define NOBODY     65534
#define TURNS      200
#define WALK_DEPTH 16
#define HELD_SIZE  ((size_t)4 * 1024 * 1024)
#define HELD_US    5000 /* a copy of that takes about so long */

static void make_many(const char *path)
{
    char name[64];
    char large[64];

    tree_dir(path, 0755);
    for (unsigned int i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof(name), "%s/d%u", path, i / 10);
        if (i % 10 == 0) {
            tree_dir(name, 0755);
        }
        (void)snprintf(name, sizeof(name), "%s/d%u/f%u", path, i / 10, i);
        tree_file(name, (size_t)i * 100, i);
    }
    (void)snprintf(large, sizeof(large), "%s/large", path);
    tree_sparse(large, (off_t)64 * 1024 * 1024, (off_t)1024 * 1024);
    (void)snprintf(name, sizeof(name), "%s/d0/large-again", path);
    tree_link(large, name);
}

/* A file of the copy that has its name is whole. */
static int expect_whole(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    char source[PATH_MAX];
    struct stat from;

    (void)type;
    if (!S_ISREG(stat->st_mode) ||
        strncmp(path + place->base, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0) {
        return 0;
    }
    (void)snprintf(source, sizeof(source), "from%s", path + strlen("to"));
    assert_int_equal(lstat(source, &from), 0);
    assert_int_equal(stat->st_size, from.st_size);
    assert_int_equal(stat->st_mtim.tv_nsec, from.st_mtim.tv_nsec);
    assert_int_equal(stat->st_mode, from.st_mode);
    return 0;
}

static void kill_one(unsigned int after_us)
{
    const pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        struct err err = {0};
        _exit((int)tree_copy("from", "to", 4, &err));
    }
    (void)usleep(after_us);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (access("to", F_OK) == 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): unsafe with FTW_CHDIR only */
        assert_int_equal(nftw("to", expect_whole, WALK_DEPTH, FTW_PHYS), 0);
    }
}

static void a_copy_that_is_killed_at_any_moment_is_completed_by_another(void **state)
{
    unsigned int seed = 1;

    (void)state;
    make_many("from");
    for (unsigned int i = 0; i < KILLS; i++) {
        struct err err = {0};
        seed = seed * 1664525 + 1013904223;
        kill_one((seed >> 8) % KILL_US);
        if (i % 4 == 3) { /* the others go on where it was killed */
            assert_int_equal(tree_copy("from", "to", 4, &err), COPY_DONE);
            tree_expect_equal("from", "to");
            assert_int_equal(folder_remove("to"), 0);
        }
    }
}

/* Writes to a file until it is told to end. */
static atomic_bool has_ended;

static void *write_on(void *data)
{
    CLEANUP(close) int fd = open(data, O_WRONLY | O_CLOEXEC);

    for (char c = 0; !atomic_load(&has_ended); c++) {
        (void)!pwrite(fd, &c, 1, 0);
    }
    return NULL;
}

/* Copy until the writer had its turn in the middle of it. */
static enum copy_result copy_what_changes(struct err *err)
{
    enum copy_result result = COPY_DONE;

    for (unsigned int i = 0; i < TURNS && result == COPY_DONE; i++) {
        if (access("to/log", F_OK) == 0) {
            assert_int_equal(unlink("to/log"), 0);
        }
        result = tree_copy("from", "to", 2, err);
    }
    return result;
}

static void a_file_that_changes_all_the_time_is_told_and_not_half_copied(void **state)
{
    struct err err = {0};
    enum copy_result result;
    pthread_t writer;
    char path[] = "from/log";

    (void)state;
    tree_dir("from", 0755);
    tree_file(path, (size_t)20 * 1024 * 1024, 1);
    tree_file("from/still", 100, 2);
    atomic_store(&has_ended, false);
    assert_int_equal(pthread_create(&writer, NULL, write_on, path), 0);
    result = copy_what_changes(&err);
    atomic_store(&has_ended, true);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(result, COPY_INCOMPLETE);
    assert_string_equal(err.msg,
                        "from/log: it changes while it is copied, or its server forgets it");
    assert_int_equal(access("to/log", F_OK), -1);
    assert_int_equal(access("to/still", R_OK), 0);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "to");
}

/* Puts another file in the place of one of its names, once, after a while. */
static void *replace(void *after_us)
{
    (void)usleep(*(unsigned int *)after_us);
    assert_int_equal(rename("other", "from/a"), 0);
    return NULL;
}

static void replace_during_a_copy(unsigned int after_us)
{
    struct err err = {0};
    pthread_t replacer;
    struct stat stat_;

    (void)unlink("from/a");
    tree_link("from/b", "from/a");
    tree_file("other", 100, 2);
    assert_int_equal(pthread_create(&replacer, NULL, replace, &after_us), 0);
    (void)tree_copy("from", "to", 2, &err);
    assert_int_equal(pthread_join(replacer, NULL), 0);
    assert_int_equal(lstat("to/b", &stat_), 0);
    assert_int_equal(stat_.st_size, HELD_SIZE);
    assert_int_equal(tree_copy("from", "to", 2, &err), COPY_DONE);
    tree_expect_equal("from", "to");
    assert_int_equal(folder_remove("to"), 0);
}

static void a_file_in_the_place_of_another_is_not_linked_to_the_names_of_the_other(void **state)
{
    (void)state;
    tree_dir("from", 0755);
    tree_file("from/b", HELD_SIZE, 1);
    for (unsigned int i = 0; i < TURNS; i++) {
        replace_during_a_copy(i * HELD_US / TURNS);
    }
}

/* Makes and removes directories until it is told to end. */
static void *come_and_go(void *data)
{
    char path[32];

    (void)data;
    for (unsigned int i = 0; !atomic_load(&has_ended); i++) {
        (void)snprintf(path, sizeof(path), "from/d%u", i % FILES);
        (void)!(mkdir(path, 0700) < 0 && rmdir(path) < 0);
    }
    return NULL;
}

static void a_directory_that_vanishes_is_left_out_as_a_file_is(void **state)
{
    struct err err = {0};
    pthread_t other;

    (void)state;
    tree_dir("from", 0755);
    atomic_store(&has_ended, false);
    assert_int_equal(pthread_create(&other, NULL, come_and_go, NULL), 0);
    for (unsigned int i = 0; i < TURNS; i++) {
        if (tree_copy("from", "to", 2, &err) != COPY_DONE) {
            fail_msg("%s", err.msg);
        }
    }
    atomic_store(&has_ended, true);
    assert_int_equal(pthread_join(other, NULL), 0);
}

/* Makes a file of a directory, and back, until it is told to end. */
static void *exchange(void *data)
{
    (void)data;
    while (!atomic_load(&has_ended)) {
        (void)renameat2(AT_FDCWD, "from/a", AT_FDCWD, "from/b", RENAME_EXCHANGE);
    }
    return NULL;
}

static void what_becomes_something_else_is_copied_or_told(void **state)
{
    unsigned int n_told = 0;
    pthread_t other;

    (void)state;
    tree_dir("from", 0755);
    tree_file("from/a", 100, 1);
    tree_dir("from/b", 0755);
    atomic_store(&has_ended, false);
    assert_int_equal(pthread_create(&other, NULL, exchange, NULL), 0);
    for (unsigned int i = 0; i < TURNS || (n_told == 0 && i < 100 * TURNS); i++) {
        struct err err = {0};
        if (tree_copy("from", "to", 2, &err) == COPY_INCOMPLETE) {
            n_told++;
        } else {
            assert_int_equal(access("to/a", F_OK), 0);
            assert_int_equal(access("to/b", F_OK), 0);
        }
        assert_int_equal(folder_remove("to"), 0);
    }
    atomic_store(&has_ended, true);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_not_equal(n_told, 0);
}

/* As somebody who may read only what all may. */
static int copy_as_nobody(void)
{
    const pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0) {
        struct err err = {0};
        const bool is_right =
            setgid(NOBODY) == 0 && setuid(NOBODY) == 0 &&
            tree_copy("from", "to", 2, &err) == COPY_INCOMPLETE &&
            strcmp(err.msg, "from/secret: cannot open it: Permission denied") == 0;
        _exit(is_right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void what_must_not_be_read_is_told_and_the_rest_is_copied(void **state)
{
    struct stat stat_;

    (void)state;
    if (geteuid() != 0) {
        print_message("# only root can become somebody else\n");
        return;
    }
    tree_dir("from", 0755);
    tree_file("from/open", 100, 1);
    assert_int_equal(chmod("from/open", 04755), 0);
    tree_file("from/secret", 100, 1);
    assert_int_equal(chmod("from/secret", 0600), 0);
    tree_dir("to", 0777);
    assert_int_equal(chmod(".", 0755), 0);
    assert_int_equal(copy_as_nobody(), 0);
    assert_int_equal(access("to/secret", F_OK), -1);
    assert_int_equal(stat("to/open", &stat_), 0);
    assert_int_equal(stat_.st_uid, NOBODY);
    assert_int_equal(stat_.st_mode & 07777, 0755); /* what ran as root does not run as another */
}

/* What somebody who is not root finds of a former copy of the directory "from": he owns it, and its
 * mode lets others in and not him. */
static _Noreturn void copy_twice_as_nobody(void)
{
    struct err err = {0};

    if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0 ||
        tree_copy("from", "to", 2, &err) != COPY_DONE ||
        tree_copy("from", "to", 2, &err) != COPY_DONE) {
        _exit(1);
    }
    _exit(0);
}

static void a_directory_that_its_owner_cannot_read_is_copied_again(void **state)
{
    static const mode_t modes[] = {0005, 0055, 0505, 0555, 0755};

    (void)state;
    if (geteuid() != 0) {
        print_message("# only root can become somebody else\n");
        return;
    }
    if (!proc_is_mounted()) {
        return; /* the C library changes the mode of what is no link by way of it */
    }
    assert_int_equal(chmod(".", 0755), 0);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        pid_t child;
        struct stat stat_;
        int status = -1;
        tree_dir("from", 0755);
        tree_dir("from/d", modes[i]);
        tree_dir("from/d/e", modes[i]);
        tree_file("from/d/e/a", 100, 1);
        assert_int_equal(chmod("from/d/e/a", 0644), 0);
        tree_dir("to", 0777);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            copy_twice_as_nobody();
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(access("to/d/e/a", F_OK), 0);
        assert_int_equal(stat("to/d/e", &stat_), 0);
        assert_int_equal(stat_.st_mode & 07777, modes[i]);
        assert_int_equal(folder_remove("from"), 0);
        assert_int_equal(folder_remove("to"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(a_copy_that_is_killed_at_any_moment_is_completed_by_another),
        TREE_TEST(a_file_that_changes_all_the_time_is_told_and_not_half_copied),
        TREE_TEST(a_file_in_the_place_of_another_is_not_linked_to_the_names_of_the_other),
        TREE_TEST(a_directory_that_vanishes_is_left_out_as_a_file_is),
        TREE_TEST(what_becomes_something_else_is_copied_or_told),
        TREE_TEST(what_must_not_be_read_is_told_and_the_rest_is_copied),
        TREE_TEST(a_directory_that_its_owner_cannot_read_is_copied_again),
    };

    return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
