/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_strict.h"

#include <stdio.h>
#include <string.h>

#include "base/yaml_test.h"

static void what_readers_could_take_differently_is_refused_when_strict(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"a: &x 1\n",
         "f:1:4: anchors ('&') and aliases ('*') are not accepted: write the value out"},
        {"&x a: 1\n",
         "f:1:1: anchors ('&') and aliases ('*') are not accepted: write the value out"},
        {"a: *x\n", "f:1:4: anchors ('&') and aliases ('*') are not accepted: write the value out"},
        {"a: !!str 1\n", "f:1:4: tags ('!') are not accepted: quote what is a string"},
        {"a: ! b\n", "f:1:4: tags ('!') are not accepted: quote what is a string"},
        {"a: ! \"b\"\n", "f:1:4: tags ('!') are not accepted: quote what is a string"},
        {"!x\n- a\n", "f:1:1: tags ('!') are not accepted: quote what is a string"},
        {"<<: {a: 1}\n", "f:1:1: merge keys ('<<') are not accepted: write the keys out"},
        {"a: 1\nb: 2\na: 3\n", "f:3:1: key 'a' stands twice in this mapping; expected it once"},
        {"a: 1\n\"a\": 3\n", "f:2:1: key 'a' stands twice in this mapping; expected it once"},
        {"on: 1\n", "f:1:1: 'on' is a key that some reader takes for no string: quote it"},
        {"a:\n  - 1: b\n", "f:2:5: '1' is a key that some reader takes for no string: quote it"},
        {"a: {~: b}\n", "f:1:5: '~' is a key that some reader takes for no string: quote it"},
        {"? a\n: b\n", "f:1:1: '?' is not accepted: write the key without it"},
        {"a: {? b : c}\n", "f:1:5: '?' is not accepted: write the key without it"},
        {"a: [? b : c]\n", "f:1:5: '?' is not accepted: write the key without it"},
        {"[a, b]: c\n", "f:1:1: a key is a string; found a list"},
        {"a: yes\n", "f:1:4: 'yes' means different things to different YAML readers: quote it, or "
                     "write true, false, null or a plain decimal number"},
        {"a: \"\\0\"\n", "f:1:4: the string has a control character; expected text"},
        {"\"\\e\": 1\n", "f:1:1: the string has a control character; expected text"},
        {"a:\tb\n", "f:1:3: a tab; expected spaces, or \"\\t\" within double quotes"},
        {"a: 1\r\n", "f:1:5: a carriage return; expected lines that end in a line feed alone"},
        {"\xef\xbb\xbf"
         "a: 1\n",
         "f:1:1: a byte order mark; expected UTF-8 without"},
        {"a: \"\xe2\x80\xa8\"\n",
         "f:1:5: a line break to some YAML readers only; expected a line feed"},
        {"a: \"b\"# c\n", "f:1:7: expected a space before the '#' of a comment"},
        {"a: [b]# c\n", "f:1:7: expected a space before the '#' of a comment"},
        {"a: |# c\n  b\n", "f:1:5: expected a space before the '#' of a comment"},
        {"a: |2-# c\n  b\n", "f:1:7: expected a space before the '#' of a comment"},
        {"a: |\n\n", "f:1:4: a block without text; expected text, or \"\""},
        {"a: [b,\nc]\n", "f:2:1: expected a line within brackets or quotes to be indented further "
                         "than what they belong to"},
        {"a:\n  b: {c: d\n  }\n", "f:3:3: expected a line within brackets or quotes to be indented "
                                  "further than what they belong to"},
        {"a: \"b\nc\"\n", "f:2:1: expected a line within brackets or quotes to be indented further "
                          "than what they belong to"},
        {"a: [-]\n", "f:1:5: '-' means different things to different YAML readers: quote it, or "
                     "write true, false, null or a plain decimal number"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char expected[256];
        (void)snprintf(expected, sizeof(expected), "refused: %s", rows[i].message);
        check(YAML_STRICT, rows[i].text, expected);
    }
}

static void what_people_write_is_accepted_when_strict(void **state)
{
    static const struct {
        const char *text;
        const char *document;
    } rows[] = {
        {"a: {b: [c, \"d\"], e: {}} # f\n", "{\"a\":{\"b\":[\"c\",\"d\"],\"e\":{}}}"},
        {"a:\n- b: 1\n  c: [d,\n    e]\n- |\n  # text\n  more\n",
         "{\"a\":[{\"b\":1,\"c\":[\"d\",\"e\"]},\"# text\\nmore\\n\"]}"},
        {"{\n\"a\": [\n1\n]}\n", "{\"a\":[1]}"},
        {"a: what?\nb: a#b\nc: \"#\"\n?d: -1\n",
         "{\"a\":\"what?\",\"b\":\"a#b\",\"c\":\"#\",\"?d\":-1}"},
        {"a: >-\n  b\n  c\n\n  d\n", "{\"a\":\"b c\\nd\"}"},
        {"a: \"b\n  c\"\nd: 'it''s'\n", "{\"a\":\"b c\",\"d\":\"it's\"}"},
        {"a:\nb: ~\n\"on\": \"yes\"\n", "{\"a\":null,\"b\":null,\"on\":\"yes\"}"},
        {"a: 10Gi\nb: 1:30\nc: 2001-01-01\nd: v3.7.7\ne: 3.7.7\n",
         "{\"a\":\"10Gi\",\"b\":\"1:30\",\"c\":\"2001-01-01\",\"d\":\"v3.7.7\",\"e\":\"3.7.7\"}"},
        {"\xc3\xa4: \xf0\x9f\x98\x80 # \xc3\xbc\n", "{\"\xc3\xa4\":\"\xf0\x9f\x98\x80\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(YAML_STRICT, rows[i].text, rows[i].document);
        check(YAML_KUBECTL, rows[i].text, rows[i].document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_readers_could_take_differently_is_refused_when_strict),
        cmocka_unit_test(what_people_write_is_accepted_when_strict),
    };

    return cmocka_run_group_tests_name("yaml_strict", tests, NULL, NULL);
}
