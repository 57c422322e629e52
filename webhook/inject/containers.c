/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/containers.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "policies/mount_path.h"
#include "policies/reserved.h"
#include "webhook/inject/objects.h"

#define EPHEMERAL_STORAGE "ephemeral-storage"
#define NANO_PER_UNIT     1000000000
#define COPY_BACK_PATH    "/hawser/back/" /* + the volume's name */

/* The user of the image's /etc/passwd (deploy/image/rootfs). */
#define SOMEBODY 65532

/* A volume's name and a path in it, both checked when the policy was loaded. */
#define BACK_PATH_SIZE (SUB_PATH_MAX + 128)

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

static void write_threads(struct json_out *out, const struct copier_spec *spec)
{
    char threads[16];

    (void)snprintf(threads, sizeof(threads), "%u", spec->copier->threads);
    json_out_string(out, "--threads");
    json_out_string(out, threads);
}

static void write_copier_args(struct json_out *out, const struct copier_spec *spec)
{
    json_out_array(out);
    write_threads(out, spec);
    if (spec->installs) {
        json_out_string(out, "--install");
        json_out_string(out, TOOLS_PATH);
    }
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
    if (spec->installs) {
        object_mount(out, &(struct mount_spec){.volume = RESERVED_TOOLS_NAME, .path = TOOLS_PATH});
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

    JSON_OUT_KEY(out, "requests");
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

/* What a container asks for that takes @copies of ephemeral storage. */
static void
write_resources(struct json_out *out, const struct copier_spec *spec, struct quantity copies)
{
    json_t *requests = json_object_get(spec->copier->resources, "requests");
    json_t *limits = json_object_get(spec->copier->resources, "limits");

    if (json_object_get(requests, EPHEMERAL_STORAGE) != NULL ||
        json_object_get(limits, EPHEMERAL_STORAGE) != NULL) {
        copies = (struct quantity){0}; /* the policy decides */
    }
    if (json_object_size(requests) == 0 && json_object_size(limits) == 0 &&
        !quantity_is_positive(copies)) {
        return;
    }
    JSON_OUT_KEY(out, "resources");
    json_out_object(out);
    if (json_object_size(requests) > 0 || quantity_is_positive(copies)) {
        write_requests(out, requests, copies);
    }
    if (json_object_size(limits) > 0) {
        JSON_OUT_KEY(out, "limits");
        json_out_value(out, limits);
    }
    json_out_object_end(out);
}

/* The head of a container that runs `hawser-copy copy`. */
static void write_head(struct json_out *out, const struct copier_spec *spec, const char *name)
{
    JSON_OUT_PAIR(out, "name", name);
    JSON_OUT_PAIR(out, "image", spec->image);
    JSON_OUT_KEY(out, "command");
    json_out_array(out);
    json_out_string(out, "hawser-copy");
    json_out_string(out, "copy");
    json_out_array_end(out);
    JSON_OUT_KEY(out, "args");
}

static int
write_security_context(struct json_out *out, const struct copier_spec *spec, struct err *err)
{
    JSON_OUT_KEY(out, "securityContext");
    json_out_object(out);
    if (joined_write_members(out, &spec->security_context, err) < 0) {
        return -1;
    }
    if (spec->needs_user) {
        JSON_OUT_KEY(out, "runAsUser");
        json_out_int(out, SOMEBODY);
    }
    json_out_object_end(out);
    return 0;
}

static int write_foot(struct json_out *out, const struct copier_spec *spec, struct err *err)
{
    JSON_OUT_PAIR(out, "terminationMessagePolicy", "FallbackToLogsOnError");
    if ((joined_is_there(&spec->security_context) || spec->needs_user) &&
        write_security_context(out, spec, err) < 0) {
        return -1;
    }
    json_out_object_end(out);
    return 0;
}

int container_copier(struct json_out *out, const struct copier_spec *spec, struct err *err)
{
    json_out_object(out);
    write_head(out, spec, COPIER_NAME);
    write_copier_args(out, spec);
    JSON_OUT_KEY(out, "volumeMounts");
    write_copier_mounts(out, spec);
    write_resources(out, spec, ephemeral_storage(spec));
    return write_foot(out, spec, err);
}

/* Where what @copy holds goes: "/hawser/back/workdir/results". */
static void write_back_path(const struct policy_copy *copy, char out[static BACK_PATH_SIZE])
{
    (void)snprintf(out, BACK_PATH_SIZE, COPY_BACK_PATH "%s/%s", copy->from_volume,
                   copy->copy_back->path);
}

static void write_copy_back_args(struct json_out *out, const struct copier_spec *spec)
{
    json_out_array(out);
    write_threads(out, spec);
    json_out_string(out, "--shared");
    for (size_t i = 0; i < spec->copies.n; i++) {
        char path[BACK_PATH_SIZE];
        write_back_path(spec->copies.items[i].copy, path);
        json_out_string(out, spec->copies.items[i].copy->to);
        json_out_string(out, path);
    }
    json_out_array_end(out);
}

static void write_copy_back_mounts(struct json_out *out, const struct copier_spec *spec)
{
    json_out_array(out);
    for (size_t i = 0; i < spec->copies.n; i++) {
        const struct policy_volume *volume = spec->copies.items[i].from;
        char path[256];
        if (reads_again(spec, i)) {
            continue;
        }
        (void)snprintf(path, sizeof(path), COPY_BACK_PATH "%s", volume->name);
        object_mount(out, &(struct mount_spec){
                              .volume = volume->name, .path = path, .sub_path = volume->sub_path});
    }
    json_out_array_end(out);
}

int container_copy_back(struct json_out *out,
                        const struct copier_spec *spec,
                        const struct text_list *dependencies,
                        struct err *err)
{
    json_out_object(out);
    write_head(out, spec, COPY_BACK_NAME);
    write_copy_back_args(out, spec);
    JSON_OUT_KEY(out, "dependencies");
    object_texts(out, dependencies);
    JSON_OUT_KEY(out, "volumeMounts");
    write_copy_back_mounts(out, spec);
    write_resources(out, spec, (struct quantity){0});
    return write_foot(out, spec, err);
}

static int add_word(struct arena *arena, struct text_list *words, const char *word, struct err *err)
{
    const char **added = LIST_ADD(arena, words);

    if (added == NULL || word == NULL) {
        return err_no_memory(err);
    }
    *added = word;
    return 0;
}

/* Each has its own --when: two policies may differ. */
static int add_back(const struct policy_copy *copy,
                    struct arena *arena,
                    struct text_list *words,
                    struct err *err)
{
    const bool is_always = copy->copy_back->when == POLICY_COPY_BACK_ALWAYS;
    char path[BACK_PATH_SIZE];

    write_back_path(copy, path);
    if (add_word(arena, words, "--back", err) < 0 ||
        add_word(arena, words, arena_printf(arena, "%s:%s", copy->to, path), err) < 0 ||
        add_word(arena, words, "--when", err) < 0) {
        return -1;
    }
    return add_word(arena, words, is_always ? "always" : "success", err);
}

const char *container_copy_back_path(const char *volume, struct arena *arena)
{
    return arena_printf(arena, COPY_BACK_PATH "%s", volume);
}

int container_wrap(const struct copier_spec *spec,
                   struct arena *arena,
                   struct text_list *words,
                   struct err *err)
{
    if (add_word(arena, words, TOOLS_PATH "/" COPIER_NAME, err) < 0 ||
        add_word(arena, words, "run", err) < 0 || add_word(arena, words, "--threads", err) < 0 ||
        add_word(arena, words, arena_printf(arena, "%u", spec->copier->threads), err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < spec->copies.n; i++) {
        if (add_back(spec->copies.items[i].copy, arena, words, err) < 0) {
            return -1;
        }
    }
    return add_word(arena, words, "--", err);
}
