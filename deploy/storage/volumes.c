/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/volumes.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "deploy/kube/kube_time.h"
#include "deploy/storage/server_objects.h"

#define PROVISIONED_BY "pv.kubernetes.io/provisioned-by"
#define IDENTITY       "Provisioner_Id"

static const json_t *metadata_of(const json_t *object)
{
    return json_object_get(object, "metadata");
}

static const json_t *spec_of(const json_t *object)
{
    return json_object_get(object, "spec");
}

static const char *phase_of(const json_t *object)
{
    return json_text_of(json_object_get(object, "status"), "phase");
}

static bool is_going(const json_t *object)
{
    return json_text_of(metadata_of(object), "deletionTimestamp")[0] != '\0';
}

static bool read_creation(const json_t *object, long long *out_s)
{
    return kube_time_read(json_text_of(metadata_of(object), "creationTimestamp"), out_s);
}

static const char *annotation_of(const json_t *object, const char *key)
{
    return json_text_of(json_object_get(metadata_of(object), "annotations"), key);
}

/* The name of the server that @volume is on, or NULL for one that is not ours. */
static const char *server_name_of(const json_t *volume)
{
    static const size_t len = sizeof(SERVER_OBJECTS_PROVISIONER) - 1;
    const char *provisioner = annotation_of(volume, PROVISIONED_BY);

    if (strncmp(provisioner, SERVER_OBJECTS_PROVISIONER, len) != 0 ||
        !json_is_object(json_object_get(spec_of(volume), "nfs"))) {
        return NULL;
    }
    return provisioner + len;
}

enum volume_origin volumes_find_origin(const struct policy_set *set,
                                       const json_t *volume,
                                       const struct nfs_provisioner **out)
{
    const char *name = server_name_of(volume);

    *out = NULL;
    if (name == NULL) {
        return VOLUME_FOREIGN;
    }
    for (size_t i = 0; i < set->provisioners.n; i++) {
        const struct nfs_provisioner *provisioner = &set->provisioners.items[i];
        if (strcmp(provisioner->name, name) == 0) {
            *out = provisioner;
            return strcmp(json_text_of(spec_of(volume), "storageClassName"),
                          provisioner->storage_class_name) == 0
                       ? VOLUME_OURS
                       : VOLUME_OF_OLD_CLASS;
        }
    }
    return VOLUME_ORPHAN;
}

static bool is_on(const struct volumes_server *server, const json_t *volume)
{
    const char *name = server_name_of(volume);
    const char *address = json_text_of(json_object_get(spec_of(volume), "nfs"), "server");

    return name != NULL && strcmp(name, server->provisioner->name) == 0 &&
           strcmp(address, server->address) == 0;
}

/* Which identity a volume has that the pod of @sight has made; NULL for another volume. */
static const char *present_identity(const struct volumes_sight *sight, const json_t *volume)
{
    const char *identity = annotation_of(volume, IDENTITY);
    long long created_s = 0;

    if (!is_on(sight->server, volume) || identity[0] == '\0' ||
        !read_creation(volume, &created_s) || created_s <= sight->pod_created_s + VOLUMES_SKEW_S) {
        return NULL;
    }
    return identity;
}

/* What the volumes of @server that serve now are on; UNKNOWN also where nothing can be said of
 * those before. */
static enum volumes_backing find_backing(const struct volumes_server *server)
{
    const enum volumes_backing asked = volumes_backing_of_document(server->provisioner);

    if (server->pod == NULL || is_going(server->pod) ||
        strcmp(phase_of(server->pod), "Running") != 0 || server->address[0] == '\0' ||
        server->has_disk) {
        return VOLUMES_BACKING_UNKNOWN;
    }
    return volumes_backing_of_pod(server->pod) == asked ? asked : VOLUMES_BACKING_UNKNOWN;
}

void volumes_look(const struct volumes_server *server,
                  const json_t *volumes,
                  struct volumes_sight *out)
{
    size_t index;
    json_t *volume;

    *out = (struct volumes_sight){.server = server, .volumes = volumes};
    if (!read_creation(server->pod, &out->pod_created_s)) {
        return;
    }
    out->backing = find_backing(server);
    json_array_foreach (volumes, index, volume) {
        const char *identity = present_identity(out, volume);
        if (identity == NULL) {
            continue;
        }
        if (out->identity != NULL && strcmp(out->identity, identity) != 0) {
            out->is_contradictory = true;
        }
        out->identity = identity;
    }
}

/* Whether a volume that the pod has made has the identity of @volume. */
static bool has_present_identity(const struct volumes_sight *sight, const json_t *volume)
{
    const char *own = annotation_of(volume, IDENTITY);
    size_t index;
    json_t *other;

    if (!sight->is_contradictory) { /* all of them have one: there may be thousands to ask for */
        return sight->identity != NULL && strcmp(sight->identity, own) == 0;
    }
    json_array_foreach (sight->volumes, index, other) {
        const char *identity = present_identity(sight, other);
        if (identity != NULL && strcmp(identity, own) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the pod is known to have another identity than @volume. */
static bool has_other_identity(const struct volumes_sight *sight, const json_t *volume)
{
    return annotation_of(volume, IDENTITY)[0] != '\0' && sight->identity != NULL &&
           !sight->is_contradictory;
}

static bool is_dead(const struct volumes_sight *sight, const json_t *volume)
{
    const bool is_empty_dir = sight->backing == VOLUMES_BACKING_EMPTY_DIR;
    long long created_s = 0;

    if ((!is_empty_dir && sight->backing != VOLUMES_BACKING_HOST_PATH) ||
        !is_on(sight->server, volume) || !read_creation(volume, &created_s) ||
        created_s >= sight->pod_created_s || has_present_identity(sight, volume)) {
        return false;
    }
    return (is_empty_dir && created_s < sight->pod_created_s - VOLUMES_SKEW_S) ||
           has_other_identity(sight, volume);
}

static enum volume_fate fate_of_dead(const json_t *volume)
{
    const json_t *claim = json_object_get(spec_of(volume), "claimRef");
    const char *phase = phase_of(volume);

    if (is_going(volume)) {
        return VOLUME_DEAD_KEPT;
    }
    if (strcmp(phase, "Bound") == 0) {
        return VOLUME_DEAD_BOUND;
    }
    if ((strcmp(phase, "Released") == 0 || strcmp(phase, "Failed") == 0) &&
        strcmp(json_text_of(spec_of(volume), "persistentVolumeReclaimPolicy"), "Delete") == 0 &&
        json_text_of(claim, "namespace")[0] != '\0' && json_text_of(claim, "name")[0] != '\0') {
        return VOLUME_DEAD_RELEASED;
    }
    return VOLUME_DEAD_KEPT;
}

void volumes_judge(const struct volumes_sight *sight,
                   const json_t *volume,
                   struct volume_verdict *out)
{
    const json_t *claim = json_object_get(spec_of(volume), "claimRef");

    *out = (struct volume_verdict){
        .fate = VOLUME_ALIVE,
        .claim_namespace = json_text_of(claim, "namespace"),
        .claim_name = json_text_of(claim, "name"),
        .claim_uid = json_text_of(claim, "uid"),
    };
    if (!is_dead(sight, volume)) {
        return;
    }
    out->fate = fate_of_dead(volume);
    (void)snprintf(out->text, sizeof(out->text),
                   "volume '%.253s' of claim '%.63s/%.253s' was on a server that is gone: %s",
                   json_text_of(metadata_of(volume), "name"), out->claim_namespace, out->claim_name,
                   sight->backing == VOLUMES_BACKING_EMPTY_DIR
                       ? "its pod was replaced, and its data was lost with it"
                       : "another has its address now, which has none of its data");
}

/* Whether the volume @entry of the pod called @pod is the claim called @claim. */
static bool is_of_claim(const json_t *entry, const char *pod, const char *claim)
{
    const char *name = json_text_of(entry, "name");
    const size_t len = strlen(pod);

    if (json_object_get(entry, "ephemeral") != NULL) { /* its claim is called POD-VOLUME */
        return strncmp(claim, pod, len) == 0 && claim[len] == '-' &&
               strcmp(claim + len + 1, name) == 0;
    }
    return strcmp(json_text_of(json_object_get(entry, "persistentVolumeClaim"), "claimName"),
                  claim) == 0;
}

static bool uses(const json_t *pod, const char *claim)
{
    const char *phase = phase_of(pod);
    const char *name = json_text_of(metadata_of(pod), "name");
    size_t index;
    json_t *entry;

    if (!is_going(pod) && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0)) {
        return false;
    }
    json_array_foreach (json_object_get(spec_of(pod), "volumes"), index, entry) {
        if (is_of_claim(entry, name, claim)) {
            return true;
        }
    }
    return false;
}

const char *volumes_find_user(const json_t *pods, const char *claim)
{
    size_t index;
    json_t *pod;

    if (!json_is_array(pods)) {
        return "";
    }
    json_array_foreach (pods, index, pod) {
        if (uses(pod, claim)) {
            return json_text_of(metadata_of(pod), "name");
        }
    }
    return NULL;
}
