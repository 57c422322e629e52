/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/answer.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static int parse(const char *text,
                 bool closed,
                 enum answer_found *found,
                 struct answer *out,
                 size_t *used,
                 struct err *err)
{
    CLEANUP(buf_clear) struct buf received = BUF_INIT((size_t)64 * 1024);

    buf_add_text(&received, text);
    return answer_parse(&received, closed, found, out, used, err);
}

static void an_answer_has_status_headers_and_body(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\n"
                               "content-TYPE:  application/json \r\n"
                               "Content-Length: 2\r\n"
                               "\r\n{}HTTP/1.1 ";
    CLEANUP(answer_clear) struct answer answer = {0};
    char value[ANSWER_VALUE_SIZE];
    enum answer_found found;
    struct err err = {0};
    size_t used = 0;

    (void)state;
    assert_int_equal(parse(text, false, &found, &answer, &used, &err), 0);
    assert_int_equal(found, ANSWER_WHOLE);
    assert_int_equal(used, strlen(text) - strlen("HTTP/1.1 "));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, 2);
    assert_string_equal(answer.body, "{}");
    assert_true(answer_header(&answer, "Content-Type", value));
    assert_string_equal(value, "application/json");
    assert_true(answer_has(&answer, "CONTENT-LENGTH", "2"));
    assert_false(answer_has(&answer, "Content", "2"));
    assert_false(answer_header(&answer, "Retry-After", value));
}

static void each_shorter_text_is_a_part(void **state)
{
    static const char text[] = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nabc";

    (void)state;
    for (size_t len = 0; len < strlen(text); len++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        CLEANUP(free) char *part = strndup(text, len);
        enum answer_found found = ANSWER_WHOLE;
        struct err err = {0};
        size_t used;

        assert_int_equal(parse(part, false, &found, &answer, &used, &err), 0);
        assert_int_equal(found, ANSWER_PART);
        assert_null(answer.head);
        if (len > 0) { /* and when no more will come, it is wrong */
            assert_int_equal(parse(part, true, &found, &answer, &used, &err), -1);
            assert_int_equal(err.code, ERR_INVALID);
        }
    }
}

static void a_body_without_length_lasts_to_the_end(void **state)
{
    static const char text[] = "HTTP/1.0 400 Bad Request\r\n\r\nabc";
    CLEANUP(answer_clear) struct answer answer = {0};
    enum answer_found found;
    struct err err = {0};
    size_t used;

    (void)state;
    assert_int_equal(parse(text, false, &found, &answer, &used, &err), 0);
    assert_int_equal(found, ANSWER_PART);
    assert_int_equal(parse(text, true, &found, &answer, &used, &err), 0);
    assert_int_equal(found, ANSWER_WHOLE);
    assert_string_equal(answer.body, "abc");
}

static void what_is_no_answer_is_refused(void **state)
{
    static const char *const texts[] = {
        "\x15\x03\x03",
        "<html>",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 99 X\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 2000 X\r\n\r\n",
        "HTTP/1.1 2OO X\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP(answer_clear) struct answer answer = {0};
        enum answer_found found;
        struct err err = {0};
        size_t used;

        if (parse(texts[i], false, &found, &answer, &used, &err) == 0) {
            fail_msg("accepted: %s", texts[i]);
        }
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static void what_is_too_big_is_refused_before_it_is_there(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n";
    CLEANUP(buf_clear) struct buf head = BUF_INIT((size_t)64 * 1024);
    CLEANUP(answer_clear) struct answer answer = {0};
    enum answer_found found;
    struct err err = {0};
    size_t used;

    (void)state;
    assert_int_equal(parse(text, false, &found, &answer, &used, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    buf_add_text(&head, "HTTP/1.1 200 OK\r\nA: ");
    while (head.len <= ANSWER_HEAD_BYTES_MAX) {
        buf_add_char(&head, 'a');
    }
    assert_int_equal(answer_parse(&head, false, &found, &answer, &used, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_has_status_headers_and_body),
        cmocka_unit_test(each_shorter_text_is_a_part),
        cmocka_unit_test(a_body_without_length_lasts_to_the_end),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(what_is_too_big_is_refused_before_it_is_there),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
