/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include "base/cleanup.h"
#include "tests/test.h"

/* What a table of @n_columns columns with @cells, up to a NULL, looks like. */
static void assert_table(size_t n_columns, const char *const *cells, const char *expected)
{
    CLEANUP(table_clear) struct table table = TABLE_INIT(n_columns);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);

    for (; *cells != NULL; cells++) {
        table_add(&table, *cells);
    }
    table_write(&table, &out);
    assert_false(buf_failed(&out));
    assert_string_equal(buf_text(&out), expected);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    const char *const cells[] = {"NAME", "AGE", "MESSAGE", "a-long-name", "5d", "x", NULL};

    (void)state;
    assert_table(3, cells,
                 "NAME          AGE   MESSAGE\n"
                 "a-long-name   5d    x\n");
}

static void a_cell_without_text_shows_as_a_dash(void **state)
{
    const char *const cells[] = {"A", "B", "", "", NULL};

    (void)state;
    assert_table(2, cells, "A   B\n-   -\n");
}

static void a_cell_cannot_steer_a_terminal_or_begin_a_line(void **state)
{
    const char *const cells[] = {"\x1b[2J", "a\nb", NULL};

    (void)state;
    assert_table(2, cells, "?[2J   a?b\n");
}

static void width_counts_characters_and_not_bytes(void **state)
{
    const char *const cells[] = {"äöü", "x", "abc", "y", NULL};

    (void)state;
    assert_table(2, cells, "äöü   x\nabc   y\n");
}

static void a_row_that_is_not_full_ends_early(void **state)
{
    const char *const cells[] = {"A", "B", "c", NULL};

    (void)state;
    assert_table(2, cells, "A   B\nc\n");
}

static void a_table_without_cells_is_no_text(void **state)
{
    const char *const cells[] = {NULL};

    (void)state;
    assert_table(2, cells, "");
}

static void a_table_that_failed_fails_what_it_is_written_to(void **state)
{
    CLEANUP(table_clear) struct table table = TABLE_INIT(1);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);

    (void)state;
    table.cells.max = 4;
    table_add(&table, "too long");
    table_write(&table, &out);
    assert_true(buf_failed(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(a_cell_without_text_shows_as_a_dash),
        cmocka_unit_test(a_cell_cannot_steer_a_terminal_or_begin_a_line),
        cmocka_unit_test(width_counts_characters_and_not_bytes),
        cmocka_unit_test(a_row_that_is_not_full_ends_early),
        cmocka_unit_test(a_table_without_cells_is_no_text),
        cmocka_unit_test(a_table_that_failed_fails_what_it_is_written_to),
    };

    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
