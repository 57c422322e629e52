/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* How many bytes a character takes whose first byte is @lead, and its first bits; 0 for none. */
static size_t read_lead(unsigned char lead, uint32_t *code)
{
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        *code = lead & 0x1fU;
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        *code = lead & 0x0fU;
        return 3;
    }
    if (lead >= 0xf0 && lead < 0xf5) {
        *code = lead & 0x07U;
        return 4;
    }
    return 0;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t read = 0;
    size_t n;

    if (len == 0) {
        return 0;
    }
    n = read_lead((unsigned char)text[0], &read);
    if (n == 0 || n > len) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xc0) != 0x80) {
            return 0;
        }
        read = read << 6 | (next & 0x3fU);
    }
    if (read < least[n] || read > 0x10ffff || (read >= 0xd800 && read < 0xe000)) {
        return 0;
    }
    *code = read;
    return n;
}

bool utf8_is_control(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
        return true; /* C0, DEL and C1 */
    }
    /* Line and paragraph separators, and the marks that embed, override and isolate directions. */
    return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}
