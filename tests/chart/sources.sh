#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: sources.sh ROOT HAWSER YAML_TO_JSON CONTROLLER
#
# That the chart and the programs agree: flags, metrics, versions; and the manifests with the chart.
# shellcheck source=tests/chart/chart.bash
source "$(dirname -- "$0")/chart.bash"
controller=$(realpath -- "$4")

# All flags that a container of this name is started with, a line each, without values.
flags_of() {
    jq -r --arg name "$1" '.. | objects | select(.name? == $name and .args) | .args[] |
        select(startswith("-")) | sub("=.*"; "")' objects | sort -u
}

# What `--help` lists.
flags_in_help() {
    grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u
}

not_cases+=$'\nflags_of\nflags_in_help\nmetrics_in_source\nmetrics_exist'

every_flag_of_hawser_exists() {
    local values

    "$hawser" serve --help | flags_in_help >known
    for values in "$root/deploy/chart/values.yaml" "${every_value[@]}"; do
        render --kube-version 1.36.0 -f "$values"
        flags_of hawser >used
        [[ $(wc -l <used) -ge 10 ]] || fail "only these are used: $(cat used)"
        comm -13 known used >answer
        [[ ! -s answer ]] || fail "hawser has no $(cat answer)"
    done
}

every_flag_of_the_controller_exists() {
    {
        "$controller" run --help
        "$controller" selftest --help
    } | flags_in_help >known
    render --kube-version 1.36.0 -f "${every_value[0]}"
    { flags_of hawser-controller; flags_of selftest; } | sort -u >used
    [[ $(wc -l <used) -ge 10 ]] || fail "only these are used: $(cat used)"
    comm -13 known used >answer
    [[ ! -s answer ]] || fail "hawser-controller has no $(cat answer)"
}

hawser_takes_the_arguments() {
    # Up to the files, which are not there: exit code 3 and not 2.
    render -f "${every_value[0]}" --set webhook.startTimeoutSeconds=0
    mapfile -t arguments <<<"$(ask "$pods"' | .[].spec.containers[] |
        select(.name == "hawser").args[]' |
        sed 's/^--\(health-\)\?listen=.*/--\1listen=127.0.0.1:0/')"
    code=0
    "$hawser" "${arguments[@]}" 2>err || code=$?
    ((code == 3)) || fail "exit code $code of hawser ${arguments[*]}:"
    grep -qF /etc/hawser/ err || fail 'it says nothing of the files:'
}

# Names of metrics that the server or the controller shows.
metrics_in_source() {
    find "$root/webhook/server" "$root/deploy" "$root/base/process.c" \
        -name '*.c' ! -name '*_test.c' -exec grep -ohE '"(hawser|process)_[a-z_]+"' {} + |
        tr -d '"' | sort -u
}

# metrics_exist FILE N: the expressions in it name at least N metrics, and each exists. The API
# server's own are Kubernetes' word.
metrics_exist() {
    grep -oE '\b(hawser|process|apiserver)_[a-z_]+' "$1" | sed -E 's/_(bucket|sum|count)$//' |
        sort -u >used
    [[ $(wc -l <used) -ge $2 ]] || fail "only these are used: $(cat used)"
    { metrics_in_source
        printf '%s\n' apiserver_admission_webhook_{fail_open,rejection}
    } | sort -u >known
    comm -13 known used >answer
    [[ ! -s answer ]] || fail "there is no metric $(cat answer)"
}

every_metric_of_an_alert_exists() {
    render --set monitoring.prometheusRule.enabled=true
    ask '.[] | select(.kind == "PrometheusRule").spec.groups[].rules[].expr' >expressions
    metrics_exist expressions 17
}

every_metric_of_the_dashboard_exists() {
    render --set monitoring.dashboard.enabled=true
    ask '.[] | select(.kind == "ConfigMap").data["hawser.json"]' >dashboard.json
    jq -r '(.panels[].targets[].expr), (.templating.list[].query)' dashboard.json \
        >expressions
    metrics_exist expressions 22
    jq -e '[.panels[].id] | length == (unique | length) and length >= 18' dashboard.json >answer ||
        fail 'panels share an id'
}

every_alert_says_what_is_wrong_and_how_bad() {
    render --set monitoring.prometheusRule.enabled=true
    finds_none '.[] | select(.kind == "PrometheusRule").spec.groups[].rules[] | select(
        (.labels.severity | IN("critical", "warning")) and (.annotations.summary | length > 0) and
        (.annotations.description | length > 0) | not)'
}

every_label_value_of_a_metric_exists() {
    # outcome="failed", state=~"pending|lost", ...: written out in the source.
    render --set monitoring.prometheusRule.enabled=true
    ask '.[] | select(.kind == "PrometheusRule").spec.groups[].rules[].expr' |
        grep -oE '(outcome|result|reason|state)=~?"[a-z|]+"' | cut -d '"' -f 2 | tr '|' '\n' |
        sort -u >used
    [[ $(wc -l <used) -ge 6 ]] || fail "alerts name only $(cat used)"
    while read -r value; do
        grep -qF "\"$value\"" "$root"/{webhook/server,deploy/storage}/*.c ||
            fail "no metric has the label '$value'"
    done <used
}

version_and_image_are_those_of_the_build() {
    local version

    version=$(sed -n "s/^    version: '\(.*\)',\$/\1/p" "$root/meson.build")
    [[ -n $version ]] || fail 'meson.build has no version'
    "$yaml_to_json" "$root/deploy/chart/Chart.yaml" >chart.json
    jq -e --arg version "$version" '.version == $version and .appVersion == $version' chart.json \
        >answer || fail "the chart is not of version $version"
    render
    # shellcheck disable=SC2016 # the C source's own text
    image=$(sed -n 's/^#define VERSION_IMAGE "\(.*\):" VERSION$/\1/p' \
        "$root/base/version.h.in")
    holds "[.. | objects | .image? // empty] | unique == [\"$image:$version\"]"
}

the_manifests_are_what_the_chart_renders() {
    "$root/deploy/manifests/render" . 2>err || fail 'deploy/manifests/render fails:'
    diff "$root/deploy/manifests/hawser.yaml" hawser.yaml >answer ||
        fail "run deploy/manifests/render: $(head -c 2000 answer)"
}

the_manifests_hold_the_shipped_policies() {
    "$yaml_to_json" "$root/deploy/manifests/hawser.yaml" >objects
    ask '.[] | select(.kind == "ConfigMap").data | to_entries[] | "---", .value' >policies.yaml
    "$yaml_to_json" policies.yaml | sort >ours
    for file in "$root"/policies/shipped/*.yaml; do
        "$yaml_to_json" "$file"
    done | sort >shipped
    diff shipped ours >answer || fail "$(cat answer)"
}

kustomize_builds_the_manifests() {
    [[ -n ${KUBECTL:-} ]] || return 0 # nobody is there to ask
    "$KUBECTL" kustomize "$root/deploy/manifests" >out 2>err || fail 'kubectl kustomize fails:'
    "$yaml_to_json" out >objects
    "$yaml_to_json" "$root/deploy/manifests/hawser.yaml" >rendered
    (($(wc -l <objects) == $(wc -l <rendered) + 1)) || fail 'not all objects, and the namespace'
}

# No key twice, and nothing that only a lenient reader takes.
everything_rendered_is_strict_yaml() {
    [[ -n ${KUBECTL:-} ]] || return 0
    for values in "$root/deploy/chart/values.yaml" "${every_value[@]}"; do
        render --kube-version 1.36.0 -f "$values" --skip-tests
        mv out all.yaml
        printf 'resources: [all.yaml]\n' >kustomization.yaml
        "$KUBECTL" kustomize . >built 2>err || fail "kubectl kustomize of $values fails:"
        (($(grep -c '^kind:' built) == $(wc -l <objects))) || fail "$values: objects are missing"
    done
}

run_cases "$@"
