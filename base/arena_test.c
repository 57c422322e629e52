/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

static bool is_zero(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void every_item_is_zeroed_and_aligned(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(MIB);

    (void)state;
    for (size_t size = 0; size < 500; size++) {
        char *item = arena_alloc(arena, size);
        assert_non_null(item);
        assert_int_equal((uintptr_t)item % alignof(max_align_t), 0);
        assert_true(is_zero(item, size));
        memset(item, 0xff, size); /* the next one must not be this one */
    }
}

static void an_item_may_be_larger_than_a_block(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(MIB);
    char *small = arena_alloc(arena, 16);
    char *large = arena_alloc(arena, 500 * KIB);

    (void)state;
    assert_non_null(small);
    assert_non_null(large);
    assert_true(is_zero(large, 500 * KIB));
    memset(large, 1, 500 * KIB);
    assert_true(is_zero(small, 16));
}

static void the_whole_limit_can_be_used_and_nothing_more(void **state)
{
    const size_t limits[] = {0, 16, 64, 16 * KIB, 16 * KIB + 16, MIB};

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(limits[i]);
        size_t used = 0;
        while (arena_alloc(arena, 16) != NULL) {
            used += 16;
        }
        assert_int_equal(used, limits[i]);
    }
}

static void a_size_near_the_largest_is_refused(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(SIZE_MAX);

    (void)state;
    for (size_t size = SIZE_MAX; size > SIZE_MAX - 30; size--) {
        assert_null(arena_alloc(arena, size));
    }
    assert_null(arena_strndup(arena, "", SIZE_MAX));
    assert_non_null(arena_alloc(arena, 1));
}

static void an_exhausted_arena_still_hands_out_what_fits(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64);

    (void)state;
    assert_null(arena_alloc(arena, 65));
    assert_non_null(arena_alloc(arena, 48));
    assert_null(arena_alloc(arena, 17));
    assert_non_null(arena_alloc(arena, 16));
    assert_null(arena_alloc(arena, 1));
}

static void large_items_do_not_waste_the_room_beside_them(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(MIB);

    (void)state;
    for (size_t i = 0; i < 60; i++) {
        assert_non_null(arena_alloc(arena, 16));
        assert_non_null(arena_alloc(arena, 16 * KIB));
    }
}

static void a_copied_text_is_terminated_where_it_is_cut(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(KIB);

    (void)state;
    assert_string_equal(arena_strndup(arena, "workdir", 4), "work");
    assert_string_equal(arena_strndup(arena, "", 0), "");
    assert_null(arena_strndup(arena, "", KIB));
}

static void a_formatted_text_is_whole_or_absent(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64);

    (void)state;
    assert_string_equal(arena_printf(arena, "%s-%d", "src", 7), "src-7");
    assert_null(arena_printf(arena, "%64s", "x"));
    assert_string_equal(arena_printf(arena, "%s", ""), "");
}

static void a_text_keeps_its_end_when_an_item_follows(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(KIB);
    const char *formatted = arena_printf(arena, "%s", "0123456789abcdef");
    char *item = arena_alloc(arena, 16);
    const char *copied = arena_strndup(arena, "0123456789abcdef", 16);
    char *other = arena_alloc(arena, 16);

    (void)state;
    assert_non_null(item);
    assert_non_null(other);
    memset(item, 0xff, 16);
    memset(other, 0xff, 16);
    assert_string_equal(formatted, "0123456789abcdef");
    assert_string_equal(copied, "0123456789abcdef");
}

static void a_list_keeps_its_items_while_it_grows(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(MIB);
    LIST_OF(size_t) list = {0};

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        size_t *added = LIST_ADD(arena, &list);
        if (added == NULL || *added != 0) {
            fail_msg("item %zu", i);
            return;
        }
        *added = i * i;
    }
    assert_int_equal(list.n, 1000);
    for (size_t i = 0; i < list.n; i++) {
        assert_int_equal(list.items[i], i * i);
    }
}

static void a_list_in_a_full_arena_stays_as_it_was(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(KIB);
    LIST_OF(size_t) list = {0};
    size_t sum = 0;

    (void)state;
    for (size_t *added; (added = LIST_ADD(arena, &list)) != NULL;) {
        *added = list.n;
    }
    assert_int_equal(list.n, 64); /* the copies with 1 to 64 items take the whole arena */
    for (size_t i = 0; i < list.n; i++) {
        sum += list.items[i];
    }
    assert_int_equal(sum, 64 * 65 / 2);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    arena_free(NULL);
}

static void an_arena_says_that_its_limit_was_met(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64);

    (void)state;
    assert_non_null(arena_alloc(arena, 48));
    assert_false(arena_is_full(arena));
    assert_null(arena_alloc(arena, 48));
    assert_true(arena_is_full(arena));
}

static void memory_is_zeroed_again_after_a_reset(void **state)
{
    const size_t sizes[] = {16, 500, 16 * KIB, 100 * KIB};
    CLEANUP(arena_free) struct arena *arena = arena_new(MIB);

    (void)state;
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 8; i++) {
            size_t size = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
            char *item = arena_alloc(arena, size);
            assert_non_null(item);
            assert_true(is_zero(item, size));
            memset(item, 0xff, size);
        }
        arena_reset(arena);
    }
}

static void the_limit_counts_anew_after_a_reset(void **state)
{
    const size_t limits[] = {16, 16 * KIB, 16 * KIB + 16, 256 * KIB};

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(limits[i]);
        for (size_t round = 0; round < 3; round++) {
            size_t used = 0;
            while (arena_alloc(arena, 16) != NULL) {
                used += 16;
            }
            assert_int_equal(used, limits[i]);
            assert_true(arena_is_full(arena));
            arena_reset(arena);
            assert_false(arena_is_full(arena));
        }
        assert_non_null(arena_alloc(arena, limits[i])); /* also in one piece */
    }
}

static void what_a_reset_keeps_is_handed_out_next(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(MIB);
    uintptr_t first = (uintptr_t)arena_alloc(arena, 16);

    (void)state;
    for (size_t round = 0; round < 3; round++) {
        CLEANUP(arena_free) struct arena *other = arena_new(MIB);
        arena_reset(arena);
        assert_non_null(arena_alloc(other, 16)); /* gets what was given back, if something was */
        assert_int_equal((uintptr_t)arena_alloc(arena, 16), first);
    }
}

/* Bytes that the program has from the system's allocator. */
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void a_reset_gives_back_what_a_large_request_took(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(16 * MIB);
    const size_t before = allocated();

    (void)state;
    for (size_t round = 0; round < 3; round++) {
        assert_non_null(arena_alloc(arena, 4 * MIB));
        for (size_t i = 0; i < 64 * KIB; i++) {
            assert_non_null(arena_alloc(arena, 64));
        }
        arena_reset(arena);
        assert_true(allocated() < before + 2 * ARENA_KEPT_BYTES_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_zeroed_and_aligned),
        cmocka_unit_test(an_item_may_be_larger_than_a_block),
        cmocka_unit_test(the_whole_limit_can_be_used_and_nothing_more),
        cmocka_unit_test(a_size_near_the_largest_is_refused),
        cmocka_unit_test(an_exhausted_arena_still_hands_out_what_fits),
        cmocka_unit_test(large_items_do_not_waste_the_room_beside_them),
        cmocka_unit_test(a_copied_text_is_terminated_where_it_is_cut),
        cmocka_unit_test(a_formatted_text_is_whole_or_absent),
        cmocka_unit_test(a_text_keeps_its_end_when_an_item_follows),
        cmocka_unit_test(a_list_keeps_its_items_while_it_grows),
        cmocka_unit_test(a_list_in_a_full_arena_stays_as_it_was),
        cmocka_unit_test(an_arena_says_that_its_limit_was_met),
        cmocka_unit_test(memory_is_zeroed_again_after_a_reset),
        cmocka_unit_test(the_limit_counts_anew_after_a_reset),
        cmocka_unit_test(what_a_reset_keeps_is_handed_out_next),
        cmocka_unit_test(a_reset_gives_back_what_a_large_request_took),
        cmocka_unit_test(freeing_nothing_is_fine),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
