/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/watch_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

#define MEMORY ((size_t)1024 * 1024)

/* What was told, as text: "type json" a line. */
struct log {
    struct buf text;
    unsigned int stop_at; /* at which event to say no; 0: never */
    unsigned int n;
};

static int note(void *data, enum watch_stream_type type, json_t *object, struct err *err)
{
    struct log *log = data;

    log->n++;
    if (log->n == log->stop_at) {
        return err_set(err, ERR_CONFLICT, "enough");
    }
    buf_printf(&log->text, "%d ", (int)type);
    json_sorted(&log->text, object);
    buf_add_char(&log->text, '\n');
    return 0;
}

static const char several[] = "{\"type\":\"ADDED\",\"object\":{\"a\":1}}\n"
                              "\n \r\n"
                              "{\"type\":\"MODIFIED\",\"object\":{\"a\":\"\\n\"}}\r\n"
                              "{\"object\":{},\"type\":\"DELETED\",\"more\":[]}\n"
                              "{\"type\":\"BOOKMARK\",\"object\":{}}\n"
                              "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n"
                              "{\"type\":\"SHINY\",\"object\":{}}\n"
                              "{\"type\":\"added\",\"object\":{}}\n";
static const char told[] = "0 {\"a\":1}\n1 {\"a\":\"\\n\"}\n2 {}\n3 {}\n4 {\"code\":410}\n5 {}\n"
                           "5 {}\n";

static void events_come_out_whole_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t size = 1; size <= sizeof(several); size++) {
        CLEANUP(watch_stream_clear) struct watch_stream stream;
        struct log log = {.text = BUF_INIT(4096)};
        struct err err = {0};
        watch_stream_init(&stream, 64, MEMORY);
        for (size_t at = 0; at < sizeof(several) - 1; at += size) {
            const size_t left = sizeof(several) - 1 - at;
            /* On the heap, so that a sanitizer sees who reads beyond. */
            CLEANUP(free) char *piece = malloc(left < size ? left : size);
            assert_non_null(piece);
            memcpy(piece, several + at, left < size ? left : size);
            assert_int_equal(
                watch_stream_add(&stream, piece, left < size ? left : size, note, &log, &err), 0);
        }
        assert_string_equal(buf_text(&log.text), told);
        buf_clear(&log.text);
    }
}

static void what_has_not_ended_is_not_told(void **state)
{
    static const char half[] = "{\"type\":\"ADDED\",\"object\":{}}";
    CLEANUP(watch_stream_clear) struct watch_stream stream;
    struct log log = {.text = BUF_INIT(4096)};
    struct err err = {0};

    (void)state;
    watch_stream_init(&stream, 64, MEMORY);
    assert_int_equal(watch_stream_add(&stream, half, strlen(half), note, &log, &err), 0);
    assert_int_equal(log.n, 0);
    watch_stream_restart(&stream);
    assert_int_equal(watch_stream_add(&stream, "\n", 1, note, &log, &err), 0);
    assert_int_equal(log.n, 0);
    assert_int_equal(watch_stream_add(&stream, half, strlen(half), note, &log, &err), 0);
    assert_int_equal(watch_stream_add(&stream, "\n", 1, note, &log, &err), 0);
    assert_int_equal(log.n, 1);
    buf_clear(&log.text);
}

static void a_line_has_a_limit_and_the_stream_can_start_again(void **state)
{
    static const char line[] = "{\"type\":\"ADDED\",\"object\":{\"a\":\"0123456789\"}}\n";
    const size_t len = strlen(line) - 1;
    struct log log = {.text = BUF_INIT(4096)};
    struct err err = {0};

    (void)state;
    for (size_t max = len - 1; max <= len; max++) {
        CLEANUP(watch_stream_clear) struct watch_stream stream;
        watch_stream_init(&stream, max, MEMORY);
        if (max < len) {
            assert_int_equal(watch_stream_add(&stream, line, len, note, &log, &err), -1);
            assert_int_equal(err.code, ERR_TOO_BIG);
            watch_stream_restart(&stream);
            assert_int_equal(watch_stream_add(&stream, "\n", 1, note, &log, &err), 0);
        } else {
            assert_int_equal(watch_stream_add(&stream, line, len + 1, note, &log, &err), 0);
        }
    }
    assert_int_equal(log.n, 1);
    buf_clear(&log.text);
}

struct row {
    const char *line;
    enum err_code code;
};

static void a_line_that_is_no_event_is_refused(void **state)
{
    static const struct row rows[] = {
        {"{\"type\":\"ADDED\",\"object\":{}\n", ERR_INVALID},
        {"{\"type\":\"ADDED\"}\n", ERR_INVALID},
        {"{\"object\":{}}\n", ERR_INVALID},
        {"{\"type\":7,\"object\":{}}\n", ERR_INVALID},
        {"{\"type\":\"ADDED\",\"object\":[]}\n", ERR_INVALID},
        {"{\"type\":\"ADDED\",\"type\":\"ADDED\",\"object\":{}}\n", ERR_INVALID},
        {"[]\n", ERR_INVALID},
        {"7\n", ERR_INVALID},
        {"{} {}\n", ERR_INVALID},
        {"HTTP/1.1 200 OK\n", ERR_INVALID},
        {"{\"type\":\"ADDED\",\"object\":{\"a\":\"\xff\"}}\n", ERR_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(watch_stream_clear) struct watch_stream stream;
        struct log log = {.text = BUF_INIT(4096)};
        struct err err = {0};
        watch_stream_init(&stream, 1024, MEMORY);
        assert_int_equal(
            watch_stream_add(&stream, rows[i].line, strlen(rows[i].line), note, &log, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(log.n, 0);
    }
}

static void a_nul_is_no_part_of_an_event(void **state)
{
    static const char line[] = "{\"type\":\"ADDED\0\",\"object\":{}}\n";
    CLEANUP(watch_stream_clear) struct watch_stream stream;
    struct log log = {.text = BUF_INIT(4096)};
    struct err err = {0};

    (void)state;
    watch_stream_init(&stream, 1024, MEMORY);
    assert_int_equal(watch_stream_add(&stream, line, sizeof(line) - 1, note, &log, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static void values_have_a_limit(void **state)
{
    CLEANUP(buf_clear) struct buf line = BUF_INIT(MEMORY);
    CLEANUP(watch_stream_clear) struct watch_stream stream;
    struct log log = {.text = BUF_INIT(4096)};
    struct err err = {0};

    (void)state;
    buf_add_text(&line, "{\"type\":\"ADDED\",\"object\":{\"a\":[");
    for (unsigned int i = 0; i < 1000; i++) {
        buf_add_text(&line, "{},");
    }
    buf_add_text(&line, "{}]}}\n");
    watch_stream_init(&stream, MEMORY, 64UL * 1024);
    assert_int_equal(watch_stream_add(&stream, buf_text(&line), line.len, note, &log, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
}

static void a_listener_can_stop_the_stream(void **state)
{
    CLEANUP(watch_stream_clear) struct watch_stream stream;
    struct log log = {.text = BUF_INIT(4096), .stop_at = 2};
    struct err err = {0};

    (void)state;
    watch_stream_init(&stream, 64, MEMORY);
    assert_int_equal(watch_stream_add(&stream, several, strlen(several), note, &log, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_string_equal(buf_text(&log.text), "0 {\"a\":1}\n");
    buf_clear(&log.text);
}

static void a_message_shows_nothing_of_the_object(void **state)
{
    static const char line[] = "{\"type\":\"ADDED\",\"object\":{\"password\":\"hunter2\" oops}}\n";
    CLEANUP(watch_stream_clear) struct watch_stream stream;
    struct log log = {.text = BUF_INIT(4096)};
    struct err err = {0};

    (void)state;
    watch_stream_init(&stream, 1024, MEMORY);
    assert_int_equal(watch_stream_add(&stream, line, strlen(line), note, &log, &err), -1);
    assert_null(strstr(err.msg, "hunter2"));
    assert_string_equal(err.excerpt, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_out_whole_however_they_are_cut),
        cmocka_unit_test(what_has_not_ended_is_not_told),
        cmocka_unit_test(a_line_has_a_limit_and_the_stream_can_start_again),
        cmocka_unit_test(a_line_that_is_no_event_is_refused),
        cmocka_unit_test(a_nul_is_no_part_of_an_event),
        cmocka_unit_test(values_have_a_limit),
        cmocka_unit_test(a_listener_can_stop_the_stream),
        cmocka_unit_test(a_message_shows_nothing_of_the_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
