/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/server_objects.h"

#include <stdio.h>
#include <string.h>

#include "deploy/kube/kube.h"
#include "deploy/storage/claim.h"
#include "deploy/storage/kinds.h"
#include "deploy/storage/server_pod.h"
#include "policies/hash.h"

/* Users may go up to a billion. What an operator holds to be more important has room. */
#define PRIORITY 999000000

#define RBAC_GROUP "rbac.authorization.k8s.io"

struct maker {
    const struct nfs_provisioner *provisioner;
    const struct server_objects_terms *terms;
    char name[SERVER_OBJECTS_NAME_SIZE];
    json_t *list;
};

void server_objects_name(const struct nfs_provisioner *provisioner,
                         char out[static SERVER_OBJECTS_NAME_SIZE])
{
    (void)snprintf(out, SERVER_OBJECTS_NAME_SIZE, SERVER_OBJECTS_PREFIX "%s", provisioner->name);
}

bool server_objects_is_ephemeral(const struct nfs_provisioner *provisioner)
{
    return provisioner->backing.claim == NULL;
}

/* The object @name with its labels; NULL without memory. @is_shared: by all servers. */
static json_t *
make_head(const struct maker *maker, enum kind kind, const char *name, bool is_shared)
{
    const struct kube_resource *resource = kind_resource(kind, maker->terms->has_policy_v1);
    const struct nfs_provisioner *provisioner = maker->provisioner;
    const char *server = is_shared ? NULL : provisioner->name;

    return json_pack(
        "{s:o, s:s, s:{s:s, s:s*, s:{s:s, s:s, s:s, s:s, s:s*, s:s*}}}", "apiVersion",
        resource->group[0] != '\0' ? json_sprintf("%s/%s", resource->group, resource->version)
                                   : json_string(resource->version),
        "kind", resource->kind, "metadata", "name", name, "namespace",
        resource->is_namespaced ? provisioner->namespace : NULL, "labels",
        "app.kubernetes.io/managed-by", KUBE_MANAGER, "app.kubernetes.io/name", "hawser-nfs",
        "app.kubernetes.io/part-of", "hawser", SERVER_OBJECTS_LABEL_HOME, maker->terms->home,
        "app.kubernetes.io/instance", server, SERVER_OBJECTS_LABEL_SERVER, server);
}

/* Add the annotation with the hash over all of @object. */
static int set_hash(json_t *object, struct err *err)
{
    json_t *metadata = json_object_get(object, "metadata");
    char hash[POLICY_HASH_SIZE];

    if (hash_document("", "", object, hash, err) < 0) {
        return -1;
    }
    return json_object_set_new(metadata, "annotations",
                               json_pack("{s:s}", SERVER_OBJECTS_ANNOTATION_HASH, hash)) < 0
               ? err_no_memory(err)
               : 0;
}

/* Add the object of @head and @body to the list. Both are taken, and may be NULL for want of
 * memory. */
static int add(struct maker *maker, json_t *head, json_t *body, struct err *err)
{
    json_auto_t *object = head;
    json_auto_t *rest = body;

    if (object == NULL || rest == NULL || json_object_update(object, rest) < 0) {
        return err_no_memory(err);
    }
    if (set_hash(object, err) < 0) {
        return -1;
    }
    return json_array_append(maker->list, object) < 0 ? err_no_memory(err) : 0;
}

/* One of the server's own, called like it. */
static int add_own(struct maker *maker, enum kind kind, json_t *body, struct err *err)
{
    return add(maker, make_head(maker, kind, maker->name, false), body, err);
}

static int add_namespace(struct maker *maker, struct err *err)
{
    const char *name = maker->provisioner->namespace;
    json_t *head;

    if (strcmp(name, maker->terms->home) == 0) {
        return 0;
    }
    head = make_head(maker, KIND_NAMESPACE, name, true);
    if (json_object_update_new(json_object_get(json_object_get(head, "metadata"), "labels"),
                               json_pack("{s:s, s:s, s:s}", "pod-security.kubernetes.io/enforce",
                                         "privileged", "pod-security.kubernetes.io/audit",
                                         "privileged", "pod-security.kubernetes.io/warn",
                                         "privileged")) < 0) {
        json_decref(head);
        return err_no_memory(err);
    }
    return add(maker, head, json_object(), err);
}

/* A document that writes out the name means the same as one that leaves it out. */
static int add_priority_class(struct maker *maker, struct err *err)
{
    const char *name = maker->provisioner->priority_class_name;

    if (name != NULL && strcmp(name, SERVER_OBJECTS_PRIORITY_CLASS) != 0) {
        return 0;
    }
    return add(maker, make_head(maker, KIND_PRIORITY_CLASS, SERVER_OBJECTS_PRIORITY_CLASS, true),
               json_pack("{s:i, s:s}", "value", PRIORITY, "description",
                         "NFS servers of hawser: pods hang that have their volumes mounted when "
                         "they are gone."),
               err);
}

static json_t *make_cluster_rules(void)
{
    return json_pack("{s:[{s:[s], s:[s], s:[s, s, s, s, s]}, {s:[s], s:[s], s:[s, s, s, s]},"
                     "    {s:[s], s:[s], s:[s, s, s]}, {s:[s], s:[s], s:[s, s, s]}]}",
                     "rules", "apiGroups", "", "resources", "persistentvolumes", "verbs", "get",
                     "list", "watch", "create", "delete", "apiGroups", "", "resources",
                     "persistentvolumeclaims", "verbs", "get", "list", "watch", "update",
                     "apiGroups", "storage.k8s.io", "resources", "storageclasses", "verbs", "get",
                     "list", "watch", "apiGroups", "", "resources", "events", "verbs", "create",
                     "update", "patch");
}

static json_t *make_rules(void)
{
    return json_pack("{s:[{s:[s], s:[s, s], s:[s]}]}", "rules", "apiGroups", "", "resources",
                     "services", "endpoints", "verbs", "get");
}

static json_t *make_binding(const struct maker *maker, const char *role_kind)
{
    return json_pack("{s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}", "roleRef", "apiGroup", RBAC_GROUP,
                     "kind", role_kind, "name", maker->name, "subjects", "kind", "ServiceAccount",
                     "name", maker->name, "namespace", maker->provisioner->namespace);
}

static int add_rights(struct maker *maker, struct err *err)
{
    if (add_own(maker, KIND_SERVICE_ACCOUNT,
                json_pack("{s:b}", "automountServiceAccountToken", false), err) < 0 ||
        add_own(maker, KIND_CLUSTER_ROLE, make_cluster_rules(), err) < 0 ||
        add_own(maker, KIND_CLUSTER_ROLE_BINDING, make_binding(maker, "ClusterRole"), err) < 0 ||
        add_own(maker, KIND_ROLE, make_rules(), err) < 0) {
        return -1;
    }
    return add_own(maker, KIND_ROLE_BINDING, make_binding(maker, "Role"), err);
}

/* A list of texts; NULL without memory. */
static json_t *make_texts(const struct text_list *texts)
{
    json_auto_t *list = json_array();

    for (size_t i = 0; i < texts->n; i++) {
        if (json_array_append_new(list, json_string(texts->items[i])) < 0) {
            return NULL;
        }
    }
    return json_incref(list);
}

/* What is asked for of a disk, but for its head. NULL without memory. */
static json_t *make_disk(const struct maker *maker)
{
    json_auto_t *claim = claim_make(maker->provisioner->backing.claim,
                                    maker->provisioner->namespace, maker->name, NULL);

    return json_pack("{s:O*}", "spec", json_object_get(claim, "spec"));
}

static int add_disk(struct maker *maker, struct err *err)
{
    return maker->provisioner->backing.claim != NULL
               ? add_own(maker, KIND_CLAIM, make_disk(maker), err)
               : 0;
}

static json_t *make_service(const struct maker *maker)
{
    return json_pack("{s:{s:s, s:o, s:o}}", "spec", "type", "ClusterIP", "selector",
                     server_pod_selector(maker->provisioner), "ports", server_pod_ports(true));
}

/* Whom the policy lets in: a list, or NULL without memory. */
static json_t *make_peers(const struct maker *maker)
{
    const struct text_list *networks = &maker->provisioner->node_cidrs;
    json_auto_t *peers = json_array();

    for (size_t i = 0; i < networks->n; i++) {
        if (json_array_append_new(
                peers, json_pack("{s:{s:s}}", "ipBlock", "cidr", networks->items[i])) < 0) {
            return NULL;
        }
    }
    if (json_array_append_new(peers, json_pack("{s:{s:{s:s}}, s:{s:{s:s}}}", "namespaceSelector",
                                               "matchLabels", "kubernetes.io/metadata.name",
                                               maker->terms->home, "podSelector", "matchLabels",
                                               "app.kubernetes.io/component", "controller")) < 0) {
        return NULL;
    }
    return json_incref(peers);
}

static int add_network_policy(struct maker *maker, struct err *err)
{
    if (maker->provisioner->node_cidrs.n == 0) {
        return 0;
    }
    return add_own(maker, KIND_NETWORK_POLICY,
                   json_pack("{s:{s:{s:o}, s:[s], s:[{s:o, s:[{s:i, s:s}]}]}}", "spec",
                             "podSelector", "matchLabels", server_pod_selector(maker->provisioner),
                             "policyTypes", "Ingress", "ingress", "from", make_peers(maker),
                             "ports", "port", SERVER_POD_NFS_PORT, "protocol", "TCP"),
                   err);
}

static json_t *make_disruption_budget(const struct maker *maker)
{
    return json_pack("{s:{s:i, s:{s:o}}}", "spec", "maxUnavailable", 0, "selector", "matchLabels",
                     server_pod_selector(maker->provisioner));
}

/* A claim in the class cannot grow: the provisioner does not do it. */
static int add_storage_class(struct maker *maker, struct err *err)
{
    const struct nfs_provisioner *provisioner = maker->provisioner;
    json_auto_t *body = json_pack("{s:o, s:s, s:s, s:b}", "provisioner",
                                  json_sprintf(SERVER_OBJECTS_PROVISIONER "%s", provisioner->name),
                                  "reclaimPolicy", provisioner->reclaim_policy, "volumeBindingMode",
                                  "Immediate", "allowVolumeExpansion", false);

    if (body != NULL && provisioner->mount_options.n > 0 &&
        json_object_set_new(body, "mountOptions", make_texts(&provisioner->mount_options)) < 0) {
        return err_no_memory(err);
    }
    return add(maker, make_head(maker, KIND_STORAGE_CLASS, provisioner->storage_class_name, false),
               json_incref(body), err);
}

static int add_server(struct maker *maker, struct err *err)
{
    if (add_own(maker, KIND_SERVICE, make_service(maker), err) < 0 ||
        add_network_policy(maker, err) < 0 ||
        add_own(maker, KIND_DISRUPTION_BUDGET, make_disruption_budget(maker), err) < 0) {
        return -1;
    }
    return add_own(
        maker, KIND_STATEFUL_SET,
        json_pack("{s:o}", "spec", server_pod_stateful_set(maker->provisioner, maker->name)), err);
}

json_t *server_objects_make(const struct nfs_provisioner *provisioner,
                            const struct server_objects_terms *terms,
                            struct err *err)
{
    json_auto_t *list = json_array();
    struct maker maker = {.provisioner = provisioner, .terms = terms, .list = list};

    if (list == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    server_objects_name(provisioner, maker.name);
    if (add_namespace(&maker, err) < 0 || add_priority_class(&maker, err) < 0 ||
        add_rights(&maker, err) < 0 || add_disk(&maker, err) < 0 || add_server(&maker, err) < 0 ||
        add_storage_class(&maker, err) < 0) {
        return NULL;
    }
    return json_incref(list);
}
