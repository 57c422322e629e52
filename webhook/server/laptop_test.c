/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/laptop.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "certs/certs_test.h"
#include "policies/load.h"
#include "webhook/inject/admit.h"
#include "webhook/server/handshake_test.h"

#define BEFORE_REVIEW " -d '"

static const struct text_list no_names = {.n = 0};

/* The hint for the server at @address, to be freed. */
static char *write_hint(const char *address, const struct policy_set *policies)
{
    CLEANUP(buf_clear) struct buf hint = BUF_INIT(LAPTOP_TEXT_BYTES_MAX);

    laptop_write_hint(&hint, address, "sha256//AAAA", policies);
    assert_false(buf_failed(&hint));
    return buf_take(&hint);
}

/* The review in a hint, to be freed: what the shell hands to curl. */
static char *cut_review(const char *hint)
{
    const char *start = strstr(hint, BEFORE_REVIEW);

    assert_non_null(start);
    start += strlen(BEFORE_REVIEW);
    return strndup(start, strcspn(start, "'"));
}

/* What becomes of the review that the hint for @policies holds. */
static enum report_outcome admit_hint(const struct policy_set *policies)
{
    CLEANUP(free) char *hint = write_hint("127.0.0.1:8443", policies);
    CLEANUP(free) char *review = cut_review(hint);
    CLEANUP(arena_free) struct arena *arena = arena_new(ADMIT_ARENA_MAX);
    CLEANUP(buf_clear) struct buf answer = BUF_INIT(ADMIT_ANSWER_MAX);
    const struct admit_options options = {.policies = policies, .copier_image = "hawser"};
    struct report report = {.arena = arena};
    struct err err = {0};
    json_t *parsed = json_parse(review, strlen(review), &err);

    if (parsed == NULL || admit(&options, review, strlen(review), &answer, &report, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    json_decref(parsed);
    return report.outcome;
}

static struct policy_set *load_text(const char *text)
{
    struct err err = {0};
    struct policy_set *set = policy_load_text("test", text, strlen(text), &err);

    if (set == NULL) {
        fail_msg("%s", err.msg);
    }
    return set;
}

static void the_hint_has_a_workflow_injected_by_the_shipped_policies(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *policies = policy_load_shipped(&err);

    (void)state;
    assert_non_null(policies);
    assert_int_equal(admit_hint(policies), REPORT_INJECTED);
}

static void without_a_default_policy_the_first_one_injects(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *policies = load_text("apiVersion: hawser.dev/v1\n"
                                            "kind: VolumePolicy\n"
                                            "metadata: {name: mine}\n"
                                            "spec:\n"
                                            "  volumes:\n"
                                            "    - name: v\n"
                                            "      persistent: {claimName: c}\n"
                                            "      mountPath: /v\n");

    (void)state;
    assert_int_equal(admit_hint(policies), REPORT_INJECTED);
}

static void without_policies_the_hint_still_asks_for_something(void **state)
{
    const struct policy_set none = {.policies = {.n = 0}};

    (void)state;
    (void)admit_hint(&none); /* answered, one way or another */
}

static void the_command_is_one_line_that_a_shell_takes_apart_as_meant(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *policies = policy_load_shipped(&err);
    CLEANUP(free) char *hint = write_hint("127.0.0.1:8443", policies);
    const char *command = strstr(hint, "  curl ");
    size_t n_quotes = 0;

    (void)state;
    assert_non_null(command);
    for (const char *at = command; *at != '\n'; at++) {
        assert_int_not_equal(*at, '\0');
        n_quotes += *at == '\'';
    }
    assert_int_equal(n_quotes, 8); /* the pin, the URL, the header, the review */
    assert_non_null(strstr(command, " --pinnedpubkey 'sha256//AAAA' "));
    assert_non_null(strstr(command, " 'https://127.0.0.1:8443/mutate' "));
}

static void an_ipv6_address_stays_in_its_brackets(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *policies = policy_load_shipped(&err);
    CLEANUP(free)
    char *hint = write_hint("[fe80:4567:89ab:cdef:0123:4567:192.168.255.255]:65535", policies);

    (void)state;
    assert_non_null(strstr(hint, "'https://[fe80:4567:89ab:cdef:0123:4567:192.168.255.255]:65535/"
                                 "mutate'"));
}

static void the_pair_that_is_made_is_good_for_localhost_at_once(void **state)
{
    const char *items[] = {"localhost", "127.0.0.1", "::1"};
    const struct text_list names = {.items = items, .n = 3};
    struct err err = {0};
    CLEANUP(identity_free) struct identity *identity = identity_new(&names, &err);
    CLEANUP(buf_clear) struct buf pin = BUF_INIT(256);

    (void)state;
    assert_non_null(identity);
    assert_int_equal(laptop_identify(identity, CERTS_TEST_NOW_S, &pin, &err), 0);
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S, &err), 0);
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S + LAPTOP_VALIDITY_S, &err), 0);
    assert_int_equal(identity_check(identity, CERTS_TEST_NOW_S + LAPTOP_VALIDITY_S + 1, &err), -1);
}

/* The SHA-256 of the key that a handshake presents, as curl compares it. */
static void the_pin_is_that_of_the_key_that_is_presented(void **state)
{
    struct err err = {0};
    CLEANUP(identity_free) struct identity *identity = identity_new(&no_names, &err);
    CLEANUP(buf_clear) struct buf pin = BUF_INIT(256);
    struct identity_session session = {.identity = identity};
    gnutls_datum_t base64 = {.data = NULL};
    gnutls_x509_crt_t certificate;
    unsigned char key_id[64];
    size_t size = sizeof(key_id);
    unsigned int n = 0;
    struct handshake h;

    (void)state;
    assert_int_equal(laptop_identify(identity, CERTS_TEST_NOW_S, &pin, &err), 0);
    handshake_begin(&h);
    identity_attach(h.server, &session);
    assert_true(handshake_succeeds(&h));
    assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
    assert_int_equal(gnutls_x509_crt_import(certificate, gnutls_certificate_get_peers(h.client, &n),
                                            GNUTLS_X509_FMT_DER),
                     0);
    assert_int_equal(
        gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, key_id, &size), 0);
    assert_int_equal(
        gnutls_base64_encode2(&(const gnutls_datum_t){.data = key_id, .size = (unsigned int)size},
                              &base64),
        0);
    assert_memory_equal(buf_text(&pin), "sha256//", 8);
    assert_string_equal(buf_text(&pin) + 8, (const char *)base64.data);
    gnutls_free(base64.data);
    gnutls_x509_crt_deinit(certificate);
    handshake_clear(&h);
    identity_session_clear(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hint_has_a_workflow_injected_by_the_shipped_policies),
        cmocka_unit_test(without_a_default_policy_the_first_one_injects),
        cmocka_unit_test(without_policies_the_hint_still_asks_for_something),
        cmocka_unit_test(the_command_is_one_line_that_a_shell_takes_apart_as_meant),
        cmocka_unit_test(an_ipv6_address_stays_in_its_brackets),
        cmocka_unit_test(the_pair_that_is_made_is_good_for_localhost_at_once),
        cmocka_unit_test(the_pin_is_that_of_the_key_that_is_presented),
    };

    return cmocka_run_group_tests_name("laptop", tests, NULL, NULL);
}
