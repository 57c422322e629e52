# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The controller that was built, on a cluster whose nodes run nothing. To be sourced after
# cluster.bash by a script that sets $build and $work, $settings, flags for all of them, and
# $release_values, arguments of helm for all releases.
#
# A release of the chart has the same name as its namespace, and so have its objects. A controller is
# a process in the cluster's network, with the flags of the chart's Deployment and the rights of its
# ServiceAccount. It has a name of its own: it is in a group "controller:NAME" besides, by which the
# audit log tells it from others; its log is $work/NAME.log. It dies with the shell that started it.
#
#     release NAME [HELM-ARGUMENT...]     install the chart
#     start NAME RELEASE [FLAG=VALUE...]  a controller; flags in place of those of the same name
#     stop NAME [SIGNAL]                  and wait for its end
#     signal NAME SIGNAL
#     said NAME TEXT                      whether its log has that text
#     times_said NAME TEXT                in how many lines
#     metric NAME SAMPLE                  its value, such as 'hawser_controller_leader'
#     shows NAME SAMPLE VALUE             whether it has that value
#     is_ready NAME                       whether /readyz is 200
#     asked NAME JQ-FILTER                its requests in the audit log that the filter lets through
#
# What is in the cluster:
#
#     registration RELEASE                as JSON
#     value SECRET KEY                    of the Secret, given as NAMESPACE/NAME
#     is_trusted RELEASE                  whether each entry of the registration trusts the leaf that
#                                         is presented, and the leaf has its key
#     event RELEASE REASON TEXT           whether there is one
#     follow RELEASE                      write down each version of what it presents and trusts
#     was_always_trusted RELEASE          whether each of them was, and note how many there were

: "${build:?}" "${work:?}" "${settings:?}" "${release_values?}"
chart=${cluster_source:?}/deploy/chart
declare -A pids

release() {
    local name=$1
    shift

    helm install "$name" "$chart" --namespace "$name" --create-namespace \
        "${release_values[@]}" "$@" >/dev/null
}

# The kubeconfig of a controller, with a certificate for the ServiceAccount of a release.
account() {
    local name=$1 release=$2

    cluster_kubeconfig "controller-$name" "/O=system:serviceaccounts/O=system:serviceaccounts:$release\
/O=controller:$name/CN=system:serviceaccount:$release:$release-controller"
}

# Its flags, a line each: those of the chart's Deployment, $settings and the arguments; of the same
# flag the last one.
flags() {
    local release=$1
    shift

    {
        kubectl -n "$release" get deployment "$release-controller" -o json |
            jq -r '.spec.template.spec.containers[0].args[]'
        printf '%s\n' "${settings[@]}" "$@"
    } | awk -F = '!($1 in last) { names[++n] = $1 } { last[$1] = $0 }
        END { for (i = 1; i <= n; i++) print last[names[i]] }'
}

start() {
    local name=$1 release=$2 words
    shift 2

    [[ -e $CLUSTER/controller-$name.kubeconfig ]] || account "$name" "$release"
    words=$(flags "$release" "--kubeconfig=$CLUSTER/controller-$name.kubeconfig" \
        --health-listen=127.0.0.1:0 "$@")
    mapfile -t words <<<"$words"
    : >"$work/$name.log"
    (
        exec setpriv --pdeathsig KILL nsenter --target "$CLUSTER_INIT" --net -- \
            "$build/deploy/controller/hawser-controller" "${words[@]}"
    ) 2>>"$work/$name.log" &
    pids[$name]=$!
    cluster_wait 10 said "$name" '"running"'
}

signal() {
    kill -s "$2" "${pids[$1]}"
}

stop() {
    signal "$1" "${2:-TERM}"
    wait "${pids[$1]}" || true # as told by the signal
    unset "pids[$1]"
}

said() {
    grep -qF -- "$2" "$work/$1.log"
}

times_said() {
    grep -cF -- "$2" "$work/$1.log" || true # grep fails when there are none
}

# ask NAME PATH [CURL-ARGUMENT...]: of its health port.
ask() {
    local address

    address=$(jq -r 'select(.msg == "running").health' "$work/$1.log")
    cluster_run curl -sS --max-time 5 "${@:3}" "http://$address$2"
}

metric() {
    ask "$1" /metrics | awk -v sample="$2" '$1 == sample { print $2 }'
}

shows() {
    [[ $(metric "$1" "$2") == "$3" ]]
}

leads() {
    shows "$1" hawser_controller_leader 1
}

is_ready() {
    [[ $(ask "$1" /readyz -o /dev/null -w '%{http_code}') == 200 ]]
}

is_unready() {
    ! is_ready "$1"
}

asked() {
    cluster_audit "select(.user.groups | index(\"controller:$1\")) | $2"
}

# wrote NAME: what it wrote but its lease, a line each.
wrote() {
    asked "$1" 'select(.verb | IN("create", "update", "patch", "delete"))
        | select(.objectRef.resource != "leases") | "\(.verb) \(.objectRef.resource)"'
}

registration() {
    kubectl get mutatingwebhookconfiguration "$1" --show-managed-fields -o json
}

value() {
    # shellcheck disable=SC2016 # a variable of jq
    kubectl -n "${1%/*}" get secret "${1#*/}" -o json |
        jq -r --arg key "$2" '.data[$key] // "" | @base64d'
}

# What a Secret and a registration, as JSON in files, have: see trusts().
take_apart() {
    local secret=$1 registration=$2 folder=$3

    mkdir -p "$folder"
    jq -r '.data["tls.crt"] | @base64d' "$secret" >"$folder/leaf"
    jq -r '.data["tls.key"] | @base64d' "$secret" >"$folder/key"
    jq -r '.webhooks[].clientConfig | .caBundle // ""' "$registration" >"$folder/bundles"
}

# trusts RELEASE FOLDER [OPENSSL-ARGUMENT...]: whether the API server would call the webhook, now or
# with -attime at another time.
trusts() {
    local name=$1 folder=$2 bundle
    shift 2

    cmp -s <(openssl x509 -in "$folder/leaf" -noout -pubkey) \
        <(openssl pkey -in "$folder/key" -pubout) || return
    [[ -s $folder/bundles ]] || return
    while read -r bundle; do
        base64 -d <<<"$bundle" >"$folder/bundle"
        openssl verify -purpose sslserver -verify_hostname "$name.$name.svc" "$@" \
            -CAfile "$folder/bundle" "$folder/leaf" || return
    done <"$folder/bundles"
}

is_trusted() {
    local folder

    folder=$(mktemp -d "$work/trust.XXXXXX")
    kubectl -n "$1" get secret "$1-tls" -o json >"$folder/secret" &&
        registration "$1" >"$folder/registration" &&
        take_apart "$folder/secret" "$folder/registration" "$folder" &&
        trusts "$1" "$folder"
}

event() {
    # shellcheck disable=SC2016 # variables of jq
    kubectl -n "$1" get events -o json | jq -e --arg reason "$2" --arg text "$3" \
        'any(.items[]; .reason == $reason and (.message | contains($text))
            and .involvedObject.kind == "Secret")'
}

# Each version is a line of JSON, with the time at which we heard of it.
follow() {
    local name=$1 kind

    for kind in secret/$name-tls mutatingwebhookconfiguration/$name; do
        follow_one "$name" "$kind" &
    done
}

# Begins when there is one, and dies with the shell that follows.
follow_one() {
    cluster_wait 10 kubectl -n "$1" get "$2"
    exec setpriv --pdeathsig KILL nsenter --target "$CLUSTER_INIT" --net -- \
        "$CLUSTER_CLIENTS/kubectl" -n "$1" get "$2" -o json --watch --output-watch-events \
        > >(exec jq -c --unbuffered '.object + {at: now}' >>"$work/$1.followed")
}

# Each state is trusted when it begins and when it ends; the first is the one in which both are there.
# Versions of all objects of a cluster are of one sequence.
was_always_trusted() {
    local folder=$work/$1.history states=0 from=
    local object kind until

    mkdir "$folder"
    while read -r object; do
        kind=$(jq -r .kind <<<"$object")
        until=$(jq -r '.at | floor' <<<"$object")
        if [[ -n $from ]]; then
            trusts "$1" "$folder" -attime "$until" || fail "not at its end: state $states"
        fi
        echo "$object" >"$folder/$kind"
        [[ -e $folder/Secret && -e $folder/MutatingWebhookConfiguration ]] || continue
        take_apart "$folder/Secret" "$folder/MutatingWebhookConfiguration" "$folder"
        states=$((states + 1))
        from=$until
        trusts "$1" "$folder" -attime "$from" || fail "not at its beginning: state $states"
    done < <(jq -sc 'sort_by(.metadata.resourceVersion | tonumber)[]' "$work/$1.followed")
    ((states >= 6)) || fail "only $states states"
    note "$states states, trusted from beginning to end"
}
