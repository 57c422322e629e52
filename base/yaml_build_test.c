/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_build.h"

#include <stdio.h>
#include <string.h>

#include "base/yaml_test.h"

/* @start and @end, each @n times. */
static char *repeat(const char *start, const char *end, size_t n)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)16 * 1024 * 1024);

    for (size_t i = 0; i < n; i++) {
        buf_add_text(&text, start);
    }
    for (size_t i = 0; i < n; i++) {
        buf_add_text(&text, end);
    }
    return buf_take(&text);
}

static void check_repeated(const char *start, const char *end, size_t n, const char *expected)
{
    CLEANUP(free) char *text = repeat(start, end, n);
    CLEANUP(buf_clear) struct buf strict = BUF_INIT(OUT_MAX);
    CLEANUP(buf_clear) struct buf kubectl = BUF_INIT(OUT_MAX);

    read_all(YAML_STRICT, text, strlen(text), &strict);
    read_all(YAML_KUBECTL, text, strlen(text), &kubectl);
    if (strstr(buf_text(&strict), expected) == NULL ||
        strstr(buf_text(&kubectl), expected) == NULL) {
        fail_msg("%s%s x %zu: %s, %s", start, end, n, buf_text(&strict), buf_text(&kubectl));
    }
}

/* All measured with kubectl; tests/corpus/kubectl-typing.yaml has more. */
static void aliases_merges_and_equal_keys_mean_what_they_mean_to_kubectl(void **state)
{
    static const struct {
        const char *text;
        const char *documents;
    } rows[] = {
        {"{a: 1, b: 2, a: 3}", "{\"a\":3,\"b\":2}"},
        {"{on: 1, yes: 2}", "{\"true\":2}"},
        {"? a\n: b\n", "{\"a\":\"b\"}"},
        {"a: &x [1, {b: 2}]\nc: *x\n", "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}]}"},
        {"a: &x yes\n*x : *x\n", "{\"a\":true,\"true\":true}"},
        {"- &x 1e10\n- {*x : 1}\n", "[10000000000,{\"1e+10\":1}]"},
        {"a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}"},
        {"- &x ! yes\n- ! yes\n- *x\n", "[\"yes\",\"yes\",\"yes\"]"},
        {"a: 0\n<<: {a: 1}\nb: 2\n", "{\"a\":1,\"b\":2}"},
        {"<<: {a: 1}\na: 0\n", "{\"a\":0}"},
        {"<<: [{a: 1}, {a: 2, b: 2}]\n", "{\"a\":1,\"b\":2}"},
        {"<<: {<<: {a: 1}, a: 2}\n", "{\"a\":2}"},
        {"<<: {a: 2, <<: {a: 1}}\n", "{\"a\":1}"},
        {"x: &x {a: 1}\nz: {<<: [*x, {a: 2, c: 3}], d: 4}\n",
         "{\"x\":{\"a\":1},\"z\":{\"a\":1,\"c\":3,\"d\":4}}"},
        {"<<: []\n", "{}"},
        {"\"<<\": {a: 1}\n", "{\"<<\":{\"a\":1}}"},
        {"!!merge \"<<\": {a: 1}\n", "{\"a\":1}"},
        {"!!str <<: {a: 1}\n", "{\"<<\":{\"a\":1}}"},
        {"a: &k <<\n*k : {b: 1}\n", "{\"a\":\"<<\",\"<<\":{\"b\":1}}"},
        {"- <<\n", "[\"<<\"]"},
        {"!!set {a, b}\n", "{\"a\":null,\"b\":null}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(YAML_KUBECTL, rows[i].text, rows[i].documents);
    }
}

static void what_kubectl_refuses_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"a: .inf\n", "f:1:4: '.inf' is a number that JSON does not have: quote it"},
        {"a: !!int x\n", "f:1:4: 'x' is not what its tag '!!int' says"},
        {"a: !e!x 1\n", "f:1:4: found undefined tag handle while parsing a node"},
        {"a: *x\n", "f:1:4: alias '*x' stands for nothing: no anchor '&x' before it"},
        {"a: &x {b: *x}\n", "f:1:11: what anchor '&x' names contains itself"},
        {"~: 1\n", "f:1:1: '~' cannot be a key: quote it"},
        {"18446744073709551615: 1\n", "f:1:1: '18446744073709551615' cannot be a key: quote it"},
        {"\"a\\0\": 1\n", "f:1:1: a key cannot have a NUL character"},
        {"? [a]\n: 1\n", "f:1:3: a key is a string; found a list"},
        {"{{a: b}: 1}\n", "f:1:2: a key is a string; found a mapping"},
        {"a: &x [b]\n*x : 1\n", "f:2:1: what alias '*x' stands for cannot be a key"},
        {"<<: 1\n", "f:1:5: '<<' merges a mapping or a list of mappings; expected one"},
        {"<<: [[{a: 1}]]\n", "f:1:6: '<<' merges a mapping or a list of mappings; expected one"},
        {"<<: [a]\n", "f:1:6: '<<' merges a mapping or a list of mappings; expected one"},
        {"a: &x [{}]\n<<: *x\n",
         "f:2:5: '<<' merges a mapping or a list of mappings; expected one"},
        {"<<: &x {a: *x}\n", "f:1:12: what anchor '&x' names contains itself"},
        {"a: b: c\n", "f:1:5: mapping values are not allowed in this context"},
        {"a:\n\tb: c\n",
         "f:2:1: found character that cannot start any token while scanning for the "
         "next token"},
        {"a: [\n1\n", "f:3:1: did not find expected ',' or ']' while parsing a flow sequence that "
                      "starts on line 1"},
        {"\xc3\xa4: @\n", "f:1:4: found character that cannot start any token while scanning for "
                          "the next token"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char expected[256];
        (void)snprintf(expected, sizeof(expected), "refused: %s", rows[i].message);
        check(YAML_KUBECTL, rows[i].text, expected);
    }
}

static void an_alias_is_a_copy(void **state)
{
    const char *text = "a: &x {b: {c: 1}}\nd: *x\ne: {<<: *x}\n";
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("f", text, strlen(text), YAML_KUBECTL, &err);
    json_auto_t *document = NULL;
    json_t *inner;

    (void)state;
    assert_int_equal(yaml_reader_next(reader, &document, &err), 0);
    inner = json_object_get(json_object_get(document, "a"), "b");
    json_object_clear(inner);
    inner = json_object_get(json_object_get(document, "d"), "b");
    assert_int_equal(json_object_size(inner), 1);
    json_object_clear(inner);
    inner = json_object_get(json_object_get(document, "e"), "b");
    assert_int_equal(json_object_size(inner), 1);
}

static void deep_nesting_is_refused_early(void **state)
{
    (void)state;
    check_repeated("[", "]", YAML_DEPTH_MAX, "[[[");
    check_repeated("[", "]", YAML_DEPTH_MAX + 1, "f:1:65: nested deeper than 64 levels");
    check_repeated("[", "", 1000000, "f:1:65: nested deeper than 64 levels");
    check_repeated("{a: ", "", 100000, "f:1:257: nested deeper than 64 levels");
    check_repeated("{\"a\":", "}", 100000, "f:1:321: nested deeper than 64 levels");
    check_repeated("- ", "", 100000, "f:1:129: nested deeper than 64 levels");
    check_repeated("? ", "", 100000, "refused");
    check_repeated("[? ", "", 100000, "refused");
}

static void what_an_alias_stands_for_counts_as_nesting(void **state)
{
    CLEANUP(free) char *deep = repeat("[", "]", YAML_DEPTH_MAX - 1);
    char text[512];

    (void)state;
    (void)snprintf(text, sizeof(text), "- &a [%.*s]\n- [*a]\n", 2 * (YAML_DEPTH_MAX - 2), deep + 1);
    check(YAML_KUBECTL, text,
          "refused: f:2:4: nested deeper than 64 levels with what the alias stands for");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_merges_and_equal_keys_mean_what_they_mean_to_kubectl),
        cmocka_unit_test(what_kubectl_refuses_is_refused_with_its_place),
        cmocka_unit_test(an_alias_is_a_copy),
        cmocka_unit_test(deep_nesting_is_refused_early),
        cmocka_unit_test(what_an_alias_stands_for_counts_as_nesting),
    };

    return cmocka_run_group_tests_name("yaml_build", tests, NULL, NULL);
}
