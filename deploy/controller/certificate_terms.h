/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the webhook's certificate is for
 *
 * From the names that an installation has to the terms of certs/rotation.h. The API server calls a
 * webhook as SERVICE.NAMESPACE.svc (client-go's webhook client); the longer name is for people.
 */

#include "base/err.h"
#include "certs/rotation.h"
#include "deploy/controller/certificate_objects.h"

/* Texts are borrowed. */
struct certificate_options {
    struct certificate_names names;
    const char *cluster_domain; /* "cluster.local" */
    unsigned int ca_validity_s;
    unsigned int leaf_validity_s;
};

#define CERTIFICATE_TERMS_NAMES     2
#define CERTIFICATE_TERMS_NAME_SIZE 256 /* a DNS name has at most 253 characters */

/* Must not move once it is made. */
struct certificate_terms {
    struct rotation_terms rotation; /* borrows the rest */
    const char *names[CERTIFICATE_TERMS_NAMES];
    char texts[CERTIFICATE_TERMS_NAMES][CERTIFICATE_TERMS_NAME_SIZE];
};

/* Errors: ERR_INVALID for names that are too long. What is no DNS name, rotation_plan() refuses. */
int certificate_terms_make(struct certificate_terms *terms,
                           const struct certificate_options *options,
                           struct err *err) __attribute__((nonnull, warn_unused_result));
