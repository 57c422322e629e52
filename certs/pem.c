/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pem.h"

#include <openssl/pem.h>
#include <string.h>

#include "base/cleanup.h"
#include "certs/openssl.h"

#define BEGIN  "-----BEGIN "
#define END    "-----END "
#define DASHES "-----"

/* A line without its end and the blanks before it. */
struct line {
    const char *text;
    size_t len;
    bool is_ended; /* by a line feed, and not by the end of the text */
};

int pem_open(
    struct pem_reader *reader, const char *text, size_t len, size_t max_bytes, struct err *err)
{
    if (len > max_bytes) {
        return err_set(err, ERR_TOO_BIG, "the text is larger than %zu bytes", max_bytes);
    }
    if (memchr(text, '\0', len) != NULL) {
        return err_set(err, ERR_INVALID, "there is a NUL byte, expected PEM, which is a text");
    }
    *reader = (struct pem_reader){.text = text, .len = len};
    return 0;
}

void pem_clear(struct pem_block *block)
{
    OPENSSL_secure_clear_free(block->bytes, block->len);
    *block = (struct pem_block){0};
}

static bool next_line(struct pem_reader *reader, struct line *out)
{
    const char *start = reader->text + reader->at;
    const size_t left = reader->len - reader->at;
    const char *newline = memchr(start, '\n', left);
    size_t len = newline != NULL ? (size_t)(newline - start) : left;

    if (left == 0) {
        return false;
    }
    reader->at += newline != NULL ? len + 1 : len;
    reader->line++;
    while (len > 0 && strchr(" \t\r", start[len - 1]) != NULL) {
        len--;
    }
    *out = (struct line){.text = start, .len = len, .is_ended = newline != NULL};
    return true;
}

/* Whether the line is "-----BEGIN label-----", with @kind for its first part. */
static bool is_border(const struct line *line, const char *kind, char label[static PEM_LABEL_SIZE])
{
    const size_t before = strlen(kind);
    const size_t after = strlen(DASHES);
    char text[PEM_LABEL_SIZE];
    size_t len;

    if (line->len <= before + after || memcmp(line->text, kind, before) != 0 ||
        memcmp(line->text + line->len - after, DASHES, after) != 0) {
        return false;
    }
    len = line->len - before - after;
    if (len >= sizeof(text)) {
        return false;
    }
    memcpy(text, line->text + before, len);
    text[len] = '\0';
    if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") != len) {
        return false;
    }
    memcpy(label, text, len + 1);
    return true;
}

/*
 * Whether the line is meant to be a border, or to become one: a file that is half written ends
 * within a line.
 */
static bool is_like_border(const struct line *line)
{
    static const char begin[] = "---BEGIN";
    static const char end[] = "---END";

    return memmem(line->text, line->len, begin, sizeof(begin) - 1) != NULL ||
           memmem(line->text, line->len, end, sizeof(end) - 1) != NULL ||
           (!line->is_ended && line->len > 0 && line->text[0] == '-');
}

/* Go on behind the end of @block. */
static int skip_to_end(struct pem_reader *reader, const struct pem_block *block, struct err *err)
{
    struct line line;

    while (next_line(reader, &line)) {
        char label[PEM_LABEL_SIZE];
        if (is_border(&line, END, label) && strcmp(label, block->label) == 0) {
            return 0;
        }
        if (is_like_border(&line)) {
            return err_set(err, ERR_INVALID,
                           "line %zu: expected '" END "%s" DASHES
                           "', which ends the block of line %zu",
                           reader->line, block->label, block->line);
        }
    }
    return err_set(err, ERR_INVALID,
                   "line %zu: the block has no end, expected '" END "%s" DASHES "'", block->line,
                   block->label);
}

/* Decode the @len bytes at @text, which are the block with its borders. */
static int decode(struct pem_block *block, const char *text, size_t len, struct err *err)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new_mem_buf(text, (int)len);
    char *label = NULL;
    char *headers = NULL;
    long n = 0;
    int result = 0;

    if (bio == NULL || PEM_read_bio_ex(bio, &label, &headers, &block->bytes, &n,
                                       PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1) {
        return openssl_fail(err, ERR_INVALID, "line %zu: the block '%s' cannot be decoded",
                            block->line, block->label);
    }
    block->len = (size_t)n;
    if (headers[0] != '\0') {
        result = err_set(err, ERR_INVALID,
                         "line %zu: the block '%s' has headers, as an encrypted one; expected one "
                         "without",
                         block->line, block->label);
    }
    OPENSSL_secure_free(label);
    OPENSSL_secure_free(headers);
    return result;
}

static int
read_block(struct pem_reader *reader, size_t start, struct pem_block *block, struct err *err)
{
    block->line = reader->line;
    if (skip_to_end(reader, block, err) < 0) {
        return -1;
    }
    return decode(block, reader->text + start, reader->at - start, err);
}

int pem_next(struct pem_reader *reader, struct pem_block *block, struct err *err)
{
    size_t start = reader->at;
    struct line line;

    pem_clear(block);
    while (next_line(reader, &line)) {
        if (is_border(&line, BEGIN, block->label)) {
            if (read_block(reader, start, block, err) < 0) {
                pem_clear(block);
                return -1;
            }
            return 0;
        }
        if (is_like_border(&line)) {
            return err_set(err, ERR_INVALID,
                           "line %zu: expected the beginning of a block, '" BEGIN "...' and a "
                           "label alone on the line",
                           reader->line);
        }
        start = reader->at;
    }
    return 0;
}
