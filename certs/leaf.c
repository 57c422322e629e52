/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/leaf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/core_names.h>
#include <string.h>

#include "base/buf.h"
#include "certs/host.h"
#include "certs/openssl.h"

#define RSA_BITS_MIN 1024 /* the least that Go takes */

/* Of a message: all names, and one of them. */
#define NAMES_BYTES_MAX ((size_t)512)
#define NAME_BYTES_MAX  100

bool leaf_has_name(X509 *leaf, const char *name)
{
    unsigned char address[HOST_ADDRESS_SIZE];
    const size_t len = host_address(name, address);

    if (len > 0) {
        return X509_check_ip(leaf, address, len, 0) == 1;
    }
    return host_is_dns_name(name) && X509_check_host(leaf, name, strlen(name),
                                                     X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                                         X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                                                     NULL) == 1;
}

static void add_address(struct buf *out, const char *separator, const unsigned char *bytes, int len)
{
    const int family = len == (int)sizeof(struct in_addr) ? AF_INET : AF_INET6;
    char text[INET6_ADDRSTRLEN] = "";

    if (family == AF_INET || len == (int)sizeof(struct in6_addr)) {
        (void)inet_ntop(family, bytes, text, sizeof(text)); /* there is room */
    }
    buf_printf(out, "%s'%s'", separator, text);
}

static void add_name(struct buf *out, const GENERAL_NAME *name)
{
    const char *separator = out->len > 0 ? ", " : "";
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);

    if (type == GEN_IPADD) {
        add_address(out, separator, ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
    } else if (type == GEN_DNS) {
        int len = ASN1_STRING_length(value);
        buf_printf(out, "%s'%.*s'", separator, len < NAME_BYTES_MAX ? len : NAME_BYTES_MAX,
                   ASN1_STRING_get0_data(value));
    }
}

/* Say which names the leaf has, as far as there is room. */
static int refuse_name(const X509 *leaf, const char *name, struct err *err)
{
    CLEANUP(GENERAL_NAMES_free)
    GENERAL_NAMES *found = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    CLEANUP(buf_clear) struct buf names = BUF_INIT(NAMES_BYTES_MAX);

    for (int i = 0; i < sk_GENERAL_NAME_num(found); i++) {
        add_name(&names, sk_GENERAL_NAME_value(found, i));
    }
    return err_set(err, ERR_INVALID,
                   "the certificate is not for '%s', its subjectAltNames are %s%s", name,
                   names.len > 0 ? buf_text(&names) : "none", buf_failed(&names) ? ", ..." : "");
}

int leaf_check_names(X509 *leaf, const char *const *names, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!leaf_has_name(leaf, names[i])) {
            return refuse_name(leaf, names[i], err);
        }
    }
    return 0;
}

/* Go knows curves by their names only, and not one that is written out in the certificate. */
static bool is_known_curve(const EVP_PKEY *key)
{
    static const char *const known[] = {"prime256v1", "secp384r1", "secp521r1"};
    char curve[32] = "";
    int is_written_out = 0;

    if (EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) != 1 ||
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &is_written_out) != 1 ||
        is_written_out != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(curve, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int check_key_type(X509 *leaf, struct err *err)
{
    const EVP_PKEY *key = X509_get0_pubkey(leaf);

    if ((EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_BITS_MIN) ||
        (EVP_PKEY_is_a(key, "EC") && is_known_curve(key)) || EVP_PKEY_is_a(key, "ED25519")) {
        return 0;
    }
    return err_set(err, ERR_INVALID,
                   "the API server does not take the key, %s of %d bits; expected ECDSA on P-256, "
                   "P-384 or P-521, RSA of at least %d bits, or Ed25519",
                   EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key), RSA_BITS_MIN);
}

int leaf_check_use(X509 *leaf, struct err *err)
{
    /* OpenSSL also takes keys that only agree on or encipher keys: no handshake of TLS 1.3, nor any
     * with forward secrecy. Without the extension, all uses are set. */
    if (X509_check_purpose(leaf, X509_PURPOSE_SSL_SERVER, 0) != 1 ||
        (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0) {
        return err_set(err, ERR_INVALID,
                       "the certificate is not for servers; expected extendedKeyUsage with "
                       "serverAuth and keyUsage with digitalSignature, where it has these");
    }
    return check_key_type(leaf, err);
}
