/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON Schema, for the tests
 *
 * Judges what hawser emits by the schemas in Argo's CustomResourceDefinitions, and holds
 * policies/schema.json against what the policy loader accepts. It runs inside the test process,
 * because property tests judge 100,000 documents.
 *
 * Known, in the sense of JSON Schema 2020-12: type, enum, const, properties, required,
 * additionalProperties, propertyNames, minProperties, maxProperties, items (one schema), minItems,
 * maxItems, uniqueItems, minLength, maxLength (in characters), pattern, minimum, maximum,
 * exclusiveMinimum, exclusiveMaximum (a number, or a boolean as in OpenAPI 3.0), allOf, anyOf,
 * oneOf, not, if, then, else, and $ref to "#" or "#/..." (with ~0 and ~1, without percent signs).
 *
 * Known of Kubernetes' structural schemas: nullable and x-kubernetes-int-or-string,
 * -embedded-resource, -preserve-unknown-fields, -list-type, -list-map-keys and -map-type.
 *
 * Passed over on purpose: annotations (title, description, default, examples, deprecated, $schema,
 * $id, $comment), $defs and definitions (they are found by $ref), format, and
 * x-kubernetes-validations, whose rules are written in CEL and cannot be run here.
 *
 * Every other keyword is an error, never passed over. Not for several threads: patterns are
 * compiled once and kept.
 */

#include <jansson.h>

#include "base/err.h"

/*
 * Whether @value is valid by @schema.
 *
 * Errors: ERR_INVALID "at /spec/volumes/0: what was expected" when it is not; ERR_INTERNAL when the
 * schema cannot be used: a keyword that is not known ("keyword 'x' is not supported") or makes no
 * sense, a pattern that schema_pattern.h does not know, a $ref that leads nowhere or in circles.
 */
int schema_validate(const json_t *schema, const json_t *value, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/*
 * The same for the structural schema of a Kubernetes object, in which fields that the schema does
 * not name are errors: the API server would drop them without a word. What stands in "metadata" of
 * the object itself, or of an embedded one, belongs to the API server and is not looked at.
 */
int schema_validate_structural(const json_t *schema, const json_t *value, struct err *err)
    __attribute__((nonnull, warn_unused_result));
