/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/conflict.h"

#include <string.h>

#include "policies/mount_path.h"

const struct volume *conflict_volume(const struct volume_list *volumes, const char *name)
{
    for (size_t i = 0; i < volumes->list.n; i++) {
        if (strcmp(volumes->list.items[i].name, name) == 0) {
            return &volumes->list.items[i];
        }
    }
    return NULL;
}

const struct init_container *conflict_init_container(const struct init_container_list *containers,
                                                     const char *name)
{
    for (size_t i = 0; i < containers->list.n; i++) {
        if (strcmp(containers->list.items[i].name, name) == 0) {
            return &containers->list.items[i];
        }
    }
    return NULL;
}

/* Set @out to MOUNT_BLOCKED with a detail from the arena, which may have been full. */
static int
block(struct mount_finding *out, enum report_reason reason, const char *detail, struct err *err)
{
    *out = (struct mount_finding){
        .verdict = MOUNT_BLOCKED,
        .reason = reason,
        .detail = detail,
    };
    return detail != NULL ? 0 : err_no_memory(err);
}

static const char *owner_of(const struct mount *mount)
{
    return mount->owner != NULL ? mount->owner : "the template";
}

/* How the mount path @path lies to @known, which may be known in part only. */
static enum mount_path_relation
relate(const char *path, const struct known_path *known, bool *unknown)
{
    enum mount_path_relation relation;

    if (known->normal == NULL) {
        *unknown = true;
        return MOUNT_PATH_APART;
    }
    relation = mount_path_relate(path, known->normal);
    if (known->exact) {
        return relation;
    }
    /* Below the certain part there is more. */
    if (relation == MOUNT_PATH_EQUAL || relation == MOUNT_PATH_OUTSIDE) {
        return MOUNT_PATH_OUTSIDE;
    }
    *unknown |= relation == MOUNT_PATH_INSIDE;
    return MOUNT_PATH_APART;
}

/* Compare with one mount; @out keeps the first caution. */
static int compare_mount(const struct mount_question *question,
                         const struct mount *mount,
                         struct arena *arena,
                         struct mount_finding *out,
                         struct err *err)
{
    bool unknown = false;
    enum mount_path_relation relation = relate(question->path, &mount->path, &unknown);

    if (relation == MOUNT_PATH_EQUAL) {
        return block(
            out, REPORT_REASON_MOUNT_PATH,
            arena_printf(arena, "%s mounts volume '%.63s' there", owner_of(mount), mount->volume),
            err);
    }
    if (out->detail != NULL || (relation == MOUNT_PATH_APART && !unknown)) {
        return 0;
    }
    out->detail = arena_printf(arena, "%s mounts volume '%.63s' at '%.100s', %s", owner_of(mount),
                               mount->volume, mount->path.text,
                               unknown ? "which cannot be compared before variables are replaced"
                               : relation == MOUNT_PATH_INSIDE ? "around it"
                                                               : "inside it");
    return out->detail != NULL ? 0 : err_no_memory(err);
}

static int compare_mounts(const struct mount_question *question,
                          const struct mount_list *mounts,
                          struct arena *arena,
                          struct mount_finding *out,
                          struct err *err)
{
    for (size_t i = 0; i < mounts->list.n && out->verdict != MOUNT_BLOCKED; i++) {
        if (compare_mount(question, &mounts->list.items[i], arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static const struct mount *find_mount(const struct mount_list *mounts, const char *volume)
{
    for (size_t i = 0; i < mounts->list.n; i++) {
        if (strcmp(mounts->list.items[i].volume, volume) == 0) {
            return &mounts->list.items[i];
        }
    }
    return NULL;
}

static const struct mount_list no_mounts;

/* The mounts that templateDefaults gives the template's main container. */
static const struct mount_list *default_mounts(const struct mount_question *question)
{
    enum defaults_section section = template_defaults_section(question->template);

    /* For a container set the list is atomic: one of its own replaces that of templateDefaults. */
    if (question->defaults == NULL ||
        (section == DEFAULTS_CONTAINER_SET && question->template->mounts.list.n > 0)) {
        return &no_mounts;
    }
    return &question->defaults->mounts[section];
}

/* Argo names a volume after each Secret that an artifact needs. */
static int check_name(const struct mount_question *question,
                      struct arena *arena,
                      struct mount_finding *out,
                      struct err *err)
{
    const struct text_list *secrets = &question->template->secret_names;

    for (size_t i = 0; i < secrets->n; i++) {
        if (strcmp(secrets->items[i], question->volume) == 0) {
            return block(out, REPORT_REASON_VOLUME_NAME,
                         arena_printf(arena, "Argo calls the volume of an artifact's Secret '%s'",
                                      question->volume),
                         err);
        }
    }
    return 0;
}

static void find_present(const struct mount_question *question, struct mount_finding *out)
{
    const struct mount_list *defaults = default_mounts(question);
    const struct mount *mount = find_mount(&question->template->mounts, question->volume);

    if (mount == NULL) {
        mount = find_mount(defaults, question->volume);
    }
    if (mount != NULL) {
        out->verdict = MOUNT_PRESENT;
        out->path = mount->path.exact ? mount->path.normal : NULL;
    }
}

/* A list of its own would take from a container set what templateDefaults gives it. */
static int check_atomic(const struct mount_question *question,
                        struct arena *arena,
                        struct mount_finding *out,
                        struct err *err)
{
    const struct mount_list *defaults = default_mounts(question);

    if (question->template->type == TEMPLATE_CONTAINER_SET && defaults->list.n > 0) {
        return block(out, REPORT_REASON_TEMPLATE_DEFAULTS,
                     arena_printf(arena, "a volumeMounts list of its own would replace that of "
                                         "templateDefaults.containerSet"),
                     err);
    }
    return 0;
}

static int check_mounts(const struct mount_question *question,
                        struct arena *arena,
                        struct mount_finding *out,
                        struct err *err)
{
    const struct mount_list *lists[] = {
        &question->template->mounts,
        default_mounts(question),
        &question->template->other_mounts,
        question->defaults != NULL ? &question->defaults->other_mounts : &no_mounts,
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (compare_mounts(question, lists[i], arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * An input artifact in, at or around the path would be written into the volume, or be hidden by it;
 * an output artifact around it would archive the whole volume (argo-workflows
 * workflow/common/util.go FindOverlappingVolume, workflow/executor/executor.go).
 */
static int check_artifacts(const struct mount_question *question,
                           struct arena *arena,
                           struct mount_finding *out,
                           struct err *err)
{
    const struct path_list *inputs = &question->template->input_artifacts;
    const struct path_list *outputs = &question->template->output_artifacts;
    bool unknown = false;

    for (size_t i = 0; i < inputs->list.n; i++) {
        const struct known_path *path = &inputs->list.items[i];
        if (relate(question->path, path, &unknown) != MOUNT_PATH_APART) {
            return block(out, REPORT_REASON_ARTIFACT,
                         arena_printf(arena, "the input artifact at '%.100s' overlaps", path->text),
                         err);
        }
    }
    for (size_t i = 0; i < outputs->list.n; i++) {
        const struct known_path *path = &outputs->list.items[i];
        if (relate(question->path, path, &unknown) == MOUNT_PATH_INSIDE) {
            return block(out, REPORT_REASON_ARTIFACT,
                         arena_printf(arena,
                                      "the output artifact at '%.100s' would hold the volume",
                                      path->text),
                         err);
        }
    }
    if (unknown && out->detail == NULL) {
        out->detail =
            arena_printf(arena, "an artifact's path has a variable and cannot be compared");
        return out->detail != NULL ? 0 : err_no_memory(err);
    }
    return 0;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '/' || c == '.';
}

/* Whether @word stands in @text between characters that cannot belong to it. */
static bool names(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        if ((at == text || !is_name_character(at[-1])) && !is_name_character(at[len])) {
            return true;
        }
    }
    return false;
}

/* A podSpecPatch is applied last and unseen by Argo: what it names is its author's business. */
static int check_patches(const struct mount_question *question,
                         struct arena *arena,
                         struct mount_finding *out,
                         struct err *err)
{
    const char *patches[] = {
        question->template->pod_spec_patch,
        question->workflow_patch,
        question->defaults != NULL ? question->defaults->pod_spec_patch : NULL,
    };

    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        const char *word = NULL;
        if (patches[i] == NULL) {
            continue;
        }
        if (names(patches[i], question->path)) {
            word = question->path;
        } else if (names(patches[i], question->volume)) {
            word = question->volume;
        } else if (question->source != NULL && names(patches[i], question->source)) {
            word = question->source;
        }
        if (word != NULL) {
            return block(out, REPORT_REASON_POD_SPEC_PATCH,
                         arena_printf(arena, "a podSpecPatch names '%s'", word), err);
        }
    }
    return 0;
}

/* Bytes of a podSpecPatch that are searched in the time of one comparison, roughly. */
#define BYTES_PER_COMPARISON 64

static size_t patch_cost(const char *patch)
{
    return patch != NULL ? strlen(patch) / BYTES_PER_COMPARISON : 0;
}

/* How many comparisons it takes to answer. */
static size_t cost(const struct mount_question *question)
{
    const struct template *template = question->template;
    const struct template_defaults *defaults = question->defaults;
    size_t sum = 1 + template->mounts.list.n + template->other_mounts.list.n +
                 template->input_artifacts.list.n + template->output_artifacts.list.n +
                 template->secret_names.n + patch_cost(template->pod_spec_patch) +
                 patch_cost(question->workflow_patch);

    if (defaults != NULL) {
        sum += defaults->mounts[template_defaults_section(template)].list.n +
               defaults->other_mounts.list.n + defaults->volumes.list.n +
               patch_cost(defaults->pod_spec_patch);
    }
    return sum;
}

static int spend(const struct mount_question *question, struct err *err)
{
    size_t spent = cost(question);

    if (spent > *question->comparisons_left) {
        return err_set(err, ERR_INVALID,
                       "the object has too many mounts, volumes and artifacts to compare with its "
                       "policies");
    }
    *question->comparisons_left -= spent;
    return 0;
}

int conflict_find(const struct mount_question *question,
                  struct arena *arena,
                  struct mount_finding *out,
                  struct err *err)
{
    typedef int check_fn(const struct mount_question *, struct arena *, struct mount_finding *,
                         struct err *);
    static check_fn *const checks[] = {check_atomic, check_mounts, check_artifacts, check_patches};

    *out = (struct mount_finding){.verdict = MOUNT_FREE};
    if (spend(question, err) < 0 || check_name(question, arena, out, err) < 0) {
        return -1;
    }
    if (out->verdict == MOUNT_FREE) {
        find_present(question, out);
    }
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (out->verdict != MOUNT_FREE) {
            return 0;
        }
        if (checks[i](question, arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}
