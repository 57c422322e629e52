/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "tests/test.h"

/* A schema, a value, and a part of the message, or NULL when the value is valid. */
struct row {
    const char *schema;
    const char *value;
    const char *expected;
};

static json_t *parse(const char *text)
{
    struct err err = {0};
    json_t *value = json_parse(text, strlen(text), &err);

    if (value == NULL) {
        fail_msg("%s in %s", err.msg, text);
    }
    return value;
}

typedef int validator(const json_t *schema, const json_t *value, struct err *err);

static void check_row(const struct row *row, validator *validate, enum err_code code)
{
    json_auto_t *schema = parse(row->schema);
    json_auto_t *value = parse(row->value);
    struct err err = {0};
    int result = validate(schema, value, &err);

    print_message("# %s by %s: %s\n", row->value, row->schema, err.msg);
    if (row->expected == NULL) {
        assert_int_equal(result, 0);
        assert_int_equal(err.code, ERR_NONE);
        return;
    }
    assert_int_equal(result, -1);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.msg, row->expected));
}

#define CHECK_ROWS(rows, validate, code)                            \
    for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) { \
        check_row(&(rows)[i], (validate), (code));                  \
    }

static void types_are_told_apart(void **state)
{
    static const struct row rows[] = {
        {"{\"type\":\"string\"}", "\"x\"", NULL},
        {"{\"type\":\"string\"}", "1", "at the root: expected a string, found a number"},
        {"{\"type\":\"integer\"}", "1", NULL},
        {"{\"type\":\"integer\"}", "1.0", NULL},
        {"{\"type\":\"integer\"}", "1.5", "expected an integer, found a number"},
        {"{\"type\":\"number\"}", "1", NULL},
        {"{\"type\":\"number\"}", "true", "expected a number, found a boolean"},
        {"{\"type\":\"boolean\"}", "false", NULL},
        {"{\"type\":\"null\"}", "null", NULL},
        {"{\"type\":\"object\"}", "[]", "expected an object, found a list"},
        {"{\"type\":\"array\"}", "{}", "expected a list, found an object"},
        {"{\"type\":[\"string\",\"null\"]}", "null", NULL},
        {"{\"type\":[\"string\",\"null\"]}", "1", "expected another type than a number"},
        {"{}", "[1,{}]", NULL},
        {"true", "1", NULL},
        {"false", "1", "at the root: nothing is allowed here"},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void values_are_compared_as_json_schema_compares(void **state)
{
    static const struct row rows[] = {
        {"{\"enum\":[\"a\",1]}", "1.0", NULL},
        {"{\"enum\":[\"a\",1]}", "\"b\"", "expected one of [\"a\",1], found \"b\""},
        {"{\"const\":{\"a\":1,\"b\":[2]}}", "{\"b\":[2.0],\"a\":1}", NULL},
        {"{\"const\":{\"a\":1}}", "{\"a\":1,\"b\":1}", "expected {\"a\":1}, found"},
        {"{\"const\":null}", "false", "expected null, found false"},
        {"{\"const\":false}", "0", "expected false, found 0"},
        {"{\"uniqueItems\":true}", "[1,\"1\",[1],{\"a\":1}]", NULL},
        {"{\"uniqueItems\":true}", "[1,2,1.0]", "items 0 and 2 are the same"},
        {"{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", "items 0 and 1"},
        {"{\"uniqueItems\":false}", "[1,1]", NULL},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void bounds_hold_for_the_types_that_they_are_about(void **state)
{
    static const struct row rows[] = {
        {"{\"minimum\":1}", "1", NULL},
        {"{\"minimum\":1}", "0.9", "expected at least 1"},
        {"{\"minimum\":1}", "\"0\"", NULL},
        {"{\"maximum\":1.5}", "1.5", NULL},
        {"{\"maximum\":1.5}", "2", "expected at most 1.5"},
        {"{\"exclusiveMinimum\":1}", "1", "expected more than 1"},
        {"{\"exclusiveMaximum\":1}", "1", "expected less than 1"},
        {"{\"exclusiveMaximum\":1}", "0", NULL},
        {"{\"minimum\":1,\"exclusiveMinimum\":true}", "1", "expected more than 1"},
        {"{\"maximum\":1,\"exclusiveMaximum\":true}", "1", "expected less than 1"},
        {"{\"maximum\":1,\"exclusiveMaximum\":false}", "1", NULL},
        {"{\"maximum\":9007199254740992}", "9007199254740993", "expected at most"},
        {"{\"minLength\":2}", "\"\\u00e4\"", "expected at least 2 characters, found 1"},
        {"{\"maxLength\":1}", "\"\\u00e4\"", NULL},
        {"{\"maxLength\":1}", "\"\\ud83d\\ude00\"", NULL},
        {"{\"maxLength\":1}", "\"ab\"", "expected at most 1 characters, found 2"},
        {"{\"maxLength\":1}", "[1,2]", NULL},
        {"{\"minItems\":1}", "[]", "expected at least 1 items, found 0"},
        {"{\"minItems\":1}", "{}", NULL},
        {"{\"maxItems\":1}", "[1,2]", "expected at most 1 items, found 2"},
        {"{\"minProperties\":1}", "{}", "expected at least 1 fields, found 0"},
        {"{\"maxProperties\":1}", "{\"a\":1,\"b\":1}", "expected at most 1 fields, found 2"},
        {"{\"maxProperties\":1}", "[]", NULL},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void patterns_match_anywhere_unless_anchored(void **state)
{
    static const struct row rows[] = {
        {"{\"pattern\":\"b\"}", "\"abc\"", NULL},
        {"{\"pattern\":\"^b\"}", "\"abc\"", "'abc' does not match the pattern '^b'"},
        {"{\"pattern\":\"^b\"}", "7", NULL},
        {"{\"pattern\":\"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$\"}", "\"my-volume\"", NULL},
        {"{\"pattern\":\"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$\"}", "\"my-\"", "does not match"},
        {"{\"pattern\":\"^[a-z]+$\"}", "\"a\\n\"", "does not match"},
        {"{\"pattern\":\"^a.c$\"}", "\"a\\nc\"", "does not match"}, /* "." is no line end */
        {"{\"pattern\":\"^\\\\d{2}\\\\s\\\\w+\\\\.$\"}", "\"12 a_1.\"", NULL},
        {"{\"pattern\":\"^\\\\d$\"}", "\"d\"", "does not match"},
        {"{\"pattern\":\"^a\\\\/b\\\\-c$\"}", "\"a/b-c\"", NULL},
        {"{\"pattern\":\"^[^/]+$\"}", "\"a/b\"", "does not match"},
        {"{\"pattern\":\"^[.+*?]$\"}", "\"?\"", NULL},
        {"{\"pattern\":\"^(a|bc){2,3}$\"}", "\"abca\"", NULL},
        {"{\"pattern\":\"^[^\\u00b5]$\"}", "\"m\"", NULL},
        {"{\"pattern\":\"^[0-9]+(\\u00b5s|ms)$\"}", "\"7\\u00b5s\"", NULL},
        {"{\"pattern\":\"a\"}", "\"a\\u0000\"", "does not match"},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void objects_and_lists_are_held_against_the_schemas_of_their_parts(void **state)
{
    static const struct row rows[] = {
        {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"b\":1}", NULL},
        {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}",
         "at /a: expected a string, found a number"},
        {"{\"properties\":{\"a/b~\":{\"items\":{\"type\":\"string\"}}}}", "{\"a/b~\":[\"x\",1]}",
         "at /a~1b~0/1: expected a string"},
        {"{\"required\":[\"a\",\"b\"]}", "{\"a\":null}", "field 'b' is required"},
        {"{\"required\":[\"a\"]}", "[]", NULL},
        {"{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"a\":1}", NULL},
        {"{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"b\":1}",
         "field 'b' is not allowed"},
        {"{\"properties\":{\"a\":false}}", "{\"a\":1}", "at /a: nothing is allowed here"},
        {"{\"properties\":{\"a\":true},\"additionalProperties\":{\"type\":\"string\"}}",
         "{\"a\":1,\"b\":2}", "at /b: expected a string"},
        {"{\"propertyNames\":{\"maxLength\":1}}", "{\"a\":1}", NULL},
        {"{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}", "at /ab: expected at most 1"},
        {"{\"items\":{\"minimum\":1}}", "[1,2,0]", "at /2: expected at least 1"},
        {"{\"items\":{\"minimum\":1}}", "{\"a\":0}", NULL},
        {"{\"items\":false}", "[]", NULL},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void schemas_combine(void **state)
{
    static const struct row rows[] = {
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "2", NULL},
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", "expected at most 2"},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "7", NULL},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "3",
         "none of the 2 schemas of anyOf fits"},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":5}]}", "3", NULL},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":5}]}", "7", "one schema of oneOf to fit, 2 do"},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":5}]}", "0", "one schema of oneOf to fit, 0 do"},
        {"{\"not\":{\"required\":[\"a\"]}}", "{\"b\":1}", NULL},
        {"{\"not\":{\"required\":[\"a\"]}}", "{\"a\":1}", "what 'not' describes"},
        {"{\"if\":{\"minimum\":5},\"then\":{\"maximum\":6},\"else\":{\"maximum\":1}}", "6", NULL},
        {"{\"if\":{\"minimum\":5},\"then\":{\"maximum\":6},\"else\":{\"maximum\":1}}", "7",
         "expected at most 6"},
        {"{\"if\":{\"minimum\":5},\"then\":{\"maximum\":6},\"else\":{\"maximum\":1}}", "2",
         "expected at most 1"},
        {"{\"if\":{\"minimum\":5}}", "7", NULL},
        {"{\"then\":false,\"else\":false}", "7", NULL},
        {"{\"$defs\":{\"n\":{\"type\":\"number\"}},\"items\":{\"$ref\":\"#/$defs/n\"}}", "[\"x\"]",
         "at /0: expected a number"},
        {"{\"definitions\":{\"a/b\":[{\"type\":\"null\"}]},\"$ref\":\"#/definitions/a~1b/0\"}", "1",
         "expected null"},
        {"{\"properties\":{\"next\":{\"$ref\":\"#\"}},\"additionalProperties\":false}",
         "{\"next\":{\"next\":{\"x\":1}}}", "at /next/next: field 'x' is not allowed"},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void annotations_are_passed_over(void **state)
{
    static const struct row rows[] = {
        {"{\"title\":\"t\",\"description\":\"d\",\"default\":1,\"examples\":[1],\"deprecated\":true,"
         "\"$schema\":\"s\",\"$id\":\"i\",\"$comment\":\"c\",\"format\":\"int64\","
         "\"x-kubernetes-validations\":[{\"rule\":\"false\"}]}",
         "\"x\"", NULL},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void what_the_validator_does_not_know_is_an_error(void **state)
{
    static const struct row rows[] = {
        {"{\"maxLenght\":1}", "1", "at the root: keyword 'maxLenght' is not supported"},
        {"{\"properties\":{\"a\":{\"multipleOf\":2}}}", "{\"a\":2}",
         "at /a: keyword 'multipleOf' is not supported"},
        {"{\"anyOf\":[{\"contains\":1},true]}", "1", "keyword 'contains' is not supported"},
        {"{\"not\":{\"contains\":1}}", "1", "keyword 'contains' is not supported"},
        {"{\"if\":{\"contains\":1}}", "1", "keyword 'contains' is not supported"},
        {"{\"x-kubernetes-group-version-kind\":[]}", "1", "is not supported"},
        {"{\"items\":[true]}", "[1]", "a list of schemas for 'items' is not supported"},
        {"{\"type\":\"int\"}", "1", "names an unknown type"},
        {"{\"type\":7}", "1", "names an unknown type"},
        {"{\"enum\":1}", "1", "keyword 'enum' is no list"},
        {"{\"required\":\"a\"}", "{}", "keyword 'required' is no list"},
        {"{\"properties\":[]}", "{}", "keyword 'properties' is no object"},
        {"{\"items\":1}", "[1]", "neither an object nor a boolean"},
        {"{\"anyOf\":{}}", "1", "need a list of schemas"},
        {"{\"allOf\":[]}", "1", "need a list of schemas"},
        {"{\"minLength\":\"1\"}", "\"x\"", "a limit is no count"},
        {"{\"minLength\":-1}", "\"x\"", "a limit is no count"},
        {"{\"minimum\":\"1\"}", "1", "the bound of a number is no number"},
        {"{\"$ref\":\"#/$defs/x\"}", "1", "$ref '#/$defs/x' leads nowhere"},
        {"{\"$ref\":\"other.json\"}", "1", "$ref 'other.json' leads nowhere"},
        {"{\"$ref\":\"#\"}", "1", "more than 1024 schemas deep"},
        {"{\"x-kubernetes-list-type\":\"bag\"}", "[]", "x-kubernetes-list-type 'bag' is unknown"},
        {"{\"x-kubernetes-list-type\":\"map\"}", "[]", "no x-kubernetes-list-map-keys"},
        {"{\"x-kubernetes-map-type\":\"bag\"}", "{}", "x-kubernetes-map-type 'bag' is unknown"},
        {"{\"nullable\":1}", "1", "a flag is no boolean"},
        {"{\"pattern\":\"(?i)a\"}", "\"x\"", "pattern '(?i)a' is not supported: a group with '(?'"},
        {"{\"pattern\":\"a*?\"}", "\"x\"", "lazy or possessive"},
        {"{\"pattern\":\"\\\\bx\"}", "\"x\"", "an escape of another character"},
        {"{\"pattern\":\"x\\\\\"}", "\"x\"", "an escape of another character"},
        {"{\"pattern\":\"[\\\\.]\"}", "\"x\"", "a backslash in brackets"},
        {"{\"pattern\":\"[[:alpha:]]\"}", "\"x\"", "a class in brackets"},
        {"{\"pattern\":\"[]\"}", "\"x\"", "empty or does not end"},
        {"{\"pattern\":\"[^]x]\"}", "\"x\"", "empty or does not end"},
        {"{\"pattern\":\"[a\"}", "\"x\"", "empty or does not end"},
        {"{\"pattern\":\"(a\"}", "\"x\"", "regcomp() refuses it"},
        {"{\"pattern\":\"a{2,1}\"}", "\"x\"", "regcomp() refuses it"},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INTERNAL)
}

static void kubernetes_extensions_are_held(void **state)
{
    static const struct row rows[] = {
        {"{\"type\":\"string\",\"nullable\":true}", "null", NULL},
        {"{\"type\":\"string\",\"nullable\":true}", "1", "expected a string"},
        {"{\"type\":\"string\",\"nullable\":false}", "null", "expected a string"},
        {"{\"x-kubernetes-int-or-string\":true}", "\"80%\"", NULL},
        {"{\"x-kubernetes-int-or-string\":true}", "80", NULL},
        {"{\"x-kubernetes-int-or-string\":true}", "80.5", "expected an integer or a string"},
        {"{\"x-kubernetes-int-or-string\":true}", "null", "expected an integer or a string"},
        {"{\"x-kubernetes-int-or-string\":true,\"nullable\":true}", "null", NULL},
        {"{\"x-kubernetes-list-type\":\"set\"}", "[\"a\",\"b\"]", NULL},
        {"{\"x-kubernetes-list-type\":\"set\"}", "[\"a\",\"b\",\"a\"]", "items 0 and 2"},
        {"{\"x-kubernetes-list-type\":\"atomic\"}", "[\"a\",\"a\"]", NULL},
        {"{\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"mountPath\"]}",
         "[{\"mountPath\":\"/a\",\"name\":\"x\"},{\"mountPath\":\"/b\",\"name\":\"x\"}]", NULL},
        {"{\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"mountPath\"]}",
         "[{\"mountPath\":\"/a\",\"name\":\"x\"},{\"mountPath\":\"/a\",\"name\":\"y\"}]",
         "items 0 and 1 have the same 'mountPath', and no two may"},
        {"{\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"port\",\"proto\"],"
         "\"items\":{\"properties\":{\"proto\":{\"default\":\"TCP\"}}}}",
         "[{\"port\":80},{\"port\":80,\"proto\":\"UDP\"}]", NULL},
        {"{\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"port\",\"proto\"],"
         "\"items\":{\"properties\":{\"proto\":{\"default\":\"TCP\"}}}}",
         "[{\"port\":80},{\"port\":80,\"proto\":\"TCP\"}]", "items 0 and 1"},
        {"{\"x-kubernetes-map-type\":\"atomic\"}", "{\"a\":1}", NULL},
        {"{\"x-kubernetes-embedded-resource\":true}", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}",
         NULL},
        {"{\"x-kubernetes-embedded-resource\":true}", "{\"kind\":\"Pod\"}", "apiVersion and kind"},
        {"{\"x-kubernetes-embedded-resource\":true}",
         "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":[]}", "an object as metadata"},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

#define WITH_SPEC(spec) "{\"type\":\"object\",\"properties\":{\"spec\":" spec "}}"
#define LOST            "is not in the schema, the API server would drop it"

static void a_field_that_would_be_lost_is_an_error(void **state)
{
    static const struct row rows[] = {
        {WITH_SPEC("{\"type\":\"object\"}"), "{\"spec\":{}}", NULL},
        {WITH_SPEC("{\"type\":\"object\"}"), "{\"spec\":{\"a\":1}}", "at /spec: field 'a' " LOST},
        {WITH_SPEC("{\"type\":\"object\"}"), "{\"speck\":{}}", "at the root: field 'speck' " LOST},
        {WITH_SPEC(
             "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"a\":true}}}"),
         "{\"spec\":[{\"a\":1},{\"b\":1}]}", "at /spec/1: field 'b' " LOST},
        {WITH_SPEC("{\"additionalProperties\":{\"type\":\"object\"}}"),
         "{\"spec\":{\"a\":{\"b\":1}}}", "at /spec/a: field 'b' " LOST},
        {WITH_SPEC("{\"x-kubernetes-preserve-unknown-fields\":true}"),
         "{\"spec\":{\"a\":{\"b\":1}}}", NULL},
        {WITH_SPEC("{\"x-kubernetes-preserve-unknown-fields\":true,"
                   "\"properties\":{\"a\":{\"type\":\"object\"}}}"),
         "{\"spec\":{\"x\":1,\"a\":{\"b\":1}}}", "at /spec/a: field 'b' " LOST},
        {WITH_SPEC("{\"type\":\"object\",\"properties\":{\"a\":{}},"
                   "\"anyOf\":[{\"required\":[\"a\"]},{\"properties\":{\"b\":{}}}]}"),
         "{\"spec\":{\"a\":1}}", NULL},
        {WITH_SPEC("{\"type\":\"object\",\"properties\":{\"a\":{}},"
                   "\"allOf\":[{\"properties\":{\"b\":{}}}]}"),
         "{\"spec\":{\"b\":1}}", "field 'b' " LOST}, /* only the skeleton keeps fields */
        {"{\"properties\":{\"metadata\":{\"type\":\"object\"}}}",
         "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"labels\":{\"a\":\"b\"}}}", NULL},
        {WITH_SPEC("{\"type\":\"object\",\"properties\":{\"metadata\":{\"type\":\"object\"}}}"),
         "{\"spec\":{\"metadata\":{\"labels\":{}}}}", "at /spec/metadata: field 'labels' " LOST},
        {WITH_SPEC("{\"type\":\"object\",\"x-kubernetes-embedded-resource\":true}"),
         "{\"spec\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"a\":1}}}", NULL},
        {WITH_SPEC("{\"type\":\"object\",\"x-kubernetes-embedded-resource\":true}"),
         "{\"spec\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{}}}", "field 'spec' " LOST},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate_structural, ERR_INVALID)
}

static void a_field_that_would_be_lost_is_fine_without_asking_for_structure(void **state)
{
    static const struct row rows[] = {
        {WITH_SPEC("{\"type\":\"object\"}"), "{\"spec\":{\"a\":1}}", NULL},
    };

    (void)state;
    CHECK_ROWS(rows, schema_validate, ERR_INVALID)
}

static void the_deepest_value_can_be_judged(void **state)
{
    json_auto_t *schema = parse("{\"$defs\":{\"any\":{\"anyOf\":[{\"type\":\"array\","
                                "\"items\":{\"$ref\":\"#/$defs/any\"}},{\"type\":\"null\"}]}},"
                                "\"$ref\":\"#/$defs/any\"}");
    char text[2 * JSON_DEPTH_MAX + 1];
    struct err err = {0};

    (void)state;
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    text[sizeof(text) - 1] = '\0';
    json_auto_t *value = parse(text);
    assert_int_equal(schema_validate(schema, value, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_told_apart),
        cmocka_unit_test(values_are_compared_as_json_schema_compares),
        cmocka_unit_test(bounds_hold_for_the_types_that_they_are_about),
        cmocka_unit_test(patterns_match_anywhere_unless_anchored),
        cmocka_unit_test(objects_and_lists_are_held_against_the_schemas_of_their_parts),
        cmocka_unit_test(schemas_combine),
        cmocka_unit_test(annotations_are_passed_over),
        cmocka_unit_test(what_the_validator_does_not_know_is_an_error),
        cmocka_unit_test(kubernetes_extensions_are_held),
        cmocka_unit_test(a_field_that_would_be_lost_is_an_error),
        cmocka_unit_test(a_field_that_would_be_lost_is_fine_without_asking_for_structure),
        cmocka_unit_test(the_deepest_value_can_be_judged),
    };

    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
