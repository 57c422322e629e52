/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "tests/proc.h"
#include "tests/test.h"

#define N_BLOCKS    4096
#define BLOCK_BYTES 4000 /* too little for a mapping of its own */

#define N_CONSTANTS (1024UL * 1024)

#define LARGE_BYTES (2UL * 1024 * 1024)

/* How much less of this process is resident when something large was used and freed. */
static size_t use_and_free(void)
{
    char *large = malloc(LARGE_BYTES);
    size_t before;
    size_t after;

    assert_non_null(large);
    memset(large, 1, LARGE_BYTES);
    before = proc_resident_bytes();
    free(large);
    after = proc_resident_bytes();
    return before > after ? before - after : 0;
}

static void what_is_large_is_kept_on_demand(void **state)
{
    (void)state;
    if (!proc_memory_is_ours()) {
        return;
    }
    assert_true(use_and_free() > LARGE_BYTES / 2);
    memory_keep(2 * LARGE_BYTES);
    assert_true(use_and_free() < LARGE_BYTES / 2);
}

static void what_was_freed_goes_back_to_the_system(void **state)
{
    static void *blocks[N_BLOCKS];
    size_t before;

    (void)state;
    if (!proc_memory_is_ours()) {
        return;
    }
    for (size_t i = 0; i < N_BLOCKS; i++) {
        blocks[i] = malloc(BLOCK_BYTES);
        assert_non_null(blocks[i]);
        memset(blocks[i], 1, BLOCK_BYTES);
    }
    for (size_t i = 0; i < N_BLOCKS - 1; i++) { /* the last one keeps them from going by itself */
        free(blocks[i]);
    }
    before = proc_resident_bytes();
    memory_trim();
    assert_true(proc_resident_bytes() + (size_t)(N_BLOCKS - 1) / 2 * BLOCK_BYTES < before);
    free(blocks[N_BLOCKS - 1]);
}

/* Stands in the program's file, with the code. */
static const unsigned char constants[N_CONSTANTS] = {[0] = 1, [N_CONSTANTS - 1] = 2};

static unsigned int add_constants(void)
{
    const volatile unsigned char *at = constants;
    unsigned int sum = 0;

    for (size_t i = 0; i < N_CONSTANTS; i++) {
        sum += at[i];
    }
    return sum;
}

static void what_the_program_file_holds_is_not_resident_until_it_is_used(void **state)
{
    size_t before;

    (void)state;
    if (!proc_memory_is_ours()) {
        return;
    }
    assert_int_equal(add_constants(), 3);
    before = proc_resident_bytes();
    memory_settle();
    assert_true(proc_resident_bytes() + N_CONSTANTS * 3 / 4 < before);
    assert_int_equal(add_constants(), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_large_is_kept_on_demand),
        cmocka_unit_test(what_was_freed_goes_back_to_the_system),
        cmocka_unit_test(what_the_program_file_holds_is_not_resident_until_it_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
