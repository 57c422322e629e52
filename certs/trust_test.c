/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/trust.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "certs/certs_test.h"
#include "certs/issue.h"

#define NOW CERTS_TEST_NOW_S
#define DAY CERTS_TEST_DAY_S

static void check_refused(const char *pem, enum err_code code, const char *message)
{
    struct err err = {0};

    assert_null(trust_parse(pem, strlen(pem), &err));
    certs_test_check_err(&err, code, message);
}

/* Verify @leaf, and behind it @between where there is one, and compare the message; "" for none. */
static void check_verify(const struct trust *trust,
                         const struct certs_test *leaf,
                         const struct certs_test *between,
                         enum trust_usage usage,
                         long long now_s,
                         const char *message)
{
    struct trust_der chain[2] = {leaf->der};
    struct err err = {0};

    if (between != NULL) {
        chain[1] = between->der;
    }
    assert_int_equal(trust_verify(trust, chain, between != NULL ? 2 : 1, usage, now_s, &err),
                     message[0] == '\0' ? 0 : -1);
    certs_test_check_err(&err, message[0] == '\0' ? ERR_NONE : ERR_INVALID, message);
}

static void a_leaf_of_an_authority_is_trusted_and_no_other(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *other = certs_test_ca("other");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(certs_test_free) struct certs_test *foreign = certs_test_leaf(other, "DNS:a");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);

    (void)state;
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW, "");
    check_verify(
        trust, foreign, NULL, TRUST_SERVER, NOW,
        "the certificate 'CN=leaf' is not trusted: unable to get local issuer certificate");
    check_verify(
        trust, foreign, other, TRUST_SERVER, NOW,
        "the certificate 'CN=other' is not trusted: self-signed certificate in certificate "
        "chain");
}

static void a_leaf_that_names_an_authority_it_was_not_signed_by_is_refused(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *impostor = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(impostor, "DNS:a");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);

    (void)state;
    check_verify(
        trust, leaf, NULL, TRUST_SERVER, NOW,
        "the certificate 'CN=leaf' is not trusted: unable to get local issuer certificate");
}

/* An intermediate CA that may have one more below it. */
static struct certs_test *new_between(const struct certs_test *ca, const char *constraints)
{
    return certs_test_new(&(struct certs_test_options){
        .common_name = "between",
        .issuer = ca,
        .constraints = constraints,
        .identifiers = true,
    });
}

static void a_chain_leads_over_certificates_that_the_peer_sends(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *between = new_between(ca, "CA:TRUE");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(between, "DNS:a");
    CLEANUP(certs_test_free) struct certs_test *no_ca = new_between(ca, "CA:FALSE");
    CLEANUP(certs_test_free) struct certs_test *below_no_ca = certs_test_leaf(no_ca, "DNS:a");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);

    (void)state;
    check_verify(trust, leaf, between, TRUST_SERVER, NOW, "");
    check_verify(
        trust, leaf, NULL, TRUST_SERVER, NOW,
        "the certificate 'CN=leaf' is not trusted: unable to get local issuer certificate");
    check_verify(trust, below_no_ca, no_ca, TRUST_SERVER, NOW,
                 "the certificate 'CN=between' is not trusted: invalid CA certificate");
}

static void an_authority_need_not_be_its_own_issuer(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *between = new_between(ca, "CA:TRUE");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(between, "DNS:a");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(between->pem);

    (void)state;
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW, "");
    check_verify(trust, leaf, between, TRUST_SERVER, NOW, "");
}

/* As while authorities are rotated: their name stays, and nothing else says whose a leaf is. */
static void two_authorities_of_one_name_are_both_trusted(void **state)
{
    static const struct certs_test_options ca = {.common_name = "ours", .constraints = "CA:TRUE"};
    CLEANUP(certs_test_free) struct certs_test *old = certs_test_new(&ca);
    CLEANUP(certs_test_free) struct certs_test *new = certs_test_new(&ca);
    CLEANUP(certs_test_free)
    struct certs_test *old_leaf = certs_test_new(&(struct certs_test_options){.issuer = old});
    CLEANUP(certs_test_free)
    struct certs_test *new_leaf = certs_test_new(&(struct certs_test_options){.issuer = new});
    CLEANUP(free) char *pem = certs_test_join(old->pem, new->pem);
    CLEANUP(free) char *reversed = certs_test_join(new->pem, old->pem);
    const char *const orders[] = {pem, reversed};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(trust_unref) struct trust *trust = certs_test_trust(orders[i]);
        check_verify(trust, old_leaf, NULL, TRUST_SERVER, NOW, "");
        check_verify(trust, new_leaf, NULL, TRUST_SERVER, NOW, "");
    }
}

static void an_expired_authority_does_not_spoil_its_successor(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *old = certs_test_new(&(struct certs_test_options){
        .common_name = "ours",
        .constraints = "CA:TRUE",
        .until_s = NOW - 1,
    });
    CLEANUP(certs_test_free)
    struct certs_test *new = certs_test_new(&(struct certs_test_options){
        .common_name = "ours",
        .constraints = "CA:TRUE",
        .same_key = old,
    });
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(old, "DNS:a");
    CLEANUP(free) char *both = certs_test_join(old->pem, new->pem);
    CLEANUP(free) char *reversed = certs_test_join(new->pem, old->pem);
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(both);
    CLEANUP(trust_unref) struct trust *trust_reversed = certs_test_trust(reversed);
    CLEANUP(trust_unref) struct trust *expired = certs_test_trust(old->pem);

    (void)state;
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW, "");
    check_verify(trust_reversed, leaf, NULL, TRUST_SERVER, NOW, "");
    check_verify(expired, leaf, NULL, TRUST_SERVER, NOW,
                 "the certificate 'CN=ours' is not trusted: certificate has expired");
}

static void validity_counts_from_its_first_second_to_its_last(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *ca = certs_test_new(&(struct certs_test_options){
        .common_name = "ours",
        .constraints = "CA:TRUE",
        .from_s = NOW,
        .until_s = NOW + DAY,
    });
    CLEANUP(certs_test_free)
    struct certs_test *leaf = certs_test_new(&(struct certs_test_options){
        .issuer = ca,
        .from_s = NOW + 10,
        .until_s = 253402300799, /* the last second of the year 9999 */
    });
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);

    (void)state;
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW + 9,
                 "the certificate 'CN=leaf' is not trusted: certificate is not yet valid");
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW + 10, "");
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW + DAY, "");
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW + DAY + 1,
                 "the certificate 'CN=ours' is not trusted: certificate has expired");
    check_verify(trust, ca, NULL, TRUST_SERVER, NOW - 1,
                 "the certificate 'CN=ours' is not trusted: certificate is not yet valid");
    check_verify(trust, ca, NULL, TRUST_SERVER, NOW, "");
}

static void a_leaf_is_good_for_what_it_says_only(void **state)
{
    static const char unsuitable[] =
        "the certificate 'CN=leaf' is not trusted: unsuitable certificate purpose";
    static const struct {
        const char *extended_key_usage;
        const char *key_usage;
        const char *as_server;
        const char *as_client;
    } rows[] = {
        {NULL, NULL, "", ""},
        {"serverAuth", "digitalSignature", "", unsuitable},
        {"clientAuth", NULL, unsuitable, ""},
        {"serverAuth,clientAuth", NULL, "", ""},
        {"emailProtection", NULL, unsuitable, unsuitable},
        {NULL, "keyCertSign", unsuitable, unsuitable},
    };
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(certs_test_free)
        struct certs_test *leaf = certs_test_new(&(struct certs_test_options){
            .issuer = ca,
            .extended_key_usage = rows[i].extended_key_usage,
            .key_usage = rows[i].key_usage,
        });
        check_verify(trust, leaf, NULL, TRUST_SERVER, NOW, rows[i].as_server);
        check_verify(trust, leaf, NULL, TRUST_CLIENT, NOW, rows[i].as_client);
    }
}

static void weak_keys_and_signatures_are_refused(void **state)
{
    static const struct certs_test_options weak_ca = {
        .common_name = "ours",
        .constraints = "CA:TRUE",
        .key_type = "RSA-512",
    };
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *weak = certs_test_new(&weak_ca);
    CLEANUP(certs_test_free)
    struct certs_test *sha1 =
        certs_test_new(&(struct certs_test_options){.issuer = ca, .sha1 = true});
    CLEANUP(certs_test_free)
    struct certs_test *small =
        certs_test_new(&(struct certs_test_options){.issuer = ca, .key_type = "RSA-512"});
    CLEANUP(certs_test_free) struct certs_test *below = certs_test_leaf(weak, "DNS:a");
    CLEANUP(free) char *both = certs_test_join(ca->pem, weak->pem);
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(both);

    (void)state;
    check_verify(
        trust, sha1, NULL, TRUST_CLIENT, NOW,
        "the certificate 'CN=leaf' is not trusted: CA signature digest algorithm too weak");
    check_verify(trust, small, NULL, TRUST_CLIENT, NOW,
                 "the certificate 'CN=leaf' is not trusted: EE certificate key too weak");
    check_verify(trust, below, NULL, TRUST_SERVER, NOW,
                 "the certificate 'CN=ours' is not trusted: CA certificate key too weak");
}

/* Trusting one server's certificate must not mean to trust what its key signs. */
static void a_certificate_that_is_no_ca_vouches_for_itself_only(void **state)
{
    static const char *const names[] = {"localhost"};
    static const struct issue_options options = {
        .common_name = "hawser",
        .names = names,
        .n_names = 1,
        .now_s = NOW,
        .validity_s = DAY,
    };
    CLEANUP(issue_clear) struct issue_pem issued = {0};
    CLEANUP(certs_test_free)
    struct certs_test *own = certs_test_new(
        &(struct certs_test_options){.common_name = "own", .constraints = "CA:FALSE"});
    CLEANUP(certs_test_free) struct certs_test *below = certs_test_leaf(own, "DNS:a");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(own->pem);
    CLEANUP(trust_unref) struct trust *trust_issued = NULL;
    struct err err = {0};

    (void)state;
    check_verify(trust, own, NULL, TRUST_SERVER, NOW, "");
    check_verify(trust, below, NULL, TRUST_SERVER, NOW,
                 "the certificate 'CN=own' is not trusted: invalid CA certificate");
    assert_int_equal(issue_self_signed(&options, &issued, &err), 0);
    trust_issued = certs_test_trust(issued.certificates);
    check_verify(trust_issued, own, NULL, TRUST_SERVER, NOW,
                 "the certificate 'CN=own' is not trusted: self-signed certificate");
}

static void names_outside_of_an_authoritys_constraints_are_refused(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *ca = certs_test_new(&(struct certs_test_options){
        .common_name = "ours",
        .constraints = "CA:TRUE",
        .name_constraints = "critical,permitted;DNS:svc",
    });
    CLEANUP(certs_test_free) struct certs_test *inside = certs_test_leaf(ca, "DNS:hawser.a.svc");
    CLEANUP(certs_test_free) struct certs_test *outside = certs_test_leaf(ca, "DNS:example.com");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);

    (void)state;
    check_verify(trust, inside, NULL, TRUST_SERVER, NOW, "");
    check_verify(trust, outside, NULL, TRUST_SERVER, NOW,
                 "the certificate 'CN=leaf' is not trusted: permitted subtree violation");
}

static void a_bundle_of_something_else_is_refused(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(certs_test_free)
    struct certs_test *negative = certs_test_new(&(struct certs_test_options){
        .common_name = "ours",
        .constraints = "CA:TRUE",
        .serial = -5,
    });
    CLEANUP(free) char *with_leaf = certs_test_join(ca->pem, leaf->pem);
    CLEANUP(free) char *with_key = certs_test_join(ca->key_pem, ca->pem);
    CLEANUP(free) char *half = certs_test_join(ca->pem, "-----BEGIN CERTIFICATE-----\nMIIB\n");
    CLEANUP(buf_clear) struct buf big = BUF_INIT(TRUST_PEM_BYTES_MAX + 1);
    const char *second = strchr(ca->pem, '\n');
    char message[200];
    size_t lines = 1;

    (void)state;
    for (; second != NULL; second = strchr(second + 1, '\n')) {
        lines++;
    }
    check_refused("", ERR_INVALID, "there is no certificate, expected one or more in PEM");
    check_refused("hello\n", ERR_INVALID, "there is no certificate, expected one or more in PEM");
    check_refused(with_key, ERR_INVALID,
                  "line 1: expected a block 'CERTIFICATE', found 'PRIVATE KEY'");
    check_refused("-----BEGIN TRUSTED CERTIFICATE-----\nMAAA\n-----END TRUSTED CERTIFICATE-----\n",
                  ERR_INVALID,
                  "line 1: expected a block 'CERTIFICATE', found 'TRUSTED CERTIFICATE'");
    check_refused("-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n", ERR_INVALID,
                  "line 1: the certificate cannot be decoded: ...");
    check_refused(negative->pem, ERR_INVALID,
                  "line 1: the certificate 'CN=ours' has a negative serial number, which the API "
                  "server does not read; expected a positive one");
    (void)snprintf(message, sizeof(message),
                   "line %zu: the certificate 'CN=leaf' is neither a CA nor its own issuer, "
                   "expected a CA",
                   lines);
    check_refused(with_leaf, ERR_INVALID, message);
    (void)snprintf(message, sizeof(message),
                   "line %zu: the block has no end, expected '-----END CERTIFICATE-----'", lines);
    check_refused(half, ERR_INVALID, message);
    while (big.len <= TRUST_PEM_BYTES_MAX) {
        buf_add_char(&big, '\n');
    }
    check_refused(buf_text(&big), ERR_TOO_BIG, "the text is larger than 1048576 bytes");
}

static void old_authorities_of_version_1_are_trusted(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *ca =
        certs_test_new(&(struct certs_test_options){.common_name = "ours", .version_1 = true});
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);

    (void)state;
    check_verify(trust, leaf, NULL, TRUST_SERVER, NOW, "");
}

static void a_chain_that_is_none_is_refused(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);
    CLEANUP(free) unsigned char *big = calloc(1, TRUST_DER_BYTES_MAX + 1);
    struct trust_der chain[TRUST_CHAIN_MAX + 1];
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < TRUST_CHAIN_MAX + 1; i++) {
        chain[i] = ca->der;
    }
    chain[0] = leaf->der;
    assert_int_equal(trust_verify(trust, chain, TRUST_CHAIN_MAX, TRUST_SERVER, NOW, &err), 0);
    assert_int_equal(trust_verify(trust, chain, TRUST_CHAIN_MAX + 1, TRUST_SERVER, NOW, &err), -1);
    certs_test_check_err(&err, ERR_INVALID, "there are 9 certificates, expected 1 to 8");
    assert_int_equal(trust_verify(trust, chain, 0, TRUST_SERVER, NOW, &err), -1);
    certs_test_check_err(&err, ERR_INVALID, "there are 0 certificates, expected 1 to 8");
    chain[1].len--;
    assert_int_equal(trust_verify(trust, chain, 2, TRUST_SERVER, NOW, &err), -1);
    certs_test_check_err(&err, ERR_INVALID,
                         "certificate 2: the certificate cannot be decoded: ...");
    chain[1] = (struct trust_der){.bytes = big, .len = TRUST_DER_BYTES_MAX + 1};
    assert_int_equal(trust_verify(trust, chain, 2, TRUST_SERVER, NOW, &err), -1);
    certs_test_check_err(&err, ERR_INVALID, "certificate 2 is larger than 65536 bytes");
    memcpy(big, ca->der.bytes, ca->der.len);
    chain[1].len = ca->der.len + 1;
    assert_int_equal(trust_verify(trust, chain, 2, TRUST_SERVER, NOW, &err), -1);
    certs_test_check_err(&err, ERR_INVALID,
                         "certificate 2: the certificate is followed by 1 bytes, expected none");
}

static void a_leaf_is_named_by_its_common_name_or_a_dns_name(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *leaf = certs_test_new(&(struct certs_test_options){
        .common_name = "front-proxy-client",
        .names = "DNS:api.example.com,DNS:b,IP:10.0.0.1,URI:c",
    });
    CLEANUP(certs_test_free)
    struct certs_test *plain = certs_test_new(&(struct certs_test_options){.common_name = "x"});
    static const struct {
        const char *name;
        bool expected;
    } rows[] = {
        {"front-proxy-client", true},
        {"api.example.com", true},
        {"b", true},
        {"Front-Proxy-Client", false},
        {"API.example.com", false},
        {"front-proxy", false},
        {"example.com", false},
        {"c", false},
        {"10.0.0.1", false},
        {"", false},
    };
    static const char *const several[] = {"a", "b", "d"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s'\n", rows[i].name);
        assert_int_equal(trust_is_named(&leaf->der, &rows[i].name, 1), rows[i].expected);
        assert_false(trust_is_named(&plain->der, &rows[i].name, 1));
    }
    assert_true(trust_is_named(&leaf->der, several, 3));
    assert_false(trust_is_named(&leaf->der, several, 1));
    assert_false(trust_is_named(&leaf->der, several, 0));
    certs_test_check_queue();
}

/* Replace @from by @to, of the same length, in the certificate. */
static void replace(const struct certs_test *made, unsigned char *out, const char *from, char *to)
{
    unsigned char *at;

    memcpy(out, made->der.bytes, made->der.len);
    at = memmem(out, made->der.len, from, strlen(from));
    assert_non_null(at);
    memcpy(at, to, strlen(from));
}

static void a_nul_in_a_name_ends_nothing(void **state)
{
    static const char *const good[] = {"good"};
    static const char *const whole[] = {"good.evil.example"};
    char replacement[] = "good\0evil.example";
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free)
    struct certs_test *by_subject = certs_test_new(&(struct certs_test_options){
        .issuer = ca,
        .common_name = "good.evil.example",
        .names = "DNS:x",
    });
    CLEANUP(certs_test_free)
    struct certs_test *by_names = certs_test_new(
        &(struct certs_test_options){.common_name = "x", .names = "DNS:good.evil.example"});
    const struct certs_test *const leaves[] = {by_subject, by_names};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(free) unsigned char *bytes = malloc(leaves[i]->der.len);
        const struct trust_der changed = {.bytes = bytes, .len = leaves[i]->der.len};
        replace(leaves[i], bytes, "good.evil.example", replacement);
        assert_true(trust_is_named(&leaves[i]->der, whole, 1));
        assert_false(trust_is_named(&changed, good, 1));
        assert_false(trust_is_named(&changed, whole, 1));
    }
}

static void of_several_common_names_the_last_counts(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *leaf = certs_test_new(&(struct certs_test_options){.common_name = "first"});
    static const char *const first[] = {"first"};
    static const char *const last[] = {"last"};
    CLEANUP(X509_free) X509 *two = X509_dup(leaf->certificate);
    unsigned char *bytes = NULL;
    struct trust_der der;

    (void)state;
    assert_int_equal(X509_NAME_add_entry_by_NID(X509_get_subject_name(two), NID_commonName,
                                                MBSTRING_ASC, (const unsigned char *)"last", -1, -1,
                                                0),
                     1);
    assert_true(X509_sign(two, leaf->key, EVP_sha256()) > 0);
    der = (struct trust_der){.len = (size_t)i2d_X509(two, &bytes)};
    der.bytes = bytes;
    assert_false(trust_is_named(&der, first, 1));
    assert_true(trust_is_named(&der, last, 1));
    OPENSSL_free(bytes);
}

static void hostile_bytes_are_neither_trusted_nor_named(void **state)
{
    static const char *const names[] = {"client"};
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free)
    struct certs_test *leaf = certs_test_new(&(struct certs_test_options){
        .common_name = "client",
        .issuer = ca,
        .names = "DNS:client",
        .identifiers = true,
    });
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(ca->pem);
    CLEANUP(free) unsigned char *bytes = malloc(leaf->der.len);
    const struct trust_der changed = {.bytes = bytes, .len = leaf->der.len};
    unsigned int random = 1;
    unsigned int n_trusted = 0;

    (void)state;
    for (size_t i = 0; i < 1500; i++) {
        struct err err = {0};
        memcpy(bytes, leaf->der.bytes, leaf->der.len);
        for (size_t n = 0; n <= i % 3; n++) {
            bytes[certs_test_random(&random) % leaf->der.len] ^=
                (unsigned char)(1 + certs_test_random(&random) % 255);
        }
        n_trusted += trust_verify(trust, &changed, 1, TRUST_CLIENT, NOW, &err) == 0;
        (void)trust_is_named(&changed, names, 1);
        certs_test_check_queue();
    }
    assert_int_equal(n_trusted, 0);
    for (size_t len = 0; len < leaf->der.len; len++) {
        const struct trust_der cut = {.bytes = leaf->der.bytes, .len = len};
        assert_false(trust_is_named(&cut, names, 1));
    }
}

#define N_THREADS   4
#define N_QUESTIONS 100

struct question {
    const struct trust *trust;
    const struct certs_test *good;
    const struct certs_test *bad;
    unsigned int n_right;
};

/* Without cmocka's assertions, which are for one thread. */
static void *ask(void *data)
{
    struct question *question = data;

    for (size_t i = 0; i < N_QUESTIONS; i++) {
        struct err err = {0};
        int good = trust_verify(question->trust, &question->good->der, 1, TRUST_SERVER, NOW, &err);
        int bad = trust_verify(question->trust, &question->bad->der, 1, TRUST_SERVER, NOW, &err);
        question->n_right += good == 0 && bad == -1 && err.code == ERR_INVALID;
    }
    return NULL;
}

static void several_threads_may_ask_at_once(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *twin = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *other = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *good = certs_test_leaf(twin, "DNS:a");
    CLEANUP(certs_test_free) struct certs_test *bad = certs_test_leaf(other, "DNS:a");
    CLEANUP(free) char *both = certs_test_join(ca->pem, twin->pem);
    CLEANUP(trust_unref) struct trust *trust = certs_test_trust(both);
    struct question questions[N_THREADS];
    pthread_t threads[N_THREADS];

    (void)state;
    for (size_t i = 0; i < N_THREADS; i++) {
        questions[i] = (struct question){.trust = trust, .good = good, .bad = bad};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &questions[i]), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(questions[i].n_right, N_QUESTIONS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_of_an_authority_is_trusted_and_no_other),
        cmocka_unit_test(a_leaf_that_names_an_authority_it_was_not_signed_by_is_refused),
        cmocka_unit_test(a_chain_leads_over_certificates_that_the_peer_sends),
        cmocka_unit_test(an_authority_need_not_be_its_own_issuer),
        cmocka_unit_test(two_authorities_of_one_name_are_both_trusted),
        cmocka_unit_test(an_expired_authority_does_not_spoil_its_successor),
        cmocka_unit_test(validity_counts_from_its_first_second_to_its_last),
        cmocka_unit_test(a_leaf_is_good_for_what_it_says_only),
        cmocka_unit_test(weak_keys_and_signatures_are_refused),
        cmocka_unit_test(a_certificate_that_is_no_ca_vouches_for_itself_only),
        cmocka_unit_test(names_outside_of_an_authoritys_constraints_are_refused),
        cmocka_unit_test(a_bundle_of_something_else_is_refused),
        cmocka_unit_test(old_authorities_of_version_1_are_trusted),
        cmocka_unit_test(a_chain_that_is_none_is_refused),
        cmocka_unit_test(a_leaf_is_named_by_its_common_name_or_a_dns_name),
        cmocka_unit_test(a_nul_in_a_name_ends_nothing),
        cmocka_unit_test(of_several_common_names_the_last_counts),
        cmocka_unit_test(hostile_bytes_are_neither_trusted_nor_named),
        cmocka_unit_test(several_threads_may_ask_at_once),
    };

    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
