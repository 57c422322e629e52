/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/identity.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "certs/pair.h"
#include "certs/trust.h"
#include "webhook/server/current.h"

struct identity_pair {
    atomic_size_t owners;
    struct pair *pair;                     /* as OpenSSL reads it */
    gnutls_pcert_st chain[PAIR_CHAIN_MAX]; /* as GnuTLS presents it */
    unsigned int n_chain;
    gnutls_privkey_t key;
};

struct identity {
    const struct text_list *names;
    struct current pair;  /* struct identity_pair */
    struct current trust; /* struct trust; none: any authority will do */
};

static void *pair_ref(void *value)
{
    struct identity_pair *pair = value;

    (void)atomic_fetch_add_explicit(&pair->owners, 1, memory_order_relaxed);
    return pair;
}

void identity_pair_unref(struct identity_pair *pair)
{
    if (pair == NULL || atomic_fetch_sub_explicit(&pair->owners, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (unsigned int i = 0; i < pair->n_chain; i++) {
        gnutls_pcert_deinit(&pair->chain[i]);
    }
    gnutls_privkey_deinit(pair->key); /* cleanses */
    pair_free(pair->pair);
    free(pair);
}

static void pair_unref(void *value)
{
    identity_pair_unref(value);
}

static void *authorities_ref(void *value)
{
    return trust_ref(value);
}

static void authorities_unref(void *value)
{
    trust_unref(value);
}

struct identity *identity_new(const struct text_list *names, struct err *err)
{
    struct identity *identity = calloc(1, sizeof(*identity));

    if (identity == NULL) {
        err_no_memory(err);
        return NULL;
    }
    identity->names = names;
    current_init(&identity->pair, pair_ref, pair_unref);
    current_init(&identity->trust, authorities_ref, authorities_unref);
    return identity;
}

void identity_free(struct identity *identity)
{
    if (identity != NULL) {
        current_clear(&identity->pair);
        current_clear(&identity->trust);
        free(identity);
    }
}

/* What certs/ accepted should be nothing new to GnuTLS; but it is another reader. */
static int gnutls_error(int code, const char *what, struct err *err)
{
    if (code == GNUTLS_E_MEMORY_ERROR) {
        return err_no_memory(err);
    }
    return err_set(err, ERR_INVALID, "the TLS library refuses the %s: %s", what,
                   gnutls_strerror(code));
}

static int read_chain(struct identity_pair *pair, const gnutls_datum_t *pem, struct err *err)
{
    unsigned int n = PAIR_CHAIN_MAX;
    int code = gnutls_pcert_list_import_x509_raw(pair->chain, &n, pem, GNUTLS_X509_FMT_PEM, 0);

    if (code < 0) {
        return gnutls_error(code, "certificate", err);
    }
    pair->n_chain = n;
    return 0;
}

static int read_key(struct identity_pair *pair, const gnutls_datum_t *pem, struct err *err)
{
    int code = gnutls_privkey_import_x509_raw(pair->key, pem, GNUTLS_X509_FMT_PEM, NULL, 0);

    return code < 0 ? gnutls_error(code, "private key", err) : 0;
}

/* GnuTLS reads the bytes and does not write them. */
static gnutls_datum_t datum(const char *bytes, size_t len)
{
    gnutls_datum_t datum = {.size = (unsigned int)len}; /* bounded by pair_parse() */

    memcpy(&datum.data, &bytes, sizeof(bytes));
    return datum;
}

struct identity_pair *identity_pair_new(const char *certificates,
                                        size_t certificates_len,
                                        const char *key,
                                        size_t key_len,
                                        struct err *err)
{
    CLEANUP(identity_pair_unref) struct identity_pair *pair = calloc(1, sizeof(*pair));
    gnutls_datum_t certificates_datum;
    gnutls_datum_t key_datum;

    if (pair == NULL) {
        err_no_memory(err);
        return NULL;
    }
    atomic_init(&pair->owners, 1);
    if (gnutls_privkey_init(&pair->key) < 0) {
        err_no_memory(err);
        return NULL;
    }
    pair->pair = pair_parse(certificates, certificates_len, key, key_len, err);
    if (pair->pair == NULL) {
        return NULL;
    }
    certificates_datum = datum(certificates, certificates_len);
    key_datum = datum(key, key_len);
    if (read_chain(pair, &certificates_datum, err) < 0 || read_key(pair, &key_datum, err) < 0) {
        return NULL;
    }
    return TAKE(pair);
}

long long identity_pair_not_after_s(const struct identity_pair *pair)
{
    return pair_not_after_s(pair->pair);
}

bool identity_pair_has_leaf(const struct identity_pair *pair, const void *der, size_t len)
{
    const gnutls_datum_t *leaf = &pair->chain[0].cert;

    return leaf->size == len && memcmp(leaf->data, der, len) == 0;
}

int identity_check_pair(const struct identity *identity,
                        const struct identity_pair *pair,
                        const struct trust *trust,
                        long long now_s,
                        struct err *err)
{
    const struct pair_expectation expected = {
        .names = identity->names->items,
        .n_names = identity->names->n,
        .trust = trust,
        .now_s = now_s,
    };

    return pair_check(pair->pair, &expected, err);
}

int identity_check(struct identity *identity, long long now_s, struct err *err)
{
    CLEANUP(identity_pair_unref) struct identity_pair *pair = identity_get_pair(identity);
    CLEANUP(trust_unref) struct trust *trust = current_get(&identity->trust);

    if (pair == NULL) {
        return err_set(err, ERR_NOT_FOUND, "there is no certificate yet");
    }
    return identity_check_pair(identity, pair, trust, now_s, err);
}

void identity_use_pair(struct identity *identity, struct identity_pair *pair)
{
    current_set(&identity->pair, pair);
}

void identity_use_trust(struct identity *identity, struct trust *trust)
{
    current_set(&identity->trust, trust);
}

struct identity_pair *identity_get_pair(struct identity *identity)
{
    return current_get(&identity->pair);
}

void identity_attach(gnutls_session_t tls, struct identity_session *session)
{
    /* The pointer for a session store, of which there is none; the session's other pointer is
     * libmicrohttpd's. */
    gnutls_db_set_ptr(tls, session);
}

void identity_session_clear(struct identity_session *session)
{
    identity_pair_unref(session->pair);
    session->pair = NULL;
}

/* NOLINTNEXTLINE(readability-function-size): GnuTLS' parameters */
int identity_retrieve(gnutls_session_t tls,
                      const struct gnutls_cert_retr_st *info,
                      gnutls_pcert_st **certificates,
                      unsigned int *n_certificates,
                      gnutls_ocsp_data_st **ocsp,
                      unsigned int *n_ocsp,
                      gnutls_privkey_t *key,
                      unsigned int *flags)
{
    struct identity_session *session = gnutls_db_get_ptr(tls);

    (void)info;
    if (session == NULL) {
        return -1; /* there was no memory for one */
    }
    if (session->pair == NULL) {
        session->pair = identity_get_pair(session->identity);
    }
    if (session->pair == NULL) {
        return -1;
    }
    *certificates = session->pair->chain;
    *n_certificates = session->pair->n_chain;
    *ocsp = NULL;
    *n_ocsp = 0;
    *key = session->pair->key;
    *flags = 0; /* what it got stays ours */
    return 0;
}
