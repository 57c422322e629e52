/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/callers.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "certs/certs_test.h"
#include "webhook/server/handshake_test.h"

static const struct text_list no_names = {.n = 0};

/* Two client CAs, and a server to ask. */
struct fixture {
    struct certs_test *ca;
    struct certs_test *other_ca;
    struct certs_test *server;
    struct identity *identity;
    struct callers callers;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = {0};

    assert_non_null(f);
    f->ca = certs_test_ca("clients");
    f->other_ca = certs_test_ca("others");
    f->server = certs_test_leaf(f->ca, "DNS:server");
    f->identity = identity_new(&no_names, &err);
    assert_non_null(f->identity);
    identity_use_pair(f->identity, pair_from(f->server->pem, f->server->key_pem));
    callers_init(&f->callers, &no_names);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    callers_clear(&f->callers);
    identity_free(f->identity);
    certs_test_free(f->server);
    certs_test_free(f->other_ca);
    certs_test_free(f->ca);
    free(f);
    return 0;
}

static void trust_in(struct fixture *f, const struct certs_test *ca)
{
    struct err err = {0};
    struct trust *trust = trust_parse(ca->pem, strlen(ca->pem), &err);

    assert_non_null(trust);
    callers_use_trust(&f->callers, trust);
}

static struct certs_test *
client(const struct certs_test *ca, const char *common_name, const char *usage)
{
    return certs_test_new(&(struct certs_test_options){
        .common_name = common_name,
        .issuer = ca,
        .names = "DNS:client.example",
        .constraints = "critical,CA:FALSE",
        .extended_key_usage = usage,
    });
}

/* Whether somebody with this certificate, or none, is accepted at @now_s. */
static bool is_accepted(struct fixture *f, const struct certs_test *shown, long long now_s)
{
    struct identity_session session = {.identity = f->identity};
    struct handshake h;
    bool accepted;

    handshake_begin(&h);
    if (shown != NULL) {
        handshake_show(&h, shown->pem, shown->key_pem);
    }
    identity_attach(h.server, &session);
    callers_ask(&f->callers, h.server);
    assert_true(handshake_succeeds(&h)); /* the refusal is an HTTP answer */
    accepted = callers_accept(&f->callers, h.server, now_s);
    handshake_clear(&h);
    identity_session_clear(&session);
    return accepted;
}

static void without_authorities_everybody_is_accepted(void **state)
{
    struct fixture *f = *state;
    CLEANUP(certs_test_free) struct certs_test *stranger = client(f->other_ca, "x", "clientAuth");

    assert_true(is_accepted(f, NULL, CERTS_TEST_NOW_S));
    assert_true(is_accepted(f, stranger, CERTS_TEST_NOW_S));
}

static void without_authorities_no_certificate_is_asked_for(void **state)
{
    struct fixture *f = *state;
    struct identity_session session = {.identity = f->identity};
    struct handshake h;

    handshake_begin(&h);
    handshake_show(&h, f->server->pem, f->server->key_pem);
    identity_attach(h.server, &session);
    callers_ask(&f->callers, h.server);
    assert_true(handshake_succeeds(&h));
    assert_int_equal(gnutls_certificate_client_get_request_status(h.client), 0);
    handshake_clear(&h);
    identity_session_clear(&session);
}

static void with_authorities_a_certificate_of_theirs_is_expected(void **state)
{
    struct fixture *f = *state;
    CLEANUP(certs_test_free) struct certs_test *ours = client(f->ca, "x", "clientAuth");
    CLEANUP(certs_test_free) struct certs_test *stranger = client(f->other_ca, "x", "clientAuth");
    CLEANUP(certs_test_free) struct certs_test *server = client(f->ca, "x", "serverAuth");
    CLEANUP(certs_test_free)
    struct certs_test *self = certs_test_new(
        &(struct certs_test_options){.common_name = "clients", .extended_key_usage = "clientAuth"});

    trust_in(f, f->ca);
    assert_true(is_accepted(f, ours, CERTS_TEST_NOW_S));
    assert_false(is_accepted(f, NULL, CERTS_TEST_NOW_S));
    assert_false(is_accepted(f, stranger, CERTS_TEST_NOW_S));
    assert_false(is_accepted(f, server, CERTS_TEST_NOW_S));
    assert_false(is_accepted(f, self, CERTS_TEST_NOW_S)); /* its issuer has the CA's name */
}

static void a_certificate_counts_until_its_last_second(void **state)
{
    struct fixture *f = *state;
    CLEANUP(certs_test_free) struct certs_test *ours = client(f->ca, "x", "clientAuth");

    trust_in(f, f->ca);
    assert_true(is_accepted(f, ours, CERTS_TEST_NOW_S + CERTS_TEST_DAY_S));
    assert_false(is_accepted(f, ours, CERTS_TEST_NOW_S + CERTS_TEST_DAY_S + 1));
    assert_false(is_accepted(f, ours, CERTS_TEST_NOW_S - CERTS_TEST_DAY_S - 1));
}

static void names_narrow_who_is_accepted(void **state)
{
    struct fixture *f = *state;
    const char *items[] = {"kube-apiserver", "client.example"};
    const struct text_list both = {.items = items, .n = 2};
    const struct text_list first = {.items = items, .n = 1};
    CLEANUP(certs_test_free)
    struct certs_test *named = client(f->ca, "kube-apiserver", "clientAuth");
    CLEANUP(certs_test_free)
    struct certs_test *other = client(f->ca, "kube-apiserver2", "clientAuth");
    CLEANUP(certs_test_free)
    struct certs_test *stranger = client(f->other_ca, "kube-apiserver", "clientAuth");

    callers_clear(&f->callers);
    callers_init(&f->callers, &first);
    trust_in(f, f->ca);
    assert_true(is_accepted(f, named, CERTS_TEST_NOW_S));
    assert_false(is_accepted(f, other, CERTS_TEST_NOW_S));
    assert_false(is_accepted(f, stranger, CERTS_TEST_NOW_S));
    assert_false(is_accepted(f, NULL, CERTS_TEST_NOW_S));

    callers_clear(&f->callers);
    callers_init(&f->callers, &both);
    trust_in(f, f->ca);
    assert_true(is_accepted(f, other, CERTS_TEST_NOW_S)); /* by its DNS name */
}

static void authorities_are_replaced_as_a_whole(void **state)
{
    struct fixture *f = *state;
    CLEANUP(certs_test_free) struct certs_test *ours = client(f->ca, "x", "clientAuth");
    CLEANUP(certs_test_free) struct certs_test *other = client(f->other_ca, "x", "clientAuth");

    trust_in(f, f->ca);
    trust_in(f, f->other_ca);
    assert_false(is_accepted(f, ours, CERTS_TEST_NOW_S));
    assert_true(is_accepted(f, other, CERTS_TEST_NOW_S));
}

static void a_chain_of_more_than_eight_certificates_is_refused(void **state)
{
    struct fixture *f = *state;
    struct certs_test *authorities[TRUST_CHAIN_MAX + 1] = {f->ca};

    trust_in(f, f->ca);
    for (size_t n = 1; n <= TRUST_CHAIN_MAX + 1; n++) { /* n certificates without the CA's own */
        CLEANUP(buf_clear) struct buf chain = BUF_INIT(1024UL * 1024);
        CLEANUP(certs_test_free)
        struct certs_test *leaf = client(authorities[n - 1], "x", "clientAuth");
        struct certs_test shown = *leaf;
        buf_add_text(&chain, leaf->pem);
        for (size_t i = n - 1; i > 0; i--) {
            buf_add_text(&chain, authorities[i]->pem);
        }
        shown.pem = chain.bytes;
        print_message("# %zu\n", n);
        assert_int_equal(is_accepted(f, &shown, CERTS_TEST_NOW_S), n <= TRUST_CHAIN_MAX);
        if (n <= TRUST_CHAIN_MAX) {
            char name[16];
            (void)snprintf(name, sizeof(name), "ca %zu", n);
            authorities[n] = certs_test_new(&(struct certs_test_options){
                .common_name = name,
                .issuer = authorities[n - 1],
                .constraints = "critical,CA:TRUE",
                .key_usage = "critical,keyCertSign",
                .identifiers = true,
            });
        }
    }
    for (size_t i = 1; i <= TRUST_CHAIN_MAX; i++) {
        certs_test_free(authorities[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_authorities_everybody_is_accepted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_authorities_no_certificate_is_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(with_authorities_a_certificate_of_theirs_is_expected,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_counts_until_its_last_second, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_narrow_who_is_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(authorities_are_replaced_as_a_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chain_of_more_than_eight_certificates_is_refused, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("callers", tests, NULL, NULL);
}
