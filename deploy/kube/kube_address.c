/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_address.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

/* The parts of an address; libcurl's. */
struct parts {
    char *host; /* an address of IPv6 with its brackets */
    char *port;
    char *path;
};

static void url_cleanup_p(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void drop_parts_p(struct parts *parts)
{
    curl_free(parts->host);
    curl_free(parts->port);
    curl_free(parts->path);
}

static bool has(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    const bool found = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return found;
}

static int read_parts(const char *server, struct parts *out, struct err *err)
{
    CLEANUP(url_cleanup) CURLU *url = curl_url();

    if (url == NULL) {
        return err_no_memory(err);
    }
    if (strncasecmp(server, "https://", strlen("https://")) != 0 ||
        curl_url_set(url, CURLUPART_URL, server, CURLU_PATH_AS_IS) != CURLUE_OK ||
        has(url, CURLUPART_USER) || has(url, CURLUPART_PASSWORD) || has(url, CURLUPART_QUERY) ||
        has(url, CURLUPART_FRAGMENT) ||
        curl_url_get(url, CURLUPART_HOST, &out->host, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_PATH, &out->path, 0) != CURLUE_OK) {
        return err_set(err, ERR_INVALID,
                       "expected an address like https://10.0.0.1:6443, found '%s'", server);
    }
    return 0;
}

static bool is_name(const char *text)
{
    return text[0] != '\0' &&
           text[strspn(
               text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-")] == '\0';
}

/* The URL without the slashes at its end. */
static int write_url(struct kube_address *address, const char *host, const struct parts *parts)
{
    size_t len = strlen(parts->path);
    const bool is_bare_ipv6 = strchr(host, ':') != NULL && host[0] != '[';

    while (len > 0 && parts->path[len - 1] == '/') {
        len--;
    }
    if (asprintf(&address->url, is_bare_ipv6 ? "https://[%s]:%s%.*s" : "https://%s:%s%.*s", host,
                 parts->port, (int)len, parts->path) < 0) {
        address->url = NULL;
        return -1;
    }
    return 0;
}

/* Lead connections to the server, and tell it the name that it knows itself by. */
static int write_detour(struct kube_address *address, const struct parts *parts)
{
    CLEANUP(free) char *detour = NULL;

    if (asprintf(&detour, "::%s:%s", parts->host, parts->port) < 0) {
        detour = NULL;
        return -1;
    }
    if (asprintf(&address->host_header, "Host: %s:%s", parts->host, parts->port) < 0) {
        address->host_header = NULL;
        return -1;
    }
    address->connect_to = curl_slist_append(NULL, detour);
    return address->connect_to != NULL ? 0 : -1;
}

int kube_address_read(struct kube_address *address,
                      const char *server,
                      const char *tls_server_name,
                      struct err *err)
{
    CLEANUP(drop_parts) struct parts parts = {0};

    *address = (struct kube_address){0};
    if (read_parts(server, &parts, err) < 0) {
        return -1;
    }
    assert(parts.host != NULL && parts.port != NULL && parts.path != NULL);
    if (tls_server_name != NULL && !is_name(tls_server_name)) {
        return err_set(err, ERR_INVALID, "expected the name of a server, found '%s'",
                       tls_server_name);
    }
    if (write_url(address, tls_server_name != NULL ? tls_server_name : parts.host, &parts) < 0 ||
        (tls_server_name != NULL && write_detour(address, &parts) < 0)) {
        return err_no_memory(err);
    }
    return 0;
}

void kube_address_clear(struct kube_address *address)
{
    free(address->url);
    free(address->host_header);
    curl_slist_free_all(address->connect_to);
    *address = (struct kube_address){0};
}
