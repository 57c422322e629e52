/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/issuer.h"

#include <stdlib.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/key.h"
#include "certs/openssl.h"
#include "certs/pair.h"

/* A byte that was lost elsewhere than in the key still parses. */
static bool is_damaged(X509 *certificate)
{
    return (X509_get_extension_flags(certificate) & EXFLAG_SI) != 0 &&
           !certificate_is_own_issuer(certificate);
}

bool authority_is_ca(X509 *certificate)
{
    struct err err = {0}; /* the answer is enough */

    return X509_check_ca(certificate) == 1 && certificate_check_serial(certificate, &err) == 0 &&
           !is_damaged(certificate);
}

/* Whether it is what all clients take for the issuer of a server's certificate. */
static int check_ca(X509 *certificate, struct err *err)
{
    if (X509_check_ca(certificate) != 1) {
        return err_set(err, ERR_INVALID, "the certificate is no CA, expected one that can issue");
    }
    /* By its keyUsage, and extendedKeyUsage where it has that. */
    if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 1) != 1) {
        return err_set(err, ERR_INVALID,
                       "the CA cannot issue certificates of servers, expected keyUsage with "
                       "keyCertSign and no extendedKeyUsage without serverAuth");
    }
    if ((X509_get_extension_flags(certificate) & EXFLAG_CRITICAL) != 0 ||
        X509_get_ext_by_NID(certificate, NID_name_constraints, -1) >= 0) {
        return err_set(err, ERR_INVALID,
                       "the CA is bound by constraints, expected one that can issue for each name");
    }
    if (X509_get0_subject_key_id(certificate) == NULL) {
        return err_set(err, ERR_INVALID, "the CA has no subject key identifier, expected one");
    }
    return 0;
}

static int check(const struct issuer *authority, struct err *err)
{
    X509 *certificate = authority->certificate;

    if (key_check(authority->key, certificate, err) < 0 || check_ca(certificate, err) < 0 ||
        certificate_check_serial(certificate, err) < 0 ||
        certificate_check_key(certificate, err) < 0) {
        return -1;
    }
    if (is_damaged(certificate)) {
        return err_set(err, ERR_INVALID, "the CA is damaged: its signature is not its own");
    }
    return 0;
}

struct issuer *issuer_parse(const char *certificates, const char *key, struct err *err)
{
    CLEANUP(issuer_free) struct issuer *authority = calloc(1, sizeof(*authority));

    if (authority == NULL) {
        err_no_memory(err);
        return NULL;
    }
    authority->certificate = certificate_first(certificates, PAIR_PEM_BYTES_MAX, err);
    if (authority->certificate == NULL) {
        err_wrap(err, "certificate");
        return NULL;
    }
    authority->key = key_parse(key, strlen(key), PAIR_PEM_BYTES_MAX, err);
    if (authority->key == NULL) {
        err_wrap(err, "key");
        return NULL;
    }
    return check(authority, err) == 0 ? TAKE(authority) : NULL;
}

void issuer_free(struct issuer *authority)
{
    if (authority == NULL) {
        return;
    }
    X509_free(authority->certificate);
    EVP_PKEY_free(authority->key);
    free(authority);
}

int issuer_check(const struct issuer *authority, long long now_s, struct err *err)
{
    return certificate_check_time(authority->certificate, now_s, err);
}
