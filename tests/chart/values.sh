#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: values.sh ROOT HAWSER YAML_TO_JSON
#
# What values do, and which are refused.
# shellcheck source=tests/chart/chart.bash
source "$(dirname -- "$0")/chart.bash"

# The paths of all values of a file, each as a JSON list: what is no map, or an empty one.
leaves='[paths(type != "object" or length == 0) | select(all(.[]; type == "string"))]'

to_json() {
    "$yaml_to_json" "$1" 2>err || fail "$1 is no YAML:"
}

not_cases+=$'\nto_json\neach_has_an_effect_in'

every_value_is_set_by_the_tests() {
    to_json "$root/deploy/chart/values.yaml" >defaults.json
    to_json "${every_value[0]}" >one.json
    to_json "${every_value[1]}" >two.json
    to_json "${every_value[2]}" >three.json
    jq -n -r --slurpfile d defaults.json --slurpfile a one.json --slurpfile b two.json \
        --slurpfile c three.json '
        $d[0] | '"$leaves"'[] as $path | getpath($path) as $default |
        select([$a[0], $b[0], $c[0]] | all(.[];
            (try getpath($path) catch null) as $set | $set == null or $set == $default)) |
        $path | join(".")' >answer 2>err || fail 'jq fails:'
    # An issuer is set by the case of cert-manager, and storage is off in one of its own.
    sed -i '/^certificates.certManager.issuerRef$/d; /^storage.enabled$/d' answer
    [[ ! -s answer ]] || fail "the tests set no other value for $(tr '\n' ' ' <answer)"
}

# Take out each value that a file sets, in turn: then something else is rendered, or nothing.
each_has_an_effect_in() {
    local path

    to_json "$1" >values.json
    render --kube-version 1.36.0 -f values.json
    mv out all
    while read -r path; do
        jq --argjson path "$path" 'delpaths([$path])' values.json >fewer.json
        helm template hawser "$root/deploy/chart" --namespace hawser --kube-version 1.36.0 \
            -f fewer.json
        ((code != 0)) || ! cmp -s all out || fail "$path changes nothing"
    done <<<"$(jq -c "${leaves}[]" values.json)"
}

every_value_has_an_effect() {
    each_has_an_effect_in "${every_value[0]}"
    each_has_an_effect_in "${every_value[1]}"
    each_has_an_effect_in "${every_value[2]}"
}

a_bad_value_is_refused() {
    local arguments text words n=0

    while IFS=$'\t' read -r arguments text; do
        [[ $arguments != '#'* ]] || continue
        read -ra words <<<"$arguments"
        refuses "$text" "${words[@]}"
        n=$((n + 1))
    done <"$root/tests/chart/refused-values.txt"
    ((n > 40)) || fail "only $n rows were read"
}

every_value_is_in_the_schema_and_every_one_of_the_schema_is_a_value() {
    to_json "$root/deploy/chart/values.yaml" >defaults.json
    jq -n -r --slurpfile d defaults.json --slurpfile s "$root/deploy/chart/values.schema.json" '
        def known($schema): $schema.properties // {} | to_entries[] |
            if .value.properties != null and .value.type == "object" and .key != "issuerRef"
            then [.key] + known(.value) else [.key] end;
        [known($s[0])] - [["global"]] | .[] as $path |
        select([$d[0] | paths] | index([$path]) == null) | $path | join(".")' >answer 2>err ||
        fail 'jq fails:'
    [[ ! -s answer ]] || fail "in the schema alone: $(tr '\n' ' ' <answer)"
}

an_image_may_be_pinned_by_digest() {
    local digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    render --set "image.digest=$digest"
    holds "[.. | objects | .image? // empty] | length == 3 and all(.[]; endswith(\"@$digest\"))"
    holds "[.. | strings | select(startswith(\"--copier-image=\"))] |
        length == 1 and (.[0] | endswith(\"@$digest\"))"
}

a_cluster_may_choose_the_user() {
    render --set uid=null
    finds_none '.[] | .. | objects | select(has("runAsUser") or has("runAsGroup") or has("fsGroup"))'
    holds '[.[] | .. | objects | select(has("secretName") and has("defaultMode")) | .defaultMode] ==
        [292]'
    # A large one is not written as 1e+09.
    render --set uid=1000650000
    holds '[.. | objects | .runAsUser? // empty] | length == 3 and all(.[]; . == 1000650000)'
}

policies_become_a_file_each() {
    render -f "${every_value[0]}"
    holds 'map(select(.kind == "ConfigMap" and (.metadata.name | endswith("-policies"))))[0].data |
        keys == ["nfsprovisioner-fast.yaml", "volumepolicy-models.yaml",
            "volumepolicy-shared.yaml"]'
    ask 'map(select(.kind == "ConfigMap"))[] |
        select(.metadata.name | endswith("-policies")).data[] | "---", .' >policies.yaml
    "$hawser" lint -p policies.yaml >out 2>err || fail 'hawser lint refuses what is rendered:'
    holds '[.. | strings | select(. == "--policies=/etc/hawser/policies")] | length == 2'
}

# What webhook and controller read, by the name of the ConfigMap in their pods.
webhook_and_controller_read_the_same_policies() {
    local values

    for values in "${every_value[0]}" "${every_value[2]}"; do
        render -f "$values" --kube-version 1.36.0
        holds "[$pods | .[] | select(.kind == \"Deployment\").spec |
            (.volumes[] | select(.name == \"policies\").configMap.name) as \$name |
            .containers[0] | [\$name, (.args | index([\"--policies=/etc/hawser/policies\"]) != null),
                (.volumeMounts[] | select(.name == \"policies\").mountPath)]] |
            length == 2 and (unique | length) == 1 and .[0][1:] == [true, \"/etc/hawser/policies\"]"
    done
}

# A line of flags of the controller about storage.
storage_flags() {
    ask "$pods"' | .[] | select(.spec.containers[0].name == "hawser-controller") |
        .spec.containers[0].args[] |
        select(test("^--(storage|policies|exclude-namespaces)="))' | tr '\n' ' '
}
not_cases+=$'\nstorage_flags'

storage_can_be_left_to_somebody_else() {
    render --set storage.enabled=true,registration.excludeNamespaces='{argo,team-a,argo}'
    storage_flags >found
    [[ $(<found) == '--storage=managed --exclude-namespaces=argo,team-a ' ]] || fail "$(cat found)"
    holds '[.[] | select(.kind == "NetworkPolicy") | .spec.egress[]?.ports[].port] | index(2049)'
    # Then nothing of it is left, and no names are asked for.
    render --set storage.enabled=false,policiesConfigMap=my-policies \
        --set registration.excludeNamespaces='{argo,team-a,argo}'
    storage_flags >found
    [[ $(<found) == '--storage=off ' ]] || fail "$(cat found)"
    finds_none '.[] | select(.kind == "NetworkPolicy") | .spec.egress[]?.ports[].port |
        select(. == 2049)'
    holds '[.[] | select(.kind == "ClusterRole").rules[].resources[]] ==
        ["mutatingwebhookconfigurations"]'
    # And certificates of somebody else's do not take it away.
    render --set certificates.mode=secret
    holds '[.[] | select(.kind == "ClusterRole").rules[].resources[]] |
        index("statefulsets") and (index("mutatingwebhookconfigurations") | not)'
    holds '[.[] | select(.kind == "ClusterRoleBinding")] | length == 1'
    render --set storage.enabled=false,certificates.mode=secret
    finds_none '.[] | select(.kind == "ClusterRole" or .kind == "ClusterRoleBinding")'
}

without_policies_those_that_are_built_in_count() {
    render
    finds_none '.[] | select(.kind == "ConfigMap")'
    finds_none '.[] | .. | strings | select(startswith("--policies"))'
}

a_change_of_policies_restarts_nothing() {
    local policy='[{"apiVersion":"hawser.dev/v1","kind":"VolumePolicy","metadata":{"name":"a"}'
    render --set-json "policies=$policy,\"spec\":{\"default\":true}}]"
    ask '.[] | select(.kind == "Deployment")' >before
    render --set-json "policies=$policy,\"spec\":{\"default\":false}}]"
    ask '.[] | select(.kind == "Deployment")' | cmp -s - before || fail 'the Deployment differs'
}

run_cases "$@"
