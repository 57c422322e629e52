/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/drift.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "deploy/kube/kube.h"
#include "deploy/storage/drift_walk.h"
#include "deploy/storage/server_objects.h"

#define MANAGED_BY "app.kubernetes.io/managed-by"

static const json_t *metadata_of(const json_t *object, const char *key)
{
    return json_object_get(json_object_get(object, "metadata"), key);
}

static bool is_managed(const json_t *object)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (metadata_of(object, "managedFields"), i, entry) {
        if (strcmp(json_text_of(entry, "manager"), KUBE_MANAGER) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_foreign(const json_t *desired, const json_t *observed)
{
    const json_t *labels = metadata_of(observed, "labels");
    const char *home = json_text_of(labels, SERVER_OBJECTS_LABEL_HOME);
    const char *ours = json_text_of(metadata_of(desired, "labels"), SERVER_OBJECTS_LABEL_HOME);

    if (home[0] != '\0' && ours[0] != '\0') {
        return strcmp(home, ours) != 0;
    }
    return kind_of(desired) != KIND_NAMESPACE && !is_managed(observed) &&
           strcmp(json_text_of(labels, MANAGED_BY), KUBE_MANAGER) != 0;
}

static void set(struct drift *out, enum drift_kind kind, const char *pointer, const json_t *found)
{
    *out = (struct drift){.kind = kind, .found = found};
    (void)snprintf(out->pointer, sizeof(out->pointer), "%s", pointer);
}

/* An address is asked of every Service by not naming one. */
static const json_t *find_headless(const json_t *desired, const json_t *observed)
{
    const json_t *address = json_object_get(json_object_get(observed, "spec"), "clusterIP");
    const bool is_headless =
        json_is_string(address) && strcmp(json_string_value(address), "None") == 0;

    return kind_of(desired) == KIND_SERVICE && is_headless &&
                   json_object_get(json_object_get(desired, "spec"), "clusterIP") == NULL
               ? address
               : NULL;
}

static void compare(const json_t *desired, const json_t *observed, struct drift *out)
{
    const json_t *headless = find_headless(desired, observed);
    const json_t *owners = metadata_of(observed, "ownerReferences");

    if (headless != NULL) {
        set(out, DRIFT_FIXED, "/spec/clusterIP", headless);
        return;
    }
    drift_walk(kind_of(desired), &(struct drift_place){.up = NULL}, (struct drift_mode){0}, desired,
               observed, out);
    if (out->kind < DRIFT_OWNED && json_array_size(owners) > 0) {
        set(out, DRIFT_OWNED, "/metadata/ownerReferences", owners);
    }
}

void drift_find(const json_t *desired, const json_t *observed, struct drift *out)
{
    *out = (struct drift){.kind = DRIFT_NONE};
    if (observed == NULL || json_is_null(observed)) {
        out->kind = DRIFT_ABSENT;
    } else if (is_foreign(desired, observed)) {
        set(out, DRIFT_FOREIGN, "", observed);
    } else if (json_is_string(metadata_of(observed, "deletionTimestamp"))) {
        set(out, DRIFT_GOING, "/metadata/deletionTimestamp",
            metadata_of(observed, "deletionTimestamp"));
    } else {
        compare(desired, observed, out);
    }
}
