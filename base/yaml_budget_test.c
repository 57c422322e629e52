/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_budget.h"

#include <stdio.h>
#include <string.h>

#include "base/yaml_test.h"

static void values_are_counted_up_to_the_limit(void **state)
{
    struct yaml_budget budget = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(yaml_budget_spend(&budget, YAML_VALUES_MAX, 0, &err), 0);
    assert_int_equal(yaml_budget_spend(&budget, 1, 0, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "the document has more than 1000000 values");
}

static void large_documents_may_have_fewer_aliases(void **state)
{
    static const struct {
        size_t n_values;
        size_t n_aliased;
        int result;
    } rows[] = {
        {1000, 1000, 0},      {1001, 100, 0},       {1001, 992, -1},
        {400000, 396000, 0},  {400000, 396001, -1}, {500000, 482000, 0},
        {500000, 483000, -1}, {1000000, 840000, 0}, {1000000, 845000, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct yaml_budget budget = {0};
        struct err err = {0};
        if (yaml_budget_spend(&budget, rows[i].n_values, rows[i].n_aliased, &err) !=
            rows[i].result) {
            fail_msg("%zu of %zu", rows[i].n_aliased, rows[i].n_values);
        }
    }
}

/* Lists of @width aliases to the list before, @depth times. */
static void write_laughs(struct buf *text, int depth, int width)
{
    for (int i = 0; i < depth; i++) {
        buf_printf(text, "a%d: &a%d [", i, i);
        for (int n = 0; n < width; n++) {
            buf_printf(text, i > 0 ? "*a%d, " : "x, ", i - 1);
        }
        buf_add_text(text, "]\n");
    }
}

static void aliases_may_make_up_as_much_of_a_document_as_for_kubectl(void **state)
{
    /* Measured: what kubectl takes, and what is "excessive aliasing" to it. */
    static const struct {
        int depth;
        int width;
        int result;
    } rows[] = {{2, 9, 0},  {3, 9, 0},   {4, 9, -1},  {9, 9, -1},
                {2, 99, 0}, {2, 150, 0}, {2, 300, -1}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);
        struct err err = {0};
        json_auto_t *document = NULL;
        write_laughs(&text, rows[i].depth, rows[i].width);
        CLEANUP(yaml_reader_free)
        struct yaml_reader *reader =
            yaml_reader_new("f", buf_text(&text), text.len, YAML_KUBECTL, &err);
        if (yaml_reader_next(reader, &document, &err) != rows[i].result) {
            fail_msg("%d x %d: %s", rows[i].depth, rows[i].width, err.msg);
        }
        assert_int_equal(err.code, rows[i].result < 0 ? ERR_TOO_BIG : ERR_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_counted_up_to_the_limit),
        cmocka_unit_test(large_documents_may_have_fewer_aliases),
        cmocka_unit_test(aliases_may_make_up_as_much_of_a_document_as_for_kubectl),
    };

    return cmocka_run_group_tests_name("yaml_budget", tests, NULL, NULL);
}
