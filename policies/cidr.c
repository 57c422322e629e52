/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/cidr.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#define DIGITS "0123456789"

struct network {
    unsigned char bytes[sizeof(struct in6_addr)];
    unsigned int n_bits; /* of an address */
    unsigned int prefix;
};

/* Digits without a sign or leading zeros, at most @most. */
static bool read_prefix(const char *text, unsigned int most, unsigned int *out)
{
    const size_t len = strspn(text, DIGITS);
    unsigned int prefix = 0;

    if (len == 0 || len > 3 || text[len] != '\0' || (text[0] == '0' && len > 1)) {
        return false;
    }
    for (const char *digit = text; *digit != '\0'; digit++) {
        prefix = prefix * 10 + (unsigned int)(*digit - '0');
    }
    *out = prefix;
    return prefix <= most;
}

static bool read_network(const char *text, struct network *out)
{
    char address[CIDR_TEXT_MAX + 1];
    const char *slash = strchr(text, '/');
    const bool is_old = strchr(text, ':') == NULL;

    if (slash == NULL || strlen(text) > CIDR_TEXT_MAX || (!is_old && strchr(text, '.') != NULL)) {
        return false;
    }
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    *out = (struct network){.n_bits = is_old ? 32 : 128};
    return inet_pton(is_old ? AF_INET : AF_INET6, address, out->bytes) == 1 &&
           read_prefix(slash + 1, out->n_bits, &out->prefix);
}

/* Whether the address goes on where the network ends. */
static bool has_host(const struct network *network)
{
    for (unsigned int bit = network->prefix; bit < network->n_bits; bit++) {
        if ((network->bytes[bit / 8] & (0x80U >> (bit % 8))) != 0) {
            return true;
        }
    }
    return false;
}

int cidr_check(const char *text, struct err *err)
{
    struct network network;

    if (!read_network(text, &network)) {
        return err_set(err, ERR_INVALID,
                       "'%.64s' is not a network; expected a CIDR, e.g. '10.0.0.0/16' or "
                       "'fd00:10::/64'",
                       text);
    }
    if (has_host(&network)) {
        return err_set(err, ERR_INVALID,
                       "'%s' has bits behind its /%u; expected the address of a network, e.g. "
                       "'10.0.0.0/16'",
                       text, network.prefix);
    }
    return 0;
}
