#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: copy_test.sh BUILD-FOLDER
#
# Copies of a policy in real pods: what `hawser dry-run` makes of a template runs as Argo would run
# it (step.jq), and what comes of it is looked at in the volume.
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

restricted='runAsNonRoot: true, runAsUser: 1000, allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}'

# The policy of all steps but those that bring one, with MORE in its copy.
policy() {
    cat <<END
apiVersion: hawser.dev/v1
kind: VolumePolicy
metadata: {name: ci}
spec:
  volumes:
  - name: workdir
    transient: {storageClassName: nfs, size: 1Gi}
    mountPath: /workdir
  copies:
  - name: src
    from: {volume: workdir, path: src}
    to: /src
    ephemeral: {sizeLimit: 16Mi}
    exclude: ['.git/**']
    ${1:-copyBack: {path: 'results/{{pod.name}}'\}}
END
}

# step NAME FIELDS: run a step whose template has these fields, with the copy of the policy
# on standard input.
step() {
    local name=$1 fields=$2

    cat >"$work/$name.policy.yaml"
    {
        printf '%s\n' 'apiVersion: argoproj.io/v1alpha1' 'kind: Workflow' \
            "metadata: {name: $name, annotations: {hawser.dev/policy: ci}}" 'spec:' \
            "  entrypoint: $name" '  templates:' "  - name: $name" "    ${fields//$'\n'/$'\n    '}"
    } >"$work/$name.yaml"
    "$build/webhook/cli/hawser" dry-run -o json -p "$work/$name.policy.yaml" \
        -f "$work/$name.yaml" >"$work/$name.json"
    jq -f "$here/step.jq" --arg name "$name" "$work/$name.json" | kubectl create -f -
}

phase() {
    kubectl get pod "$1" -o 'jsonpath={.status.phase}'
}

ended() {
    [[ $(phase "$1") == @(Succeeded|Failed) ]]
}

# ends NAME PHASE: wait until the step has ended, and how.
ends() {
    cluster_wait 60 ended "$1" || fail "$(kubectl describe pod "$1")"
    [[ $(phase "$1") == "$2" ]] || fail "$(kubectl describe pod "$1"; kubectl logs "$1" --all-containers)"
}

exit_code() {
    kubectl get pod "$1" \
        -o 'jsonpath={.status.containerStatuses[?(@.name=="main")].state.terminated.exitCode}'
}

# What the volume holds, seen from outside.
volume() {
    echo "$CLUSTER/volumes/$(kubectl get persistentvolumeclaim workdir -o 'jsonpath={.spec.volumeName}')"
}

claim() {
    kubectl create -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: workdir}
spec:
  storageClassName: nfs
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 1Gi}}
END
    cluster_wait 20 kubectl wait --for=jsonpath='{.status.phase}'=Bound --timeout=1s \
        persistentvolumeclaim/workdir
}

# fill VOLUME: what earlier steps have left.
fill() {
    local folder=$1/src

    mkdir -p "$folder/.git" "$folder/deep/empty" "$1/public" "$1/results"
    printf all >"$1/public/file"
    printf 'all:\n' >"$folder/Makefile"
    printf secret >"$folder/.git/config"
    ln -s ../Makefile "$folder/deep/link"
    ln "$folder/Makefile" "$folder/deep/again"
    truncate -s 1M "$folder/hole"
    chmod 640 "$folder/Makefile"
    chmod 777 "$1" "$1/src" "$1/results"
    chown -hR 1000:1000 "$folder"
}

cases_follow

a_step_finds_the_copy_and_its_results_are_copied_back() {
    # shellcheck disable=SC2016 # the step's
    policy | step container 'container:
  image: busybox:1.36
  command: [sh, -ec]
  args: ["test ! -e /src/.git/config; cp /src/deep/link /src/out; mkdir /src/new; id -u >/src/new/who"]'
    ends container Succeeded
    equal "$(<"$(volume)/results/container/out")" all:
    equal "$(<"$(volume)/results/container/new/who")" 0
    equal "$(readlink "$(volume)/results/container/deep/link")" ../Makefile
    equal "$(stat -c '%u %a %h' "$(volume)/results/container/Makefile")" '1000 640 2'
    [[ $(stat -c %b "$(volume)/results/container/hole") == 0 ]] || fail 'a hole was filled'
    [[ -d $(volume)/results/container/deep/empty ]] || fail 'an empty folder is missing'
}

a_restricted_step_does_the_same_as_its_user() {
    policy | step restricted "container:
  image: busybox:1.36
  command: [sh, -ec, 'cat /src/Makefile; id -u >/src/who']
  securityContext: {$restricted}"
    ends restricted Succeeded
    equal "$(kubectl logs restricted -c main)" all: # nothing is added
    equal "$(<"$(volume)/results/restricted/who")" 1000
    equal "$(stat -c %u "$(volume)/results/restricted/who")" 1000
}

a_step_that_must_not_be_root_needs_no_user_to_copy() {
    sed 's|path: src|path: public|' < <(policy) | step nobody 'securityContext: {runAsNonRoot: true}
container:
  image: hawser.test/busybox-of-a-user:1
  command: [sh, -ec, "test -e /src/file"]'
    ends nobody Succeeded
    equal "$(<"$(volume)/results/nobody/file")" all
}

a_script_keeps_its_source_and_its_results() {
    # shellcheck disable=SC2016 # the script's
    policy | step script 'script:
  image: busybox:1.36
  command: [sh, -e]
  source: |
    read -r first </src/Makefile
    echo "$first" >/src/first
    echo done'
    ends script Succeeded
    equal "$(kubectl logs script -c main)" 'done'
    equal "$(<"$(volume)/results/script/first")" all:
}

a_container_set_copies_back_when_its_last_members_are_done() {
    policy | step set "containerSet:
  containers:
  - name: one
    image: busybox:1.36
    command: [sh, -ec, 'sleep 1; echo one >/src/one']
    securityContext: {$restricted}
  - name: main
    image: busybox:1.36
    dependencies: [one]
    command: [sh, -ec, 'cp /src/one /src/two']
    securityContext: {$restricted}"
    ends set Succeeded
    equal "$(<"$(volume)/results/set/two")" one
    equal "$(stat -c %u "$(volume)/results/set/two")" 1000
}

a_member_that_fails_leaves_its_set_without_results() {
    policy | step broken-set 'containerSet:
  containers:
  - name: main
    image: busybox:1.36
    command: [sh, -ec, "echo half >/src/half; exit 3"]'
    ends broken-set Failed
    equal "$(exit_code broken-set)" 3
    [[ ! -e $(volume)/results/broken-set ]] || fail 'copied'
}

a_command_that_fails_has_its_own_code_and_no_results() {
    policy | step broken 'container:
  image: busybox:1.36
  command: [sh, -ec, "echo half >/src/half; exit 5"]'
    ends broken Failed
    equal "$(exit_code broken)" 5
    [[ ! -e $(volume)/results/broken ]] || fail 'copied'
}

results_of_a_command_that_fails_are_copied_where_the_policy_says_so() {
    policy 'copyBack: {path: always, when: Always}' | step always 'container:
  image: busybox:1.36
  command: [sh, -ec, "echo log >/src/log; exit 5"]'
    ends always Failed
    equal "$(exit_code always)" 5
    equal "$(<"$(volume)/always/log")" log
}

a_copy_that_fails_fails_the_pod_and_describe_says_why() {
    sed 's|path: src|path: none|' < <(policy) | step missing 'container:
  image: busybox:1.36
  command: [sh]'
    ends missing Failed
    kubectl describe pod missing >"$work/described"
    holds "$(<"$work/described")" \
        'hawser-copy: /hawser/from/workdir/none: cannot be opened as a directory: No such file or directory'
}

a_copy_that_is_larger_than_its_limit_fails_before_it_begins() {
    sed 's|sizeLimit: 16Mi|sizeLimit: 1Ki|' < <(policy) | step large 'container:
  image: busybox:1.36
  command: [sh]'
    ends large Failed
    kubectl describe pod large >"$work/described"
    holds "$(<"$work/described")" 'KiB, and 1.0 KiB are allowed'
}

results_that_cannot_be_copied_back_fail_the_pod_and_describe_says_why() {
    mkdir -m 700 "$(volume)/locked"
    policy 'copyBack: {path: locked/results}' | step locked "container:
  image: busybox:1.36
  command: [sh, -ec, 'echo it >/src/it']
  securityContext: {$restricted}"
    ends locked Failed
    equal "$(exit_code locked)" 74
    kubectl describe pod locked >"$work/described"
    holds "$(<"$work/described")" 'hawser-copy: the command exited with 0, and its results cannot be copied back: '
    holds "$(<"$work/described")" 'Permission denied'
}

a_step_that_is_stopped_copies_nothing_back() {
    policy | step stopped 'container:
  image: busybox:1.36
  command: [sh, -ec, "echo half >/src/half; trap exit TERM; while :; do sleep 0.1; done"]'
    kubectl wait --for=condition=Ready --timeout=60s pod/stopped
    kubectl delete pod stopped --wait
    [[ ! -e $(volume)/results/stopped ]] || fail 'copied'
}

mkdir -p "$work/busybox/bin"
took 'start of the cluster' cluster_start "$work/cluster"
cluster_import_hawser "$build"
cp "$(type -P busybox)" "$work/busybox/bin/sh"
cluster_import hawser.test/busybox-of-a-user:1 "$work/busybox" '{"User": "1000"}'
cluster_provisioner_start nfs
claim
fill "$(volume)"
run_cases
