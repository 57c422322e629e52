/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json_out.h"
#include "tests/test.h"

#define OUT_MAX (64 * 1024)

/* Append all documents of @text as JSON, with " | " between them, or, where reading fails,
 * "refused: " and the message. */
static void read_all(enum yaml_reading reading, const char *text, size_t len, struct buf *out)
{
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("f", text, len, reading, &err);

    assert_non_null(reader);
    for (;;) {
        json_auto_t *document = NULL;
        if (yaml_reader_next(reader, &document, &err) < 0) {
            buf_printf(out, "%srefused: %s", out->len > 0 ? " | " : "", err.msg);
            assert_int_equal(yaml_reader_next(reader, &document, &err), 0);
            assert_null(document); /* at its end */
            return;
        }
        if (document == NULL) {
            assert_int_equal(err.code, ERR_NONE);
            return;
        }
        buf_add_text(out, out->len > 0 ? " | " : "");
        json_out_value(&(struct json_out){.buf = out}, document);
    }
}

static void
check_bytes(enum yaml_reading reading, const char *text, size_t len, const char *expected)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(OUT_MAX);

    read_all(reading, text, len, &out);
    if (strcmp(buf_text(&out), expected) != 0) {
        fail_msg("%s, read with %s\n  gives    %s\n  expected %s", text,
                 reading == YAML_STRICT ? "YAML_STRICT" : "YAML_KUBECTL", buf_text(&out), expected);
    }
}

static void check(enum yaml_reading reading, const char *text, const char *expected)
{
    check_bytes(reading, text, strlen(text), expected);
}

/* Documents */

static void documents_come_one_after_the_other(void **state)
{
    static const struct {
        const char *text;
        const char *documents;
    } rows[] = {
        {"", ""},
        {"\n \n", ""},
        {"# only a comment\n", ""},
        {"# c\n---\na\n", "\"a\""},
        {"a", "\"a\""},
        {"a\n---\nb\n", "\"a\" | \"b\""},
        {"---\na\n---  # c\nb\n---\t\nc", "\"a\" | \"b\" | \"c\""},
        {"---#c\na\n", "\"a\""},
        {"---\n---\n# c\n---\n", "null | null | null"},
        {"a\n...\n", "\"a\""},
        {"a\n...\n---\nb\n...\n", "\"a\" | \"b\""},
        {"~\n---\nnull\n", "null | null"},
        {"a: |\n  b\n  ---\n", "{\"a\":\"b\\n---\\n\"}"},
        {"- |\n a", "[\"a\\n\"]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(YAML_KUBECTL, rows[i].text, rows[i].documents);
        if (strchr(rows[i].text, '\t') == NULL) {
            check(YAML_STRICT, rows[i].text, rows[i].documents);
        }
    }
}

static void what_may_not_stand_between_documents_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *documents;
    } rows[] = {
        {"--- a\n", "refused: f:1:1: expected nothing but a comment behind '---' on its line"},
        {"a\n--- {b: c}\n",
         "\"a\" | refused: f:2:1: expected nothing but a comment behind '---' on its line"},
        {"a\n----\n",
         "\"a\" | refused: f:2:1: expected nothing but a comment behind '---' on its line"},
        {"%YAML 1.2\n---\na\n", "refused: f:1:1: directives ('%YAML', '%TAG') are not accepted"},
        {"a\n---\n# c\n%TAG ! !x\n---\nb\n",
         "\"a\" | refused: f:4:1: directives ('%YAML', '%TAG') are not accepted"},
        {"a\n...\nb\n", "\"a\" | refused: f:3:1: behind the end of the document: did not find "
                        "expected <document start>"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(YAML_KUBECTL, rows[i].text, rows[i].documents);
        check(YAML_STRICT, rows[i].text, rows[i].documents);
    }
}

static void the_line_of_a_document_is_that_of_its_content(void **state)
{
    const char *text = "# c\n---\n\n# d\na: 1\n---\nb: 2\n---\n";
    static const size_t lines[] = {5, 7, 9};
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("f", text, strlen(text), YAML_STRICT, &err);

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        json_auto_t *document = NULL;
        assert_int_equal(yaml_reader_next(reader, &document, &err), 0);
        assert_non_null(document);
        assert_int_equal(yaml_reader_line(reader), lines[i]);
    }
}

/* Texts that are more or less than UTF-8 with line feeds */

static void windows_texts_are_read_as_kubectl_reads_them(void **state)
{
    static const char utf16le[] = "\xff\xfe"
                                  "a\0:\0 \0\xe4\0=\xd8\0\xde\n\0-\0-\0-\0\n\0b\0";
    static const char utf16be[] = "\xfe\xff"
                                  "\0a\0:\0 \0\xe4\xd8=\xde\0\0\n\0-\0-\0-\0\n\0b";

    (void)state;
    check(YAML_KUBECTL, "a: |\r\n  b\r\n  c\r\n---\r\nd\r\n", "{\"a\":\"b\\nc\\n\"} | \"d\"");
    check(YAML_KUBECTL,
          "\xef\xbb\xbf"
          "a: 1\n---\n\xef\xbb\xbf"
          "b: 2\n",
          "{\"a\":1} | {\"b\":2}");
    check(YAML_KUBECTL, "\xef\xbb\xbf---\na\n", "\"a\"");
    check_bytes(YAML_KUBECTL, utf16le, sizeof(utf16le) - 1,
                "{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\"} | \"b\"");
    check_bytes(YAML_KUBECTL, utf16be, sizeof(utf16be) - 1,
                "{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\"} | \"b\"");
    check_bytes(YAML_KUBECTL,
                "\xff\xfe"
                "a\0b",
                5, "refused: f:1:2: not UTF-8");
    check_bytes(YAML_KUBECTL,
                "\xff\xfe"
                "a\0\0\xdc",
                6, "refused: f:1:2: not UTF-8");
}

static void what_is_no_plain_text_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *documents;
    } rows[] = {
        {"a: \x07", 4, "refused: f:1:4: a control character; expected text"},
        {"a: b\0c", 6, "refused: f:1:5: a control character; expected text"},
        {"# \x7f\n", 4, "refused: f:1:3: a control character; expected text"},
        {"\xc3\xa4: \xc2\x80", 6, "refused: f:1:4: a control character; expected text"},
        {"a: \xef\xbf\xbf", 6, "refused: f:1:4: no Unicode character; expected text"},
        {"a:\n  \xff", 6, "refused: f:2:3: not UTF-8"},
        {"a: \xc3", 4, "refused: f:1:4: not UTF-8"},
        {"a: \xc0\x80", 5, "refused: f:1:4: not UTF-8"},
        {"a: \xed\xa0\x80", 6, "refused: f:1:4: not UTF-8"},
        {"a: \xf4\x90\x80\x80", 7, "refused: f:1:4: not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_bytes(YAML_KUBECTL, rows[i].text, rows[i].len, rows[i].documents);
        check_bytes(YAML_STRICT, rows[i].text, rows[i].len, rows[i].documents);
    }
}

/* YAML_KUBECTL */

static void json_objects_are_read_as_json(void **state)
{
    static const struct {
        const char *text;
        const char *documents;
    } rows[] = {
        {"{\"a\":1}", "{\"a\":1}"},
        {" \n{\"a\":1}{\"b\":2}\n{\"c\":3}\n", "{\"a\":1} | {\"b\":2} | {\"c\":3}"},
        {"\xef\xbb\xbf{\"a\":\"\\ud83d\\ude00\\/\"}", "{\"a\":\"\xf0\x9f\x98\x80/\"}"},
        {"{\"a\":\"\xc2\x85\x7f\"}", "{\"a\":\"\xc2\x85\x7f\"}"},
        {"{\"a\":[1.0,1e3,-0.0,0.5,18446744073709551616]}",
         "{\"a\":[1,1000,0,0.5,18446744073709552000]}"},
        {"{\"a\":1}\n---\nb: yes\n", "{\"a\":1} | {\"b\":true}"},
        {"{\"a\":1}\n---\n{\"b\":2}\n", "{\"a\":1} | {\"b\":2}"},
        {"{\"a\":1}\n  b: 1\n  c: 2\n", "{\"a\":1} | {\"b\":1,\"c\":2}"},
        {"{\"a\":1}{\"b\":2}\nc: 3\n",
         "{\"a\":1} | {\"b\":2} | refused: f:2:1: expected a JSON object, as those before it"},
        {"{a: yes}", "{\"a\":true}"},
        {"{\"a\":1,\"a\":2,}", "{\"a\":2}"},
        {"{\"a\":\"\\ud800\"}", "refused: f:1:9: found invalid Unicode character escape code while "
                                "parsing a quoted scalar"},
        {"{\"a\":1",
         "refused: f:2:1: did not find expected ',' or '}' while parsing a flow mapping "
         "that starts on line 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(YAML_KUBECTL, rows[i].text, rows[i].documents);
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

/* YAML_STRICT */

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

static void an_error_shows_its_line_and_a_caret(void **state)
{
    const char *text = "a: 1\n---\nb:\n  \xc3\xa4: yes\n";
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("p.yaml", text, strlen(text), YAML_STRICT, &err);
    json_auto_t *first = NULL;
    json_auto_t *second = NULL;

    (void)state;
    assert_int_equal(yaml_reader_next(reader, &first, &err), 0);
    assert_int_equal(yaml_reader_next(reader, &second, &err), -1);
    assert_null(second);
    assert_memory_equal(err.msg, "p.yaml:4:6: 'yes'", strlen("p.yaml:4:6: 'yes'"));
    assert_string_equal(err.excerpt, "  \xc3\xa4: yes\n     ^");
}

static void every_value_and_key_has_a_place_when_strict(void **state)
{
    static const char text[] = "x: 1\n---\n"
                               "a:\n"
                               "- b: {\"c/d~e\": [1, two]}\n"
                               "  \xc3\xa4: \"\xc3\xa4\"\n"
                               "f:\n";
    static const struct {
        const char *pointer;
        _Bool key;
        size_t line;
        size_t column;
    } rows[] = {
        {"", 0, 3, 1},
        {"/a", 1, 3, 1},
        {"/a", 0, 4, 1},
        {"/a/0", 0, 4, 3},
        {"/a/0/b", 1, 4, 3},
        {"/a/0/b", 0, 4, 6},
        {"/a/0/b/c~1d~0e", 1, 4, 7},
        {"/a/0/b/c~1d~0e/1", 0, 4, 20},
        {"/a/0/\xc3\xa4", 1, 5, 3},
        {"/a/0/\xc3\xa4", 0, 5, 6},
        {"/f", 1, 6, 1},
        {"/f", 0, 6, 3},
    };
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("f", text, strlen(text), YAML_STRICT, &err);
    struct yaml_place place;

    (void)state;
    for (int i = 0; i < 2; i++) {
        json_auto_t *document = NULL;
        assert_int_equal(yaml_reader_next(reader, &document, &err), 0);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!yaml_reader_place(reader, rows[i].pointer, rows[i].key, &place) ||
            place.line != rows[i].line || place.column != rows[i].column) {
            fail_msg("'%s': %zu:%zu", rows[i].pointer, place.line, place.column);
        }
    }
    assert_int_equal(place.offset, sizeof(text) - 2);
    assert_false(yaml_reader_place(reader, "", 1, &place));
    assert_false(yaml_reader_place(reader, "/a/0", 1, &place));
    assert_false(yaml_reader_place(reader, "/a/1", 0, &place));
    assert_false(yaml_reader_place(reader, "/a/00", 0, &place));
    assert_false(yaml_reader_place(reader, "/x", 0, &place));
    assert_false(yaml_reader_place(reader, "a", 0, &place));
}

/* Limits */

/* @start and @end, each @n times. */
static char *repeat(const char *start, const char *end, size_t n)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(16 * 1024 * 1024);

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

static void a_document_with_too_many_values_is_refused(void **state)
{
    CLEANUP(free) char *text = repeat("- 1\n", "", YAML_VALUES_MAX);
    struct err err = {0};
    CLEANUP(yaml_reader_free)
    struct yaml_reader *reader = yaml_reader_new("f", text, strlen(text), YAML_KUBECTL, &err);
    json_t *document = NULL;

    (void)state;
    assert_int_equal(yaml_reader_next(reader, &document, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "f:999999:3: the document has more than 1000000 values");
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
        cmocka_unit_test(documents_come_one_after_the_other),
        cmocka_unit_test(what_may_not_stand_between_documents_is_refused),
        cmocka_unit_test(the_line_of_a_document_is_that_of_its_content),
        cmocka_unit_test(windows_texts_are_read_as_kubectl_reads_them),
        cmocka_unit_test(what_is_no_plain_text_is_refused),
        cmocka_unit_test(json_objects_are_read_as_json),
        cmocka_unit_test(aliases_merges_and_equal_keys_mean_what_they_mean_to_kubectl),
        cmocka_unit_test(what_kubectl_refuses_is_refused_with_its_place),
        cmocka_unit_test(an_alias_is_a_copy),
        cmocka_unit_test(what_readers_could_take_differently_is_refused_when_strict),
        cmocka_unit_test(what_people_write_is_accepted_when_strict),
        cmocka_unit_test(an_error_shows_its_line_and_a_caret),
        cmocka_unit_test(every_value_and_key_has_a_place_when_strict),
        cmocka_unit_test(deep_nesting_is_refused_early),
        cmocka_unit_test(what_an_alias_stands_for_counts_as_nesting),
        cmocka_unit_test(a_document_with_too_many_values_is_refused),
        cmocka_unit_test(aliases_may_make_up_as_much_of_a_document_as_for_kubectl),
    };

    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
