/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "tests/test.h"

static void a_wrapped_message_keeps_its_code_and_its_end(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(err_set(&err, ERR_TOO_BIG, "%d bytes", 7), -1);
    assert_int_equal(err_wrap(&err, "file '%s'", "a.yaml"), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "file 'a.yaml': 7 bytes");
}

static void a_message_longer_than_its_room_is_cut(void **state)
{
    char text[2 * ERR_MSG_SIZE];
    struct err err = {0};

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    err_set(&err, ERR_INVALID, "%s", text);
    assert_int_equal(strlen(err.msg), ERR_MSG_SIZE - 1);
    err_wrap(&err, "%s", text);
    assert_true(strlen(err.msg) < ERR_MSG_SIZE);
}

static void a_system_error_says_what_and_why(void **state)
{
    struct err err = {0};

    (void)state;
    errno = ENOENT;
    assert_int_equal(err_set_errno(&err, "file '%s'", "a.yaml"), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.msg, "file 'a.yaml': No such file or directory");
    errno = EACCES;
    assert_int_equal(err_set_errno(&err, "file '%s'", "a.yaml"), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_string_equal(err.msg, "file 'a.yaml': Permission denied");
}

static void wrapping_loses_the_context_before_the_message(void **state)
{
    char context[2 * ERR_MSG_SIZE];
    struct err err = {0};

    (void)state;
    memset(context, 'x', sizeof(context) - 1);
    context[sizeof(context) - 1] = '\0';
    err_set(&err, ERR_INVALID, "%400s", "expected a name");
    err_wrap(&err, "%s", context);
    assert_non_null(strstr(err.msg, ": "));
    assert_non_null(strstr(err.msg, "expected a name"));
}

static void a_message_can_be_made_from_itself(void **state)
{
    struct err err = {0};

    (void)state;
    err_set(&err, ERR_IO, "disk");
    err_set(&err, ERR_INTERNAL, "%s and %s", err.msg, err.msg);
    err_wrap(&err, "%s", err.msg);
    assert_string_equal(err.msg, "disk and disk: disk and disk");
}

static void foreign_text_cannot_break_the_line_or_steer_a_terminal(void **state)
{
    struct err err = {0};

    (void)state;
    err_set(&err, ERR_INVALID, "key '%s'", "a\nb\x1b[2J\x7f\xc2\x9b\xe2\x80\xae");
    assert_string_equal(err.msg, "key 'a.b.[2J...'");
    err_wrap(&err, "file '%s'", "a\r.yaml");
    assert_string_equal(err.msg, "file 'a..yaml': key 'a.b.[2J...'");
}

static void a_message_is_valid_utf8_wherever_it_is_cut(void **state)
{
    char text[2 * ERR_MSG_SIZE];
    struct err err = {0};

    (void)state;
    err_set(&err, ERR_INVALID, "%s", "a\xff\xc3");
    assert_string_equal(err.msg, "a..");
    for (size_t lead = 0; lead < 4; lead++) {
        memset(text, 'x', lead);
        for (size_t i = lead; i + 4 < sizeof(text); i += 4) {
            memcpy(text + i, "\xf0\x9f\x98\x80", 5);
        }
        err_set(&err, ERR_INVALID, "%s", text);
        assert_true(strlen(err.msg) > ERR_MSG_SIZE - 5);
        assert_int_equal((strlen(err.msg) - lead) % 4, 0);
        assert_null(strchr(err.msg, '.'));
    }
}

static void a_caret_stands_under_the_offending_character(void **state)
{
    const char *text = "a: 1\nb: \xc3\xa4 x\nc: 2\n";
    struct err err = {0};

    (void)state;
    err_set(&err, ERR_INVALID, "x");
    err_point_at(&err, text, strlen(text), 11);
    assert_string_equal(err.excerpt, "b: \xc3\xa4 x\n     ^");
}

static void control_characters_take_one_column_of_an_excerpt(void **state)
{
    const char *text = "\ta\xc2\x9b\xff: \x1b[31mx";
    struct err err = {0};

    (void)state;
    err_set(&err, ERR_INVALID, "x");
    err_point_at(&err, text, strlen(text), strlen(text) - 1);
    assert_string_equal(err.excerpt, ".a..: .[31mx\n           ^");
}

static void an_excerpt_shows_a_long_line_around_the_caret(void **state)
{
    char text[4000];
    struct err err = {0};

    (void)state;
    memset(text, '\xa4', sizeof(text));
    for (size_t offset = 0; offset <= sizeof(text); offset += 50) {
        err_set(&err, ERR_INVALID, "x");
        err_point_at(&err, text, sizeof(text), offset);
        assert_non_null(strchr(err.excerpt, '^'));
    }
    memset(text, 'y', sizeof(text));
    err_point_at(&err, text, sizeof(text), 2000);
    assert_int_equal(strcspn(err.excerpt, "\n"), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrapped_message_keeps_its_code_and_its_end),
        cmocka_unit_test(a_message_longer_than_its_room_is_cut),
        cmocka_unit_test(a_system_error_says_what_and_why),
        cmocka_unit_test(wrapping_loses_the_context_before_the_message),
        cmocka_unit_test(a_message_can_be_made_from_itself),
        cmocka_unit_test(foreign_text_cannot_break_the_line_or_steer_a_terminal),
        cmocka_unit_test(a_message_is_valid_utf8_wherever_it_is_cut),
        cmocka_unit_test(a_caret_stands_under_the_offending_character),
        cmocka_unit_test(control_characters_take_one_column_of_an_excerpt),
        cmocka_unit_test(an_excerpt_shows_a_long_line_around_the_caret),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
