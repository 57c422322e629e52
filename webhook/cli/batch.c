/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/batch.h"

#include "base/console.h"
#include "policies/load.h"

/* Places and labels of objects; those of 64 MiB of the smallest objects need a fraction of it. */
#define ARENA_MAX (1024UL * 1024 * 1024)

void batch_clear(struct batch *batch)
{
    manifest_clear(&batch->manifest);
    policy_set_unref(batch->policies);
    arena_free(batch->scratch);
    arena_free(batch->arena);
    *batch = (struct batch){0};
}

static int read_manifests(struct batch *batch, struct err *err)
{
    const struct text_list *names = &batch->options.filenames;

    batch->manifest.arena = batch->arena;
    for (size_t i = 0; i < names->n; i++) {
        if (manifest_read(&batch->manifest, names->items[i], err) < 0) {
            return -1;
        }
    }
    if (batch->manifest.objects.n == 0) {
        return err_set(err, ERR_INVALID, "%s%s holds no objects",
                       names->n > 1 ? "none of the files behind -f, such as " : "",
                       names->items[0]);
    }
    return 0;
}

int batch_start(struct batch *batch, int argc, char **argv, unsigned int accepted, struct err *err)
{
    batch->arena = arena_new(ARENA_MAX);
    if (batch->arena == NULL) {
        return err_no_memory(err);
    }
    if (options_parse(argc, argv, accepted, batch->arena, &batch->options, err) < 0) {
        return -1;
    }
    batch->policies = batch->options.policies != NULL ? policy_load(batch->options.policies, err)
                                                      : policy_load_shipped(err);
    return batch->policies != NULL ? read_manifests(batch, err) : -1;
}

int batch_admit(struct batch *batch, size_t i, struct local_result *out, struct err *err)
{
    const struct manifest_object *object = &batch->manifest.objects.items[i];
    const struct local_options options = {
        .admit = {.policies = batch->policies, .copier_image = batch->options.copier_image},
        .namespace = batch->options.namespace,
        .policy = batch->options.policy,
    };

    arena_free(batch->scratch);
    batch->scratch = arena_new(ADMIT_ARENA_MAX);
    if (batch->scratch == NULL) {
        return err_no_memory(err);
    }
    if (local_admit(&options, object->value, batch->scratch, out, err) < 0) {
        return err_wrap(err, "%s: %s", object->place, object->label);
    }
    batch->n_denied += out->denial != NULL ? 1 : 0;
    return 0;
}

void batch_tell(const struct batch *batch, size_t i, const struct local_result *result)
{
    const struct manifest_object *object = &batch->manifest.objects.items[i];
    const char *label = batch->manifest.objects.n > 1 ? object->label : NULL;

    for (size_t w = 0; w < result->warnings.n; w++) {
        console_warn(label, result->warnings.items[w]);
    }
    if (result->denial != NULL) {
        console_say("%s: %s is denied: %s", object->place, object->label, result->denial);
    }
}
