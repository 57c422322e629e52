/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_config.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "deploy/kube/kubeconfig.h"

/* What would be needed but is not there: it is said at once, not when the server refuses us. */
struct unsupported {
    const char *key;
    const char *advice;
};

static const struct unsupported unsupported_of_user[] = {
    {"exec", "programs are not run; use a token, a token file or a client certificate"},
    {"auth-provider", "use a token, a token file or a client certificate"},
    {"username", "use a token, a token file or a client certificate"},
    {"password", "use a token, a token file or a client certificate"},
    {"as", "use the credentials of the account itself"},
    {"as-uid", "use the credentials of the account itself"},
    {"as-groups", "use the credentials of the account itself"},
    {"as-user-extra", "use the credentials of the account itself"},
    {NULL, NULL},
};

static const struct unsupported unsupported_of_cluster[] = {
    {"insecure-skip-tls-verify", "give the cluster's certificate-authority"},
    {"proxy-url", "name a server that can be reached directly"},
    {NULL, NULL},
};

static bool is_given(const json_t *value)
{
    if (json_is_string(value)) {
        return json_string_length(value) > 0;
    }
    if (json_is_array(value)) {
        return json_array_size(value) > 0;
    }
    return value != NULL && !json_is_null(value) && !json_is_false(value);
}

static int refuse_unsupported(const struct kubeconfig *file,
                              const struct kubeconfig_node *node,
                              const struct unsupported *table,
                              struct err *err)
{
    for (; table->key != NULL; table++) {
        if (is_given(json_object_get(node->value, table->key))) {
            (void)err_set(err, ERR_INVALID, "this is not supported: %s", table->advice);
            return kubeconfig_locate_key(file, node, table->key, err);
        }
    }
    return 0;
}

/* The address of @text without the slash at its end. */
static const char *check_server(const struct kubeconfig *file, const char *text, struct err *err)
{
    static const char scheme[] = "https://";
    const bool is_https = strncasecmp(text, scheme, strlen(scheme)) == 0;
    const char *host = is_https ? text + strlen(scheme) : "";
    size_t len = strlen(text);
    const char *server;

    if (host[0] == '\0' || host[0] == '/' || strpbrk(host, "@?# \t\r\n\\") != NULL) {
        (void)err_set(err, ERR_INVALID, "expected an address like https://10.0.0.1:6443");
        return NULL;
    }
    while (text[len - 1] == '/') {
        len--;
    }
    server = arena_strndup(file->arena, text, len);
    if (server == NULL) {
        (void)err_no_memory(err);
    }
    return server;
}

static int read_cluster(const struct kubeconfig *file,
                        const char *name,
                        struct kube_config *out,
                        struct err *err)
{
    struct kubeconfig_node node;
    const char *server;

    if (kubeconfig_find(file, "clusters", "cluster", name, &node, err) < 0 ||
        refuse_unsupported(file, &node, unsupported_of_cluster, err) < 0 ||
        kubeconfig_text(file, &node, "server", &server, err) < 0 ||
        kubeconfig_text(file, &node, "tls-server-name", &out->tls_server_name, err) < 0 ||
        kubeconfig_data(file, &node, "certificate-authority-data", &out->ca_pem, err) < 0) {
        return -1;
    }
    out->server = check_server(file, server != NULL ? server : "", err);
    if (out->server == NULL) {
        return kubeconfig_locate_key(file, &node, "server", err);
    }
    return out->ca_pem != NULL
               ? 0
               : kubeconfig_path(file, &node, "certificate-authority", &out->ca_file, err);
}

static int
read_user(const struct kubeconfig *file, const char *name, struct kube_config *out, struct err *err)
{
    struct kubeconfig_node node;

    if (kubeconfig_find(file, "users", "user", name, &node, err) < 0 ||
        refuse_unsupported(file, &node, unsupported_of_user, err) < 0 ||
        kubeconfig_pem(file, &node, "client-certificate-data", "client-certificate",
                       &out->client_cert_pem, err) < 0 ||
        kubeconfig_pem(file, &node, "client-key-data", "client-key", &out->client_key_pem, err) <
            0 ||
        kubeconfig_text(file, &node, "token", &out->token, err) < 0 ||
        kubeconfig_path(file, &node, "tokenFile", &out->token_file, err) < 0) {
        return -1;
    }
    if ((out->client_cert_pem == NULL) != (out->client_key_pem == NULL)) {
        (void)err_set(err, ERR_INVALID, "expected a client certificate and its key, or neither");
        return kubeconfig_locate(file, node.pointer, err);
    }
    return 0;
}

static int read_context(const struct kubeconfig *file,
                        const char *context,
                        struct kube_config *out,
                        struct err *err)
{
    const struct kubeconfig_node root = {.value = file->document};
    struct kubeconfig_node node;
    const char *cluster;
    const char *user;

    if (context == NULL && kubeconfig_text(file, &root, "current-context", &context, err) < 0) {
        return -1;
    }
    if (context == NULL) {
        return err_set(err, ERR_NOT_FOUND, "%s: there is no current-context", file->path);
    }
    if (kubeconfig_find(file, "contexts", "context", context, &node, err) < 0 ||
        kubeconfig_text(file, &node, "cluster", &cluster, err) < 0 ||
        kubeconfig_text(file, &node, "user", &user, err) < 0 ||
        kubeconfig_text(file, &node, "namespace", &out->namespace_, err) < 0) {
        return -1;
    }
    if (cluster == NULL) {
        (void)err_set(err, ERR_INVALID, "the context names no cluster");
        return kubeconfig_locate(file, node.pointer, err);
    }
    if (read_cluster(file, cluster, out, err) < 0) {
        return -1;
    }
    return user != NULL ? read_user(file, user, out, err) : 0;
}

int kube_config_load(const char *path,
                     const char *context,
                     struct arena *arena,
                     struct kube_config *out,
                     struct err *err)
{
    CLEANUP(kubeconfig_clear)
    struct kubeconfig file = {
        .path = path, .text = BUF_INIT(KUBE_CONFIG_BYTES_MAX), .arena = arena};
    struct kube_config config = {0};

    if (kubeconfig_read(&file, err) < 0 || read_context(&file, context, &config, err) < 0) {
        return -1;
    }
    *out = config;
    return 0;
}
