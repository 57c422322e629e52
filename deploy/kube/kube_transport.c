/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_transport.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "certs/pair.h"
#include "certs/trust.h"
#include "deploy/kube/kube_address.h"
#include "deploy/kube/kube_token.h"
#include "deploy/kube/rotating_file.h"

struct kube_transport {
    const struct kube_config *config;
    char *user_agent;
    struct kube_address address;
    struct kube_token token;
    struct rotating_file ca_file; /* path NULL: there is none */
    struct buf ca;                /* the PEM in force; empty: the system's */
    struct err ca_trouble;        /* why the CA file as it is now is not in force */
    struct err token_trouble;
    unsigned int file_age_ms;
};

/* Put the authorities in @pem in force, if they are any. */
static int use_ca(struct kube_transport *transport, const char *pem, size_t len, struct err *err)
{
    CLEANUP(trust_unref) struct trust *trust = trust_parse(pem, len, err);
    CLEANUP(buf_clear) struct buf ca = BUF_INIT(TRUST_PEM_BYTES_MAX);
    struct buf old;

    if (trust == NULL) {
        return err_wrap(err, "the cluster's CA");
    }
    buf_add(&ca, pem, len);
    if (buf_check(&ca, "the cluster's CA", err) < 0) {
        return -1;
    }
    old = transport->ca;
    transport->ca = ca;
    ca = old;
    return 0;
}

static int look_at_ca(struct kube_transport *transport, unsigned int age_ms, struct err *err)
{
    struct rotating_file *file = &transport->ca_file;
    bool changed;

    if (file->path == NULL) {
        return 0;
    }
    if (rotating_file_look(file, clock_monotonic_ms(), age_ms, &changed, err) < 0) {
        return -1;
    }
    if (!changed && transport->ca_trouble.code == ERR_NONE) {
        return 0;
    }
    if (use_ca(transport, buf_text(&file->text), file->text.len, err) < 0) {
        return err_wrap(err, "'%s'", file->path);
    }
    return 0;
}

/* A pair that does not fit would only be told by the server's refusal. */
static int check_pair(const struct kube_config *config, struct err *err)
{
    CLEANUP(pair_free) struct pair *pair = NULL;

    if (config->client_cert_pem == NULL) {
        return 0;
    }
    pair = pair_parse(config->client_cert_pem, strlen(config->client_cert_pem),
                      config->client_key_pem, strlen(config->client_key_pem), err);
    return pair != NULL ? 0 : err_wrap(err, "the client certificate");
}

static int set_up(struct kube_transport *transport, struct err *err)
{
    const struct kube_config *config = transport->config;

    if (kube_address_read(&transport->address, config->server, config->tls_server_name, err) < 0 ||
        kube_token_init(&transport->token, config->token, config->token_file, clock_monotonic_ms(),
                        err) < 0 ||
        check_pair(config, err) < 0) {
        return -1;
    }
    if (config->ca_pem != NULL) {
        return use_ca(transport, config->ca_pem, strlen(config->ca_pem), err);
    }
    if (config->ca_file != NULL) {
        rotating_file_init(&transport->ca_file, config->ca_file, TRUST_PEM_BYTES_MAX);
    }
    return look_at_ca(transport, 0, err);
}

struct kube_transport *
kube_transport_new(const struct kube_config *config, const char *user_agent, struct err *err)
{
    CLEANUP(kube_transport_free) struct kube_transport *transport = calloc(1, sizeof(*transport));

    if (transport == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    transport->config = config;
    transport->user_agent = strdup(user_agent);
    if (transport->user_agent == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    return set_up(transport, err) == 0 ? TAKE(transport) : NULL;
}

void kube_transport_free(struct kube_transport *transport)
{
    if (transport == NULL) {
        return;
    }
    kube_address_clear(&transport->address);
    kube_token_clear(&transport->token);
    rotating_file_clear(&transport->ca_file);
    buf_clear(&transport->ca);
    free(transport->user_agent);
    free(transport);
}

/* Look whether token and CA were rotated; where that fails those before stay. */
static void look_at_files(struct kube_transport *transport)
{
    const unsigned int age_ms = transport->file_age_ms;
    struct err err = {0};

    transport->token_trouble =
        kube_token_look(&transport->token, clock_monotonic_ms(), age_ms, &err) == 0
            ? (struct err){0}
            : err;
    transport->ca_trouble = look_at_ca(transport, age_ms, &err) == 0 ? (struct err){0} : err;
}

const char *kube_transport_trouble(const struct kube_transport *transport)
{
    return transport->token_trouble.code != ERR_NONE ? transport->token_trouble.msg
                                                     : transport->ca_trouble.msg;
}

void kube_transport_set_file_age(struct kube_transport *transport, unsigned int age_ms)
{
    transport->file_age_ms = age_ms;
}

bool kube_transport_doubt_token(struct kube_transport *transport)
{
    return kube_token_doubt(&transport->token);
}

int kube_transport_open(struct kube_transport *transport,
                        const struct kube_exchange_ask *ask,
                        const struct kube_exchange_listener *listener,
                        struct kube_exchange *out,
                        struct err *err)
{
    struct kube_exchange_terms terms;

    look_at_files(transport);
    terms = (struct kube_exchange_terms){
        .user_agent = transport->user_agent,
        .address = &transport->address,
        .ca_pem = transport->ca.len > 0 ? buf_text(&transport->ca) : NULL,
        .client_cert_pem = transport->config->client_cert_pem,
        .client_key_pem = transport->config->client_key_pem,
        .token_header = transport->token.header.len > 0 ? buf_text(&transport->token.header) : NULL,
    };
    return kube_exchange_open(&terms, ask, listener, out, err);
}
