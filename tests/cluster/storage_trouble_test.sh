#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: storage_trouble_test.sh BUILD-FOLDER
#
# The NFS servers that the controller keeps, where nothing goes well: requests that fail, watches
# that end, an API server that is away, a controller that is killed at each step of an installation.
# In the end all is right, once, and nobody was asked all the time. There is no node: objects are all
# that is looked at. Needs haproxy. `#` lines give the figures.
set -euo pipefail
here=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cluster.bash
source "$here/cluster.bash"
# shellcheck source-path=SCRIPTDIR source=cases.bash
source "$here/cases.bash"

if ! type -P haproxy >/dev/null; then
    echo '1..0 # SKIP there is no haproxy'
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
# shellcheck source-path=SCRIPTDIR source=token.bash
source "$here/token.bash"
# shellcheck source-path=SCRIPTDIR source=storage.bash
source "$here/storage.bash"
# shellcheck source-path=SCRIPTDIR source=proxy.bash
source "$here/proxy.bash"

max_steps=30

# The rights of the controller are for servers of these names alone.
values() {
    {
        printf '%s hawser-nfs\n' ebs ephemeral
        for ((i = 0; i <= max_steps; i++)); do
            echo "step-${i}x step-${i}x"
        done
    } | jq -R '. / " " | {name: .[0], namespace: .[1], storageClass: ("class-" + .[0])}' |
        jq -s '{policiesConfigMap: "of-the-test", storage: {servers: .}}'
}

two_servers() {
    {
        server ebs '{claim: {storageClassName: disk, size: 1Gi}}' class-ebs
        server ephemeral '{emptyDir: {sizeLimit: 1Gi}}' class-ephemeral
    } >"$work/policies.yaml"
}

n_kept() {
    (($(kept | wc -l) == $1))
}

# comes_back OBJECT SECONDS WHAT: spoil it, and note how long it takes until it is as before.
comes_back() {
    local before from

    before=$(shape "$1")
    edit "$1"
    from=$EPOCHREALTIME
    cluster_wait "$2" has_shape "$1" "$before"
    note "$3: back after $(seconds_since "$from")"
}

# is_calm SECONDS: note how many requests come through the proxy meanwhile, and fail for too many.
is_calm() {
    local before n renewals=' /apis/coordination.k8s.io/'

    before=$(($(proxy_count) - $(proxy_count "$renewals")))
    sleep "$1"
    n=$(($(proxy_count) - $(proxy_count "$renewals") - before))
    note "$((n * 60 / $1)) requests a minute, but those for the lease"
    ((n <= 5 * $1)) || fail 'it spins'
}

# What there is of server NAME, but for its name.
state() {
    kubectl get "$kinds" -A -l "$selector" -o json | jq -cS --arg name "$1" \
        '.items[] | select(.metadata | (.labels["hawser.dev/nfs-server"] // .name)
            | IN($name, "hawser-nfs")) | '"$jq_shape"' | del(.metadata.annotations)' |
        sed "s/$1/NAME/g"
}

has_state() {
    [[ $(state "$1") == "$(cat "$work/state")" ]]
}

# begin_step NAME [RULE...]: a controller that is to make the server NAME through the proxy.
begin_step() {
    local name=$1
    shift

    server "$name" '{claim: {storageClassName: disk, size: 1Gi}}' "class-$name" "$name" \
        >"$work/policies.yaml"
    kubectl delete priorityclass hawser-nfs --ignore-not-found
    kubectl -n hawser delete lease hawser-controller --ignore-not-found
    proxy_start "$@"
    start killed hawser --certificates=off
}

has_written() {
    (($(proxy_writes) >= $1))
}

end_step() {
    stop killed KILL
    proxy_stop
    kubectl -n hawser delete lease hawser-controller
}

# Of the key-value store, which is asked in JSON.
compact() {
    local revision

    revision=$(cluster_run curl -sS -d '{"key": "AA=="}' http://127.0.0.1:2379/v3/kv/range |
        jq -r .header.revision)
    cluster_run curl -sS -d "{\"revision\": $revision, \"physical\": true}" \
        http://127.0.0.1:2379/v3/kv/compaction
}

prepare() {
    values >"$work/values.json"
    two_servers
    release hawser -f "$work/values.json"
    token_kubeconfig proxied "$proxy_server"
    cp "$CLUSTER/controller-proxied.kubeconfig" "$CLUSTER/controller-killed.kubeconfig"
    give_token hawser one
    mapfile -t trouble < <(proxy_trouble)
    mapfile -t expire < <(proxy_expire)
    account direct hawser
}

cases_follow

of_all_requests_a_third_fails_and_all_is_made() {
    local from

    proxy_start "${trouble[@]}"
    from=$EPOCHREALTIME
    start proxied hawser
    cluster_wait 150 n_kept 21
    note "made after $(seconds_since "$from"): $(proxy_count) requests," \
        "of which $(proxy_count ' (500|503|429) ') failed and $(proxy_count ' PR$') were cut"
    (($(proxy_count ' (500|503|429) ') > 0)) || fail 'there was no trouble'
    is_calm 20
    comes_back Service/hawser-nfs/hawser-nfs-ebs 30 'while requests fail'
    comes_back StorageClass/class-ephemeral 30 'while requests fail'
    proxy_stop
    sleep 2
    proxy_start
    cluster_wait 40 is_ready proxied
    comes_back ClusterRole/hawser-nfs-ebs 40 'when the trouble is over'
    stop proxied
    proxy_stop
}

# Each of some twenty watches lists and is refused; half a minute later each waits for that long.
watches_that_are_always_too_old_are_no_reason_to_spin() {
    proxy_start "${expire[@]}"
    start proxied hawser
    sleep 40
    is_calm 30
    comes_back Service/hawser-nfs/hawser-nfs-ebs 60 'without a watch'
    stop proxied
    proxy_stop
}

connections_that_are_cut_are_made_again() {
    proxy_start
    start proxied hawser
    cluster_wait 20 is_ready proxied
    for _ in 1 2 3; do
        proxy_stop
        proxy_start
        comes_back Role/hawser-nfs/hawser-nfs-ebs 20 'after all connections were cut'
    done
    stop proxied
    proxy_stop
}

an_api_server_that_was_away_finds_all_as_it_was() {
    start direct hawser
    cluster_wait 20 is_ready direct
    cluster_program_stop kube-apiserver KILL
    sleep 3
    cluster_program_start kube-apiserver
    cluster_wait_ready
    comes_back Service/hawser-nfs/hawser-nfs-ebs 30 'after a restart of the API server'
    stop direct
}

what_happened_before_the_history_begins_is_mended() {
    local before

    start direct hawser
    cluster_wait 20 is_ready direct
    before=$(shape StorageClass/class-ebs)
    signal direct STOP
    edit StorageClass/class-ebs
    compact
    cluster_program_stop kube-apiserver KILL # it remembers some of it
    cluster_program_start kube-apiserver
    cluster_wait_ready
    signal direct CONT
    cluster_wait 40 has_shape StorageClass/class-ebs "$before"
    stop direct
}

a_token_that_is_replaced_is_taken() {
    proxy_start
    start proxied hawser
    cluster_wait 20 is_ready proxied
    give_token hawser two
    take_token hawser one
    comes_back Service/hawser-nfs/hawser-nfs-ebs 20 'with the second token'
    stop proxied
    proxy_stop
}

an_installation_that_is_killed_at_any_step_is_finished_by_another() {
    local n name rules

    mapfile -t rules < <(proxy_write_limit 1000000)
    begin_step step-0x "${rules[@]}"
    cluster_wait 20 said killed StorageClass
    sleep 2
    n=$(proxy_writes)
    end_step
    state step-0x >"$work/state"
    note "$n requests to write $(wc -l <"$work/state") objects"
    ((n >= 10 && n <= max_steps)) || fail 'that is not what is expected'
    for ((i = 0; i < n; i++)); do
        name=step-$((i + 1))x
        mapfile -t rules < <(proxy_write_limit "$i")
        begin_step "$name" "${rules[@]}"
        cluster_wait 20 has_written $((i + 1))
        ! has_state "$name" || fail "it was whole after $i requests"
        end_step
        start direct hawser --certificates=off
        cluster_wait 20 has_state "$name" || diff <(state "$name") "$work/state"
        stop direct
    done
}

took 'start of the cluster' cluster_start "$work/cluster" --control-plane
prepare >&2
run_cases
