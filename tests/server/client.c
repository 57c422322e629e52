/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/client.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/server/client_tls.h"
#include "tests/server/loopback.h"
#include "tests/server/pause.h"
#include "tests/server/wire.h"

/* How often to look at what nothing tells of. */
#define LOOK_EVERY_MS 20

struct client {
    struct wire wire;
    unsigned int timeout_ms;
};

const char *client_state_name(enum client_state state)
{
    static const char *const names[] = {"open", "closed", "closed without close_notify", "reset",
                                        "refused"};

    return names[state];
}

static uint64_t deadline_ms(const struct client *client)
{
    return clock_monotonic_ms() + client->timeout_ms;
}

/* Raise that there is no answer, or no way to ask, and why. */
static int gone(const struct client *client, const char *what, struct err *err)
{
    if (client->wire.state == CLIENT_REFUSED) {
        *err = client->wire.refusal;
        return err_wrap(err, "%s", what);
    }
    return err_set(err, ERR_IO, "%s: the connection is %s", what,
                   client_state_name(client->wire.state));
}

/* Send all that there is to send, and take in what comes meanwhile. */
static int drain(struct client *client, uint64_t until_ms, struct err *err)
{
    struct wire *wire = &client->wire;

    wire_flush(wire);
    while (wire->state == CLIENT_OPEN && wire_n_unsent(wire) > 0) {
        if (!wire_await(wire, POLLIN | POLLOUT, until_ms)) {
            return err_set(err, ERR_IO, "cannot send: the last %zu bytes are not taken in time",
                           wire_n_unsent(wire));
        }
        wire_take_in(wire);
        wire_flush(wire);
    }
    return wire->state == CLIENT_OPEN ? 0 : gone(client, "cannot send", err);
}

static int shake_hands(struct client *client, struct err *err)
{
    const uint64_t until_ms = deadline_ms(client);

    err->code = ERR_NONE;
    while (!wire_shake_hands(&client->wire, err)) {
        if (err->code != ERR_NONE) {
            return -1;
        }
        if (client->wire.state != CLIENT_OPEN) {
            return gone(client, "the handshake failed", err);
        }
        if (!wire_await(&client->wire, POLLIN, until_ms)) {
            return err_set(err, ERR_IO, "the handshake is late");
        }
        wire_take_in(&client->wire);
    }
    return drain(client, until_ms, err);
}

struct client *
client_connect(const char *address, const struct client_options *options, struct err *err)
{
    CLEANUP(free) struct client *made = calloc(1, sizeof(*made));
    CLEANUP(client_free) struct client *client = NULL;
    struct client_options known = *options;

    if (made == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    if (known.timeout_ms == 0) {
        known.timeout_ms = CLIENT_TIMEOUT_MS;
    }
    made->timeout_ms = known.timeout_ms;
    if (wire_connect(address, &known, &made->wire, err) < 0) {
        return NULL;
    }
    client = TAKE(made);
    if (!known.plain && shake_hands(client, err) < 0) {
        return NULL;
    }
    return TAKE(client);
}

void client_free(struct client *client)
{
    if (client != NULL) {
        wire_take_in(&client->wire); /* what lies unread would make the close a reset */
        client_half_close(client, true);
        wire_clear(&client->wire, false);
        free(client);
    }
}

void client_abort(struct client *client)
{
    if (client != NULL) {
        wire_clear(&client->wire, true);
        free(client);
    }
}

enum client_state client_state(struct client *client)
{
    wire_take_in(&client->wire);
    return client->wire.state;
}

int client_send(struct client *client, const void *bytes, size_t len, struct err *err)
{
    if (client_state(client) != CLIENT_OPEN) {
        return gone(client, "cannot send", err);
    }
    if (wire_put(&client->wire, bytes, len, err) < 0) {
        return -1;
    }
    return drain(client, deadline_ms(client), err);
}

bool client_push(struct client *client, const void *bytes, size_t len, unsigned int stall_ms)
{
    struct wire *wire = &client->wire;
    struct err err = {0};

    if (wire->state != CLIENT_OPEN || wire_put(wire, bytes, len, &err) < 0) {
        return false;
    }
    wire_flush(wire);
    while (wire->state == CLIENT_OPEN && wire_n_unsent(wire) > 0) {
        if (!wire_await(wire, POLLOUT, clock_monotonic_ms() + stall_ms)) {
            return false;
        }
        wire_flush(wire);
    }
    return wire->state == CLIENT_OPEN;
}

size_t client_drip(struct client *client, const void *bytes, size_t len, unsigned int pause_ms)
{
    const char *byte = bytes;
    struct err err = {0};
    size_t n;

    for (n = 0; n < len && client_send(client, byte + n, 1, &err) == 0; n++) {
        const uint64_t until_ms = clock_monotonic_ms() + pause_ms;
        while (client->wire.state == CLIENT_OPEN && wire_await(&client->wire, POLLIN, until_ms)) {
            wire_take_in(&client->wire);
        }
    }
    return n;
}

int client_receive(struct client *client, struct answer *out, struct err *err)
{
    const uint64_t until_ms = deadline_ms(client);
    struct wire *wire = &client->wire;
    enum answer_found found;
    size_t used;

    for (;;) {
        wire_take_in(wire);
        if (buf_check(&wire->in, "what was received", err) < 0 ||
            answer_parse(&wire->in, wire->state == CLIENT_CLOSED, &found, out, &used, err) < 0) {
            return -1;
        }
        if (found == ANSWER_WHOLE) {
            wire_forget(wire, used);
            return 0;
        }
        if (wire->state != CLIENT_OPEN) {
            return gone(client, "no answer", err);
        }
        if (!wire_await(wire, POLLIN, until_ms)) {
            return err_set(err, ERR_IO, "no answer: it is late");
        }
    }
}

size_t client_n_waiting(const struct client *client)
{
    return client->wire.in.len;
}

void client_write(const struct client_message *message, struct buf *out)
{
    const char *method = message->method != NULL ? message->method : "POST";
    const char *path = message->path != NULL ? message->path : "/mutate?timeout=10s";

    buf_printf(out,
               "%s %s HTTP/1.1\r\n"
               "Host: hawser.hawser.svc:443\r\n"
               "User-Agent: kube-apiserver-admission\r\n",
               method, path);
    if (message->body != NULL || strcmp(method, "POST") == 0) {
        buf_printf(out, "Content-Length: %zu\r\n", message->len);
    }
    buf_add_text(out, "Accept: application/json, */*\r\n"
                      "Content-Type: application/json\r\n"
                      "Accept-Encoding: gzip\r\n"
                      "\r\n");
    if (message->body != NULL) {
        buf_add(out, message->body, message->len);
    }
}

int client_request(struct client *client,
                   const struct client_message *message,
                   struct answer *out,
                   struct err *err)
{
    CLEANUP(buf_clear) struct buf bytes = BUF_INIT(WIRE_BYTES_MAX);
    struct err unsent = {0};

    client_write(message, &bytes);
    if (buf_check(&bytes, "the request", err) < 0) {
        return -1;
    }
    if (client_send(client, buf_text(&bytes), bytes.len, &unsent) == 0) {
        return client_receive(client, out, err);
    }
    /* What stopped us may have been the answer: 413 comes before the body is through. */
    if (client->wire.state != CLIENT_OPEN && client->wire.in.len > 0) {
        return client_receive(client, out, err);
    }
    *err = unsent;
    return -1;
}

int client_probe(const char *address,
                 const char *path,
                 unsigned int timeout_ms,
                 unsigned int *status_out,
                 struct err *err)
{
    const struct client_options options = {.plain = true, .timeout_ms = timeout_ms};
    const struct client_message message = {.method = "GET", .path = path};
    CLEANUP(client_free) struct client *client = client_connect(address, &options, err);
    CLEANUP(answer_clear) struct answer answer = {0};

    if (client == NULL || client_request(client, &message, &answer, err) < 0) {
        return -1;
    }
    *status_out = answer.status;
    return 0;
}

void client_half_close(struct client *client, bool goodbye)
{
    struct wire *wire = &client->wire;

    if (goodbye && wire->ssl != NULL && wire->standing && wire->state == CLIENT_OPEN) {
        (void)SSL_shutdown(wire->ssl); /* 0: sent, and the peer's is not here yet */
        client_tls_take(wire->ssl, &wire->out);
    }
    wire_flush(wire);
    (void)shutdown(wire->fd, SHUT_WR);
}

bool client_wait_closed(struct client *client, unsigned int within_ms, unsigned int *took_ms_out)
{
    const uint64_t began_ms = clock_monotonic_ms();
    struct wire *wire = &client->wire;

    wire_take_in(wire);
    while (wire->state == CLIENT_OPEN) {
        wire_forget(wire, wire->in.len);
        if (!wire_await(wire, POLLIN, began_ms + within_ms)) {
            return false;
        }
        wire_take_in(wire);
    }
    *took_ms_out = (unsigned int)(clock_monotonic_ms() - began_ms);
    return true;
}

bool client_wait_dropped(struct client *client, unsigned int within_ms, unsigned int *took_ms_out)
{
    uint64_t read_ms = clock_monotonic_ms(); /* when the peer was last seen to have read */
    struct loopback_peer before = loopback_look(client->wire.fd);
    struct loopback_peer now = before;

    while (now.is_open) {
        if (now.n_unread != before.n_unread) {
            read_ms = clock_monotonic_ms();
        }
        if (clock_monotonic_ms() >= read_ms + within_ms) {
            return false;
        }
        before = now;
        pause_ms(LOOK_EVERY_MS);
        now = loopback_look(client->wire.fd);
    }
    *took_ms_out = (unsigned int)(clock_monotonic_ms() - read_ms);
    return true;
}

int64_t client_peer_serial(const struct client *client)
{
    const SSL *ssl = client->wire.ssl;
    const X509 *certificate = ssl != NULL ? SSL_get0_peer_certificate(ssl) : NULL;
    int64_t serial;

    if (certificate == NULL ||
        ASN1_INTEGER_get_int64(&serial, X509_get0_serialNumber(certificate)) != 1) {
        return -1;
    }
    return serial;
}

const char *client_tls_version(const struct client *client)
{
    return client->wire.ssl != NULL ? SSL_get_version(client->wire.ssl) : "";
}

int client_hello(const struct client_options *options, struct buf *out, struct err *err)
{
    CLEANUP(ssl_free) SSL *ssl = client_tls_new(options, err);

    if (ssl == NULL) {
        return -1;
    }
    (void)SSL_do_handshake(ssl); /* waits for an answer that never comes */
    client_tls_take(ssl, out);
    return buf_check(out, "the ClientHello", err);
}
