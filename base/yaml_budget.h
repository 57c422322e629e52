/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one document may expand to
 *
 * A few bytes of nested aliases can stand for gigabytes. As in go-yaml, every value that is read
 * counts, again for every alias to it, and only so many may come from aliases.
 */

#include <stddef.h>

#include "base/err.h"

struct yaml_budget {
    size_t n_values;  /* that were read: keys, aliases and what they stand for included */
    size_t n_aliased; /* of these, inside aliases */
};

/* Add to the counts. Errors: ERR_TOO_BIG past YAML_VALUES_MAX values, or when aliases make up more
 * of the document than kubectl takes. */
int yaml_budget_spend(struct yaml_budget *budget,
                      size_t n_values,
                      size_t n_aliased,
                      struct err *err) __attribute__((nonnull, warn_unused_result));
