/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/readiness.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "certs/certs_test.h"
#include "webhook/server/handshake_test.h"
#include "webhook/server/parts_test.h"

#define NOW_MS 5000000ULL

struct fixture {
    struct certs_test *ca;
    struct certs_test *leaf;
    struct current policies;
    struct identity *identity;
    struct readiness readiness;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = {0};

    assert_non_null(f);
    f->ca = certs_test_ca("ca");
    f->leaf = certs_test_leaf(f->ca, "DNS:localhost");
    f->identity = identity_new(&no_names, &err);
    assert_non_null(f->identity);
    parts_init_policies(&f->policies);
    readiness_init(&f->readiness, &f->policies, f->identity);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    readiness_clear(&f->readiness);
    current_clear(&f->policies);
    identity_free(f->identity);
    certs_test_free(f->leaf);
    certs_test_free(f->ca);
    free(f);
    return 0;
}

static void load_pair(struct fixture *f)
{
    identity_use_pair(f->identity, pair_from(f->leaf->pem, f->leaf->key_pem));
}

static void note_success(struct fixture *f)
{
    const struct err err = {.code = ERR_NONE};

    readiness_note_probe(&f->readiness, &err, NOW_MS);
}

static void make_ready(struct fixture *f)
{
    parts_load_policies(&f->policies);
    load_pair(f);
    note_success(f);
}

/* @reason NULL: it is ready. One that ends in "..." begins so. */
static void check_at(struct fixture *f, long long now_s, uint64_t now_ms, const char *reason)
{
    struct err err = {0};
    int result = readiness_check(&f->readiness, now_s, now_ms, &err);

    assert_int_equal(result, reason == NULL ? 0 : -1);
    if (reason != NULL) {
        assert_int_not_equal(err.code, ERR_NONE);
        certs_test_check_err(&err, err.code, reason);
    }
}

static void check(struct fixture *f, const char *reason)
{
    check_at(f, CERTS_TEST_NOW_S, NOW_MS, reason);
}

static void it_becomes_ready_step_by_step(void **state)
{
    struct fixture *f = *state;

    check(f, "no policies are loaded yet");
    parts_load_policies(&f->policies);
    check(f, "certificate: there is no certificate yet");
    load_pair(f);
    check(f, "the TLS port was not tried yet");
    note_success(f);
    check(f, NULL);
}

static void one_that_is_told_to_stop_is_never_ready_again(void **state)
{
    struct fixture *f = *state;

    make_ready(f);
    readiness_stop(&f->readiness);
    check(f, "the server is stopping");
    note_success(f);
    check(f, "the server is stopping");
}

static void that_it_stops_is_the_first_of_reasons(void **state)
{
    struct fixture *f = *state;

    readiness_stop(&f->readiness);
    check(f, "the server is stopping");
}

static void a_certificate_that_expires_ends_readiness(void **state)
{
    struct fixture *f = *state;
    const long long last_s = CERTS_TEST_NOW_S + CERTS_TEST_DAY_S;

    make_ready(f);
    check_at(f, last_s, NOW_MS, NULL);
    check_at(f, last_s + 1, NOW_MS, "certificate: the certificate was valid until ...");
    check_at(f, last_s, NOW_MS, NULL); /* somebody set the clock right */
}

static void a_certificate_that_leads_nowhere_ends_readiness(void **state)
{
    struct fixture *f = *state;
    CLEANUP(certs_test_free) struct certs_test *other = certs_test_ca("other");
    struct err err = {0};

    make_ready(f);
    identity_use_trust(f->identity, trust_parse(other->pem, strlen(other->pem), &err));
    check(f, "certificate: the certificate 'CN=leaf' is not trusted: ...");
    identity_use_trust(f->identity, trust_parse(f->ca->pem, strlen(f->ca->pem), &err));
    check(f, NULL);
}

static void a_probe_counts_for_ten_seconds(void **state)
{
    struct fixture *f = *state;

    make_ready(f);
    check_at(f, CERTS_TEST_NOW_S, NOW_MS + READINESS_PROBE_AGE_MS_MAX, NULL);
    check_at(f, CERTS_TEST_NOW_S, NOW_MS + READINESS_PROBE_AGE_MS_MAX + 1,
             "our own TLS port was not tried lately");
}

/* The probe's thread reads the clock after the one that asks has read it. */
static void a_probe_that_ends_while_somebody_asks_is_no_old_one(void **state)
{
    struct fixture *f = *state;

    make_ready(f);
    check_at(f, CERTS_TEST_NOW_S, NOW_MS - 1, NULL);
}

static void a_probe_that_fails_ends_readiness_until_one_succeeds(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};

    make_ready(f);
    err_set(&err, ERR_IO, "handshake: no answer within 1000 ms");
    readiness_note_probe(&f->readiness, &err, NOW_MS);
    check(f, "a request to our own TLS port failed: handshake: no answer within 1000 ms");
    note_success(f);
    check(f, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_becomes_ready_step_by_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_told_to_stop_is_never_ready_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(that_it_stops_is_the_first_of_reasons, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_that_expires_ends_readiness, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_that_leads_nowhere_ends_readiness, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_probe_counts_for_ten_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_probe_that_ends_while_somebody_asks_is_no_old_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_probe_that_fails_ends_readiness_until_one_succeeds,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
