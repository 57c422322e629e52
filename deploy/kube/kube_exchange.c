/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_exchange.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define URL_BYTES_MAX ((size_t)64 * 1024)

/* The least that libcurl takes. Of its 64 KiB each watch would keep one for hours. */
#define SEND_BUFFER_SIZE 16384L

static size_t take_body(char *bytes, size_t size, size_t n, void *data)
{
    const struct kube_exchange *exchange = data;

    return exchange->listener.take(exchange->listener.data, bytes, size * n) ? size * n : 0;
}

static size_t take_head(char *bytes, size_t size, size_t n, void *data)
{
    struct kube_exchange *exchange = data;
    const size_t len = size * n;
    const unsigned int status = kube_exchange_status(exchange);

    exchange->head_bytes += len;
    if (exchange->head_bytes > KUBE_EXCHANGE_HEAD_BYTES_MAX) {
        return 0;
    }
    if (len == 2 && memcmp(bytes, "\r\n", 2) == 0 && status >= 200 && !exchange->has_begun) {
        exchange->has_begun = true;
        if (exchange->listener.begin != NULL) {
            exchange->listener.begin(exchange->listener.data, status);
        }
    }
    return len;
}

/* Called before the request is sent, and before libcurl sends it again. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static int before_sending(void *data, char *peer, char *self, int peer_port, int self_port)
{
    struct kube_exchange *exchange = data;

    (void)peer;
    (void)self;
    (void)peer_port;
    (void)self_port;
    if (exchange->is_once && exchange->n_sent > 0) {
        return CURL_PREREQFUNC_ABORT;
    }
    if (exchange->listener.may_send != NULL &&
        !exchange->listener.may_send(exchange->listener.data)) {
        exchange->is_refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    exchange->n_sent++;
    return CURL_PREREQFUNC_OK;
}

static bool all_ok(const CURLcode *results, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (results[i] != CURLE_OK) {
            return false;
        }
    }
    return true;
}

static bool set_http(CURL *easy, const char *user_agent)
{
    const CURLcode results[] = {
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https"),
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1),
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L),
        curl_easy_setopt(easy, CURLOPT_PROXY, ""),
        curl_easy_setopt(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED),
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L),
        curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L),
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L),
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L),
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L),
        curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent),
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER_SIZE),
    };

    return all_ok(results, sizeof(results) / sizeof(results[0]));
}

/* The text as libcurl wants it. */
static struct curl_blob blob_of(const char *text, unsigned int flags)
{
    char *bytes;

    memcpy(&bytes, &text, sizeof(bytes)); /* it is not written to */
    return (struct curl_blob){.data = bytes, .len = strlen(text), .flags = flags};
}

static bool set_client_pair(CURL *easy, const struct kube_exchange_terms *terms)
{
    struct curl_blob certificate;
    struct curl_blob key;

    if (terms->client_cert_pem == NULL) {
        return true;
    }
    certificate = blob_of(terms->client_cert_pem, CURL_BLOB_NOCOPY);
    key = blob_of(terms->client_key_pem, CURL_BLOB_NOCOPY);
    return curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key) == CURLE_OK;
}

/*
 * The system's folder of authorities counts beside a bundle unless it is taken away. No session is
 * resumed: each connection proves anew that the authorities in force vouch for the server.
 */
static bool set_tls(CURL *easy, const struct kube_exchange_terms *terms)
{
    struct curl_blob ca;
    const CURLcode results[] = {
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L),
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L),
        curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L),
    };

    if (!all_ok(results, sizeof(results) / sizeof(results[0])) || !set_client_pair(easy, terms)) {
        return false;
    }
    if (terms->ca_pem == NULL) {
        return true;
    }
    ca = blob_of(terms->ca_pem, CURL_BLOB_COPY); /* the file may rotate meanwhile */
    return curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca) == CURLE_OK;
}

static bool add_header(struct kube_exchange *exchange, const char *line)
{
    struct curl_slist *more = curl_slist_append(exchange->headers, line);

    if (more == NULL) {
        return false;
    }
    exchange->headers = more;
    return true;
}

static bool set_headers(struct kube_exchange *exchange,
                        const struct kube_exchange_terms *terms,
                        const struct kube_exchange_ask *ask)
{
    char accept[128];
    char type[128];

    (void)snprintf(accept, sizeof(accept), "Accept: %s",
                   ask->accept != NULL ? ask->accept : "application/json");
    if (!add_header(exchange, accept) ||
        !add_header(exchange, "Expect:") || /* libcurl would wait a second for a 100 */
        (terms->address->host_header != NULL &&
         !add_header(exchange, terms->address->host_header)) ||
        (terms->token_header != NULL && !add_header(exchange, terms->token_header))) {
        return false;
    }
    if (ask->content_type != NULL) {
        (void)snprintf(type, sizeof(type), "Content-Type: %s", ask->content_type);
        if (!add_header(exchange, type)) {
            return false;
        }
    }
    return curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers) == CURLE_OK;
}

static bool set_body(CURL *easy, const struct kube_exchange_ask *ask)
{
    const curl_off_t len = (curl_off_t)ask->body_len;

    if (ask->content_type != NULL &&
        (curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, len) != CURLE_OK ||
         curl_easy_setopt(easy, CURLOPT_POSTFIELDS, ask->body) != CURLE_OK)) {
        return false;
    }
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, ask->method) == CURLE_OK;
}

static bool set_request(struct kube_exchange *exchange,
                        const struct kube_exchange_terms *terms,
                        const struct kube_exchange_ask *ask)
{
    CLEANUP(buf_clear) struct buf url = BUF_INIT(URL_BYTES_MAX);
    CURL *easy = exchange->easy;

    buf_add_text(&url, terms->address->url);
    buf_add_text(&url, ask->path);
    if (buf_failed(&url)) {
        return false;
    }
    const CURLcode results[] = {
        curl_easy_setopt(easy, CURLOPT_URL, buf_text(&url)),
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, terms->address->connect_to),
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)ask->timeout_ms),
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)ask->connect_timeout_ms),
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, ask->is_fresh ? 1L : 0L),
        curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)ask->answer_max),
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->reason),
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending),
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange),
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body),
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange),
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head),
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange),
    };
    return all_ok(results, sizeof(results) / sizeof(results[0])) && set_body(easy, ask) &&
           set_headers(exchange, terms, ask);
}

int kube_exchange_open(const struct kube_exchange_terms *terms,
                       const struct kube_exchange_ask *ask,
                       const struct kube_exchange_listener *listener,
                       struct kube_exchange *out,
                       struct err *err)
{
    *out = (struct kube_exchange){
        .easy = curl_easy_init(), .listener = *listener, .is_once = ask->is_once};
    if (out->easy == NULL || !set_http(out->easy, terms->user_agent) ||
        !set_tls(out->easy, terms) || !set_request(out, terms, ask)) {
        kube_exchange_clear(out);
        return err_set(err, ERR_INTERNAL, "cannot set up a request");
    }
    return 0;
}

void kube_exchange_clear(struct kube_exchange *exchange)
{
    curl_easy_cleanup(exchange->easy);
    for (struct curl_slist *at = exchange->headers; at != NULL; at = at->next) {
        explicit_bzero(at->data, strlen(at->data)); /* the token is among them */
    }
    curl_slist_free_all(exchange->headers);
    *exchange = (struct kube_exchange){0};
}

unsigned int kube_exchange_status(const struct kube_exchange *exchange)
{
    long status = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    return status > 0 ? (unsigned int)status : 0;
}

unsigned int kube_exchange_retry_after_ms(const struct kube_exchange *exchange)
{
    curl_off_t s = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &s);
    if (s <= 0) {
        return 0;
    }
    return s < UINT32_MAX / 1000 ? (unsigned int)s * 1000 : UINT32_MAX;
}

bool kube_exchange_was_sent(const struct kube_exchange *exchange)
{
    return exchange->n_sent > 0;
}

const char *kube_exchange_reason(const struct kube_exchange *exchange, CURLcode result)
{
    if (result == CURLE_ABORTED_BY_CALLBACK) {
        return "the connection was closed before an answer came";
    }
    return exchange->reason[0] != '\0' ? exchange->reason : curl_easy_strerror(result);
}
