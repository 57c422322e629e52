/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/webhook/asker.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/address.h"
#include "base/file.h"
#include "webhook/inject/admit.h"

/* Of an answer, and room for that of a request. */
#define HEAD_MAX 4096

/* What a TLS record holds. */
#define RECORD_SIZE 16384

/* To connect and shake hands. */
#define OPEN_TIMEOUT_S 10

int asker_question_read(const char *review_path,
                        const char *answer_path,
                        struct asker_question *out,
                        struct err *err)
{
    struct buf review = BUF_INIT(ADMIT_BODY_MAX);
    int status = file_read(review_path, &review, err);

    *out = (struct asker_question){
        .request = BUF_INIT(ADMIT_BODY_MAX + HEAD_MAX),
        .answer = BUF_INIT(ADMIT_ANSWER_MAX),
    };
    buf_printf(&out->request,
               "POST /mutate?timeout=10s HTTP/1.1\r\n"
               "Host: hawser.hawser.svc:443\r\n"
               "User-Agent: kube-apiserver-admission\r\n"
               "Content-Length: %zu\r\n"
               "Accept: application/json, */*\r\n"
               "Content-Type: application/json\r\n"
               "Accept-Encoding: gzip\r\n\r\n",
               review.len);
    buf_add(&out->request, buf_text(&review), review.len);
    buf_clear(&review);
    if (status < 0 || buf_check(&out->request, review_path, err) < 0 ||
        file_read(answer_path, &out->answer, err) < 0) {
        asker_question_clear(out);
        return -1;
    }
    return 0;
}

void asker_question_clear(struct asker_question *question)
{
    buf_clear(&question->request);
    buf_clear(&question->answer);
}

/* What GnuTLS says, or that the server has ended the connection. */
static int fail(ssize_t code, struct err *err)
{
    return err_set(err, ERR_IO, "the connection: %s",
                   code < 0 ? gnutls_strerror((int)code) : "ended by the server");
}

static int set_blocking(int fd, bool blocking)
{
    const int flags = fcntl(fd, F_GETFL);

    return fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

/* Connect, with a socket that waits, but not for ever. */
static int connect_to(struct asker *asker, const char *address, struct err *err)
{
    const struct timeval timeout = {.tv_sec = OPEN_TIMEOUT_S};
    const int on = 1;

    if (address_connect(address, &asker->fd, err) < 0) {
        return -1;
    }
    if (setsockopt(asker->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
        setsockopt(asker->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
        setsockopt(asker->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
        set_blocking(asker->fd, true) < 0) {
        return err_set_errno(err, "the socket to '%s'", address);
    }
    return 0;
}

static int shake_hands(struct asker *asker, struct err *err)
{
    int code;

    if (gnutls_certificate_allocate_credentials(&asker->credentials) < 0 ||
        gnutls_init(&asker->tls, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL) < 0 ||
        gnutls_set_default_priority(asker->tls) < 0 ||
        gnutls_credentials_set(asker->tls, GNUTLS_CRD_CERTIFICATE, asker->credentials) < 0) {
        return err_no_memory(err);
    }
    gnutls_transport_set_int(asker->tls, asker->fd);
    code = gnutls_handshake(asker->tls);
    return code < 0 ? fail(code, err) : 0;
}

int asker_open(struct asker *asker,
               const char *address,
               const struct asker_question *question,
               struct err *err)
{
    *asker = (struct asker){
        .fd = -1,
        .question = question,
        .answer = BUF_INIT(ADMIT_ANSWER_MAX + HEAD_MAX),
    };
    if (connect_to(asker, address, err) < 0 || shake_hands(asker, err) < 0) {
        return -1;
    }
    return set_blocking(asker->fd, false) < 0 ? err_set_errno(err, "the socket") : 0;
}

void asker_close(struct asker *asker)
{
    if (asker->tls != NULL) {
        gnutls_deinit(asker->tls);
    }
    if (asker->credentials != NULL) {
        gnutls_certificate_free_credentials(asker->credentials);
    }
    if (asker->fd >= 0) {
        (void)close(asker->fd);
    }
    buf_clear(&asker->answer);
}

static bool must_wait(ssize_t code)
{
    return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

/* 1 when the request is sent, 0 when the socket takes no more now. */
static int send_rest(struct asker *asker, struct err *err)
{
    const struct buf *request = &asker->question->request;
    ssize_t n;

    while (asker->n_sent < request->len) {
        n = gnutls_record_send(asker->tls, request->bytes + asker->n_sent,
                               request->len - asker->n_sent);
        if (must_wait(n)) {
            return 0;
        }
        if (n < 0) {
            return fail(n, err);
        }
        asker->n_sent += (size_t)n;
    }
    return 1;
}

/* How long the answer is with its head; 0 while that is unknown. */
static size_t answer_len(struct asker *asker)
{
    static const char header[] = "\r\nContent-Length:";
    const char *text = buf_text(&asker->answer);
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, header);

    if (end == NULL || length == NULL || length > end) {
        return 0;
    }
    asker->head_len = (size_t)(end - text) + strlen("\r\n\r\n");
    return asker->head_len + strtoul(length + strlen(header), NULL, 10);
}

/* 1 when the answer is there, 0 when there is no more of it now. */
static int receive_rest(struct asker *asker, struct err *err)
{
    char record[RECORD_SIZE];
    size_t len = asker->head_len > 0 ? answer_len(asker) : 0;
    ssize_t n;

    while (len == 0 || asker->answer.len < len) {
        n = gnutls_record_recv(asker->tls, record, sizeof(record));
        if (must_wait(n)) {
            return 0;
        }
        if (n <= 0) {
            return fail(n, err);
        }
        buf_add(&asker->answer, record, (size_t)n);
        if (buf_check(&asker->answer, "the answer", err) < 0) {
            return -1;
        }
        len = len == 0 ? answer_len(asker) : len;
    }
    return 1;
}

static bool is_right(const struct asker *asker)
{
    static const char status[] = "HTTP/1.1 200 ";
    const struct buf *expected = &asker->question->answer;

    return strncmp(asker->answer.bytes, status, strlen(status)) == 0 &&
           asker->answer.len == asker->head_len + expected->len &&
           memcmp(asker->answer.bytes + asker->head_len, buf_text(expected), expected->len) == 0;
}

int asker_step(struct asker *asker, enum asker_state *out, struct err *err)
{
    int is_done = send_rest(asker, err);

    if (is_done == 1) {
        is_done = receive_rest(asker, err);
    }
    if (is_done < 0) {
        return -1;
    }
    if (is_done == 0) {
        *out = ASKER_WAITS;
        return 0;
    }
    *out = is_right(asker) ? ASKER_RIGHT : ASKER_WRONG;
    buf_cut(&asker->answer, 0);
    asker->n_sent = 0;
    asker->head_len = 0;
    return 0;
}
