/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/watches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "deploy/storage/claims.h"
#include "deploy/storage/server_objects.h"
#include "policies/annotations.h"

#define SELECTOR_SIZE 320 /* names have at most 253 characters */

/* What is not of kinds.h. */
static const struct kube_resource other_resources[WATCHES_N_OTHERS] = {
    [WATCHES_PODS] =
        {.group = "", .version = "v1", .plural = "pods", .kind = "Pod", .is_namespaced = true},
    [WATCHES_CLAIMS] = {.group = "",
                        .version = "v1",
                        .plural = "persistentvolumeclaims",
                        .kind = "PersistentVolumeClaim",
                        .is_namespaced = true},
    [WATCHES_VOLUMES] = {.group = "",
                         .version = "v1",
                         .plural = "persistentvolumes",
                         .kind = "PersistentVolume"},
    [WATCHES_WORKFLOWS] = {.group = "argoproj.io",
                           .version = "v1alpha1",
                           .plural = "workflows",
                           .kind = "Workflow",
                           .is_namespaced = true},
};

/* Of a PersistentVolume, what tells which server it is on and who uses it. */
static bool keep_volume(json_t *object)
{
    static const char prefix[] = SERVER_OBJECTS_PROVISIONER;
    const json_t *metadata = json_object_get(object, "metadata");
    const char *provisioner =
        json_text_of(json_object_get(metadata, "annotations"), "pv.kubernetes.io/provisioned-by");

    (void)json_object_del(json_object_get(object, "metadata"), "managedFields");
    return strncmp(provisioner, prefix, sizeof(prefix) - 1) == 0;
}

/* There are many claims. Who made one is told by a label, where there is one; of its status its
 * phase counts. */
static bool keep_claim(json_t *object)
{
    json_t *metadata = json_object_get(object, "metadata");
    json_t *status = json_object_get(object, "status");

    if (json_object_get(json_object_get(metadata, "labels"), SERVER_OBJECTS_LABEL_HOME) != NULL) {
        (void)json_object_del(metadata, "managedFields");
    }
    (void)json_object_del(metadata, "annotations");
    (void)json_object_del(metadata, "finalizers");
    (void)json_object_del(status, "accessModes");
    (void)json_object_del(status, "capacity");
    return true;
}

/* Workflows that run and were not injected. */
static bool keep_workflow(json_t *object)
{
    json_t *metadata = json_object_get(object, "metadata");

    return json_object_get(json_object_get(metadata, "annotations"), ANNOTATION_STATUS) == NULL;
}

/* Of a Namespace, its name, labels and whether it is going; and of one that opts in, since when. */
static bool keep_namespace(json_t *object)
{
    json_t *metadata = json_object_get(object, "metadata");
    const bool opts_in =
        json_object_get(json_object_get(metadata, "labels"), ANNOTATION_INJECT) != NULL;
    const bool is_ours =
        json_object_get(json_object_get(metadata, "labels"), SERVER_OBJECTS_LABEL_HOME) != NULL;

    if (!opts_in && !is_ours) {
        (void)json_object_del(metadata, "annotations");
        (void)json_object_del(metadata, "managedFields");
    }
    return true;
}

/* Those of which all are watched, and not only ours: every namespace may want a claim, and a class
 * of somebody else's may have the name of ours, or be that of a disk. */
static bool is_watched_whole(enum kind kind)
{
    return kind == KIND_NAMESPACE || kind == KIND_STORAGE_CLASS;
}

static struct kube_watch *open_kind(const struct watches *watches, enum kind kind, struct err *err)
{
    const struct kube_watch_scope scope = {
        .resource = kind_resource(kind, watches->has_policy_v1),
        .label_selector = is_watched_whole(kind) ? NULL : SERVER_OBJECTS_SELECTOR,
        .is_metadata = kind == KIND_NAMESPACE,
        .keep = kind == KIND_NAMESPACE ? keep_namespace : NULL,
    };

    return kube_watch_new(watches->kube, &scope, watches->listener.changed, watches->listener.data,
                          err);
}

static struct kube_watch *
open_other(const struct watches *watches, enum watches_other other, struct err *err)
{
    static const struct {
        const char *label_selector;
        bool is_metadata;
        bool (*keep)(json_t *object);
    } rows[WATCHES_N_OTHERS] = {
        [WATCHES_PODS] = {.label_selector = SERVER_OBJECTS_SELECTOR},
        [WATCHES_CLAIMS] = {.label_selector = CLAIMS_SELECTOR,
                            .is_metadata = true,
                            .keep = keep_claim},
        [WATCHES_VOLUMES] = {.keep = keep_volume},
        [WATCHES_WORKFLOWS] = {.label_selector = "workflows.argoproj.io/completed!=true",
                               .is_metadata = true,
                               .keep = keep_workflow},
    };
    const struct kube_watch_scope scope = {
        .resource = &other_resources[other],
        .label_selector = rows[other].label_selector,
        .is_metadata = rows[other].is_metadata,
        .keep = rows[other].keep,
    };
    const struct watches_listener *listener = &watches->listener;

    return kube_watch_new(watches->kube, &scope,
                          other == WATCHES_WORKFLOWS ? listener->workflows_changed
                                                     : listener->changed,
                          listener->data, err);
}

static int open_all(struct watches *watches, struct err *err)
{
    for (enum kind i = 0; i < KIND_N; i++) {
        watches->kinds[i] = open_kind(watches, i, err);
        if (watches->kinds[i] == NULL) {
            return -1;
        }
    }
    for (enum watches_other i = 0; i < WATCHES_N_OTHERS; i++) {
        watches->others[i] = open_other(watches, i, err);
        if (watches->others[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

int watches_open(struct watches *watches,
                 struct kube *kube,
                 bool has_policy_v1,
                 const struct watches_listener *listener,
                 struct err *err)
{
    watches->kube = kube;
    watches->has_policy_v1 = has_policy_v1;
    watches->listener = *listener;
    if (open_all(watches, err) < 0) {
        watches_clear(watches);
        return -1;
    }
    return 0;
}

static void close_claim(struct watches_claim *claim)
{
    kube_watch_free(claim->watch);
    free(claim->name);
    *claim = (struct watches_claim){.name = NULL};
}

void watches_clear(struct watches *watches)
{
    for (size_t i = 0; i < KIND_N; i++) {
        kube_watch_free(watches->kinds[i]);
    }
    for (size_t i = 0; i < WATCHES_N_OTHERS; i++) {
        kube_watch_free(watches->others[i]);
    }
    for (size_t i = 0; i < watches->n_claims; i++) {
        close_claim(&watches->claims[i]);
    }
    *watches = (struct watches){.kube = NULL};
}

bool watches_are_open(const struct watches *watches)
{
    return watches->kube != NULL;
}

static bool is_named(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void close_claims_but(struct watches *watches, const char *const *names, size_t n)
{
    for (size_t i = watches->n_claims; i-- > 0;) {
        if (!is_named(watches->claims[i].name, names, n)) {
            close_claim(&watches->claims[i]);
            watches->claims[i] = watches->claims[--watches->n_claims];
        }
    }
}

static int open_claim(struct watches *watches, const char *name, struct err *err)
{
    char selector[SELECTOR_SIZE];
    const struct kube_watch_scope scope = {
        .resource = kind_resource(KIND_CLAIM, watches->has_policy_v1),
        .field_selector = selector,
        .keep = keep_claim,
    };
    struct watches_claim *claim = &watches->claims[watches->n_claims];

    if (watches->n_claims == WATCHES_CLAIMS_MAX) {
        return err_set(err, ERR_TOO_BIG,
                       "policies create claims of more than %d names; '%s' is not kept",
                       WATCHES_CLAIMS_MAX, name);
    }
    (void)snprintf(selector, sizeof(selector), "metadata.name=%s", name);
    claim->name = strdup(name);
    claim->watch = claim->name != NULL
                       ? kube_watch_new(watches->kube, &scope, watches->listener.changed,
                                        watches->listener.data, err)
                       : NULL;
    if (claim->watch == NULL) {
        close_claim(claim);
        return err_no_memory(err);
    }
    watches->n_claims++;
    return 0;
}

int watches_set_claims(struct watches *watches, const char *const *names, size_t n, struct err *err)
{
    close_claims_but(watches, names, n);
    for (size_t i = 0; i < n; i++) {
        if (watches_claims(watches, names[i]) == NULL && open_claim(watches, names[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

struct kube_watch *watches_claims(const struct watches *watches, const char *name)
{
    for (size_t i = 0; i < watches->n_claims; i++) {
        if (strcmp(watches->claims[i].name, name) == 0) {
            return watches->claims[i].watch;
        }
    }
    return NULL;
}

/* A cluster without Argo Workflows has none, which is nothing to wait for. */
static bool is_absent(const struct watches *watches, enum watches_other other)
{
    return other == WATCHES_WORKFLOWS &&
           kube_watch_state(watches->others[other])->outcome == KUBE_NOT_FOUND;
}

int watches_check(const struct watches *watches, struct err *err)
{
    for (enum kind i = 0; i < KIND_N; i++) {
        const char *what = kind_resource(i, watches->has_policy_v1)->plural;
        if (kube_watch_check(watches->kinds[i], what, err) < 0) {
            return -1;
        }
    }
    for (enum watches_other i = 0; i < WATCHES_N_OTHERS; i++) {
        if (!is_absent(watches, i) &&
            kube_watch_check(watches->others[i], other_resources[i].plural, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < watches->n_claims; i++) {
        if (kube_watch_check(watches->claims[i].watch, "persistentvolumeclaims", err) < 0) {
            return -1;
        }
    }
    return 0;
}

bool watches_know(const struct watches *watches, enum watches_other other)
{
    return kube_watch_is_whole(watches->others[other]) || is_absent(watches, other);
}

/* Whether servers or claims hang on it. */
static bool decides(enum watches_other other)
{
    return other == WATCHES_PODS || other == WATCHES_CLAIMS;
}

bool watches_are_whole(const struct watches *watches)
{
    bool is_whole = watches_are_open(watches);

    for (size_t i = 0; is_whole && i < KIND_N; i++) {
        is_whole = kube_watch_is_whole(watches->kinds[i]);
    }
    for (enum watches_other i = 0; is_whole && i < WATCHES_N_OTHERS; i++) {
        is_whole = !decides(i) || kube_watch_is_whole(watches->others[i]);
    }
    for (size_t i = 0; is_whole && i < watches->n_claims; i++) {
        is_whole = kube_watch_is_whole(watches->claims[i].watch);
    }
    return is_whole;
}
