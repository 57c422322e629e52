/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <endian.h>
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

/* What each twelve bits stand for: half of the look-ups, and of the stores, that one character at a
 * time would take. */
#define PAIRS(a)                                                                                \
    a, 'A', a, 'B', a, 'C', a, 'D', a, 'E', a, 'F', a, 'G', a, 'H', a, 'I', a, 'J', a, 'K', a,  \
        'L', a, 'M', a, 'N', a, 'O', a, 'P', a, 'Q', a, 'R', a, 'S', a, 'T', a, 'U', a, 'V', a, \
        'W', a, 'X', a, 'Y', a, 'Z', a, 'a', a, 'b', a, 'c', a, 'd', a, 'e', a, 'f', a, 'g', a, \
        'h', a, 'i', a, 'j', a, 'k', a, 'l', a, 'm', a, 'n', a, 'o', a, 'p', a, 'q', a, 'r', a, \
        's', a, 't', a, 'u', a, 'v', a, 'w', a, 'x', a, 'y', a, 'z', a, '0', a, '1', a, '2', a, \
        '3', a, '4', a, '5', a, '6', a, '7', a, '8', a, '9', a, '+', a, '/'

static const char pairs[2 * 4096] = {
    PAIRS('A'), PAIRS('B'), PAIRS('C'), PAIRS('D'), PAIRS('E'), PAIRS('F'), PAIRS('G'), PAIRS('H'),
    PAIRS('I'), PAIRS('J'), PAIRS('K'), PAIRS('L'), PAIRS('M'), PAIRS('N'), PAIRS('O'), PAIRS('P'),
    PAIRS('Q'), PAIRS('R'), PAIRS('S'), PAIRS('T'), PAIRS('U'), PAIRS('V'), PAIRS('W'), PAIRS('X'),
    PAIRS('Y'), PAIRS('Z'), PAIRS('a'), PAIRS('b'), PAIRS('c'), PAIRS('d'), PAIRS('e'), PAIRS('f'),
    PAIRS('g'), PAIRS('h'), PAIRS('i'), PAIRS('j'), PAIRS('k'), PAIRS('l'), PAIRS('m'), PAIRS('n'),
    PAIRS('o'), PAIRS('p'), PAIRS('q'), PAIRS('r'), PAIRS('s'), PAIRS('t'), PAIRS('u'), PAIRS('v'),
    PAIRS('w'), PAIRS('x'), PAIRS('y'), PAIRS('z'), PAIRS('0'), PAIRS('1'), PAIRS('2'), PAIRS('3'),
    PAIRS('4'), PAIRS('5'), PAIRS('6'), PAIRS('7'), PAIRS('8'), PAIRS('9'), PAIRS('+'), PAIRS('/'),
};

static char *encode_pair(uint64_t bits, char *out)
{
    memcpy(out, pairs + 2 * (bits & 0xfff), 2);
    return out + 2;
}

/* Write the eight characters that the first six of eight bytes make; returns the end. */
static char *encode_six(const unsigned char bytes[static 8], char *out)
{
    uint64_t bits;

    memcpy(&bits, bytes, sizeof(bits));
    bits = be64toh(bits);
    out = encode_pair(bits >> 52, out);
    out = encode_pair(bits >> 40, out);
    out = encode_pair(bits >> 28, out);
    return encode_pair(bits >> 16, out);
}

/* Write the four characters that three bytes make; returns the end. */
static char *encode_three(const unsigned char bytes[static 3], char *out)
{
    const uint64_t bits = (uint64_t)bytes[0] << 16 | (uint64_t)bytes[1] << 8 | bytes[2];

    return encode_pair(bits, encode_pair(bits >> 12, out));
}

void base64_encode(const void *bytes, size_t len, struct buf *out)
{
    const size_t n_characters = 4 * (len / 3 + (len % 3 > 0));
    const unsigned char *from = bytes;
    unsigned char last[3] = {0};
    char *to;

    if (!buf_reserve(out, n_characters)) {
        return;
    }
    to = out->bytes + out->len;
    for (; len >= 8; len -= 6, from += 6) {
        to = encode_six(from, to);
    }
    for (; len >= 3; len -= 3, from += 3) {
        to = encode_three(from, to);
    }
    if (len > 0) {
        memcpy(last, from, len);
        to = encode_three(last, to);
        memset(to - (3 - len), '=', 3 - len);
    }
    buf_advance(out, n_characters);
}
