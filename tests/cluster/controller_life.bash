# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Whether a controller needs each of its rights: a life in which it needs them all, lived by one for
# each right without that right. To be sourced after controller.bash.

: "${work:?}" "${build:?}"

# permissions RELEASE: a line for each verb that the chart gives its controller: which role, number of
# the rule, resource, verb.
permissions() {
    kubectl -n "$1" get "role/$1-controller" "clusterrole/$1-controller" -o json |
        jq -r '.items[] | .kind as $kind | .rules | to_entries[] | .key as $rule | .value
            | .resources[] as $resource | .verbs[] | "\($kind) \($rule) \($resource) \(.)"'
}

# deprive RELEASE PERMISSION: install it without a permission.
deprive() {
    local kind rule resource verb

    release "$1"
    read -r kind rule resource verb <<<"$2"
    [[ -n $verb && $kind == *Role ]] || return 0
    # shellcheck disable=SC2016 # variables of jq
    kubectl -n "$1" get "$kind" "$1-controller" -o json |
        jq --argjson rule "$rule" --arg resource "$resource" --arg verb "$verb" '.rules |=
            .[:$rule] + (.[$rule] | [
                (.resources -= [$resource]),
                (.resources = [$resource] | .verbs -= [$verb])
            ] | map(select(.resources != [] and .verbs != []))) + .[$rule + 1:]' |
        kubectl replace -f -
}

# without RELEASE PERMISSION: whether it has just what hawser-fresh has, but for one.
without() {
    diff <(permissions hawser-fresh | grep -vxF -e "$2" | cut -d ' ' -f 1,3- | sort) \
        <(permissions "$1" | cut -d ' ' -f 1,3- | sort)
}

# Whether its ServiceAccount can read how things are, as in a shell in the pod.
tells_status() {
    local said

    # It also exits with 1 while something is not as it should be.
    said=$(cluster_run "$build/deploy/controller/hawser-controller" status --namespace="$1" \
        --lease="$1-controller" --status-config-map="$1-status" \
        --kubeconfig="$CLUSTER/controller-$1.kubeconfig" || (($? == 1)))
    [[ $said == *CERTIFICATE* ]]
}

# A whole life of a controller, which fails where anything is missing.
life() {
    local name=$1 ca

    start "$name" "$name" --settle=1s --ca-validity=12s --leaf-validity=12s
    cluster_wait 10 said "$name" 'issued a new certificate'
    is_trusted "$name"
    ca=$(value "$name/$name-ca" ca.crt)
    cluster_wait 3 event "$name" AuthorityRenewed ''
    cluster_wait 10 tells_status "$name"
    spoil "$name"
    kubectl -n "$name" delete secret "$name-tls"
    cluster_wait 4 is_trusted "$name"
    cluster_wait 20 said "$name" 'the authority expires at'
    cluster_wait 10 said "$name" 'the present authority did not issue the leaf'
    has_another_ca "$name" "$ca"
    is_issued_by_its_ca "$name"
    is_trusted "$name"
    is_ready "$name"
    stop "$name"
    equal "$(kubectl -n "$name" get lease "$name-controller" \
        -o 'jsonpath={.spec.holderIdentity}')" ''
    echo complete
}

# check_life RELEASE PERMISSION
check_life() {
    local end

    said "$1" '"running"'
    end=$(tail -n 1 "$work/$1.life")
    if [[ $2 == nothing* ]]; then
        equal "$end" complete
    elif [[ $end == complete ]]; then
        fail "$2 is not needed"
    fi
}
