/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_out.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_out.h"
#include "base/yaml.h"
#include "tests/test.h"

#define OUT_MAX ((size_t)16 * 1024 * 1024)

/* What an item is compared with when it was read back. Owner: the caller. */
static json_t *write_and_read(const json_t *value, struct buf *text)
{
    struct err err = {0};
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    json_t *read = NULL;
    json_t *rest = NULL;

    assert_int_equal(yaml_out(text, value, &err), 0);
    assert_int_equal(text->bytes[text->len - 1], '\n');
    reader = yaml_reader_new("out", text->bytes, text->len, YAML_KUBECTL, &err);
    assert_non_null(reader);
    if (yaml_reader_next(reader, &read, &err) < 0 || yaml_reader_next(reader, &rest, &err) < 0) {
        fail_msg("%s\n%s", err.msg, buf_text(text));
    }
    assert_null(rest);
    return read;
}

static void check_round_trip(const json_t *value)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);
    CLEANUP(buf_clear) struct buf json = BUF_INIT(OUT_MAX);
    json_auto_t *read = write_and_read(value, &text);

    if (!json_equal(read, value)) {
        json_out_value(&(struct json_out){.buf = &json}, value);
        fail_msg("%.2000s\nwas written as\n%.2000s", buf_text(&json), buf_text(&text));
    }
}

static void values_are_written_as_kubectl_prints_them(void **state)
{
    static const struct {
        const char *json;
        const char *yaml;
    } rows[] = {
        {"{\"spec\":{\"templates\":[{\"name\":\"a\",\"args\":[\"x\",1]},{\"name\":\"b\"}]}}",
         "spec:\n  templates:\n  - name: a\n    args:\n    - x\n    - 1\n  - name: b\n"},
        {"{\"b\":[],\"a\":{},\"c\":null,\"d\":true,\"e\":false}",
         "b: []\na: {}\nc: null\nd: true\ne: false\n"},
        {"[[1,[2]],[{\"a\":[3]}]]", "- - 1\n  - - 2\n- - a:\n    - 3\n"},
        {"{\"a\":0.1,\"b\":1e21,\"c\":18446744073709551616,\"d\":-9223372036854775808}",
         "a: 0.1\nb: 1e+21\nc: 18446744073709552000\nd: -9223372036854775808\n"},
        {"{\"a\":\"b\\nc\\n\",\"d\":\"e\\nf\",\"g\":\"h\\n\\n\",\"i\":\"j\\n\"}",
         "a: |\n  b\n  c\nd: |-\n  e\n  f\ng: |+\n  h\n\ni: |\n  j\n"},
        {"[\"#!/bin/sh\\nset -e\\necho \\\"${A}\\\" # b\\n\\n  c: d\\n\"]",
         "- |\n  #!/bin/sh\n  set -e\n  echo \"${A}\" # b\n\n    c: d\n"},
        {"\"a\"", "a\n"},
        {"[]", "[]\n"},
        {"{}", "{}\n"},
        {"null", "null\n"},
        {"\"\"", "''\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);
        struct err err = {0};
        json_auto_t *value = json_parse(rows[i].json, strlen(rows[i].json), &err);
        assert_non_null(value);
        assert_int_equal(yaml_out(&text, value, &err), 0);
        assert_string_equal(buf_text(&text), rows[i].yaml);
        check_round_trip(value);
    }
}

static const struct {
    const char *string;
    const char *yaml;
} quoted[] = {
    /* none does */
    {"a", "a"},
    {"a b", "a b"},
    {"it's", "it's"},
    {"/bin/sh", "/bin/sh"},
    {"-c", "-c"},
    {"--flag=x", "--flag=x"},
    {"a:b", "a:b"},
    {"http://a/b?c=d#e", "http://a/b?c=d#e"},
    {"a#b", "a#b"},
    {"10Gi", "10Gi"},
    {"v3.7.7", "v3.7.7"},
    {"1.2.3", "1.2.3"},
    {"192.168.0.1", "192.168.0.1"},
    {"\xc3\xa4", "\xc3\xa4"},
    {"true story", "true story"},
    {"$(date)", "$(date)"},
    /* it would be something else */
    {"true", "'true'"},
    {"True", "'True'"},
    {"yes", "'yes'"},
    {"Y", "'Y'"},
    {"n", "'n'"},
    {"off", "'off'"},
    {"null", "'null'"},
    {"~", "'~'"},
    {"", "''"},
    {"1", "'1'"},
    {"-1", "'-1'"},
    {"+1", "'+1'"},
    {"010", "'010'"},
    {"08", "'08'"},
    {"0o17", "'0o17'"},
    {"0x1F", "'0x1F'"},
    {"0b11", "'0b11'"},
    {"1_000", "'1_000'"},
    {"1.0", "'1.0'"},
    {"1.", "'1.'"},
    {".5", "'.5'"},
    {"1e3", "'1e3'"},
    {"1e400", "'1e400'"},
    {".inf", "'.inf'"},
    {"-.INF", "'-.INF'"},
    {".NaN", "'.NaN'"},
    {"1:30", "'1:30'"},
    {"190:20:30.15", "'190:20:30.15'"},
    {"2001-01-01", "'2001-01-01'"},
    {"2001-12-14 21:59:43.10 -5", "'2001-12-14 21:59:43.10 -5'"},
    {"=", "'='"},
    {"<<", "'<<'"},
    {"-", "'-'"},
    {"?", "'?'"},
    /* it would not end where it does, or not be a string at all */
    {" a", "' a'"},
    {"a ", "'a '"},
    {"a: b", "'a: b'"},
    {"a:", "'a:'"},
    {"a #b", "'a #b'"},
    {"#a", "'#a'"},
    {"- a", "'- a'"},
    {"? a", "'? a'"},
    {"[a]", "'[a]'"},
    {"{{a}}", "'{{a}}'"},
    {"{{inputs.parameters.x}}", "'{{inputs.parameters.x}}'"},
    {"&a", "'&a'"},
    {"*", "'*'"},
    {"!a", "'!a'"},
    {"|", "'|'"},
    {">", "'>'"},
    {"%a", "'%a'"},
    {"@a", "'@a'"},
    {"`a`", "'`a`'"},
    {"'a'", "'''a'''"},
    {"\"a\"", "'\"a\"'"},
    {"---", "'---'"},
    {"...", "'...'"},
    /* it has characters that only double quotes can show */
    {"a\tb", "\"a\\tb\""},
    {"a\rb", "\"a\\rb\""},
    {"\x01", "\"\\x01\""},
    {"\x7f", "\"\\x7F\""},
    {"\xc2\x85", "\"\\N\""},
    {"\xe2\x80\xa8", "\"\\L\""},
    {"a\n\xe2\x80\xa9", "\"a\\n\\P\""},
    {"\xef\xbb\xbf", "\"\\uFEFF\""},
    {"a \nb", "\"a \\nb\""},
    {"\xf0\x9f\x98\x80", "\"\\U0001F600\""}, /* kubectl does the same */
};

static void a_string_has_quotes_where_some_reader_needs_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);
        CLEANUP(buf_clear) struct buf expected = BUF_INIT(OUT_MAX);
        struct err err = {0};
        json_auto_t *value = json_pack("{s:s}", "key", quoted[i].string);
        json_auto_t *key = json_pack("{s:n}", quoted[i].string);
        assert_non_null(value);
        assert_int_equal(yaml_out(&text, value, &err), 0);
        buf_printf(&expected, "key: %s\n", quoted[i].yaml);
        assert_string_equal(buf_text(&text), buf_text(&expected));
        check_round_trip(key);
        check_round_trip(value);
    }
}

/* Pieces that nasty strings are made of. */
static const char *const pieces[] = {
    "",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "a",
    "# ",
    " #",
    "#",
    ": ",
    ":",
    " :",
    "- ",
    "-",
    "? ",
    "'",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a",
    "*a",
    "!",
    "|",
    ">",
    "%",
    "@",
    "`",
    "~",
    "<<",
    "=",
    "...",
    "---",
    "yes",
    "010",
    "1",
    "_",
    "e3",
    "0x1F",
    ":30",
    ".5",
    "2001-01-01",
    "\r",
    "\x01",
    "\x7f",
    "\xc2\x85",
    "\xc2\xa0",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xef\xbb\xbf",
    "\xc3\xa4",
    "\xf0\x9f\x98\x80",
};
#define N_PIECES (sizeof(pieces) / sizeof(pieces[0]))

/* @text as a value, an item and a key on several levels. */
static json_t *spread(const char *text)
{
    return json_pack("[s, [s], {s:s}, {s:[s, {s:s}]}, [[s, {s:[]}]]]", text, text, text, text, text,
                     text, text, text, text, text);
}

static void every_pair_of_nasty_pieces_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PIECES; i++) {
        json_auto_t *values = json_array();
        for (size_t j = 0; j < N_PIECES; j++) {
            CLEANUP(buf_clear) struct buf text = BUF_INIT(64);
            json_auto_t *alone = NULL;
            buf_printf(&text, "%s%s", pieces[i], pieces[j]);
            alone = json_string(buf_text(&text));
            check_round_trip(alone);
            assert_int_equal(json_array_append_new(values, spread(buf_text(&text))), 0);
        }
        check_round_trip(values);
    }
}

static void long_nasty_strings_read_back(void **state)
{
    json_auto_t *values = json_array();
    unsigned int random = 1;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(1024);
        for (unsigned int n = random >> 16 & 15; n > 0; n--) {
            random = random * 1103515245 + 12345;
            buf_add_text(&text, pieces[(random >> 16) % N_PIECES]);
        }
        random = random * 1103515245 + 12345;
        assert_int_equal(json_array_append_new(values, spread(buf_text(&text))), 0);
    }
    check_round_trip(values);
}

static void a_very_long_line_stays_one(void **state)
{
    static char line[100 * 1000];
    json_auto_t *value = NULL;
    CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(line) - 1; i++) {
        line[i] = i % 10 == 9 ? ' ' : 'x';
    }
    line[sizeof(line) - 2] = 'x';
    value = json_pack("{s:s, s:s}", "a", line, "b", "c\nd");
    check_round_trip(value);
    assert_int_equal(yaml_out(&text, value, &err), 0);
    assert_int_equal(strcspn(buf_text(&text), "\n"), sizeof(line) - 1 + strlen("a: "));
}

static void a_nul_within_a_string_is_kept(void **state)
{
    json_auto_t *value = json_stringn("a\0b\n", 4);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);
    struct err err = {0};

    (void)state;
    assert_int_equal(yaml_out(&text, value, &err), 0);
    assert_string_equal(buf_text(&text), "\"a\\0b\\n\"\n");
    check_round_trip(value);
}

static void documents_can_follow_each_other_in_one_buffer(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);
    json_auto_t *value = json_pack("{s:s}", "a", "b\n\n");
    struct err err = {0};

    (void)state;
    assert_int_equal(yaml_out(&text, value, &err), 0);
    buf_add_text(&text, "---\n");
    assert_int_equal(yaml_out(&text, value, &err), 0);
    assert_string_equal(buf_text(&text), "a: |+\n  b\n\n---\na: |+\n  b\n\n");
}

static void the_limit_of_the_buffer_is_an_error(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(10);
    json_auto_t *value = json_pack("[s, s, s]", "aaa", "bbb", "ccc");
    struct err err = {0};

    (void)state;
    assert_int_equal(yaml_out(&text, value, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_as_kubectl_prints_them),
        cmocka_unit_test(a_string_has_quotes_where_some_reader_needs_them),
        cmocka_unit_test(every_pair_of_nasty_pieces_reads_back),
        cmocka_unit_test(long_nasty_strings_read_back),
        cmocka_unit_test(a_very_long_line_stays_one),
        cmocka_unit_test(a_nul_within_a_string_is_kept),
        cmocka_unit_test(documents_can_follow_each_other_in_one_buffer),
        cmocka_unit_test(the_limit_of_the_buffer_is_an_error),
    };

    return cmocka_run_group_tests_name("yaml_out", tests, NULL, NULL);
}
