# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A real Kubernetes cluster of one node, for tests and without a container engine. To be sourced by
# a script that runs as root after tests/cluster/tools:
#
#     source tests/cluster/cluster.bash
#     cluster_start "$work/cluster"
#     kubectl create -f workflow.yaml
#     cluster_stop
#
# A cluster lives in namespaces of its own (network, mounts, processes) below one process, so it
# sees no network but its own, and whatever ends that process ends all of it and leaves nothing
# mounted. That process dies with the shell that called cluster_start, even if the shell is killed;
# with --keep it stays until cluster_stop. What is left of a dead cluster, empty control groups, the
# next start of any cluster removes. Several clusters can run side by side.
#
# $CLUSTER is its folder: admin.kubeconfig, pki/, logs/ of every program, logs/audit.log of the API
# server (level Metadata, with what webhooks did), and logs/phases, how long its start took.
# $KUBECONFIG is its admin's. A test sees the same files as the cluster does, but for /run, /var/lib
# and /var/log, so a hostPath volume below $CLUSTER can be looked at from outside. There is no DNS.
# Images: busybox:1.36 and what cluster_import brings.
#
#     cluster_start FOLDER [--control-plane|--containers] [--keep]
#                                         --control-plane: no node, so no pods; --containers:
#                                         containerd alone
#     cluster_stop
#     cluster_can_have_node               whether pods are possible: KUBEBUILDER_ASSETS may lack
#                                         what a node needs, and --control-plane is all there is
#     cluster_use FOLDER                  have a cluster that was started with --keep elsewhere
#     cluster_wait_ready                  API server, service accounts, node
#     cluster_wait SECONDS COMMAND...     until the command succeeds
#     kubectl, helm                       HELM=helm3 helm: Helm 3
#     cluster_run COMMAND...              in its network: on the node, as the API server is
#     cluster_curl SERVICE.NAMESPACE.svc CURL-ARGUMENT...
#                                         the same for curl, which takes that name to the Service
#     cluster_inside COMMAND...           in all its namespaces
#     cluster_ctr ARGUMENT...             containerd's client, for the node's images and containers
#     cluster_import, cluster_import_hawser             see image.bash
#     cluster_kubeconfig                                see pki.bash
#     cluster_program_stop NAME [SIGNAL], cluster_program_start NAME
#                                         one program of it, by the name of its log
#     cluster_provisioner_start CLASS [IDENTITY]
#                                         make volumes for the claims of a storage class
#     cluster_crds                        Argo's kinds, as strict as the API server can be told
#     cluster_audit JQ-FILTER             events of the audit log, a line of JSON each, such as
#                                         'select(.objectRef.resource == "workflows")'
#     cluster_left_behind                 print what there still is after cluster_stop

cluster_folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cluster_source=$(cd -- "$cluster_folder/../.." && pwd)

# shellcheck source-path=SCRIPTDIR source=versions.bash
source "$cluster_folder/versions.bash"
# shellcheck source-path=SCRIPTDIR source=pki.bash
source "$cluster_folder/pki.bash"
# shellcheck source-path=SCRIPTDIR source=image.bash
source "$cluster_folder/image.bash"
# shellcheck source-path=SCRIPTDIR source=control_plane.bash
source "$cluster_folder/control_plane.bash"
# shellcheck source-path=SCRIPTDIR source=node.bash
source "$cluster_folder/node.bash"
# shellcheck source-path=SCRIPTDIR source=argo.bash
source "$cluster_folder/argo.bash"

CLUSTER_TOOLS=${CLUSTER_TOOLS:-$KUBERNETES_FOLDER}
CLUSTER_CLIENTS=${CLUSTER_CLIENTS:-$CLIENTS_FOLDER}

CLUSTER_ADDRESS=10.89.0.1 # of the node
CLUSTER_PODS=10.90.0.0/16
CLUSTER_SERVICES=10.0.0.0/24
CLUSTER_SERVICE_ADDRESS=10.0.0.1 # of the Service `kubernetes`
NODE_SOCKET=/run/containerd/containerd.sock
NODE_PAUSE_IMAGE=hawser.test/pause:1

# A file for each cluster, locked while it lives; it is named as the cluster's control groups are.
cluster_registry=/run/hawser-clusters

cluster_say() {
    printf 'cluster: %s\n' "$*" >&2
}

# Where a program of Kubernetes is, or would be.
cluster_binary() {
    if [[ -x ${KUBEBUILDER_ASSETS:-}/kube-apiserver && -x ${KUBEBUILDER_ASSETS:-}/etcd ]]; then
        echo "$KUBEBUILDER_ASSETS/$1"
    elif [[ $1 == etcd ]]; then
        type -P etcd
    else
        echo "$CLUSTER_TOOLS/$1"
    fi
}

cluster_can_have_node() {
    local program

    for program in kube-controller-manager kube-scheduler kubelet kube-proxy; do
        [[ -x $(cluster_binary "$program") ]] || return
    done
}

cluster_wait() {
    local deadline=$((SECONDS + $1))
    shift

    while ! "$@" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)); then
            cluster_say "waited in vain for: $*"
            "$@" >&2 # what it says now
            return
        fi
        sleep 0.2
    done
}

cluster_run() {
    nsenter --target "$CLUSTER_INIT" --net -- "$@"
}

cluster_inside() {
    nsenter --target "$CLUSTER_INIT" --net --mount --pid -- "$@"
}

kubectl() {
    cluster_run "$CLUSTER_CLIENTS/kubectl" "$@"
}

helm() {
    cluster_run "$CLUSTER_CLIENTS/${HELM:-helm}" "$@"
}

cluster_curl() {
    local host=$1 name namespace address
    shift

    IFS=. read -r name namespace _ <<<"$host"
    address=$(kubectl -n "$namespace" get service "$name" -o 'jsonpath={.spec.clusterIP}') || return
    cluster_run curl -sS --max-time 10 --connect-to "$host::$address:" "$@"
}

# cluster_program NAME COMMAND...: start a program of the cluster, and remember how.
cluster_program() {
    local name=$1
    shift

    printf '%q ' "$@" >"$CLUSTER/programs/$name"
    cluster_program_start "$name"
}

cluster_program_start() {
    local name=$1 words

    eval "words=($(cat "$CLUSTER/programs/$name"))"
    # shellcheck disable=SC2016,SC2154 # expanded inside; set by eval
    cluster_inside bash -c 'echo $$ >"$0"; exec "$@"' "$CLUSTER/programs/$name.pid" "${words[@]}" \
        >>"$CLUSTER/logs/$name.log" 2>&1 </dev/null &
    disown
}

# The process id is one of the cluster's process namespace: no other process can be hit.
cluster_program_stop() {
    local pid

    pid=$(cat "$CLUSTER/programs/$1.pid")
    cluster_inside kill -s "${2:-TERM}" "$pid"
    cluster_wait 30 cluster_process_is_gone "$pid"
}

cluster_process_is_gone() {
    ! cluster_inside kill -s 0 "$1"
}

# cluster_cgroups NAME COMMAND...: for the folder of a cluster in each hierarchy of control groups.
cluster_cgroups() {
    local name=$1 hierarchy
    shift

    while read -r hierarchy; do
        "$@" "$hierarchy/$name"
    done < <(findmnt -rn -t cgroup,cgroup2 -o TARGET)
}

# Version 1 has a hierarchy for each controller; in version 2 the parent hands controllers down.
cluster_cgroup_make() {
    local controller parent=${1%/*}

    mkdir -p "$1"
    if [[ -e $parent/cgroup.controllers ]]; then
        while read -r controller; do
            echo "+$controller" >"$parent/cgroup.subtree_control"
        done < <(grep -oE '[a-z]+' "$parent/cgroup.controllers")
    fi
}

cluster_cgroup_remove() {
    [[ ! -d $1 ]] || find "$1" -depth -type d -exec rmdir {} +
}

cluster_forget() {
    cluster_wait 10 cluster_cgroups "$1" cluster_cgroup_remove &&
        rm -f "${cluster_registry:?}/$1"
}

# Clean up behind clusters whose process is gone: nobody holds their lock.
cluster_forget_dead() {
    local file

    for file in "$cluster_registry"/hawser-*; do
        if [[ -e $file ]] && flock -n "$file" true; then
            cluster_forget "${file##*/}"
        fi
    done
}

# Make the namespaces. The lock is inherited, and so is held as long as process 1 lives.
cluster_namespaces() {
    local lock hidden holder bind=(setpriv --pdeathsig KILL)

    [[ $1 != keep ]] || bind=(setsid)
    mkdir -p "$cluster_registry"
    cluster_forget_dead
    hidden=$(mktemp "$cluster_registry/.XXXXXX")
    CLUSTER_NAME=hawser-${hidden##*.}
    CLUSTER_INIT=
    echo "$CLUSTER_NAME" >"$CLUSTER/id" # from now on it is known as a cluster's folder
    exec {lock}>"$hidden"
    flock "$lock"
    mv "$hidden" "$cluster_registry/$CLUSTER_NAME"
    "${bind[@]}" unshare --net --mount --pid --fork --kill-child --mount-proc \
        "$cluster_folder/init" "$CLUSTER" "$CLUSTER_ADDRESS" \
        >"$CLUSTER/logs/init.log" 2>&1 </dev/null &
    holder=$!
    disown
    exec {lock}>&-
    if ! cluster_wait 10 test -e "$CLUSTER/ready" || ! CLUSTER_INIT=$(pgrep -P "$holder"); then
        kill -KILL "$holder" || true
        return 1
    fi
    cluster_cgroups "$CLUSTER_NAME" cluster_cgroup_make
    echo "$CLUSTER_NAME $CLUSTER_INIT" >"$CLUSTER/id"
}

cluster_use() {
    CLUSTER=$(realpath "$1")
    read -r CLUSTER_NAME CLUSTER_INIT <"$CLUSTER/id"
    export KUBECONFIG=$CLUSTER/admin.kubeconfig KUBECACHEDIR=$CLUSTER/cache
    export HELM_CACHE_HOME=$CLUSTER/helm HELM_CONFIG_HOME=$CLUSTER/helm HELM_DATA_HOME=$CLUSTER/helm
}

# cluster_phase NAME COMMAND...: run a part of the start and write down how long it took.
cluster_phase() {
    local name=$1 start=$EPOCHREALTIME
    shift

    "$@" || return
    awk -v name="$name" -v from="$start" -v to="$EPOCHREALTIME" \
        'BEGIN { printf "%s: %.1f s\n", name, to - from }' >>"$CLUSTER/logs/phases"
}

cluster_start_parts() {
    cluster_phase namespaces cluster_namespaces "$2" || return
    cluster_use "$CLUSTER"
    if [[ $1 == containers ]]; then
        cluster_phase containerd node_containerd
        return
    fi
    cluster_phase certificates pki_all || return
    cluster_phase 'control plane' control_plane_start || return
    if [[ $1 == node ]]; then
        cluster_phase node node_start || return
    fi
    cluster_phase ready cluster_wait_ready
}

# What the programs said last, for somebody who sees that the cluster did not start.
cluster_show_logs() {
    local file

    for file in "$CLUSTER"/logs/*.log; do
        if [[ $file != */audit.log ]]; then
            echo "--- $file"
            tail -n 15 "$file"
        fi
    done >&2
}

# Empty, and never at the expense of anything but a cluster that is dead.
cluster_make_folder() {
    if [[ -e $CLUSTER/id ]]; then
        read -r CLUSTER_NAME CLUSTER_INIT <"$CLUSTER/id"
        if cluster_is_alive; then
            cluster_say "a cluster lives in '$CLUSTER'" && return 2
        fi
        rm -rf --one-file-system "$CLUSTER"
    fi
    mkdir -p "$CLUSTER"
    if [[ -n $(ls -A "$CLUSTER") ]]; then
        cluster_say "'$CLUSTER' is not empty" && return 2
    fi
    mkdir "$CLUSTER"/{logs,programs,volumes}
}

cluster_start() {
    local parts=node keep=

    CLUSTER=$(realpath "$1")
    shift
    while (($# > 0)); do
        case $1 in
        --control-plane | --containers) parts=${1#--} ;;
        --keep) keep=keep ;;
        *) cluster_say "unknown option '$1'" && return 2 ;;
        esac
        shift
    done
    if [[ ! -x $CLUSTER_CLIENTS/kubectl || ! -x $CLUSTER_TOOLS/pause ]]; then
        cluster_say 'run tests/cluster/tools first' && return 2
    fi
    if [[ $parts == node ]] && ! cluster_can_have_node; then
        cluster_say "no kubelet, or what it needs, in '$KUBEBUILDER_ASSETS'" && return 2
    fi
    cluster_make_folder || return
    if ! cluster_start_parts "$parts" "$keep"; then
        cluster_show_logs
        cluster_stop
        return 1
    fi
}

cluster_service_accounts_are_there() {
    [[ ! -e $CLUSTER/programs/kube-controller-manager ]] || kubectl get serviceaccount default
}

cluster_wait_ready() {
    cluster_wait 60 control_plane_is_ready || return
    cluster_wait 60 cluster_service_accounts_are_there || return
    [[ ! -e $CLUSTER/programs/kubelet ]] || cluster_wait 60 node_is_ready
}

cluster_audit() {
    jq -c "$1" "$CLUSTER/logs/audit.log"
}

cluster_is_alive() {
    [[ -e $cluster_registry/$CLUSTER_NAME ]] && ! flock -n "$cluster_registry/$CLUSTER_NAME" true
}

cluster_is_dead() {
    ! cluster_is_alive
}

cluster_stop() {
    [[ -n ${CLUSTER_INIT:-} ]] || return 0
    if cluster_is_alive; then # otherwise the process id may be another's by now
        kill -KILL "$CLUSTER_INIT"
        cluster_wait 30 cluster_is_dead
    fi
    cluster_forget "$CLUSTER_NAME"
    CLUSTER_INIT=
}

cluster_left_behind() {
    grep -F "$CLUSTER" /proc/self/mountinfo || true
    find /sys/fs/cgroup -type d -name "$CLUSTER_NAME" 2>/dev/null
    find "$cluster_registry" -name "$CLUSTER_NAME"
    pgrep -af -- "$CLUSTER/" | grep -v "^$$ " || true
}
