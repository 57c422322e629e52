/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_config.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

#define ARENA_BYTES ((size_t)1024 * 1024)

#define CLUSTER(more) \
    "clusters:\n"     \
    "- name: c\n"     \
    "  cluster:\n"    \
    "    server: https://10.0.0.1:6443\n" more
#define CONTEXT               \
    "current-context: here\n" \
    "contexts:\n"             \
    "- name: here\n"          \
    "  context: {cluster: c, user: u}\n"
#define USER(more) \
    "users:\n"     \
    "- name: u\n"  \
    "  user:\n"    \
    "    extra: 1\n" more

static int load(const char *text, const char *context, struct kube_config *out, struct err *err)
{
    static struct arena *arena; /* what @out borrows; freed with the next one */

    arena_free(arena);
    arena = arena_new(ARENA_BYTES);
    assert_int_equal(folder_write("config", text), 0);
    return kube_config_load("config", context, arena, out, err);
}

static void assert_text(const char *found, const char *expected)
{
    if (expected == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found, expected);
    }
}

/* As kind writes it: everything inline. */
static void data_is_decoded(void **state)
{
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(load("apiVersion: v1\nkind: Config\npreferences: {}\n" CONTEXT CLUSTER(
                              "    certificate-authority-data: Q0EK\n")
                              USER("    client-certificate-data: Q0VSVAo=\n"
                                   "    client-key-data: |\n      S0VZ\n      Cg==\n"),
                          NULL, &config, &err),
                     0);
    assert_text(config.server, "https://10.0.0.1:6443");
    assert_text(config.ca_pem, "CA\n");
    assert_text(config.ca_file, NULL);
    assert_text(config.client_cert_pem, "CERT\n");
    assert_text(config.client_key_pem, "KEY\n");
    assert_text(config.token, NULL);
    assert_text(config.namespace_, NULL);
    assert_text(config.tls_server_name, NULL);
}

static void files_are_relative_to_the_kubeconfig(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(mkdir("sub", 0700), 0);
    assert_int_equal(folder_write("sub/crt", "CERT"), 0);
    assert_int_equal(folder_write("sub/key", "KEY"), 0);
    assert_int_equal(folder_write("sub/config",
                                  CONTEXT CLUSTER("    certificate-authority: ca.crt\n")
                                      USER("    client-certificate: crt\n"
                                           "    client-key: ./key\n"
                                           "    tokenFile: /var/token\n"
                                           "    token: abc\n")),
                     0);
    assert_int_equal(kube_config_load("sub/config", NULL, arena, &config, &err), 0);
    assert_text(config.ca_file, "sub/ca.crt");
    assert_text(config.client_cert_pem, "CERT");
    assert_text(config.client_key_pem, "KEY");
    assert_text(config.token_file, "/var/token");
    assert_text(config.token, "abc");
}

static void data_wins_over_a_file(void **state)
{
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(load(CONTEXT CLUSTER("    certificate-authority-data: Q0EK\n"
                                          "    certificate-authority: /nowhere\n")
                              USER("    client-certificate-data: Q0VSVAo=\n"
                                   "    client-certificate: /nowhere\n"
                                   "    client-key-data: S0VZCg==\n"
                                   "    client-key: /nowhere\n"),
                          NULL, &config, &err),
                     0);
    assert_text(config.ca_pem, "CA\n");
    assert_text(config.ca_file, NULL);
    assert_text(config.client_key_pem, "KEY\n");
}

static void a_context_is_chosen(void **state)
{
    static const char two[] =
        "current-context: a\n"
        "contexts:\n"
        "- {name: a, context: {cluster: c, user: u}}\n"
        "- {name: b, context: {cluster: d, namespace: team}}\n"
        "clusters:\n"
        "- {name: c, cluster: {server: 'https://c'}}\n"
        "- {name: d, cluster: {server: 'HTTPS://d/k8s/clusters/1//', tls-server-name: api}}\n"
        "users:\n"
        "- {name: u, user: {token: t}}\n"
        "- {name: broken, user: {exec: {command: x}}}\n";
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(load(two, NULL, &config, &err), 0);
    assert_text(config.server, "https://c");
    assert_text(config.token, "t");
    assert_text(config.namespace_, NULL);
    assert_int_equal(load(two, "b", &config, &err), 0);
    assert_text(config.server, "HTTPS://d/k8s/clusters/1");
    assert_text(config.tls_server_name, "api");
    assert_text(config.token, NULL); /* this context has no user */
    assert_text(config.namespace_, "team");
    assert_int_equal(load(two, "z", &config, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_text(err.msg, "config: there is no context 'z'");
}

static void values_that_are_empty_are_absent(void **state)
{
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(load(CONTEXT CLUSTER("    insecure-skip-tls-verify: false\n"
                                          "    proxy-url: ''\n"
                                          "    certificate-authority-data: ''\n")
                              USER("    exec: null\n    as-groups: []\n    username: ''\n"
                                   "    token: ~\n"),
                          NULL, &config, &err),
                     0);
    assert_text(config.ca_pem, NULL);
    assert_text(config.token, NULL);
}

static void json_is_yaml(void **state)
{
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(
        load("{\"current-context\":\"x\",\"contexts\":[{\"name\":\"x\",\"context\":{\"cluster\":"
             "\"c\"}}],\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"https://c:1\"}}]}",
             NULL, &config, &err),
        0);
    assert_text(config.server, "https://c:1");
}

struct row {
    const char *text;
    enum err_code code;
    const char *message;
};

static void what_is_not_supported_is_refused_with_its_place(void **state)
{
    static const struct row rows[] = {
        {CONTEXT USER("    exec: {command: aws}\n") CLUSTER(""), ERR_INVALID,
         "config:9:11: users[0].user.exec: this is not supported: programs are not run; use a "
         "token, a token file or a client certificate"},
        {CONTEXT CLUSTER("") USER("    auth-provider: {name: gcp}\n"), ERR_INVALID,
         "config:13:20: users[0].user.auth-provider: this is not supported: "},
        {CONTEXT CLUSTER("") USER("    username: admin\n"), ERR_INVALID,
         "config:13:15: users[0].user.username: this is not supported: "},
        {CONTEXT CLUSTER("") USER("    password: secret\n"), ERR_INVALID,
         "config:13:15: users[0].user.password: this is not supported: "},
        {CONTEXT CLUSTER("") USER("    as: root\n"), ERR_INVALID,
         "config:13:9: users[0].user.as: this is not supported: "},
        {CONTEXT CLUSTER("") USER("    as-groups: [system:masters]\n"), ERR_INVALID,
         "config:13:16: users[0].user.as-groups: this is not supported: "},
        {CONTEXT CLUSTER("    insecure-skip-tls-verify: true\n"), ERR_INVALID,
         "config:9:31: clusters[0].cluster.insecure-skip-tls-verify: this is not supported: "},
        {CONTEXT CLUSTER("    proxy-url: http://p\n"), ERR_INVALID,
         "config:9:16: clusters[0].cluster.proxy-url: this is not supported: "},
        /* Read by kubectl, but not the strict way: without the line. */
        {"current-context: &x x\ncontexts: [{name: *x, context: {cluster: c}}]\n"
         "clusters: [{name: c, cluster: {server: 'http://c'}}]\n",
         ERR_INVALID,
         "config: clusters[0].cluster.server: expected an address like https://10.0.0.1:6443"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kube_config config;
        struct err err = {0};
        assert_int_equal(load(rows[i].text, NULL, &config, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        if (strncmp(err.msg, rows[i].message, strlen(rows[i].message)) != 0) {
            assert_string_equal(err.msg, rows[i].message);
        }
        assert_string_equal(err.excerpt, "");
    }
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
    static const struct row rows[] = {
        {"a: [", ERR_INVALID, "config:2:1: "},
        {"- a\n", ERR_INVALID, "config: expected one kubeconfig"},
        {"", ERR_INVALID, "config: expected one kubeconfig"},
        {"{}\n---\n{}\n", ERR_INVALID, "config: expected one kubeconfig"},
        {"{}\n", ERR_NOT_FOUND, "config: there is no current-context"},
        {"current-context: x\n", ERR_NOT_FOUND, "config: there is no context 'x'"},
        {"current-context: 7\n", ERR_INVALID, "config:1:18: current-context: expected a string"},
        {"current-context: x\ncontexts: [{name: x}]\n", ERR_INVALID,
         "config:2:12: contexts[0].context: expected an object"},
        {"current-context: x\ncontexts: [{name: x, context: {}}]\n", ERR_INVALID,
         "config:2:31: contexts[0].context: the context names no cluster"},
        {CONTEXT, ERR_NOT_FOUND, "config: there is no cluster 'c'"},
        {CONTEXT CLUSTER(""), ERR_NOT_FOUND, "config: there is no user 'u'"},
        {CONTEXT CLUSTER("- name: c\n  cluster: {}\n"), ERR_INVALID,
         "config:9:3: clusters[1]: there is a second cluster 'c'"},
        {CONTEXT "clusters: [{name: c, cluster: {server: ftp://x}}]\n", ERR_INVALID,
         "config:5:40: clusters[0].cluster.server: expected an address like "},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://'}}]\n", ERR_INVALID,
         "config:5:40: clusters[0].cluster.server: expected an address like "},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://a:b@c'}}]\n", ERR_INVALID,
         "config:5:40: clusters[0].cluster.server: expected an address like "},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https://a?b'}}]\n", ERR_INVALID,
         "config:5:40: clusters[0].cluster.server: expected an address like "},
        {CONTEXT "clusters: [{name: c, cluster: {server: 'https:///'}}]\n", ERR_INVALID,
         "config:5:40: clusters[0].cluster.server: expected an address like "},
        {CONTEXT "clusters: [{name: c, cluster: {}}]\n", ERR_INVALID,
         "config:5:31: clusters[0].cluster.server: expected an address like "},
        {CONTEXT CLUSTER("    certificate-authority-data: Q0E\n"), ERR_INVALID,
         "config:9:33: clusters[0].cluster.certificate-authority-data: 3 characters, expected "
         "base64"},
        {CONTEXT CLUSTER("    certificate-authority-data: AA==\n"), ERR_INVALID,
         "config:9:33: clusters[0].cluster.certificate-authority-data: expected base64 of PEM"},
        {CONTEXT CLUSTER("") USER("    token: 12345\n"), ERR_INVALID,
         "config:13:12: users[0].user.token: expected a string"},
        {CONTEXT CLUSTER("") USER("    token: \"a\\0b\"\n"), ERR_INVALID,
         "config: users[0].user.token: there is a NUL in it"},
        {CONTEXT CLUSTER("") USER("    client-certificate: /nowhere/crt\n"), ERR_NOT_FOUND,
         "config:13:25: users[0].user.client-certificate: "},
        {CONTEXT CLUSTER("") USER("    client-key-data: S0VZCg==\n"), ERR_INVALID,
         "config:12:5: users[0].user: expected a client certificate and its key, or neither"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kube_config config;
        struct err err = {0};
        assert_int_equal(load(rows[i].text, NULL, &config, &err), -1);
        if (strncmp(err.msg, rows[i].message, strlen(rows[i].message)) != 0) {
            assert_string_equal(err.msg, rows[i].message);
        }
        assert_int_equal(err.code, rows[i].code);
    }
}

static void no_message_shows_a_key(void **state)
{
    static const char *const texts[] = {
        CONTEXT CLUSTER("") USER("    token: [hunter2]\n"),
        CONTEXT CLUSTER("") USER("    token: \"hunter2\n"),
        CONTEXT CLUSTER("") USER("    client-key-data: hunter2!\n"),
        CONTEXT CLUSTER("") USER("    password: hunter2\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct kube_config config;
        struct err err = {0};
        assert_int_equal(load(texts[i], NULL, &config, &err), -1);
        assert_null(strstr(err.msg, "hunter2"));
        assert_string_equal(err.excerpt, "");
    }
}

static void a_file_that_is_not_there_is_said_so(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(kube_config_load("nowhere", NULL, arena, &config, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void a_pod_knows_its_cluster(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct kube_config config;
    struct err err = {0};

    (void)state;
    assert_int_equal(folder_write("token", "t"), 0);
    assert_int_equal(folder_write("ca.crt", "c"), 0);
    assert_int_equal(folder_write("namespace", "team\n"), 0);
    assert_int_equal(kube_config_in_cluster(".", "10.96.0.1", "443", arena, &config, &err), 0);
    assert_text(config.server, "https://10.96.0.1:443");
    assert_text(config.token_file, "./token");
    assert_text(config.ca_file, "./ca.crt");
    assert_text(config.namespace_, "team");
    assert_text(config.client_cert_pem, NULL);
    assert_int_equal(kube_config_in_cluster(".", "fd00::1", "443", arena, &config, &err), 0);
    assert_text(config.server, "https://[fd00::1]:443");
    assert_int_equal(remove("namespace"), 0);
    assert_int_equal(kube_config_in_cluster(".", "api", "443", arena, &config, &err), 0);
    assert_text(config.namespace_, NULL);
}

static void what_is_no_pod_is_said_so(void **state)
{
    static const struct {
        const char *host;
        const char *port;
        enum err_code code;
        const char *message;
    } rows[] = {
        {NULL, "443", ERR_NOT_FOUND, "this is no pod"},
        {"10.0.0.1", NULL, ERR_NOT_FOUND, "this is no pod"},
        {"", "443", ERR_NOT_FOUND, "this is no pod"},
        {"a/b", "443", ERR_INVALID, "KUBERNETES_SERVICE_HOST"},
        {"a@b", "443", ERR_INVALID, "KUBERNETES_SERVICE_HOST"},
        {"10.0.0.1", "0", ERR_INVALID, "KUBERNETES_SERVICE_HOST"},
        {"10.0.0.1", "65536", ERR_INVALID, "KUBERNETES_SERVICE_HOST"},
        {"10.0.0.1", "443/x", ERR_INVALID, "KUBERNETES_SERVICE_HOST"},
        {"10.0.0.1", "443", ERR_NOT_FOUND, "this pod has no service account"},
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kube_config config;
        struct err err = {0};
        assert_int_equal(
            kube_config_in_cluster(".", rows[i].host, rows[i].port, arena, &config, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_memory_equal(err.msg, rows[i].message, strlen(rows[i].message));
    }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(data_is_decoded),
        IN_FOLDER(files_are_relative_to_the_kubeconfig),
        IN_FOLDER(data_wins_over_a_file),
        IN_FOLDER(a_context_is_chosen),
        IN_FOLDER(values_that_are_empty_are_absent),
        IN_FOLDER(json_is_yaml),
        IN_FOLDER(what_is_not_supported_is_refused_with_its_place),
        IN_FOLDER(what_is_wrong_is_refused_with_its_place),
        IN_FOLDER(no_message_shows_a_key),
        IN_FOLDER(a_file_that_is_not_there_is_said_so),
        IN_FOLDER(a_pod_knows_its_cluster),
        IN_FOLDER(what_is_no_pod_is_said_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
