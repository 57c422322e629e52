/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whom to connect to, and whom to expect there
 *
 * The two differ where a kubeconfig has a tls-server-name: the connection goes to the server, while
 * TLS asks for that name (SNI) and accepts only its certificate. libcurl takes the name that it
 * expects from the URL; so the URL has that name, and the connection is led elsewhere. Pure.
 */

#include <curl/curl.h>

#include "base/err.h"

struct kube_address {
    char *url;                     /* "https://name:6443/path", no slash at the end */
    char *host_header;             /* NULL: what the URL says */
    struct curl_slist *connect_to; /* for CURLOPT_CONNECT_TO; NULL: where the URL leads */
};

/* Of a server's https address. Errors: ERR_INVALID for what is no such address; ERR_INTERNAL. */
int kube_address_read(struct kube_address *address,
                      const char *server,
                      const char *tls_server_name,
                      struct err *err) __attribute__((nonnull(1, 2, 4), warn_unused_result));
void kube_address_clear(struct kube_address *address) __attribute__((nonnull));
