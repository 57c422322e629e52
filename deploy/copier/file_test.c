/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/links.h"
#include "deploy/copier/ranges.h"
#include "deploy/copier/tree_test.h"
#include "deploy/copier/walk.h"
#include "tests/folder.h"
#include "tests/test.h"

#define SIZE       ((size_t)4 * 1024 * 1024)
#define LARGE      ((size_t)2 * (size_t)FILE_RANGE)
#define TURNS      200
#define FOREVER_MS 60000

/* Copy "from" to the new directory @to, counted in @tally. */
static void copy(const char *to, struct tally *tally)
{
    static const struct choice everything;
    CLEANUP(links_free) struct links *links = links_new();
    struct err err = {0};
    CLEANUP(work_free) struct work *work = work_new(2, &err);
    struct ranges ranges = RANGES_INIT;
    struct tree tree = {.from = "from",
                        .to = to,
                        .choice = &everything,
                        .tally = tally,
                        .links = links,
                        .ranges = &ranges};

    tree_dir(to, 0755);
    tree.from_fd = open("from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    tree.to_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(links != NULL && work != NULL && tree.from_fd >= 0 && tree.to_fd >= 0);
    temporary_init(&tree.temporary);
    assert_int_equal(walk_copy(&tree, work), 0);
    assert_true(work_wait(work, FOREVER_MS));
    assert_int_equal(close(tree.from_fd), 0);
    assert_int_equal(close(tree.to_fd), 0);
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

static void bytes_of_a_file_that_is_tried_again_are_counted_once(void **state)
{
    static const size_t sizes[] = {SIZE, LARGE};
    char path[] = "from/log";

    (void)state;
    tree_dir("from", 0755);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint64_t n_failed = 0;
        pthread_t writer;
        tree_file(path, sizes[i], 1);
        atomic_store(&has_ended, false);
        assert_int_equal(pthread_create(&writer, NULL, write_on, path), 0);
        for (unsigned int turn = 0; turn < TURNS && n_failed == 0; turn++) {
            struct tally tally = TALLY_INIT;
            copy("to", &tally);
            assert_int_equal(tally_read(&tally.bytes), tally_read(&tally.files) * sizes[i]);
            n_failed = tally_read(&tally.failures);
            assert_int_equal(folder_remove("to"), 0);
        }
        atomic_store(&has_ended, true);
        assert_int_equal(pthread_join(writer, NULL), 0);
        assert_int_not_equal(n_failed, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(bytes_of_a_file_that_is_tried_again_are_counted_once),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
