#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: install_test.sh BUILD-FOLDER
#
# hawser as a platform team has it: its image on a node, its chart installed with helm, Workflows
# created with kubectl. Then what may not be noticed: certificates that are renewed, pods that are
# replaced, an uninstallation. `#` lines give the figures.
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
chart=$cluster_source/deploy/chart
work=$(mktemp -d)
trap 'end_load; cluster_stop; rm -rf --one-file-system "$work"' EXIT

# A new CA issues a certificate after so long: one that lives for a minute cannot wait for longer.
settle=(--set 'controller.extraArgs={--settle=5s}')

# Certificates that live for minutes instead of months, so that a test sees them go. A new one takes
# a moment to reach the pods, and has a third of its life for that.
short_lived=("${settle[@]}" --set certificates.caValidity=120s --set certificates.leafValidity=60s)

# What a user gives. The class of the volumes is a stand-in's (storage_test.sh is about our own).
values=(
    --set "image.repository=hawser.test/hawser" --set image.tag=test --set logLevel=info
    --set storage.enabled=false
)

# policies [FILE...]: the shipped policies and those in the files, as the chart's value.
policies() {
    {
        echo 'policies:'
        { "$build/webhook/cli/hawser" policies && cat "$@" /dev/null; } |
            awk '/^---$/ { next } /^apiVersion:/ { print "  -" } { print "    " $0 }'
    } >"$work/policies.yaml"
}

upgrade() {
    helm upgrade hawser "$chart" -n hawser -f "$work/policies.yaml" "${values[@]}" "$@"
}

rolled_out() {
    kubectl -n hawser rollout status "deployment/$1" --timeout=120s
}

# workflow [ANNOTATION...]: print one.
workflow() {
    printf '%s\n' 'apiVersion: argoproj.io/v1alpha1' 'kind: Workflow' 'metadata:' \
        '  generateName: test-' '  annotations:' '    example.com/kept: "yes"'
    printf '    %s\n' "$@"
    printf '%s\n' 'spec:' '  entrypoint: main' '  templates:' '  - name: main' \
        '    container: {image: busybox, command: ["true"]}'
}

# Whether a Workflow with these annotations comes back with volumes.
comes_back_injected() {
    workflow "$@" | kubectl create --dry-run=server -o json -f - |
        jq -e '.spec.templates[0].container.volumeMounts | length > 0'
}

# All that the release has in the cluster, as names and resourceVersions.
versions() {
    helm get manifest hawser -n hawser | kubectl get -n hawser -f - -o json |
        jq -r '.items[] | select(.kind != "Deployment")
            | "\(.kind) \(.metadata.name) \(.metadata.resourceVersion)"'
    kubectl -n hawser get deployments -o json |
        jq -r '.items[] | "\(.kind) \(.metadata.name) generation \(.metadata.generation)"'
}

# without_times NAME: the template without the times of its managedFields, which also order them.
# Where a webhook puts back what a server-side apply takes away, the API server sets a new time though
# the object comes out as it was; it does so for some fields without any webhook too
# (kubernetes/kubernetes#121404).
without_times() {
    kubectl get workflowtemplate "$1" -o json --show-managed-fields |
        jq -S 'del(.metadata.resourceVersion, .metadata.managedFields[].time)
            | .metadata.managedFields |= sort_by(.manager)'
}

# start_load SECONDS: 8 clients that create Workflows one behind the other.
start_load() {
    kubectl create namespace load --dry-run=client -o yaml | kubectl apply -f - >/dev/null
    nsenter --target "$CLUSTER_INIT" --net -- "$build/tests/cluster/create_load" "$CLUSTER/admin.kubeconfig" load 8 "$1" \
        >"$work/load" 2>&1 & # no function: its process id would be that of a shell
    echo $! >"$work/load.pid"
}

# Also for one that a failed case has left.
end_load() {
    [[ ! -e $work/load.pid ]] || kill "$(cat "$work/load.pid")" 2>/dev/null || true
    rm -f "$work/load.pid"
}

# Have it end, and see how many it lost; what it says in the end is in $work/load.
count_lost() {
    local pid

    pid=$(cat "$work/load.pid")
    kill "$pid" 2>/dev/null || true # it may have ended by itself
    wait "$pid" || true
    rm "$work/load.pid"
    cat "$work/load"
    n_lost=$(sed -n 's/^create_load: [0-9]* created, \([0-9]*\) failed.*/\1/p' "$work/load")
    [[ -n $n_lost ]] || fail 'the load did not end well'
}

pods() {
    kubectl -n hawser get pods -l app.kubernetes.io/component=webhook \
        -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}'
}

# The name of one of them. With `pods | head -n 1`, kubectl can fail on the pipe that head has closed.
a_pod() {
    local names

    names=$(pods)
    echo "${names%%$'\n'*}"
}

# The serial number of the certificate in the webhook's Secret, and of the CA.
serial() {
    kubectl -n hawser get secret "$1" -o json | jq -r --arg key "$2" '.data[$key]' | base64 -d |
        openssl x509 -noout -serial
}

has_another_serial() {
    [[ $(serial "$1" "$2") != "$3" ]]
}

# Whether the webhook's certificate lives for a day more.
is_long_lived() {
    kubectl -n hawser get secret hawser-tls -o 'jsonpath={.data.tls\.crt}' | base64 -d |
        openssl x509 -noout -checkend 86400
}

# Roll out the controller with these values, and have it begin with a new CA: what lives for months is
# not replaced for being told otherwise.
begin_anew() {
    upgrade "$@"
    rolled_out hawser-controller
    kubectl -n hawser delete secret hawser-ca
    cluster_wait 30 serial hawser-ca ca.crt
}

cases_follow

the_image_is_given_to_the_node() {
    cluster_import_hawser "$build" hawser.test/hawser:test
    cluster_crds
}

helm_installs_it_as_a_user_would() {
    policies
    helm install hawser "$chart" -n hawser --create-namespace -f "$work/policies.yaml" \
        "${values[@]}"
    rolled_out hawser
    rolled_out hawser-controller
    equal "$(pods | wc -l)" 2
}

its_pods_run_under_the_restricted_security_context() {
    local bad

    bad=$(kubectl -n hawser get pods -o json | jq -c '.items[] | .spec as $pod | .spec.containers[]
        | select(($pod.securityContext.runAsNonRoot and $pod.securityContext.runAsUser == 65532
            and $pod.securityContext.seccompProfile.type == "RuntimeDefault"
            and .securityContext.readOnlyRootFilesystem
            and .securityContext.allowPrivilegeEscalation == false
            and .securityContext.capabilities.drop == ["ALL"]) | not) | .name')
    equal "$bad" ''
    equal "$(kubectl -n hawser get pods -o json |
        jq '[.items[].status.containerStatuses[] | select(.ready)] | length')" 3
}

the_ca_bundle_is_there_in_both_entries() {
    local n

    n=$(kubectl get mutatingwebhookconfiguration -o json |
        jq '[.items[].webhooks[].clientConfig.caBundle // empty | @base64d
            | select(startswith("-----BEGIN CERTIFICATE-----"))] | length')
    equal "$n" 2
}

a_workflow_that_opts_in_comes_back_with_its_volumes() {
    cluster_wait 10 comes_back_injected 'hawser.dev/policy: scratch'
    workflow 'hawser.dev/policy: scratch' | kubectl create -o json -f - >"$work/created"
    equal "$(jq -r '.spec.volumeClaimTemplates[0].spec.storageClassName' "$work/created")" \
        nfs-ephemeral
    equal "$(jq -r '.spec.templates[0].container.volumeMounts[0].name' "$work/created")" workdir
    jq -e '.metadata.annotations["hawser.dev/status"]' "$work/created"
}

a_workflow_without_the_annotation_comes_back_untouched() {
    workflow | kubectl create -o json -f - >"$work/created"
    equal "$(jq -cS .spec "$work/created")" \
        '{"entrypoint":"main","templates":[{"container":{"command":["true"],"image":"busybox"},"name":"main"}]}'
    equal "$(jq -c '.metadata.annotations' "$work/created")" '{"example.com/kept":"yes"}'
}

a_policy_that_is_unknown_is_refused_in_our_words() {
    local said status=0

    said=$(workflow 'hawser.dev/policy: scrach' | kubectl create -f - 2>&1) || status=$?
    equal "$status" 1
    holds "$said" "denied the request"
    holds "$said" "there is no policy 'scrach'; those that apply here: cache, scratch"
}

a_dry_run_on_the_server_works() {
    comes_back_injected 'hawser.dev/inject: "true"'
}

the_self_test_of_the_chart_passes() {
    helm test hawser -n hawser --timeout 90s
    holds "$(kubectl -n hawser logs hawser-test)" 'the webhook works'
}

a_template_that_is_applied_twice_changes_once() {
    local version

    cat >"$work/template.yaml" <<END
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: applied, annotations: {hawser.dev/policy: scratch}}
spec:
  entrypoint: main
  templates:
  - {name: main, container: {image: busybox}}
END
    kubectl apply -f "$work/template.yaml"
    version=$(kubectl get workflowtemplate applied -o 'jsonpath={.metadata.resourceVersion}')
    kubectl get workflowtemplate applied -o json |
        jq -e '.spec.templates[0].container.volumeMounts[0].name == "workdir"'
    kubectl apply -f "$work/template.yaml"
    equal "$(kubectl get workflowtemplate applied -o 'jsonpath={.metadata.resourceVersion}')" \
        "$version"
    kubectl apply --server-side --force-conflicts -f "$work/template.yaml"
    without_times applied >"$work/once"
    sleep 1
    kubectl apply --server-side -f "$work/template.yaml"
    without_times applied | diff "$work/once" -
}

a_namespace_that_opted_in_needs_no_annotation() {
    kubectl create namespace whole
    kubectl label namespace whole hawser.dev/inject=enabled
    sleep 1 # the API server has a copy of its own
    workflow | kubectl -n whole create --dry-run=server -o json -f - |
        jq -e '.spec.volumeClaimTemplates | length > 0'
    workflow 'hawser.dev/inject: "false"' | kubectl -n whole create --dry-run=server -o json -f - |
        jq -e '.spec.volumeClaimTemplates == null'
}

nothing_else_is_ever_asked_about() {
    equal "$(kubectl get mutatingwebhookconfiguration -o json |
        jq -rc '[.items[].webhooks[].rules[].apiGroups[]] | unique')" '["argoproj.io"]'
}

an_upgrade_without_a_change_changes_nothing_with_helm_4_and_3() {
    local before

    before=$(versions)
    upgrade
    equal "$(versions)" "$before"
    HELM=helm3 upgrade
    equal "$(versions)" "$before"
    HELM=helm3 upgrade
    equal "$(versions)" "$before"
}

all_that_is_rendered_passes_a_dry_run_on_the_server() {
    helm template hawser "$chart" -n hawser -f "$work/policies.yaml" "${values[@]}" \
        --kube-version "$(kubectl version -o json | jq -r .serverVersion.gitVersion)" |
        kubectl apply --dry-run=server -f - 2>&1 | grep -v '^Warning: '
}

a_new_policy_is_in_force_when_the_kubelet_has_brought_it() {
    local start=$EPOCHREALTIME

    cat >"$work/new.yaml" <<END
---
apiVersion: hawser.dev/v1
kind: VolumePolicy
metadata: {name: brand-new}
spec:
  volumes:
  - {name: fresh, transient: {storageClassName: nfs, size: 1Gi}, mountPath: /fresh}
END
    policies "$work/new.yaml"
    upgrade
    cluster_wait 120 comes_back_injected 'hawser.dev/policy: brand-new'
    note "in force after $(seconds_since "$start")"
    kubectl -n hawser get pods -o json |
        jq -e '[.items[].status.containerStatuses[].restartCount] | add == 0'
}

# Argo's own examples, each with the annotation, created by kubectl. What hawser refuses must be what
# its dry run refuses; nothing may fail for another reason than the example itself.
all_examples_of_argo_are_admitted_or_denied_as_the_dry_run_says() {
    local examples=$CORPUS/argo/examples created denied failed

    [[ -d $examples ]] || { note 'no examples here' && return; }
    kubectl create namespace examples
    # Some of the files are no objects.
    { kubectl create --dry-run=client --validate=false -o json -f "$examples" -R 2>"$work/said" ||
        true; } |
        jq -c 'if .items then .items[] else . end
            | select(.apiVersion == "argoproj.io/v1alpha1")
            | select(.kind | IN("Workflow", "WorkflowTemplate", "CronWorkflow",
                "ClusterWorkflowTemplate"))
            | .metadata.annotations["hawser.dev/policy"] = "scratch"
            | del(.metadata.namespace) | .metadata.name //= (.metadata.generateName + "x")
            | .metadata.name += "-\(input_line_number)"' >"$work/examples"
    kubectl -n examples create -f "$work/examples" >"$work/created" 2>"$work/refused" || true
    created=$(grep -c ' created$' "$work/created")
    denied=$(grep -c 'denied the request' "$work/refused" || true)
    failed=$(grep -c '^Error' "$work/refused" || true)
    failed=$((failed - denied))
    note "examples of Argo: $(wc -l <"$work/examples") objects, $created admitted," \
        "$denied denied, $failed failed for another reason"
    "$build/webhook/cli/hawser" dry-run -n examples -f "$work/examples" >/dev/null \
        2>"$work/dry-run" || true
    equal "$denied" "$(grep -c '^hawser: .*denied' "$work/dry-run" || true)"
    equal "$failed" 0
    ((created > 50)) || fail "only $created were created"
    kubectl delete namespace examples --wait=false
}

certificates_are_renewed_under_load_and_nobody_notices() {
    local ca leaf deadline=$((SECONDS + 115)) n_leaves=0 n_cas=0

    begin_anew "${short_lived[@]}"
    leaf=$(serial hawser-tls tls.crt)
    ca=$(serial hawser-ca ca.crt)
    start_load 115
    while ((SECONDS < deadline)); do
        if has_another_serial hawser-tls tls.crt "$leaf"; then
            leaf=$(serial hawser-tls tls.crt)
            n_leaves=$((n_leaves + 1))
        fi
        if has_another_serial hawser-ca ca.crt "$ca"; then
            ca=$(serial hawser-ca ca.crt)
            n_cas=$((n_cas + 1))
        fi
        sleep 1
    done
    count_lost
    note "$n_leaves certificates and $n_cas CAs were renewed: $(tail -n 1 "$work/load")"
    equal "$n_lost" 0
    ((n_leaves >= 2 && n_cas >= 1)) || fail "too few: $n_leaves certificates, $n_cas CAs"
    begin_anew "${settle[@]}"
    cluster_wait 60 is_long_lived
}

a_rolling_restart_under_load_loses_nothing() {
    start_load 300
    sleep 2
    kubectl -n hawser rollout restart deployment/hawser
    rolled_out hawser
    sleep 15 # the last of the old pods serves on until its grace period is over
    count_lost
    note "rolling restart: $(tail -n 1 "$work/load")"
    equal "$n_lost" 0
}

a_pod_that_is_deleted_under_load_loses_nothing() {
    start_load 300
    sleep 2
    kubectl -n hawser delete pod "$(a_pod)" --wait
    rolled_out hawser
    sleep 2
    count_lost
    note "a pod deleted: $(tail -n 1 "$work/load")"
    equal "$n_lost" 0
}

a_pod_that_is_deleted_by_force_loses_only_what_was_in_flight() {
    start_load 300
    sleep 2
    kubectl -n hawser delete pod "$(a_pod)" --grace-period=0 --force
    sleep 10
    count_lost
    note "a pod deleted by force: $(tail -n 1 "$work/load")"
    ((n_lost <= 8)) || fail "$n_lost failed, expected at most the 8 that were in flight"
    rolled_out hawser
}

# Until the endpoints are without it, new connections may be refused too: nothing in the pod can change
# that. How many that are is noted; nobody has to do anything to end it.
a_process_that_is_killed_is_back_by_itself() {
    local pod id

    pod=$(a_pod)
    id=$(kubectl -n hawser get pod "$pod" -o 'jsonpath={.status.containerStatuses[0].containerID}')
    start_load 300
    sleep 2
    cluster_inside ctr -a "$NODE_SOCKET" -n k8s.io tasks kill --signal SIGKILL "${id#*//}"
    sleep 10
    count_lost
    note "a process killed: $(tail -n 1 "$work/load")"
    kubectl -n hawser wait --for=condition=Ready --timeout=60s "pod/$pod"
    equal "$(kubectl -n hawser get pod "$pod" \
        -o 'jsonpath={.status.containerStatuses[0].restartCount}')" 1
    start_load 5
    sleep 5
    count_lost
    equal "$n_lost" 0
}

after_an_uninstall_nothing_is_in_the_way() {
    helm uninstall hawser -n hawser --wait
    equal "$(kubectl get mutatingwebhookconfiguration -o name)" ''
    workflow 'hawser.dev/policy: scratch' | kubectl create -f -
    workflow | kubectl create -f -
    kubectl delete namespace hawser --wait --timeout=60s
}

took 'start of the cluster' cluster_start "$work/cluster"
run_cases
