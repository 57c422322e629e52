/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/uninstall_uses.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/server_objects.h"

static const json_t *metadata_of(const json_t *object)
{
    return json_object_get(object, "metadata");
}

static const json_t *spec_of(const json_t *object)
{
    return json_object_get(object, "spec");
}

static const char *name_of(const json_t *object)
{
    return json_text_of(metadata_of(object), "name");
}

static const char *label(const json_t *object, const char *key)
{
    return json_text_of(json_object_get(metadata_of(object), "labels"), key);
}

static const char *annotation(const json_t *object, const char *key)
{
    return json_text_of(json_object_get(metadata_of(object), "annotations"), key);
}

static const char *phase_of(const json_t *object)
{
    return json_text_of(json_object_get(object, "status"), "phase");
}

/*
 * Sets of names
 */

static bool add_name(json_t *set, const char *name)
{
    return name[0] == '\0' || json_object_set_new(set, name, json_true()) == 0;
}

static bool has_name(const json_t *set, const char *name)
{
    return json_object_get(set, name) != NULL;
}

/* Whether @provisioner is a server that goes: of ours, also if nothing else is left of it. */
static bool is_our_provisioner(const struct uninstall_uses *uses, const char *provisioner)
{
    const size_t len = strlen(SERVER_OBJECTS_PROVISIONER);
    const char *server = provisioner + len;

    if (strncmp(provisioner, SERVER_OBJECTS_PROVISIONER, len) != 0) {
        return false;
    }
    return (uses->terms->server == NULL || strcmp(server, uses->terms->server) == 0) &&
           !has_name(uses->foreign, server);
}

/* Note which servers are another hawser's. */
static bool find_foreign(const struct uninstall_world *world, struct uninstall_uses *uses)
{
    const json_t *object;
    size_t i;

    for (enum kind kind = 0; kind < KIND_N; kind++) {
        json_array_foreach (world->ours[kind], i, object) {
            if (strcmp(label(object, SERVER_OBJECTS_LABEL_HOME), uses->terms->home) != 0 &&
                !add_name(uses->foreign, label(object, SERVER_OBJECTS_LABEL_SERVER))) {
                return false;
            }
        }
    }
    return true;
}

static bool find_classes(const struct uninstall_world *world, struct uninstall_uses *uses)
{
    const json_t *object;
    size_t i;

    json_array_foreach (world->ours[KIND_STORAGE_CLASS], i, object) {
        const char *server = label(object, SERVER_OBJECTS_LABEL_SERVER);
        const bool is_going =
            uses->terms->server == NULL || strcmp(server, uses->terms->server) == 0;
        if (is_going && strcmp(label(object, SERVER_OBJECTS_LABEL_HOME), uses->terms->home) == 0 &&
            !add_name(uses->classes, name_of(object))) {
            return false;
        }
    }
    return true;
}

/*
 * Volumes
 */

static bool is_our_volume(const struct uninstall_uses *uses, const json_t *volume)
{
    return is_our_provisioner(uses, annotation(volume, "pv.kubernetes.io/provisioned-by")) ||
           has_name(uses->classes, json_text_of(spec_of(volume), "storageClassName"));
}

/* Available: nobody has claimed it yet; Failed: its claim is gone, and it could not be reclaimed.
 */
static bool is_unclaimed(const json_t *volume)
{
    const char *phase = phase_of(volume);

    return strcmp(phase, "Released") == 0 || strcmp(phase, "Failed") == 0 ||
           strcmp(phase, "Available") == 0;
}

bool uninstall_uses_is_dead(const struct uninstall_uses *uses, const json_t *volume)
{
    return is_our_provisioner(uses, annotation(volume, "pv.kubernetes.io/provisioned-by")) &&
           is_unclaimed(volume);
}

/* Whether there was memory for it; @text may be NULL. */
static bool refuse(struct uninstall_uses *uses, struct arena *arena, const char *text)
{
    const char **refusal = text != NULL ? LIST_ADD(arena, &uses->refusals) : NULL;

    if (refusal == NULL) {
        return false;
    }
    *refusal = text;
    return true;
}

static bool refuse_volume(struct uninstall_uses *uses, struct arena *arena, const json_t *volume)
{
    const json_t *claim = json_object_get(spec_of(volume), "claimRef");

    return add_name(uses->volumes, name_of(volume)) &&
           refuse(uses, arena,
                  claim == NULL
                      ? arena_printf(arena, "persistentvolume/%s is %s", name_of(volume),
                                     phase_of(volume))
                      : arena_printf(arena,
                                     "persistentvolume/%s is bound to persistentvolumeclaim/%s in "
                                     "namespace %s",
                                     name_of(volume), json_text_of(claim, "name"),
                                     json_text_of(claim, "namespace")));
}

static bool
find_volumes(const struct uninstall_world *world, struct arena *arena, struct uninstall_uses *uses)
{
    const json_t *volume;
    size_t i;

    json_array_foreach (world->volumes, i, volume) {
        if (is_our_volume(uses, volume) && !is_unclaimed(volume) &&
            !refuse_volume(uses, arena, volume)) {
            return false;
        }
    }
    return true;
}

/*
 * Claims
 */

/* The older names are those that clusters before 1.23 write alone. */
static bool is_our_claim(const struct uninstall_uses *uses, const json_t *claim)
{
    return has_name(uses->classes, json_text_of(spec_of(claim), "storageClassName")) ||
           has_name(uses->classes, annotation(claim, "volume.beta.kubernetes.io/storage-class")) ||
           is_our_provisioner(uses,
                              annotation(claim, "volume.kubernetes.io/storage-provisioner")) ||
           is_our_provisioner(uses,
                              annotation(claim, "volume.beta.kubernetes.io/storage-provisioner"));
}

/* A claim whose volume is refused is named there. */
static bool
find_claims(const struct uninstall_world *world, struct arena *arena, struct uninstall_uses *uses)
{
    const json_t *claim;
    size_t i;

    json_array_foreach (world->claims, i, claim) {
        const char *class_ = json_text_of(spec_of(claim), "storageClassName");
        if (has_name(uses->volumes, json_text_of(spec_of(claim), "volumeName")) ||
            !is_our_claim(uses, claim)) {
            continue;
        }
        if (!refuse(uses, arena,
                    arena_printf(arena,
                                 "persistentvolumeclaim/%s in namespace %s asks for a volume of "
                                 "class '%s'",
                                 name_of(claim), json_text_of(metadata_of(claim), "namespace"),
                                 class_))) {
            return false;
        }
    }
    return true;
}

int uninstall_uses_find(const struct uninstall_world *world,
                        const struct uninstall_terms *terms,
                        struct arena *arena,
                        struct uninstall_uses *out,
                        struct err *err)
{
    CLEANUP(uninstall_uses_clear)
    struct uninstall_uses uses = {
        .terms = terms,
        .classes = json_object(),
        .foreign = json_object(),
        .volumes = json_object(),
    };

    if (!find_foreign(world, &uses) || !find_classes(world, &uses) ||
        !find_volumes(world, arena, &uses) || !find_claims(world, arena, &uses)) {
        return err_no_memory(err);
    }
    *out = uses;
    uses = (struct uninstall_uses){.classes = NULL};
    return 0;
}

void uninstall_uses_clear(struct uninstall_uses *uses)
{
    json_decref(uses->classes);
    json_decref(uses->foreign);
    json_decref(uses->volumes);
    *uses = (struct uninstall_uses){.classes = NULL};
}
