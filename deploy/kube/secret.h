/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Buffers that held a key or a token
 *
 * What is released is not overwritten by itself, and may be found later by who reads memory or a
 * core file. What libraries copy is out of reach.
 */

#include <string.h>

#include "base/buf.h"

/* Overwrite and release @buf. */
static inline void secret_clear(struct buf *buf)
{
    if (buf->bytes != NULL) {
        explicit_bzero(buf->bytes, buf->size);
    }
    buf_clear(buf);
}

static inline void secret_clear_p(struct buf *buf)
{
    secret_clear(buf);
}
