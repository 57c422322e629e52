/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Kubernetes' structural schemas add to JSON Schema
 */

#include "tests/schema/schema_check.h"

schema_keyword schema_kubernetes_nullable;
schema_keyword schema_kubernetes_int_or_string;
schema_keyword schema_kubernetes_embedded_resource;
schema_keyword schema_kubernetes_preserve_unknown_fields;
schema_keyword schema_kubernetes_list_type;
schema_keyword schema_kubernetes_list_map_keys;
schema_keyword schema_kubernetes_map_type;

/* That the schema names each field of the value, which is an object: others would be dropped. */
int schema_kubernetes_check_fields(const struct schema_check *check, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether the value's "metadata" belongs to the API server, whatever the schema says of it. */
bool schema_kubernetes_is_metadata(const struct schema_check *check, const char *key)
    __attribute__((nonnull));
