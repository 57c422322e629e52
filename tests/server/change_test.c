/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Policies and certificates that change under load
 *
 * usage: change_test HAWSER
 *
 * While clients send without pause, what the server reads is replaced again and again, as the
 * kubelet replaces it, every second time by something broken. No request fails, each answer comes
 * from exactly one generation, and a new one is in force within IN_FORCE_MS. A build with
 * sanitizers (the environment says SANITIZE) makes fewer rounds.
 */

#include <stdatomic.h>

#include "base/cleanup.h"
#include "tests/server/authority.h"
#include "tests/server/load.h"
#include "tests/server/material.h"
#include "tests/server/serving.h"

#define IN_FORCE_MS 2000
#define N_CLIENTS   8

#define SERVER_NAME "hawser.hawser.svc"

static const char *hawser;    /* the binary */
static unsigned int n_rounds; /* of policies; certificates are swapped a tenth as often */

/* Policies that put @generation in two places; @broken: with a key that stands twice. */
static void publish_policies(const struct material *material, unsigned int generation, bool broken)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);
    struct err err = {0};

    generation_write_policies(generation, &text);
    if (broken) {
        buf_add_text(&text, "  volumes: twice\n");
    }
    const struct material_file file = {.name = "policies.yaml", .text = buf_text(&text)};
    serving_check(material_publish(material, "policies", &file, 1, &err), &err);
}

/* The one generation that the answer comes from. */
static int read_generation(const struct answer *answer, unsigned int *out, struct err *err)
{
    CLEANUP(generation_clear) struct generation_answer review = {0};

    if (generation_read(answer, &review, err) < 0) {
        return -1;
    }
    if (review.n_claims != GENERATION_CLAIMS) {
        return err_set(err, ERR_INVALID, "expected %d claims, found %zu", GENERATION_CLAIMS,
                       review.n_claims);
    }
    *out = review.generation;
    return 0;
}

/* An answer comes from a generation that was right and was published: an odd number. */
static int check_generation(const struct answer *answer, void *data, struct err *err)
{
    const atomic_uint *newest = data;
    unsigned int generation = 0;

    if (read_generation(answer, &generation, err) < 0) {
        return -1;
    }
    if (generation % 2 != 1 || generation > atomic_load(newest)) {
        return err_set(err, ERR_INVALID, "generation %u was never in force", generation);
    }
    return 0;
}

/* Ask until @generation answers; how long it took. */
static unsigned int await_generation(struct client *client,
                                     const struct client_message *message,
                                     unsigned int generation)
{
    const uint64_t start_ms = clock_monotonic_ms();
    struct err err = {0};

    for (;;) {
        CLEANUP(answer_clear) struct answer answer = {0};
        unsigned int found = 0;
        uint64_t took_ms;
        serving_check(client_request(client, message, &answer, &err), &err);
        serving_check(read_generation(&answer, &found, &err), &err);
        took_ms = clock_monotonic_ms() - start_ms;
        if (found == generation) {
            return (unsigned int)took_ms;
        }
        if (took_ms > IN_FORCE_MS) {
            fail_msg("generation %u is not in force after %u ms", generation, IN_FORCE_MS);
        }
        pause_ms(2);
    }
}

/* The value of the metric @name. */
static long metric(struct served *served, const char *name)
{
    CLEANUP(answer_clear) struct answer answer = {0};
    const char *found;

    serving_get(served, "/metrics", &answer);
    found = strstr(answer.body, name);
    assert_non_null(found);
    return strtol(found + strlen(name), NULL, 10);
}

/* Wait until so many reloads were refused. */
static void await_refusals(struct served *served, long n)
{
    for (int i = 0; i < IN_FORCE_MS / 2; i++) {
        if (metric(served, "hawser_policy_reloads_total{result=\"failure\"} ") >= n) {
            return;
        }
        pause_ms(2);
    }
    fail_msg("the broken policies were not read within %d ms", IN_FORCE_MS);
}

/* Print what the load saw, and see that nothing failed. */
static void judge(struct load *load, const char *what, unsigned int n, unsigned int slowest_ms)
{
    struct load_result result;

    load_stop(load, &result);
    print_message("# %u %s while %d clients sent %zu requests on %zu connections: %zu failed; in "
                  "force after %u ms at most; slowest answer %llu us\n",
                  n, what, N_CLIENTS, result.n_requests, result.n_connections, result.n_failures,
                  slowest_ms, (unsigned long long)result.slowest_us);
    if (result.n_failures > 0) {
        fail_msg("%s", result.first_failure.msg);
    }
    assert_true(result.n_requests > n);
}

static void policies_change_without_a_failed_request(void **state)
{
    struct err err = {0};
    CLEANUP(material_free) struct material *material = material_new(&err);
    CLEANUP(free) char *path = material_path(material, "policies");
    CLEANUP(client_free) struct client *client = NULL;
    CLEANUP(load_free) struct load *load = NULL;
    CLEANUP(buf_clear) struct buf body = BUF_INIT(64UL * 1024);
    const char *const arguments[] = {"--policies", path, NULL};
    atomic_uint newest = 1;
    struct served *served;
    unsigned int slowest_ms = 0;

    (void)state;
    publish_policies(material, 1, false);
    served = serving_start(hawser, arguments);
    generation_write_review(1, 0, &body);
    const struct client_message message = {.body = buf_text(&body), .len = body.len};
    const struct load_options options = {
        .address = served_address(served),
        .message = message,
        .n_threads = N_CLIENTS,
        .check = check_generation,
        .data = &newest,
    };
    client = client_connect(served_address(served), &options.client, &err);
    load = load_start(&options, &err);
    serving_check(client != NULL && load != NULL ? 0 : -1, &err);
    for (unsigned int i = 2; i <= n_rounds + 1; i += 2) {
        unsigned int took_ms;
        publish_policies(material, i, true);
        await_refusals(served, i / 2);
        atomic_store(&newest, i + 1);
        publish_policies(material, i + 1, false);
        took_ms = await_generation(client, &message, i + 1);
        slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;
    }
    judge(load, "reloads of policies, every second one refused,", n_rounds, slowest_ms);
    serving_stop(served);
}

/* A certificate with the serial number @generation; @broken: with a key of another. */
static void publish_certificate(const struct material *material,
                                const struct authority *authority,
                                long long generation,
                                bool broken)
{
    const struct authority_leaf leaf = {
        .common_name = "hawser", .names = {SERVER_NAME}, .serial = generation};
    CLEANUP(authority_pair_clear) struct authority_pair pair = {0};
    CLEANUP(authority_pair_clear) struct authority_pair other = {0};
    struct err err = {0};

    serving_check(authority_issue(authority, &leaf, &pair, &err), &err);
    serving_check(authority_issue(authority, &leaf, &other, &err), &err);
    const struct material_file files[] = {
        {.name = "tls.crt", .text = pair.certificate},
        {.name = "tls.key", .text = broken ? other.key : pair.key},
        {.name = "ca.crt", .text = authority_pem(authority)},
    };
    serving_check(material_publish(material, "tls", files, 3, &err), &err);
}

/* Connect until the certificate @generation is presented; how long it took. */
static unsigned int
await_certificate(const char *address, const struct client_options *options, int64_t generation)
{
    const uint64_t start_ms = clock_monotonic_ms();

    for (;;) {
        struct err err = {0};
        CLEANUP(client_free) struct client *client = client_connect(address, options, &err);
        uint64_t took_ms = clock_monotonic_ms() - start_ms;
        serving_check(client != NULL ? 0 : -1, &err);
        if (client_peer_serial(client) == generation) {
            return (unsigned int)took_ms;
        }
        if (took_ms > IN_FORCE_MS) {
            fail_msg("certificate %lld is not presented after %u ms", (long long)generation,
                     IN_FORCE_MS);
        }
        pause_ms(2);
    }
}

static void certificates_change_without_a_failed_request(void **state)
{
    struct err err = {0};
    CLEANUP(material_free) struct material *material = material_new(&err);
    CLEANUP(authority_free) struct authority *authority = authority_new("tests", &err);
    CLEANUP(free) char *certificate = material_path(material, "tls/tls.crt");
    CLEANUP(free) char *key = material_path(material, "tls/tls.key");
    CLEANUP(free) char *ca = material_path(material, "tls/ca.crt");
    CLEANUP(load_free) struct load *load = NULL;
    CLEANUP(buf_clear) struct buf body = BUF_INIT(64UL * 1024);
    const char *const arguments[] = {
        "--tls-cert-file",
        certificate,
        "--tls-private-key-file",
        key,
        "--tls-ca-file",
        ca,
        "--tls-server-name",
        SERVER_NAME,
        NULL,
    };
    const unsigned int n_swaps = n_rounds / 10;
    struct served *served;
    unsigned int slowest_ms = 0;

    (void)state;
    publish_certificate(material, authority, 1, false);
    served = serving_start(hawser, arguments);
    generation_write_review(1, 0, &body);
    const struct load_options options = {
        .address = served_address(served),
        .client = {.server_name = SERVER_NAME, .ca = authority_pem(authority)},
        .message = {.body = buf_text(&body), .len = body.len},
        .n_threads = N_CLIENTS,
        .n_for_each_connection = 10,
    };
    load = load_start(&options, &err);
    serving_check(load != NULL ? 0 : -1, &err);
    for (unsigned int i = 2; i <= n_swaps + 1; i++) {
        unsigned int took_ms;
        if (i % 2 == 0) {
            publish_certificate(material, authority, 1000000 + i, true); /* never presented */
        }
        publish_certificate(material, authority, i, false);
        took_ms = await_certificate(served_address(served), &options.client, i);
        slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;
    }
    judge(load, "swaps of certificates", n_swaps, slowest_ms);
    serving_stop(served);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_change_without_a_failed_request),
        cmocka_unit_test(certificates_change_without_a_failed_request),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    n_rounds = serving_is_sanitized() ? 200 : 1000;
    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
