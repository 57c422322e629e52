/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Certificates, and who is answered
 *
 * usage: tls_test HAWSER
 */

#include <openssl/ssl.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/server/authority.h"
#include "tests/server/material.h"
#include "tests/server/pause.h"
#include "tests/server/serving.h"

#define UNREADY_MS  6000
#define SERVER_NAME "hawser.hawser.svc"

static const char *hawser; /* the binary */

/* What each test has: a folder, an authority, and the server's files in the folder "tls". */
struct fixture {
    struct material *material;
    struct authority *authority;
    char *certificate;
    char *key;
    char *ca;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct err err = {0};

    fixture.material = material_new(&err);
    fixture.authority = authority_new("tests", &err);
    assert_non_null(fixture.material);
    assert_non_null(fixture.authority);
    fixture.certificate = material_path(fixture.material, "tls/tls.crt");
    fixture.key = material_path(fixture.material, "tls/tls.key");
    fixture.ca = material_path(fixture.material, "tls/ca.crt");
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    material_free(fixture->material);
    authority_free(fixture->authority);
    free(fixture->certificate);
    free(fixture->key);
    free(fixture->ca);
    return 0;
}

/* Mount a certificate like @leaf, with the CA that is said to have issued it. */
static void
publish(const struct fixture *fixture, const struct authority_leaf *leaf, const char *ca_pem)
{
    CLEANUP(authority_pair_clear) struct authority_pair pair = {0};
    struct err err = {0};

    serving_check(authority_issue(fixture->authority, leaf, &pair, &err), &err);
    const struct material_file files[] = {
        {.name = "tls.crt", .text = pair.certificate},
        {.name = "tls.key", .text = pair.key},
        {.name = "ca.crt", .text = ca_pem},
    };
    serving_check(material_publish(fixture->material, "tls", files, 3, &err), &err);
}

static struct authority_leaf usual_leaf(long long serial)
{
    return (struct authority_leaf){
        .common_name = "hawser", .names = {SERVER_NAME}, .serial = serial};
}

static struct served *launch(const struct fixture *fixture, const char *const more[static 4])
{
    const char *const arguments[] = {
        "--tls-cert-file",
        fixture->certificate,
        "--tls-private-key-file",
        fixture->key,
        "--tls-ca-file",
        fixture->ca,
        "--tls-server-name",
        SERVER_NAME,
        more[0],
        more[1],
        more[2],
        more[3],
        NULL,
    };

    return serving_launch(hawser, arguments);
}

static const char *const nothing_more[4] = {NULL};

static struct served *start(const struct fixture *fixture, const char *const more[static 4])
{
    struct served *served = launch(fixture, more);

    serving_await_ready(served);
    return served;
}

/* Send a review; the status of the answer, or 0 when there is none. */
static unsigned int ask_on(struct client *client)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(64UL * 1024);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct client_message message = {.body = NULL};
    struct err err = {0};

    generation_write_review(1, 0, &body);
    message.body = buf_text(&body);
    message.len = body.len;
    return client_request(client, &message, &answer, &err) < 0 ? 0 : answer.status;
}

/* The same on a connection of its own. */
static unsigned int ask(const struct served *served, const struct client_options *options)
{
    struct err err = {0};
    CLEANUP(client_free)
    struct client *client = client_connect(served_address(served), options, &err);

    return client != NULL ? ask_on(client) : 0;
}

static void only_tls_1_2_and_1_3_are_spoken(void **state)
{
    static const struct {
        int version;
        const char *name; /* NULL: refused */
    } rows[] = {
        {TLS1_VERSION, NULL},
        {TLS1_1_VERSION, NULL},
        {TLS1_2_VERSION, "TLSv1.2"},
        {TLS1_3_VERSION, "TLSv1.3"},
    };
    const struct fixture *fixture = *state;
    struct served *served;
    const struct authority_leaf leaf = usual_leaf(1);

    publish(fixture, &leaf, authority_pem(fixture->authority));
    served = start(fixture, nothing_more);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct client_options options = {
            .server_name = SERVER_NAME,
            .ca = authority_pem(fixture->authority),
            .tls_min = rows[i].version,
            .tls_max = rows[i].version,
            .alpn = "http/1.1",
        };
        struct err err = {0};
        CLEANUP(client_free)
        struct client *client = client_connect(served_address(served), &options, &err);
        if (rows[i].name == NULL) {
            assert_null(client);
        } else {
            assert_non_null(client);
            assert_string_equal(client_tls_version(client), rows[i].name);
            assert_int_equal(ask(served, &options), 200);
        }
    }
    serving_stop(served);
}

/* A client certificate that is, or is not, what the server asks for. */
struct caller {
    const char *what;
    const char *issuer; /* "clients" or "strangers"; NULL: no certificate */
    const char *name;
    bool for_client;
    unsigned int status;
};

static void only_accepted_callers_are_answered(void **state)
{
    static const struct caller callers[] = {
        {"the API server", "clients", "kube-apiserver", true, 200},
        {"nobody", NULL, NULL, false, 403},
        {"another name", "clients", "somebody", true, 403},
        {"another authority", "strangers", "kube-apiserver", true, 403},
        {"a certificate for servers", "clients", "kube-apiserver", false, 403},
    };
    const struct fixture *fixture = *state;
    struct err err = {0};
    CLEANUP(authority_free) struct authority *clients = authority_new("clients", &err);
    CLEANUP(authority_free) struct authority *strangers = authority_new("strangers", &err);
    CLEANUP(free) char *client_ca = material_path(fixture->material, "client-ca.crt");
    struct served *served;
    const struct authority_leaf leaf = usual_leaf(1);
    const char *const more[4] = {"--client-ca-file", client_ca, "--client-allowed-names",
                                 "front-proxy,kube-apiserver"};

    serving_check(material_write(fixture->material, "client-ca.crt", authority_pem(clients), &err),
                  &err);
    publish(fixture, &leaf, authority_pem(fixture->authority));
    served = start(fixture, more); /* asks for /healthz over TLS, without a certificate */
    for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
        const struct caller *caller = &callers[i];
        CLEANUP(authority_pair_clear) struct authority_pair pair = {0};
        struct client_options options = {.server_name = SERVER_NAME,
                                         .ca = authority_pem(fixture->authority)};
        print_message("# %s\n", caller->what);
        if (caller->issuer != NULL) {
            const struct authority_leaf own = {
                .common_name = caller->name, .serial = 7, .for_client = caller->for_client};
            serving_check(
                authority_issue(strcmp(caller->issuer, "clients") == 0 ? clients : strangers, &own,
                                &pair, &err),
                &err);
            options.certificate = pair.certificate;
            options.key = pair.key;
        }
        assert_int_equal(ask(served, &options), caller->status);
        options.tls_max = TLS1_2_VERSION;
        assert_int_equal(ask(served, &options), caller->status);
    }
    serving_stop(served);
}

/* As an API server whose new client certificate comes before the new bundle. */
static void who_was_refused_is_judged_again_when_the_authorities_change(void **state)
{
    const struct fixture *fixture = *state;
    struct err err = {0};
    CLEANUP(authority_free) struct authority *old = authority_new("old", &err);
    CLEANUP(authority_free) struct authority *new = authority_new("new", &err);
    CLEANUP(authority_pair_clear) struct authority_pair pair = {0};
    CLEANUP(free) char *client_ca = material_path(fixture->material, "client-ca.crt");
    CLEANUP(client_free) struct client *client = NULL;
    struct served *served;
    const struct authority_leaf leaf = usual_leaf(1);
    const struct authority_leaf own = {
        .common_name = "kube-apiserver", .serial = 7, .for_client = true};
    const char *const more[4] = {"--client-ca-file", client_ca};
    const uint64_t until_ms = clock_monotonic_ms() + 10000;
    unsigned int status;

    serving_check(authority_issue(new, &own, &pair, &err), &err);
    serving_check(material_write(fixture->material, "client-ca.crt", authority_pem(old), &err),
                  &err);
    publish(fixture, &leaf, authority_pem(fixture->authority));
    served = start(fixture, more);
    const struct client_options options = {.server_name = SERVER_NAME,
                                           .ca = authority_pem(fixture->authority),
                                           .certificate = pair.certificate,
                                           .key = pair.key};
    client = client_connect(served_address(served), &options, &err);
    assert_non_null(client);
    assert_int_equal(ask_on(client), 403);
    serving_check(material_write(fixture->material, "client-ca.crt", authority_pem(new), &err),
                  &err);
    while (status = ask_on(client), status == 403 && clock_monotonic_ms() < until_ms) {
        pause_ms(20);
    }
    assert_int_equal(status, 200);
    serving_stop(served);
}

static void a_certificate_that_is_missing_is_waited_for(void **state)
{
    const struct fixture *fixture = *state;
    const struct authority_leaf leaf = usual_leaf(1);
    const char *const more[4] = {"--start-timeout", "1m"};
    struct served *served = launch(fixture, more);
    size_t from = 0;
    json_auto_t *line = serving_await_line(served, "not ready to serve; waiting", &from, 5000);

    assert_non_null(strstr(json_string_value(json_object_get(line, "error")), "/tls/"));
    publish(fixture, &leaf, authority_pem(fixture->authority));
    serving_await_ready(served);
    serving_stop(served);
}

/* Without time to wait it says what is wrong and ends; code 2 is for what has to be changed. */
static void what_is_wrong_at_the_start_is_said(void **state)
{
    const struct fixture *fixture = *state;
    struct err err = {0};
    CLEANUP(authority_free) struct authority *other = authority_new("tests", &err);
    const time_t now = time(NULL);
    const struct {
        const char *says;
        struct authority_leaf leaf;
        const char *ca;
    } rows[] = {
        {"other.hawser.svc", {.names = {"other.hawser.svc"}, .serial = 1}, NULL},
        {"was valid until", {.names = {SERVER_NAME}, .serial = 1, .not_after_s = now - 5}, NULL},
        {"is valid from", {.names = {SERVER_NAME}, .serial = 1, .not_before_s = now + 3600}, NULL},
        {"not for servers", {.names = {SERVER_NAME}, .serial = 1, .for_client = true}, NULL},
        {"not trusted", {.names = {SERVER_NAME}, .serial = 1}, authority_pem(other)},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(served_free) struct served *served = NULL;
        CLEANUP(free) char *said = NULL;
        struct authority_leaf leaf = rows[i].leaf;
        leaf.common_name = "hawser";
        publish(fixture, &leaf,
                rows[i].ca != NULL ? rows[i].ca : authority_pem(fixture->authority));
        served = launch(fixture, nothing_more);
        serving_await_exit(served, 2, SERVING_WAIT_MS);
        said = served_text(served);
        print_message("# %s", said);
        assert_non_null(strstr(said, "tls/tls.crt"));
        assert_non_null(strstr(said, rows[i].says));
        assert_null(strstr(said, "PRIVATE"));
    }
}

static void a_certificate_that_expires_makes_it_unready(void **state)
{
    const struct fixture *fixture = *state;
    struct authority_leaf leaf = usual_leaf(1);
    const struct client_options options = {.server_name = SERVER_NAME,
                                           .ca = authority_pem(fixture->authority)};
    struct served *served;

    leaf.not_after_s = time(NULL) + 3;
    publish(fixture, &leaf, authority_pem(fixture->authority));
    served = start(fixture, nothing_more);
    assert_int_equal(ask(served, &options), 200);
    serving_await_readiness(served, 503, "was valid until", UNREADY_MS);
    leaf = usual_leaf(2); /* the next one makes it ready again */
    publish(fixture, &leaf, authority_pem(fixture->authority));
    serving_await_ready(served);
    assert_int_equal(ask(served, &options), 200);
    serving_stop(served);
}

static void a_certificate_that_its_ca_disowns_makes_it_unready(void **state)
{
    const struct fixture *fixture = *state;
    const struct authority_leaf leaf = usual_leaf(1);
    struct err err = {0};
    CLEANUP(authority_free) struct authority *other = authority_new("other", &err);
    struct served *served;

    publish(fixture, &leaf, authority_pem(fixture->authority));
    served = start(fixture, nothing_more);
    publish(fixture, &leaf, authority_pem(other));
    serving_await_readiness(served, 503, "certificate", UNREADY_MS);
    publish(fixture, &leaf, authority_pem(fixture->authority));
    serving_await_ready(served);
    serving_stop(served);
}

static void a_bad_pair_keeps_the_one_in_force(void **state)
{
    const struct fixture *fixture = *state;
    const struct client_options options = {.server_name = SERVER_NAME,
                                           .ca = authority_pem(fixture->authority)};
    const struct authority_leaf leaf = usual_leaf(1);
    struct served *served;
    size_t from = 0;
    struct err err = {0};
    const struct material_file files[] = {
        {.name = "tls.crt", .text = "-----BEGIN CERTIFICATE-----\nMIIB"},
        {.name = "tls.key", .text = ""},
        {.name = "ca.crt", .text = authority_pem(fixture->authority)},
    };

    publish(fixture, &leaf, authority_pem(fixture->authority));
    served = start(fixture, nothing_more);
    serving_check(material_publish(fixture->material, "tls", files, 3, &err), &err);
    json_auto_t *line =
        serving_await_line(served, "reload refused; what was in force stays", &from, 5000);
    assert_string_equal(json_string_value(json_object_get(line, "what")), "certificate");
    assert_int_equal(ask(served, &options), 200);
    serving_await_ready(served);
    serving_stop(served);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_tls_1_2_and_1_3_are_spoken),
        cmocka_unit_test(only_accepted_callers_are_answered),
        cmocka_unit_test(who_was_refused_is_judged_again_when_the_authorities_change),
        cmocka_unit_test(a_certificate_that_is_missing_is_waited_for),
        cmocka_unit_test(what_is_wrong_at_the_start_is_said),
        cmocka_unit_test(a_certificate_that_expires_makes_it_unready),
        cmocka_unit_test(a_certificate_that_its_ca_disowns_makes_it_unready),
        cmocka_unit_test(a_bad_pair_keeps_the_one_in_force),
    };
    struct CMUnitTest each[sizeof(tests) / sizeof(tests[0])];

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        each[i] = tests[i];
        each[i].setup_func = set_up;
        each[i].teardown_func = tear_down;
    }
    return cmocka_run_group_tests_name("tls", each, NULL, NULL);
}
