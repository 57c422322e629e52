# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Cases on what the chart renders, without a cluster. A file of cases sources this, defines one
# function for each case, named as the promise that it shows, and ends in `run_cases "$@"`. Its
# arguments are the root of the tree, and the programs hawser and yaml_to_json. A case runs in an
# empty folder of its own. Without HELM in the environment all of them are skipped.
#
#     a_single_replica_can_be_drained() {
#         render --set webhook.replicas=1
#         holds 'map(select(.kind == "PodDisruptionBudget"))[0].spec.maxUnavailable == 1'
#     }
set -euo pipefail

root=
# shellcheck disable=SC2034 # for the files of cases
hawser=
yaml_to_json=

fail() {
    {
        echo "$*"
        [[ ! -s err ]] || head -n 20 err
    } >why
    exit 1
}

# What helm says to these arguments: in `out` and `err`, its exit code in $code.
helm() {
    code=0
    "$HELM" "$@" >out 2>err || code=$?
}

# render [ARGUMENT...]: release `hawser` in namespace `hawser`, in `objects` one a line, as JSON.
render() {
    render_as hawser hawser "$@"
}

# render_as RELEASE NAMESPACE [ARGUMENT...]
render_as() {
    helm template "$1" "$root/deploy/chart" --namespace "$2" "${@:3}"
    ((code == 0)) || fail "helm template ${*:3} fails:"
    "$yaml_to_json" out >objects 2>err || fail 'what is rendered is no YAML:'
}

# The chart refuses these arguments, and says so.
refuses() {
    local text=$1
    shift
    helm template hawser "$root/deploy/chart" --namespace hawser "$@"
    ((code != 0)) || fail "$* is rendered"
    grep -qF -e "$text" err || fail "$* is refused without the text '$text':"
}

# A jq expression over the list of all objects.
ask() {
    jq -r -s "$@" objects
}

# holds EXPRESSION: it is true of the list of all objects.
holds() {
    jq -e -s "$1" objects >answer 2>err || fail "this does not hold: $1"
}

# finds_none EXPRESSION: it has no results, which would each be a finding.
finds_none() {
    jq -c -s "$1" objects >answer 2>err || fail "jq fails:"
    [[ ! -s answer ]] || fail "expected none of these: $(head -c 2000 answer)"
}

# Pods, each with where it stands, as {name, kind, spec, metadata}; for jq.
# shellcheck disable=SC2034 # for the files of cases
pods='map(select(.kind == "Deployment") | {name: .metadata.name, kind, spec: .spec.template.spec,
        metadata: .spec.template.metadata}) +
    map(select(.kind == "Pod") | {name: .metadata.name, kind, spec, metadata})'

here=$(realpath "$(dirname -- "${BASH_SOURCE[0]}")")
# Three, because some values exclude each other.
# shellcheck disable=SC2034
every_value=("$here/every-value.yaml" "$here/every-other-value.yaml"
    "$here/every-storage-value.yaml")

not_cases=$(compgen -A function)

run_case() {
    local name=$1 number=$2 folder=$work/$1 status

    mkdir "$folder"
    set +e # a subshell that is part of a condition would ignore its own set -e
    (set -e; cd "$folder"; touch out err why; "$name")
    status=$?
    set -e
    if ((status == 0)); then
        echo "ok $number - $name"
        return
    fi
    echo "not ok $number - $name"
    sed 's/^/# /' "$folder/why"
}

run_cases() {
    local name number=0 cases

    if [[ -z ${HELM:-} ]]; then
        echo '1..0 # SKIP HELM names no helm'
        exit 0
    fi
    root=$(realpath "$1")
    # shellcheck disable=SC2034
    hawser=$(realpath "$2")
    yaml_to_json=$(realpath "$3")
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    export HELM_CACHE_HOME=$work/.cache HELM_CONFIG_HOME=$work/.config HELM_DATA_HOME=$work/.data
    unset KUBECONFIG # nothing here asks a cluster
    mapfile -t cases <<<"$(compgen -A function | grep -vxF -e "$not_cases")"
    echo "1..${#cases[@]}"
    for name in "${cases[@]}"; do
        number=$((number + 1))
        run_case "$name" "$number"
    done
}
not_cases+=$'\nrun_case\nrun_cases'
