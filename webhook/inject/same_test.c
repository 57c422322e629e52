/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/same.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/test.h"

static bool is_same(const char *a, const char *b)
{
    CLEANUP(arena_free) struct arena *arena = arena_new((size_t)64 * 1024);
    struct json_reader readers[2];
    struct json_view left;
    struct json_view right;
    struct err err = {0};
    bool same;

    assert_non_null(arena);
    assert_int_equal(json_reader_open(&readers[0], arena, a, strlen(a), &left, &err), 0);
    assert_int_equal(json_reader_open(&readers[1], arena, b, strlen(b), &right, &err), 0);
    assert_int_equal(same_value(&left, &right, arena, &same, &err), 0);
    return same;
}

static void values_that_mean_the_same_are_the_same(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } rows[] = {
        {"{}", "{}", true},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
        {"{\"name\":\"x\"}", "{\"name\":\"x\",\"resources\":{},\"env\":[],\"x\":null}", true},
        {"{\"name\":\"x\"}", "{\"name\":\"x\",\"tty\":false,\"w\":\"\",\"n\":0}", true},
        {"{\"name\":\"x\"}", "{\"name\":\"x\",\"tty\":true}", false},
        {"{\"name\":\"x\"}", "{\"name\":\"y\"}", false},
        {"{\"sizeLimit\":\"1024Mi\"}", "{\"sizeLimit\":\"1Gi\"}", true},
        {"{\"cpu\":\"0.1\"}", "{\"cpu\":\"100m\"}", true},
        {"{\"sizeLimit\":\"1G\"}", "{\"sizeLimit\":\"1Gi\"}", false},
        {"[1,2]", "[1,2]", true},
        {"[1,2]", "[2,1]", false},
        {"[1]", "[1,2]", false},
        {"[]", "{}", false},
        {"[{\"a\":{}}]", "[{}]", true},
        {"[true]", "[false]", false},
        {"[\"16\"]", "[16]", false},
        {"{\"n\\u0061me\":\"\\u0078\"}", "{\"name\":\"x\"}", true},
        {"[10]", "[10]", true},
        {"[10]", "[100]", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s %s\n", rows[i].a, rows[i].b);
        assert_int_equal(is_same(rows[i].a, rows[i].b), rows[i].same);
        assert_int_equal(is_same(rows[i].b, rows[i].a), rows[i].same);
    }
}

/* An object that somebody made large, to make us slow. */
static void an_object_with_many_more_members_is_another_one(void **state)
{
    CLEANUP(buf_clear) struct buf wide = BUF_INIT((size_t)64 * 1024);

    (void)state;
    for (size_t n_more = SAME_EMPTY_MAX; n_more <= SAME_EMPTY_MAX + 1; n_more++) {
        buf_cut(&wide, 0);
        buf_add_text(&wide, "{\"name\":\"x\"");
        for (size_t i = 0; i < n_more; i++) {
            buf_printf(&wide, ",\"m%zu\":null", i);
        }
        buf_add_text(&wide, "}");
        assert_int_equal(is_same(buf_text(&wide), "{\"name\":\"x\"}"), n_more == SAME_EMPTY_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_mean_the_same_are_the_same),
        cmocka_unit_test(an_object_with_many_more_members_is_another_one),
    };

    return cmocka_run_group_tests_name("same", tests, NULL, NULL);
}
