/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An object of a template together with that of templateDefaults
 *
 * Argo joins the two member by member: what the template says goes before, and objects that both
 * have are joined likewise; lists are not (argo-workflows workflow/controller/operator.go
 * mergedTemplateDefaultsInto, a strategic merge patch). A member that is null is absent.
 *
 * Errors of everything here: those of the reader (base/json_reader.h).
 */

#include "base/json_out.h"
#include "base/json_reader.h"

struct joined {
    struct json_view own;  /* the template's, or nothing */
    struct json_view base; /* that of templateDefaults, or nothing */
};

/* A member is looked for among the others one by one, and all are looked at for each template that
 * has them from elsewhere. Those of Kubernetes have 26 at most, objects in them included. */
#define JOINED_MEMBERS_MAX 64

/* Check that none of the two has more members, those of objects in it included: everything below
 * wants that. Errors: ERR_INVALID. */
int joined_check(const struct joined *joined, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Whether there is one of the two at least. */
bool joined_is_there(const struct joined *joined) __attribute__((nonnull));

/* The member @key, or nothing. Of an object that both have it is the template's part. */
int joined_get(const struct joined *joined, const char *key, struct json_view *out, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Write all members, those of the template first. */
int joined_write_members(struct json_out *out, const struct joined *joined, struct err *err)
    __attribute__((nonnull, warn_unused_result));
