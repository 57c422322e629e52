/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What go-yaml v2 makes of a scalar without quotes
 *
 * kubectl reads YAML with go-yaml v2 (inside sigs.k8s.io/yaml), whose rules are its own: the words
 * of YAML 1.1 with "y" and "n"; integers as Go writes them, underscores anywhere, YAML 1.1's octal
 * next to 0o17; numbers out of range are strings, as are dates and numbers to base 60. This module
 * is that table and nothing else; it was checked against kubectl (tests/corpus/kubectl-typing).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum yaml_go_kind {
    YAML_GO_STRING,
    YAML_GO_NULL,
    YAML_GO_BOOL,
    YAML_GO_INT,   /* number.integer */
    YAML_GO_UINT,  /* number.natural, above INT64_MAX */
    YAML_GO_FLOAT, /* number.real, may be infinite or no number */
};

struct yaml_go {
    enum yaml_go_kind kind;
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double real;
    };
};

/* Errors: ERR_INTERNAL only. */
int yaml_go_resolve(const char *text, struct yaml_go *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));
