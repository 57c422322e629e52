/* SPDX-License-Identifier: Apache-2.0 */
#include "base/quantity.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

#define GI (1024LL * 1024 * 1024)

/* What kubectl 1.35 accepts, with the same amounts. */
static const struct {
    const char *text;
    long long units;
    long long nano; /* below one unit */
} accepted[] = {
    {"0", 0, 0},
    {"-0", 0, 0},
    {"10", 10, 0},
    {"00010", 10, 0},
    {"+5", 5, 0},
    {"-5", -5, 0},
    {"10Gi", 10 * GI, 0},
    {"0.5Gi", GI / 2, 0},
    {".5Gi", GI / 2, 0},
    {"-1Gi", -GI, 0},
    {"5.", 5, 0},
    {".5", 0, 500000000},
    {"1.e3", 1000, 0},
    {"100m", 0, 100000000},
    {"-100m", 0, -100000000},
    {"1n", 0, 1},
    {"1u", 0, 1000},
    {"1k", 1000, 0},
    {"1M", 1000000, 0},
    {"1G", 1000000000, 0},
    {"1T", 1000000000000, 0},
    {"1P", 1000000000000000, 0},
    {"1E", 1000000000000000000, 0},
    {"1Ki", 1024, 0},
    {"1Mi", 1048576, 0},
    {"1Ti", 1024 * GI, 0},
    {"1Pi", 1048576 * GI, 0},
    {"7Ei", 7 * GI *GI, 0},
    {"8191Pi", 8191 * 1048576LL * GI, 0},
    {"0.1Ki", 102, 400000000},
    {"0.0000000005Gi", 0, 536870912},
    {"0.000000001", 0, 1},
    {"1e3", 1000, 0},
    {"1E3", 1000, 0},
    {"1e+3", 1000, 0},
    {"1E-3", 0, 1000000},
    {"1e-0", 1, 0},
    {"1e0003", 1000, 0},
    {"1.5e3", 1500, 0},
    {"0e5", 0, 0},
    {"0e999", 0, 0},
    {"1e18", 1000000000000000000, 0},
    {"1e-9", 0, 1},
    {"1.0000000000", 1, 0}, /* nothing is finer than a nano-unit here */
    {"1.000000000000000000000000000000000000000000000000000000000000", 1, 0},
    {"10e-10", 0, 1},
    {"0.0000000000009765625Ki", 0, 1}, /* 2^-10 of 10^-9 */
    {"9223372036854775807", 9223372036854775807, 0},
    {"9223372036854775807.999999999", 9223372036854775807, 999999999},
    {"-9223372036854775807", -9223372036854775807, 0},
};

static void every_form_that_kubernetes_documents_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        struct quantity quantity = {0};
        struct err err = {0};
        quantity_nano nano = (quantity_nano)accepted[i].units * 1000000000 + accepted[i].nano;
        print_message("# '%s'\n", accepted[i].text);
        assert_int_equal(quantity_parse(accepted[i].text, &quantity, &err), 0);
        assert_true(quantity.nano == nano);
    }
}

static const char shape[] = "is not a quantity: expected a number with a suffix, such as 10Gi";
static const char large[] = "is too large: expected less than 8Ei (2^63)";
static const char fine[] = "is too fine: expected nothing below 1n (10^-9)";

static const struct {
    const char *text;
    const char *expected;
} refused[] = {
    {"", shape},
    {" ", shape},
    {"10 Gi", shape},
    {" 1", shape},
    {"1 ", shape},
    {"10GB", shape},
    {"1ki", shape},
    {"1K", shape},
    {"1Kib", shape},
    {"1i", shape},
    {"1mm", shape},
    {"1Gi5", shape},
    {"1m-3", shape},
    {"1e3Ki", shape},
    {"1e", shape},
    {"1e+", shape},
    {"1E-", shape},
    {"1Ee", shape},
    {"1e1.5", shape},
    {"1e1e1", shape},
    {"1.5.2", shape},
    {"--1", shape},
    {"0x10", shape},
    {"1_000", shape},
    {"1,000", shape},
    {"Infinity", shape},
    {"NaN", shape},
    {"\xd9\xa3", shape}, /* a digit, but not one of ours */
    {"1\n", shape},
    {"+", shape}, /* from here: Kubernetes reads 0 */
    {"-", shape},
    {".", shape},
    {"Ki", shape},
    {"E", shape},
    {".Gi", shape},
    {"9223372036854775808", large},
    {"-9223372036854775808", large},
    {"8Ei", large}, /* Kubernetes reads 2^63-1 */
    {"1e19", large},
    {"1e30", large},
    {"1e2147483648", large}, /* kubectl 1.35 does not come back from this */
    {"1e99999999999999999999", large},
    {"0e99999999999999999999", large},
    {"1e99999999999999999999x", shape},
    {"99999999999999999999999999999999999999999999999999999999999999999999999999", large},
    {"12345678901234567890123456789.5", large},
    {"0.1n", fine}, /* Kubernetes reads 1n */
    {"0.5n", fine},
    {"1e-10", fine},
    {"0.00000000000048828125Ki", fine},
    {"1.0000000001", fine},
    {"0.0000000001Ki", fine},
    {"1e-99999999999999999999", fine},
    {"0.00000000000000000000000000000000000000000000000000000000000000000000001", fine},
};

static void everything_else_is_refused_and_the_message_shows_what_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct quantity quantity = {.nano = 7};
        struct err err = {0};
        print_message("# '%s'\n", refused[i].text);
        assert_int_equal(quantity_parse(refused[i].text, &quantity, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, refused[i].expected));
        assert_true(quantity.nano == 7);
    }
}

static void a_message_shows_the_start_of_a_long_text(void **state)
{
    struct quantity quantity = {0};
    struct err err = {0};
    char text[5000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(quantity_parse(text, &quantity, &err), -1);
    assert_true(strlen(err.msg) < 200);
    assert_non_null(strstr(err.msg, "such as 10Gi"));
}

static struct quantity parse(const char *text)
{
    struct quantity quantity = {0};
    struct err err = {0};

    if (quantity_parse(text, &quantity, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    return quantity;
}

static void amounts_compare_across_suffixes(void **state)
{
    (void)state;
    assert_int_equal(quantity_compare(parse("1Gi"), parse("1024Mi")), 0);
    assert_int_equal(quantity_compare(parse("1e3"), parse("1k")), 0);
    assert_true(quantity_compare(parse("1G"), parse("1Gi")) < 0);
    assert_true(quantity_compare(parse("1001m"), parse("1")) > 0);
    assert_true(quantity_compare(parse("-1"), parse("1n")) < 0);
    assert_true(quantity_compare(parse("9223372036854775807"), parse("9223372036854775806")) > 0);
    assert_true(quantity_is_positive(parse("1n")));
    assert_false(quantity_is_positive(parse("0")));
    assert_false(quantity_is_positive(parse("-1Ti")));
}

static void a_text_has_the_largest_suffix_that_loses_nothing(void **state)
{
    static const struct {
        const char *a;
        const char *b; /* added to a */
        const char *text;
    } rows[] = {
        {"0", "0", "0"},
        {"1", "0", "1"},
        {"1000", "0", "1000"},
        {"1024", "0", "1Ki"},
        {"1.5Gi", "0", "1536Mi"},
        {"5Gi", "1Gi", "6Gi"},
        {"1Gi", "1", "1073741825"},
        {"100m", "0", "1"}, /* rounded up */
        {"1023.1", "0", "1Ki"},
        {"1n", "0", "1"},
        {"-1n", "0", "0"},
        {"-1.5", "0", "-1"},
        {"-2Gi", "0", "-2Gi"},
        {"4Ei", "4095Pi", "8191Pi"},
        {"7Ei", "7Ei", "14Ei"}, /* a sum may pass the limit of one amount */
        {"9223372036854775807", "9223372036854775807", "18446744073709551614"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[QUANTITY_TEXT_SIZE];
        print_message("# %s + %s\n", rows[i].a, rows[i].b);
        quantity_text(quantity_add(parse(rows[i].a), parse(rows[i].b)), text);
        assert_string_equal(text, rows[i].text);
    }
}

static void there_is_no_larger_suffix_than_exbi(void **state)
{
    char text[QUANTITY_TEXT_SIZE];

    (void)state;
    quantity_text((struct quantity){.nano = ((quantity_nano)1000000000) << 70}, text);
    assert_string_equal(text, "1024Ei");
}

static void the_largest_sum_fits_into_a_text(void **state)
{
    __extension__ const quantity_nano most = (quantity_nano)(~(unsigned __int128)0 >> 1);
    char text[QUANTITY_TEXT_SIZE];

    (void)state;
    quantity_text((struct quantity){.nano = most}, text);
    assert_string_equal(text, "170141183460469231731687303716");
    quantity_text((struct quantity){.nano = -most - 1}, text);
    assert_string_equal(text, "-170141183460469231731687303715");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_that_kubernetes_documents_is_read),
        cmocka_unit_test(everything_else_is_refused_and_the_message_shows_what_is_accepted),
        cmocka_unit_test(a_message_shows_the_start_of_a_long_text),
        cmocka_unit_test(amounts_compare_across_suffixes),
        cmocka_unit_test(a_text_has_the_largest_suffix_that_loses_nothing),
        cmocka_unit_test(there_is_no_larger_suffix_than_exbi),
        cmocka_unit_test(the_largest_sum_fits_into_a_text),
    };

    return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
