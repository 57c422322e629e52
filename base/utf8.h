/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * UTF-8, as RFC 3629 has it
 *
 * For the places where foreign text meets a person or another program: messages and log lines.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The length, 1 to 4, of the character that the @len bytes at @text start with, and the character
 * itself in @code; 0 when they start with none: a stray or missing continuation byte, a longer form
 * than needed, a surrogate, more than U+10FFFF.
 */
size_t utf8_decode(const char *text, size_t len, uint32_t *code)
    __attribute__((nonnull, warn_unused_result));

/* Whether @code can move a cursor, end a line or turn the order of what a person reads around. */
bool utf8_is_control(uint32_t code);
