/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every test of the real server does
 *
 * Start it, stop it, ask it something that must work, and look at its health port; where one of
 * these fails, the test fails and shows the server's log.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/server/client.h"
#include "tests/server/generation.h"
#include "tests/server/pause.h"
#include "tests/server/served.h"
#include "tests/test.h"

#define SERVING_WAIT_MS   20000 /* for what takes a moment; longer with sanitizers */
#define SERVING_PROBE_MS  500   /* to a kubelet, no answer is the same as 503 */
#define SERVING_BYTES_MAX ((size_t)16 * 1024 * 1024)

__attribute__((noreturn)) static inline void serving_give_up(const char *what,
                                                             const struct err *err)
{
    fail_msg("%s: %s", what, err->msg);
    abort(); /* fail_msg() does not return, but does not say so */
}

/* Fail with @what, @err and the server's log. */
__attribute__((noreturn)) static inline void
serving_fail(struct served *served, const char *what, const struct err *err)
{
    char *text = served_text(served);

    (void)fputs(text, stderr);
    free(text);
    serving_give_up(what, err);
}

/* Fail with @err when @status is -1. */
static inline void serving_check(int status, const struct err *err)
{
    if (status < 0) {
        serving_give_up("failed", err);
    }
}

/* Start the server, which need not become ready. */
static inline struct served *serving_launch(const char *binary, const char *const *arguments)
{
    struct err err = {0};
    struct served *served = served_start(binary, arguments, &err);

    if (served == NULL) {
        serving_give_up("the server does not start", &err);
    }
    return served;
}

static inline void serving_await_ready(struct served *served)
{
    struct err err = {0};

    if (served_await_ready(served, SERVING_WAIT_MS, &err) < 0) {
        serving_fail(served, "the server is not ready", &err);
    }
}

static inline struct served *serving_start(const char *binary, const char *const *arguments)
{
    struct served *served = serving_launch(binary, arguments);

    serving_await_ready(served);
    return served;
}

/* The server must end within @within_ms, with @expected. */
static inline void serving_await_exit(struct served *served, int expected, unsigned int within_ms)
{
    struct err err = {0};
    int status = -1;

    if (served_await_exit(served, within_ms, &status, &err) == 0 && status != expected) {
        (void)err_set(&err, ERR_INTERNAL, "expected status %d, found %d", expected, status);
    }
    if (status != expected) {
        serving_fail(served, "the server does not end as it should", &err);
    }
}

/* Stop the server at once; it must end with 0, which a leak under a sanitizer is not. */
static inline void serving_stop(struct served *served)
{
    served_signal(served, SIGINT);
    serving_await_exit(served, 0, SERVING_WAIT_MS);
    served_free(served);
}

/* The next line of the log with @message, as served_await_line(). Owner: the caller. */
static inline json_t *
serving_await_line(struct served *served, const char *message, size_t *from, unsigned int within_ms)
{
    struct err err = {0};
    json_t *line = served_await_line(served, message, from, within_ms, &err);

    if (line == NULL) {
        serving_fail(served, message, &err);
    }
    return line;
}

/* Connect over TLS, to whom is not looked at. */
static inline struct client *serving_connect(struct served *served)
{
    const struct client_options options = {.alpn = "http/1.1", .timeout_ms = SERVING_WAIT_MS};
    struct err err = {0};
    struct client *client = client_connect(served_address(served), &options, &err);

    if (client == NULL) {
        serving_fail(served, "cannot connect", &err);
    }
    return client;
}

/* Append a whole request that must be answered with 200. */
static inline void serving_write_request(struct buf *out)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(SERVING_BYTES_MAX);

    generation_write_review(1, 0, &body);
    const struct client_message message = {.body = body.bytes, .len = body.len};
    client_write(&message, out);
}

/* Have a review answered as it must be, on a connection of its own. */
static inline void serving_ask(struct served *served)
{
    CLEANUP(client_free) struct client *client = serving_connect(served);
    CLEANUP(buf_clear) struct buf body = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(answer_clear) struct answer answer = {0};
    CLEANUP(generation_clear) struct generation_answer review = {0};
    struct client_message message = {.body = NULL};
    struct err err = {0};

    generation_write_review(1, 0, &body);
    message.body = body.bytes;
    message.len = body.len;
    if (client_request(client, &message, &answer, &err) < 0 ||
        generation_read(&answer, &review, &err) < 0) {
        serving_fail(served, "a good request fails", &err);
    }
    assert_string_equal(review.uid, "review-1");
    assert_true(review.allowed);
}

/* GET @path from the health port, within @within_ms for each step. Errors: as client_probe(). */
static inline int serving_try_get(const struct served *served,
                                  const char *path,
                                  unsigned int within_ms,
                                  struct answer *out,
                                  struct err *err)
{
    const struct client_options options = {.plain = true, .timeout_ms = within_ms};
    const struct client_message message = {.method = "GET", .path = path};
    CLEANUP(client_free)
    struct client *client = client_connect(served_health_address(served), &options, err);

    return client != NULL ? client_request(client, &message, out, err) : -1;
}

/* The same, where an answer must come. Owner: the caller, answer_clear(). */
static inline void serving_get(struct served *served, const char *path, struct answer *out)
{
    struct err err = {0};

    if (serving_try_get(served, path, SERVING_WAIT_MS, out, &err) < 0) {
        serving_fail(served, path, &err);
    }
}

/* The status of /readyz, which must be answered. */
static inline unsigned int serving_readiness(struct served *served)
{
    CLEANUP(answer_clear) struct answer answer = {0};

    serving_get(served, "/readyz", &answer);
    return answer.status;
}

/* Wait until /readyz is answered with @status and a text with @says in it; 0 and "": not at all. */
static inline void serving_await_readiness(struct served *served,
                                           unsigned int status,
                                           const char *says,
                                           unsigned int within_ms)
{
    const uint64_t until_ms = clock_monotonic_ms() + within_ms;
    struct err err = {0};

    for (;;) {
        CLEANUP(answer_clear) struct answer answer = {0};
        const char *said = "";
        if (serving_try_get(served, "/readyz", SERVING_PROBE_MS, &answer, &err) == 0) {
            said = answer.body;
        }
        if (answer.status == status && strstr(said, says) != NULL) {
            return;
        }
        if (clock_monotonic_ms() >= until_ms) {
            (void)err_set(&err, ERR_INTERNAL, "expected %u and '%s', found %u and '%s'", status,
                          says, answer.status, said);
            serving_fail(served, "/readyz", &err);
        }
        pause_ms(10);
    }
}

/* Whether this build is for finding mistakes, and not for measuring. */
static inline bool serving_is_sanitized(void)
{
    const char *sanitize = getenv("SANITIZE"); /* NOLINT(concurrency-mt-unsafe): nobody sets it */

    return sanitize != NULL && strcmp(sanitize, "none") != 0;
}

/* The binary that main() is told, and nothing else; NULL when it is not: then it says how. */
static inline const char *serving_binary(int argc, char **argv)
{
    if (argc == 2) {
        return argv[1];
    }
    (void)fprintf(stderr, "usage: %s HAWSER\n", argv[0]);
    return NULL;
}
