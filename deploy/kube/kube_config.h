/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the API server is, and who we are
 *
 * From a kubeconfig (outside the cluster), or from the service account that the kubelet mounts
 * (inside). Plain data; files that rotate are named, not read: the token's and the CA's.
 *
 * Of a kubeconfig the current context, or a named one, counts: its cluster's `server`,
 * `certificate-authority(-data)`, `tls-server-name`, and its user's `client-certificate(-data)`,
 * `client-key(-data)`, `token`, `tokenFile`. Paths are relative to the file. What would be needed
 * but is not supported is refused with its name and what to do instead: `exec`, `auth-provider`,
 * `username`, `password`, `insecure-skip-tls-verify: true`, `proxy-url`, impersonation, and a
 * server without https. Unknown keys are passed over, as kubectl does.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define KUBE_CONFIG_BYTES_MAX ((size_t)1024 * 1024)

/* Texts live in the arena that it was read with. NULL: not given. */
struct kube_config {
    const char *server;          /* "https://10.0.0.1:443", no slash at the end; may hold a path */
    const char *tls_server_name; /* to verify instead of the host of `server` */
    const char *ca_pem;          /* one of these two; neither: the system's authorities */
    const char *ca_file;
    const char *client_cert_pem; /* with client_key_pem; files are read at once */
    const char *client_key_pem;
    const char *token;
    const char *token_file; /* wins over token, and is read again when it changes */
    const char *namespace_; /* of the context or the service account, or NULL */
};

/*
 * The kubeconfig in the file @path; @context NULL: its current one.
 *
 * Errors: ERR_INVALID with the file's place; those of file_read(); ERR_NOT_FOUND for a context,
 * cluster or user that is not there; ERR_INTERNAL.
 */
int kube_config_load(const char *path,
                     const char *context,
                     struct arena *arena,
                     struct kube_config *out,
                     struct err *err) __attribute__((nonnull(1, 3, 4, 5), warn_unused_result));

/*
 * The service account of the pod: @folder is KUBE_CONFIG_SERVICE_ACCOUNT but for tests; the address
 * is in the environment (KUBERNETES_SERVICE_HOST, _PORT), which the caller hands in.
 *
 * Errors: ERR_NOT_FOUND when this is no pod, or one without a token (automountServiceAccountToken).
 */
#define KUBE_CONFIG_SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"
int kube_config_in_cluster(const char *folder,
                           const char *host,
                           const char *port,
                           struct arena *arena,
                           struct kube_config *out,
                           struct err *err)
    __attribute__((nonnull(1, 4, 5, 6), warn_unused_result));
