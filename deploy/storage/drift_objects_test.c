/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/drift_objects_test.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

#define LABELS                                                                        \
    "'app.kubernetes.io/managed-by': 'hawser-controller', 'app.kubernetes.io/name': " \
    "'hawser-nfs', 'hawser.dev/home': 'hawser', 'hawser.dev/nfs-server': 'fast'"
#define WANTED(more) "'metadata': {'name': 'hawser-nfs-fast', " more "'labels': {" LABELS "}}"
#define IN_NAMESPACE "'namespace': 'hawser-nfs', "

/* What the API server keeps of an object, and a label and an annotation that others added. */
#define KEPT(more)                                                                           \
    "'metadata': {'name': 'hawser-nfs-fast', " more "'uid': "                                \
    "'1b6e7b5a-0c5e-4c6e-9f0e-2f3f3c6f0a11', 'resourceVersion': '4711', 'generation': 2, "   \
    "'creationTimestamp': '2026-01-02T03:04:05Z', 'labels': {" LABELS                        \
    ", 'team': 'storage'}, 'annotations': {'others.example/seen': 'yes'}, 'managedFields': " \
    "[{'manager': 'hawser-controller', 'operation': 'Apply', 'fieldsType': 'FieldsV1', "     \
    "'fieldsV1': {}}]}"

/* A StatefulSet. */
#define SET_WANTED                                                                                               \
    "{'apiVersion': 'apps/v1', 'kind': 'StatefulSet', " WANTED(                                                  \
        IN_NAMESPACE) ", 'spec': {"                                                                              \
                      "'replicas': 1, 'serviceName': 'hawser-nfs-fast', 'podManagementPolicy': 'OrderedReady', " \
                      "'selector': {'matchLabels': {'hawser.dev/nfs-server': 'fast'}}, "                         \
                      "'updateStrategy': {'type': 'OnDelete'}, "                                                 \
                      "'template': {'metadata': {'labels': {" LABELS "}}, 'spec': {"                             \
                      "'serviceAccountName': 'hawser-nfs-fast', 'priorityClassName': 'hawser-nfs', "             \
                      "'terminationGracePeriodSeconds': 30, 'hostNetwork': false, "                              \
                      "'nodeSelector': {'disk': 'fast'}, "                                                       \
                      "'tolerations': [{'key': 'nfs', 'operator': 'Exists', 'effect': 'NoSchedule'}], "          \
                      "'securityContext': {'fsGroup': 0}, 'initContainers': [], "                                \
                      "'volumes': [{'name': 'export', 'emptyDir': {'sizeLimit': '102400Mi'}}, "                  \
                      "{'name': 'run', 'emptyDir': {}}], "                                                       \
                      "'containers': [{'name': 'server', 'image': 'nfs:v4.0.8', "                                \
                      "'args': ['-provisioner=hawser.dev/nfs-fast', '-grace-period=0'], "                        \
                      "'env': [{'name': 'POD_IP', 'valueFrom': {'fieldRef': {'fieldPath': 'status.podIP'}}}, "   \
                      "{'name': 'SERVICE_NAME', 'value': 'hawser-nfs-fast'}, {'name': 'NONE', 'value': ''}], "   \
                      "'ports': [{'name': 'nfs', 'containerPort': 2049}, {'name': 'nfs-udp', "                   \
                      "'containerPort': 2049, 'protocol': 'UDP'}], "                                             \
                      "'resources': {'requests': {'cpu': '1000m', 'memory': '1024Mi'}, "                         \
                      "'limits': {'cpu': 2, 'memory': '0.5Gi'}}, "                                               \
                      "'livenessProbe': {'tcpSocket': {'port': 2049}, 'periodSeconds': 20}, "                    \
                      "'securityContext': {'allowPrivilegeEscalation': false, 'runAsUser': 0, 'capabilities': "  \
                      "{'drop': ['ALL'], 'add': ['DAC_READ_SEARCH', 'SYS_RESOURCE']}}, "                         \
                      "'volumeMounts': [{'name': 'export', 'mountPath': '/export', 'readOnly': false}, "         \
                      "{'name': 'run', 'mountPath': '/run'}]}]}}}}"

#define SET_KEPT(more)                                                                                           \
    "{'apiVersion': 'apps/v1', 'kind': 'StatefulSet', " KEPT(                                                    \
        IN_NAMESPACE) ", 'spec': {"                                                                              \
                      "'replicas': 1, 'serviceName': 'hawser-nfs-fast', 'podManagementPolicy': 'OrderedReady', " \
                      "'revisionHistoryLimit': 10, " more                                                        \
                      "'selector': {'matchLabels': {'hawser.dev/nfs-server': 'fast'}}, "                         \
                      "'updateStrategy': {'type': 'OnDelete'}, "                                                 \
                      "'template': {'metadata': {'creationTimestamp': null, 'labels': {" LABELS                  \
                      "}, 'annotations': {'kubectl.kubernetes.io/restartedAt': '2026-01-02T03:04:05Z'}}, "       \
                      "'spec': {'restartPolicy': 'Always', 'dnsPolicy': 'ClusterFirst', "                        \
                      "'schedulerName': 'default-scheduler', "                                                   \
                      "'serviceAccountName': 'hawser-nfs-fast', 'serviceAccount': 'hawser-nfs-fast', "           \
                      "'priorityClassName': 'hawser-nfs', 'terminationGracePeriodSeconds': 30, "                 \
                      "'nodeSelector': {'disk': 'fast'}, "                                                       \
                      "'tolerations': [{'key': 'nfs', 'operator': 'Exists', 'effect': 'NoSchedule'}], "          \
                      "'securityContext': {'fsGroup': 0}, "                                                      \
                      "'volumes': [{'name': 'export', 'emptyDir': {'sizeLimit': '100Gi'}}, "                     \
                      "{'name': 'run', 'emptyDir': {}}], "                                                       \
                      "'containers': [{'name': 'server', 'image': 'nfs:v4.0.8', "                                \
                      "'imagePullPolicy': 'IfNotPresent', 'terminationMessagePath': '/dev/termination-log', "    \
                      "'terminationMessagePolicy': 'File', "                                                     \
                      "'args': ['-provisioner=hawser.dev/nfs-fast', '-grace-period=0'], "                        \
                      "'env': [{'name': 'POD_IP', 'valueFrom': {'fieldRef': {'apiVersion': 'v1', 'fieldPath': "  \
                      "'status.podIP'}}}, {'name': 'SERVICE_NAME', 'value': 'hawser-nfs-fast'}, "                \
                      "{'name': 'NONE'}], "                                                                      \
                      "'ports': [{'name': 'nfs', 'containerPort': 2049, 'protocol': 'TCP'}, "                    \
                      "{'name': 'nfs-udp', 'containerPort': 2049, 'protocol': 'UDP'}], "                         \
                      "'resources': {'requests': {'cpu': '1', 'memory': '1Gi'}, "                                \
                      "'limits': {'cpu': '2', 'memory': '512Mi'}}, "                                             \
                      "'livenessProbe': {'tcpSocket': {'port': 2049}, 'periodSeconds': 20, "                     \
                      "'timeoutSeconds': 1, 'successThreshold': 1, 'failureThreshold': 3}, "                     \
                      "'securityContext': {'allowPrivilegeEscalation': false, 'runAsUser': 0, 'capabilities': "  \
                      "{'drop': ['ALL'], 'add': ['DAC_READ_SEARCH', 'SYS_RESOURCE']}}, "                         \
                      "'volumeMounts': [{'name': 'export', 'mountPath': '/export'}, "                            \
                      "{'name': 'run', 'mountPath': '/run'}]}]}}}, 'status': {'replicas': 1}}"

/* A Service. */
#define SERVICE_WANTED                                                                       \
    "{'apiVersion': 'v1', 'kind': 'Service', " WANTED(                                       \
        IN_NAMESPACE) ", 'spec': {"                                                          \
                      "'type': 'ClusterIP', 'selector': {'hawser.dev/nfs-server': 'fast'}, " \
                      "'publishNotReadyAddresses': false, "                                  \
                      "'ports': [{'name': 'nfs', 'port': 2049}, "                            \
                      "{'name': 'nfs-udp', 'port': 2049, 'protocol': 'UDP'}, {'name': 'rpcbind', 'port': 111}]}}"

#define SERVICE_KEPT(more)                                                                               \
    "{" KEPT(                                                                                            \
        IN_NAMESPACE) ", 'spec': {'type': 'ClusterIP', 'clusterIP': '10.0.0.7', "                        \
                      "'sessionAffinity': 'None', " more                                                 \
                      "'selector': {'hawser.dev/nfs-server': 'fast'}, "                                  \
                      "'ports': [{'name': 'nfs', 'protocol': 'TCP', 'port': 2049, 'targetPort': 2049}, " \
                      "{'name': 'nfs-udp', 'port': 2049, 'protocol': 'UDP', 'targetPort': 2049}, "       \
                      "{'name': 'rpcbind', 'protocol': 'TCP', 'port': 111, 'targetPort': 111}]}, "       \
                      "'status': {'loadBalancer': {}}}"

#define POLICY_HEAD "{'apiVersion': 'networking.k8s.io/v1', 'kind': 'NetworkPolicy', "
#define POLICY_BODY(protocol)                                                        \
    ", 'spec': {'podSelector': {'matchLabels': {'hawser.dev/nfs-server': 'fast'}}, " \
    "'policyTypes': ['Ingress'], 'ingress': [{'from': [{'namespaceSelector': {}}], " \
    "'ports': [{'port': 2049" protocol "}]}]}}"

#define BUDGET_SPEC                    \
    ", 'spec': {'maxUnavailable': 0, " \
    "'selector': {'matchLabels': {'hawser.dev/nfs-server': 'fast'}}}"

#define CLASS_HEAD "{'apiVersion': 'storage.k8s.io/v1', 'kind': 'StorageClass', "
#define CLASS_BODY                                                        \
    ", 'provisioner': 'hawser.dev/nfs-fast', 'reclaimPolicy': 'Delete', " \
    "'volumeBindingMode': 'Immediate', 'mountOptions': ['vers=4.1', 'hard']}"

#define RBAC "'apiVersion': 'rbac.authorization.k8s.io/v1', "
#define ROLE_RULES                                                                  \
    ", 'rules': [{'apiGroups': [''], 'resources': ['endpoints'], 'resourceNames': " \
    "['hawser-nfs-fast'], 'verbs': ['get', 'update']}]}"
#define BINDING_BODY(group)                                                           \
    ", 'roleRef': {'apiGroup': 'rbac.authorization.k8s.io', 'kind': 'Role', 'name': " \
    "'hawser-nfs-fast'}, 'subjects': [{" group                                        \
    "'kind': 'ServiceAccount', 'name': 'hawser-nfs-fast', 'namespace': 'hawser-nfs'}]}"

#define PRIORITY_HEAD       "{'apiVersion': 'scheduling.k8s.io/v1', 'kind': 'PriorityClass', "
#define PRIORITY_BODY(more) ", 'value': 1000000" more ", 'preemptionPolicy': 'Never'}"

#define RETENTION_1_30                                                                 \
    "'persistentVolumeClaimRetentionPolicy': {'whenDeleted': 'Retain', 'whenScaled': " \
    "'Retain'}, "
#define ADDRESSES_1_30                                                                      \
    "'clusterIPs': ['10.0.0.7'], 'ipFamilies': ['IPv4'], 'ipFamilyPolicy': 'SingleStack', " \
    "'internalTrafficPolicy': 'Cluster', "

const struct drift_objects drift_objects_all[] = {
    {"StatefulSet", SET_WANTED, {SET_KEPT(""), SET_KEPT(RETENTION_1_30)}},
    {"Service",
     SERVICE_WANTED,
     {SERVICE_KEPT("'clusterIPs': ['10.0.0.7'], "), SERVICE_KEPT(ADDRESSES_1_30)}},
    {"NetworkPolicy",
     POLICY_HEAD WANTED(IN_NAMESPACE) POLICY_BODY(""),
     {POLICY_HEAD KEPT(IN_NAMESPACE) POLICY_BODY(", 'protocol': 'TCP'"),
      POLICY_HEAD KEPT(IN_NAMESPACE) POLICY_BODY(", 'protocol': 'TCP'")}},
    {"PodDisruptionBudget",
     "{'apiVersion': 'policy/v1', 'kind': 'PodDisruptionBudget', " WANTED(IN_NAMESPACE) BUDGET_SPEC
     "}",
     {"{'apiVersion': 'policy/v1beta1', 'kind': 'PodDisruptionBudget', " KEPT(IN_NAMESPACE)
          BUDGET_SPEC ", 'status': {'disruptionsAllowed': 0}}",
      "{'apiVersion': 'policy/v1', 'kind': 'PodDisruptionBudget', " KEPT(IN_NAMESPACE) BUDGET_SPEC
      ", 'status': {'conditions': []}}"}},
    {"StorageClass",
     CLASS_HEAD WANTED("") CLASS_BODY,
     {CLASS_HEAD KEPT("") CLASS_BODY, CLASS_HEAD KEPT("") CLASS_BODY}},
    {"Role",
     "{" RBAC "'kind': 'Role', " WANTED(IN_NAMESPACE) ROLE_RULES,
     {"{" RBAC "'kind': 'Role', " KEPT(IN_NAMESPACE) ROLE_RULES,
      "{" RBAC "'kind': 'Role', " KEPT(IN_NAMESPACE) ROLE_RULES}},
    {"RoleBinding",
     "{" RBAC "'kind': 'RoleBinding', " WANTED(IN_NAMESPACE) BINDING_BODY("'apiGroup': '', "),
     {"{" RBAC "'kind': 'RoleBinding', " KEPT(IN_NAMESPACE) BINDING_BODY(""),
      "{" RBAC "'kind': 'RoleBinding', " KEPT(IN_NAMESPACE) BINDING_BODY("")}},
    {"PriorityClass",
     PRIORITY_HEAD WANTED("") PRIORITY_BODY(", 'globalDefault': false"),
     {PRIORITY_HEAD KEPT("") PRIORITY_BODY(""), PRIORITY_HEAD KEPT("") PRIORITY_BODY("")}},
    {"PersistentVolumeClaim",
     "{'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', " WANTED(
         IN_NAMESPACE) ", 'spec': {'accessModes': ['ReadWriteOnce'], 'resources': {'requests': "
                       "{'storage': '10Gi'}}}}",
     {"{" KEPT(IN_NAMESPACE) ", 'spec': {'resources': {'requests': {'storage': '20Gi'}}}}",
      "{" KEPT(IN_NAMESPACE) ", 'spec': {'volumeName': 'pv-1'}}"}},
};

const size_t drift_objects_n = sizeof(drift_objects_all) / sizeof(drift_objects_all[0]);

json_t *drift_objects_read(const char *text)
{
    CLEANUP(free) char *copy = strdup(text);
    struct err err = {0};
    json_t *value;

    assert(copy != NULL);
    for (char *at = strchr(copy, '\''); at != NULL; at = strchr(at, '\'')) {
        *at = '"';
    }
    value = json_parse(copy, strlen(copy), &err);
    if (value == NULL) {
        (void)fprintf(stderr, "%s\n%s\n", err.msg, err.excerpt);
    }
    assert(value != NULL);
    return value;
}

const struct drift_objects *drift_objects_find(const char *name)
{
    const struct drift_objects *object = drift_objects_all;

    while (strcmp(object->name, name) != 0) {
        object++;
        assert(object < drift_objects_all + drift_objects_n);
    }
    return object;
}
