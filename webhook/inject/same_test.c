/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/same.h"

#include "tests/test.h"

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
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *a = json_loads(rows[i].a, 0, NULL);
        json_auto_t *b = json_loads(rows[i].b, 0, NULL);
        print_message("# %s %s\n", rows[i].a, rows[i].b);
        assert_int_equal(same_value(a, b), rows[i].same);
        assert_int_equal(same_value(b, a), rows[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_mean_the_same_are_the_same),
    };

    return cmocka_run_group_tests_name("same", tests, NULL, NULL);
}
