/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The last step: is what comes out fit to be stored?
 */

#include "webhook/inject/admission.h"

/* Refuse what etcd would refuse, and warn before that: the author did not write these bytes. The
 * API server sends the object as it stores it. */
static int check_size(struct admission *admission, struct err *err)
{
    const char *text;
    size_t size;

    if (json_view_text(&admission->review.object, &text, &size, err) < 0) {
        return -1;
    }
    size += admission->patch->growth;
    if (size > ADMIT_OBJECT_MAX_BYTES) {
        return err_set(err, ERR_INVALID,
                       "with its volumes the object has more than the %lu bytes that the cluster "
                       "stores",
                       ADMIT_OBJECT_MAX_BYTES);
    }
    if (size > ADMIT_OBJECT_WARN_BYTES) {
        return report_warn(admission->report, err,
                           "with its volumes the object has %zu bytes; the cluster stores at most "
                           "%lu",
                           size, ADMIT_OBJECT_MAX_BYTES);
    }
    return 0;
}

int finish_patch(struct admission *admission, struct err *err)
{
    if (patch_end(admission->patch, err) < 0) {
        return -1;
    }
    return admission->patch->n_operations > 0 ? check_size(admission, err) : 0;
}
