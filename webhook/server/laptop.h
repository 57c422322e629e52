/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Serving without a certificate
 *
 * On a laptop nobody has one: the server makes itself a pair in memory and tells how to ask it. The
 * command that it prints pins the pair's key, so that it speaks with this server and no other.
 */

#include "base/buf.h"
#include "base/err.h"
#include "policies/policy.h"
#include "webhook/server/identity.h"

/* As long as somebody may leave it running. */
#define LAPTOP_VALIDITY_S (90LL * 24 * 60 * 60)

/* What log_text() takes. */
#define LAPTOP_TEXT_BYTES_MAX ((size_t)4 * 1024)

/*
 * Put a pair in force that is its own issuer, for localhost, valid from @now_s on, and append to
 * @pin what curl's --pinnedpubkey takes. Errors: ERR_INTERNAL.
 */
int laptop_identify(struct identity *identity, long long now_s, struct buf *pin, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Append a few lines that say how to ask the server at @address (as listener_address() tells it),
 * with a complete curl command that has a workflow injected by one of @policies.
 */
void laptop_write_hint(struct buf *out,
                       const char *address,
                       const char *pin,
                       const struct policy_set *policies) __attribute__((nonnull));
