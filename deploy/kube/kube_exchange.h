/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request over the wire, and its answer
 *
 * A handle of libcurl, set up as the cluster and we want it: https and nothing else, TLS 1.2 at
 * least, the cluster's authorities and no others, our certificate or token. Nothing of the
 * environment counts (proxies, .netrc), and nothing is followed (redirections).
 */

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "deploy/kube/kube_address.h"

/* The head of an answer: the API server's have a KiB. */
#define KUBE_EXCHANGE_HEAD_BYTES_MAX ((size_t)64 * 1024)

/* With whom, and as who. What rotates is copied, all else is borrowed until the exchange is
 * cleared. NULL: none. */
struct kube_exchange_terms {
    const char *user_agent;
    const struct kube_address *address;
    const char *ca_pem; /* NULL: the system's authorities */
    const char *client_cert_pem;
    const char *client_key_pem;
    const char *token_header;
};

struct kube_exchange_ask {
    const char *method;
    const char *path;         /* with its query */
    const char *accept;       /* media types; NULL: "application/json" */
    const char *content_type; /* NULL: there is no body */
    const char *body;         /* borrowed until the exchange is cleared */
    size_t body_len;
    size_t answer_max;       /* bytes that are refused where the server announces them; 0: none */
    unsigned int timeout_ms; /* for all of it; 0: none */
    unsigned int connect_timeout_ms;
    bool is_fresh; /* not on a connection that was used before, which may turn out to be closed */
    bool is_once; /* libcurl must not send it again by itself when it does: it could have arrived */
};

/* Who listens to an answer. Called within libcurl, and must only note what is heard. */
struct kube_exchange_listener {
    /* The next bytes of the body; false to end the exchange, with CURLE_WRITE_ERROR. */
    bool (*take)(void *data, const char *bytes, size_t len);
    /* A connection is there, and the request goes out unless this says false: it ends with
     * CURLE_ABORTED_BY_CALLBACK, and `is_refused`. NULL: it always may. */
    bool (*may_send)(void *data);
    /* The head is complete. NULL: nobody wants to know. */
    void (*begin)(void *data, unsigned int status);
    void *data;
};

/* Must not move. Zeroed: none. */
struct kube_exchange {
    CURL *easy; /* for loop_add_transfer() */
    struct kube_exchange_listener listener;
    struct curl_slist *headers;
    size_t head_bytes;
    bool has_begun;
    bool is_once;
    bool is_refused;     /* by may_send() */
    unsigned int n_sent; /* how often it was about to be sent */
    char reason[CURL_ERROR_SIZE];
};

/* Set up a request. Errors: ERR_INTERNAL. Release with kube_exchange_clear(), after the loop has
 * let go of `easy`. */
int kube_exchange_open(const struct kube_exchange_terms *terms,
                       const struct kube_exchange_ask *ask,
                       const struct kube_exchange_listener *listener,
                       struct kube_exchange *out,
                       struct err *err) __attribute__((nonnull, warn_unused_result));

/* Accepts a zeroed one. */
void kube_exchange_clear(struct kube_exchange *exchange) __attribute__((nonnull));

/* The HTTP status, or 0; what Retry-After said, or 0; whether anything of the request left us. */
unsigned int kube_exchange_status(const struct kube_exchange *exchange) __attribute__((nonnull));
unsigned int kube_exchange_retry_after_ms(const struct kube_exchange *exchange)
    __attribute__((nonnull));
bool kube_exchange_was_sent(const struct kube_exchange *exchange) __attribute__((nonnull));

/* Why it ended with @result, which is not CURLE_OK. Borrowed. */
const char *kube_exchange_reason(const struct kube_exchange *exchange, CURLcode result)
    __attribute__((nonnull));
