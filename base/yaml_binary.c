/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_binary.h"

#include <stdbool.h>
#include <string.h>

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

static const char *skip_breaks(const char *at)
{
    while (is_break(*at)) {
        at++;
    }
    return at;
}

/* Six bits, or -1. */
static int sextet(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

    return at != NULL ? (int)(at - alphabet) : -1;
}

/* One group of four characters at *@at; the number of bytes in it, or 0 when it is none. */
static int decode_group(const char **at, unsigned char bytes[static 3])
{
    unsigned int bits = 0;
    int n = 0;

    for (int i = 0; i < 4; i++) {
        char c = *(*at = skip_breaks(*at));
        int six = n == i ? sextet(c) : -1;
        if (six < 0 && (c != '=' || i < 2)) {
            return 0;
        }
        bits = bits << 6 | (unsigned int)(six < 0 ? 0 : six);
        n += six >= 0;
        (*at)++;
    }
    bytes[0] = (unsigned char)(bits >> 16);
    bytes[1] = (unsigned char)(bits >> 8);
    bytes[2] = (unsigned char)bits;
    return n - 1;
}

_Bool yaml_binary_decode(const char *text, struct buf *out)
{
    unsigned char bytes[3];
    int n = 3;

    for (text = skip_breaks(text); *text != '\0'; text = skip_breaks(text)) {
        if (n < 3) {
            return false; /* padding is at the end only */
        }
        n = decode_group(&text, bytes);
        if (n == 0) {
            return false;
        }
        buf_add(out, bytes, (size_t)n);
    }
    return true;
}
