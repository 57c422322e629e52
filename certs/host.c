/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define NAME_MAX_LEN  253 /* RFC 1035 section 2.3.4, as text */
#define LABEL_MAX_LEN 63

size_t host_address(const char *text, unsigned char out[static HOST_ADDRESS_SIZE])
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        memcpy(out, &v4, sizeof(v4));
        return sizeof(v4);
    }
    if (inet_pton(AF_INET6, text, &v6) != 1) {
        return 0;
    }
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        memcpy(out, v6.s6_addr + sizeof(v6) - sizeof(v4), sizeof(v4));
        return sizeof(v4);
    }
    memcpy(out, &v6, sizeof(v6));
    return sizeof(v6);
}

bool host_is_dns_name(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_";

    if (strnlen(text, NAME_MAX_LEN + 1) > NAME_MAX_LEN) {
        return false;
    }
    for (;;) {
        size_t len = strspn(text, allowed);
        if (len == 0 || len > LABEL_MAX_LEN || text[0] == '-' || text[len - 1] == '-') {
            return false;
        }
        if (text[len] != '.') {
            return text[len] == '\0';
        }
        text += len + 1;
    }
}
