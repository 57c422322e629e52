/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An object of a template together with that of templateDefaults
 *
 * Argo joins the two member by member: what the template says goes before, and objects that both
 * have are joined likewise; lists are not (argo-workflows workflow/controller/operator.go
 * mergedTemplateDefaultsInto, a strategic merge patch). A member that is null is absent.
 */

#include "base/json_out.h"

struct joined {
    json_t *own;  /* the template's, or NULL */
    json_t *base; /* that of templateDefaults, or NULL */
};

/* The member @key, or NULL. Of an object that both have it is the template's part. */
const json_t *joined_get(const struct joined *joined, const char *key) __attribute__((nonnull));

/* Write all members, those of the template first. */
void joined_write_members(struct json_out *out, const struct joined *joined)
    __attribute__((nonnull));
