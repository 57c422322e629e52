/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/key.h"

#include <stdbool.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/openssl.h"
#include "certs/pem.h"

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

EVP_PKEY *key_parse(const char *text, size_t len, size_t max_bytes, struct err *err)
{
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = NULL;
    CLEANUP(pem_clear) struct pem_block block = {0};
    struct pem_reader reader;

    if (pem_open(&reader, text, len, max_bytes, err) < 0 || next_key(&reader, &block, err) < 0) {
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

int key_check(EVP_PKEY *key, X509 *certificate, struct err *err)
{
    char subject[CERTIFICATE_SUBJECT_SIZE];

    if (X509_check_private_key(certificate, key) != 1) {
        certificate_subject(certificate, subject);
        return err_set(err, ERR_INVALID, "the key is not the one of the first certificate, '%s'",
                       subject);
    }
    if (!is_whole(key)) {
        return openssl_fail(err, ERR_INVALID,
                            "the key is damaged: its private part does not belong to its public");
    }
    return 0;
}
