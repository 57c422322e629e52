/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/objects.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "policies/mount_path.h"
#include "policies/reserved.h"

#define EPHEMERAL_STORAGE "ephemeral-storage"
#define NANO_PER_UNIT     1000000000

const char *object_copy_volume_name(const struct policy_copy *copy, struct arena *arena)
{
    return arena_printf(arena, RESERVED_PREFIX "%s", copy->name);
}

void object_mount(struct json_out *out, const struct mount_spec *mount)
{
    json_out_object(out);
    json_out_pair(out, "name", mount->volume);
    json_out_pair(out, "mountPath", mount->path);
    if (mount->sub_path != NULL) {
        json_out_pair(out, "subPath", mount->sub_path);
    }
    if (mount->read_only) {
        json_out_key(out, "readOnly");
        json_out_bool(out, true);
    }
    json_out_object_end(out);
}

static void write_empty_dir(struct json_out *out, const struct policy_copy *copy)
{
    json_out_key(out, "emptyDir");
    json_out_object(out);
    if (copy->medium[0] != '\0') {
        json_out_pair(out, "medium", copy->medium);
    }
    if (copy->size_limit != NULL) {
        json_out_pair(out, "sizeLimit", copy->size_limit);
    }
    json_out_object_end(out);
}

static void write_claim(struct json_out *out, const struct volume_spec *volume)
{
    json_out_key(out, "persistentVolumeClaim");
    json_out_object(out);
    json_out_pair(out, "claimName", volume->persistent->claim_name);
    if (volume->read_only) {
        /* Argo mounts main's volumes into its own containers without readOnly: only the volume
         * itself can forbid writing (workflow/controller/workflowpod.go). */
        json_out_key(out, "readOnly");
        json_out_bool(out, true);
    }
    json_out_object_end(out);
}

void object_volume(struct json_out *out, const struct volume_spec *volume)
{
    json_out_object(out);
    json_out_pair(out, "name", volume->name);
    if (volume->copy != NULL) {
        write_empty_dir(out, volume->copy);
    } else {
        write_claim(out, volume);
    }
    json_out_object_end(out);
}

static void write_texts(struct json_out *out, const struct text_list *texts)
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
    json_out_key(out, "metadata");
    json_out_object(out);
    json_out_pair(out, "name", volume->name);
    json_out_object_end(out);
    json_out_key(out, "spec");
    json_out_object(out);
    json_out_key(out, "accessModes");
    write_texts(out, &volume->transient->access_modes);
    json_out_pair(out, "storageClassName", volume->transient->storage_class_name);
    json_out_key(out, "resources");
    json_out_object(out);
    json_out_key(out, "requests");
    json_out_object(out);
    json_out_pair(out, "storage", volume->transient->size);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
    json_out_object_end(out);
}

/* The size limit of @copy, which was checked when the policy was loaded; zero when there is none.
 */
static struct quantity size_limit(const struct policy_copy *copy)
{
    struct quantity limit = {0};
    struct err err = {0};

    if (copy->size_limit != NULL) {
        int parsed = quantity_parse(copy->size_limit, &limit, &err);
        assert(parsed == 0);
        (void)parsed;
    }
    return limit;
}

static void write_globs(struct json_out *out, const char *option, const struct text_list *globs)
{
    for (size_t i = 0; i < globs->n; i++) {
        json_out_string(out, option);
        json_out_string(out, globs->items[i]);
    }
}

static void write_joined(struct json_out *out, const char *a, const char *b, const char *c)
{
    char path[MOUNT_PATH_MAX + 128]; /* both parts were checked when the policy was loaded */

    (void)snprintf(path, sizeof(path), "%s%s%s%s", a, b, c != NULL ? "/" : "", c != NULL ? c : "");
    json_out_string(out, path);
}

static void write_copy_args(struct json_out *out, const struct copy_spec *spec)
{
    const struct policy_copy *copy = spec->copy;
    char bytes[32];

    write_globs(out, "--include", &copy->include);
    write_globs(out, "--exclude", &copy->exclude);
    if (copy->missing == POLICY_MISSING_EMPTY) {
        json_out_string(out, "--missing");
        json_out_string(out, "empty");
    }
    if (copy->size_limit != NULL) {
        (void)snprintf(bytes, sizeof(bytes), "%lld",
                       (long long)(size_limit(copy).nano / NANO_PER_UNIT));
        json_out_string(out, "--max-bytes");
        json_out_string(out, bytes);
    }
    write_joined(out, COPIER_FROM_PATH, spec->from->name, copy->from_path);
    write_joined(out, COPIER_TO_PATH, copy->name, NULL);
}

static void write_copier_args(struct json_out *out, const struct copier_spec *spec)
{
    char threads[16];

    (void)snprintf(threads, sizeof(threads), "%u", spec->copier->threads);
    json_out_array(out);
    json_out_string(out, "--threads");
    json_out_string(out, threads);
    for (size_t i = 0; i < spec->copies.n; i++) {
        write_copy_args(out, &spec->copies.items[i]);
    }
    json_out_array_end(out);
}

/* Whether one of the copies before number @index reads from the same volume. */
static bool reads_again(const struct copier_spec *spec, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(spec->copies.items[i].from->name, spec->copies.items[index].from->name) == 0) {
            return true;
        }
    }
    return false;
}

static void write_copier_mounts(struct json_out *out, const struct copier_spec *spec)
{
    json_out_array(out);
    for (size_t i = 0; i < spec->copies.n; i++) {
        const struct copy_spec *copy = &spec->copies.items[i];
        char path[256];
        char volume[256];
        if (!reads_again(spec, i)) {
            (void)snprintf(path, sizeof(path), COPIER_FROM_PATH "%s", copy->from->name);
            object_mount(out, &(struct mount_spec){.volume = copy->from->name,
                                                   .path = path,
                                                   .sub_path = copy->from->sub_path,
                                                   .read_only = true});
        }
        (void)snprintf(path, sizeof(path), COPIER_TO_PATH "%s", copy->copy->name);
        (void)snprintf(volume, sizeof(volume), RESERVED_PREFIX "%s", copy->copy->name);
        object_mount(out, &(struct mount_spec){.volume = volume, .path = path});
    }
    json_out_array_end(out);
}

/* What the copies may take of the node's disk; those in memory do not count. */
static struct quantity ephemeral_storage(const struct copier_spec *spec)
{
    struct quantity sum = {0};

    for (size_t i = 0; i < spec->copies.n; i++) {
        const struct policy_copy *copy = spec->copies.items[i].copy;
        if (copy->medium[0] == '\0') {
            sum = quantity_add(sum, size_limit(copy));
        }
    }
    return sum;
}

/* The members of @requests, and what the copies take of ephemeral storage. */
static void write_requests(struct json_out *out, json_t *requests, struct quantity copies)
{
    char text[QUANTITY_TEXT_SIZE];
    const char *name;
    json_t *amount;

    json_out_key(out, "requests");
    json_out_object(out);
    json_object_foreach (requests, name, amount) {
        json_out_key(out, name);
        json_out_value(out, amount);
    }
    if (quantity_is_positive(copies)) {
        quantity_text(copies, text);
        json_out_pair(out, EPHEMERAL_STORAGE, text);
    }
    json_out_object_end(out);
}

static void write_resources(struct json_out *out, const struct copier_spec *spec)
{
    json_t *requests = json_object_get(spec->copier->resources, "requests");
    json_t *limits = json_object_get(spec->copier->resources, "limits");
    struct quantity copies = ephemeral_storage(spec);

    if (json_object_get(requests, EPHEMERAL_STORAGE) != NULL ||
        json_object_get(limits, EPHEMERAL_STORAGE) != NULL) {
        copies = (struct quantity){0}; /* the policy decides */
    }
    if (json_object_size(requests) == 0 && json_object_size(limits) == 0 &&
        !quantity_is_positive(copies)) {
        return;
    }
    json_out_key(out, "resources");
    json_out_object(out);
    if (json_object_size(requests) > 0 || quantity_is_positive(copies)) {
        write_requests(out, requests, copies);
    }
    if (json_object_size(limits) > 0) {
        json_out_key(out, "limits");
        json_out_value(out, limits);
    }
    json_out_object_end(out);
}

void object_copier(struct json_out *out, const struct copier_spec *spec)
{
    json_out_object(out);
    json_out_pair(out, "name", COPIER_NAME);
    json_out_pair(out, "image", spec->image);
    json_out_key(out, "command");
    json_out_array(out);
    json_out_string(out, "hawser-copy");
    json_out_string(out, "copy");
    json_out_array_end(out);
    json_out_key(out, "args");
    write_copier_args(out, spec);
    json_out_key(out, "volumeMounts");
    write_copier_mounts(out, spec);
    write_resources(out, spec);
    if (spec->security_context != NULL) {
        json_out_key(out, "securityContext");
        json_out_value(out, spec->security_context);
    }
    json_out_object_end(out);
}
