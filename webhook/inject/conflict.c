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

const struct template_defaults conflict_no_defaults;

bool conflict_is_secret(const struct pod_view *pod, const char *name)
{
    for (size_t i = 0; i < pod->secret_names.n; i++) {
        if (strcmp(pod->secret_names.items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The container called @name in one of the two pods, if main's mounts are given to it. Argo joins
 * side containers of a template and of templateDefaults by name. */
static const struct other_container *find_receiver(const struct mount_question *question,
                                                   const char *name)
{
    const struct pod_view *pods[] = {&question->template->pod, &question->defaults->pod};

    for (size_t p = 0; p < 2; p++) {
        for (size_t i = 0; i < pods[p]->others.list.n; i++) {
            const struct other_container *other = &pods[p]->others.list.items[i];
            if (other->gets_mounts && strcmp(other->name, name) == 0) {
                return other;
            }
        }
    }
    return NULL;
}

/* Whose mount it is, for messages. NULL when the arena is full. */
static const char *
owner_of(const struct mount *mount, const struct other_container *other, struct arena *arena)
{
    return other == NULL ? "the template"
                         : arena_printf(arena, "%s '%.63s'", other->role, mount->container);
}

/* Compare with one mount; @out keeps the first caution. */
static int compare_mount(const struct mount_question *question,
                         const struct mount *mount,
                         struct arena *arena,
                         struct mount_finding *out,
                         struct err *err)
{
    const struct other_container *other =
        mount->container != NULL ? find_receiver(question, mount->container) : NULL;
    bool unknown = false;
    enum mount_path_relation relation = relate(question->path, &mount->path, &unknown);
    const char *owner;

    if ((mount->container != NULL && other == NULL) || (relation == MOUNT_PATH_APART && !unknown)) {
        return 0;
    }
    owner = owner_of(mount, other, arena);
    if (owner == NULL) {
        return err_no_memory(err);
    }
    if (relation == MOUNT_PATH_EQUAL) {
        return block(out, REPORT_REASON_MOUNT_PATH,
                     arena_printf(arena, "%s mounts volume '%.63s' there", owner, mount->volume),
                     err);
    }
    if (out->detail != NULL) {
        return 0;
    }
    out->detail = arena_printf(arena, "%s mounts volume '%.63s' at '%.100s', %s", owner,
                               mount->volume, mount->path.text,
                               unknown                         ? "which cannot be compared"
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

/* Whether @mount is where nobody but hawser mounts anything. */
static bool is_ours(const struct mount *mount)
{
    return mount->path.exact &&
           mount_path_relate(mount->path.normal, "/hawser") != MOUNT_PATH_APART;
}

static bool is_asked_for(const struct mount_question *question, const struct mount *mount)
{
    if (strcmp(mount->volume, question->volume) != 0) {
        return false;
    }
    return question->has_own_path
               ? mount->path.exact && strcmp(mount->path.normal, question->path) == 0
               : !is_ours(mount);
}

static const struct mount *find_mount(const struct mount_question *question,
                                      const struct mount_list *mounts)
{
    for (size_t i = 0; i < mounts->list.n; i++) {
        if (is_asked_for(question, &mounts->list.items[i])) {
            return &mounts->list.items[i];
        }
    }
    return NULL;
}

/* The mounts that templateDefaults gives the template's main container. */
static const struct mount_list *default_mounts(const struct mount_question *question)
{
    enum defaults_section section = template_defaults_section(question->template);

    /* For a container set the list is atomic: one of its own replaces that of templateDefaults. */
    if (section == DEFAULTS_CONTAINER_SET && question->template->mounts.list.n > 0) {
        return &conflict_no_defaults.mounts[section];
    }
    return &question->defaults->mounts[section];
}

static int check_name(const struct mount_question *question,
                      struct arena *arena,
                      struct mount_finding *out,
                      struct err *err)
{
    (void)arena;
    if (conflict_is_secret(&question->template->pod, question->volume) ||
        conflict_is_secret(&question->defaults->pod, question->volume)) {
        return block(out, REPORT_REASON_VOLUME_NAME,
                     "Argo gives that name to the volume of an artifact's Secret", err);
    }
    return 0;
}

static int check_present(const struct mount_question *question,
                         struct arena *arena,
                         struct mount_finding *out,
                         struct err *err)
{
    const struct mount *mount = find_mount(question, &question->template->mounts);

    (void)arena;
    (void)err;
    out->present = mount != NULL ? mount : find_mount(question, default_mounts(question));
    if (out->present != NULL) {
        out->verdict = MOUNT_PRESENT;
    }
    return 0;
}

/* A list of its own would take from a container set what templateDefaults gives it. */
static int check_atomic(const struct mount_question *question,
                        struct arena *arena,
                        struct mount_finding *out,
                        struct err *err)
{
    (void)arena;
    if (question->template->type == TEMPLATE_CONTAINER_SET &&
        default_mounts(question)->list.n > 0 && question->defaults != &conflict_no_defaults) {
        return block(out, REPORT_REASON_TEMPLATE_DEFAULTS,
                     "a volumeMounts list of its own would replace that of "
                     "templateDefaults.containerSet",
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
        &question->template->pod.other_mounts,
        &question->defaults->pod.other_mounts,
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (compare_mounts(question, lists[i], arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * An input artifact in, at or around the path would be written into the volume, or be hidden by it
 * (argo-workflows workflow/common/util.go FindOverlappingVolume).
 */
static int check_inputs(const struct mount_question *question,
                        const struct pod_view *pod,
                        struct arena *arena,
                        struct mount_finding *out,
                        struct err *err)
{
    bool unknown = false;

    for (size_t i = 0; i < pod->input_artifacts.list.n; i++) {
        const struct known_path *path = &pod->input_artifacts.list.items[i];
        if (relate(question->path, path, &unknown) != MOUNT_PATH_APART) {
            return block(out, REPORT_REASON_ARTIFACT,
                         arena_printf(arena, "the input artifact at '%.100s' overlaps", path->text),
                         err);
        }
    }
    if (unknown && out->detail == NULL) {
        out->detail = "the path of an input artifact has a variable and cannot be compared";
    }
    return 0;
}

/* An output artifact around the path would archive the whole volume; one at the path does, and may
 * mean to (workflow/executor/executor.go). */
static int check_outputs(const struct mount_question *question,
                         const struct pod_view *pod,
                         struct arena *arena,
                         struct mount_finding *out,
                         struct err *err)
{
    bool unknown = false;

    for (size_t i = 0; i < pod->output_artifacts.list.n; i++) {
        const struct known_path *path = &pod->output_artifacts.list.items[i];
        enum mount_path_relation relation = relate(question->path, path, &unknown);
        if (relation == MOUNT_PATH_INSIDE) {
            return block(out, REPORT_REASON_ARTIFACT,
                         arena_printf(arena,
                                      "the output artifact at '%.100s' would hold the volume",
                                      path->text),
                         err);
        }
        if (relation == MOUNT_PATH_EQUAL && out->detail == NULL) {
            out->detail = "the output artifact at that path is the whole volume";
        }
    }
    if (unknown && out->detail == NULL) {
        out->detail = "the path of an output artifact has a variable and cannot be compared";
    }
    return 0;
}

static int check_artifacts(const struct mount_question *question,
                           struct arena *arena,
                           struct mount_finding *out,
                           struct err *err)
{
    const struct pod_view *pods[] = {&question->template->pod, &question->defaults->pod};

    for (size_t p = 0; p < 2 && out->verdict != MOUNT_BLOCKED; p++) {
        if (check_inputs(question, pods[p], arena, out, err) < 0 ||
            (out->verdict != MOUNT_BLOCKED &&
             check_outputs(question, pods[p], arena, out, err) < 0)) {
            return -1;
        }
    }
    return 0;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '/' || c == '.';
}

/* Whether @word stands in @text between characters that cannot belong to it; a path may go on in
 * slashes and dots that change nothing. */
static bool names(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + len, word)) {
        const char *end = at + len + strspn(at + len, "/.");
        if ((at == text || !is_name_character(at[-1])) && !is_name_character(*end)) {
            return true;
        }
    }
    return false;
}

bool conflict_patches_name(const struct mount_question *question, const char *word)
{
    const char *patches[] = {
        question->template->pod.pod_spec_patch,
        question->workflow_patch,
        question->defaults->pod.pod_spec_patch,
    };

    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        if (patches[i] != NULL && names(patches[i], word)) {
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
    const char *words[] = {question->path, question->volume, question->source};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i] != NULL && conflict_patches_name(question, words[i])) {
            return block(out, REPORT_REASON_POD_SPEC_PATCH,
                         arena_printf(arena, "a podSpecPatch names '%s'", words[i]), err);
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

static size_t pod_cost(const struct pod_view *pod)
{
    return pod->volumes.list.n + pod->input_artifacts.list.n + pod->output_artifacts.list.n +
           pod->secret_names.n + pod->init_containers.list.n + patch_cost(pod->pod_spec_patch);
}

/* How many comparisons it takes to answer. */
static size_t cost(const struct mount_question *question)
{
    const struct template *template = question->template;
    const struct template_defaults *defaults = question->defaults;
    size_t others = template->pod.others.list.n + defaults->pod.others.list.n;
    size_t other_mounts = template->pod.other_mounts.list.n + defaults->pod.other_mounts.list.n;

    return 1 + others + template->mounts.list.n +
           defaults->mounts[template_defaults_section(template)].list.n + other_mounts +
           other_mounts * others + pod_cost(&template->pod) + pod_cost(&defaults->pod) +
           patch_cost(question->workflow_patch);
}

int conflict_spend(size_t *comparisons_left, size_t n, struct err *err)
{
    if (n > *comparisons_left) {
        return err_set(err, ERR_INVALID,
                       "the object has too many containers, mounts, volumes and artifacts to "
                       "compare with its policies");
    }
    *comparisons_left -= n;
    return 0;
}

int conflict_find(const struct mount_question *question,
                  struct arena *arena,
                  struct mount_finding *out,
                  struct err *err)
{
    typedef int check_fn(const struct mount_question *, struct arena *, struct mount_finding *,
                         struct err *);
    static check_fn *const checks[] = {check_name,   check_present,   check_atomic,
                                       check_mounts, check_artifacts, check_patches};

    *out = (struct mount_finding){.verdict = MOUNT_FREE};
    if (conflict_spend(question->comparisons_left, cost(question), err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (checks[i](question, arena, out, err) < 0) {
            return -1;
        }
        if (out->verdict != MOUNT_FREE) {
            return 0;
        }
    }
    return 0;
}
