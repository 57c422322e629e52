/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The six bits that @c stands for, or -1. */
static int bits_of(char c)
{
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

    return at != NULL ? (int)(at - alphabet) : -1;
}

/* How many of the four characters are padding; more than two cannot be. */
static size_t padding_of(const char quad[static 4])
{
    if (quad[3] != '=') {
        return 0;
    }
    return quad[2] != '=' ? 1 : 2;
}

/* Append the bytes of four characters, of which the last @padding are padding; -1 when they are not
 * base64. */
static int decode_quad(const char quad[static 4], size_t padding, struct buf *out)
{
    uint32_t bits = 0;
    char bytes[3];

    for (size_t i = 0; i < 4; i++) {
        int six = i < 4 - padding ? bits_of(quad[i]) : 0;
        if (six < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)six;
    }
    if ((bits & ((1U << (8 * padding)) - 1)) != 0) {
        return -1;
    }
    for (size_t i = 0; i < 3; i++) {
        bytes[i] = (char)(bits >> (16 - 8 * i) & 0xff);
    }
    buf_add(out, bytes, 3 - padding);
    return 0;
}

int base64_decode(const char *text, size_t len, struct buf *out, struct err *err)
{
    if (len % 4 != 0) {
        return err_set(err, ERR_INVALID, "%zu characters, expected base64 in groups of four", len);
    }
    for (size_t i = 0; i < len; i += 4) {
        size_t padding = i + 4 == len ? padding_of(text + i) : 0;
        if (decode_quad(text + i, padding, out) < 0) {
            return err_set(err, ERR_INVALID, "character %zu: expected base64", i + 1);
        }
    }
    return buf_check(out, "what was encoded", err);
}

void base64_encode(const void *bytes, size_t len, struct buf *out)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t bits = (uint32_t)at[i] << 16 | (n > 1 ? (uint32_t)at[i + 1] << 8 : 0) |
                        (n > 2 ? (uint32_t)at[i + 2] : 0);
        char quad[4] = {'=', '=', '=', '='};
        for (size_t k = 0; k <= n; k++) {
            quad[k] = alphabet[bits >> (18 - 6 * k) & 0x3f];
        }
        buf_add(out, quad, sizeof(quad));
    }
}
