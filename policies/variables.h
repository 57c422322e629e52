/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Argo variables in policy texts
 *
 * Argo substitutes "{{...}}" textually, everywhere in a template, and evaluates "{{=...}}" as a
 * program. A policy or an annotation therefore may hold only variables that resolve in every
 * template that runs a pod (argo-workflows workflow/validate/validate.go): workflow.name,
 * workflow.namespace, workflow.uid and pod.name.
 */

#include "base/err.h"
#include "base/source.h"

/* ERR_INVALID, naming what was found and the variables that are accepted, unless every "{{" in
 * @text starts one of them. */
int variables_check(const char *text, struct err *err) __attribute__((nonnull, warn_unused_result));

/*
 * Whether nothing in the policy document of @source could reach Argo's substitution by surprise.
 *
 * "{{" is accepted in subPath, from.path and copyBack.path only, whose variables are checked on
 * their own, and in labels and annotations, which never leave the document; "{{=" nowhere at all.
 * Keys count as well as values.
 *
 * Errors: ERR_INVALID with place and excerpt; ERR_INTERNAL.
 */
int variables_check_document(const struct source *source, struct err *err)
    __attribute__((nonnull, warn_unused_result));
