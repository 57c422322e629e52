/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/stand_in.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/server/loopback.h"

struct stand_in_visit {
    struct stand_in *host;
    struct stand_in_visit *next;
    pthread_t thread;
    SSL *ssl; /* NULL: plain TCP */
    struct buf in;
    size_t request_size; /* of the request that @in begins with; 0 while that cannot be told */
    enum stand_in_end end;
    int fd; /* -1 once closed; under the host's lock */
};

struct stand_in {
    struct stand_in_options options;
    SSL_CTX *context; /* NULL: plain TCP */
    char address[LOOPBACK_SIZE];
    int fd;
    bool runs;
    pthread_t thread;
    pthread_mutex_t lock;
    struct stand_in_visit *visits; /* those over, too: their threads are to be joined */
};

DEFINE_CLEANUP(BIO, BIO_free_all)
DEFINE_CLEANUP(X509, X509_free)
DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(SSL_CTX, SSL_CTX_free)

static bool use_pair(SSL_CTX *context, const struct authority_pair *pair)
{
    CLEANUP(BIO_free_all) BIO *certificates = BIO_new_mem_buf(pair->certificate, -1);
    CLEANUP(BIO_free_all) BIO *keys = BIO_new_mem_buf(pair->key, -1);
    CLEANUP(X509_free) X509 *certificate = PEM_read_bio_X509(certificates, NULL, NULL, NULL);
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL);

    return certificate != NULL && key != NULL &&
           SSL_CTX_use_certificate(context, certificate) == 1 &&
           SSL_CTX_use_PrivateKey(context, key) == 1;
}

/* Ask clients for a certificate that leads to @pem. */
static bool ask_client(SSL_CTX *context, const char *pem)
{
    CLEANUP(BIO_free_all) BIO *in = BIO_new_mem_buf(pem, -1);
    CLEANUP(X509_free) X509 *authority = PEM_read_bio_X509(in, NULL, NULL, NULL);

    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return authority != NULL &&
           X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1;
}

static SSL_CTX *new_context(const struct stand_in_options *options)
{
    CLEANUP(SSL_CTX_free) SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        !use_pair(context, options->pair) ||
        (options->client_ca != NULL && !ask_client(context, options->client_ca))) {
        return NULL;
    }
    (void)SSL_CTX_set_session_id_context(context, (const unsigned char *)"s", 1);
    return TAKE(context);
}

size_t stand_in_read_some(struct stand_in_visit *visit, void *bytes, size_t size)
{
    ssize_t n;

    if (visit->ssl != NULL) {
        size_t done = 0;
        return SSL_read_ex(visit->ssl, bytes, size, &done) == 1 ? done : 0;
    }
    n = recv(visit->fd, bytes, size, 0);
    return n > 0 ? (size_t)n : 0;
}

/* The bytes of the request that @text begins with, or 0 while that cannot be told. */
static size_t request_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");

    if (end == NULL) {
        return 0;
    }
    if (length == NULL || length > end) {
        return (size_t)(end - text) + 4;
    }
    return (size_t)(end - text) + 4 + strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
}

/* Whether a whole request is there. */
static bool has_request(struct stand_in_visit *visit)
{
    if (visit->request_size == 0) {
        visit->request_size = request_size(buf_text(&visit->in));
    }
    return visit->request_size > 0 && visit->in.len >= visit->request_size;
}

char *stand_in_read(struct stand_in_visit *visit)
{
    char chunk[4096];
    size_t size;
    char *request;

    while (!has_request(visit)) {
        const size_t n = stand_in_read_some(visit, chunk, sizeof(chunk));
        if (n == 0) {
            return NULL;
        }
        buf_add(&visit->in, chunk, n);
        if (buf_failed(&visit->in)) {
            return NULL;
        }
    }
    size = visit->request_size;
    visit->request_size = 0;
    request = strndup(visit->in.bytes, size);
    memmove(visit->in.bytes, visit->in.bytes + size, visit->in.len - size);
    buf_cut(&visit->in, visit->in.len - size);
    return request;
}

void stand_in_write(struct stand_in_visit *visit, const void *bytes, size_t len)
{
    const char *rest = bytes;

    if (visit->ssl != NULL) {
        size_t done;
        (void)SSL_write_ex(visit->ssl, bytes, len, &done);
        return;
    }
    while (len > 0) {
        const ssize_t n = send(visit->fd, rest, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return;
        }
        rest += n;
        len -= (size_t)n;
    }
}

void stand_in_answer(struct stand_in_visit *visit,
                     unsigned int status,
                     const char *headers,
                     const char *body)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(STAND_IN_REQUEST_BYTES_MAX);

    buf_printf(&out, "HTTP/1.1 %u Status\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body),
               headers, body);
    stand_in_write(visit, buf_text(&out), out.len);
}

const char *stand_in_server_name(const struct stand_in_visit *visit)
{
    return visit->ssl != NULL ? SSL_get_servername(visit->ssl, TLSEXT_NAMETYPE_host_name) : NULL;
}

void stand_in_end(struct stand_in_visit *visit, enum stand_in_end end)
{
    visit->end = end;
}

/* Close the connection as the function said. */
static void leave(struct stand_in_visit *visit)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (visit->ssl != NULL && visit->end == STAND_IN_CLOSE) {
        (void)SSL_shutdown(visit->ssl);
    }
    if (visit->end == STAND_IN_RESET) {
        (void)setsockopt(visit->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    pthread_mutex_lock(&visit->host->lock);
    (void)close(visit->fd);
    visit->fd = -1;
    pthread_mutex_unlock(&visit->host->lock);
}

/* OpenSSL writes to a socket without MSG_NOSIGNAL; the signal comes to the thread that writes. */
static void block_sigpipe(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *run_visit(void *data)
{
    struct stand_in_visit *visit = data;

    block_sigpipe();
    if (visit->ssl == NULL ||
        (SSL_set_fd(visit->ssl, visit->fd) == 1 && SSL_accept(visit->ssl) == 1)) {
        visit->host->options.serve(visit, visit->host->options.data);
    }
    leave(visit);
    return NULL;
}

static void free_visit(struct stand_in_visit *visit)
{
    close_p(&visit->fd);
    SSL_free(visit->ssl);
    buf_clear(&visit->in);
    free(visit);
}

/* Give the connection @fd, which it owns, a thread. */
static void welcome(struct stand_in *host, int fd)
{
    const struct timeval timeout = {.tv_sec = STAND_IN_TIMEOUT_S};
    const int on = 1;
    struct stand_in_visit *visit = calloc(1, sizeof(*visit));

    if (visit == NULL) {
        (void)close(fd);
        return;
    }
    *visit =
        (struct stand_in_visit){.host = host, .fd = fd, .in = BUF_INIT(STAND_IN_REQUEST_BYTES_MAX)};
    if (host->context != NULL) {
        visit->ssl = SSL_new(host->context);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* a reset drops the unsent */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    pthread_mutex_lock(&host->lock);
    if ((host->context != NULL && visit->ssl == NULL) ||
        pthread_create(&visit->thread, NULL, run_visit, visit) != 0) {
        free_visit(visit);
    } else {
        visit->next = host->visits;
        host->visits = visit;
    }
    pthread_mutex_unlock(&host->lock);
}

static void *run_host(void *data)
{
    struct stand_in *host = data;
    struct pollfd poller = {.fd = host->fd, .events = POLLIN};

    /* stand_in_free() shuts the socket down, after which it can be polled but not accepted from. */
    while (poll(&poller, 1, -1) > 0) {
        const int fd = accept4(host->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            break;
        }
        welcome(host, fd);
    }
    return NULL;
}

struct stand_in *stand_in_start(const struct stand_in_options *options, struct err *err)
{
    CLEANUP(stand_in_free) struct stand_in *host = calloc(1, sizeof(*host));

    if (host == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    host->options = *options;
    (void)pthread_mutex_init(&host->lock, NULL);
    if (options->address != NULL) {
        (void)snprintf(host->address, sizeof(host->address), "%s", options->address);
        host->fd = loopback_listen_again(host->address, err);
    } else {
        host->fd = loopback_listen(host->address, err);
    }
    if (host->fd < 0) {
        return NULL;
    }
    if (options->pair != NULL) {
        host->context = new_context(options);
        if (host->context == NULL) {
            (void)err_set(err, ERR_INTERNAL, "cannot set up TLS");
            return NULL;
        }
    }
    if (pthread_create(&host->thread, NULL, run_host, host) != 0) {
        (void)err_set(err, ERR_INTERNAL, "cannot start a thread");
        return NULL;
    }
    host->runs = true;
    return TAKE(host);
}

void stand_in_free(struct stand_in *stand_in)
{
    if (stand_in == NULL) {
        return;
    }
    if (stand_in->runs) {
        (void)shutdown(stand_in->fd, SHUT_RDWR);
        (void)pthread_join(stand_in->thread, NULL);
    }
    close_p(&stand_in->fd);
    pthread_mutex_lock(&stand_in->lock);
    for (struct stand_in_visit *visit = stand_in->visits; visit != NULL; visit = visit->next) {
        if (visit->fd >= 0) {
            (void)shutdown(visit->fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&stand_in->lock);
    while (stand_in->visits != NULL) {
        struct stand_in_visit *visit = stand_in->visits;
        stand_in->visits = visit->next;
        (void)pthread_join(visit->thread, NULL);
        free_visit(visit);
    }
    SSL_CTX_free(stand_in->context);
    (void)pthread_mutex_destroy(&stand_in->lock);
    free(stand_in);
}

const char *stand_in_address(const struct stand_in *stand_in)
{
    return stand_in->address;
}
