/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/uninstall.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/server_objects.h"
#include "deploy/storage/uninstall_uses.h"

#define NAME  "app.kubernetes.io/name"
#define MAKER "app.kubernetes.io/managed-by"

const struct kube_resource uninstall_volumes = {"", "v1", "persistentvolumes", "PersistentVolume",
                                                false};

static const struct kube_resource tenants[UNINSTALL_TENANT_N] = {
    [UNINSTALL_POD] = {"", "v1", "pods", "Pod", true},
    [UNINSTALL_SERVICE] = {"", "v1", "services", "Service", true},
    [UNINSTALL_SECRET] = {"", "v1", "secrets", "Secret", true},
    [UNINSTALL_CONFIG_MAP] = {"", "v1", "configmaps", "ConfigMap", true},
    [UNINSTALL_DEPLOYMENT] = {"apps", "v1", "deployments", "Deployment", true},
    [UNINSTALL_STATEFUL_SET] = {"apps", "v1", "statefulsets", "StatefulSet", true},
};

const struct kube_resource *uninstall_tenant_resource(enum uninstall_tenant tenant)
{
    return &tenants[tenant];
}

struct judge {
    const struct uninstall_world *world;
    const struct uninstall_terms *terms;
    struct arena *arena;
    struct uninstall_plan plan;
    bool has_others; /* a server that stays */
    bool is_full;    /* the arena */
};

const char *
uninstall_call(const struct kube_resource *resource, const char *name, struct arena *arena)
{
    char *text = arena_printf(arena, "%s%s%s/%s", resource->kind,
                              resource->group[0] != '\0' ? "." : "", resource->group, name);

    for (char *at = text; at != NULL && *at != '/'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            *at = (char)(*at - 'A' + 'a');
        }
    }
    return text;
}

static const char *meta(const json_t *object, const char *key)
{
    return json_text_of(json_object_get(object, "metadata"), key);
}

static const char *label(const json_t *object, const char *key)
{
    return json_text_of(json_object_get(json_object_get(object, "metadata"), "labels"), key);
}

static const char *server_of(const json_t *object)
{
    return label(object, SERVER_OBJECTS_LABEL_SERVER);
}

static bool is_going(const json_t *object)
{
    return meta(object, "deletionTimestamp")[0] != '\0';
}

/* Whether it is of a server that goes. */
static bool is_of_server(const struct uninstall_terms *terms, const json_t *object)
{
    const char *server = server_of(object);

    return server[0] != '\0' && (terms->server == NULL || strcmp(server, terms->server) == 0);
}

static bool is_home(const struct uninstall_terms *terms, const json_t *object)
{
    return strcmp(label(object, SERVER_OBJECTS_LABEL_HOME), terms->home) == 0;
}

static void add_step(struct judge *judge,
                     const struct kube_resource *resource,
                     const json_t *object,
                     const char *reason)
{
    struct uninstall_step *step = LIST_ADD(judge->arena, &judge->plan.steps);

    if (step == NULL || reason == NULL) {
        judge->is_full = true;
        return;
    }
    *step = (struct uninstall_step){
        .resource = resource,
        .namespace_ = resource->is_namespaced ? meta(object, "namespace") : NULL,
        .name = meta(object, "name"),
        .uid = meta(object, "uid"),
        .reason = reason,
    };
}

/* Note that @object stays because of what @reason says, which may be NULL for want of memory. */
static void add_stay(struct judge *judge,
                     const struct kube_resource *resource,
                     const json_t *object,
                     const char *reason)
{
    const char *called = uninstall_call(resource, meta(object, "name"), judge->arena);
    const char **stay = LIST_ADD(judge->arena, &judge->plan.stays);
    const char *namespace_ = resource->is_namespaced ? meta(object, "namespace") : "";

    if (stay == NULL || called == NULL || reason == NULL) {
        judge->is_full = true;
        return;
    }
    *stay = arena_printf(judge->arena, "%s%s%s stays: %s", called,
                         namespace_[0] != '\0' ? " in namespace " : "", namespace_, reason);
    judge->is_full |= *stay == NULL;
}

/*
 * The servers' own objects, and volumes
 */

/* Whether a server is there that stays. A disk alone is none. */
static bool has_others(const struct uninstall_world *world, const struct uninstall_terms *terms)
{
    const json_t *object;
    size_t i;

    for (enum kind kind = 0; kind < KIND_N; kind++) {
        json_array_foreach (world->ours[kind], i, object) {
            if (kind != KIND_CLAIM && server_of(object)[0] != '\0' &&
                !(is_home(terms, object) && is_of_server(terms, object))) {
                return true;
            }
        }
    }
    return false;
}

static void judge_owned(struct judge *judge, enum kind kind)
{
    const struct kube_resource *resource = kind_resource(kind, judge->world->has_policy_v1);
    const json_t *object;
    size_t i;

    json_array_foreach (judge->world->ours[kind], i, object) {
        if (!is_home(judge->terms, object) || !is_of_server(judge->terms, object) ||
            is_going(object)) {
            continue;
        }
        if (kind == KIND_CLAIM && !judge->terms->deletes_data) {
            add_stay(judge, resource, object, "it holds data; --delete-data deletes it");
        } else {
            add_step(judge, resource, object,
                     arena_printf(judge->arena, "of server '%s'", server_of(object)));
        }
    }
}

static void judge_volumes(struct judge *judge, const struct uninstall_uses *uses)
{
    const json_t *volume;
    size_t i;

    json_array_foreach (judge->world->volumes, i, volume) {
        if (uninstall_uses_is_dead(uses, volume) && !is_going(volume)) {
            add_step(judge, &uninstall_volumes, volume, "nobody has a claim to it any more");
        }
    }
}

/*
 * What servers share
 */

static void judge_shared(struct judge *judge, enum kind kind)
{
    const struct kube_resource *resource = kind_resource(kind, judge->world->has_policy_v1);
    const json_t *object;
    size_t i;

    json_array_foreach (judge->world->ours[kind], i, object) {
        if (!is_home(judge->terms, object) || server_of(object)[0] != '\0' || is_going(object)) {
            continue;
        }
        if (judge->has_others) {
            add_stay(judge, resource, object, "another server is there");
        } else {
            add_step(judge, resource, object, "no server is there that shares it");
        }
    }
}

/* Whether @object may go with its namespace: it is a server's that goes. */
static bool is_ours_to_take(const struct judge *judge, const json_t *object)
{
    return strcmp(label(object, NAME), "hawser-nfs") == 0 &&
           strcmp(label(object, MAKER), KUBE_MANAGER) == 0 && is_of_server(judge->terms, object) &&
           (label(object, SERVER_OBJECTS_LABEL_HOME)[0] == '\0' || is_home(judge->terms, object));
}

/* What every namespace has. */
static bool is_furniture(const json_t *object, enum uninstall_tenant tenant)
{
    return (tenant == UNINSTALL_SECRET &&
            strcmp(json_text_of(object, "type"), "kubernetes.io/service-account-token") == 0) ||
           (tenant == UNINSTALL_CONFIG_MAP &&
            strcmp(meta(object, "name"), "kube-root-ca.crt") == 0);
}

static const json_t *
find_tenant(const struct judge *judge, enum uninstall_tenant tenant, const char *namespace_)
{
    const json_t *object;
    size_t i;

    json_array_foreach (judge->world->tenants[tenant], i, object) {
        if (strcmp(meta(object, "namespace"), namespace_) == 0 && !is_furniture(object, tenant) &&
            !is_ours_to_take(judge, object)) {
            return object;
        }
    }
    return NULL;
}

/* A claim in @namespace_ that may not go, or NULL. */
static const json_t *find_claim(const struct judge *judge, const char *namespace_)
{
    const json_t *claim;
    size_t i;

    json_array_foreach (judge->world->claims, i, claim) {
        if (strcmp(meta(claim, "namespace"), namespace_) == 0 &&
            !(judge->terms->deletes_data && is_home(judge->terms, claim) &&
              is_ours_to_take(judge, claim))) {
            return claim;
        }
    }
    return NULL;
}

/* What in the namespace @name keeps it from being deleted, as kubectl calls it; NULL: nothing. */
static const char *find_obstacle(struct judge *judge, const char *name)
{
    const struct kube_resource *resource = kind_resource(KIND_CLAIM, true);
    const json_t *object = find_claim(judge, name);
    const char *called;

    for (enum uninstall_tenant i = 0; object == NULL && i < UNINSTALL_TENANT_N; i++) {
        object = find_tenant(judge, i, name);
        resource = &tenants[i];
    }
    if (object == NULL) {
        return NULL;
    }
    called = uninstall_call(resource, meta(object, "name"), judge->arena);
    judge->is_full |= called == NULL;
    return called;
}

static void judge_namespace(struct judge *judge, const json_t *object)
{
    const struct kube_resource *resource = kind_resource(KIND_NAMESPACE, true);
    const char *name = meta(object, "name");
    const char *obstacle;

    if (judge->has_others) {
        add_stay(judge, resource, object, "another server is there");
        return;
    }
    if (strcmp(name, judge->terms->home) == 0) {
        add_stay(judge, resource, object, "hawser lives in it");
        return;
    }
    obstacle = find_obstacle(judge, name);
    if (obstacle != NULL) {
        add_stay(judge, resource, object,
                 arena_printf(judge->arena, "%s is in it, which is not deleted", obstacle));
    } else {
        add_step(judge, resource, object, "nothing else is in it");
    }
}

static void judge_namespaces(struct judge *judge)
{
    const json_t *object;
    size_t i;

    json_array_foreach (judge->world->ours[KIND_NAMESPACE], i, object) {
        if (is_home(judge->terms, object) && !is_going(object)) {
            judge_namespace(judge, object);
        }
    }
}

/*
 * All
 */

static void judge_all(struct judge *judge, const struct uninstall_uses *uses)
{
    judge_owned(judge, KIND_STORAGE_CLASS);
    judge_volumes(judge, uses);
    for (enum kind kind = KIND_STORAGE_CLASS; kind-- > KIND_SERVICE_ACCOUNT;) {
        judge_owned(judge, kind);
    }
    judge_shared(judge, KIND_PRIORITY_CLASS);
    judge_namespaces(judge);
}

int uninstall_decide(const struct uninstall_world *world,
                     const struct uninstall_terms *terms,
                     struct arena *arena,
                     struct uninstall_plan *out,
                     struct err *err)
{
    CLEANUP(uninstall_uses_clear) struct uninstall_uses uses = {.classes = NULL};
    struct judge judge = {
        .world = world,
        .terms = terms,
        .arena = arena,
        .has_others = has_others(world, terms),
    };

    if (uninstall_uses_find(world, terms, arena, &uses, err) < 0) {
        return -1;
    }
    judge.plan.refusals = uses.refusals;
    if (uses.refusals.n == 0) {
        judge_all(&judge, &uses);
    }
    if (judge.is_full) {
        return err_set(err, ERR_INTERNAL, "there are too many objects");
    }
    *out = judge.plan;
    return 0;
}
