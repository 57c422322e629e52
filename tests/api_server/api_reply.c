/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "tests/api_server/inside.h"

#define ANSWER_MAX ((size_t)64 * 1024 * 1024)

void api_reply_send(struct api_reply *reply,
                    unsigned int status,
                    const char *headers,
                    const char *body)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(ANSWER_MAX);

    buf_printf(&out,
               "HTTP/1.1 %u Status\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
               "%s\r\n",
               status, strlen(body), headers != NULL ? headers : "");
    buf_add_text(&out, body);
    stand_in_write(reply->visit, buf_text(&out), out.len);
}

void api_reply_bytes(struct api_reply *reply, const void *bytes, size_t len)
{
    stand_in_write(reply->visit, bytes, len);
}

void api_reply_begin(struct api_reply *reply)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";

    api_reply_bytes(reply, head, strlen(head));
}

void api_reply_piece(struct api_reply *reply, const char *text)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(ANSWER_MAX);

    buf_printf(&out, "%zx\r\n", strlen(text));
    buf_add_text(&out, text);
    buf_add_text(&out, "\r\n");
    api_reply_bytes(reply, buf_text(&out), out.len);
}

void api_reply_finish(struct api_reply *reply)
{
    api_reply_bytes(reply, "0\r\n\r\n", strlen("0\r\n\r\n"));
}

bool api_reply_pause(struct api_reply *reply, unsigned int ms)
{
    struct api_server *server = reply->server;
    struct timespec until;
    int status = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until); /* what the condition waits by */
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    LOCK(server);
    while (!server->is_stopping && status != ETIMEDOUT) {
        status = pthread_cond_timedwait(&server->changed, &server->lock, &until);
    }
    return !server->is_stopping;
}

void api_reply_end(struct api_reply *reply, enum api_end end)
{
    reply->end = end;
}
