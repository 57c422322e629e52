/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Requests whose end two readers could see in different places, and other bytes that are no proper
 * request (RFC 9112 section 11.2)
 *
 * usage: framing_test HAWSER
 *
 * None is answered as if it were proper: the answer is an error and the connection ends, or it just
 * ends. Each carries a body that would be answered with 200, and so would one that is smuggled.
 */

#include "base/cleanup.h"
#include "tests/server/serving.h"

#define CLOSE_MS 2000 /* well before any deadline of the server */

/* The body, as the lengths below say it. */
#define BODY_BYTES 1000

enum tail {
    TAIL_BODY,
    TAIL_CHUNKS,  /* the same body in one chunk */
    TAIL_REQUEST, /* a whole good request */
    TAIL_NONE,
};

#define POST "POST /mutate?timeout=10s HTTP/1.1\r\n"
#define HOST "Host: hawser.hawser.svc:443\r\n"
#define JSON "Content-Type: application/json\r\n"
#define LEN  "Content-Length: 1000\r\n"
#define END  "\r\n"

#define BYTES(text) .head = (text), .len = sizeof(text) - 1

struct row {
    const char *name;
    const char *head;
    size_t len;
    enum tail tail;
    bool plain;      /* on TCP without TLS */
    bool may_accept; /* the standard lets a server take it as it is meant */
};

static const struct row rows[] = {
    {"no Content-Length", BYTES(POST HOST JSON END), TAIL_BODY, 0, 0},
    {"a negative length", BYTES(POST HOST JSON "Content-Length: -1000\r\n" END), TAIL_BODY, 0, 0},
    {"a length with a sign", BYTES(POST HOST JSON "Content-Length: +1000\r\n" END), TAIL_BODY, 0,
     0},
    {"a length in hex", BYTES(POST HOST JSON "Content-Length: 0x3e8\r\n" END), TAIL_BODY, 0, 0},
    {"an empty length", BYTES(POST HOST JSON "Content-Length:\r\n" END), TAIL_BODY, 0, 0},
    {"a length of 2^64", BYTES(POST HOST JSON "Content-Length: 18446744073709551616\r\n" END),
     TAIL_BODY, 0, 0},
    {"a length that wraps to the right one",
     BYTES(POST HOST JSON "Content-Length: 18446744073709552616\r\n" END), TAIL_BODY, 0, 0},
    {"two different lengths", BYTES(POST HOST JSON LEN "Content-Length: 5\r\n" END), TAIL_BODY, 0,
     0},
    {"two different lengths, the right one last",
     BYTES(POST HOST JSON "Content-Length: 5\r\n" LEN END), TAIL_BODY, 0, 0},
    {"two equal lengths", BYTES(POST HOST JSON LEN LEN END), TAIL_BODY, 0, 0},
    {"two equal lengths in one line", BYTES(POST HOST JSON "Content-Length: 1000, 1000\r\n" END),
     TAIL_BODY, 0, 0},
    {"a length and chunks", BYTES(POST HOST JSON LEN "Transfer-Encoding: chunked\r\n" END),
     TAIL_CHUNKS, 0, 0},
    {"chunks and a length", BYTES(POST HOST JSON "Transfer-Encoding: chunked\r\n" LEN END),
     TAIL_CHUNKS, 0, 0},
    {"a length, and chunks by another name",
     BYTES(POST HOST JSON LEN "Transfer-Encoding: xchunked\r\n" END), TAIL_BODY, 0, 0},
    {"a length, and chunks behind a tab",
     BYTES(POST HOST JSON LEN "Transfer-Encoding:\tchunked\r\n" END), TAIL_CHUNKS, 0, 0},
    {"chunks alone", BYTES(POST HOST JSON "Transfer-Encoding: chunked\r\n" END), TAIL_CHUNKS, 0, 0},
    {"a space before the colon", BYTES(POST HOST JSON "Content-Length : 1000\r\n" END), TAIL_BODY,
     0, 0},
    {"a folded line", BYTES(POST HOST JSON "Content-Length:\r\n 1000\r\n" END), TAIL_BODY, 0, 0},
    {"a length of 0 before a request", BYTES(POST HOST JSON "Content-Length: 0\r\n" LEN END),
     TAIL_REQUEST, 0, 0},
    {"HTTP/1.0", BYTES("POST /mutate HTTP/1.0\r\n" HOST JSON LEN END), TAIL_BODY, 0, 0},
    {"HTTP/0.9", BYTES("POST /mutate\r\n"), TAIL_NONE, 0, 0},
    {"HTTP/1.2 of no standard", BYTES("POST /mutate HTTP/1.2\r\n" HOST JSON LEN END), TAIL_BODY, 0,
     1},
    {"the preface of HTTP/2", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), TAIL_REQUEST, 0, 0},
    {"no TLS", BYTES(POST HOST JSON LEN END), TAIL_BODY, 1, 0},
    {"no host", BYTES(POST JSON LEN END), TAIL_BODY, 0, 0},
    {"two hosts", BYTES(POST HOST "Host: other\r\n" JSON LEN END), TAIL_BODY, 0, 0},
    {"a NUL in a value", BYTES(POST HOST JSON "X-Test: a\0b\r\n" LEN END), TAIL_BODY, 0, 0},
    {"a NUL in a name", BYTES(POST HOST JSON "X-Te\0st: a\r\n" LEN END), TAIL_BODY, 0, 0},
    {"a NUL in the path", BYTES("POST /mutate\0 HTTP/1.1\r\n" HOST JSON LEN END), TAIL_BODY, 0, 0},
    {"a control character in a name", BYTES(POST HOST JSON "X-\x01: a\r\n" LEN END), TAIL_BODY, 0,
     0},
    {"a line without a colon", BYTES(POST HOST JSON "X-Test\r\n" LEN END), TAIL_BODY, 0, 0},
    {"bare LF",
     BYTES("POST /mutate HTTP/1.1\nHost: x\nContent-Type: application/json\n"
           "Content-Length: 1000\n\n"),
     TAIL_BODY, 0, 0},
    {"a colon without a space", BYTES(POST "Host:x\r\n" JSON LEN END), TAIL_BODY, 0, 1},
    {"bare CR",
     BYTES("POST /mutate HTTP/1.1\rHost: x\rContent-Type: application/json\r"
           "Content-Length: 1000\r\r"),
     TAIL_BODY, 0, 0},
    {"bytes that are no text", BYTES("\x01\x02\x03\xff\xfe\r\n\r\n"), TAIL_REQUEST, 0, 0},
    /* An empty line to libmicrohttpd, which may be passed over (RFC 9112 section 2.2). */
    {"a NUL before the request", BYTES("\x00\x01\r\n"), TAIL_REQUEST, 0, 1},
};

static const char *hawser;

/* Append what follows the head. */
static void write_tail(enum tail tail, struct buf *out)
{
    const size_t begin = out->len;

    switch (tail) {
    case TAIL_BODY:
        generation_write_review(1, BODY_BYTES, out);
        assert_int_equal(out->len - begin, BODY_BYTES);
        break;
    case TAIL_CHUNKS:
        buf_printf(out, "%x\r\n", BODY_BYTES);
        generation_write_review(1, BODY_BYTES, out);
        buf_add_text(out, "\r\n0\r\n\r\n");
        break;
    case TAIL_REQUEST:
        buf_add_text(out, POST HOST JSON LEN END);
        generation_write_review(1, BODY_BYTES, out);
        break;
    case TAIL_NONE:
    default:
        break;
    }
}

/* Read all answers and wait for the end. What is not allowed of that, or NULL. */
static const char *find_wrong(struct client *client, bool may_accept)
{
    struct err err = {0};
    unsigned int took_ms;

    for (;;) {
        CLEANUP(answer_clear) struct answer answer = {0};
        if (client_receive(client, &answer, &err) < 0) {
            break;
        }
        if (may_accept && answer.status == 200) {
            return NULL;
        }
        if (answer.status == 200) {
            return "is answered as if it were proper";
        }
        if (answer.status / 100 != 4 && answer.status != 505) {
            return "is answered with another error than the client's";
        }
    }
    return client_wait_closed(client, CLOSE_MS, &took_ms) ? NULL : "leaves the connection open";
}

/* Send the request of @row. What is wrong with what comes back, or NULL. */
static const char *try_row(struct served *served, const struct row *row)
{
    const struct client_options options = {.plain = row->plain, .timeout_ms = CLOSE_MS};
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    struct err err = {0};
    CLEANUP(client_free)
    struct client *client = client_connect(served_address(served), &options, &err);

    if (client == NULL) {
        serving_fail(served, row->name, &err);
    }
    buf_add(&request, row->head, row->len);
    write_tail(row->tail, &request);
    if (client_send(client, request.bytes, request.len, &err) < 0 &&
        client_state(client) == CLIENT_OPEN) {
        return "is not taken";
    }
    return find_wrong(client, row->may_accept);
}

static void what_is_no_proper_request_is_refused_and_the_connection_ends(void **state)
{
    const char *const arguments[] = {NULL};
    struct served *served = serving_start(hawser, arguments);
    size_t n_wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *wrong = try_row(served, &rows[i]);
        if (wrong != NULL) {
            print_message("# %s: %s\n", rows[i].name, wrong);
            n_wrong++;
        }
    }
    assert_int_equal(n_wrong, 0);
    serving_ask(served);
    serving_stop(served);
}

/* That the rows above are refused for what their names say. */
static void the_same_request_without_a_fault_is_answered(void **state)
{
    const char *const arguments[] = {NULL};
    struct served *served = serving_start(hawser, arguments);
    CLEANUP(client_free) struct client *client = serving_connect(served);
    CLEANUP(buf_clear) struct buf request = BUF_INIT(SERVING_BYTES_MAX);
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 2; i++) { /* and leaves the connection to the next */
        CLEANUP(answer_clear) struct answer answer = {0};
        buf_cut(&request, 0);
        write_tail(TAIL_REQUEST, &request);
        if (client_send(client, request.bytes, request.len, &err) < 0 ||
            client_receive(client, &answer, &err) < 0) {
            serving_fail(served, "a good request", &err);
        }
        assert_int_equal(answer.status, 200);
    }
    client_free(TAKE(client));
    serving_stop(served);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_request_without_a_fault_is_answered),
        cmocka_unit_test(what_is_no_proper_request_is_refused_and_the_connection_ends),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("framing", tests, NULL, NULL);
}
