/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/volumes_backing.h"

#include <string.h>

#include "base/json.h"

/* Where the provisioner has its data and its identity: exportDir in cmd/nfs-provisioner/main.go. */
#define EXPORT "/export"

/* The name of the volume that @container has there; "" for none. */
static const char *mounted_in(const json_t *container)
{
    const json_t *mount;
    size_t i;

    json_array_foreach (json_object_get(container, "volumeMounts"), i, mount) {
        if (strcmp(json_text_of(mount, "mountPath"), EXPORT) == 0) {
            return json_text_of(mount, "name");
        }
    }
    return "";
}

/* The name of the volume that is there in all containers of @spec that have one; "" where they do
 * not agree, or none has. */
static const char *mounted_volume(const json_t *spec)
{
    const char *found = "";
    const json_t *container;
    size_t i;

    json_array_foreach (json_object_get(spec, "containers"), i, container) {
        const char *name = mounted_in(container);
        if (name[0] != '\0' && found[0] != '\0' && strcmp(name, found) != 0) {
            return "";
        }
        found = name[0] != '\0' ? name : found;
    }
    return found;
}

static enum volumes_backing backing_of(const json_t *volume)
{
    if (json_is_object(json_object_get(volume, "emptyDir"))) {
        return VOLUMES_BACKING_EMPTY_DIR;
    }
    if (json_is_object(json_object_get(volume, "hostPath"))) {
        return VOLUMES_BACKING_HOST_PATH;
    }
    return json_is_object(json_object_get(volume, "persistentVolumeClaim"))
               ? VOLUMES_BACKING_CLAIM
               : VOLUMES_BACKING_UNKNOWN;
}

enum volumes_backing volumes_backing_of_pod(const json_t *pod)
{
    const json_t *spec = json_object_get(pod, "spec");
    const char *name = mounted_volume(spec);
    const json_t *volume;
    size_t i;

    json_array_foreach (json_object_get(spec, "volumes"), i, volume) {
        if (name[0] != '\0' && strcmp(json_text_of(volume, "name"), name) == 0) {
            return backing_of(volume);
        }
    }
    return VOLUMES_BACKING_UNKNOWN;
}

enum volumes_backing volumes_backing_of_document(const struct nfs_provisioner *provisioner)
{
    if (provisioner->backing.empty_dir != NULL) {
        return VOLUMES_BACKING_EMPTY_DIR;
    }
    return provisioner->backing.host_path != NULL ? VOLUMES_BACKING_HOST_PATH
                                                  : VOLUMES_BACKING_CLAIM;
}
