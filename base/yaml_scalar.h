/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The types of scalars
 *
 * One scalar of a YAML text becomes a JSON value, or the key of a JSON object, in one of the two
 * readings of base/yaml.h. Messages name the scalar and say what would be accepted; the caller adds
 * where it stands.
 *
 * YAML_STRICT: null is nothing, "null" or "~"; booleans are "true" and "false"; integers are
 * -?(0|[1-9][0-9]*) up to 2^53; reals have a point, no exponent and no digit too many, so that
 * there is one way to write each. Dates and times are strings. What else some reader takes for
 * something else than a string is refused, as are control characters. Keys are strings.
 *
 * YAML_KUBECTL: what base/yaml_go.h says, or the tag, and then the way through JSON: a float that
 * Go prints without a point or an exponent is an integer where an int64 holds it; keys that are
 * numbers or booleans become strings. Infinities are refused, as kubectl does, and so is
 * !!binary that is not UTF-8, which kubectl damages. A !!timestamp is only looked at roughly.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/yaml.h"

struct yaml_scalar {
    const char *text; /* valid UTF-8, terminated; may hold a NUL before its end */
    size_t len;
    const char *tag; /* as the parser resolved it, "!" for the bare one, NULL for none */
    bool plain;      /* neither quoted nor a block */
};

/* Errors: ERR_INVALID, ERR_INTERNAL. Owner of what comes back: the caller, json_decref(). */
json_t *yaml_scalar_value(const struct yaml_scalar *scalar,
                          enum yaml_reading reading,
                          struct err *err) __attribute__((nonnull, warn_unused_result));

/* The same as a key: always a JSON string, without a NUL. */
json_t *yaml_scalar_key(const struct yaml_scalar *scalar,
                        enum yaml_reading reading,
                        struct err *err) __attribute__((nonnull, warn_unused_result));

/* A finite real as a JSON value that went through Go's encoder and back: 1e3 is the integer 1000,
 * 2^64 stays a real. NULL when there is no memory. */
json_t *yaml_scalar_real(double real) __attribute__((warn_unused_result));
