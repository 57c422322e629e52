/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/sources.h"

#include <openssl/crypto.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "certs/pair.h"
#include "policies/load.h"

static void *load_policies(void *data, struct err *err)
{
    const struct sources *sources = data;
    const char *path = sources->settings->policies;

    return path != NULL ? policy_load(path, err) : policy_load_shipped(err);
}

static void use_policies(void *data, void *value)
{
    struct sources *sources = data;
    const struct policy_set *set = value;

    metrics_set_policies(sources->metrics, set->policies.n);
    current_set(sources->policies, value);
}

static void drop_policies(void *value)
{
    policy_set_unref(value);
}

/* A buffer that held a key. */
static void cleanse_clear_p(struct buf *buf)
{
    if (buf->bytes != NULL) {
        OPENSSL_cleanse(buf->bytes, buf->size);
    }
    buf_clear(buf);
}

static struct trust *load_trust(const char *path, struct err *err)
{
    CLEANUP(buf_clear) struct buf pem = BUF_INIT(TRUST_PEM_BYTES_MAX);
    struct trust *trust;

    if (file_read(path, &pem, err) < 0) {
        return NULL;
    }
    trust = trust_parse(buf_text(&pem), pem.len, err);
    if (trust == NULL) {
        err_wrap(err, "CA bundle '%s'", path);
    }
    return trust;
}

/* The pair is judged by the bundle that lies beside it now, not by the one in force, which may be
 * of another generation. */
static void *load_pair(void *data, struct err *err)
{
    const struct sources *sources = data;
    const struct settings *settings = sources->settings;
    CLEANUP(buf_clear) struct buf certificates = BUF_INIT(PAIR_PEM_BYTES_MAX);
    CLEANUP(cleanse_clear) struct buf key = BUF_INIT(PAIR_PEM_BYTES_MAX);
    CLEANUP(trust_unref) struct trust *trust = NULL;
    CLEANUP(identity_pair_unref) struct identity_pair *pair = NULL;

    if (settings->tls_ca_file != NULL) {
        trust = load_trust(settings->tls_ca_file, err);
        if (trust == NULL) {
            return NULL;
        }
    }
    if (file_read(settings->tls_cert_file, &certificates, err) < 0 ||
        file_read(settings->tls_private_key_file, &key, err) < 0) {
        return NULL;
    }
    pair =
        identity_pair_new(buf_text(&certificates), certificates.len, buf_text(&key), key.len, err);
    if (pair == NULL ||
        identity_check_pair(sources->identity, pair, trust, clock_wall_s(), err) < 0) {
        err_wrap(err, "certificate '%s' with key '%s'", settings->tls_cert_file,
                 settings->tls_private_key_file);
        return NULL;
    }
    return TAKE(pair);
}

static void use_pair(void *data, void *value)
{
    struct sources *sources = data;

    metrics_set_certificate_expiry(sources->metrics, identity_pair_not_after_s(value));
    identity_use_pair(sources->identity, value);
}

static void drop_pair(void *value)
{
    identity_pair_unref(value);
}

static void *load_server_ca(void *data, struct err *err)
{
    const struct sources *sources = data;

    return load_trust(sources->settings->tls_ca_file, err);
}

static void use_server_ca(void *data, void *value)
{
    struct sources *sources = data;

    identity_use_trust(sources->identity, value);
}

static void *load_client_ca(void *data, struct err *err)
{
    const struct sources *sources = data;

    return load_trust(sources->settings->client_ca_file, err);
}

static void use_client_ca(void *data, void *value)
{
    struct sources *sources = data;

    callers_use_trust(sources->callers, value);
}

static void drop_trust(void *value)
{
    trust_unref(value);
}

static void add(struct sources *sources, struct reload_source source)
{
    source.data = sources;
    sources->items[sources->n++] = source;
}

void sources_init(struct sources *sources)
{
    const struct settings *settings = sources->settings;

    add(sources, (struct reload_source){.what = "policies",
                                        .paths = {settings->policies},
                                        .metric = METRICS_RELOAD_POLICIES,
                                        .load = load_policies,
                                        .use = use_policies,
                                        .drop = drop_policies});
    if (settings->tls_ca_file != NULL) {
        add(sources, (struct reload_source){.what = "CA bundle of the certificate",
                                            .paths = {settings->tls_ca_file},
                                            .metric = METRICS_RELOAD_CERTIFICATE,
                                            .load = load_server_ca,
                                            .use = use_server_ca,
                                            .drop = drop_trust});
    }
    if (settings->tls_cert_file != NULL) {
        add(sources,
            (struct reload_source){.what = "certificate",
                                   .paths = {settings->tls_cert_file,
                                             settings->tls_private_key_file, settings->tls_ca_file},
                                   .metric = METRICS_RELOAD_CERTIFICATE,
                                   .load = load_pair,
                                   .use = use_pair,
                                   .drop = drop_pair});
    }
    if (settings->client_ca_file != NULL) {
        add(sources, (struct reload_source){.what = "client CA",
                                            .paths = {settings->client_ca_file},
                                            .metric = METRICS_RELOAD_CERTIFICATE,
                                            .load = load_client_ca,
                                            .use = use_client_ca,
                                            .drop = drop_trust});
    }
}
