/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/objects.h"

#include "policies/reserved.h"

/* The program has 1 MiB; a disk that fills up is noticed by the kubelet. */
#define TOOLS_SIZE_LIMIT "16Mi"

const char *object_copy_volume_name(const struct policy_copy *copy, struct arena *arena)
{
    return arena_printf(arena, RESERVED_PREFIX "%s", copy->name);
}

void object_mount(struct json_out *out, const struct mount_spec *mount)
{
    json_out_object(out);
    JSON_OUT_PAIR(out, "name", mount->volume);
    JSON_OUT_PAIR(out, "mountPath", mount->path);
    if (mount->sub_path != NULL) {
        JSON_OUT_PAIR(out, "subPath", mount->sub_path);
    }
    if (mount->read_only) {
        JSON_OUT_KEY(out, "readOnly");
        json_out_bool(out, true);
    }
    json_out_object_end(out);
}

static void write_empty_dir(struct json_out *out, const char *medium, const char *size_limit)
{
    JSON_OUT_KEY(out, "emptyDir");
    json_out_object(out);
    if (medium[0] != '\0') {
        JSON_OUT_PAIR(out, "medium", medium);
    }
    if (size_limit != NULL) {
        JSON_OUT_PAIR(out, "sizeLimit", size_limit);
    }
    json_out_object_end(out);
}

static void write_claim(struct json_out *out, const struct volume_spec *volume)
{
    JSON_OUT_KEY(out, "persistentVolumeClaim");
    json_out_object(out);
    JSON_OUT_PAIR(out, "claimName", volume->persistent->claim_name);
    if (volume->read_only) {
        /* Argo mounts main's volumes into its own containers without readOnly: only the volume
         * itself can forbid writing (workflow/controller/workflowpod.go). */
        JSON_OUT_KEY(out, "readOnly");
        json_out_bool(out, true);
    }
    json_out_object_end(out);
}

void object_volume(struct json_out *out, const struct volume_spec *volume)
{
    json_out_object(out);
    JSON_OUT_PAIR(out, "name", volume->name);
    if (volume->copy != NULL) {
        write_empty_dir(out, volume->copy->medium, volume->copy->size_limit);
    } else if (volume->persistent != NULL) {
        write_claim(out, volume);
    } else {
        write_empty_dir(out, "", TOOLS_SIZE_LIMIT);
    }
    json_out_object_end(out);
}

void object_texts(struct json_out *out, const struct text_list *texts)
{
    json_out_array(out);
    for (size_t i = 0; i < texts->n; i++) {
        json_out_string(out, texts->items[i]);
    }
    json_out_array_end(out);
}

void object_claim_template(struct json_out *out, const struct policy_volume *volume)
{
    json_out_object(out);
    JSON_OUT_KEY(out, "metadata");
    json_out_object(out);
    JSON_OUT_PAIR(out, "name", volume->name);
    json_out_object_end(out);
    JSON_OUT_KEY(out, "spec");
    json_out_object(out);
    JSON_OUT_KEY(out, "accessModes");
    object_texts(out, &volume->transient->access_modes);
    JSON_OUT_PAIR(out, "storageClassName", volume->transient->storage_class_name);
    JSON_OUT_KEY(out, "resources");
    json_out_object(out);
    JSON_OUT_KEY(out, "requests");
    json_out_object(out);
    JSON_OUT_PAIR(out, "storage", volume->transient->size);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
}
