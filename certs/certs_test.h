/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Certificates for tests
 *
 * Made when they are needed, good or bad in just the way that a test asks for. Any failure here
 * fails the test.
 */

#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>

#include "certs/openssl.h"
#include "certs/pair.h"
#include "certs/trust.h"
#include "tests/test.h"

#define CERTS_TEST_NOW_S 1800000000LL /* 2027-01-15T08:00:00Z */
#define CERTS_TEST_DAY_S (24LL * 60 * 60)

struct certs_test {
    X509 *certificate;
    EVP_PKEY *key;
    struct trust_der der; /* of der_bytes */
    unsigned char *der_bytes;
    char *pem;
    char *key_pem;
};

/* What is not set is absent from the certificate, or as it says. Extensions are as in openssl's
 * x509v3_config. */
struct certs_test_options {
    const char *common_name;           /* "leaf" */
    const struct certs_test *issuer;   /* itself */
    const struct certs_test *same_key; /* a new key */
    const char
        *key_type; /* "P-256"; also "P-256 written out", other curves, "ED25519", "RSA-1024" */
    const char *names;
    const char *constraints;
    const char *key_usage;
    const char *extended_key_usage;
    const char *name_constraints;
    long serial;       /* 1 */
    long long from_s;  /* a day before CERTS_TEST_NOW_S */
    long long until_s; /* a day after */
    bool identifiers;  /* of the keys of subject and issuer */
    bool sha1;         /* SHA-256 */
    bool version_1;
};

struct certs_test *certs_test_new(const struct certs_test_options *options)
    __attribute__((nonnull, warn_unused_result));
void certs_test_free(struct certs_test *made);

/* A CA with this name, and a leaf for these names that it issued. */
struct certs_test *certs_test_ca(const char *common_name)
    __attribute__((nonnull, warn_unused_result));
struct certs_test *certs_test_leaf(const struct certs_test *issuer, const char *names)
    __attribute__((nonnull, warn_unused_result));

/* What these texts are parsed to; they must be good. */
struct trust *certs_test_trust(const char *pem) __attribute__((nonnull, warn_unused_result));
struct pair *certs_test_pair(const char *certificates, const char *key)
    __attribute__((nonnull, warn_unused_result));

/* Both texts, one behind the other. Owner: the caller. */
char *certs_test_join(const char *first, const char *second)
    __attribute__((nonnull, warn_unused_result));

/* What was written to @bio, terminated. Owner: the caller. */
char *certs_test_take_text(BIO *bio) __attribute__((nonnull, warn_unused_result));

/* Numbers that look random and are the same in each run. */
unsigned int certs_test_random(unsigned int *state) __attribute__((nonnull));

/*
 * That the call before left nothing in OpenSSL's queue, and that it failed so. Where @message ends
 * in "...", a reason follows that is OpenSSL's own and differs between its versions.
 */
void certs_test_check_queue(void);
void certs_test_check_err(const struct err *err, enum err_code code, const char *message)
    __attribute__((nonnull));

DEFINE_CLEANUP(struct certs_test, certs_test_free)
