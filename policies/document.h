/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One policy document
 *
 * What documents of both kinds have in common: apiVersion, kind, metadata, and that nothing in them
 * may reach Argo's substitution by surprise.
 */

#include <stddef.h>

#include "base/err.h"
#include "base/source.h"
#include "policies/policy.h"

/*
 * Decode the document of @source, which @set keeps, and add it to @set. It starts on line @line.
 *
 * Errors: ERR_INVALID with place and excerpt; ERR_INTERNAL.
 */
int document_add(struct policy_set *set, const struct source *source, size_t line, struct err *err)
    __attribute__((nonnull, warn_unused_result));
