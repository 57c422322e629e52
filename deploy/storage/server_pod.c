/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/server_pod.h"

#include <stdio.h>
#include <string.h>

#include "deploy/kube/kube.h"
#include "deploy/storage/server_objects.h"

/* Ten seconds more than GRACE_S, as the provisioner's own chart has it. */
#define TERMINATION_S 100

/* For so long clients may reclaim their locks: ganesha's default. */
#define GRACE_S 90

static const struct port {
    const char *tcp_name;
    const char *udp_name;
    int number;
} ports[] = {
    {"nfs", "nfs-udp", SERVER_POD_NFS_PORT}, {"nlockmgr", "nlockmgr-udp", 32803},
    {"mountd", "mountd-udp", 20048},         {"rquotad", "rquotad-udp", 875},
    {"rpcbind", "rpcbind-udp", 111},         {"statd", "statd-udp", 662},
};

static json_t *make_port(bool is_service, const char *name, int number, const char *protocol)
{
    return is_service ? json_pack("{s:s, s:i, s:i, s:s}", "name", name, "port", number,
                                  "targetPort", number, "protocol", protocol)
                      : json_pack("{s:s, s:i, s:s}", "name", name, "containerPort", number,
                                  "protocol", protocol);
}

json_t *server_pod_ports(bool is_service)
{
    json_auto_t *list = json_array();

    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        const struct port *port = &ports[i];
        if (json_array_append_new(list,
                                  make_port(is_service, port->tcp_name, port->number, "TCP")) < 0 ||
            json_array_append_new(list,
                                  make_port(is_service, port->udp_name, port->number, "UDP")) < 0) {
            return NULL;
        }
    }
    return json_incref(list);
}

json_t *server_pod_selector(const struct nfs_provisioner *provisioner)
{
    return json_pack("{s:s, s:s}", "app.kubernetes.io/name", "hawser-nfs",
                     SERVER_OBJECTS_LABEL_SERVER, provisioner->name);
}

static json_t *make_args(const struct nfs_provisioner *provisioner)
{
    return json_pack(
        "[o, s, o]",
        json_sprintf("-provisioner=" SERVER_OBJECTS_PROVISIONER "%s", provisioner->name),
        "-device-based-fsids=false",
        json_sprintf("-grace-period=%d", server_objects_is_ephemeral(provisioner) ? 0 : GRACE_S));
}

static json_t *make_env(const char *name)
{
    return json_pack("[{s:s, s:{s:{s:s}}}, {s:s, s:s}, {s:s, s:{s:{s:s}}}]", "name", "POD_IP",
                     "valueFrom", "fieldRef", "fieldPath", "status.podIP", "name", "SERVICE_NAME",
                     "value", name, "name", "POD_NAMESPACE", "valueFrom", "fieldRef", "fieldPath",
                     "metadata.namespace");
}

static json_t *make_probe(int period_s, int failures)
{
    return json_pack("{s:{s:i}, s:i, s:i, s:i}", "tcpSocket", "port", SERVER_POD_NFS_PORT,
                     "periodSeconds", period_s, "timeoutSeconds", 5, "failureThreshold", failures);
}

/* Texts for numbers, as the API server stores amounts. @amounts may be NULL for none. */
static json_t *make_amounts(const json_t *amounts)
{
    json_auto_t *made = amounts != NULL ? json_deep_copy(amounts) : json_object();
    const char *key;
    json_t *value;

    json_object_foreach (made, key, value) {
        if (json_is_integer(value) &&
            json_object_set_new(made, key, json_sprintf("%lld", json_integer_value(value))) < 0) {
            return NULL;
        }
    }
    return json_incref(made);
}

/* Whether the API server forgets a member that is @value. Of empty objects some mean everything. */
static bool is_forgotten(const json_t *value, bool has_texts)
{
    return json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
           (!has_texts && json_is_string(value) && json_string_length(value) == 0);
}

/* Take away what the API server does not store. @has_texts: "" may mean something. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a document was read */
static void prune(json_t *value, bool has_texts)
{
    const char *key;
    json_t *member;
    void *next;
    size_t i;

    json_array_foreach (value, i, member) {
        prune(member, has_texts);
    }
    json_object_foreach_safe(value, next, key, member)
    {
        prune(member, has_texts);
        if (is_forgotten(member, has_texts)) {
            (void)json_object_del(value, key);
        }
    }
}

/* What a document gives, which may be NULL for nothing, as the API server stores it. */
static json_t *make_stored(const json_t *given, bool has_texts)
{
    json_t *made = given != NULL ? json_deep_copy(given) : json_object();

    prune(made, has_texts);
    return made;
}

/* Put @value, which may be NULL for want of memory, into @object, if there is anything in it. */
static bool put(json_t *object, const char *key, json_t *value)
{
    json_auto_t *owned = value;
    const bool has_any =
        json_array_size(owned) > 0 || json_object_size(owned) > 0 || json_is_string(owned);

    return owned != NULL && (!has_any || json_object_set(object, key, owned) == 0);
}

static json_t *make_resources(const json_t *resources)
{
    json_auto_t *made = json_object();

    return put(made, "requests", make_amounts(json_object_get(resources, "requests"))) &&
                   put(made, "limits", make_amounts(json_object_get(resources, "limits")))
               ? json_incref(made)
               : NULL;
}

static json_t *make_container(const struct nfs_provisioner *provisioner, const char *name)
{
    json_auto_t *container = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:{s:{s:[s, s]}}, s:[{s:s, s:s}]}", "name", "nfs-provisioner",
        "image", provisioner->image, "args", make_args(provisioner), "env", make_env(name), "ports",
        server_pod_ports(false), "securityContext", "capabilities", "add", "DAC_READ_SEARCH",
        "SYS_RESOURCE", "volumeMounts", "name", "data", "mountPath", "/export");

    return container != NULL &&
                   put(container, "resources", make_resources(provisioner->resources)) &&
                   put(container, "startupProbe", make_probe(2, 150)) &&
                   put(container, "readinessProbe", make_probe(5, 3)) &&
                   put(container, "livenessProbe", make_probe(10, 6))
               ? json_incref(container)
               : NULL;
}

static json_t *make_empty_dir(const struct provisioner_empty_dir *empty_dir)
{
    return json_pack("{s:s, s:{s:s*}}", "name", "data", "emptyDir", "sizeLimit",
                     empty_dir->size_limit);
}

static json_t *make_volume(const struct provisioner_backing *backing, const char *name)
{
    if (backing->empty_dir != NULL) {
        return make_empty_dir(backing->empty_dir);
    }
    if (backing->host_path != NULL) {
        return json_pack("{s:s, s:{s:s, s:s}}", "name", "data", "hostPath", "path",
                         backing->host_path->path, "type", "DirectoryOrCreate");
    }
    return json_pack("{s:s, s:{s:s}}", "name", "data", "persistentVolumeClaim", "claimName", name);
}

/* The name that is wanted; NULL for none. */
static const char *priority_class(const struct nfs_provisioner *provisioner)
{
    const char *name = provisioner->priority_class_name;

    if (name == NULL) {
        return SERVER_OBJECTS_PRIORITY_CLASS;
    }
    return name[0] != '\0' ? name : NULL;
}

static json_t *make_pod_spec(const struct nfs_provisioner *provisioner, const char *name)
{
    json_auto_t *spec = json_pack(
        "{s:s, s:b, s:i, s:s*, s:[o], s:[o]}", "serviceAccountName", name,
        "automountServiceAccountToken", true, "terminationGracePeriodSeconds", TERMINATION_S,
        "priorityClassName", priority_class(provisioner), "containers",
        make_container(provisioner, name), "volumes", make_volume(&provisioner->backing, name));

    return spec != NULL &&
                   put(spec, "nodeSelector", make_stored(provisioner->node_selector, true)) &&
                   put(spec, "tolerations", make_stored(provisioner->tolerations, false)) &&
                   put(spec, "affinity", make_stored(provisioner->affinity, true))
               ? json_incref(spec)
               : NULL;
}

static json_t *make_pod_metadata(const struct nfs_provisioner *provisioner)
{
    return json_pack(
        "{s:{s:s, s:s, s:s, s:s, s:s}, s:{s:s, s:s}}", "labels", "app.kubernetes.io/managed-by",
        KUBE_MANAGER, "app.kubernetes.io/name", "hawser-nfs", "app.kubernetes.io/part-of", "hawser",
        "app.kubernetes.io/instance", provisioner->name, SERVER_OBJECTS_LABEL_SERVER,
        provisioner->name, "annotations", "cluster-autoscaler.kubernetes.io/safe-to-evict", "false",
        "karpenter.sh/do-not-disrupt", "true");
}

json_t *server_pod_stateful_set(const struct nfs_provisioner *provisioner, const char *name)
{
    const char *strategy = server_objects_is_ephemeral(provisioner) ? "OnDelete" : "RollingUpdate";

    return json_pack("{s:i, s:s, s:{s:o}, s:{s:s}, s:{s:o, s:o}}", "replicas", 1, "serviceName",
                     name, "selector", "matchLabels", server_pod_selector(provisioner),
                     "updateStrategy", "type", strategy, "template", "metadata",
                     make_pod_metadata(provisioner), "spec", make_pod_spec(provisioner, name));
}
