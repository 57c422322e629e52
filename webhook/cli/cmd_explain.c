/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/console.h"
#include "webhook/cli/batch.h"
#include "webhook/cli/commands.h"
#include "webhook/cli/explain.h"

#define FLAGS OPTIONS_OBJECTS

static int explain_object(struct batch *batch, size_t i, struct buf *out, struct err *err)
{
    CLEANUP(local_result_clear) struct local_result result = {0};
    const struct manifest_object *object = &batch->manifest.objects.items[i];

    if (batch_admit(batch, i, &result, err) < 0) {
        return -1;
    }
    if (i > 0) {
        buf_add_char(out, '\n');
    }
    if (result.asked) {
        explain_write(out, object->label, &result.report);
    } else {
        buf_printf(out, "%s: not a kind that hawser handles\n", object->label);
    }
    return buf_check(out, "the output", err);
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(batch_clear) struct batch batch = {0};
    CLEANUP(buf_clear) struct buf out = BUF_INIT(MANIFEST_BYTES_MAX);
    struct err err = {0};

    if (batch_start(&batch, argc, argv, FLAGS, &err) < 0) {
        return cmd_fail(&err);
    }
    for (size_t i = 0; i < batch.manifest.objects.n; i++) {
        if (explain_object(&batch, i, &out, &err) < 0) {
            return cmd_fail(&err);
        }
    }
    if (console_write(&out, &err) < 0) {
        return cmd_fail(&err);
    }
    return batch.n_denied > 0 ? CMD_REFUSED : CMD_DONE;
}

const struct command cmd_explain = {
    .name = "explain",
    .summary = "say what hawser would do, template by template, and why",
    .synopsis = "explain -f FILE|DIR|- [flags]",
    .about = "Say what hawser would do to each object if it were created now: template by\n"
             "template, what is added, and why the rest is not. Why an object is denied is part\n"
             "of the text. No cluster is asked.\n",
    .flags = FLAGS,
    .exits = "  0  done\n"
             "  1  an object was denied\n"
             "  2  wrong usage, or a bad policy or manifest\n"
             "  3  trouble with files\n",
    .example = "  hawser explain -f workflow.yaml --policy scratch\n",
    .run = run,
};
