/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_token.h"

#include "base/utf8.h"

/* Each escaped character takes so many bytes: \u and four digits. */
#define ESCAPE_LEN 6

static bool fail(struct json_cursor *cursor, const char *problem)
{
    cursor->problem = problem;
    return false;
}

static bool is_special(char c)
{
    return (signed char)c < ' ' || c == '"' || c == '\\';
}

/* The first byte from @at on that does not stand for itself; @end when there is none. */
static const char *find_special(const char *at, const char *end)
{
    while (end - at >= JSON_TOKEN_BLOCK) {
        const unsigned int n = json_token_find_special(at);
        at += n;
        if (n < JSON_TOKEN_BLOCK) {
            return at;
        }
    }
    while (at < end && !is_special(*at)) {
        at++;
    }
    return at;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The code that the escape \uXXXX at @at stands for; -1 when it is none. */
static int32_t read_code(const char *at, const char *end)
{
    int32_t code = 0;

    if (end - at < ESCAPE_LEN || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (size_t i = 2; i < ESCAPE_LEN; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        code = code << 4 | digit;
    }
    return code;
}

static bool is_high_surrogate(int32_t code)
{
    return code >= 0xd800 && code < 0xdc00;
}

static bool is_low_surrogate(int32_t code)
{
    return code >= 0xdc00 && code < 0xe000;
}

/* The cursor stands at \u. */
static bool pass_code(struct json_cursor *cursor)
{
    int32_t code = read_code(cursor->at, cursor->end);

    if (code < 0) {
        return fail(cursor, "four hexadecimal digits behind \\u");
    }
    if (is_low_surrogate(code) ||
        (is_high_surrogate(code) &&
         !is_low_surrogate(read_code(cursor->at + ESCAPE_LEN, cursor->end)))) {
        return fail(cursor, "both halves of a surrogate pair");
    }
    cursor->has_nul = cursor->has_nul || code == 0;
    cursor->at += is_high_surrogate(code) ? 2 * ESCAPE_LEN : ESCAPE_LEN;
    return true;
}

/* The cursor stands at a backslash (RFC 8259 section 7). */
static bool pass_escape(struct json_cursor *cursor)
{
    cursor->is_escaped = true;
    if (cursor->end - cursor->at < 2) {
        cursor->at = cursor->end;
        return fail(cursor, "the end of a string");
    }
    if (cursor->at[1] == 'u') {
        return pass_code(cursor);
    }
    if (cursor->at[1] == '\0' || strchr("\"\\/bfnrt", cursor->at[1]) == NULL) {
        return fail(cursor, "an escape that JSON has");
    }
    cursor->at += 2;
    return true;
}

/* The cursor stands at a byte beyond ASCII, and more of them often follow. */
static bool pass_characters(struct json_cursor *cursor)
{
    do {
        uint32_t code;
        size_t len = utf8_decode(cursor->at, (size_t)(cursor->end - cursor->at), &code);
        if (len == 0) {
            return fail(cursor, "UTF-8");
        }
        cursor->at += len;
    } while (cursor->at < cursor->end && (signed char)*cursor->at < 0);
    return true;
}

bool json_token_pass_string(struct json_cursor *cursor)
{
    cursor->is_escaped = false;
    cursor->has_nul = false;
    if (json_token_peek(cursor) != '"') {
        return fail(cursor, "a string");
    }
    cursor->at++;
    for (;;) {
        bool passed;
        cursor->at = find_special(cursor->at, cursor->end);
        if (cursor->at == cursor->end) {
            return fail(cursor, "the end of a string");
        }
        if (*cursor->at == '"') {
            cursor->at++;
            return true;
        }
        if (*cursor->at == '\\') {
            passed = pass_escape(cursor);
        } else if ((signed char)*cursor->at < 0) {
            passed = pass_characters(cursor);
        } else {
            return fail(cursor, "an escape: a string holds no control characters");
        }
        if (!passed) {
            return false;
        }
    }
}

static bool pass_digits(struct json_cursor *cursor)
{
    const char *start = cursor->at;

    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
        cursor->at++;
    }
    return cursor->at > start || fail(cursor, "a digit");
}

/* RFC 8259 section 6. */
static bool pass_number(struct json_cursor *cursor)
{
    if (*cursor->at == '-') {
        cursor->at++;
    }
    if (json_token_peek(cursor) == '0') {
        cursor->at++;
    } else if (!pass_digits(cursor)) {
        return false;
    }
    if (json_token_peek(cursor) == '.') {
        cursor->at++;
        if (!pass_digits(cursor)) {
            return false;
        }
    }
    if (json_token_peek(cursor) != 'e' && json_token_peek(cursor) != 'E') {
        return true;
    }
    cursor->at++;
    if (json_token_peek(cursor) == '+' || json_token_peek(cursor) == '-') {
        cursor->at++;
    }
    return pass_digits(cursor);
}

static bool pass_word(struct json_cursor *cursor, const char *word)
{
    const size_t len = strlen(word);

    if ((size_t)(cursor->end - cursor->at) < len || memcmp(cursor->at, word, len) != 0) {
        return fail(cursor, "a value");
    }
    cursor->at += len;
    return true;
}

bool json_token_pass_scalar(struct json_cursor *cursor)
{
    switch (json_token_peek(cursor)) {
    case '"':
        return json_token_pass_string(cursor);
    case 't':
        return pass_word(cursor, "true");
    case 'f':
        return pass_word(cursor, "false");
    case 'n':
        return pass_word(cursor, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return pass_number(cursor);
    default:
        return fail(cursor, "a value");
    }
}

/* Write @code as UTF-8; returns the end. */
static char *write_code(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = (char)(0xe0 | code >> 12);
        } else {
            *out++ = (char)(0xf0 | code >> 18);
            *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (code & 0x3f));
    return out;
}

/* What the escape at @at stands for, which is valid; *@len bytes of the text. */
static uint32_t decode_escape(const char *at, const char *end, size_t *len)
{
    static const char letters[] = "bfnrt";
    static const char codes[] = "\b\f\n\r\t";
    const char *letter = strchr(letters, at[1]);
    int32_t code;

    *len = 2;
    if (at[1] != 'u') {
        return letter != NULL ? (unsigned char)codes[letter - letters] : (unsigned char)at[1];
    }
    code = read_code(at, end);
    *len = ESCAPE_LEN;
    if (!is_high_surrogate(code)) {
        return (uint32_t)code;
    }
    *len = 2UL * ESCAPE_LEN;
    return 0x10000U + ((uint32_t)(code - 0xd800) << 10) +
           (uint32_t)(read_code(at + ESCAPE_LEN, end) - 0xdc00);
}

size_t json_string_decode(const struct json_string *string, char *out)
{
    const char *end = string->bytes + string->len;
    const char *at = string->bytes;
    char *to = out;

    while (at < end) {
        const char *escape = string->is_escaped ? memchr(at, '\\', (size_t)(end - at)) : NULL;
        size_t plain = (size_t)((escape != NULL ? escape : end) - at);
        size_t len;
        memcpy(to, at, plain);
        to += plain;
        at += plain;
        if (escape != NULL) {
            to = write_code(to, decode_escape(at, end, &len));
            at += len;
        }
    }
    return (size_t)(to - out);
}

struct json_string json_string_of(const char *text)
{
    return (struct json_string){.bytes = text, .len = strlen(text)};
}

/* The bytes that a string stands for, one after the other. */
struct stream {
    const char *at;
    const char *end;
    char decoded[4]; /* of one escape */
    size_t n_decoded;
    size_t n_read; /* of these */
};

static struct stream stream_of(const struct json_string *string)
{
    return (struct stream){.at = string->bytes, .end = string->bytes + string->len};
}

/* -1 at the end. */
static int next_byte(struct stream *stream)
{
    size_t len;

    if (stream->n_read < stream->n_decoded) {
        return (unsigned char)stream->decoded[stream->n_read++];
    }
    if (stream->at == stream->end) {
        return -1;
    }
    if (*stream->at != '\\') {
        return (unsigned char)*stream->at++;
    }
    stream->n_decoded =
        (size_t)(write_code(stream->decoded, decode_escape(stream->at, stream->end, &len)) -
                 stream->decoded);
    stream->n_read = 1;
    stream->at += len;
    return (unsigned char)stream->decoded[0];
}

bool json_string_same(const struct json_string *a, const struct json_string *b)
{
    struct stream left;
    struct stream right;
    int byte;

    if (!a->is_escaped && !b->is_escaped) {
        return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
    }
    left = stream_of(a);
    right = stream_of(b);
    do {
        byte = next_byte(&left);
        if (byte != next_byte(&right)) {
            return false;
        }
    } while (byte >= 0);
    return true;
}
