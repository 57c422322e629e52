/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static void what_is_added_stands_in_order_and_is_terminated(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);

    (void)state;
    buf_add_text(&buf, "a");
    buf_add(&buf, "\0b", 2);
    buf_add_char(&buf, 'c');
    buf_printf(&buf, "%d", 42);
    buf_add(&buf, "", 0);
    assert_int_equal(buf.len, 6);
    assert_memory_equal(buf.bytes, "a\0bc42", 7);
    assert_false(buf_failed(&buf));
}

static void an_empty_buffer_is_an_empty_text(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(0);
    struct err err = {0};

    (void)state;
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_check(&buf, "nothing", &err), 0);
    buf_add_text(&buf, "");
    buf_printf(&buf, "%s", "");
    assert_string_equal(buf_text(&buf), "");
    assert_false(buf_failed(&buf));
}

static void a_buffer_grows_to_its_limit_exactly(void **state)
{
    static const size_t limits[] = {1, 255, 256, 257, 1000, 65536};

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        CLEANUP(buf_clear) struct buf buf = BUF_INIT(limits[i]);
        for (size_t n = 0; n < limits[i]; n++) {
            buf_add_char(&buf, 'x');
        }
        assert_false(buf_failed(&buf));
        assert_int_equal(strlen(buf_text(&buf)), limits[i]);
        buf_add_char(&buf, 'x');
        assert_true(buf_failed(&buf));
        assert_int_equal(buf.len, limits[i]);
    }
}

static void a_failure_is_for_good_and_names_the_limit(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(4);
    struct err err = {0};

    (void)state;
    buf_add_text(&buf, "abc");
    buf_add_text(&buf, "de"); /* not in part either */
    buf_add_char(&buf, 'f');
    buf_printf(&buf, "g");
    buf_cut(&buf, 0);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_check(&buf, "the patch", &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "the patch is larger than 4 bytes");
    assert_null(buf_take(&buf));
}

static void a_length_near_the_largest_is_refused(void **state)
{
    const volatile size_t len = SIZE_MAX - 1; /* the compiler would refuse a constant already */
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);

    (void)state;
    buf_add_text(&buf, "abc");
    buf_add(&buf, "x", len);
    assert_true(buf_failed(&buf));
    assert_string_equal(buf_text(&buf), "abc");
}

static void a_formatted_text_that_is_too_long_is_not_cut(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(10);

    (void)state;
    buf_printf(&buf, "%10s", "x");
    assert_int_equal(buf.len, 10);
    buf_cut(&buf, 2);
    buf_printf(&buf, "%9s", "x");
    assert_true(buf_failed(&buf));
    assert_string_equal(buf_text(&buf), "  ");
}

static void a_formatted_text_that_does_not_fit_yet_is_whole(void **state)
{
    (void)state;
    for (int before = 0; before < 300; before++) {
        CLEANUP(buf_clear) struct buf buf = BUF_INIT(10000);
        buf_printf(&buf, "%*s", before, "");
        buf_printf(&buf, "%300s|", "x");
        assert_false(buf_failed(&buf));
        assert_int_equal(buf.len, before + 301);
        assert_int_equal(strlen(buf_text(&buf)), buf.len);
        assert_string_equal(buf.bytes + buf.len - 3, " x|");
    }
}

static void what_is_put_in_place_counts_and_is_terminated(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(1000);

    (void)state;
    assert_true(buf_reserve(&buf, 4));
    assert_string_equal(buf_text(&buf), "");
    memcpy(buf.bytes + buf.len, "abXX", 4);
    buf_advance(&buf, 2);
    assert_string_equal(buf_text(&buf), "ab");
    buf_add_char(&buf, 'c');
    assert_string_equal(buf_text(&buf), "abc");
}

static void what_was_reserved_needs_no_growth(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(100000);
    const char *bytes;

    (void)state;
    buf_add_text(&buf, "x");
    assert_true(buf_reserve(&buf, 50000));
    bytes = buf.bytes;
    for (size_t n = 0; n < 50000; n++) {
        buf_add_char(&buf, 'x');
    }
    assert_ptr_equal(buf.bytes, bytes);
}

static void reserving_keeps_to_the_limit(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(300);

    (void)state;
    buf_add_text(&buf, "x");
    assert_true(buf_reserve(&buf, 299));
    assert_false(buf_failed(&buf));
    assert_int_equal(buf.size, 301);
    assert_false(buf_reserve(&buf, 300));
    assert_true(buf_failed(&buf));
    assert_string_equal(buf_text(&buf), "x");
    assert_false(buf_reserve(&buf, 0));
}

static void cutting_forgets_the_end_only(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(100);

    (void)state;
    buf_cut(&buf, 0);
    buf_add_text(&buf, "/spec/volumes");
    buf_cut(&buf, 100);
    assert_string_equal(buf_text(&buf), "/spec/volumes");
    buf_cut(&buf, 5);
    buf_add_text(&buf, "/templates");
    assert_string_equal(buf_text(&buf), "/spec/templates");
}

static void taking_leaves_an_empty_buffer_with_the_same_limit(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(5);
    CLEANUP(free) char *empty = buf_take(&buf);
    CLEANUP(free) char *text = NULL;

    (void)state;
    assert_string_equal(empty, "");
    buf_add_text(&buf, "12345");
    text = buf_take(&buf);
    assert_string_equal(text, "12345");
    assert_string_equal(buf_text(&buf), "");
    buf_add_text(&buf, "123456");
    assert_true(buf_failed(&buf));
}

static void clearing_makes_a_failed_buffer_good_again(void **state)
{
    CLEANUP(buf_clear) struct buf buf = BUF_INIT(2);

    (void)state;
    buf_add_text(&buf, "123");
    assert_true(buf_failed(&buf));
    buf_clear(&buf);
    buf_add_text(&buf, "12");
    assert_false(buf_failed(&buf));
    assert_string_equal(buf_text(&buf), "12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_stands_in_order_and_is_terminated),
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(a_buffer_grows_to_its_limit_exactly),
        cmocka_unit_test(a_failure_is_for_good_and_names_the_limit),
        cmocka_unit_test(a_length_near_the_largest_is_refused),
        cmocka_unit_test(a_formatted_text_that_is_too_long_is_not_cut),
        cmocka_unit_test(a_formatted_text_that_does_not_fit_yet_is_whole),
        cmocka_unit_test(what_is_put_in_place_counts_and_is_terminated),
        cmocka_unit_test(what_was_reserved_needs_no_growth),
        cmocka_unit_test(reserving_keeps_to_the_limit),
        cmocka_unit_test(cutting_forgets_the_end_only),
        cmocka_unit_test(taking_leaves_an_empty_buffer_with_the_same_limit),
        cmocka_unit_test(clearing_makes_a_failed_buffer_good_again),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
