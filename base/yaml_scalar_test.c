/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_scalar.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tests/test.h"

#define TAG "tag:yaml.org,2002:"

/* "null", "true", "int 8", "real 0.5", "string" for the text itself, "'...'" for another one, or
 * "refused". */
static void describe(const char *text, const json_t *value, char out[static 128])
{
    char real[JSON_REAL_SIZE];

    if (value == NULL) {
        (void)snprintf(out, 128, "refused");
    } else if (json_is_string(value) && strcmp(json_string_value(value), text) == 0) {
        (void)snprintf(out, 128, "string");
    } else if (json_is_string(value)) {
        (void)snprintf(out, 128, "'%s'", json_string_value(value));
    } else if (json_is_integer(value)) {
        (void)snprintf(out, 128, "int %lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        json_real_text(json_real_value(value), real);
        (void)snprintf(out, 128, "real %s", real);
    } else {
        (void)snprintf(out, 128, "%s",
                       json_is_null(value)   ? "null"
                       : json_is_true(value) ? "true"
                                             : "false");
    }
}

static struct yaml_scalar plain(const char *text)
{
    return (struct yaml_scalar){.text = text, .len = strlen(text), .plain = true};
}

static void check_value(struct yaml_scalar scalar, enum yaml_reading reading, const char *expected)
{
    struct err err = {0};
    json_auto_t *value = yaml_scalar_value(&scalar, reading, &err);
    char found[128];

    describe(scalar.text, value, found);
    if (strcmp(found, expected) != 0) {
        fail_msg("%s%s'%s' as a value under %s: %s, expected %s",
                 scalar.tag != NULL ? scalar.tag : "", scalar.tag != NULL ? " " : "", scalar.text,
                 reading == YAML_STRICT ? "YAML_STRICT" : "YAML_KUBECTL", found, expected);
    }
    assert_int_equal(err.code, value != NULL ? ERR_NONE : ERR_INVALID);
}

static void check_key(struct yaml_scalar scalar, enum yaml_reading reading, const char *expected)
{
    struct err err = {0};
    json_auto_t *key = yaml_scalar_key(&scalar, reading, &err);
    const char *found = key != NULL ? json_string_value(key) : "refused";

    if (strcmp(found, expected) != 0) {
        fail_msg("'%s' as a key: '%s', expected '%s'", scalar.text, found, expected);
    }
    assert_int_equal(err.code, key != NULL ? ERR_NONE : ERR_INVALID);
}

/* The second column is what kubectl 1.35 prints, measured; tests/corpus/kubectl-typing does it
 * again. */
static const struct {
    const char *text;
    const char *kubectl;
    const char *strict;
} scalars[] = {
    {"", "null", "null"},
    {"true", "true", "true"},
    {"True", "true", "refused"},
    {"TRUE", "true", "refused"},
    {"tRue", "string", "refused"},
    {"yes", "true", "refused"},
    {"Yes", "true", "refused"},
    {"YES", "true", "refused"},
    {"yEs", "string", "refused"},
    {"y", "true", "refused"},
    {"Y", "true", "refused"},
    {"on", "true", "refused"},
    {"On", "true", "refused"},
    {"ON", "true", "refused"},
    {"oN", "string", "refused"},
    {"n", "false", "refused"},
    {"N", "false", "refused"},
    {"no", "false", "refused"},
    {"No", "false", "refused"},
    {"NO", "false", "refused"},
    {"off", "false", "refused"},
    {"Off", "false", "refused"},
    {"OFF", "false", "refused"},
    {"false", "false", "false"},
    {"False", "false", "refused"},
    {"FALSE", "false", "refused"},
    {"t", "string", "string"},
    {"f", "string", "string"},
    {"~", "null", "null"},
    {"null", "null", "null"},
    {"Null", "null", "refused"},
    {"NULL", "null", "refused"},
    {"nUll", "string", "refused"},
    {"0", "int 0", "int 0"},
    {"-0", "int 0", "int 0"},
    {"+0", "int 0", "refused"},
    {"00", "int 0", "refused"},
    {"1", "int 1", "int 1"},
    {"+1", "int 1", "refused"},
    {"-1", "int -1", "int -1"},
    {"010", "int 8", "refused"},
    {"-010", "int -8", "refused"},
    {"+010", "int 8", "refused"},
    {"08", "int 8", "refused"},
    {"09", "int 9", "refused"},
    {"0o17", "int 15", "refused"},
    {"0O17", "int 15", "refused"},
    {"-0o17", "int -15", "refused"},
    {"+0o17", "int 15", "refused"},
    {"0o8", "string", "string"},
    {"0x1F", "int 31", "refused"},
    {"0X1F", "int 31", "refused"},
    {"-0x1F", "int -31", "refused"},
    {"+0x1F", "int 31", "refused"},
    {"0xg", "string", "string"},
    {"0b11", "int 3", "refused"},
    {"0B11", "int 3", "refused"},
    {"-0b11", "int -3", "refused"},
    {"+0b11", "int 3", "refused"},
    {"0b12", "string", "string"},
    {"1_000", "int 1000", "refused"},
    {"_1", "string", "refused"},
    {"1_", "int 1", "refused"},
    {"1__0", "int 10", "refused"},
    {"0x_1F", "int 31", "refused"},
    {"0_1", "int 1", "refused"},
    {"0_8", "int 8", "refused"},
    {"-_1", "int -1", "refused"},
    {"+_1", "int 1", "refused"},
    {"1_0.5", "real 10.5", "refused"},
    {"1_e3", "int 1000", "refused"},
    {"9223372036854775807", "int 9223372036854775807", "refused"},
    {"9223372036854775808", "real 9223372036854776000", "refused"},
    {"-9223372036854775808", "int -9223372036854775808", "refused"},
    {"-9223372036854775809", "real -9223372036854776000", "refused"},
    {"18446744073709551615", "real 18446744073709552000", "refused"},
    {"18446744073709551616", "real 18446744073709552000", "refused"},
    {"18446744073709551617", "real 18446744073709552000", "refused"},
    {"-18446744073709551616", "real -18446744073709552000", "refused"},
    {"99999999999999999999", "real 100000000000000000000", "refused"},
    {"100000000000000000000", "real 100000000000000000000", "refused"},
    {"1000000000000000000000", "real 1e+21", "refused"},
    {"10000000000000000000000", "real 1e+22", "refused"},
    {"123456789012345678901234567890", "real 1.2345678901234568e+29", "refused"},
    {"0xFFFFFFFFFFFFFFFF", "real 18446744073709552000", "refused"},
    {"0x10000000000000000", "string", "refused"},
    {"0x7FFFFFFFFFFFFFFF", "int 9223372036854775807", "refused"},
    {"0x8000000000000000", "real 9223372036854776000", "refused"},
    {"-0x8000000000000000", "int -9223372036854775808", "refused"},
    {"-0x8000000000000001", "string", "refused"},
    {"01777777777777777777777", "real 18446744073709552000", "refused"},
    {"02000000000000000000000", "real 2e+21", "refused"},
    {"0b1111111111111111111111111111111111111111111111111111111111111111",
     "real 18446744073709552000", "refused"},
    {"0b11111111111111111111111111111111111111111111111111111111111111111", "string", "refused"},
    {"0o1777777777777777777777", "real 18446744073709552000", "refused"},
    {"9007199254740993", "int 9007199254740993", "refused"},
    {"1.0", "int 1", "refused"},
    {"1.", "int 1", "refused"},
    {".5", "real 0.5", "refused"},
    {"-.5", "real -0.5", "refused"},
    {"+.5", "real 0.5", "refused"},
    {".", "string", "string"},
    {"..", "string", "string"},
    {"...x", "string", "string"},
    {"+.", "string", "string"},
    {"-.", "string", "string"},
    {".e3", "string", "string"},
    {"1e3", "int 1000", "refused"},
    {"1E3", "int 1000", "refused"},
    {"1e+3", "int 1000", "refused"},
    {"1e-3", "real 0.001", "refused"},
    {"1.5e3", "int 1500", "refused"},
    {"1.e3", "int 1000", "refused"},
    {".5e1", "int 5", "refused"},
    {"1e", "string", "string"},
    {"1e+", "string", "string"},
    {"1e400", "string", "refused"},
    {"-1e400", "string", "refused"},
    {"1e-400", "int 0", "refused"},
    {"1e308", "real 1e+308", "refused"},
    {"1e20", "real 100000000000000000000", "refused"},
    {"1e21", "real 1e+21", "refused"},
    {"1e22", "real 1e+22", "refused"},
    {"1e18", "int 1000000000000000000", "refused"},
    {"1e19", "real 10000000000000000000", "refused"},
    {"9.3e18", "real 9300000000000000000", "refused"},
    {"123456789.125", "real 123456789.125", "real 123456789.125"},
    {"0.1", "real 0.1", "real 0.1"},
    {"-0.0", "int 0", "refused"},
    {"0.0", "int 0", "refused"},
    {"-0.5", "real -0.5", "real -0.5"},
    {"0.000001", "real 0.000001", "real 0.000001"},
    {"0.0000001", "real 1e-7", "refused"},
    {"1.0e-7", "real 1e-7", "refused"},
    {"3.14159265358979323846", "real 3.141592653589793", "refused"},
    {"4.9e-324", "real 5e-324", "refused"},
    {"1.7976931348623157e308", "real 1.7976931348623157e+308", "refused"},
    {"1.7976931348623159e308", "string", "refused"},
    {".inf", "refused", "refused"},
    {".Inf", "refused", "refused"},
    {".INF", "refused", "refused"},
    {"-.inf", "refused", "refused"},
    {"+.inf", "refused", "refused"},
    {".nan", "refused", "refused"},
    {".NaN", "refused", "refused"},
    {".NAN", "refused", "refused"},
    {".iNf", "string", "refused"},
    {"-.nan", "string", "refused"},
    {"inf", "string", "string"},
    {"Infinity", "string", "string"},
    {"NaN", "string", "string"},
    {"+Inf", "string", "string"},
    {"-Infinity", "string", "string"},
    {".infinity", "string", "string"},
    {"0x1p4", "string", "string"},
    {"0x1.8p1", "string", "string"},
    {"0x1p-2", "string", "string"},
    {"1p3", "string", "string"},
    {"1:30", "string", "string"},
    {"1:30:30", "string", "string"},
    {"12:30:45", "string", "string"},
    {"190:20:30", "string", "string"},
    {"190:20:30.15", "string", "string"},
    {"0:00", "string", "string"},
    {"2001-01-01", "string", "string"},
    {"2001-1-1", "string", "string"},
    {"2001-12-14t21:59:43.10-05:00", "string", "string"},
    {"2001-12-14 21:59:43.10", "string", "string"},
    {"2001-12-14T21:59:43Z", "string", "string"},
    {"2001-12-14 21:59:43.10 -5", "string", "string"},
    {"2001-13-45", "string", "string"},
    {"0001-01-01", "string", "string"},
    {"12e03", "int 12000", "refused"},
    {"+12e03", "int 12000", "refused"},
    {"-2E+05", "int -200000", "refused"},
    {"+12.3", "real 12.3", "refused"},
    {"685.230_15e+03", "real 685230.15", "refused"},
    {"=", "string", "refused"},
    {"<<", "string", "refused"},
    {"0.", "int 0", "refused"},
    {"-1_0", "int -10", "refused"},
    {"1,000", "string", "string"},
    {"0777", "int 511", "refused"},
    {"0o", "string", "string"},
    {"0x", "string", "string"},
    {"0b", "string", "string"},
    {"-0x", "string", "string"},
    {"+", "string", "string"},
    {"١", "string", "string"},
    {"1.2.3", "string", "string"},
    {"v1", "string", "string"},
    {"10Gi", "string", "string"},
    {"500m", "string", "string"},
    {"0e0", "int 0", "refused"},
    {"0x1e3", "int 483", "refused"},
    {"1e1_0", "int 10000000000", "refused"},
    {".1_0", "real 0.1", "refused"},
    {"._1", "string", "refused"},
    {"1._5", "real 1.5", "refused"},
    {"0b-11", "int -3", "refused"},
    {"0b+11", "int 3", "refused"},
    {"0B-11", "string", "refused"},
    {"-0b-1", "string", "refused"},
    {"-0b+1", "string", "refused"},
    {"+0b1", "int 1", "refused"},
    {"+0b-1", "string", "refused"},
    {".1__0", "string", "refused"},
    {".5_e3", "string", "refused"},
    {".5e1_0", "int 5000000000", "refused"},
    {".5e_1", "string", "refused"},
    {".5_", "string", "refused"},
    {".5e5_", "string", "refused"},
    {".1_2_3e+1_0", "int 1230000000", "refused"},
    {"0x-1", "string", "refused"},
    {"0o-7", "string", "refused"},
    {"0_b11", "int 3", "refused"},
    {"0_x1F", "int 31", "refused"},
    {"0_o17", "int 15", "refused"},
    {"-_0x1F", "int -31", "refused"},
    {"+_._5", "real 0.5", "refused"},
    {"+.5_0", "real 0.5", "refused"},
    {"--1", "string", "string"},
    {"++1", "string", "string"},
    {"+-1", "string", "string"},
    {"0b-", "string", "refused"},
    {"1__", "int 1", "refused"},
    {"1e+_5", "int 100000", "refused"},
    {"0x_", "string", "refused"},
    {"+18446744073709551615", "real 18446744073709552000", "refused"},
    {"+9223372036854775808", "real 9223372036854776000", "refused"},
    {"+9223372036854775807", "int 9223372036854775807", "refused"},
    {"-01777777777777777777777", "real -1.7777777777777778e+21", "refused"},
    {"-02000000000000000000000", "real -2e+21", "refused"},
    {"01000000000000000000000", "real 9223372036854776000", "refused"},
    {"0777777777777777777777", "int 9223372036854775807", "refused"},
    {"-01000000000000000000000", "int -9223372036854775808", "refused"},
    {"-01000000000000000000001", "real -1e+21", "refused"},
    {"0o2000000000000000000000", "string", "refused"},
    {"9007199254740993.0", "int 9007199254740992", "refused"},
    {"4611686018427387904.0", "int 4611686018427388000", "refused"},
    {"9223372036854775807.0", "real 9223372036854776000", "refused"},
    {"9223372036854774784.0", "int 9223372036854775000", "refused"},
    {"-9223372036854775808.0", "real -9223372036854776000", "refused"},
    {"9223372036854775295.0", "int 9223372036854775000", "refused"},
    {"999999999999999999999.0", "real 1e+21", "refused"},
    {"123456789012345678.0", "int 123456789012345680", "refused"},
    {"0b-111111111111111111111111111111111111111111111111111111111111111",
     "int -9223372036854775807", "refused"},
    {"0b-1000000000000000000000000000000000000000000000000000000000000000",
     "int -9223372036854775808", "refused"},
    {"0b+1111111111111111111111111111111111111111111111111111111111111111", "string", "refused"},
    {".99999999999999999999", "int 1", "refused"},
    {".e", "string", "string"},
    {".1e400", "string", "refused"},
    {".0", "int 0", "refused"},
    {".0e400", "int 0", "refused"},
    {".1e-400", "int 0", "refused"},
    {"0e400", "int 0", "refused"},
    {"0.0e999999999", "int 0", "refused"},
    {"1e999999999999999999999999", "string", "refused"},
    {"2e-324", "int 0", "refused"},
    {"3e-324", "real 5e-324", "refused"},
    {"y1", "string", "string"},
    {"1e1.5", "string", "string"},
    {"1..2", "string", "string"},
    {"1.5.2", "string", "string"},
    {"00.5", "real 0.5", "refused"},
    {"-00.5", "real -0.5", "refused"},
    {"007.5", "real 7.5", "refused"},
    {"0x.8", "string", "string"},
    {"1x", "string", "string"},
    {"08.5e2", "int 850", "refused"},
    {"0e", "string", "string"},
    {"12e", "string", "string"},
    {"1 2", "string", "string"},
    {"+1e3", "int 1000", "refused"},
    {"-1e3", "int -1000", "refused"},
    {"+1_0.0_1e-1_0", "real 1.001e-9", "refused"},
    {"5", "int 5", "int 5"},
    {"-5", "int -5", "int -5"},
    {"12.5", "real 12.5", "real 12.5"},
    {"-0.25", "real -0.25", "real -0.25"},
    {"1.50", "real 1.5", "refused"},
    {"9007199254740992", "int 9007199254740992", "int 9007199254740992"},
    {"9007199254740993x", "string", "string"},
    {"-9007199254740993", "int -9007199254740993", "refused"},
    {"1.10", "real 1.1", "refused"},
    {"100.0", "int 100", "refused"},
    {"a", "string", "string"},
    {"x", "string", "string"},
    {"No way", "string", "string"},
};

static void a_plain_scalar_has_the_type_that_kubectl_gives_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        check_value(plain(scalars[i].text), YAML_KUBECTL, scalars[i].kubectl);
    }
}

static void a_plain_scalar_that_readers_dispute_is_refused_when_strict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        check_value(plain(scalars[i].text), YAML_STRICT, scalars[i].strict);
    }
}

static void what_the_strict_reading_accepts_is_what_kubectl_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        if (strcmp(scalars[i].strict, "refused") != 0) {
            assert_string_equal(scalars[i].strict, scalars[i].kubectl);
        }
    }
}

static void what_is_quoted_is_a_string(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        struct yaml_scalar scalar = plain(scalars[i].text);
        scalar.plain = false;
        check_value(scalar, YAML_KUBECTL, "string");
        check_value(scalar, YAML_STRICT, "string");
        check_key(scalar, YAML_STRICT, scalars[i].text);
    }
}

/* Measured, too. Tags count, quotes do not. */
static const struct {
    const char *tag;
    const char *text;
    const char *kubectl;
} tagged[] = {
    {"!", "yes", "string"},
    {"!", "12", "string"},
    {"!local", "12", "string"},
    {TAG "str", "12", "string"},
    {TAG "str", "", "string"},
    {TAG "str", "~", "string"},
    {TAG "int", "12", "int 12"},
    {TAG "int", "0x1F", "int 31"},
    {TAG "int", "1.0", "refused"},
    {TAG "int", "abc", "refused"},
    {TAG "int", "", "refused"},
    {TAG "int", "18446744073709551615", "real 18446744073709552000"},
    {TAG "int", "99999999999999999999", "refused"},
    {TAG "float", "1", "int 1"},
    {TAG "float", "1.5", "real 1.5"},
    {TAG "float", "0x10", "int 16"},
    {TAG "float", "18446744073709551615", "refused"},
    {TAG "float", "x", "refused"},
    {TAG "float", "2001-01-01", "refused"},
    {TAG "float", ".inf", "refused"},
    {TAG "bool", "yes", "true"},
    {TAG "bool", "no", "false"},
    {TAG "bool", "1", "refused"},
    {TAG "null", "~", "null"},
    {TAG "null", "", "null"},
    {TAG "null", "x", "refused"},
    {TAG "null", "0", "refused"},
    {TAG "timestamp", "2001-01-01", "string"},
    {TAG "timestamp", "x", "refused"},
    {TAG "binary", "aGVsbG8=", "'hello'"},
    {TAG "binary", "w6Q=", "'\xc3\xa4'"},
    {TAG "binary", "", "string"},
    {TAG "binary", "aGVsbG8", "refused"},
    {TAG "binary", "aGVs bG8=", "refused"},
    {TAG "binary", "/w==", "refused"}, /* kubectl: U+FFFD */
    {TAG "merge", "<<", "string"},
    {TAG "seq", "12", "string"},
    {TAG "value", "=", "string"},
};

static void a_tag_decides_over_the_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(tagged) / sizeof(tagged[0]); i++) {
        struct yaml_scalar scalar = plain(tagged[i].text);
        scalar.tag = tagged[i].tag;
        check_value(scalar, YAML_KUBECTL, tagged[i].kubectl);
        scalar.plain = false;
        check_value(scalar, YAML_KUBECTL, tagged[i].kubectl);
    }
}

/* Measured, too. Floats go through 32 bits on their way to a key. */
static const struct {
    const char *text;
    const char *kubectl;
    const char *strict;
} keys[] = {
    {"a", "a", "a"},
    {"1:30", "1:30", "1:30"},
    {"2001-01-01", "2001-01-01", "2001-01-01"},
    {"on", "true", "refused"},
    {"yes", "true", "refused"},
    {"n", "false", "refused"},
    {"true", "true", "refused"},
    {"1", "1", "refused"},
    {"-1", "-1", "refused"},
    {"010", "8", "refused"},
    {"0o17", "15", "refused"},
    {"0x1F", "31", "refused"},
    {"1_000", "1000", "refused"},
    {"-9223372036854775808", "-9223372036854775808", "refused"},
    {"9223372036854775808", "refused", "refused"},
    {"18446744073709551616", "1.8446744e+19", "refused"},
    {"1.0", "1", "refused"},
    {"-0.0", "-0", "refused"},
    {"1.5", "1.5", "refused"},
    {"0.1", "0.1", "refused"},
    {"1e-7", "1e-07", "refused"},
    {"0.0001", "0.0001", "refused"},
    {"0.00001", "1e-05", "refused"},
    {"1e3", "1000", "refused"},
    {"100000.0", "100000", "refused"},
    {"1234567.0", "1.234567e+06", "refused"},
    {"8388608.5", "8.388608e+06", "refused"},
    {"16777217.0", "1.6777216e+07", "refused"},
    {"123456789.5", "1.2345679e+08", "refused"},
    {"1e21", "1e+21", "refused"},
    {"1e40", ".inf", "refused"},
    {"-1e40", "-.inf", "refused"},
    {".inf", ".inf", "refused"},
    {".nan", ".nan", "refused"},
    {"3.14159265358979", "3.1415927", "refused"},
    {"1e400", "1e400", "refused"},
    {"", "refused", "refused"},
    {"~", "refused", "refused"},
    {"null", "refused", "refused"},
    {"<<", "<<", "refused"},
};

static void a_plain_key_becomes_the_string_that_kubectl_makes_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        check_key(plain(keys[i].text), YAML_KUBECTL, keys[i].kubectl);
    }
}

static void a_plain_key_is_a_string_to_every_reader_when_strict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        check_key(plain(keys[i].text), YAML_STRICT, keys[i].strict);
    }
}

static void a_string_may_have_a_nul_but_a_key_may_not(void **state)
{
    const struct yaml_scalar scalar = {.text = "a\0b", .len = 3};
    struct err err = {0};
    json_auto_t *value = yaml_scalar_value(&scalar, YAML_KUBECTL, &err);

    (void)state;
    assert_non_null(value);
    assert_int_equal(json_string_length(value), 3);
    assert_null(yaml_scalar_key(&scalar, YAML_KUBECTL, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

static void a_number_does_not_end_at_a_nul(void **state)
{
    const struct yaml_scalar scalar = {.text = "1\0", .len = 2, .tag = TAG "int"};

    (void)state;
    check_value(scalar, YAML_KUBECTL, "refused");
}

static void a_control_character_is_refused_when_strict(void **state)
{
    static const char *const texts[] = {"a\x01", "\x1b[0m", "a\rb", "\x7f", "\xc2\x80", "\xc2\x9f"};
    const struct yaml_scalar nul = {.text = "a\0b", .len = 3};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct yaml_scalar scalar = plain(texts[i]);
        scalar.plain = false;
        check_value(scalar, YAML_STRICT, "refused");
        check_key(scalar, YAML_STRICT, "refused");
        check_value(scalar, YAML_KUBECTL, "string");
    }
    check_value(nul, YAML_STRICT, "refused");
    check_value((struct yaml_scalar){.text = "a\n\tb\xc2\xa0", .len = 6}, YAML_STRICT, "string");
}

static void a_message_says_what_would_be_accepted(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"yes", "'yes' means different things to different YAML readers: quote it, or write true, "
                "false, null or a plain decimal number"},
        {"1.50", "'1.50' is not the shortest way to write 1.5: quote it, or write that"},
        {"1.0", "'1.0' is not the shortest way to write 1: quote it, or write that"},
        {"9007199254740993", "'9007199254740993' is beyond 2^53, where readers round: quote it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct yaml_scalar scalar = plain(rows[i].text);
        struct err err = {0};
        assert_null(yaml_scalar_value(&scalar, YAML_STRICT, &err));
        assert_string_equal(err.msg, rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_scalar_has_the_type_that_kubectl_gives_it),
        cmocka_unit_test(a_plain_scalar_that_readers_dispute_is_refused_when_strict),
        cmocka_unit_test(what_the_strict_reading_accepts_is_what_kubectl_reads),
        cmocka_unit_test(what_is_quoted_is_a_string),
        cmocka_unit_test(a_tag_decides_over_the_text),
        cmocka_unit_test(a_plain_key_becomes_the_string_that_kubectl_makes_of_it),
        cmocka_unit_test(a_plain_key_is_a_string_to_every_reader_when_strict),
        cmocka_unit_test(a_string_may_have_a_nul_but_a_key_may_not),
        cmocka_unit_test(a_number_does_not_end_at_a_nul),
        cmocka_unit_test(a_control_character_is_refused_when_strict),
        cmocka_unit_test(a_message_says_what_would_be_accepted),
    };

    return cmocka_run_group_tests_name("yaml_scalar", tests, NULL, NULL);
}
