/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policies/load.h"
#include "tests/test.h"

/* A document up to its volumes, its volumes, and one of the other kind. */
#define HEAD                      \
    "apiVersion: hawser.dev/v1\n" \
    "kind: VolumePolicy\n"        \
    "metadata: {name: scratch}\n" \
    "spec:\n"

#define VOLUMES                                            \
    "  volumes:\n"                                         \
    "  - name: workdir\n"                                  \
    "    transient: {storageClassName: nfs, size: 10Gi}\n" \
    "    mountPath: /workdir\n"

#define PROVISIONER               \
    "apiVersion: hawser.dev/v1\n" \
    "kind: NFSProvisioner\n"      \
    "metadata: {name: ebs}\n"     \
    "spec:\n"

struct row {
    const char *text;
    const char *message;
};

static void check_rows(const struct row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        struct err err = {0};
        print_message("# row %zu: %s\n", i, rows[i].message);
        assert_null(policy_load_text("p.yaml", rows[i].text, strlen(rows[i].text), &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
        assert_int_equal(strchr(err.excerpt, '^') != NULL, strncmp(err.msg, "p.yaml:", 7) == 0);
    }
}

static const struct row no_documents[] = {
    {"", "'p.yaml' has no policies; expected one document at least"},
    {"# a\n"
     "---\n",
     "'p.yaml' has no policies; expected one document at least"},
    {"spec: [1,\n", "p.yaml:2:1: did not find expected node content while parsing a flow node"},
    {"hello", "p.yaml:1:1: expected an object, found a string"},
    {"spec:\n"
     "\tx: 1",
     "p.yaml:2:1: a tab; expected spaces, or \"\\t\" within double quotes"},
    {"apiVersion: v1\n"
     "kind: ConfigMap\n"
     "data: {}\n",
     "p.yaml:1:13: apiVersion: 'v1' is not a policy's; expected 'hawser.dev/v1'"},
    {"apiVersion: hawser.dev/v1\n"
     "kind: VolumePolice\n"
     "metadata: {}\n",
     "p.yaml:2:7: kind: 'VolumePolice' is unknown; accepted: VolumePolicy, "
     "NFSProvisioner"},
    {"apiVersion: hawser.dev/v1\n"
     "metadata: {name: a}\n"
     "spec: {}\n",
     "p.yaml:1:1: key 'kind' is missing"},
    {"apiVersion: hawser.dev/v1\n"
     "kind: VolumePolicy\n"
     "metadata: {}\n"
     "spec: {}\n",
     "p.yaml:3:11: metadata: key 'name' is missing"},
    {"apiVersion: hawser.dev/v1\n"
     "kind: VolumePolicy\n"
     "metadata: {name: Scratch}\n"
     "spec:\n" VOLUMES,
     "p.yaml:3:18: metadata.name: 'Scratch' is not a name; expected lower case "
     "letters, digits and '-', e.g. 'work-dir'"},
    {"apiVersion: hawser.dev/v1\n"
     "kind: VolumePolicy\n"
     "metadata: {name: a, namespace: b}\n"
     "spec:\n" VOLUMES,
     "p.yaml:3:21: metadata: key 'namespace' is unknown; accepted: name, labels, "
     "annotations"},
    {HEAD VOLUMES "status: {}\n",
     "p.yaml:9:1: key 'status' is unknown; accepted: apiVersion, kind, metadata, spec"},
    {"apiVersion: hawser.dev/v1\n"
     "kind: VolumePolicy\n"
     "metadata: {name: a}\n"
     "spec: []\n",
     "p.yaml:4:7: spec: expected an object, found a list"},
    {HEAD VOLUMES "---\n" HEAD VOLUMES,
     "p.yaml:12:18: metadata.name: VolumePolicy 'scratch' stands at p.yaml:1 already; "
     "expected another name"},
    {"apiVersion: hawser.dev/v1\n"
     "kind: NFSProvisioner\n"
     "metadata: {name: eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee}\n"
     "spec:\n"
     "  backing: {emptyDir: {}}\n"
     "  storageClass: {name: a}\n",
     "p.yaml:3:18: metadata.name: 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee...' is longer "
     "than 32 characters"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n"
                 "---\n" PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n",
     "p.yaml:10:18: metadata.name: NFSProvisioner 'ebs' stands at p.yaml:1 already; "
     "expected another name"},
};

static void what_is_no_policy_document_is_refused(void **state)
{
    (void)state;
    check_rows(no_documents, sizeof(no_documents) / sizeof(no_documents[0]));
}

static const struct row wrong_keys[] = {
    {HEAD "  default: true\n", "p.yaml:5:3: spec: key 'volumes' is missing"},
    {HEAD "  volumes: []\n", "p.yaml:5:12: spec.volumes: expected at least 1, found 0"},
    {HEAD "  defualt: true\n" VOLUMES,
     "p.yaml:5:3: spec: key 'defualt' is unknown; did you mean 'default'? accepted: "
     "description, default, mode, match, argo, volumes, copies, volumeClaimGC, "
     "onConflict, initContainer, copier, overrides"},
    {HEAD "  replicas: 2\n" VOLUMES,
     "p.yaml:5:3: spec: key 'replicas' is unknown; accepted: description, default, "
     "mode, match, argo, volumes, copies, volumeClaimGC, onConflict, initContainer, "
     "copier, overrides"},
    {HEAD "  volumes:\n"
          "  - name: a\n"
          "    mountpath: /a\n"
          "    transient: {storageClassName: b, size: 1Gi}\n",
     "p.yaml:7:5: spec.volumes[0]: key 'mountpath' is unknown; did you mean "
     "'mountPath'? accepted: name, transient, persistent, mountPath, subPath, "
     "readOnly, templates"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: b, sise: 1Gi}}\n",
     "p.yaml:6:63: spec.volumes[0].transient: key 'sise' is unknown; did you mean "
     "'size'? accepted: storageClassName, size, accessModes"},
    {HEAD "  default: true\n"
          "  default: false\n" VOLUMES,
     "p.yaml:6:3: key 'default' stands twice in this mapping; expected it once"},
    {HEAD "  description: &a b\n" VOLUMES,
     "p.yaml:5:16: anchors ('&') and aliases ('*') are not accepted: write the value "
     "out"},
    {HEAD "  default: yes\n" VOLUMES,
     "p.yaml:5:12: 'yes' means different things to different YAML readers: quote it, "
     "or write true, false, null or a plain decimal number"},
    {HEAD "  default: 'true'\n" VOLUMES,
     "p.yaml:5:12: spec.default: expected true or false, found a string"},
    {HEAD "  match: {namespaces: ci}\n" VOLUMES,
     "p.yaml:5:23: spec.match.namespaces: expected a list, found a string"},
    {HEAD "  match: []\n" VOLUMES, "p.yaml:5:10: spec.match: expected an object, found a list"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: 10}}\n",
     "p.yaml:6:69: spec.volumes[0].transient.size: expected a string, found a number; "
     "quote it"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: ten}}\n",
     "p.yaml:6:69: spec.volumes[0].transient.size: 'ten' is not a quantity: expected a "
     "number with a suffix, such as 10Gi, 500M or 0.5"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: -1Gi}}\n",
     "p.yaml:6:69: spec.volumes[0].transient.size: '-1Gi' is not positive; expected "
     "e.g. '10Gi'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: '0'}}\n",
     "p.yaml:6:69: spec.volumes[0].transient.size: '0' is not positive; expected e.g. "
     "'10Gi'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: 99Ei}}\n",
     "p.yaml:6:69: spec.volumes[0].transient.size: quantity '99Ei' is too large: "
     "expected less than 8Ei (2^63)"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: b}}\n",
     "p.yaml:6:41: spec.volumes[0].transient: key 'size' is missing"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {size: 1Gi}}\n",
     "p.yaml:6:41: spec.volumes[0].transient: key 'storageClassName' is missing"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, persistent: {claimName: c, create: {size: 1Gi}}}\n",
     "p.yaml:6:65: spec.volumes[0].persistent.create: key 'storageClassName' is "
     "missing"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, transient: {storageClassName: B_, size: 1Gi}}\n",
     "p.yaml:6:60: spec.volumes[0].transient.storageClassName: 'B_' is not a name; "
     "expected lower case letters, digits, '-' and '.', e.g. 'nfs-ebs'"},
    {HEAD
     "  volumes:\n"
     "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: 1Gi, accessModes: [RWX]}}\n",
     "p.yaml:6:88: spec.volumes[0].transient.accessModes[0]: 'RWX' is unknown; "
     "accepted: ReadWriteMany, ReadWriteOnce, ReadOnlyMany"},
    {HEAD
     "  volumes:\n"
     "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: 1Gi, accessModes: []}}\n",
     "p.yaml:6:87: spec.volumes[0].transient.accessModes: expected at least 1, found 0"},
    {HEAD "  mode: inject\n" VOLUMES,
     "p.yaml:5:9: spec.mode: 'inject' is unknown; did you mean 'Inject'? accepted: "
     "Inject, Warn"},
    {HEAD "  onConflict: Explode\n" VOLUMES,
     "p.yaml:5:15: spec.onConflict: 'Explode' is unknown; accepted: Skip, Deny"},
};

static void a_key_or_type_that_no_field_has_is_refused(void **state)
{
    (void)state;
    check_rows(wrong_keys, sizeof(wrong_keys) / sizeof(wrong_keys[0]));
}

static const struct row wrong_values[] = {
    {HEAD "  match: {kinds: []}\n" VOLUMES,
     "p.yaml:5:18: spec.match.kinds: expected at least 1, found 0"},
    {HEAD "  match: {kinds: [Workflow, Workflow]}\n" VOLUMES,
     "p.yaml:5:29: spec.match.kinds[1]: 'Workflow' stands twice in the list"},
    {HEAD "  match: {kinds: [Workflows]}\n" VOLUMES,
     "p.yaml:5:19: spec.match.kinds[0]: 'Workflows' is unknown; did you mean "
     "'Workflow'? accepted: Workflow, WorkflowTemplate, ClusterWorkflowTemplate, "
     "CronWorkflow"},
    {HEAD "  match: {namespaces: ['team-[ab]']}\n" VOLUMES,
     "p.yaml:5:24: spec.match.namespaces[0]: glob 'team-[ab]' holds '[': only '*' and "
     "'?' have a meaning here"},
    {HEAD "  match: {namespaces: ['']}\n" VOLUMES,
     "p.yaml:5:24: spec.match.namespaces[0]: must not be empty"},
    {HEAD "  match: {selector: {matchExpressions: [{key: a, operator: In}]}}\n" VOLUMES,
     "p.yaml:5:41: spec.match.selector.matchExpressions[0]: operators In and NotIn "
     "expect 'values', found none"},
    {HEAD
     "  match: {selector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}\n" VOLUMES,
     "p.yaml:5:41: spec.match.selector.matchExpressions[0]: operators Exists and "
     "DoesNotExist expect no 'values'"},
    {HEAD
     "  match: {selector: {matchExpressions: [{key: a, operator: Equals, values: [b]}]}}\n" VOLUMES,
     "p.yaml:5:60: spec.match.selector.matchExpressions[0].operator: 'Equals' is "
     "unknown; accepted: In, NotIn, Exists, DoesNotExist"},
    {HEAD "  match: {selector: {matchLabels: {'a b': c}}}\n" VOLUMES,
     "p.yaml:5:36: spec.match.selector.matchLabels: 'a b' is not a key; expected "
     "letters, digits, '-', '_' and '.', e.g. 'tier' or 'example.com/tier'"},
    {HEAD "  match: {selector: {matchLabels: {a: 'b c'}}}\n" VOLUMES,
     "p.yaml:5:39: spec.match.selector.matchLabels.a: 'b c' is not a label's value; "
     "expected letters, digits, '-', '_' and '.'"},
    {HEAD "  match: {selector: {matchLabels: {a: true}}}\n" VOLUMES,
     "p.yaml:5:39: spec.match.selector.matchLabels.a: expected a string, found a "
     "boolean; quote it"},
    {HEAD "  argo: {version: latest}\n" VOLUMES,
     "p.yaml:5:19: spec.argo.version: 'latest' is not a version of Argo Workflows; "
     "expected e.g. 'v3.7.7'"},
    {HEAD "  argo: {version: 3.7}\n" VOLUMES,
     "p.yaml:5:19: spec.argo.version: expected a string, found a number; quote it"},
    {HEAD "  copier: {threads: 0}\n" VOLUMES,
     "p.yaml:5:21: spec.copier.threads: expected a whole number from 1 to 256, found 0"},
    {HEAD "  copier: {threads: 257}\n" VOLUMES,
     "p.yaml:5:21: spec.copier.threads: expected a whole number from 1 to 256, found "
     "257"},
    {HEAD "  copier: {threads: '16'}\n" VOLUMES,
     "p.yaml:5:21: spec.copier.threads: expected a whole number, found a string"},
    {HEAD "  copier: {resources: {claims: []}}\n" VOLUMES,
     "p.yaml:5:24: spec.copier.resources: key 'claims' is unknown; accepted: requests, "
     "limits"},
    {HEAD "  copier: {resources: {requests: {cpu: lots}}}\n" VOLUMES,
     "p.yaml:5:40: spec.copier.resources.requests.cpu: 'lots' is not a quantity: "
     "expected a number with a suffix, such as 10Gi, 500M or 0.5"},
    {HEAD "  copier: {resources: {requests: {cpu: 0.5}}}\n" VOLUMES,
     "p.yaml:5:40: spec.copier.resources.requests.cpu: expected a string or a whole "
     "number, found a number; quote it"},
    {HEAD "  copier: {resources: {requests: {cpu: -1}}}\n" VOLUMES,
     "p.yaml:5:40: spec.copier.resources.requests.cpu: '-1' is negative; expected e.g. "
     "'500m'"},
    {HEAD
     "  copier: {resources: {requests: {cpu: 2, example.com/gpu: 2}, limits: {example.com/gpu: 1}}}\n" VOLUMES,
     "p.yaml:5:60: spec.copier.resources.requests['example.com/gpu']: is more than "
     "limits.example.com/gpu"},
    {HEAD "  copier: {image: 'a b'}\n" VOLUMES,
     "p.yaml:5:19: spec.copier.image: 'a b' is not an image; expected e.g. "
     "'registry.example.com/hawser:v1.0.0'"},
};

static void a_value_out_of_range_is_refused(void **state)
{
    (void)state;
    check_rows(wrong_values, sizeof(wrong_values) / sizeof(wrong_values[0]));
}

static const struct row wrong_names[] = {
    {HEAD
     "  volumes:\n"
     "  - {name: a, mountPath: /a, transient: {storageClassName: b, size: 1Gi}, persistent: {claimName: c}}\n",
     "p.yaml:6:5: spec.volumes[0]: expected exactly one of 'transient' and "
     "'persistent', found both"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a}\n",
     "p.yaml:6:5: spec.volumes[0]: expected exactly one of 'transient' and "
     "'persistent', found neither"},
    {HEAD VOLUMES "  - {name: workdir, mountPath: /b, persistent: {claimName: c}}\n",
     "p.yaml:9:12: spec.volumes[1].name: volume 'workdir' stands twice; expected "
     "another name"},
    {HEAD VOLUMES "  - {name: b, mountPath: //workdir/, persistent: {claimName: c}}\n",
     "p.yaml:9:26: spec.volumes[1].mountPath: volume 'workdir' is mounted at "
     "'/workdir' already"},
    {HEAD "  volumes:\n"
          "  - {name: Work, mountPath: /a, persistent: {claimName: c}}\n",
     "p.yaml:6:12: spec.volumes[0].name: 'Work' is not a name; expected lower case "
     "letters, digits and '-', e.g. 'work-dir'"},
    {HEAD "  volumes:\n"
          "  - {name: '', mountPath: /a, persistent: {claimName: c}}\n",
     "p.yaml:6:12: spec.volumes[0].name: must not be empty"},
    {HEAD
     "  volumes:\n"
     "  - {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, mountPath: /a, persistent: {claimName: c}}\n",
     "p.yaml:6:12: spec.volumes[0].name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' "
     "is longer than 63 characters"},
    {HEAD "  volumes:\n"
          "  - {name: var-run-argo, mountPath: /a, persistent: {claimName: c}}\n",
     "p.yaml:6:12: spec.volumes[0].name: 'var-run-argo' is a name that Argo, "
     "Kubernetes or hawser uses; expected another, e.g. 'workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: hawser-x, mountPath: /a, persistent: {claimName: c}}\n",
     "p.yaml:6:12: spec.volumes[0].name: 'hawser-x' is a name that Argo, Kubernetes or "
     "hawser uses; expected another, e.g. 'workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: workdir, persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: 'workdir' is not an absolute path; "
     "expected e.g. '/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a/../etc, persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '/a/../etc' has a '..'; expected e.g. "
     "'/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /, persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '/' would hide '/argo', which Argo, "
     "Kubernetes or the image needs; expected e.g. '/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /argo, persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '/argo' is at or below '/argo', which "
     "belongs to Argo, Kubernetes or the image; expected e.g. '/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /var/run/argo/x, persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '/var/run/argo/x' is at or below "
     "'/var/run/argo', which belongs to Argo, Kubernetes or the image; expected e.g. "
     "'/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /var/run, persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '/var/run' would hide '/var/run/argo', "
     "which Argo, Kubernetes or the image needs; expected e.g. '/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /etc/ssl, persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '/etc/ssl' is at or below '/etc', which "
     "belongs to Argo, Kubernetes or the image; expected e.g. '/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: '/a b', persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '/a b' has characters other than "
     "letters, digits and ._/-; expected e.g. '/workdir'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, subPath: /x, persistent: {claimName: c}}\n",
     "p.yaml:6:39: spec.volumes[0].subPath: '/x' is an absolute path; expected one "
     "inside the volume, e.g. 'team/data'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, subPath: x/.., persistent: {claimName: c}}\n",
     "p.yaml:6:39: spec.volumes[0].subPath: 'x/..' has an empty segment, '.' or '..'; "
     "expected e.g. 'team/data'"},
};

static void names_and_paths_that_cannot_be_are_refused(void **state)
{
    (void)state;
    check_rows(wrong_names, sizeof(wrong_names) / sizeof(wrong_names[0]));
}

static const struct row variables[] = {
    {HEAD
     "  volumes:\n"
     "  - {name: a, mountPath: /a, subPath: '{{inputs.parameters.x}}', persistent: {claimName: c}}\n",
     "p.yaml:6:39: spec.volumes[0].subPath: '{{inputs.parameters.x}}' is not a "
     "variable that always has a value; expected '{{workflow.name}}', "
     "'{{workflow.namespace}}', '{{workflow.uid}}' and '{{pod.name}}'"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, subPath: '{{=1}}', persistent: {claimName: c}}\n",
     "p.yaml:6:39: spec.volumes[0].subPath: '{{=' is not accepted: Argo would run what "
     "follows as a program"},
    {HEAD "  description: 'x {{=1}}'\n" VOLUMES,
     "p.yaml:5:16: spec.description: '{{=' is not accepted: Argo would run what "
     "follows as a program"},
    {HEAD "  match: {selector: {matchLabels: {'{{=a': b}}}\n" VOLUMES,
     "p.yaml:5:36: spec.match.selector.matchLabels: '{{=' is not accepted: Argo would "
     "run what follows as a program"},
    {"apiVersion: hawser.dev/v1\n"
     "kind: VolumePolicy\n"
     "metadata: {name: a, annotations: {b: '{{=c}}'}}\n"
     "spec:\n" VOLUMES,
     "p.yaml:3:38: metadata.annotations.b: '{{=' is not accepted: Argo would run what "
     "follows as a program"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: '/{{workflow.name}}', persistent: {claimName: c}}\n",
     "p.yaml:6:26: spec.volumes[0].mountPath: '{{' is not accepted here: Argo "
     "substitutes it; variables are accepted in subPath, from.path and copyBack.path only"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, persistent: {claimName: '{{workflow.name}}'}}\n",
     "p.yaml:6:54: spec.volumes[0].persistent.claimName: '{{' is not accepted here: "
     "Argo substitutes it; variables are accepted in subPath, from.path and copyBack.path only"},
};

static void text_that_argo_would_substitute_is_refused(void **state)
{
    (void)state;
    check_rows(variables, sizeof(variables) / sizeof(variables[0]));
}

static const struct row wrong_copies[] = {
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: cache}, to: /a}\n",
     "p.yaml:10:30: spec.copies[0].from.volume: 'cache' is not a volume of this "
     "policy; expected one of workdir"},
    {HEAD VOLUMES
     "  copies:\n"
     "  - {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, from: {volume: workdir}, to: /a}\n",
     "p.yaml:10:12: spec.copies[0].name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' "
     "is longer than 56 characters"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a}\n"
                  "  - {name: a, from: {volume: workdir}, to: /b}\n",
     "p.yaml:11:12: spec.copies[1].name: copy 'a' stands twice; expected another name"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a}\n"
                  "  - {name: b, from: {volume: workdir}, to: /a/b}\n",
     "p.yaml:11:44: spec.copies[1].to: '/a/b' overlaps with '/a', the target of copy "
     "'a'; expected a path apart from it"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /workdir/a}\n",
     "p.yaml:10:44: spec.copies[0].to: '/workdir/a' overlaps with '/workdir', where "
     "volume 'workdir' is mounted; expected a path apart from it"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, to: /a}\n",
     "p.yaml:10:5: spec.copies[0]: key 'from' is missing"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir, path: ../x}, to: /a}\n",
     "p.yaml:10:45: spec.copies[0].from.path: '../x' has an empty segment, '.' or "
     "'..'; expected e.g. 'team/data'"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir, path: '{{x}}'}, to: /a}\n",
     "p.yaml:10:45: spec.copies[0].from.path: '{{x}}' is not a variable that always "
     "has a value; expected '{{workflow.name}}', '{{workflow.namespace}}', "
     "'{{workflow.uid}}' and '{{pod.name}}'"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a, ephemeral: {sizeLimit: 0Gi}}\n",
     "p.yaml:10:71: spec.copies[0].ephemeral.sizeLimit: '0Gi' is not positive; "
     "expected e.g. '10Gi'"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a, ephemeral: {medium: Disk}}\n",
     "p.yaml:10:68: spec.copies[0].ephemeral.medium: 'Disk' is unknown; expected "
     "'Memory' or \"\" for the node's disk"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a, include: [/x]}\n",
     "p.yaml:10:58: spec.copies[0].include[0]: '/x' starts with '/' and so matches "
     "nothing; expected a glob relative to from.path, e.g. '**/*.csv'"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a, exclude: ['$(X)']}\n",
     "p.yaml:10:58: spec.copies[0].exclude[0]: '$(X)' has a '$', which Kubernetes "
     "expands"},
    {HEAD "  volumes:\n"
          "  - {name: in, persistent: {claimName: c}, mountPath: /in, readOnly: true}\n"
          "  copies:\n"
          "  - name: a\n"
          "    from: {volume: in}\n"
          "    to: /a\n"
          "    copyBack: {path: results}\n",
     "p.yaml:11:5: spec.copies[0]: volume 'in' is readOnly: nothing can be copied back; expected "
     "another volume, or no copyBack"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a, copyBack: {when: Always}}\n",
     "p.yaml:10:58: spec.copies[0].copyBack: key 'path' is missing"},
    {HEAD VOLUMES "  copies:\n"
                  "  - {name: a, from: {volume: workdir}, to: /a, copyBack: {path: ../x}}\n",
     "p.yaml:10:65: spec.copies[0].copyBack.path: '../x' has an empty segment, '.' or '..'; expected "
     "e.g. 'team/data'"},
    {HEAD VOLUMES
     "  copies:\n"
     "  - {name: a, from: {volume: workdir}, to: /a, copyBack: {path: x, when: Never}}\n",
     "p.yaml:10:74: spec.copies[0].copyBack.when: 'Never' is unknown; accepted: Success, Always"},
};

static void a_copy_that_cannot_work_is_refused(void **state)
{
    (void)state;
    check_rows(wrong_copies, sizeof(wrong_copies) / sizeof(wrong_copies[0]));
}

static const struct row wrong_overrides[] = {
    {HEAD VOLUMES "  overrides: [{volume: cache, fields: [size]}]\n",
     "p.yaml:9:24: spec.overrides[0].volume: 'cache' is not a volume of this policy; "
     "expected one of workdir"},
    {HEAD VOLUMES
     "  overrides: [{volume: workdir, fields: [size]}, {volume: workdir, fields: [mountPath]}]\n",
     "p.yaml:9:59: spec.overrides[1].volume: volume 'workdir' stands twice; expected "
     "one override with all fields"},
    {HEAD "  volumes:\n"
          "  - {name: a, mountPath: /a, persistent: {claimName: c}}\n"
          "  overrides: [{volume: a, fields: [mountPath, size]}]\n",
     "p.yaml:7:35: spec.overrides[0].fields: volume 'a' is persistent and shared: only "
     "its mountPath can be overridden"},
    {HEAD VOLUMES "  overrides: [{volume: workdir, fields: [mountPath], maxSize: 1Ti}]\n",
     "p.yaml:9:63: spec.overrides[0].maxSize: maxSize bounds nothing: expected 'size' "
     "in fields"},
    {HEAD VOLUMES "  overrides: [{volume: workdir, fields: [size], maxSize: 1Gi}]\n",
     "p.yaml:9:58: spec.overrides[0].maxSize: '1Gi' is less than the volume's own size "
     "of '10Gi'"},
    {HEAD VOLUMES "  overrides: [{volume: workdir, fields: [sizes]}]\n",
     "p.yaml:9:42: spec.overrides[0].fields[0]: 'sizes' is unknown; did you mean "
     "'size'? accepted: size, mountPath, storageClassName"},
    {HEAD VOLUMES "  overrides: [{volume: workdir, fields: []}]\n",
     "p.yaml:9:41: spec.overrides[0].fields: expected at least 1, found 0"},
    {HEAD
     "  volumes:\n"
     "  - {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, mountPath: /a, transient: {storageClassName: b, size: 1Gi}}\n"
     "  overrides: [{volume: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, fields: [size]}]\n",
     "p.yaml:7:24: spec.overrides[0].volume: annotation "
     "'hawser.dev/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.size' "
     "would be longer than Kubernetes allows; expected a shorter name of the volume"},
};

static void an_override_of_nothing_is_refused(void **state)
{
    (void)state;
    check_rows(wrong_overrides, sizeof(wrong_overrides) / sizeof(wrong_overrides[0]));
}

static const struct row wrong_provisioners[] = {
    {PROVISIONER "  backing: {}\n"
                 "  storageClass: {name: a}\n",
     "p.yaml:5:12: spec.backing: expected exactly one of 'emptyDir', 'hostPath' and "
     "'claim', found 0"},
    {PROVISIONER "  backing: {emptyDir: {}, hostPath: {path: /a}}\n"
                 "  storageClass: {name: a}\n",
     "p.yaml:5:12: spec.backing: expected exactly one of 'emptyDir', 'hostPath' and "
     "'claim', found 2"},
    {PROVISIONER "  backing: {emptyDir: {}}\n", "p.yaml:5:3: spec: key 'storageClass' is missing"},
    {PROVISIONER "  backing: {hostPath: {path: mnt}}\n"
                 "  storageClass: {name: a}\n",
     "p.yaml:5:30: spec.backing.hostPath.path: 'mnt' is not a folder of the node; "
     "expected an absolute path without '..', e.g. '/mnt/nvme/hawser'"},
    {PROVISIONER "  backing: {hostPath: {path: /}}\n"
                 "  storageClass: {name: a}\n",
     "p.yaml:5:30: spec.backing.hostPath.path: '/' is not a folder of the node; "
     "expected an absolute path without '..', e.g. '/mnt/nvme/hawser'"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a, reclaimPolicy: Keep}\n",
     "p.yaml:6:42: spec.storageClass.reclaimPolicy: 'Keep' is unknown; accepted: "
     "Delete, Retain"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a, mountOptions: ['hard,intr']}\n",
     "p.yaml:6:42: spec.storageClass.mountOptions[0]: 'hard,intr' is not one mount "
     "option; expected e.g. 'nfsvers=4.1'"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n"
                 "  nodeSelector: {a: 1}\n",
     "p.yaml:7:21: spec.nodeSelector.a: expected a string, found a number; quote it"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n"
                 "  tolerations: [a]\n",
     "p.yaml:7:17: spec.tolerations[0]: expected an object, found a string"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n"
                 "  affinity: []\n",
     "p.yaml:7:13: spec.affinity: expected an object, found a list"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n"
                 "  resources: {requests: {cpu: 2}, limits: {cpu: 1}}\n",
     "p.yaml:7:31: spec.resources.requests.cpu: is more than limits.cpu"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n"
                 "  nodeCIDRs: [10.0.0.0/16, 10.0.0.0]\n",
     "p.yaml:7:28: spec.nodeCIDRs[1]: '10.0.0.0' is not a network; expected a CIDR, e.g. "
     "'10.0.0.0/16' or 'fd00:10::/64'"},
    {PROVISIONER "  backing: {emptyDir: {}}\n"
                 "  storageClass: {name: a}\n"
                 "  nodeCIDRs: [10.0.0.1/16]\n",
     "p.yaml:7:15: spec.nodeCIDRs[0]: '10.0.0.1/16' has bits behind its /16; expected the "
     "address of a network, e.g. '10.0.0.0/16'"},
};

static void a_storage_class_of_two_provisioners_is_refused(void **state)
{
    static const struct row rows[] = {
        {PROVISIONER "  backing: {emptyDir: {}}\n"
                     "  storageClass: {name: nfs}\n"
                     "---\n"
                     "apiVersion: hawser.dev/v1\n"
                     "kind: NFSProvisioner\n"
                     "metadata: {name: other}\n"
                     "spec:\n"
                     "  backing: {emptyDir: {}}\n"
                     "  storageClass: {name: nfs}\n",
         "p.yaml:13:24: spec.storageClass.name: 'nfs' is the class of NFSProvisioner 'ebs' at "
         "p.yaml:1 already; expected another name"},
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void an_impossible_provisioner_is_refused(void **state)
{
    (void)state;
    check_rows(wrong_provisioners, sizeof(wrong_provisioners) / sizeof(wrong_provisioners[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_policy_document_is_refused),
        cmocka_unit_test(a_key_or_type_that_no_field_has_is_refused),
        cmocka_unit_test(a_value_out_of_range_is_refused),
        cmocka_unit_test(names_and_paths_that_cannot_be_are_refused),
        cmocka_unit_test(text_that_argo_would_substitute_is_refused),
        cmocka_unit_test(a_copy_that_cannot_work_is_refused),
        cmocka_unit_test(an_override_of_nothing_is_refused),
        cmocka_unit_test(an_impossible_provisioner_is_refused),
        cmocka_unit_test(a_storage_class_of_two_provisioners_is_refused),
    };

    return cmocka_run_group_tests_name("load_refusal", tests, NULL, NULL);
}
