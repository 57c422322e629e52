/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pair.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "certs/certificate.h"
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

static EVP_PKEY *parse_key(const struct pem_block *block, struct err *err)
{
    const unsigned char *at = block->bytes;
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)block->len);

    if (key == NULL) {
        openssl_fail(err, ERR_INVALID, "line %zu: the key cannot be decoded", block->line);
        return NULL;
    }
    if (at != block->bytes + block->len) {
        err_set(err, ERR_INVALID, "line %zu: the key is followed by other bytes, expected none",
                block->line);
        return NULL;
    }
    return TAKE(key);
}

static bool is_key(const char *label)
{
    return strcmp(label, "PRIVATE KEY") == 0 || strcmp(label, "EC PRIVATE KEY") == 0 ||
           strcmp(label, "RSA PRIVATE KEY") == 0;
}

/* Go on to the next key; before those of `openssl ecparam` stands which curve it is. */
static int next_key(struct pem_reader *reader, struct pem_block *block, struct err *err)
{
    do {
        if (pem_next(reader, block, err) < 0) {
            return -1;
        }
    } while (strcmp(block->label, "EC PARAMETERS") == 0);
    if (strcmp(block->label, "ENCRYPTED PRIVATE KEY") == 0) {
        return err_set(err, ERR_INVALID, "line %zu: the key is encrypted, expected one that is not",
                       block->line);
    }
    if (!pem_is_end(block) && !is_key(block->label)) {
        return err_set(err, ERR_INVALID, "line %zu: expected a block 'PRIVATE KEY', found '%s'",
                       block->line, block->label);
    }
    return 0;
}

static EVP_PKEY *read_key(const char *text, size_t len, struct err *err)
{
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = NULL;
    CLEANUP(pem_clear) struct pem_block block = {0};
    struct pem_reader reader;

    if (pem_open(&reader, text, len, PAIR_PEM_BYTES_MAX, err) < 0 ||
        next_key(&reader, &block, err) < 0) {
        return NULL;
    }
    if (pem_is_end(&block)) {
        err_set(err, ERR_INVALID, "there is no private key, expected one in PEM");
        return NULL;
    }
    key = parse_key(&block, err);
    if (key == NULL || next_key(&reader, &block, err) < 0) {
        return NULL;
    }
    if (!pem_is_end(&block)) {
        err_set(err, ERR_INVALID, "line %zu: there is a second key, expected one", block.line);
        return NULL;
    }
    return TAKE(key);
}

/*
 * Whether the private part of the key belongs to its public part, which alone the certificate is
 * compared with: a byte may have been lost where no checksum is.
 */
static bool is_whole(EVP_PKEY *key)
{
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

    return ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;
}

static int check_leaf(X509 *leaf, EVP_PKEY *key, struct err *err)
{
    char subject[CERTIFICATE_SUBJECT_SIZE];

    certificate_subject(leaf, subject);
    if (X509_check_ca(leaf) != 0 && !certificate_is_own_issuer(leaf)) {
        return err_set(err, ERR_INVALID,
                       "the first certificate, '%s', is a CA; expected the server's own", subject);
    }
    if (X509_check_private_key(leaf, key) != 1) {
        return err_set(err, ERR_INVALID, "the key is not the one of the first certificate, '%s'",
                       subject);
    }
    if (!is_whole(key)) {
        return openssl_fail(err, ERR_INVALID,
                            "the key is damaged: its private part does not belong to its public");
    }
    return 0;
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
    private_key = read_key(key, key_len, err);
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

/* RFC 3339, in UTC, for years up to 9999. */
#define TIME_SIZE sizeof("9999-12-31T23:59:59Z")

static const char *format_time(long long time_s, char out[static TIME_SIZE])
{
    const time_t time = (time_t)time_s;
    struct tm utc;

    if (gmtime_r(&time, &utc) == NULL ||
        strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        out[0] = '\0';
    }
    return out;
}

static int check_time(const struct pair *pair, long long now_s, struct err *err)
{
    char limit[TIME_SIZE];
    char now[TIME_SIZE];

    if (now_s < pair->not_before_s) {
        return err_set(err, ERR_INVALID, "the certificate is valid from %s, and it is %s",
                       format_time(pair->not_before_s, limit), format_time(now_s, now));
    }
    if (now_s > pair->not_after_s) {
        return err_set(err, ERR_INVALID, "the certificate was valid until %s, and it is %s",
                       format_time(pair->not_after_s, limit), format_time(now_s, now));
    }
    return 0;
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
    if (check_time(pair, expected->now_s, err) < 0 ||
        leaf_check_names(leaf, expected->names, expected->n_names, err) < 0 ||
        leaf_check_use(leaf, err) < 0) {
        return -1;
    }
    return check_trust(pair, expected, err);
}
