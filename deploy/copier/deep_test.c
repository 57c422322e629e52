/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deploy/copier/tree_test.h"
#include "tests/folder.h"
#include "tests/test.h"

/* Trees that are deeper than a path can say. */
#define LONG_NAME  155
#define LONG_DEPTH 40
#define DEPTH      3000

#define BRANCHES           200
#define BRANCH_DEPTH       15
#define BRANCH_DESCRIPTORS 512

/* What a process is often given, and what it may often ask for. */
#define FEW_DESCRIPTORS  1024
#define MANY_DESCRIPTORS (2 * DEPTH + 100)

/* A tree in which each directory is called as the one around it. */
struct deep {
    char name[NAME_MAX + 1];
    unsigned int depth;
    char back[PATH_MAX];
};

static void deep_init(struct deep *deep, size_t name_len, unsigned int depth)
{
    memset(deep->name, 'd', name_len);
    deep->name[name_len] = '\0';
    deep->depth = depth;
    assert_non_null(getcwd(deep->back, sizeof(deep->back)));
}

/* Go to the lowest directory of @root, making those that are not there. */
static void deep_enter(const struct deep *deep, const char *root)
{
    assert_true(mkdir(root, 0755) == 0 || errno == EEXIST);
    assert_int_equal(chdir(root), 0);
    for (unsigned int i = 0; i < deep->depth; i++) {
        assert_true(mkdir(deep->name, 0755) == 0 || errno == EEXIST);
        assert_int_equal(chdir(deep->name), 0);
    }
}

static void deep_leave(const struct deep *deep)
{
    assert_int_equal(chdir(deep->back), 0);
}

/* Nothing else removes it. */
static void deep_remove(const struct deep *deep, const char *root)
{
    deep_enter(deep, root);
    for (unsigned int i = 0; i < deep->depth; i++) {
        (void)!unlink("file");
        (void)!unlink("same");
        assert_int_equal(chdir(".."), 0);
        assert_int_equal(rmdir(deep->name), 0);
    }
    deep_leave(deep);
}

static void a_path_that_is_too_long_for_the_system_is_copied(void **state)
{
    struct deep deep;
    struct stat one;
    struct stat same;
    struct err err = {0};

    (void)state;
    deep_init(&deep, LONG_NAME, LONG_DEPTH);
    deep_enter(&deep, "from");
    assert_int_equal(folder_write("file", "deep"), 0);
    tree_link("file", "same"); /* which has no path to be linked by, and becomes a file */
    deep_leave(&deep);
    assert_int_equal(tree_copy("from", "to", 4, &err), COPY_DONE);
    deep_enter(&deep, "to");
    assert_int_equal(stat("file", &one), 0);
    assert_int_equal(stat("same", &same), 0);
    assert_int_equal(one.st_size, same.st_size);
    deep_leave(&deep);
    deep_remove(&deep, "from");
    deep_remove(&deep, "to");
}

static void what_fails_is_told_with_its_cause_however_long_its_path_is(void **state)
{
    static const char cause[] = ": cannot give it its name: Is a directory";
    struct deep deep;
    struct err err = {0};

    (void)state;
    deep_init(&deep, LONG_NAME, LONG_DEPTH);
    deep_enter(&deep, "from");
    assert_int_equal(folder_write("file", "deep"), 0);
    deep_leave(&deep);
    deep_enter(&deep, "to");
    assert_int_equal(mkdir("file", 0700), 0);
    deep_leave(&deep);
    assert_int_equal(tree_copy("from", "to", 1, &err), COPY_INCOMPLETE);
    assert_non_null(strstr(err.msg, cause));
    deep_enter(&deep, "to");
    assert_int_equal(rmdir("file"), 0);
    deep_leave(&deep);
    deep_remove(&deep, "from");
    deep_remove(&deep, "to");
}

/* Each directory on the way down is open twice. */
static void a_tree_is_copied_that_needs_more_descriptors_than_there_are_at_first(void **state)
{
    struct rlimit limit;
    struct deep deep;
    struct err err = {0};

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < MANY_DESCRIPTORS) {
        print_message("# a process may not have so many descriptors here\n");
        return;
    }
    limit.rlim_cur = FEW_DESCRIPTORS;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    deep_init(&deep, 1, DEPTH);
    deep_enter(&deep, "from");
    assert_int_equal(folder_write("file", "deep"), 0);
    deep_leave(&deep);
    assert_int_equal(tree_copy("from", "to", 4, &err), COPY_DONE);
    deep_enter(&deep, "to");
    assert_int_equal(access("file", F_OK), 0);
    deep_leave(&deep);
    deep_remove(&deep, "from");
    deep_remove(&deep, "to");
}

/* Many branches, each of them the way down to a file. */
static void make_branches(const char *root)
{
    struct deep deep;
    char path[32];

    tree_dir(root, 0755);
    deep_init(&deep, 1, BRANCH_DEPTH);
    for (unsigned int i = 0; i < BRANCHES; i++) {
        (void)snprintf(path, sizeof(path), "%s/%u", root, i);
        deep_enter(&deep, path);
        assert_int_equal(folder_write("file", "deep"), 0);
        deep_leave(&deep);
    }
}

static void with_few_descriptors_so_few_threads_copy_that_they_suffice(void **state)
{
    const struct rlimit few = {.rlim_cur = BRANCH_DESCRIPTORS, .rlim_max = BRANCH_DESCRIPTORS};
    int status = -1;
    pid_t child;

    (void)state;
    make_branches("from");
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct err err = {0};
        _exit(setrlimit(RLIMIT_NOFILE, &few) == 0 && tree_copy("from", "to", 256, &err) == COPY_DONE
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    tree_expect_equal("from", "to");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(a_path_that_is_too_long_for_the_system_is_copied),
        TREE_TEST(what_fails_is_told_with_its_cause_however_long_its_path_is),
        TREE_TEST(with_few_descriptors_so_few_threads_copy_that_they_suffice),
        TREE_TEST(a_tree_is_copied_that_needs_more_descriptors_than_there_are_at_first),
    };

    return cmocka_run_group_tests_name("deep", tests, NULL, NULL);
}
