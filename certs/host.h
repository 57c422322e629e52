/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a server is asked for: a DNS name or an IP address
 */

#include <stdbool.h>
#include <stddef.h>

#define HOST_ADDRESS_SIZE 16

/*
 * The bytes of the IP address that @text is: 4, 16, or 0 when it is none. "::ffff:10.0.0.1" is the
 * IPv4 address in it, as it is for Go.
 */
size_t host_address(const char *text, unsigned char out[static HOST_ADDRESS_SIZE])
    __attribute__((nonnull, warn_unused_result));

/*
 * Whether @text is a DNS name: labels of letters, digits, '-' and '_' (which some hosts' names
 * hold), at most 253 characters. No wildcard, and no dot at either end.
 */
bool host_is_dns_name(const char *text) __attribute__((nonnull));
