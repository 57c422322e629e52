#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: storage_test.sh BUILD-FOLDER
#
# The NFS servers and claims that the controller keeps, on a cluster with a node: what is missing or
# spoilt is right again within a second, whoever did it, and what is somebody else's is left alone.
# The servers are stand-ins that answer but hold no data (nfs_server.c). `#` lines give the figures.
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
# shellcheck disable=SC2034 # these two by controller.bash
release_values=(--set storage.enabled=true)
# shellcheck disable=SC2034
settings=(
    --settle=1s --lease-duration=4s --renew-deadline=3s --retry-period=500ms
    "--policies=$work/policies.yaml"
)
# shellcheck source-path=SCRIPTDIR source=controller.bash
source "$here/controller.bash"
# shellcheck source-path=SCRIPTDIR source=storage.bash
source "$here/storage.bash"

image=registry.k8s.io/sig-storage/nfs-provisioner:v4.0.8

# policies SIZE [DOCUMENT-COMMAND...]: have these in force, with a size of the growing claims.
policies() {
    local size=$1
    shift

    {
        server ebs "{claim: {storageClassName: disk, size: $size}}" nfs-ebs
        server ephemeral '{emptyDir: {sizeLimit: 1Gi}}' nfs-ephemeral
        claims cache nfs-ebs 1Gi 'team-*'
        claims grows disk "$size" 'team-*'
        claims many later 1Gi 'many-*'
        (($# == 0)) || "$@"
    } >"$work/policies.new"
    mv "$work/policies.new" "$work/policies.yaml"
}

clash() {
    server clash '{emptyDir: {}}' nfs
}

# The image of the real server, as far as it takes.
import_server() {
    mkdir -p "$work/image/export"
    cp "$build/tests/cluster/nfs_server" "$work/image/nfs-server-provisioner"
    cluster_import "$image" "$work/image" '{"Entrypoint": ["/nfs-server-provisioner"]}'
}

# Two classes that are no work of the controller: of disks, and one that waits for a pod.
disk_classes() {
    cluster_provisioner_start disk
    cluster_wait 20 kubectl get storageclass disk
    kubectl patch storageclass disk -p '{"allowVolumeExpansion": true}'
    kubectl create -f - <<END
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: later}
provisioner: hawser.test/nobody
volumeBindingMode: WaitForFirstConsumer
END
}

both_serve() {
    local name

    for name in ebs ephemeral; do
        [[ $(kubectl -n hawser-nfs get statefulset "hawser-nfs-$name" \
            -o 'jsonpath={.status.readyReplicas}') == 1 ]] || return
        kubectl get storageclass "nfs-$name" >/dev/null || return
    done
}

addresses() {
    kubectl -n hawser-nfs get service hawser-nfs-ebs hawser-nfs-ephemeral \
        -o 'jsonpath={range .items[*]}{.metadata.uid} {.spec.clusterIP}{"\n"}{end}'
}

# told REASON NAME: whether there is an Event about an object of that name.
told() {
    # shellcheck disable=SC2016 # variables of jq
    kubectl get events -A -o json | jq -e --arg reason "$1" --arg name "$2" \
        'any(.items[]; .reason == $reason and .involvedObject.name == $name)'
}

claim_is() {
    [[ $(kubectl -n "$1" get persistentvolumeclaim "$2" -o "jsonpath={$3}") == "$4" ]]
}

is_another_claim() {
    local uid

    uid=$(kubectl -n "$1" get persistentvolumeclaim "$2" -o 'jsonpath={.metadata.uid}') &&
        [[ $uid != "$3" ]]
}

n_many() {
    kubectl get persistentvolumeclaims -A --field-selector metadata.name=hawser-many -o name | wc -l
}

has_many() {
    (($(n_many) == $1))
}

upstream_versions() {
    kubectl -n upstream get -f "$here/upstream.yaml" -o json |
        jq -r '.items[] | "\(.kind) \(.metadata.uid) \(.metadata.resourceVersion)"'
}

install_upstream() {
    kubectl create namespace upstream
    kubectl -n upstream create -f "$here/upstream.yaml"
    kubectl -n upstream rollout status statefulset/nfs-server-provisioner --timeout=60s
    sleep 1 # its status
    upstream_versions >"$work/upstream"
    equal "$(wc -l <"$work/upstream")" 6
}

# Controllers end with the shell that started them, so it is not one of a case.
prepare() {
    policies 1Gi
    chart_values <(cat "$work/policies.yaml" <(clash)) >"$work/values.yaml"
    import_server
    disk_classes
    install_upstream
    release hawser -f "$work/values.yaml"
    account second hawser
    start first hawser
    started=$EPOCHREALTIME
    cluster_wait 10 leads first
    start second hawser
}

cases_follow

an_empty_cluster_becomes_right() {
    cluster_wait 90 both_serve
    note "both servers are ready after $(seconds_since "$started")"
    sleep 2
    note "$(asked first .verb | wc -l) requests of the controller," \
        "$(writes_of first | wc -l) of them to write"
    kept >"$work/objects"
    note "$(wc -l <"$work/objects") objects"
    addresses >"$work/addresses"
    equal "$(wc -l <"$work/addresses")" 2
}

the_servers_have_the_arguments_of_the_real_one_and_answer() {
    kubectl -n hawser-nfs logs hawser-nfs-ebs-0 | head -n 1 >"$work/said"
    holds "$(cat "$work/said")" '-provisioner=hawser.dev/nfs-ebs'
    holds "$(cat "$work/said")" '-grace-period=90'
    cluster_wait 15 shows first 'hawser_controller_nfs_server_ready{server="ebs"}' 1
    cluster_wait 15 shows first 'hawser_controller_nfs_server_ready{server="ephemeral"}' 1
}

a_cluster_that_is_right_is_left_alone() {
    local before

    before=$(writes_of first | grep -v ' configmaps/')
    kubectl -n hawser-nfs annotate service hawser-nfs-ebs example.com/theirs=kept
    kubectl -n hawser-nfs label statefulset hawser-nfs-ebs example.com/theirs=kept
    sleep 5
    equal "$(writes_of first | grep -v ' configmaps/')" "$before"
    equal "$(kubectl -n hawser-nfs get statefulset hawser-nfs-ebs \
        -o 'jsonpath={.metadata.labels.example\.com/theirs}')" kept
    kubectl -n hawser-nfs label statefulset hawser-nfs-ebs example.com/theirs-
    kubectl -n hawser-nfs annotate service hawser-nfs-ebs example.com/theirs-
}

what_somebody_edits_is_as_it_was() {
    repaired edited edit
}

labels_that_somebody_removes_are_back() {
    repaired 'without labels' unlabel
}

what_another_field_manager_takes_over_is_taken_back() {
    repaired 'taken over' take_over
}

an_owner_that_somebody_gives_is_gone() {
    repaired 'given an owner' give_owner
}

the_service_keeps_its_address_through_all_of_it() {
    equal "$(addresses)" "$(cat "$work/addresses")"
    cluster_wait 60 both_serve
}

# The API server keeps a disk as long as a pod has it, and a Namespace until all in it is gone.
each_object_that_somebody_deletes_comes_back() {
    spared='^(Namespace|PersistentVolumeClaim)/'
    repaired deleted remove
    cluster_wait 90 both_serve
}

a_namespace_that_somebody_deletes_comes_back_with_all_in_it() {
    local from=$EPOCHREALTIME

    kubectl delete namespace hawser-nfs --timeout=150s
    note "its end took $(seconds_since "$from")"
    from=$EPOCHREALTIME
    cluster_wait 120 both_serve
    note "both servers are ready $(seconds_since "$from") after its end"
    kept | sort | diff <(sort "$work/objects") -
}

a_server_that_hangs_is_told() {
    local id

    id=$(kubectl -n hawser-nfs get pod hawser-nfs-ephemeral-0 \
        -o 'jsonpath={.status.containerStatuses[0].containerID}')
    cluster_ctr tasks kill --signal SIGUSR1 "${id#*//}"
    cluster_wait 60 told NoAnswer hawser-nfs-ephemeral
    shows first 'hawser_controller_nfs_server_ready{server="ephemeral"}' 0
    cluster_ctr tasks kill --signal SIGUSR2 "${id#*//}"
    cluster_wait 30 shows first 'hawser_controller_nfs_server_ready{server="ephemeral"}' 1
}

a_namespace_that_appears_gets_its_claims() {
    cluster_provisioner_start nfs-ebs "$(cat /proc/sys/kernel/random/uuid)"
    kubectl create namespace team-a
    cluster_wait 2 kubectl -n team-a get persistentvolumeclaim hawser-cache hawser-grows
    cluster_wait 20 claim_is team-a hawser-cache .status.phase Bound
    cluster_wait 20 claim_is team-a hawser-grows .status.phase Bound
}

a_claim_of_ours_that_somebody_deletes_comes_back() {
    local uid

    uid=$(kubectl -n team-a get persistentvolumeclaim hawser-cache -o 'jsonpath={.metadata.uid}')
    remove PersistentVolumeClaim/team-a/hawser-cache
    cluster_wait 5 is_another_claim team-a hawser-cache "$uid"
    cluster_wait 20 claim_is team-a hawser-cache .status.phase Bound
}

a_claim_of_another_class_is_told_and_left() {
    kubectl create namespace other
    kubectl -n other create -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: hawser-cache}
spec:
  storageClassName: later
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Mi}}
END
    kubectl -n other get persistentvolumeclaim hawser-cache -o json |
        jq 'del(.metadata.resourceVersion, .metadata.uid) | .metadata.namespace = "team-b"' \
            >"$work/claim"
    # Before the controller hears of the namespace.
    signal first STOP
    kubectl create namespace team-b
    kubectl create -f "$work/claim"
    kubectl -n team-b get persistentvolumeclaim hawser-cache -o json >"$work/before"
    signal first CONT
    cluster_wait 20 told ClaimMismatch hawser-cache
    kubectl -n team-b get persistentvolumeclaim hawser-cache -o json | diff "$work/before" -
}

a_size_that_is_raised_makes_claims_grow_where_their_class_can() {
    cluster_wait 20 claim_is hawser-nfs hawser-nfs-ebs .status.phase Bound
    policies 2Gi
    cluster_wait 90 claim_is team-a hawser-grows .spec.resources.requests.storage 2Gi
    cluster_wait 10 claim_is hawser-nfs hawser-nfs-ebs .spec.resources.requests.storage 2Gi
    claim_is team-a hawser-cache .spec.resources.requests.storage 1Gi
}

of_two_controllers_one_acts_and_the_other_takes_over() {
    local from

    cluster_wait 10 is_ready second
    leads first
    edit Service/hawser-nfs/hawser-nfs-ebs
    sleep 1
    equal "$(writes_of second)" ''
    from=$EPOCHREALTIME
    stop first KILL
    edit Service/hawser-nfs/hawser-nfs-ebs
    cluster_wait 10 leads second
    note "after SIGKILL the other leads in $(seconds_since "$from")"
    cluster_wait 5 kubectl -n hawser-nfs wait --for=condition=Ready pod/hawser-nfs-ebs-0
    sleep 1
    equal "$(kubectl -n hawser-nfs get service hawser-nfs-ebs \
        -o 'jsonpath={.spec.selector.app\.kubernetes\.io/name}')" hawser-nfs
    # Never both: the last write of the one is before the first of the other.
    { writes_of first | tail -n 1 && writes_of second | head -n 1; } >"$work/writes"
    equal "$(wc -l <"$work/writes")" 2
    sort -c -n -k 1 "$work/writes" || fail 'both wrote'
}

a_class_of_somebody_else_is_told_and_left() {
    policies 2Gi clash
    cluster_wait 90 told NameClash nfs
    said second "StorageClass 'nfs' was there before"
    upstream_versions | diff "$work/upstream" -
}

five_hundred_namespaces_have_their_claims() {
    local from place ms

    policies 2Gi # without the one that clashes
    seq 500 | jq -c '{apiVersion: "v1", kind: "Namespace", metadata: {name: "many-\(.)"}}' \
        >"$work/namespaces"
    place=$(log_size)
    from=$EPOCHREALTIME
    kubectl create -f "$work/namespaces" >/dev/null
    note "500 namespaces are made in $(seconds_since "$from")"
    ms=$(repaired_one Service/hawser-nfs/hawser-nfs-ebs edit)
    note "meanwhile a Service is right again after $ms ms"
    cluster_wait 240 has_many 500
    note "500 claims after $(seconds_since "$from")," "$(log_since "$place" |
        jq -r 'select(.user.groups | index("controller:second")) | .objectRef.resource' |
        sort | uniq -c | sort -rn | awk '{ printf "%s%d %s", sep, $1, $2; sep = ", " }') requested"
    ((ms <= 1000)) || fail 'the servers waited for the claims'
}

an_idle_controller_costs_next_to_nothing() {
    local ticks

    sleep 10
    ticks=$(cpu_ticks second)
    sleep 60
    ticks=$(($(cpu_ticks second) - ticks))
    note "idle with 500 namespaces: $((ticks * 1000 / $(getconf CLK_TCK))) ms of CPU in a minute," \
        "$(memory_kib second) KiB"
    ((ticks * 10 < 60 * $(getconf CLK_TCK))) || fail 'a tenth of a CPU or more'
}

the_upstream_installation_is_as_it_was() {
    upstream_versions | diff "$work/upstream" -
}

took 'start of the cluster' cluster_start "$work/cluster"
prepare >&2
run_cases
