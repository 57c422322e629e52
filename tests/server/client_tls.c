/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/client_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define ALPN_BYTES_MAX 255 /* the length is one byte on the wire */

DEFINE_CLEANUP(SSL_CTX, SSL_CTX_free)
DEFINE_CLEANUP(BIO, BIO_free_all)
DEFINE_CLEANUP(X509, X509_free)
DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)

int client_tls_fail(const SSL *ssl, const char *what, struct err *err)
{
    const long verified = ssl != NULL ? SSL_get_verify_result(ssl) : X509_V_OK;
    const unsigned long code = ERR_peek_error();
    char reason[256] = "no reason given";

    if (code != 0) {
        ERR_error_string_n(code, reason, sizeof(reason));
    }
    ERR_clear_error();
    if (verified != X509_V_OK) {
        return err_set(err, ERR_IO, "%s: %s (%s)", what, reason,
                       X509_verify_cert_error_string(verified));
    }
    return err_set(err, ERR_IO, "%s: %s", what, reason);
}

/* Trust the certificates in @pem and nothing else. */
static int trust(SSL_CTX *context, const char *pem, struct err *err)
{
    CLEANUP(BIO_free_all) BIO *in = BIO_new_mem_buf(pem, -1);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    int n = 0;

    for (;; n++) {
        CLEANUP(X509_free) X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
        if (certificate == NULL) {
            break;
        }
        if (X509_STORE_add_cert(store, certificate) != 1) {
            return client_tls_fail(NULL, "a CA certificate", err);
        }
    }
    ERR_clear_error(); /* the end of the text is one */
    if (n == 0) {
        return err_set(err, ERR_INVALID, "expected a CA certificate in PEM");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return 0;
}

/* Present the client's own certificate when the server asks. */
static int identify(SSL_CTX *context, const struct client_options *options, struct err *err)
{
    CLEANUP(BIO_free_all) BIO *certificates = BIO_new_mem_buf(options->certificate, -1);
    CLEANUP(BIO_free_all) BIO *keys = BIO_new_mem_buf(options->key, -1);
    CLEANUP(X509_free) X509 *certificate = PEM_read_bio_X509(certificates, NULL, NULL, NULL);
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL);

    if (certificate == NULL || key == NULL || SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1) {
        (void)client_tls_fail(NULL, "the client's certificate and key", err);
        err->code = ERR_INVALID;
        return -1;
    }
    return 0;
}

static int configure(SSL_CTX *context, const struct client_options *options, struct err *err)
{
    /* Level 0 lets a test offer what a server must refuse: TLS 1.0 and 1.1. */
    SSL_CTX_set_security_level(context, 0);
    if (SSL_CTX_set_min_proto_version(context, options->tls_min) != 1 ||
        SSL_CTX_set_max_proto_version(context, options->tls_max) != 1) {
        return client_tls_fail(NULL, "the TLS versions", err);
    }
    if (options->ca != NULL && trust(context, options->ca, err) < 0) {
        return -1;
    }
    return options->certificate != NULL ? identify(context, options, err) : 0;
}

/* Say whom we want (SNI), and accept nobody else's certificate. */
static int ask_for(SSL *ssl, const char *server_name, struct err *err)
{
    char name[TLSEXT_MAXLEN_host_name + 1]; /* OpenSSL's macro takes no const */

    if ((size_t)snprintf(name, sizeof(name), "%s", server_name) >= sizeof(name) ||
        SSL_set_tlsext_host_name(ssl, name) != 1 || SSL_set1_host(ssl, name) != 1) {
        return err_set(err, ERR_INVALID, "expected a server's name, found '%s'", server_name);
    }
    return 0;
}

static int offer_protocol(SSL *ssl, const char *protocol, struct err *err)
{
    const size_t len = strlen(protocol);
    unsigned char wire[1 + ALPN_BYTES_MAX];

    if (len == 0 || len > ALPN_BYTES_MAX) {
        return err_set(err, ERR_INVALID, "expected a protocol's name, found '%s'", protocol);
    }
    wire[0] = (unsigned char)len;
    memcpy(wire + 1, protocol, len);
    /* Zero is success here, and here alone. */
    if (SSL_set_alpn_protos(ssl, wire, (unsigned int)len + 1) != 0) {
        return client_tls_fail(NULL, "the protocol", err);
    }
    return 0;
}

SSL *client_tls_new(const struct client_options *options, struct err *err)
{
    CLEANUP(SSL_CTX_free) SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    CLEANUP(ssl_free) SSL *ssl = NULL;
    BIO *in = NULL;
    BIO *out = NULL;

    ERR_clear_error();
    if (context == NULL || configure(context, options, err) < 0) {
        return NULL;
    }
    ssl = SSL_new(context);
    in = BIO_new(BIO_s_mem());
    out = BIO_new(BIO_s_mem());
    if (ssl == NULL || in == NULL || out == NULL) {
        BIO_free_all(in);
        BIO_free_all(out);
        (void)err_no_memory(err);
        return NULL;
    }
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    if (options->server_name != NULL && ask_for(ssl, options->server_name, err) < 0) {
        return NULL;
    }
    if (options->alpn != NULL && offer_protocol(ssl, options->alpn, err) < 0) {
        return NULL;
    }
    return TAKE(ssl);
}

void client_tls_take(SSL *ssl, struct buf *out)
{
    BIO *bio = SSL_get_wbio(ssl);
    char *bytes = NULL;
    const long n = BIO_get_mem_data(bio, &bytes);

    if (n > 0) {
        buf_add(out, bytes, (size_t)n);
        (void)BIO_reset(bio);
    }
}
