/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The text under a YAML reader
 *
 * Everything before syntax: byte order marks, UTF-16 (which Windows PowerShell writes and kubectl
 * reads), characters that may not stand in YAML, and where a byte stands for a person.
 */

#include <stddef.h>

#include "base/yaml.h"

/* Where byte @offset of @text stands. */
struct yaml_place yaml_text_place(const char *text, size_t offset) __attribute__((nonnull));

/* Bytes that a UTF-8 byte order mark takes at the start of the text: 3 or 0. */
size_t yaml_text_bom(const char *text, size_t len) __attribute__((nonnull));

/*
 * A copy to read from: ends in a line feed, which kubectl adds where it is missing (a block at the
 * end of the text has it then). Under YAML_KUBECTL, UTF-16 with a byte order mark, which is
 * dropped, becomes UTF-8; what is no UTF-16 becomes bytes that are no UTF-8, for yaml_text_check()
 * to find. NULL when there is no memory. Owner: the caller, free().
 */
char *yaml_text_copy(const char *text, size_t len, enum yaml_reading reading, size_t *len_out)
    __attribute__((nonnull, warn_unused_result));

/*
 * The first character of @text that may not stand in YAML: no UTF-8, or a control character.
 * Under YAML_STRICT also what readers treat differently or what only confuses: tabs, carriage
 * returns, the line breaks that only YAML 1.1 knows (U+0085, U+2028, U+2029) and U+FEFF.
 * NULL when there is none, or else what is wrong with the byte at *@offset.
 */
const char *yaml_text_check(const char *text, size_t len, enum yaml_reading reading, size_t *offset)
    __attribute__((nonnull, warn_unused_result));
