/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/console.h"
#include "base/json.h"
#include "base/yaml_out.h"
#include "policies/annotations.h"
#include "webhook/cli/batch.h"
#include "webhook/cli/commands.h"
#include "webhook/cli/pretty.h"

#define FLAGS (OPTIONS_OBJECTS | OPTIONS_OUTPUT)

/* Four input files of the largest size; what is larger is no longer looked at by anyone. */
#define OUTPUT_MAX (4UL * MANIFEST_BYTES_MAX)

/* The objects as they would be stored, NULL where one is denied. */
struct outcome {
    json_t **objects;
    size_t n;
};

static void outcome_clear(struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->n; i++) {
        json_decref(outcome->objects[i]);
    }
    free(outcome->objects);
}

static inline void outcome_clear_p(struct outcome *outcome)
{
    outcome_clear(outcome);
}

/* The status annotation is JSON; what somebody wrote there by hand is shown as the string it is. */
static int write_status(struct buf *out, const json_t *object, struct err *err)
{
    const json_t *metadata = json_object_get(object, "metadata");
    json_t *text = json_object_get(json_object_get(metadata, "annotations"), ANNOTATION_STATUS);
    json_auto_t *status = NULL;
    struct err ignored = {0};

    if (json_is_string(text)) {
        status = json_parse(json_string_value(text), json_string_length(text), &ignored);
    }
    if (status == NULL) {
        status = text != NULL ? json_incref(text) : json_null();
    }
    pretty_write(out, status);
    return buf_check(out, "the output", err);
}

/* Write what -o patch and -o status want of one object. */
static int write_detail(struct buf *out,
                        enum options_output output,
                        struct local_result *result,
                        struct err *err)
{
    if (output == OPTIONS_STATUS) {
        return write_status(out, result->object, err);
    }
    if (output == OPTIONS_PATCH) {
        pretty_write(out, result->patch);
    }
    return buf_check(out, "the output", err);
}

/* Admit all objects: keep them in @outcome, and write to @out what is written object by object. */
static int admit_all(struct batch *batch, struct outcome *outcome, struct buf *out, struct err *err)
{
    outcome->objects = calloc(batch->manifest.objects.n, sizeof(json_t *));
    if (outcome->objects == NULL) {
        return err_no_memory(err);
    }
    outcome->n = batch->manifest.objects.n;
    for (size_t i = 0; i < outcome->n; i++) {
        CLEANUP(local_result_clear) struct local_result result = {0};
        if (batch_admit(batch, i, &result, err) < 0) {
            return -1;
        }
        batch_tell(batch, i, &result);
        if (result.denial != NULL) {
            continue;
        }
        if (write_detail(out, batch->options.output, &result, err) < 0) {
            return -1;
        }
        outcome->objects[i] = TAKE(result.object);
    }
    return 0;
}

/* Write the documents as they came, separated by "---". */
static int write_yaml(struct buf *out,
                      const struct manifest *manifest,
                      const struct outcome *outcome,
                      struct err *err)
{
    json_t *const *results = outcome->objects;

    for (size_t i = 0; i < manifest->documents.n; i++) {
        const struct manifest_document *document = &manifest->documents.items[i];
        json_auto_t *value = NULL;
        if (manifest_rebuild(document, results, &value, err) < 0) {
            return -1;
        }
        results += document->n_objects;
        if (value == NULL) {
            continue;
        }
        if (out->len > 0) {
            buf_add_text(out, "---\n");
        }
        if (yaml_out(out, value, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The objects in a List, as kubectl prints several. */
static json_t *make_list(const struct outcome *outcome, struct err *err)
{
    json_t *items = json_array();
    json_auto_t *list =
        json_pack("{s:s, s:s, s:o}", "apiVersion", "v1", "kind", "List", "items", items);

    for (size_t i = 0; list != NULL && i < outcome->n; i++) {
        if (outcome->objects[i] != NULL && json_array_append(items, outcome->objects[i]) < 0) {
            err_no_memory(err);
            return NULL;
        }
    }
    if (list == NULL) {
        err_no_memory(err);
    }
    return TAKE(list);
}

static int write_json(struct buf *out,
                      const struct manifest *manifest,
                      const struct outcome *outcome,
                      struct err *err)
{
    json_auto_t *value = NULL;

    if (manifest->documents.n > 1) {
        value = make_list(outcome, err);
        if (value == NULL) {
            return -1;
        }
    } else if (manifest_rebuild(&manifest->documents.items[0], outcome->objects, &value, err) < 0) {
        return -1;
    }
    if (value != NULL) {
        pretty_write(out, value);
    }
    return buf_check(out, "the output", err);
}

static int write_objects(struct buf *out,
                         const struct batch *batch,
                         const struct outcome *outcome,
                         struct err *err)
{
    switch (batch->options.output) {
    case OPTIONS_YAML:
        return write_yaml(out, &batch->manifest, outcome, err);
    case OPTIONS_JSON:
        return write_json(out, &batch->manifest, outcome, err);
    case OPTIONS_PATCH:
    case OPTIONS_STATUS:
        break;
    }
    return 0;
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(batch_clear) struct batch batch = {0};
    CLEANUP(outcome_clear) struct outcome outcome = {0};
    CLEANUP(buf_clear) struct buf out = BUF_INIT(OUTPUT_MAX);
    struct err err = {0};

    if (batch_start(&batch, argc, argv, FLAGS, &err) < 0 ||
        admit_all(&batch, &outcome, &out, &err) < 0 ||
        write_objects(&out, &batch, &outcome, &err) < 0 || console_write(&out, &err) < 0) {
        return cmd_fail(&err);
    }
    return batch.n_denied > 0 ? CMD_REFUSED : CMD_DONE;
}

const struct command cmd_dry_run = {
    .name = "dry-run",
    .summary = "print objects as hawser would have them stored",
    .synopsis = "dry-run -f FILE|DIR|- [flags]",
    .about =
        "Print the objects as they would be stored if they were created on a cluster with hawser.\n"
        "\n"
        "Only YAML or JSON goes to standard output; warnings, and the reasons why an object is\n"
        "denied, go to standard error. Objects of other kinds pass unchanged, a denied object is\n"
        "left out. With -o patch and -o status there is one JSON value for each object, in order.\n"
        "Nothing is printed when a policy or a manifest is wrong. No cluster is asked.\n",
    .flags = FLAGS,
    .exits = "  0  done\n"
             "  1  an object was denied\n"
             "  2  wrong usage, or a bad policy or manifest\n"
             "  3  trouble with files\n",
    .example = "  hawser dry-run -f workflow.yaml --policy scratch\n"
               "  hawser dry-run -f workflows/ -p policies/ -n team-a | kubectl create -f -\n"
               "  kubectl get workflowtemplates -o yaml | hawser dry-run -f - -o patch\n",
    .run = run,
};
