/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Networks as CIDRs: "10.0.0.0/16", "fd00:10::/64"
 *
 * As the API server reads them, and without what it warns of or other readers take for something
 * else: leading zeros, bits of a host, an IPv4 address inside an IPv6 one.
 */

#include "base/err.h"

#define CIDR_TEXT_MAX 43 /* eight groups of four digits, and "/128" */

/* 0, or -1 with ERR_INVALID, which names the text and what was expected. */
int cidr_check(const char *text, struct err *err) __attribute__((nonnull, warn_unused_result));
