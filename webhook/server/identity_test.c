/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/identity.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "certs/certs_test.h"
#include "certs/issue.h"
#include "webhook/server/handshake_test.h"

#define N_SWAPS 50

static const struct text_list no_names = {.n = 0};

static struct identity *new_identity(const struct text_list *names)
{
    struct err err = {0};
    struct identity *identity = identity_new(names, &err);

    assert_non_null(identity);
    return identity;
}

/* A pair of its own kind: each call makes another. */
static struct identity_pair *new_pair(void)
{
    static const char *const names[] = {"localhost"};
    const struct issue_options options = {
        .common_name = "test",
        .names = names,
        .n_names = 1,
        .now_s = CERTS_TEST_NOW_S,
        .validity_s = CERTS_TEST_DAY_S,
    };
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    struct err err = {0};

    assert_int_equal(issue_self_signed(&options, &pem, &err), 0);
    return pair_from(pem.certificates, pem.key);
}

/* Put a new pair in force, and return it with an owner more: the caller. */
static struct identity_pair *use_new_pair(struct identity *identity)
{
    struct identity_pair *pair;

    identity_use_pair(identity, new_pair());
    pair = identity_get_pair(identity);
    assert_non_null(pair);
    return pair;
}

static void use_trust(struct identity *identity, const struct certs_test *ca)
{
    struct err err = {0};
    struct trust *trust = trust_parse(ca->pem, strlen(ca->pem), &err);

    assert_non_null(trust);
    identity_use_trust(identity, trust);
}

static void without_a_pair_there_is_nothing_to_use(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    struct err err = {0};

    (void)state;
    assert_null(identity_get_pair(identity));
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), -1);
    certs_test_check_err(&err, ERR_NOT_FOUND, "there is no certificate yet");
}

static void without_a_pair_a_handshake_fails(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    struct identity_session session = {.identity = identity};
    struct handshake h;

    (void)state;
    handshake_begin(&h);
    identity_attach(h.server, &session);
    assert_false(handshake_succeeds(&h));
    assert_null(session.pair);
    handshake_clear(&h);
    identity_session_clear(&session);
}

static void a_connection_that_nothing_was_attached_to_fails(void **state)
{
    struct handshake h;

    (void)state;
    handshake_begin(&h);
    assert_false(handshake_succeeds(&h));
    handshake_clear(&h);
}

static void a_handshake_presents_the_pair_in_force(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    CLEANUP(identity_pair_unref) struct identity_pair *first = use_new_pair(identity);
    CLEANUP(identity_pair_unref) struct identity_pair *second = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct identity_pair *expected = i == 0 ? first : second;
        struct identity_session session = {.identity = identity};
        struct handshake h;
        handshake_begin(&h);
        identity_attach(h.server, &session);
        assert_true(handshake_succeeds(&h));
        assert_true(handshake_showed(&h, expected));
        assert_ptr_equal(session.pair, expected);
        handshake_clear(&h);
        identity_session_clear(&session);
        if (i == 0) {
            second = use_new_pair(identity);
            assert_false(identity_pair_has_leaf(second, "", 0));
        }
    }
}

/* Nobody but the session owns the old pair then: ASan sees who uses it too long. */
static void a_handshake_under_way_keeps_its_pair(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    struct identity_session session = {.identity = identity};
    struct handshake h;
    struct identity_pair *first = use_new_pair(identity);

    (void)state;
    handshake_begin(&h);
    identity_attach(h.server, &session);
    handshake_step(&h); /* the client's hello, and the server's answer with its certificate */
    assert_ptr_equal(session.pair, first);
    identity_pair_unref(first);
    identity_pair_unref(use_new_pair(identity));
    assert_true(handshake_succeeds(&h));
    assert_true(handshake_showed(&h, session.pair));
    assert_ptr_equal(session.pair, first);
    handshake_clear(&h);
    identity_session_clear(&session);
    assert_null(session.pair);
    identity_session_clear(&session); /* once more does no harm */
}

static void a_session_outlives_the_identity_that_it_came_from(void **state)
{
    struct identity *identity = new_identity(&no_names);
    struct identity_session session = {.identity = identity};
    struct handshake h;

    (void)state;
    identity_use_pair(identity, new_pair());
    handshake_begin(&h);
    identity_attach(h.server, &session);
    assert_true(handshake_succeeds(&h));
    identity_free(identity);
    assert_int_equal(gnutls_record_send(h.server, "x", 1), 1);
    handshake_clear(&h);
    identity_session_clear(&session);
}

static void the_whole_chain_is_presented(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ca");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:localhost");
    CLEANUP(free) char *chain = certs_test_join(leaf->pem, ca->pem);
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    struct identity_session session = {.identity = identity};
    unsigned int n = 0;
    struct handshake h;

    (void)state;
    identity_use_pair(identity, pair_from(chain, leaf->key_pem));
    handshake_begin(&h);
    identity_attach(h.server, &session);
    assert_true(handshake_succeeds(&h));
    assert_non_null(gnutls_certificate_get_peers(h.client, &n));
    assert_int_equal(n, 2);
    handshake_clear(&h);
    identity_session_clear(&session);
}

static void old_versions_of_tls_are_refused(void **state)
{
    static const struct {
        const char *priorities;
        bool succeeds;
    } rows[] = {
        {"NORMAL:-VERS-ALL:+VERS-TLS1.3", true},
        {"NORMAL:-VERS-ALL:+VERS-TLS1.2", true},
        {"NORMAL:-VERS-ALL:+VERS-TLS1.1:%VERIFY_ALLOW_SIGN_WITH_SHA1", false},
        {"NORMAL:-VERS-ALL:+VERS-TLS1.0:%VERIFY_ALLOW_SIGN_WITH_SHA1", false},
    };
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);

    (void)state;
    identity_use_pair(identity, new_pair());
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct identity_session session = {.identity = identity};
        struct handshake h;
        print_message("# %s\n", rows[i].priorities);
        handshake_begin(&h);
        identity_attach(h.server, &session);
        assert_int_equal(gnutls_priority_set_direct(h.client, rows[i].priorities, NULL), 0);
        assert_int_equal(handshake_succeeds(&h), rows[i].succeeds);
        handshake_clear(&h);
        identity_session_clear(&session);
    }
}

static void a_pair_is_good_until_its_last_second(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    CLEANUP(identity_pair_unref) struct identity_pair *pair = use_new_pair(identity);
    const long long last_s = identity_pair_not_after_s(pair);
    const struct {
        long long now_s;
        int result;
    } rows[] = {
        {CERTS_TEST_NOW_S - ISSUE_BACKDATE_S - 1, -1},
        {CERTS_TEST_NOW_S - ISSUE_BACKDATE_S, 0},
        {CERTS_TEST_NOW_S, 0},
        {last_s, 0},
        {last_s + 1, -1},
    };

    (void)state;
    assert_int_equal(last_s, CERTS_TEST_NOW_S + CERTS_TEST_DAY_S);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        print_message("# row %zu\n", i);
        assert_int_equal(identity_check(identity, rows[i].now_s, &err), rows[i].result);
        assert_int_equal(identity_check_pair(identity, pair, NULL, rows[i].now_s, &err),
                         rows[i].result);
    }
}

static void each_name_must_be_in_the_certificate(void **state)
{
    const char *items[] = {"hawser.svc", "10.0.0.1"};
    const struct text_list both = {.items = items, .n = 2};
    CLEANUP(identity_free) struct identity *identity = new_identity(&both);
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ca");
    CLEANUP(certs_test_free)
    struct certs_test *good = certs_test_leaf(ca, "DNS:hawser.svc,IP:10.0.0.1,DNS:other");
    CLEANUP(certs_test_free) struct certs_test *half = certs_test_leaf(ca, "DNS:hawser.svc");
    struct err err = {0};

    (void)state;
    identity_use_pair(identity, pair_from(good->pem, good->key_pem));
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), 0);
    identity_use_pair(identity, pair_from(half->pem, half->key_pem));
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), -1);
    certs_test_check_err(&err, ERR_INVALID,
                         "the certificate is not for '10.0.0.1', its subjectAltNames are "
                         "'hawser.svc'");
}

static void with_authorities_the_certificate_must_lead_to_one(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ca");
    CLEANUP(certs_test_free) struct certs_test *other = certs_test_ca("other");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:localhost");
    struct err err = {0};

    (void)state;
    identity_use_pair(identity, pair_from(leaf->pem, leaf->key_pem));
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), 0);
    use_trust(identity, other);
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), -1);
    certs_test_check_err(&err, ERR_INVALID, "the certificate 'CN=leaf' is not trusted: ...");
    use_trust(identity, ca);
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), 0);
}

static void what_is_no_pair_is_refused(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ca");
    CLEANUP(certs_test_free) struct certs_test *a = certs_test_leaf(ca, "DNS:a");
    CLEANUP(certs_test_free) struct certs_test *b = certs_test_leaf(ca, "DNS:b");
    const struct {
        const char *certificates;
        const char *key;
    } rows[] = {
        {"", ""},         {a->pem, ""},      {"", a->key_pem},         {a->pem, b->key_pem},
        {a->pem, a->pem}, {"x", a->key_pem}, {a->key_pem, a->key_pem},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        struct identity_pair *pair =
            identity_pair_new(rows[i].certificates, strlen(rows[i].certificates), rows[i].key,
                              strlen(rows[i].key), &err);
        print_message("# row %zu: %s\n", i, err.msg);
        assert_null(pair);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

/* A thread that puts one pair after another in force. */
static void *swap(void *data)
{
    for (int i = 0; i < N_SWAPS; i++) {
        identity_use_pair(data, new_pair());
    }
    return NULL;
}

static void pairs_are_swapped_while_others_shake_hands(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    pthread_t thread;

    (void)state;
    identity_use_pair(identity, new_pair());
    assert_int_equal(pthread_create(&thread, NULL, swap, identity), 0);
    for (int i = 0; i < 20; i++) {
        struct identity_session session = {.identity = identity};
        struct err err = {0};
        struct handshake h;
        handshake_begin(&h);
        identity_attach(h.server, &session);
        assert_true(handshake_succeeds(&h));
        assert_true(handshake_showed(&h, session.pair));
        assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), 0);
        handshake_clear(&h);
        identity_session_clear(&session);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Whoever offers all of it, as an API server does. */
static void the_cheapest_handshake_is_chosen(void **state)
{
    CLEANUP(identity_free) struct identity *identity = new_identity(&no_names);
    CLEANUP(identity_pair_unref) struct identity_pair *pair = use_new_pair(identity);
    struct identity_session session = {.identity = identity};
    struct handshake h;

    (void)state;
    handshake_begin(&h);
    identity_attach(h.server, &session);
    assert_int_equal(gnutls_priority_set_direct(h.client, "NORMAL", NULL), 0);
    assert_true(handshake_succeeds(&h));
    assert_true(handshake_showed(&h, pair));
    assert_int_equal(gnutls_protocol_get_version(h.server), GNUTLS_TLS1_3);
    assert_int_equal(gnutls_group_get(h.server), GNUTLS_GROUP_X25519);
    assert_int_equal(gnutls_cipher_get(h.server), GNUTLS_CIPHER_AES_128_GCM);
    handshake_clear(&h);
    identity_session_clear(&session);
}

/* How many ciphers and groups @priorities have. */
static void count_choices(const char *priorities, int counts[static 2])
{
    const unsigned int *list;
    gnutls_priority_t cache;

    assert_int_equal(gnutls_priority_init(&cache, priorities, NULL), 0);
    counts[0] = gnutls_priority_cipher_list(cache, &list);
    counts[1] = gnutls_priority_group_list(cache, &list);
    gnutls_priority_deinit(cache);
}

static void an_order_of_our_own_turns_nobody_away(void **state)
{
    int usual[2];
    int ours[2];

    (void)state;
    count_choices("SECURE128", usual);
    count_choices(IDENTITY_PRIORITIES, ours);
    assert_int_equal(ours[0], usual[0]);
    assert_int_equal(ours[1], usual[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_pair_there_is_nothing_to_use),
        cmocka_unit_test(without_a_pair_a_handshake_fails),
        cmocka_unit_test(a_connection_that_nothing_was_attached_to_fails),
        cmocka_unit_test(a_handshake_presents_the_pair_in_force),
        cmocka_unit_test(a_handshake_under_way_keeps_its_pair),
        cmocka_unit_test(a_session_outlives_the_identity_that_it_came_from),
        cmocka_unit_test(the_whole_chain_is_presented),
        cmocka_unit_test(old_versions_of_tls_are_refused),
        cmocka_unit_test(a_pair_is_good_until_its_last_second),
        cmocka_unit_test(each_name_must_be_in_the_certificate),
        cmocka_unit_test(with_authorities_the_certificate_must_lead_to_one),
        cmocka_unit_test(what_is_no_pair_is_refused),
        cmocka_unit_test(pairs_are_swapped_while_others_shake_hands),
        cmocka_unit_test(the_cheapest_handshake_is_chosen),
        cmocka_unit_test(an_order_of_our_own_turns_nobody_away),
    };

    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
