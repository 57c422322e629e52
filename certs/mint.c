/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/mint.h"

#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/host.h"
#include "certs/openssl.h"

/* Behind the common name of an authority, so that no two are alike: "CA" and 64 random bits. */
#define SUFFIX_BYTES 8
#define SUFFIX_SIZE  sizeof(" CA 0123456789abcdef")

static int check_span(const char *what, long long validity_s, long long now_s, struct err *err)
{
    if (now_s < ISSUE_BACKDATE_S || now_s > CERTIFICATE_TIME_MAX_S || validity_s <= 0 ||
        validity_s > CERTIFICATE_TIME_MAX_S - now_s) {
        return err_set(err, ERR_INVALID,
                       "%s cannot be valid for %lld seconds from %lld, expected times from 1970 to "
                       "9999",
                       what, validity_s, now_s);
    }
    return 0;
}

static int check_common_name(const char *name, struct err *err)
{
    const size_t len = strlen(name);
    bool is_plain = len > 0 && len <= ROTATION_COMMON_NAME_MAX;

    for (size_t i = 0; i < len; i++) {
        is_plain = is_plain && name[i] >= ' ' && name[i] <= '~';
    }
    if (!is_plain) {
        return err_set(err, ERR_INVALID,
                       "'%s' cannot be a common name, expected 1 to %d printable characters of "
                       "ASCII",
                       name, ROTATION_COMMON_NAME_MAX);
    }
    return 0;
}

int mint_check_terms(const struct rotation_terms *terms, long long now_s, struct err *err)
{
    unsigned char address[HOST_ADDRESS_SIZE];

    if (check_common_name(terms->common_name, err) < 0 ||
        check_span("the authority", terms->authority_s, now_s, err) < 0 ||
        check_span("the leaf", terms->leaf_s, now_s, err) < 0) {
        return -1;
    }
    if (terms->n_names == 0 || terms->n_names > ROTATION_NAMES_MAX) {
        return err_set(err, ERR_INVALID, "the leaf has %zu names, expected 1 to %d", terms->n_names,
                       ROTATION_NAMES_MAX);
    }
    for (size_t i = 0; i < terms->n_names; i++) {
        if (!host_is_dns_name(terms->names[i]) || host_address(terms->names[i], address) > 0) {
            return err_set(err, ERR_INVALID, "'%s' is no DNS name", terms->names[i]);
        }
    }
    return 0;
}

static int name_authority(const char *common_name,
                          char out[static ROTATION_COMMON_NAME_MAX + SUFFIX_SIZE],
                          struct err *err)
{
    unsigned char bytes[SUFFIX_BYTES];
    int len = snprintf(out, ROTATION_COMMON_NAME_MAX + SUFFIX_SIZE, "%s CA ", common_name);

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return openssl_fail(err, ERR_INTERNAL, "cannot make a name");
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        len +=
            snprintf(out + len, 3, "%02x", bytes[i]); /* there is room, as the name has a limit */
    }
    return 0;
}

int mint_authority(const struct rotation_terms *terms,
                   long long now_s,
                   struct issue_pem *out,
                   struct err *err)
{
    OPENSSL_ENTER();
    char name[ROTATION_COMMON_NAME_MAX + SUFFIX_SIZE];
    const struct issue_options options = {
        .common_name = name,
        .now_s = now_s,
        .validity_s = terms->authority_s,
    };

    return name_authority(terms->common_name, name, err) == 0 ? issue_authority(&options, out, err)
                                                              : -1;
}

int mint_leaf(const struct rotation_terms *terms,
              const struct issue_pem *authority,
              long long now_s,
              struct issue_pem *out,
              struct err *err)
{
    const struct issue_options options = {
        .common_name = terms->common_name,
        .names = terms->names,
        .n_names = terms->n_names,
        .now_s = now_s,
        .validity_s = terms->leaf_s,
    };

    return issue_leaf(&options, authority->certificates, authority->key, out, err);
}
