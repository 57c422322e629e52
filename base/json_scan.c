/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* The structures of jansson 2.14, in bytes. */
#define OBJECT_BYTES 72
#define ARRAY_BYTES  40
#define STRING_BYTES 32 /* beside its text */
#define NUMBER_BYTES 24
#define PAIR_BYTES   56 /* beside its key */
#define SLOT_BYTES   8  /* of an array's table */
#define BUCKET_BYTES 16 /* of an object's table */
#define SLOTS_FIRST  8  /* of either; both double when they are full */
#define TOKEN_FIRST  16 /* the buffer of tokens, which doubles too and never shrinks */

/* glibc's malloc(): a word in front, and whole pages for what is large. It gives 16 bytes more
 * where the rest of a hole would be of no use: at most 5 % in any order of pieces that was tried.
 */
#define CHUNK_ALIGN ((size_t)16)
#define CHUNK_MIN   ((size_t)32)
#define LARGE_BYTES ((size_t)128 * 1024)
#define PAGE_BYTES  ((size_t)4096)
#define SPARE_BYTES ((size_t)512)
#define SPARE_PARTS 8

enum kind { WORD = 0, SPACE, QUOTE, OPEN, CLOSE, BETWEEN };

static const unsigned char kinds[256] = {
    [' '] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE,  ['"'] = QUOTE,   ['{'] = OPEN,
    ['['] = OPEN,  ['}'] = CLOSE,  [']'] = CLOSE,  [','] = BETWEEN, [':'] = BETWEEN,
};

static enum kind kind_of(char c)
{
    return (enum kind)kinds[(unsigned char)c];
}

static size_t skip_string(const char *bytes, size_t len, size_t at)
{
    for (size_t i = at + 1; i < len; i++) {
        if (bytes[i] == '\\') {
            i++;
        } else if (bytes[i] == '"') {
            return i + 1;
        }
    }
    return len;
}

size_t json_scan_next(const char *bytes, size_t len, size_t at)
{
    const enum kind kind = kind_of(bytes[at]);

    if (kind == QUOTE) {
        return skip_string(bytes, len, at);
    }
    do {
        at++;
    } while ((kind == WORD || kind == SPACE) && at < len && kind_of(bytes[at]) == kind);
    return at;
}

/* An integer of fewer digits fits into 63 bits. */
#define LONG_DIGITS 19

bool json_scan_is_large(const char *text, size_t len)
{
    const bool is_negative = *text == '-';
    const char *most = is_negative ? "9223372036854775808" : "9223372036854775807";

    text += is_negative;
    len -= is_negative;
    if (len < LONG_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return len > LONG_DIGITS || memcmp(text, most, LONG_DIGITS) > 0;
}

/* An object or array that is open. */
struct level {
    bool is_object;
    bool has_key;   /* and the value is still to come */
    size_t key_len; /* quotes included */
    size_t n;       /* members or items so far */
    size_t n_slots; /* that the table has room for */
};

struct scan {
    const char *bytes;
    size_t len;
    const struct json_limits *limits;
    size_t held; /* by jansson now */
    size_t most; /* that it held at once so far */
    size_t token_size;
    size_t n_large;
    bool is_wide; /* an object has too many members */
    size_t depth;
    struct level levels[JSON_DEPTH_MAX];
};

/* What an allocation of @size bytes takes. */
static size_t chunk(size_t size)
{
    size_t bytes = (size + sizeof(size_t) + CHUNK_ALIGN - 1) / CHUNK_ALIGN * CHUNK_ALIGN;

    if (size >= LARGE_BYTES) {
        return bytes + PAGE_BYTES;
    }
    return bytes > CHUNK_MIN ? bytes : CHUNK_MIN;
}

static void hold(struct scan *scan, size_t bytes)
{
    scan->held += bytes;
    if (scan->held > scan->most) {
        scan->most = scan->held;
    }
}

/* The most that may have been held at once. */
static size_t foresee(const struct scan *scan)
{
    return scan->most + scan->most / SPARE_PARTS + SPARE_BYTES;
}

static void release(struct scan *scan, size_t bytes)
{
    scan->held -= bytes;
}

/* jansson collects a token of @len bytes, one behind it included, before it knows what it is. */
static void read_token(struct scan *scan, size_t len)
{
    while (scan->token_size <= len) {
        hold(scan, chunk(2 * scan->token_size));
        release(scan, chunk(scan->token_size));
        scan->token_size *= 2;
    }
}

/* A value is complete: its parent takes it. */
static void add_value(struct scan *scan)
{
    struct level *parent;
    size_t slot_bytes;

    if (scan->depth == 0) {
        return;
    }
    parent = &scan->levels[scan->depth - 1];
    slot_bytes = parent->is_object ? BUCKET_BYTES : SLOT_BYTES;
    if (parent->n == parent->n_slots) {
        hold(scan, chunk(2 * parent->n_slots * slot_bytes));
        release(scan, chunk(parent->n_slots * slot_bytes));
        parent->n_slots *= 2;
    }
    parent->n++;
    if (parent->has_key) {
        hold(scan, chunk(PAIR_BYTES + parent->key_len - 1)); /* a NUL and no quotes */
        release(scan, chunk(parent->key_len + 1));
        parent->has_key = false;
        scan->is_wide = scan->is_wide || parent->n > JSON_MEMBERS_MAX;
    }
}

/* A string takes as much memory as it has bytes in the text, whatever its escapes stand for; a key
 * is held beside the object until its value is there, and copied then. */
static void add_string(struct scan *scan, size_t len)
{
    struct level *parent = scan->depth > 0 ? &scan->levels[scan->depth - 1] : NULL;

    read_token(scan, len);
    hold(scan, chunk(len + 1));
    if (parent != NULL && parent->is_object && !parent->has_key) {
        parent->has_key = true;
        parent->key_len = len;
        return;
    }
    hold(scan, chunk(STRING_BYTES));
    add_value(scan);
}

/* A number, or true, false and null, for which nothing is allocated. */
static void add_word(struct scan *scan, const char *word, size_t len)
{
    read_token(scan, len + 1);
    if (*word == '-' || (*word >= '0' && *word <= '9')) {
        hold(scan, chunk(NUMBER_BYTES));
    }
    if (json_scan_is_large(word, len)) {
        hold(scan,
             (scan->n_large == 0 ? chunk(scan->len) + PAGE_BYTES : 0) + JSON_SCAN_LARGE_EXTRA);
        scan->n_large++;
    }
    add_value(scan);
}

static void open_level(struct scan *scan, bool is_object)
{
    scan->levels[scan->depth++] = (struct level){.is_object = is_object, .n_slots = SLOTS_FIRST};
    hold(scan, is_object ? chunk(OBJECT_BYTES) + chunk((size_t)SLOTS_FIRST * BUCKET_BYTES)
                         : chunk(ARRAY_BYTES) + chunk((size_t)SLOTS_FIRST * SLOT_BYTES));
}

static void close_level(struct scan *scan)
{
    if (scan->depth > 0) {
        scan->depth--;
        add_value(scan);
    }
}

/* Raise "line, column: MESSAGE" for the byte at @at, with an excerpt. Returns -1. */
static int __attribute__((format(printf, 5, 6))) raise_at(
    const struct scan *scan, size_t at, enum err_code code, struct err *err, const char *fmt, ...)
{
    size_t line = 1;
    size_t column = 1;
    char message[128];
    va_list args;

    for (size_t i = 0; i < at; i++) {
        column = scan->bytes[i] == '\n' ? 1 : column + 1;
        line += scan->bytes[i] == '\n';
    }
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args); /* our own texts */
    va_end(args);
    err_set(err, code, "line %zu, column %zu: %s", line, column, message);
    err_point_at(err, scan->bytes, scan->len, at);
    return -1;
}

/* Count the token from @at to @end. */
static int scan_token(struct scan *scan, size_t at, size_t end, struct err *err)
{
    switch (kind_of(scan->bytes[at])) {
    case QUOTE:
        if (end - at > scan->limits->string) {
            return raise_at(scan, at, ERR_TOO_BIG, err, "a string of more than %zu bytes",
                            scan->limits->string);
        }
        add_string(scan, end - at);
        break;
    case OPEN:
        if (scan->depth == JSON_DEPTH_MAX) {
            return raise_at(scan, at, ERR_INVALID, err, "nested deeper than %d levels",
                            JSON_DEPTH_MAX);
        }
        open_level(scan, scan->bytes[at] == '{');
        break;
    case CLOSE:
        close_level(scan);
        break;
    case WORD:
        if (end - at > JSON_WORD_MAX) {
            return raise_at(scan, at, ERR_INVALID, err, "a number or word of more than %d bytes",
                            JSON_WORD_MAX);
        }
        add_word(scan, scan->bytes + at, end - at);
        break;
    case SPACE:
    case BETWEEN:
        break;
    }
    return 0;
}

/* jansson 2.14 reads over a NUL behind a number or a word. */
static int check_nul(const struct scan *scan, struct err *err)
{
    const char *nul = memchr(scan->bytes, '\0', scan->len);

    if (nul == NULL) {
        return 0;
    }
    return raise_at(scan, (size_t)(nul - scan->bytes), ERR_INVALID, err, "unexpected NUL byte");
}

int json_scan(const char *bytes,
              size_t len,
              const struct json_limits *limits,
              struct json_scan *out,
              struct err *err)
{
    struct scan scan = {.bytes = bytes, .len = len, .limits = limits, .token_size = TOKEN_FIRST};
    size_t end;

    if (check_nul(&scan, err) < 0) {
        return -1;
    }
    hold(&scan, chunk(TOKEN_FIRST));
    for (size_t at = 0; at < len; at = end) {
        end = json_scan_next(bytes, len, at);
        if (scan_token(&scan, at, end, err) < 0) {
            return -1;
        }
        if (scan.is_wide) {
            return raise_at(&scan, at, ERR_TOO_BIG, err, "an object of more than %d members",
                            JSON_MEMBERS_MAX);
        }
        if (foresee(&scan) > limits->memory) {
            return raise_at(&scan, at, ERR_TOO_BIG, err,
                            "needs more than %zu bytes of working memory", limits->memory);
        }
    }
    *out = (struct json_scan){.memory = foresee(&scan), .n_large = scan.n_large};
    return 0;
}
