/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "deploy/kube/kube_config.h"

/* A name of the API has at most 253 characters. */
#define NAMESPACE_BYTES_MAX ((size_t)512)

#define PORT_MAX 65535

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

static bool is_port(const char *text)
{
    const size_t n = strspn(text, "0123456789");
    const unsigned long port = n <= 5 ? strtoul(text, NULL, 10) : 0;

    return text[n] == '\0' && port > 0 && port <= PORT_MAX;
}

/* A name or an address; the latter may be of IPv6, which an URL has in brackets. */
static bool is_host(const char *text)
{
    return text[strspn(
               text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-")] == '\0';
}

/* The namespace of the service account; NULL where the file is not there. */
static int read_namespace(const char *path, struct arena *arena, const char **out, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(NAMESPACE_BYTES_MAX);
    struct err found = {0};
    size_t len;

    *out = NULL;
    if (file_read(path, &text, &found) < 0) {
        if (found.code == ERR_NOT_FOUND) {
            return 0;
        }
        *err = found;
        return -1;
    }
    len = strcspn(buf_text(&text), " \t\r\n");
    if (len == 0) {
        return 0;
    }
    *out = arena_strndup(arena, buf_text(&text), len);
    return *out != NULL ? 0 : err_no_memory(err);
}

static int find_file(const char *path, const char *what, struct err *err)
{
    struct stat found;

    if (path == NULL) {
        return err_no_memory(err);
    }
    return stat(path, &found) == 0 ? 0 : err_set_errno(err, "%s '%s'", what, path);
}

int kube_config_in_cluster(const char *folder,
                           const char *host,
                           const char *port,
                           struct arena *arena,
                           struct kube_config *out,
                           struct err *err)
{
    struct kube_config config = {0};
    const char *path;

    if (is_empty(host) || is_empty(port)) {
        return err_set(err, ERR_NOT_FOUND,
                       "this is no pod: KUBERNETES_SERVICE_HOST and _PORT are not set");
    }
    if (!is_host(host) || !is_port(port)) {
        return err_set(err, ERR_INVALID,
                       "KUBERNETES_SERVICE_HOST '%s' and _PORT '%s' are no address", host, port);
    }
    config.server = arena_printf(
        arena, strchr(host, ':') != NULL ? "https://[%s]:%s" : "https://%s:%s", host, port);
    config.token_file = arena_printf(arena, "%s/token", folder);
    config.ca_file = arena_printf(arena, "%s/ca.crt", folder);
    path = arena_printf(arena, "%s/namespace", folder);
    if (config.server == NULL || path == NULL) {
        return err_no_memory(err);
    }
    if (find_file(config.token_file, "the service account's token", err) < 0 ||
        find_file(config.ca_file, "the cluster's CA", err) < 0) {
        return err->code == ERR_NOT_FOUND
                   ? err_wrap(err, "this pod has no service account "
                                   "(automountServiceAccountToken may be false)")
                   : -1;
    }
    if (read_namespace(path, arena, &config.namespace_, err) < 0) {
        return -1;
    }
    *out = config;
    return 0;
}
