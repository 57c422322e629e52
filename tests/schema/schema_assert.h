/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Assertions: the keywords that look at one value and at no other schema
 *
 * Each passes values of a type that it does not apply to, as JSON Schema demands.
 */

#include "tests/schema/schema_check.h"

schema_keyword schema_assert_type;
schema_keyword schema_assert_enum;
schema_keyword schema_assert_const;

schema_keyword schema_assert_minimum;
schema_keyword schema_assert_maximum;
schema_keyword schema_assert_exclusive_minimum;
schema_keyword schema_assert_exclusive_maximum;

schema_keyword schema_assert_min_length;
schema_keyword schema_assert_max_length;
schema_keyword schema_assert_pattern;

schema_keyword schema_assert_min_items;
schema_keyword schema_assert_max_items;
schema_keyword schema_assert_unique_items;

schema_keyword schema_assert_min_properties;
schema_keyword schema_assert_max_properties;
schema_keyword schema_assert_required;
