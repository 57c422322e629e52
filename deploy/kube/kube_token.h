/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The token that says who we are
 *
 * Given once and for all, or in a file that the kubelet rotates (rotating_file.h). It only ever
 * leaves this module as the header of a request, and is cleansed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "deploy/kube/rotating_file.h"

/* A service account's token has 1 to 2 KiB, that of an identity provider with many groups more. */
#define KUBE_TOKEN_BYTES_MAX ((size_t)32 * 1024)

struct kube_token {
    struct rotating_file file; /* path NULL: there is none */
    struct buf header;         /* "Authorization: Bearer ..."; empty: no token */
    bool is_broken;            /* what the file holds now is none */
};

/*
 * Of the file @path, else the text @text; NULL: none. Both are borrowed.
 *
 * Errors: those of file_read(); ERR_INVALID for a token that is empty or has characters which no
 * token has (RFC 6750): they could end the header. Messages hold nothing of it.
 */
int kube_token_init(struct kube_token *token,
                    const char *text,
                    const char *path,
                    uint64_t now_ms,
                    struct err *err) __attribute__((nonnull(1, 5), warn_unused_result));
void kube_token_clear(struct kube_token *token) __attribute__((nonnull));

/* Look for a new one, as rotating_file_look() does. Errors: the same as above; the token before
 * stays. */
int kube_token_look(struct kube_token *token, uint64_t now_ms, unsigned int age_ms, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The server did not take it: whether there can be another, for which the file is read next time.
 */
bool kube_token_doubt(struct kube_token *token) __attribute__((nonnull));
