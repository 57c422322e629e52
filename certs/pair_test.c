/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pair.h"

#include <openssl/pem.h>
#include <openssl/ui.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "certs/certs_test.h"

#define NOW CERTS_TEST_NOW_S

static void check_accepted(const char *certificates, const char *key)
{
    pair_free(certs_test_pair(certificates, key));
}

static void
check_refused(const char *certificates, const char *key, enum err_code code, const char *message)
{
    struct err err = {0};

    assert_null(pair_parse(certificates, strlen(certificates), key, strlen(key), &err));
    certs_test_check_err(&err, code, message);
}

/* The key as "EC PRIVATE KEY" or "RSA PRIVATE KEY". */
static char *write_older(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
    static const unsigned char passphrase[] = "secret";

    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, cipher, passphrase,
                                                          cipher != NULL ? 6 : 0, NULL, NULL),
                     1);
    return certs_test_take_text(bio);
}

static char *write_encrypted(EVP_PKEY *key)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(
        PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), "secret", 6, NULL, NULL), 1);
    return certs_test_take_text(bio);
}

/* The text with CR before each line feed. */
static char *with_crlf(const char *text)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(PAIR_PEM_BYTES_MAX);

    for (; *text != '\0'; text++) {
        buf_add_text(&out, *text == '\n' ? "\r" : "");
        buf_add_char(&out, *text);
    }
    return buf_take(&out);
}

static void keys_of_the_usual_types_and_forms_are_read(void **state)
{
    static const char *const types[] = {"P-256", "P-384", "RSA-2048", "ED25519"};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CLEANUP(certs_test_free)
        struct certs_test *made =
            certs_test_new(&(struct certs_test_options){.key_type = types[i]});
        print_message("# %s\n", types[i]);
        check_accepted(made->pem, made->key_pem);
        if (strcmp(types[i], "ED25519") != 0) {
            CLEANUP(free) char *older = write_older(made->key, NULL);
            assert_non_null(strstr(older, i < 2 ? "BEGIN EC PRIVATE" : "BEGIN RSA PRIVATE"));
            check_accepted(made->pem, older);
        }
    }
}

static void texts_may_be_as_tools_write_them(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(free) char *older = write_older(leaf->key, NULL);
    CLEANUP(free)
    char *with_curve = certs_test_join("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                                       "-----END EC PARAMETERS-----\n",
                                       older);
    CLEANUP(free) char *with_text = certs_test_join("Certificate:\n    Data:\n\n", leaf->pem);
    CLEANUP(free) char *chain = certs_test_join(with_text, ca->pem);
    CLEANUP(free) char *crlf = with_crlf(chain);
    CLEANUP(free) char *key_crlf = with_crlf(leaf->key_pem);
    CLEANUP(free) char *cut = strndup(leaf->pem, strlen(leaf->pem) - 1);
    CLEANUP(free) char *key_cut = strndup(leaf->key_pem, strlen(leaf->key_pem) - 1);

    (void)state;
    check_accepted(leaf->pem, leaf->key_pem);
    check_accepted(leaf->pem, with_curve);
    check_accepted(chain, leaf->key_pem);
    check_accepted(crlf, key_crlf);
    check_accepted(cut, key_cut);
}

static void what_is_no_certificate_is_refused(void **state)
{
    static const char none[] = "certificates: there is no certificate, expected one or more in PEM";
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){0});
    CLEANUP(free) char *half = strndup(made->pem, strlen(made->pem) / 2);
    CLEANUP(free) char *with_key = certs_test_join(made->key_pem, made->pem);
    const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"", none},
        {"\n", none},
        {"hello", none},
        {half, "certificates: line 1: the block has no end, expected '-----END CERTIFICATE-----'"},
        {made->key_pem,
         "certificates: line 1: expected a block 'CERTIFICATE', found 'PRIVATE KEY'"},
        {with_key, "certificates: line 1: expected a block 'CERTIFICATE', found 'PRIVATE KEY'"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
         "certificates: line 1: expected a block 'CERTIFICATE', found 'CERTIFICATE REQUEST'"},
        {"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
         "certificates: line 1: the certificate cannot be decoded: ..."},
        {"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n",
         "certificates: line 1: the block 'CERTIFICATE' cannot be decoded: ..."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_refused(rows[i].text, made->key_pem, ERR_INVALID, rows[i].message);
    }
}

static void what_is_no_key_is_refused(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){0});
    CLEANUP(free) char *half = strndup(made->key_pem, strlen(made->key_pem) / 2);
    CLEANUP(free) char *twice = certs_test_join(made->key_pem, made->key_pem);
    CLEANUP(free) char *with_more = certs_test_join(made->key_pem, made->pem);
    const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"", "key: there is no private key, expected one in PEM"},
        {"hello\n", "key: there is no private key, expected one in PEM"},
        {half, "key: line 1: the block has no end, expected '-----END PRIVATE KEY-----'"},
        {twice, "key: line 6: there is a second key, expected one"},
        {with_more, "key: line 6: expected a block 'PRIVATE KEY', found 'CERTIFICATE'"},
        {made->pem, "key: line 1: expected a block 'PRIVATE KEY', found 'CERTIFICATE'"},
        {"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
         "key: line 1: expected a block 'PRIVATE KEY', found 'PUBLIC KEY'"},
        {"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
         "key: line 1: the key cannot be decoded: ..."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_refused(made->pem, rows[i].text, ERR_INVALID, rows[i].message);
    }
}

/* OpenSSL asks for a passphrase through a UI method, by default on the terminal. */
static bool was_asked;

static int note_question(UI *ui)
{
    (void)ui;
    was_asked = true;
    return 0;
}

static void nobody_is_asked_for_a_passphrase(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){0});
    CLEANUP(free) char *encrypted = write_encrypted(made->key);
    CLEANUP(free) char *older = write_older(made->key, EVP_aes_128_cbc());
    CLEANUP(buf_clear) struct buf mislabelled = BUF_INIT(PAIR_PEM_BYTES_MAX);
    const char *body = strchr(encrypted, '\n');
    UI_METHOD *method = UI_create_method("test");

    (void)state;
    assert_int_equal(UI_method_set_opener(method, note_question), 0);
    UI_set_default_method(method);
    check_refused(made->pem, encrypted, ERR_INVALID,
                  "key: line 1: the key is encrypted, expected one that is not");
    check_refused(made->pem, older, ERR_INVALID,
                  "key: line 1: the block 'EC PRIVATE KEY' has headers, as an encrypted one; "
                  "expected one without");
    buf_printf(&mislabelled, "-----BEGIN PRIVATE KEY-----%.*s-----END PRIVATE KEY-----\n",
               (int)(strstr(body, "-----END") - body), body);
    check_refused(made->pem, buf_text(&mislabelled), ERR_INVALID,
                  "key: line 1: the key cannot be decoded: ...");
    UI_set_default_method(UI_OpenSSL());
    UI_destroy_method(method);
    assert_false(was_asked);
}

static void a_key_of_another_certificate_is_refused(void **state)
{
    static const char *const types[] = {"P-256", "P-384", "RSA-1024", "ED25519"};
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){0});

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CLEANUP(certs_test_free)
        struct certs_test *other =
            certs_test_new(&(struct certs_test_options){.key_type = types[i]});
        check_refused(made->pem, other->key_pem, ERR_INVALID,
                      "the key is not the one of the first certificate, 'CN=leaf'");
    }
}

static void a_key_whose_parts_do_not_belong_together_is_refused(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){0});
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
    CLEANUP(free) char *changed = NULL;
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(made->key, &der);

    (void)state;
    assert_true(len > 20);
    der[20] ^= 1; /* of the private number, which is from byte 7 to 38 (RFC 5915 section 3) */
    assert_int_equal(PEM_write_bio(bio, "EC PRIVATE KEY", "", der, len) > 0, 1);
    changed = certs_test_take_text(bio);
    OPENSSL_free(der);
    check_refused(made->pem, changed, ERR_INVALID,
                  "the key is damaged: its private part does not belong to its public: ...");
}

static void a_ca_in_place_of_a_leaf_is_refused_unless_it_is_its_own_issuer(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free)
    struct certs_test *between = certs_test_new(&(struct certs_test_options){
        .common_name = "between",
        .issuer = ca,
        .constraints = "CA:TRUE",
    });
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(between, "DNS:a");
    CLEANUP(free) char *reversed = certs_test_join(between->pem, leaf->pem);

    (void)state;
    check_refused(reversed, leaf->key_pem, ERR_INVALID,
                  "the first certificate, 'CN=between', is a CA; expected the server's own");
    check_refused(between->pem, between->key_pem, ERR_INVALID,
                  "the first certificate, 'CN=between', is a CA; expected the server's own");
    check_accepted(ca->pem, ca->key_pem);
}

static void texts_and_chains_have_limits(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *made = certs_test_new(&(struct certs_test_options){0});
    CLEANUP(buf_clear) struct buf chain = BUF_INIT(PAIR_PEM_BYTES_MAX);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(PAIR_PEM_BYTES_MAX + 1);
    CLEANUP(buf_clear) struct buf key = BUF_INIT(PAIR_PEM_BYTES_MAX + 1);
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < PAIR_CHAIN_MAX; i++) {
        buf_add_text(&chain, made->pem);
    }
    check_accepted(buf_text(&chain), made->key_pem);
    buf_add_text(&chain, made->pem);
    assert_null(pair_parse(chain.bytes, chain.len, made->key_pem, strlen(made->key_pem), &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_non_null(strstr(err.msg, ": there are more than 8 certificates"));
    buf_add_text(&text, made->pem);
    buf_add_text(&key, made->key_pem);
    while (text.len < PAIR_PEM_BYTES_MAX) {
        buf_add_char(&text, '\n');
    }
    while (key.len < PAIR_PEM_BYTES_MAX) {
        buf_add_char(&key, '\n');
    }
    check_accepted(buf_text(&text), buf_text(&key));
    buf_add_char(&text, '\n');
    buf_add_char(&key, '\n');
    check_refused(buf_text(&text), made->key_pem, ERR_TOO_BIG,
                  "certificates: the text is larger than 65536 bytes");
    check_refused(made->pem, buf_text(&key), ERR_TOO_BIG,
                  "key: the text is larger than 65536 bytes");
}

static void a_pair_knows_when_it_is_valid(void **state)
{
    static const struct {
        long long from_s;
        long long until_s;
    } rows[] = {
        {NOW, NOW + 1},
        {1, 253402300799},        /* the last second of the year 9999 */
        {2524607999, 2524608000}, /* around 2050, where the form of times changes */
        {-631152000, -1},         /* 1950 to the last second of 1969 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(certs_test_free)
        struct certs_test *made = certs_test_new(&(struct certs_test_options){
            .from_s = rows[i].from_s,
            .until_s = rows[i].until_s,
        });
        CLEANUP(pair_free) struct pair *pair = certs_test_pair(made->pem, made->key_pem);
        assert_int_equal(pair_not_before_s(pair), rows[i].from_s);
        assert_int_equal(pair_not_after_s(pair), rows[i].until_s);
    }
}

/* How many of the beginnings of @text are good as one of the texts of a pair. */
static size_t count_good_cuts(const struct certs_test *made, const char *text, bool is_key)
{
    const char *certificates = is_key ? made->pem : text;
    const char *key = is_key ? text : made->key_pem;
    size_t n = 0;

    for (size_t len = 0; len <= strlen(text); len++) {
        struct err err = {0};
        struct pair *pair = pair_parse(certificates, is_key ? strlen(certificates) : len, key,
                                       is_key ? len : strlen(key), &err);
        certs_test_check_queue();
        assert_int_equal(pair == NULL, err.code != ERR_NONE);
        n += pair != NULL;
        pair_free(pair);
    }
    return n;
}

static void a_text_that_is_cut_is_refused(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(free) char *chain = certs_test_join(leaf->pem, ca->pem);

    (void)state;
    /* Behind a block and behind its line feed, where nothing is missing. */
    assert_int_equal(count_good_cuts(leaf, chain, false), 4);
    assert_int_equal(count_good_cuts(leaf, leaf->key_pem, true), 2);
}

/* Eight characters of the inside of the key, from anywhere in it, which no message may hold. */
static void check_no_secret(const char *message, const char *key)
{
    const char *body = strchr(key, '\n') + 1;
    const size_t len = (size_t)(strstr(body, "\n-----END") - body);

    for (size_t i = 0; i + 8 <= len; i++) {
        char part[9];
        memcpy(part, body + i, 8);
        part[8] = '\0';
        assert_null(strstr(message, part));
    }
}

static void change(char *text, size_t len, unsigned int *random)
{
    static const char bytes[] = "\0\n\r -:=ABCDEFabcdef0123456789+/\xff";
    const size_t n = 1 + certs_test_random(random) % 3;

    for (size_t i = 0; i < n; i++) {
        text[certs_test_random(random) % len] =
            bytes[certs_test_random(random) % (sizeof(bytes) - 1)];
    }
}

static void hostile_bytes_are_a_whole_pair_or_an_error_without_secrets(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ours");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:a");
    CLEANUP(free) char *chain = certs_test_join(leaf->pem, ca->pem);
    const size_t sizes[] = {strlen(chain), strlen(leaf->key_pem)};
    const struct pair_expectation expected = {.now_s = NOW};
    unsigned int random = 1;

    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        CLEANUP(free) char *certificates = strdup(chain);
        CLEANUP(free) char *key = strdup(leaf->key_pem);
        CLEANUP(pair_free) struct pair *pair = NULL;
        struct err err = {0};
        change(i % 2 == 0 ? certificates : key, sizes[i % 2], &random);
        pair = pair_parse(certificates, sizes[0], key, sizes[1], &err);
        certs_test_check_queue();
        assert_int_equal(pair == NULL, err.code != ERR_NONE);
        check_no_secret(err.msg, leaf->key_pem);
        if (pair != NULL) {
            int checked = pair_check(pair, &expected, &err);
            assert_int_equal(checked < 0, err.code != ERR_NONE);
            (void)pair_has_name(pair, "a");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_the_usual_types_and_forms_are_read),
        cmocka_unit_test(texts_may_be_as_tools_write_them),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(nobody_is_asked_for_a_passphrase),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
        cmocka_unit_test(a_key_whose_parts_do_not_belong_together_is_refused),
        cmocka_unit_test(a_ca_in_place_of_a_leaf_is_refused_unless_it_is_its_own_issuer),
        cmocka_unit_test(texts_and_chains_have_limits),
        cmocka_unit_test(a_pair_knows_when_it_is_valid),
        cmocka_unit_test(a_text_that_is_cut_is_refused),
        cmocka_unit_test(hostile_bytes_are_a_whole_pair_or_an_error_without_secrets),
    };

    return cmocka_run_group_tests_name("pair", tests, NULL, NULL);
}
