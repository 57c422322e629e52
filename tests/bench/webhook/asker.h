/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client that asks one question again and again on one TLS connection
 *
 * It asks as the API server does, never waits, and holds each answer against the one that is
 * expected. A connection that ends or fails is an error: the servers here keep theirs.
 */

#include <gnutls/gnutls.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct asker_question {
    struct buf request; /* head and body */
    struct buf answer;  /* the body that is expected */
};

/* The review and the answer in two files as a question. Owner: the caller, asker_question_clear().
 */
int asker_question_read(const char *review_path,
                        const char *answer_path,
                        struct asker_question *out,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

void asker_question_clear(struct asker_question *question) __attribute__((nonnull));

struct asker {
    int fd; /* edge-triggered epoll will do */
    gnutls_session_t tls;
    gnutls_certificate_credentials_t credentials;
    const struct asker_question *question;
    size_t n_sent;     /* of the request that is on its way */
    struct buf answer; /* to it, so far */
    size_t head_len;   /* of the answer with its empty line, once it is complete */
};

/* Connect and shake hands, with any certificate. Release with asker_close(), also on failure. */
int asker_open(struct asker *asker,
               const char *address,
               const struct asker_question *question,
               struct err *err) __attribute__((nonnull, warn_unused_result));

void asker_close(struct asker *asker) __attribute__((nonnull));

enum asker_state {
    ASKER_WAITS, /* for the socket */
    ASKER_RIGHT, /* the answer came; the next step asks again */
    ASKER_WRONG, /* another came */
};

/* Send and receive what can be now. */
int asker_step(struct asker *asker, enum asker_state *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
