#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: smoke_test.sh BUILD-FOLDER
#
# That the cluster of the tests is a real one: pods under restrictions, Services, tokens, claims,
# and hawser as a pod that the API server asks through its Service.
set -euo pipefail
here=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cluster.bash
source "$here/cluster.bash"
# shellcheck source-path=SCRIPTDIR source=cases.bash
source "$here/cases.bash"

if ! cluster_can_have_node; then
    echo '1..0 # SKIP KUBEBUILDER_ASSETS has no node'
    exit 0
fi
build=$(realpath "$1")
work=$(mktemp -d)
trap 'cluster_stop; rm -rf --one-file-system "$work"' EXIT

# pod NAME IMAGE [FIELD-OF-THE-CONTAINER...]: create a pod as restricted as Pod Security knows it,
# with the volumes that $volumes says.
volumes='[]'
pod() {
    local name=$1 image=$2 field
    shift 2

    {
        cat <<END
apiVersion: v1
kind: Pod
metadata: {name: $name, labels: {app: $name}}
spec:
  terminationGracePeriodSeconds: 0
  securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
  volumes: $volumes
  containers:
  - name: main
    image: $image
    imagePullPolicy: IfNotPresent
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
END
        for field; do
            echo "    $field"
        done
    } | kubectl create -f -
}

ready() {
    kubectl wait --for=condition=Ready --timeout=60s "pod/$1"
}

# Make a certificate for a name, as $work/NAME.crt and .key, that is its own CA.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
        -addext "subjectAltName=DNS:$1" -keyout "$work/$1.key" -out "$work/$1.crt" 2>/dev/null
}

answers() {
    [[ $(cluster_curl "$1" "http://$1/hostname") == "$2" ]]
}

# Create a workflow, for good or --dry-run=$1, and look at what comes back.
gets_volumes() {
    kubectl create -o json --dry-run="$1" -f - <<END |
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: smoke-, annotations: {hawser.dev/policy: scratch}}
spec:
  entrypoint: main
  templates:
  - {name: main, container: {image: busybox}}
END
        jq -e '.spec.templates[0].container.volumeMounts[0].name == "workdir"'
}

# What a cluster would change on the machine if it could.
machine() {
    sysctl vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops \
        kernel.keys.root_maxkeys kernel.keys.root_maxbytes net.ipv4.ip_forward
    iptables-save 2>&1 | sed '/^#/d'
    ip -o link | cut -d : -f 2
    ls -d /run/* /var/lib/* /var/log/* /opt/* /etc/cni /usr/libexec/* 2>/dev/null || true
}

cases_follow

the_node_is_ready() {
    equal "$(kubectl get node -o 'jsonpath={.items[*].metadata.name}')" node
    kubectl wait --for=condition=Ready --timeout=1s node/node
}

a_restricted_pod_runs() {
    pod restricted busybox:1.36 'command: [sleep, infinity]'
    ready restricted
    kubectl exec restricted -- cat /proc/self/status >"$work/status"
    grep -qE '^Uid:\s+65532' "$work/status" || fail "not 65532: $(grep Uid "$work/status")"
    grep -qE '^CapBnd:\s+0+$' "$work/status" || fail "$(grep CapBnd "$work/status")"
    grep -qE '^NoNewPrivs:\s+1$' "$work/status" || fail "$(grep NoNew "$work/status")"
    grep -qE '^Seccomp:\s+2$' "$work/status" || fail "$(grep Seccomp "$work/status")"
    ! kubectl exec restricted -- touch /new 2>"$work/said" || fail "the root can be written"
    holds "$(cat "$work/said")" 'Read-only file system'
}

logs_are_shown() {
    pod talker busybox:1.36 'command: [sh, -c, "echo a word; sleep infinity"]'
    ready talker
    equal "$(kubectl logs talker)" 'a word'
}

a_service_answers_on_the_node() {
    pod web busybox:1.36 'command: [httpd, -f, -p, "8080", -h, /etc]'
    kubectl expose pod web --port=80 --target-port=8080
    ready web
    cluster_wait 30 answers web.default.svc web
}

a_service_answers_in_a_pod() {
    local address

    address=$(kubectl get service web -o 'jsonpath={.spec.clusterIP}')
    equal "$(kubectl exec restricted -- wget -qO- "http://$address/hostname")" web
}

a_pod_reaches_its_own_service() {
    local address

    address=$(kubectl get service web -o 'jsonpath={.spec.clusterIP}')
    equal "$(kubectl exec web -- wget -qO- "http://$address/hostname")" web
}

a_pod_reaches_the_api_server_with_its_token() {
    local answer
    # shellcheck disable=SC2016 # expanded in the pod
    local ask='token=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)
        wget -qO- --no-check-certificate --header "Authorization: Bearer $token" \
            https://$KUBERNETES_SERVICE_HOST/api/v1/namespaces/default/pods/restricted'

    kubectl create rolebinding view --clusterrole=view --serviceaccount=default:default
    answer=$(kubectl exec restricted -- sh -c "$ask")
    equal "$(jq -r .kind <<<"$answer")" Pod
}

nothing_outside_is_reached() {
    ! cluster_run curl -s --max-time 2 http://192.0.2.1/ || fail 'an answer from outside'
    equal "$(cluster_run ip -o link | grep -c -v -e ' lo:' -e ' node0:' -e ' veth')" 0
}

a_claim_is_bound_and_mounted() {
    local volume

    cluster_provisioner_start nfs
    kubectl create -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  storageClassName: nfs
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 1Gi}}
END
    volumes='[{name: data, persistentVolumeClaim: {claimName: data}}]'
    pod writer busybox:1.36 'command: [sh, -c, "echo kept >/data/file && sleep infinity"]' \
        'volumeMounts: [{name: data, mountPath: /data}]'
    ready writer
    volume=$(kubectl get persistentvolumeclaim data -o 'jsonpath={.spec.volumeName}')
    cluster_wait 10 grep -qx kept "$CLUSTER/volumes/$volume/file"
    kubectl delete pod/writer persistentvolumeclaim/data --wait
    cluster_wait 30 test ! -e "$CLUSTER/volumes/$volume"
    cluster_program_stop provisioner-nfs
}

argos_kinds_are_known() {
    cluster_crds
    kubectl get workflows,workflowtemplates,cronworkflows,clusterworkflowtemplates
}

hawser_runs_as_a_restricted_pod() {
    cluster_import_hawser "$build"
    certificate webhook.default.svc
    kubectl create secret tls webhook --cert="$work/webhook.default.svc.crt" \
        --key="$work/webhook.default.svc.key"
    volumes='[{name: tls, secret: {secretName: webhook}}]'
    pod webhook "$(hawser_image_name "$build")" \
        'args: [serve, --listen, ":8443", --health-listen, ":8080", --tls-cert-file, /tls/tls.crt,
      --tls-private-key-file, /tls/tls.key, --tls-ca-file, /tls/tls.crt, --tls-server-name,
      webhook.default.svc]' \
        'readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 1}' \
        'volumeMounts: [{name: tls, mountPath: /tls}]'
    kubectl expose pod webhook --port=443 --target-port=8443
    ready webhook
}

a_workflow_comes_back_with_its_volumes_through_a_service() {
    kubectl create -f - <<END
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: webhook}
webhooks:
- name: webhook.hawser.dev
  clientConfig:
    service: {name: webhook, namespace: default, path: /mutate}
    caBundle: $(base64 -w 0 "$work/webhook.default.svc.crt")
  rules:
  - apiGroups: [argoproj.io]
    apiVersions: [v1alpha1]
    resources: [workflows]
    operations: [CREATE]
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Fail
END
    cluster_wait 10 gets_volumes server # the API server learns of it in a moment
    gets_volumes none
}

the_audit_log_tells_what_the_webhook_did() {
    local patched

    patched=$(cluster_audit 'select(.objectRef.resource == "workflows" and .verb == "create")
        | .annotations | to_entries[] | select(.key | startswith("mutation.webhook")) | .value')
    holds "$patched" '\"webhook\":\"webhook.hawser.dev\",\"mutated\":true'
}

helm_3_and_4_install_a_chart() {
    mkdir -p "$work/chart/templates"
    printf '%s\n' 'apiVersion: v2' 'name: chart' 'version: 0.1.0' >"$work/chart/Chart.yaml"
    printf '%s\n' 'apiVersion: v1' 'kind: ConfigMap' 'metadata: {name: "{{ .Release.Name }}"}' \
        >"$work/chart/templates/map.yaml"
    helm install four "$work/chart"
    HELM=helm3 helm install three "$work/chart"
    kubectl get configmap three four
    helm uninstall three four
}

a_program_of_the_cluster_can_be_away_for_a_while() {
    cluster_program_stop kube-apiserver KILL
    ! kubectl get --raw /readyz || fail 'it is still there'
    cluster_program_start kube-apiserver
    cluster_wait_ready
    kubectl get pod restricted
}

nothing_is_left_of_a_stopped_cluster() {
    cluster_stop
    equal "$(cluster_left_behind)" ''
}

the_machine_is_as_before() {
    machine | diff "$work/machine" -
}

mkdir -p "$cluster_registry"
machine >"$work/machine"
took 'start of the cluster' cluster_start "$work/cluster"
sed 's/^/#   /' "$CLUSTER/logs/phases"
run_cases
