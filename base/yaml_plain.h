/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a scalar without quotes is to the YAML readers of the world
 *
 * YAML 1.1 (PyYAML, go-yaml, Psych), YAML 1.2 and the habits of their readers give one text several
 * types: "no" is a string or false, 010 is 8 or 10, 1:30 is a string or 90. This module sorts a
 * text by what all of them agree on. The strict reading accepts nothing else, and the writer
 * quotes every string that is not text to all of them.
 */

enum yaml_plain {
    YAML_PLAIN_TEXT,     /* a string */
    YAML_PLAIN_TIME,     /* YAML 1.1: a date or a number to base 60; YAML 1.2, kubectl: a string */
    YAML_PLAIN_NULL,     /* nothing, "null" or "~" */
    YAML_PLAIN_TRUE,     /* "true" */
    YAML_PLAIN_FALSE,    /* "false" */
    YAML_PLAIN_INTEGER,  /* -?(0|[1-9][0-9]*) */
    YAML_PLAIN_REAL,     /* such an integer, a point and digits */
    YAML_PLAIN_DISPUTED, /* everything else that some reader takes for something else than text */
};

enum yaml_plain yaml_plain_kind(const char *text) __attribute__((nonnull));
