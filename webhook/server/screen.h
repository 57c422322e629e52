/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Refusing requests by their head
 *
 * Everything that can be known before the body is read is decided here, by one pure function: HTTP
 * version, framing, path, method, length and content type. kube-apiserver always sends one
 * Content-Length and neither Transfer-Encoding nor Content-Encoding; whoever frames a request
 * otherwise wants two readers to disagree about where it ends (RFC 9112 section 11.2).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webhook/inject/admit.h"
#include "webhook/server/http.h"

/* The longest path of a route is far shorter; the rest of a longer one decides nothing. */
#define SCREEN_TARGET_SIZE 128

/*
 * Of a body that is refused so much is read and thrown away, so that the client gets to read the
 * answer: a connection that is closed while it still sends is reset. Beyond it the answer is sent
 * at once, and whether it arrives is the client's luck.
 */
#define SCREEN_DISCARD_BYTES_MAX (4 * ADMIT_BODY_MAX)

/* The head of a request. Texts are NULL where there is no such thing. */
struct screen_head {
    const char *version;        /* "HTTP/1.1" */
    const char *method;         /* "POST" */
    const char *target;         /* as it was sent: not decoded, with its query, or cut */
    const char *content_length; /* the first */
    const char *content_type;
    size_t n_content_lengths;
    size_t n_hosts;
    bool has_transfer_encoding;
    bool has_content_encoding;
    bool is_plain;    /* as screen_header_is_plain() and screen_head_bytes() have it */
    bool is_accepted; /* the caller's certificate, or none is asked for */
};

/* Whether a header's name is a token and its value holds no control character but a tab (RFC 9110
 * sections 5.1 and 5.5). */
bool screen_header_is_plain(const char *name, size_t name_len, const char *value, size_t value_len)
    __attribute__((nonnull));

/*
 * How long a head is whose request line and headers have these parts, if nothing else is in it: one
 * space where one belongs and CR LF at each end of a line, as everybody writes it. One that is
 * longer or shorter holds something that its reader passed over and another may not: a NUL, a bare
 * LF, a folded line (RFC 9112 sections 2.2 and 5.2). Begin with screen_line_bytes(), add
 * screen_header_bytes() for each header.
 */
size_t screen_line_bytes(size_t method_len, size_t target_len, size_t version_len);
size_t screen_header_bytes(size_t name_len, size_t value_len);

struct screen_refusal {
    unsigned int status; /* 0: not refused */
    const char *reason;  /* a constant line for the client, without newline */
    const char *allow;   /* for 405: the method that the path takes */
    bool at_once;        /* answer without reading the body, and close the connection */
};

/*
 * The route of @routes that takes the request, with the length of its body in @out_len; or NULL
 * with @refusal filled.
 */
const struct http_route *screen_request(const struct http_routes *routes,
                                        const struct screen_head *head,
                                        uint64_t *out_len,
                                        struct screen_refusal *refusal)
    __attribute__((nonnull, warn_unused_result));
