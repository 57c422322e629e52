/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_go.h"

#include <math.h>
#include <string.h>

#include "tests/test.h"

/* base/yaml_scalar_test.c has the long table of what was measured. */

static struct yaml_go resolve(const char *text)
{
    struct yaml_go go = {.kind = YAML_GO_STRING};
    struct err err = {0};

    assert_int_equal(yaml_go_resolve(text, &go, &err), 0);
    return go;
}

static void integers_go_up_to_64_bits(void **state)
{
    (void)state;
    assert_int_equal(resolve("9223372036854775807").kind, YAML_GO_INT);
    assert_int_equal(resolve("9223372036854775808").kind, YAML_GO_UINT);
    assert_int_equal(resolve("18446744073709551615").natural, UINT64_MAX);
    assert_int_equal(resolve("18446744073709551616").kind, YAML_GO_FLOAT);
    assert_int_equal(resolve("+9223372036854775808").kind, YAML_GO_FLOAT);
    assert_true(resolve("-9223372036854775808").integer == INT64_MIN);
    assert_int_equal(resolve("-9223372036854775809").kind, YAML_GO_FLOAT);
    assert_true(resolve("-0x8000000000000000").integer == INT64_MIN);
    assert_int_equal(resolve("-0x8000000000000001").kind, YAML_GO_STRING);
}

static void floats_beyond_64_bits_are_strings(void **state)
{
    (void)state;
    assert_int_equal(resolve("1e308").kind, YAML_GO_FLOAT);
    assert_int_equal(resolve("1e309").kind, YAML_GO_STRING);
    assert_int_equal(resolve(".1e400").kind, YAML_GO_STRING);
    assert_true(resolve("1e-400").real == 0);
    assert_true(isinf(resolve("-.inf").real) && resolve("-.inf").real < 0);
    assert_true(isnan(resolve(".nan").real));
}

static void underscores_stand_anywhere_but_behind_a_leading_point(void **state)
{
    (void)state;
    assert_int_equal(resolve("1_000").integer, 1000);
    assert_int_equal(resolve("-_1__0_").integer, -10);
    assert_int_equal(resolve("0_x1F").integer, 31);
    assert_int_equal(resolve("_1").kind, YAML_GO_STRING);
    assert_int_equal(resolve(".1_0").kind, YAML_GO_FLOAT);
    assert_int_equal(resolve("._1").kind, YAML_GO_STRING);
    assert_int_equal(resolve(".1_").kind, YAML_GO_STRING);
}

static void a_number_may_be_long(void **state)
{
    char text[3000];

    (void)state;
    memset(text, '0', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(resolve(text).integer, 0);
    text[1] = '_';
    assert_int_equal(resolve(text).integer, 0);
    text[1] = '.';
    text[sizeof(text) - 2] = '1';
    assert_true(resolve(text).real == 0);
    memset(text, '9', sizeof(text) - 1);
    assert_int_equal(resolve(text).kind, YAML_GO_STRING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_go_up_to_64_bits),
        cmocka_unit_test(floats_beyond_64_bits_are_strings),
        cmocka_unit_test(underscores_stand_anywhere_but_behind_a_leading_point),
        cmocka_unit_test(a_number_may_be_long),
    };

    return cmocka_run_group_tests_name("yaml_go", tests, NULL, NULL);
}
