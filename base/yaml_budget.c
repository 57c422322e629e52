/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_budget.h"

#include <stdbool.h>

#include "base/yaml.h"

/* go-yaml v2's rule: 99 in 100 values while there are at most 400,000 of them, and from there on
 * less and less, down to 10 in 100 of 4,000,000. Small documents may do what they like. */
static bool is_excessive(const struct yaml_budget *budget)
{
    const double low = 400000;
    const double high = 4000000;
    const double n_values = (double)budget->n_values;
    double allowed = 0.99;

    if (n_values > low) {
        allowed -= 0.89 * ((n_values - low) / (high - low));
    }
    return budget->n_aliased > 100 && budget->n_values > 1000 &&
           (double)budget->n_aliased / n_values > allowed;
}

int yaml_budget_spend(struct yaml_budget *budget,
                      size_t n_values,
                      size_t n_aliased,
                      struct err *err)
{
    budget->n_values += n_values;
    budget->n_aliased += n_aliased;
    if (budget->n_values > YAML_VALUES_MAX) {
        return err_set(err, ERR_TOO_BIG, "the document has more than %d values", YAML_VALUES_MAX);
    }
    if (is_excessive(budget)) {
        return err_set(err, ERR_TOO_BIG,
                       "nearly all of the document comes from aliases; kubectl "
                       "refuses that, too");
    }
    return 0;
}
