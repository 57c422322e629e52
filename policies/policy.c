/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/policy.h"

#include <string.h>

const struct volume_policy *policy_set_find(const struct policy_set *set, const char *name)
{
    size_t first = 0;
    size_t end = set->policies.n;

    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        const int order = strcmp(set->policies.items[middle].name, name);
        if (order == 0) {
            return &set->policies.items[middle];
        }
        if (order < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return NULL;
}

const struct policy_volume *policy_find_volume(const struct volume_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->volumes.n; i++) {
        if (strcmp(policy->volumes.items[i].name, name) == 0) {
            return &policy->volumes.items[i];
        }
    }
    return NULL;
}

const struct policy_override *policy_find_override(const struct volume_policy *policy,
                                                   const char *volume)
{
    for (size_t i = 0; i < policy->overrides.n; i++) {
        if (strcmp(policy->overrides.items[i].volume, volume) == 0) {
            return &policy->overrides.items[i];
        }
    }
    return NULL;
}
