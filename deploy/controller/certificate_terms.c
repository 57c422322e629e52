/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificate_terms.h"

#include <stdio.h>

int certificate_terms_make(struct certificate_terms *terms,
                           const struct certificate_options *options,
                           struct err *err)
{
    const char *const ends[CERTIFICATE_TERMS_NAMES][2] = {
        {"", ""},
        {".", options->cluster_domain},
    };

    for (size_t i = 0; i < CERTIFICATE_TERMS_NAMES; i++) {
        const int len =
            snprintf(terms->texts[i], sizeof(terms->texts[i]), "%s.%s.svc%s%s",
                     options->names.service, options->names.namespace_, ends[i][0], ends[i][1]);
        if (len < 0 || len >= CERTIFICATE_TERMS_NAME_SIZE) {
            return err_set(err, ERR_INVALID,
                           "'%s.%s.svc%s%s' is no DNS name, expected fewer than 256 characters",
                           options->names.service, options->names.namespace_, ends[i][0],
                           ends[i][1]);
        }
        terms->names[i] = terms->texts[i];
    }
    terms->rotation = (struct rotation_terms){
        .common_name = "hawser", /* for people: clients compare the others */
        .names = terms->names,
        .n_names = CERTIFICATE_TERMS_NAMES,
        .authority_s = options->ca_validity_s,
        .leaf_s = options->leaf_validity_s,
    };
    return 0;
}
