/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The last step: the patch is applied to the object before it is sent
 */

#include <jansson.h>

#include "base/json.h"
#include "webhook/inject/admission.h"

/* Count what is written, and stop writing past what the cluster stores. */
static int count_bytes(const char *bytes, size_t len, void *data)
{
    size_t *size = data;

    (void)bytes;
    *size += len;
    return *size <= ADMIT_OBJECT_MAX_BYTES ? 0 : -1;
}

/* Refuse what etcd would refuse, and warn before that: the author did not write these bytes. */
static int check_size(struct admission *admission, struct err *err)
{
    size_t size = 0;
    int result = json_dump_callback(admission->review->object, count_bytes, &size, JSON_COMPACT);

    if (size > ADMIT_OBJECT_MAX_BYTES) {
        return err_set(err, ERR_INVALID,
                       "with its volumes the object has more than the %lu bytes that the cluster "
                       "stores",
                       ADMIT_OBJECT_MAX_BYTES);
    }
    if (result < 0) {
        return err_no_memory(err);
    }
    if (size > ADMIT_OBJECT_WARN_BYTES) {
        return report_warn(admission->report, err,
                           "with its volumes the object has %zu bytes; the cluster stores at most "
                           "%lu",
                           size, ADMIT_OBJECT_MAX_BYTES);
    }
    return 0;
}

int prove_patch(struct admission *admission, struct err *err)
{
    json_auto_t *operations = NULL;

    if (patch_end(admission->patch, err) < 0) {
        return -1;
    }
    if (admission->patch->n_operations == 0) {
        return 0;
    }
    operations = json_parse_within(buf_text(&admission->patch->text), admission->patch->text.len,
                                   &admission->limits, err);
    if (operations == NULL) {
        if (err->code == ERR_TOO_BIG) {
            return err_set(err, ERR_TOO_BIG, ADMISSION_TOO_MUCH_MEMORY);
        }
        err->code = ERR_INTERNAL;
        return err_wrap(err, "the patch");
    }
    if (patch_apply(admission->review->object, operations, err) < 0) {
        err->code = ERR_INTERNAL;
        return err_wrap(err, "the patch does not apply");
    }
    return check_size(admission, err);
}
