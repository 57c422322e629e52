/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

#include "base/yaml_test.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_come_one_after_the_other),
        cmocka_unit_test(what_may_not_stand_between_documents_is_refused),
        cmocka_unit_test(the_line_of_a_document_is_that_of_its_content),
        cmocka_unit_test(windows_texts_are_read_as_kubectl_reads_them),
        cmocka_unit_test(what_is_no_plain_text_is_refused),
        cmocka_unit_test(json_objects_are_read_as_json),
        cmocka_unit_test(an_error_shows_its_line_and_a_caret),
        cmocka_unit_test(every_value_and_key_has_a_place_when_strict),
    };

    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
