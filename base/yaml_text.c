/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct yaml_place yaml_text_place(const char *text, size_t offset)
{
    struct yaml_place place = {.line = 1, .column = 1, .offset = offset};

    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            place.column++; /* bytes that continue a character take no column */
        }
    }
    return place;
}

size_t yaml_text_bom(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static bool is_utf16(const char *text, size_t len)
{
    return len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
}

/* Three bytes hold a surrogate, too: RFC 3629 forbids it, as it should be here. */
static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static uint32_t unit_at(const char *text, bool big_endian)
{
    uint32_t first = (unsigned char)text[0];
    uint32_t second = (unsigned char)text[1];

    return big_endian ? first << 8 | second : second << 8 | first;
}

/* Write @text as UTF-8 to @out, which has room for three bytes a unit, and return the length. */
static size_t convert_utf16(const char *text, size_t len, char *out)
{
    const bool big_endian = text[0] == '\xfe';
    size_t used = 0;

    for (size_t i = 2; i + 1 < len; i += 2) {
        uint32_t c = unit_at(text + i, big_endian);
        uint32_t low = i + 3 < len ? unit_at(text + i + 2, big_endian) : 0;
        if ((c & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
            c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
            i += 2;
        }
        used += encode(c, out + used);
    }
    if (len % 2 != 0) {
        out[used++] = '\xff'; /* in the place of the two bytes that the mark took */
    }
    return used;
}

char *yaml_text_copy(const char *text, size_t len, enum yaml_reading reading, size_t *len_out)
{
    const bool convert = reading == YAML_KUBECTL && is_utf16(text, len);
    char *copy = malloc(convert ? len / 2 * 3 + 1 : len + 1);

    if (copy == NULL) {
        return NULL;
    }
    if (convert) {
        len = convert_utf16(text, len, copy);
    } else {
        memcpy(copy, text, len);
    }
    if (len > 0 && copy[len - 1] != '\n') {
        copy[len++] = '\n';
    }
    *len_out = len;
    return copy;
}

/* What libyaml's reader refuses, but with a place that can be shown (YAML 1.1 section 4.1). */
static const char *check_always(uint32_t c)
{
    if (c == '\t' || c == '\n' || c == '\r' || c == 0x85) {
        return NULL;
    }
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
        return "a control character; expected text";
    }
    return c == 0xfffe || c == 0xffff ? "no Unicode character; expected text" : NULL;
}

static const char *check_strict(uint32_t c)
{
    switch (c) {
    case '\t':
        return "a tab; expected spaces, or \"\\t\" within double quotes";
    case '\r':
        return "a carriage return; expected lines that end in a line feed alone";
    case 0x85:
    case 0x2028:
    case 0x2029:
        return "a line break to some YAML readers only; expected a line feed";
    case 0xfeff:
        return "a byte order mark; expected UTF-8 without";
    default:
        return NULL;
    }
}

const char *yaml_text_check(const char *text, size_t len, enum yaml_reading reading, size_t *offset)
{
    size_t at = 0;

    while (at < len) {
        const char *wrong = "not UTF-8";
        uint32_t c = 0;
        size_t size = utf8_decode(text + at, len - at, &c);
        if (size > 0) {
            wrong = check_always(c);
        }
        if (wrong == NULL && reading == YAML_STRICT) {
            wrong = check_strict(c);
        }
        if (wrong != NULL) {
            *offset = at;
            return wrong;
        }
        at += size;
    }
    return NULL;
}
