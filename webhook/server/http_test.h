/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client for tests of listeners without TLS: sockets on loopback, and bytes as a test wants them
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "tests/test.h"

/* Nothing on loopback takes so long. */
#define HTTP_TEST_PATIENCE_MS 5000

#define HTTP_TEST_HEAD_SIZE 1024

/* An answer: its head as a text, and of its body the length. */
struct http_test_answer {
    unsigned int status; /* 0: the connection ended before an answer was whole */
    char head[HTTP_TEST_HEAD_SIZE];
    size_t body_len;
};

/* Whether the descriptor becomes ready for @events within @timeout_ms. */
static inline bool http_test_wait(int fd, short events, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};

    return poll(&poll_fd, 1, timeout_ms) > 0;
}

/* A client of the listener at @address, to be closed. Does not block. */
static inline int http_test_connect(const char *address)
{
    struct err err = {0};
    int fd = -1;

    if (address_connect(address, &fd, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    assert_true(http_test_wait(fd, POLLOUT, HTTP_TEST_PATIENCE_MS));
    return fd;
}

static inline void http_test_send_bytes(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n >= 0) {
            bytes += n;
            len -= (size_t)n;
        } else {
            assert_int_equal(errno, EAGAIN);
            assert_true(http_test_wait(fd, POLLOUT, HTTP_TEST_PATIENCE_MS));
        }
    }
}

static inline void http_test_send(int fd, const char *text)
{
    http_test_send_bytes(fd, text, strlen(text));
}

/* Up to @size bytes, at least one; 0 when the connection ended. */
static inline size_t http_test_receive(int fd, char *out, size_t size)
{
    ssize_t n;

    do {
        assert_true(http_test_wait(fd, POLLIN, HTTP_TEST_PATIENCE_MS));
        n = recv(fd, out, size, 0);
    } while (n < 0 && errno == EAGAIN);
    return n > 0 ? (size_t)n : 0;
}

/* The next answer. Reads no byte beyond it. */
static inline struct http_test_answer http_test_read(int fd)
{
    struct http_test_answer answer = {.status = 0};
    const char *length;
    size_t len = 0;
    size_t left;

    while (strstr(answer.head, "\r\n\r\n") == NULL) {
        assert_true(len < sizeof(answer.head) - 1);
        if (http_test_receive(fd, answer.head + len, 1) == 0) {
            return answer;
        }
        len++;
    }
    length = strstr(answer.head, "\r\nContent-Length: ");
    assert_non_null(length);
    answer.body_len = strtoul(strchr(length, ':') + 2, NULL, 10);
    for (left = answer.body_len; left > 0;) {
        char rest[4096];
        size_t n = http_test_receive(fd, rest, left < sizeof(rest) ? left : sizeof(rest));
        if (n == 0) {
            return answer;
        }
        left -= n;
    }
    answer.status = (unsigned int)strtoul(answer.head + strlen("HTTP/1.1 "), NULL, 10);
    return answer;
}

/* Send a request and read its answer. */
static inline struct http_test_answer http_test_ask(int fd, const char *request)
{
    http_test_send(fd, request);
    return http_test_read(fd);
}

/* Whether the connection is open and has nothing to be read. */
static inline bool http_test_is_open(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

/* Whether it ends within @timeout_ms, without another byte of an answer. */
static inline bool http_test_ends(int fd, int timeout_ms)
{
    char byte;

    return http_test_wait(fd, POLLIN, timeout_ms) && recv(fd, &byte, 1, 0) <= 0;
}
