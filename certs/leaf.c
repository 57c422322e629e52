/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/leaf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/buf.h"
#include "certs/certificate.h"
#include "certs/host.h"
#include "certs/openssl.h"

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
    return certificate_check_key(leaf, err);
}
