/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading YAML
 *
 * libyaml's events become jansson values, one document at a time. There are two readings:
 *
 * YAML_STRICT, for policies, accepts only what no two YAML readers understand differently: no
 * anchors, aliases, tags, directives or merge keys; keys are strings and stand once; plain scalars
 * that YAML 1.1 and 1.2 type differently ("yes", "010", "1_000", "0x1F", "1e400") are refused with
 * the advice to quote them. base/yaml_scalar.h has the types that are left, base/yaml_strict.h the
 * syntax and base/yaml_text.h the characters: no tabs, carriage returns or byte order marks.
 *
 * YAML_KUBECTL, for manifests, gives each scalar the type that kubectl gives it. kubectl reads with
 * sigs.k8s.io/yaml, a YAML 1.1 reader on top of go-yaml v2, and passes the result through JSON:
 * "yes" is true, 010 is 8, 1.0 is 1, 2^64 is 18446744073709552000, aliases and merges are expanded,
 * the last of equal keys wins. A text that starts with "{" is read as JSON where it is JSON.
 * What kubectl would silently damage is refused: bytes that are no UTF-8 and halves of surrogate
 * pairs (U+FFFD to kubectl), what follows "..." without a "---" (dropped), and also keys with a
 * NUL. libyaml accepts a little more of YAML 1.2 than go-yaml v2 does ("\/" in double quotes, '?'
 * in a word within brackets) and refuses a little that it takes ("\'" in double quotes, a ':' right
 * before a ',' within brackets); what both accept has the same value.
 *
 * Both are bounded: bytes by the caller, depth by YAML_DEPTH_MAX (JSON: JSON_DEPTH_MAX), what
 * aliases expand to by YAML_VALUES_MAX and, as in kubectl, by how little else there is. (libyaml
 * 0.2.5 is quadratic in flow nesting; the depth check stops that early.)
 */

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

#define YAML_DEPTH_MAX  64
#define YAML_VALUES_MAX 1000000

enum yaml_reading { YAML_STRICT, YAML_KUBECTL };

struct yaml_reader;

/* Where something stands in the text. Lines and columns count from 1, columns in characters. */
struct yaml_place {
    size_t line;
    size_t column;
    size_t offset; /* in bytes from the start of the text */
};

/*
 * A reader of the documents in @text, of which it keeps a copy. @name stands in messages for the
 * file and must outlive the reader. NULL with ERR_INTERNAL when there is no memory. Owner: the
 * caller, yaml_reader_free().
 */
struct yaml_reader *yaml_reader_new(const char *name,
                                    const char *text,
                                    size_t len,
                                    enum yaml_reading reading,
                                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* Accepts NULL. */
void yaml_reader_free(struct yaml_reader *reader);

/*
 * Read the next document into *@document, which the caller releases with json_decref(); NULL at the
 * end of the text. A document without content is JSON null; comments before the first "---" are
 * none.
 *
 * Errors: ERR_INVALID "name:line:column: what is wrong and what was expected", with an excerpt;
 * ERR_TOO_BIG past YAML_VALUES_MAX, or for aliases; ERR_INTERNAL. After an error the reader is at
 * its end.
 */
int yaml_reader_next(struct yaml_reader *reader, json_t **document, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * Where the value at the JSON Pointer @pointer of the document last read starts, or, with @key, the
 * key that leads to it. YAML_STRICT only. False when there is no such value.
 */
_Bool yaml_reader_place(const struct yaml_reader *reader,
                        const char *pointer,
                        _Bool key,
                        struct yaml_place *out) __attribute__((nonnull));

/* The line on which the document last read starts, from 1. */
size_t yaml_reader_line(const struct yaml_reader *reader) __attribute__((nonnull));

static inline void yaml_reader_free_p(struct yaml_reader **reader)
{
    yaml_reader_free(*reader);
}
