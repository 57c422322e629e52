/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/content.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/ranges.h"
#include "tests/folder.h"
#include "tests/test.h"

#define SIZE ((size_t)1024 * 1024)

/* As a file with holes looks where the file system cannot tell them: zeros. */
static void holes_that_the_file_system_does_not_tell_stay_holes(void **state)
{
    CLEANUP(free) char *buffer = calloc(1, SIZE);
    CLEANUP(close) int from = open("from", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CLEANUP(close) int to = open("to", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct tally tally = TALLY_INIT;
    struct ranges ranges = RANGES_INIT;
    struct tree tree = {.tally = &tally, .ranges = &ranges};
    struct work_thread thread = {.buffer = buffer, .buffer_size = SIZE};
    atomic_uint_fast64_t n_bytes = 0;
    const struct content content = {.tree = &tree,
                                    .from = from,
                                    .to = to,
                                    .is_sparse = true,
                                    .thread = &thread,
                                    .n_bytes = &n_bytes};
    const char *what = "";
    struct stat stat;
    char last = 0;

    (void)state;
    assert_true(buffer != NULL && from >= 0 && to >= 0);
    assert_int_equal(pwrite(from, buffer, SIZE, 0), SIZE);
    assert_int_equal(pwrite(from, "x", 1, SIZE - 1), 1);
    assert_int_equal(ftruncate(to, SIZE), 0);
    assert_int_equal(content_copy(&content, 0, SIZE, &what), 0);
    assert_int_equal(fstat(to, &stat), 0);
    assert_true(stat.st_blocks <= 16);
    assert_int_equal(n_bytes, SIZE);
    assert_int_equal(pread(to, &last, 1, SIZE - 1), 1);
    assert_int_equal(last, 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(holes_that_the_file_system_does_not_tell_stay_holes,
                                        folder_enter, folder_leave),
    };

    return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
