/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pair.h"

#include <assert.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/key.h"
#include "certs/leaf.h"
#include "certs/openssl.h"
#include "certs/pem.h"

struct pair {
    struct pem_block blocks[PAIR_CHAIN_MAX];
    X509 *certificates[PAIR_CHAIN_MAX]; /* the same, parsed; the leaf first */
    size_t n;
    long long not_before_s;
    long long not_after_s;
};

static int read_certificates(struct pair *pair, const char *text, size_t len, struct err *err)
{
    CLEANUP(pem_clear) struct pem_block block = {0};
    struct pem_reader reader;

    if (pem_open(&reader, text, len, PAIR_PEM_BYTES_MAX, err) < 0) {
        return -1;
    }
    for (;;) {
        CLEANUP(X509_free) X509 *certificate = NULL;
        if (certificate_next(&reader, &block, &certificate, err) < 0) {
            return -1;
        }
        if (certificate == NULL) {
            break;
        }
        if (pair->n == PAIR_CHAIN_MAX) {
            return err_set(err, ERR_TOO_BIG, "line %zu: there are more than %d certificates",
                           block.line, PAIR_CHAIN_MAX);
        }
        pair->blocks[pair->n] = block;
        pair->certificates[pair->n++] = TAKE(certificate);
        block = (struct pem_block){0};
    }
    if (pair->n == 0) {
        return err_set(err, ERR_INVALID, "there is no certificate, expected one or more in PEM");
    }
    return 0;
}

static int check_leaf(X509 *leaf, EVP_PKEY *key, struct err *err)
{
    char subject[CERTIFICATE_SUBJECT_SIZE];

    certificate_subject(leaf, subject);
    if (X509_check_ca(leaf) != 0 && !certificate_is_own_issuer(leaf)) {
        return err_set(err, ERR_INVALID,
                       "the first certificate, '%s', is a CA; expected the server's own", subject);
    }
    return key_check(key, leaf, err);
}

struct pair *pair_parse(const char *certificates,
                        size_t certificates_len,
                        const char *key,
                        size_t key_len,
                        struct err *err)
{
    OPENSSL_ENTER();
    CLEANUP(pair_free) struct pair *pair = calloc(1, sizeof(*pair));
    CLEANUP(EVP_PKEY_free) EVP_PKEY *private_key = NULL;
    X509 *leaf;

    if (pair == NULL) {
        err_no_memory(err);
        return NULL;
    }
    if (read_certificates(pair, certificates, certificates_len, err) < 0) {
        err_wrap(err, "certificates");
        return NULL;
    }
    private_key = key_parse(key, key_len, PAIR_PEM_BYTES_MAX, err);
    if (private_key == NULL) {
        err_wrap(err, "key");
        return NULL;
    }
    leaf = pair->certificates[0];
    assert(leaf != NULL); /* as read_certificates() found at least one */
    if (check_leaf(leaf, private_key, err) < 0 ||
        certificate_validity(leaf, &pair->not_before_s, &pair->not_after_s, err) < 0) {
        return NULL;
    }
    return TAKE(pair);
}

void pair_free(struct pair *pair)
{
    if (pair == NULL) {
        return;
    }
    for (size_t i = 0; i < pair->n; i++) {
        X509_free(pair->certificates[i]);
        pem_clear(&pair->blocks[i]);
    }
    free(pair);
}

long long pair_not_before_s(const struct pair *pair)
{
    return pair->not_before_s;
}

long long pair_not_after_s(const struct pair *pair)
{
    return pair->not_after_s;
}

bool pair_has_name(const struct pair *pair, const char *name)
{
    OPENSSL_ENTER();

    return leaf_has_name(pair->certificates[0], name);
}

static int
check_trust(const struct pair *pair, const struct pair_expectation *expected, struct err *err)
{
    struct trust_der chain[PAIR_CHAIN_MAX];

    if (expected->trust == NULL) {
        return 0;
    }
    for (size_t i = 0; i < pair->n; i++) {
        chain[i] = (struct trust_der){.bytes = pair->blocks[i].bytes, .len = pair->blocks[i].len};
    }
    return trust_verify(expected->trust, chain, pair->n, TRUST_SERVER, expected->now_s, err);
}

int pair_check(const struct pair *pair, const struct pair_expectation *expected, struct err *err)
{
    X509 *leaf = pair->certificates[0];
    OPENSSL_ENTER();

    for (size_t i = 0; i < pair->n; i++) {
        if (certificate_check_serial(pair->certificates[i], err) < 0) {
            return -1;
        }
    }
    if (certificate_check_time(leaf, expected->now_s, err) < 0 ||
        leaf_check_names(leaf, expected->names, expected->n_names, err) < 0 ||
        leaf_check_use(leaf, err) < 0) {
        return -1;
    }
    return check_trust(pair, expected, err);
}
