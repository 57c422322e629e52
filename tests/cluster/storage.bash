# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# NFS servers and claims that a controller keeps: what is damaged, and when it was right again. To be
# sourced after controller.bash.
#
# An object is called KIND/NAME, or KIND/NAMESPACE/NAME. Times are those of the audit log, which
# knows microseconds and whose every request it was.
#
#     server NAME BACKING CLASS           print an NFSProvisioner; its namespace is hawser-nfs, or $4
#     claims NAME CLASS SIZE NAMESPACES   print a policy that creates the claim hawser-NAME
#     chart_values FILE...                print the documents in the files as the chart's value
#     kept                                the objects of all servers, a line each
#     shape OBJECT                        what it is, without what each object of its kind has anew
#     change KIND                         a merge patch that spoils what no object of it may have
#     log_size, log_since PLACE           the audit log from there on
#     repair_ms PLACE OBJECT              from the admin's last write to the controller's last one
#     repaired WHAT COMMAND...            COMMAND spoils the object that it gets as last argument:
#                                         do it with all that are kept, and note how long it took
#     writes_of NAME                      its writes but those of its lease, with times

: "${work:?}"

selector=app.kubernetes.io/managed-by=hawser-controller,app.kubernetes.io/name=hawser-nfs
kinds=namespaces,priorityclasses,serviceaccounts,clusterroles,clusterrolebindings,roles
kinds+=,rolebindings,persistentvolumeclaims,services,networkpolicies,poddisruptionbudgets
kinds+=,statefulsets,storageclasses

server() {
    cat <<END
---
apiVersion: hawser.dev/v1
kind: NFSProvisioner
metadata: {name: $1}
spec:
  namespace: ${4:-hawser-nfs}
  backing: $2
  storageClass: {name: $3}
END
}

claims() {
    cat <<END
---
apiVersion: hawser.dev/v1
kind: VolumePolicy
metadata: {name: $1}
spec:
  match: {namespaces: ["$4"]}
  volumes:
  - name: $1
    persistent:
      claimName: hawser-$1
      create: {storageClassName: $2, size: $3}
    mountPath: /$1
END
}

chart_values() {
    echo 'policies:'
    awk '/^---$/ { next } /^apiVersion:/ { print "  -" } { print "    " $0 }' "$@"
}

kept() {
    kubectl get "$kinds" -A -l "$selector" -o json | jq -r '.items[]
        | [.kind, .metadata.namespace // empty, .metadata.name] | join("/")'
}

# reach VERB OBJECT [ARGUMENT...]: kubectl about an object.
reach() {
    local verb=$1 kind name namespace=()
    IFS=/ read -r kind name <<<"$2"
    shift 2

    if [[ $name == */* ]]; then
        namespace=(-n "${name%/*}")
    fi
    kubectl "${namespace[@]}" "$verb" "$kind" "${name##*/}" "$@"
}

jq_shape='{apiVersion, kind, metadata: (.metadata
        | {name, namespace, labels, annotations, ownerReferences, finalizers})}
    + del(.apiVersion, .kind, .metadata, .status, .secrets, .spec.clusterIP, .spec.clusterIPs)
    | del(.metadata.annotations["pv.kubernetes.io/bind-completed",
        "pv.kubernetes.io/bound-by-controller"])'

shape() {
    reach get "$1" -o json | jq -cS "$jq_shape"
}

change() {
    case $1 in
    Namespace) echo '{"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}' ;;
    PriorityClass) echo '{"description": "somebody else was here"}' ;;
    ServiceAccount) echo '{"automountServiceAccountToken": true}' ;;
    ClusterRole | Role) echo '{"rules": []}' ;;
    ClusterRoleBinding | RoleBinding) echo '{"subjects": []}' ;;
    PersistentVolumeClaim) echo '{"metadata": {"annotations": {"hawser.dev/hash": "spoilt"}}}' ;;
    Service) echo '{"spec": {"selector": {"app.kubernetes.io/name": "nobody"}}}' ;;
    PodDisruptionBudget) echo '{"spec": {"maxUnavailable": 1}}' ;;
    StatefulSet) echo '{"spec": {"replicas": 0}}' ;;
    StorageClass) echo '{"allowVolumeExpansion": true}' ;;
    *) fail "no change for '$1'" ;;
    esac
}

edit() {
    reach patch "$1" --type=merge -p "$(change "${1%%/*}")"
}

unlabel() {
    reach patch "$1" --type=merge -p '{"metadata": {"labels": null}}'
}

# As another program does that holds the same fields to be its own.
take_over() {
    reach get "$1" -o json | jq --argjson change "$(change "${1%%/*}")" '{
            apiVersion, kind, metadata: (.metadata | {name, namespace} | del(.. | nulls))
        } * $change' >"$work/taken.json"
    kubectl apply --server-side --force-conflicts --field-manager=somebody-else --validate=false \
        -f "$work/taken.json"
}

# An owner that exists, so that nothing is collected meanwhile.
give_owner() {
    local uid

    kubectl create priorityclass owner --value=1 2>/dev/null || true # once
    uid=$(kubectl get priorityclass owner -o 'jsonpath={.metadata.uid}')
    reach patch "$1" --type=merge -p "{\"metadata\": {\"ownerReferences\": [{
        \"apiVersion\": \"scheduling.k8s.io/v1\", \"kind\": \"PriorityClass\", \"name\": \"owner\",
        \"uid\": \"$uid\"}]}}"
}

remove() {
    reach delete "$1" --wait=false
}

log_size() {
    stat -c %s "$CLUSTER/logs/audit.log"
}

log_since() {
    tail -c "+$(($1 + 1))" "$CLUSTER/logs/audit.log"
}

# As a number, and so exact to a microsecond.
jq_stamp='def stamp: (.[:19] + "Z" | fromdateiso8601) + ("0" + .[19:-1] | tonumber);'
jq_writes='select(.verb | IN("create", "update", "patch", "delete"))'

repair_ms() {
    local name=${2#*/}

    log_since "$1" | jq -rs --arg name "${name##*/}" --arg namespace "${name%"${name##*/}"}" \
        "$jq_stamp"'map(select(.objectRef.name == $name
                and (.objectRef.namespace // "" | IN($namespace[:-1], $name)) # a Namespace is in itself
                and .responseStatus.code < 300) | '"$jq_writes"')
            | (map(select(.user.username == "admin")) | last.stageTimestamp | stamp) as $from
            | map(select(.user.groups | any(startswith("controller:"))) | .stageTimestamp | stamp)
            | last - $from | . * 1000 | round'
}

has_shape() {
    [[ $(shape "$1") == "$2" ]]
}

# repaired_one OBJECT COMMAND...: print how long it took.
repaired_one() {
    local object=$1 before place
    shift

    before=$(shape "$object")
    place=$(log_size)
    "$@" "$object" >&2
    cluster_wait 10 has_shape "$object" "$before" || {
        diff <(jq . <<<"$before") <(shape "$object" | jq .) >&2
        fail "$object did not come back"
    }
    repair_ms "$place" "$object"
}

# statistics FILE: median and worst of numbers in the second column.
statistics() {
    sort -n -k 2 "$1" | awk '{ value[NR] = $2; name = $1 } END {
        printf "%d objects, median %d ms, worst %d ms (%s)\n", NR, value[int((NR + 1) / 2)],
            value[NR], name }'
}

# Whoever the command is not for is left out by `spares`.
repaired() {
    local what=$1 object objects took
    shift

    kept >"$work/objects"
    mapfile -t objects < <(grep -vE "${spared:-^$}" "$work/objects")
    : >"$work/times"
    for object in "${objects[@]}"; do
        took=$(repaired_one "$object" "$@")
        echo "$object $took" >>"$work/times"
    done
    note "$what: $(statistics "$work/times")"
    [[ -s $work/times ]] || fail 'there was nothing to spoil'
    ! awk '$2 > 1000' "$work/times" | grep . || fail 'more than a second'
}

writes_of() {
    asked "$1" "$jq_stamp $jq_writes"' | select(.objectRef.resource != "leases")
        | "\(.requestReceivedTimestamp | stamp) \(.verb) \(.objectRef.resource)/\(.objectRef.name)"' |
        jq -r .
}

# cpu_ticks NAME, memory_kib NAME: of a controller's process.
# shellcheck disable=SC2154 # pids: by controller.bash
cpu_ticks() {
    awk '{ print $14 + $15 }' "/proc/${pids[$1]}/stat"
}

# shellcheck disable=SC2154
memory_kib() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/${pids[$1]}/status"
}
