/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificates.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "certs/certs_test.h"
#include "certs/rotation.h"
#include "deploy/kube/kube_stand_in_test.h"

#define SECRETS_OF   "/api/v1/namespaces/hawser/secrets"
#define SECRETS      SECRETS_OF "/"
#define CA           SECRETS "hawser-ca"
#define TLS          SECRETS "hawser-tls"
#define REGISTRATION "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/hawser"
#define SETTLE_MS    200

/* The job, with its client, against a server that keeps objects. */
struct fixture {
    struct kube_stand_in *test;
    struct kube *kube;
    struct events *events;
    struct metrics metrics;
    struct certificates *job;
};

static struct certificates_options options = {
    .certificate =
        {
            .names =
                {
                    .namespace_ = "hawser",
                    .ca_secret = "hawser-ca",
                    .tls_secret = "hawser-tls",
                    .configuration = "hawser",
                    .service = "hawser",
                },
            .cluster_domain = "cluster.local",
            .ca_validity_s = 315360000,
            .leaf_validity_s = 7776000,
        },
    .settle_ms = SETTLE_MS,
};

static void begin(struct fixture *fixture)
{
    struct err err = {0};

    fixture->kube = kube_stand_in_kube(fixture->test);
    fixture->events = events_new(fixture->kube, "hawser-controller", "pod", &err);
    assert_non_null(fixture->events);
    fixture->job = certificates_new(fixture->test->loop, fixture->kube, fixture->events,
                                    &fixture->metrics, &options, &err);
    assert_non_null(fixture->job);
}

static void end(struct fixture *fixture)
{
    certificates_free(fixture->job);
    events_free(fixture->events);
    kube_free(fixture->kube);
    fixture->job = NULL;
    fixture->events = NULL;
    fixture->kube = NULL;
}

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    void *test = NULL;

    assert_non_null(fixture);
    assert_int_equal(kube_stand_in_start(&test), 0);
    fixture->test = test;
    fixture->metrics.version = "1";
    begin(fixture);
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    void *test = fixture->test;

    end(fixture);
    assert_int_equal(kube_stand_in_stop(&test), 0);
    free(fixture);
    return 0;
}

/* The program's loop, for a while, or until @is_true. */
static bool run_until(struct fixture *fixture, bool (*is_true)(struct fixture *), unsigned int ms)
{
    const uint64_t end_ms = clock_monotonic_ms() + ms;

    for (;;) {
        loop_step(fixture->test->loop, 5);
        if (certificates_is_due(fixture->job)) {
            certificates_run(fixture->job);
        }
        if (is_true != NULL && is_true(fixture)) {
            return true;
        }
        if (clock_monotonic_ms() >= end_ms) {
            return false;
        }
    }
}

static json_t *get(struct fixture *fixture, const char *path)
{
    return object_store_get(fixture->test->store, path);
}

/* The text under @key in the Secret at @path; NULL when there is none. Owner: the caller. */
static char *text_of(struct fixture *fixture, const char *path, const char *key)
{
    json_auto_t *secret = get(fixture, path);
    const json_t *value = json_object_get(json_object_get(secret, "data"), key);
    struct buf text = BUF_INIT(65536);
    struct err err = {0};

    if (!json_is_string(value)) {
        return NULL;
    }
    assert_int_equal(
        base64_decode(json_string_value(value), json_string_length(value), &text, &err), 0);
    return text.len > 0 ? buf_take(&text) : strdup("");
}

static json_t *make_registration(void)
{
    return json_pack(
        "{s:s, s:s, s:{s:s}, s:[{s:s, s:s, s:{s:{s:s, s:s}}}, {s:s, s:s, s:{s:{s:s, s:s}}}]}",
        "apiVersion", "admissionregistration.k8s.io/v1", "kind", "MutatingWebhookConfiguration",
        "metadata", "name", "hawser", "webhooks", "name", "inject.hawser.dev", "failurePolicy",
        "Fail", "clientConfig", "service", "name", "hawser", "namespace", "hawser", "name",
        "namespace.hawser.dev", "failurePolicy", "Fail", "clientConfig", "service", "name",
        "hawser", "namespace", "hawser");
}

static void register_webhook(struct fixture *fixture)
{
    object_store_put(fixture->test->store, REGISTRATION, make_registration());
}

/* Whether a client that trusts the caBundle of each entry accepts what the webhook presents. */
static bool is_trusted(struct fixture *fixture)
{
    CLEANUP(free) char *leaf = text_of(fixture, TLS, "tls.crt");
    CLEANUP(free) char *key = text_of(fixture, TLS, "tls.key");
    CLEANUP(free) char *bundle = text_of(fixture, TLS, "ca.crt");
    json_auto_t *registration = get(fixture, REGISTRATION);
    static const char *const names[] = {"hawser.hawser.svc", "hawser.hawser.svc.cluster.local"};
    struct pair_expectation expected = {.names = names, .n_names = 2, .now_s = clock_wall_s()};
    CLEANUP(trust_unref) struct trust *trust = NULL;
    CLEANUP(pair_free) struct pair *pair = NULL;
    struct err err = {0};

    if (leaf == NULL || registration == NULL || bundle == NULL ||
        !certificate_objects_has_bundle(&options.certificate.names, registration, bundle)) {
        return false;
    }
    trust = trust_parse(bundle, strlen(bundle), &err);
    pair = pair_parse(leaf, strlen(leaf), key, strlen(key), &err);
    expected.trust = trust;
    return trust != NULL && pair != NULL && pair_check(pair, &expected, &err) == 0;
}

static void wait_trusted(struct fixture *fixture)
{
    assert_true(run_until(fixture, is_trusted, 3000));
}

/* Run on until nothing has been written for a while. */
static void settle(struct fixture *fixture)
{
    (void)run_until(fixture, NULL, 2 * SETTLE_MS + 100);
}

/* How many requests that write objects of the job the server has had. */
static size_t count_writes(struct fixture *fixture)
{
    size_t n = 0;

    for (size_t i = 0; i < api_server_count(fixture->test->server); i++) {
        const struct api_request *request = api_server_request(fixture->test->server, i);
        n += strcmp(request->method, "GET") != 0 && strstr(request->target, "/events") == NULL;
    }
    return n;
}

/* Whether there was an Event with this reason. */
static bool was_told(struct fixture *fixture, const char *reason)
{
    char text[128];

    (void)snprintf(text, sizeof(text), "\"reason\":\"%s\"", reason);
    for (size_t i = 0; i < api_server_count(fixture->test->server); i++) {
        const struct api_request *request = api_server_request(fixture->test->server, i);
        if (strstr(request->target, "/events") != NULL && strstr(request->body, text) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_authority_renewed(struct fixture *fixture)
{
    CLEANUP(free) char *old = text_of(fixture, CA, "old.crt");

    return old != NULL && old[0] != '\0';
}

static bool is_leaf_of_present_authority(struct fixture *fixture)
{
    CLEANUP(free) char *leaf = text_of(fixture, TLS, "tls.crt");
    CLEANUP(free) char *authority = text_of(fixture, CA, "ca.crt");
    CLEANUP(trust_unref) struct trust *trust = NULL;
    CLEANUP(free) char *key = text_of(fixture, TLS, "tls.key");
    CLEANUP(pair_free) struct pair *pair = NULL;
    struct pair_expectation expected = {.now_s = clock_wall_s()};
    struct err err = {0};

    if (leaf == NULL || authority == NULL || key == NULL) {
        return false;
    }
    trust = trust_parse(authority, strlen(authority), &err);
    pair = pair_parse(leaf, strlen(leaf), key, strlen(key), &err);
    expected.trust = trust;
    return trust != NULL && pair != NULL && pair_check(pair, &expected, &err) == 0;
}

/*
 * The usual
 */

static void what_is_not_there_is_made_and_trusted(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(free) char *key = NULL;

    register_webhook(fixture);
    wait_trusted(fixture);
    settle(fixture);
    key = text_of(fixture, TLS, "ca.key");
    assert_null(key);
    assert_true(was_told(fixture, "CertificateRenewed"));
    assert_true(was_told(fixture, "AuthorityRenewed"));
    assert_true(was_told(fixture, "CABundleWritten"));
    assert_int_equal(fixture->metrics.changes[METRICS_AUTHORITY], 1);
    assert_int_equal(fixture->metrics.changes[METRICS_LEAF], 1);
    assert_int_equal(fixture->metrics.changes[METRICS_REGISTRATION], 1);
    assert_int_equal(fixture->metrics.failures, 0);
    assert_true(fixture->metrics.has_bundle);
    assert_true(fixture->metrics.leaf_not_after_s > clock_wall_s());
    assert_true(fixture->metrics.authority_not_after_s > fixture->metrics.leaf_not_after_s);
    assert_int_equal(api_server_n_unexpected(fixture->test->server), 0);
}

static void what_is_as_it_should_be_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    size_t n_writes;

    register_webhook(fixture);
    wait_trusted(fixture);
    settle(fixture);
    n_writes = count_writes(fixture);
    assert_int_equal(n_writes, 3);
    end(fixture);
    begin(fixture);
    settle(fixture);
    assert_int_equal(count_writes(fixture), n_writes);
}

static void the_registration_may_come_later(void **state)
{
    struct fixture *fixture = *state;

    settle(fixture);
    assert_int_equal(count_writes(fixture), 2);
    assert_false(fixture->metrics.has_bundle);
    register_webhook(fixture);
    wait_trusted(fixture);
    assert_int_equal(count_writes(fixture), 3);
}

static void of_the_registration_one_field_is_written_and_no_other(void **state)
{
    struct fixture *fixture = *state;
    json_auto_t *expected = make_registration();
    json_auto_t *stored = NULL;
    json_t *entry;
    size_t i;

    register_webhook(fixture);
    wait_trusted(fixture);
    stored = get(fixture, REGISTRATION);
    json_array_foreach (json_object_get(stored, "webhooks"), i, entry) {
        assert_int_equal(json_object_del(json_object_get(entry, "clientConfig"), "caBundle"), 0);
    }
    assert_true(
        json_equal(json_object_get(stored, "webhooks"), json_object_get(expected, "webhooks")));
}

/*
 * What others do
 */

static void a_bundle_that_somebody_emptied_is_back_in_a_moment(void **state)
{
    struct fixture *fixture = *state;
    uint64_t start_ms;

    register_webhook(fixture);
    wait_trusted(fixture);
    settle(fixture);
    register_webhook(fixture); /* as an upgrade that replaces would */
    start_ms = clock_monotonic_ms();
    wait_trusted(fixture);
    assert_true(clock_monotonic_ms() - start_ms < 1000);
    assert_int_equal(fixture->metrics.changes[METRICS_LEAF], 1);
}

/* Put @text, in base64, under @key of the Secret at @path. */
static void set_text(struct fixture *fixture, const char *path, const char *key, const char *text)
{
    json_t *secret = get(fixture, path);
    CLEANUP(buf_clear) struct buf encoded = BUF_INIT(65536);

    base64_encode(text, strlen(text), &encoded);
    assert_int_equal(
        json_object_set_new(json_object_get(secret, "data"), key, json_string(buf_text(&encoded))),
        0);
    object_store_put(fixture->test->store, path, secret);
}

static void a_key_that_does_not_match_is_replaced_with_its_certificate(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(free) char *ca_key = NULL;

    register_webhook(fixture);
    wait_trusted(fixture);
    ca_key = text_of(fixture, CA, "ca.key");
    set_text(fixture, TLS, "tls.key", ca_key);
    assert_false(is_trusted(fixture));
    wait_trusted(fixture);
    settle(fixture);
    assert_int_equal(fixture->metrics.changes[METRICS_LEAF], 2);
    assert_int_equal(fixture->metrics.changes[METRICS_AUTHORITY], 1);
}

static void secrets_that_are_deleted_are_made_again(void **state)
{
    struct fixture *fixture = *state;

    register_webhook(fixture);
    wait_trusted(fixture);
    settle(fixture);
    object_store_delete(fixture->test->store, TLS);
    object_store_delete(fixture->test->store, CA);
    assert_false(is_trusted(fixture));
    wait_trusted(fixture);
}

/* The way to a new CA at once. What is presented and what is trusted overlap all the time. */
static void a_ca_that_is_deleted_is_replaced_in_the_order_that_is_safe(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(free) char *leaf = NULL;
    CLEANUP(free) char *same_leaf = NULL;
    uint64_t start_ms;

    register_webhook(fixture);
    wait_trusted(fixture);
    settle(fixture);
    leaf = text_of(fixture, TLS, "tls.crt");
    object_store_delete(fixture->test->store, CA);
    start_ms = clock_monotonic_ms();
    assert_true(run_until(fixture, is_authority_renewed, 2000));
    same_leaf = text_of(fixture, TLS, "tls.crt");
    assert_string_equal(same_leaf, leaf);
    wait_trusted(fixture);
    assert_false(is_leaf_of_present_authority(fixture));
    assert_true(run_until(fixture, is_leaf_of_present_authority, 3000));
    assert_true(clock_monotonic_ms() - start_ms >= SETTLE_MS);
    wait_trusted(fixture);
}

/* The API server may be of another opinion about what the present version is. */
static void a_conflict_is_solved_by_looking_again(void **state)
{
    static const struct api_step conflict = {
        .method = "PATCH",
        .times = 3,
        .status = 409,
        .body = API_STATUS(409, "Conflict", "the object has been modified"),
    };
    struct fixture *fixture = *state;

    api_server_add(fixture->test->server, &conflict);
    register_webhook(fixture);
    assert_true(run_until(fixture, is_trusted, 10000));
}

/*
 * A server in trouble
 */

static void troubles_of_the_server_are_waited_out_and_told_once(void **state)
{
    static const struct api_step troubles[] = {
        {.method = "PATCH", .status = 429, .body = API_STATUS(429, "TooManyRequests", "slow down")},
        {.method = "PATCH",
         .status = 500,
         .body = API_STATUS(500, "InternalError", "etcd is gone")},
        {.method = "PATCH", .status = 503, .body = "down"},
        {.method = "PATCH", .status = 0, .end = API_RESET},
        {.method = "PATCH", .status = 504, .body = API_STATUS(504, "Timeout", "too slow")},
        {.method = "PATCH", .status = 200, .body = "{\"kind\":", .end = API_CLOSE},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        api_server_add(fixture->test->server, &troubles[i]);
    }
    register_webhook(fixture);
    assert_true(run_until(fixture, is_trusted, 10000));
    assert_true(fixture->metrics.failures > 0);
    settle(fixture);
    assert_true(was_told(fixture, "CertificatesFailed"));
}

static void who_may_not_write_says_so_and_goes_on_when_he_may(void **state)
{
    static const struct api_step forbidden = {
        .method = "PATCH",
        .times = API_FOREVER,
        .status = 403,
        .body = API_STATUS(403, "Forbidden", "secrets are not for you"),
    };
    struct fixture *fixture = *state;
    size_t n_requests;

    api_server_add(fixture->test->server, &forbidden);
    register_webhook(fixture);
    settle(fixture);
    assert_int_equal(fixture->metrics.failures, 1);
    assert_true(was_told(fixture, "CertificatesFailed"));
    n_requests = count_writes(fixture);
    settle(fixture);
    assert_int_equal(count_writes(fixture), n_requests); /* not in a hurry */
    api_server_clear(fixture->test->server);
    certificates_lead(fixture->job);
    wait_trusted(fixture);
}

static void who_may_read_but_not_watch_is_not_ready(void **state)
{
    static const struct api_step forbidden = {
        .method = "GET",
        .target = SECRETS_OF "?fieldSelector=",
        .times = API_FOREVER,
        .status = 403,
        .body = API_STATUS(403, "Forbidden", "watching is not for you"),
    };
    struct fixture *fixture = *state;
    struct err err = {0};

    api_server_add(fixture->test->server, &forbidden);
    register_webhook(fixture);
    wait_trusted(fixture); /* what it can do, it does */
    settle(fixture);
    assert_int_equal(certificates_check(fixture->job, &err), -1);
    assert_non_null(strstr(err.msg, "'hawser-ca' cannot be watched: forbidden: watching is not"));
    api_server_clear(fixture->test->server);
    settle(fixture);
    settle(fixture);
    assert_int_equal(certificates_check(fixture->job, &err), 0);
}

static void in_a_namespace_that_terminates_nothing_is_made(void **state)
{
    static const struct api_step terminating = {
        .method = "PATCH",
        .times = API_FOREVER,
        .status = 403,
        .body = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":"
                "\"unable to create new content in namespace hawser because it is being "
                "terminated\",\"reason\":\"Forbidden\",\"details\":{\"causes\":[{\"reason\":"
                "\"NamespaceTerminating\",\"message\":\"x\",\"field\":\"metadata.namespace\"}]},"
                "\"code\":403}",
    };
    struct fixture *fixture = *state;

    api_server_add(fixture->test->server, &terminating);
    settle(fixture);
    assert_int_equal(count_writes(fixture), 1);
    assert_int_equal(fixture->metrics.failures, 1);
}

static void without_an_answer_nothing_is_decided(void **state)
{
    struct fixture *fixture = *state;
    struct err err = {0};

    register_webhook(fixture);
    wait_trusted(fixture);
    api_server_stop(fixture->test->server);
    settle(fixture);
    assert_int_equal(api_server_start(fixture->test->server, &err), 0);
    register_webhook(fixture);
    assert_true(run_until(fixture, is_trusted, 10000));
    assert_int_equal(fixture->metrics.changes[METRICS_LEAF], 1);
}

#define TLS_WATCH SECRETS_OF "?fieldSelector=metadata.name%3Dhawser-tls"
#define TLS_LIST  SECRETS_OF "?limit=500&fieldSelector=metadata.name%3Dhawser-tls"

static size_t count_requests(struct fixture *fixture, const char *target)
{
    size_t n = 0;

    for (size_t i = 0; i < api_server_count(fixture->test->server); i++) {
        n += strncmp(api_server_request(fixture->test->server, i)->target, target,
                     strlen(target)) == 0;
    }
    return n;
}

static bool is_forgotten(struct fixture *fixture)
{
    return count_requests(fixture, TLS_WATCH) >= 7;
}

/* The back-off has come to more than 320 ms by then. */
static void after_an_outage_a_version_that_is_forgotten_costs_no_more_time(void **state)
{
    static const struct api_step away = {
        .method = "GET", .target = TLS_WATCH, .times = 6, .status = 503, .body = "away"};
    static const struct api_step forgotten = {.method = "GET",
                                              .target = TLS_WATCH,
                                              .status = 410,
                                              .body = API_STATUS(410, "Expired", "too old")};
    struct fixture *fixture = *state;
    size_t n_lists;

    api_server_add(fixture->test->server, &away);
    api_server_add(fixture->test->server, &forgotten);
    assert_true(run_until(fixture, is_forgotten, 10000));
    n_lists = count_requests(fixture, TLS_LIST);
    (void)run_until(fixture, NULL, 250);
    assert_int_equal(count_requests(fixture, TLS_LIST), n_lists + 1);
}

/* As a second program that keeps the caBundle would. */
static void who_fights_over_the_bundle_is_let_win_now_and_then_and_that_is_told(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t end_ms = clock_monotonic_ms() + 1500;

    while (clock_monotonic_ms() < end_ms) {
        register_webhook(fixture);
        (void)run_until(fixture, is_trusted, 50);
    }
    assert_in_range(fixture->metrics.changes[METRICS_REGISTRATION], 3, 7);
    assert_true(fixture->metrics.failures > 0);
    assert_true(was_told(fixture, "CertificatesFailed"));
}

/* The copy is behind: somebody has just made the Secret that is about to be made. */
static void what_the_copy_does_not_know_yet_is_not_made_over(void **state)
{
    static const struct api_step empty = {.method = "GET",
                                          .target = SECRETS_OF "?limit",
                                          .times = 1,
                                          .status = 200,
                                          .body = API_LIST("1", "")};
    struct fixture *fixture = *state;
    CLEANUP(free) char *first = NULL;
    CLEANUP(free) char *second = NULL;

    register_webhook(fixture);
    wait_trusted(fixture);
    settle(fixture);
    first = text_of(fixture, CA, "ca.crt");
    end(fixture);
    api_server_add(fixture->test->server, &empty);
    begin(fixture);
    settle(fixture);
    second = text_of(fixture, CA, "ca.crt");
    assert_string_equal(first, second);
    assert_int_equal(fixture->metrics.changes[METRICS_AUTHORITY], 1);
}

static void a_secret_of_another_type_is_told_before_trust_is_changed(void **state)
{
    struct fixture *fixture = *state;
    json_t *odd = json_pack("{s:s, s:s, s:{s:s, s:s}, s:s, s:{}}", "apiVersion", "v1", "kind",
                            "Secret", "metadata", "name", "hawser-tls", "namespace", "hawser",
                            "type", "Opaque", "data");

    object_store_put(fixture->test->store, TLS, odd);
    register_webhook(fixture);
    settle(fixture);
    assert_int_equal(count_writes(fixture), 0);
    assert_true(was_told(fixture, "CertificatesFailed"));
    object_store_delete(fixture->test->store, TLS);
    wait_trusted(fixture);
}

/*
 * Two controllers
 */

static bool never(void *data)
{
    (void)data;
    return false;
}

static void who_does_not_lead_writes_nothing(void **state)
{
    struct fixture *fixture = *state;

    kube_guard(fixture->kube, never, NULL);
    register_webhook(fixture);
    settle(fixture);
    assert_int_equal(count_writes(fixture), 0);
    assert_int_equal(fixture->metrics.failures, 0);
}

static unsigned int n_allowed;

static bool a_few_times(void *data)
{
    (void)data;
    if (n_allowed == 0) {
        return false;
    }
    n_allowed--;
    return true;
}

/* The lease is lost, or the process killed, before any of its writes; the next one ends it. */
static void a_rotation_that_was_cut_anywhere_is_finished_by_the_next(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned int n_writes = 0; n_writes < 6; n_writes++) {
        print_message("# cut before write %u\n", n_writes + 1);
        register_webhook(fixture);
        wait_trusted(fixture);
        settle(fixture);
        end(fixture);
        object_store_delete(fixture->test->store, CA);
        begin(fixture);
        n_allowed = n_writes;
        kube_guard(fixture->kube, a_few_times, NULL);
        settle(fixture);
        end(fixture);
        begin(fixture);
        assert_true(run_until(fixture, is_leaf_of_present_authority, 5000));
        wait_trusted(fixture);
    }
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(what_is_not_there_is_made_and_trusted),
        PROMISE(what_is_as_it_should_be_is_left_alone),
        PROMISE(the_registration_may_come_later),
        PROMISE(of_the_registration_one_field_is_written_and_no_other),
        PROMISE(a_bundle_that_somebody_emptied_is_back_in_a_moment),
        PROMISE(a_key_that_does_not_match_is_replaced_with_its_certificate),
        PROMISE(secrets_that_are_deleted_are_made_again),
        PROMISE(a_ca_that_is_deleted_is_replaced_in_the_order_that_is_safe),
        PROMISE(a_conflict_is_solved_by_looking_again),
        PROMISE(troubles_of_the_server_are_waited_out_and_told_once),
        PROMISE(who_may_not_write_says_so_and_goes_on_when_he_may),
        PROMISE(who_may_read_but_not_watch_is_not_ready),
        PROMISE(in_a_namespace_that_terminates_nothing_is_made),
        PROMISE(without_an_answer_nothing_is_decided),
        PROMISE(after_an_outage_a_version_that_is_forgotten_costs_no_more_time),
        PROMISE(who_fights_over_the_bundle_is_let_win_now_and_then_and_that_is_told),
        PROMISE(what_the_copy_does_not_know_yet_is_not_made_over),
        PROMISE(a_secret_of_another_type_is_told_before_trust_is_changed),
        PROMISE(who_does_not_lead_writes_nothing),
        PROMISE(a_rotation_that_was_cut_anywhere_is_finished_by_the_next),
    };

    return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}
