/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/console.h"
#include "base/yaml_out.h"
#include "webhook/cli/batch.h"
#include "webhook/cli/commands.h"
#include "webhook/cli/unified.h"

#define FLAGS (OPTIONS_OBJECTS | OPTIONS_COLOR)

static bool wants_color(enum options_color color)
{
    return color == OPTIONS_COLOR_ALWAYS || (color == OPTIONS_COLOR_AUTO && console_wants_color());
}

/* Print how @after differs from object number @i. Both are written by us, so that only what hawser
 * does shows, and not how the file was written. */
static int
print_difference(const struct batch *batch, size_t i, json_t *after, bool *differ, struct err *err)
{
    CLEANUP(buf_clear) struct buf before_text = BUF_INIT(MANIFEST_BYTES_MAX);
    CLEANUP(buf_clear) struct buf after_text = BUF_INIT(MANIFEST_BYTES_MAX);
    const struct manifest_object *object = &batch->manifest.objects.items[i];
    const struct unified unified = {
        .label = object->label,
        .before = &before_text,
        .after = &after_text,
        .color = wants_color(batch->options.color),
    };

    if (yaml_out(&before_text, object->value, err) < 0 || yaml_out(&after_text, after, err) < 0) {
        return -1;
    }
    return unified_print(&unified, differ, err);
}

/* Print the difference of object number @i, if any; count in @n_different. */
static int diff_object(struct batch *batch, size_t i, size_t *n_different, struct err *err)
{
    CLEANUP(local_result_clear) struct local_result result = {0};
    bool differ = false;

    if (batch_admit(batch, i, &result, err) < 0) {
        return -1;
    }
    batch_tell(batch, i, &result);
    if (result.denial != NULL ||
        json_equal(batch->manifest.objects.items[i].value, result.object)) {
        return 0;
    }
    if (print_difference(batch, i, result.object, &differ, err) < 0) {
        return -1;
    }
    *n_different += differ ? 1 : 0;
    return 0;
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(batch_clear) struct batch batch = {0};
    size_t n_different = 0;
    struct err err = {0};

    if (batch_start(&batch, argc, argv, FLAGS, &err) < 0) {
        return cmd_fail(&err);
    }
    for (size_t i = 0; i < batch.manifest.objects.n; i++) {
        if (diff_object(&batch, i, &n_different, &err) < 0) {
            return cmd_fail(&err);
        }
    }
    if (batch.n_denied > 0) {
        return CMD_USAGE; /* neither "no difference" nor "different" */
    }
    return n_different > 0 ? CMD_REFUSED : CMD_DONE;
}

const struct command cmd_diff = {
    .name = "diff",
    .summary = "show what hawser would change",
    .synopsis = "diff -f FILE|DIR|- [flags]",
    .about = "Show, as unified diffs, what would be stored if the objects were created on a\n"
             "cluster with hawser. Both sides are written in the same style, so that only real\n"
             "changes show. diff(1) compares. No cluster is asked.\n",
    .flags = FLAGS,
    .exits = "  0  no difference\n"
             "  1  an object would be changed\n"
             "  2  an object was denied, wrong usage, or a bad policy or manifest\n"
             "  3  trouble with files, or with diff(1)\n",
    .example = "  hawser diff -f workflow.yaml --policy scratch\n",
    .run = run,
};
