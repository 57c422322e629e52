/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * PEM texts (RFC 7468)
 *
 * OpenSSL's reader passes silently over what is not quite a block: a certificate whose first line
 * lost a dash, or the end of a file that is still being written, would just not count. So the text
 * is cut into blocks here, where each line that is like the border of a block must be one, and
 * OpenSSL decodes what is between the borders. It is never asked to decrypt, and so never asks for
 * a passphrase.
 *
 * Other text around the blocks is skipped, as are blanks and CR at the ends of lines.
 *
 * Messages begin with "line N: " where there is one, and hold nothing of the text but labels: it
 * may be a key.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define PEM_LABEL_SIZE 40 /* upper case letters, digits and spaces, and a NUL */

struct pem_reader {
    const char *text;
    size_t len;
    size_t at;
    size_t line; /* lines read so far */
};

/*
 * Begin with the @len bytes at @text, which are borrowed. Errors: ERR_TOO_BIG when they are more
 * than @max_bytes; ERR_INVALID when there is a NUL among them.
 */
int pem_open(struct pem_reader *reader,
             const char *text,
             size_t len,
             size_t max_bytes,
             struct err *err) __attribute__((nonnull, warn_unused_result));

/* A block: "-----BEGIN label-----". Zeroed where there is none. */
struct pem_block {
    char label[PEM_LABEL_SIZE];
    unsigned char *bytes; /* decoded */
    size_t len;
    size_t line; /* of its beginning, from 1 */
};

/* Cleanses the bytes. */
void pem_clear(struct pem_block *block) __attribute__((nonnull));

/*
 * The next block, in place of what @block held; at the end of the text one without label.
 *
 * Errors: ERR_INVALID for borders that do not fit together, for what is not base64, and for headers
 * (RFC 1421), which mean that the block is encrypted; ERR_INTERNAL. @block is empty then.
 */
int pem_next(struct pem_reader *reader, struct pem_block *block, struct err *err)
    __attribute__((nonnull, warn_unused_result));

static inline bool pem_is_end(const struct pem_block *block)
{
    return block->label[0] == '\0';
}

static inline void pem_clear_p(struct pem_block *block)
{
    pem_clear(block);
}
