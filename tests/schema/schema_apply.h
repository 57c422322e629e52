/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Applicators: the keywords that hold the value, or parts of it, against other schemas
 */

#include "tests/schema/schema_check.h"

schema_keyword schema_apply_properties;
schema_keyword schema_apply_additional_properties;
schema_keyword schema_apply_property_names;
schema_keyword schema_apply_items;
schema_keyword schema_apply_all_of;
schema_keyword schema_apply_any_of;
schema_keyword schema_apply_one_of;
schema_keyword schema_apply_not;
schema_keyword schema_apply_if;
schema_keyword schema_apply_ref;
