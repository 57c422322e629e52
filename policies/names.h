/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names as Kubernetes wants them
 *
 * The API server would refuse a bad name when a workflow runs, and in other words; here it is
 * refused when the policy is loaded. The rules are those of k8s.io/apimachinery
 * pkg/util/validation and of the image references that container runtimes read.
 *
 * Each returns 0, or -1 with ERR_INVALID, which names the text and what was expected.
 */

#include "base/err.h"

#define NAMES_LABEL_MAX     63
#define NAMES_SUBDOMAIN_MAX 253
#define NAMES_IMAGE_MAX     512

/* A DNS-1123 label: lower case letters, digits and '-', which is neither first nor last. */
int names_check_label(const char *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* A DNS-1123 subdomain: one or more labels with dots between them. */
int names_check_subdomain(const char *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* The key of a label, a taint or a resource: "tier", "example.com/tier". */
int names_check_key(const char *text, struct err *err) __attribute__((nonnull, warn_unused_result));

/* The value of a label. The empty text is one. */
int names_check_label_value(const char *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* A container image: "registry.example.com:5000/team/image:tag@sha256:...". */
int names_check_image(const char *text, struct err *err)
    __attribute__((nonnull, warn_unused_result));
