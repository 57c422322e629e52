/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/kube/client_test.h"
#include "tests/folder.h"
#include "tests/test.h"

#define OBJECT API_OBJECT("a", "1")

/* A test in a folder of its own, with a client. */
struct place {
    void *folder;
    void *client;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    *state = place;
    return place != NULL && folder_enter(&place->folder) == 0 ? client_set_up(&place->client) : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    const int result = client_tear_down(&place->client);

    (void)folder_leave(&place->folder);
    free(place);
    return result;
}

static enum kube_outcome outcome_of_get(struct client *client)
{
    CLEANUP(kube_answer_clear) struct kube_answer answer = client_get(client);

    return answer.outcome;
}

/* The header with which request number @i came. */
static bool came_with(struct client *client, size_t i, const char *header)
{
    return api_server_request(client->server, i) != NULL &&
           api_request_has(api_server_request(client->server, i), header);
}

static void a_server_of_another_authority_is_not_trusted(void **state)
{
    struct client *client = ((struct place *)*state)->client;
    const struct api_server_options options = {0};
    struct err err = {0};
    CLEANUP(api_server_free) struct api_server *other = api_server_new(&options, &err);
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    assert_non_null(other);
    client->config.ca_pem = api_server_ca_pem(other);
    client_connect(client);
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_memory_equal(answer.message, "TLS with the server: ", strlen("TLS with the server: "));
    assert_int_equal(api_server_count(client->server), 0); /* the token was not sent either */
}

static void a_cluster_without_a_ca_is_judged_by_the_systems(void **state)
{
    struct client *client = ((struct place *)*state)->client;

    client->config.ca_pem = NULL; /* those of the system alone */
    client_connect(client);
    assert_int_equal(outcome_of_get(client), KUBE_UNREACHABLE);
    assert_int_equal(api_server_count(client->server), 0);
}

static void a_ca_file_that_is_replaced_counts_at_once(void **state)
{
    struct client *client = ((struct place *)*state)->client;
    const struct api_server_options options = {0};
    struct err err = {0};
    CLEANUP(api_server_free) struct api_server *other = api_server_new(&options, &err);
    const struct api_step ok = {.times = API_FOREVER, .status = 200, .body = OBJECT};

    assert_non_null(other);
    api_server_add(client->server, &ok);
    assert_int_equal(folder_publish("ca", "1", "ca.crt", api_server_ca_pem(other)), 0);
    client->config.ca_pem = NULL;
    client->config.ca_file = "ca/ca.crt";
    client_connect(client);
    assert_int_equal(outcome_of_get(client), KUBE_UNREACHABLE);
    assert_int_equal(folder_publish("ca", "2", "ca.crt", api_server_ca_pem(client->server)), 0);
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    assert_int_equal(folder_publish("ca", "3", "ca.crt", api_server_ca_pem(other)), 0);
    assert_int_equal(outcome_of_get(client), KUBE_UNREACHABLE); /* not on the kept connection */
}

static void a_ca_file_that_is_damaged_leaves_what_was(void **state)
{
    struct client *client = ((struct place *)*state)->client;
    CLEANUP(kube_answer_clear) struct kube_answer answer = {0};

    assert_int_equal(folder_write("ca.crt", api_server_ca_pem(client->server)), 0);
    client->config.ca_pem = NULL;
    client->config.ca_file = "ca.crt";
    client_connect(client);
    for (unsigned int i = 0; i < 4; i++) {
        if (i == 1) {
            assert_int_equal(remove("ca.crt"), 0);
        } else if (i == 2) { /* and stays so */
            assert_int_equal(folder_write("ca.crt", "-----BEGIN CERT"), 0);
        }
        client_answer(client, NULL, NULL, 200, OBJECT);
        assert_int_equal(outcome_of_get(client), KUBE_OK);
    }
    api_server_stop(client->server);
    answer = client_get(client);
    assert_int_equal(answer.outcome, KUBE_UNREACHABLE);
    assert_non_null(strstr(answer.message, "'ca.crt'")); /* it is said where it may matter */
}

static void the_name_to_expect_can_be_another_than_the_hosts(void **state)
{
    struct client *client = ((struct place *)*state)->client;
    const struct api_server_options options = {.name = "kubernetes.test"};
    const struct api_step ok = {.times = API_FOREVER, .status = 200, .body = OBJECT};

    client_serve(client, &options);
    api_server_add(client->server, &ok);
    client_connect(client);
    assert_int_equal(outcome_of_get(client), KUBE_UNREACHABLE);
    client->config.tls_server_name = "other.test";
    client_connect(client);
    assert_int_equal(outcome_of_get(client), KUBE_UNREACHABLE);
    assert_int_equal(api_server_count(client->server), 0);
    client->config.tls_server_name = "kubernetes.test";
    client_connect(client);
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    assert_string_equal(api_server_request(client->server, 0)->server_name, "kubernetes.test");
    assert_non_null(strstr(api_server_request(client->server, 0)->head, "Host: 127.0.0.1:"));
}

static void a_client_certificate_is_presented(void **state)
{
    struct client *client = ((struct place *)*state)->client;
    const struct api_server_options options = {.wants_client = true};

    client_serve(client, &options);
    client->config.token = NULL;
    client_connect(client);
    assert_int_equal(outcome_of_get(client), KUBE_UNREACHABLE);
    client->config.client_cert_pem = api_server_client_pem(client->server);
    client->config.client_key_pem = api_server_client_key(client->server);
    client_connect(client);
    client_answer(client, NULL, NULL, 200, OBJECT);
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    assert_null(strstr(api_server_request(client->server, 0)->head, "Authorization"));
}

static void a_token_that_was_rotated_is_sent_with_the_next_request(void **state)
{
    struct client *client = ((struct place *)*state)->client;
    const struct api_step ok = {.times = API_FOREVER, .status = 200, .body = OBJECT};

    api_server_add(client->server, &ok);
    assert_int_equal(folder_publish("sa", "1", "token", "one"), 0);
    client->config.token_file = "sa/token";
    client_connect(client);
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    assert_int_equal(folder_publish("sa", "2", "token", "two"), 0);
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    assert_int_equal(folder_publish("sa", "3", "token", ""), 0); /* is none: the last one stays */
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    assert_true(came_with(client, 0, "Authorization: Bearer one"));
    assert_true(came_with(client, 1, "Authorization: Bearer two"));
    assert_true(came_with(client, 2, "Authorization: Bearer two"));
}

/* A file system may not tell that a file is another one: same place, same size, same times. */
static void a_token_that_is_refused_is_read_again_and_sent_once_more(void **state)
{
    struct client *client = ((struct place *)*state)->client;

    assert_int_equal(folder_write("token", "one"), 0);
    client->config.token_file = "token";
    client_connect(client);
    client_answer(client, NULL, NULL, 401, API_STATUS(401, "Unauthorized", "Unauthorized"));
    client_answer(client, NULL, NULL, 200, OBJECT);
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    client_answer(client, NULL, NULL, 401, API_STATUS(401, "Unauthorized", "Unauthorized"));
    client_answer(client, NULL, NULL, 401, API_STATUS(401, "Unauthorized", "Unauthorized"));
    assert_int_equal(outcome_of_get(client), KUBE_UNAUTHORIZED);
    assert_int_equal(api_server_count(client->server), 4);
    assert_int_equal(kube_counts(client->kube)->retries, 0);
}

static void a_token_that_is_given_is_not_sent_again(void **state)
{
    struct client *client = ((struct place *)*state)->client;

    client_connect(client);
    client_answer(client, NULL, NULL, 401, "");
    assert_int_equal(outcome_of_get(client), KUBE_UNAUTHORIZED);
    assert_int_equal(api_server_count(client->server), 1);
}

static void the_environment_has_no_say(void **state)
{
    static const char *const names[] = {
        "http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY",     "all_proxy",
        "HTTP_PROXY", "CURL_HOME",   "HOME",        "SSL_CERT_FILE", "CURL_CA_BUNDLE"};
    struct client *client = ((struct place *)*state)->client;

    assert_int_equal(folder_write(".netrc", "machine 127.0.0.1 login evil password evil\n"), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const bool is_place = strcmp(names[i], "HOME") == 0 || strcmp(names[i], "CURL_HOME") == 0;
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the server's threads do not ask */
        assert_int_equal(setenv(names[i], is_place ? "." : "http://127.0.0.1:1", 1), 0);
    }
    client->config.token = NULL;
    client_connect(client);
    client_answer(client, NULL, NULL, 200, OBJECT);
    assert_int_equal(outcome_of_get(client), KUBE_OK);
    assert_null(strstr(api_server_request(client->server, 0)->head, "Authorization"));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(unsetenv(names[i]), 0); /* NOLINT(concurrency-mt-unsafe): as above */
    }
}

static void what_cannot_be_used_is_said_at_the_beginning(void **state)
{
    struct client *client = ((struct place *)*state)->client;
    const struct {
        struct kube_config config;
        enum err_code code;
        const char *message;
    } rows[] = {
        {{.server = "http://x"}, ERR_INVALID, "expected an address like"},
        {{.server = "https://x", .ca_pem = "nonsense"}, ERR_INVALID, "the cluster's CA: "},
        {{.server = "https://x", .ca_file = "nowhere"}, ERR_NOT_FOUND, ""},
        {{.server = "https://x", .token_file = "nowhere"}, ERR_NOT_FOUND, ""},
        {{.server = "https://x", .token = "a b"}, ERR_INVALID, "there is a character"},
        {{.server = "https://x", .tls_server_name = "a/b"}, ERR_INVALID, "expected the name of"},
        {{.server = "https://x",
          .client_cert_pem = api_server_ca_pem(client->server),
          .client_key_pem = api_server_client_key(client->server)},
         ERR_INVALID,
         "the client certificate: "},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        assert_null(kube_new(client->loop, &rows[i].config, "test", &err));
        assert_int_equal(err.code, rows[i].code);
        assert_memory_equal(err.msg, rows[i].message, strlen(rows[i].message));
    }
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_server_of_another_authority_is_not_trusted),
        IN_PLACE(a_cluster_without_a_ca_is_judged_by_the_systems),
        IN_PLACE(a_ca_file_that_is_replaced_counts_at_once),
        IN_PLACE(a_ca_file_that_is_damaged_leaves_what_was),
        IN_PLACE(the_name_to_expect_can_be_another_than_the_hosts),
        IN_PLACE(a_client_certificate_is_presented),
        IN_PLACE(a_token_that_was_rotated_is_sent_with_the_next_request),
        IN_PLACE(a_token_that_is_refused_is_read_again_and_sent_once_more),
        IN_PLACE(a_token_that_is_given_is_not_sent_again),
        IN_PLACE(the_environment_has_no_say),
        IN_PLACE(what_cannot_be_used_is_said_at_the_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
