#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: security.sh ROOT HAWSER YAML_TO_JSON CONTROLLER
#
# What pods may do, what the controller may ask for, and what the API server asks hawser about.
# shellcheck source=tests/chart/chart.bash
source "$(dirname -- "$0")/chart.bash"
controller=$(realpath -- "$4")

# Call a case for what is rendered by default and with every value.
each_way() {
    render --kube-version 1.36.0
    "$1"
    render -f "${every_value[0]}" --kube-version 1.36.0
    "$1"
    render -f "${every_value[1]}" --kube-version 1.36.0
    "$1"
    render -f "${every_value[2]}" --kube-version 1.36.0
    "$1"
    render --set certificates.mode=cert-manager
    "$1"
}

# https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, field by field.
containers='(.spec.containers + (.spec.initContainers // []) + (.spec.ephemeralContainers // []))[]'

pods_meet() {
    finds_none "$pods | .[] | select(.spec | .hostNetwork or .hostPID or .hostIPC or .hostUsers)"
    finds_none "$pods | .[] | select(.spec.securityContext |
        .runAsNonRoot == true and .seccompProfile == {type: \"RuntimeDefault\"} and
        .runAsUser != 0 and .runAsGroup != 0 and (has(\"sysctls\") | not) and
        (has(\"seLinuxOptions\") | not) and (has(\"windowsOptions\") | not) | not)"
    finds_none "$pods | .[] | .spec.volumes[]? | keys - [\"name\", \"configMap\", \"secret\"] | .[]"
    finds_none "$pods | .[] | .name as \$pod | $containers | select(.securityContext |
        .allowPrivilegeEscalation == false and .privileged == false and
        .capabilities == {drop: [\"ALL\"]} and .runAsNonRoot == true and
        .seccompProfile == {type: \"RuntimeDefault\"} and .runAsUser != 0 and
        (has(\"procMount\") | not) and (has(\"seLinuxOptions\") | not) | not) | \$pod"
    finds_none "$pods | .[] | $containers | .ports[]? | select(has(\"hostPort\") or
        .containerPort < 1024)"
    finds_none "$pods | .[] | select(.metadata.annotations // {} | keys[] |
        test(\"seccomp|apparmor\"))"
}

pods_meet_the_restricted_standard() {
    each_way pods_meet
}

pods_can_write_nowhere() {
    render -f "${every_value[0]}"
    finds_none "$pods | .[] | $containers | select(.securityContext.readOnlyRootFilesystem != true)"
    finds_none "$pods | .[] | $containers | .volumeMounts[]? | select(.readOnly != true)"
    # A subPath would not follow a change.
    finds_none "$pods | .[] | $containers | .volumeMounts[]? |
        select(has(\"subPath\") or has(\"subPathExpr\"))"
}

the_key_can_be_read_by_one_user() {
    render
    holds "[$pods | .[].spec | .securityContext.fsGroup as \$group | .volumes[]? |
        select(.secret) | [\$group, .secret.defaultMode]] == [[65532, 288]]" # 0440
}

the_authority_is_not_in_the_webhook() {
    render
    holds "[$pods | .[].spec.volumes[]?.secret | select(.) | .secretName] == [\"hawser-tls\"]"
    finds_none "$pods | .[].spec.containers[].env // empty"
}

the_webhook_has_no_token_and_no_permission() {
    render -f "${every_value[0]}" --set fullnameOverride=
    finds_none '.[] | select(.kind == "ServiceAccount") |
        select(.automountServiceAccountToken != false)'
    holds "$pods | map(select(.spec.automountServiceAccountToken != false) | .name) |
        sort == [\"hawser-volumes-controller\", \"hawser-volumes-test\"]"
    finds_none '.[] | .subjects[]? | select(.name | test("-(controller|test)$") | not)'
    finds_none '.[] | .subjects[]? | select(.kind != "ServiceAccount")'
}

# Role by role: who may do what to which.
# shellcheck disable=SC2016 # jq's own
permissions() {
    ask '.[] | select(.kind == "Role" or .kind == "ClusterRole") | .kind as $kind | .metadata as $m |
        .rules[] | "\($kind) \($m.namespace // "*") \($m.name): \(.verbs | join(",")) " +
        "\(.resources | join(","))." + "\(.apiGroups | join(","))" +
        " \((.resourceNames // ["(any)"]) | join(","))"'
}

permissions_are_those_of_the_golden_file() {
    {
        render
        permissions
        for mode in controller cert-manager secret; do
            echo "storage.enabled false, certificates.mode $mode:"
            render --set "storage.enabled=false,certificates.mode=$mode"
            permissions
        done
        echo 'policies without NFS servers:'
        render --set-json 'policies=[{"apiVersion":"hawser.dev/v1","kind":"VolumePolicy","metadata":
            {"name":"a"},"spec":{"volumes":[{"name":"a","mountPath":"/a","persistent":
            {"claimName":"models","create":{"storageClassName":"efs","size":"1Gi"}}}]}}]'
        permissions
        echo 'controller.enabled false:'
        render --set certificates.mode=secret,controller.enabled=false
        permissions
    } >found
    diff "$root/tests/chart/permissions.golden" found >answer || fail "$(cat answer)"
}

# What `hawser-controller manifests` makes of the policies that are built in, as JSON in `made`.
make_servers() {
    "$controller" manifests --namespace hawser >made.yaml 2>err || fail 'it makes none:'
    "$yaml_to_json" made.yaml >made
    jq -s '[.[] | .rules[]? | map_values(sort)] | unique' made >handed
    jq -e 'length > 3' handed >answer || fail "NFS servers may only $(cat answer handed)"
}
not_cases+=$'\nmake_servers'

# shellcheck disable=SC2016 # jq's own
no_permission_is_a_wildcard() {
    local values

    make_servers
    for values in "$root/deploy/chart/values.yaml" "${every_value[0]}" "${every_value[2]}"; do
        render -f "$values"
        finds_none '.[] | .rules?[]? | select(.verbs) |
            select([.verbs, .resources, .apiGroups | index("*")] | any)'
        # `create` alone cannot always be narrowed by name, looking for labels never; and what NFS
        # servers may do, who makes their roles must hold, or he could not.
        finds_none '.[] | .rules?[]? | select(.verbs and .resourceNames == null) |
            select(.verbs != ["create"] and .verbs - ["get", "list", "watch"] != []) |
            map_values(sort) | . as $rule | select('"$(<handed)"' | index([$rule]) | not)'
        # What can be deleted by name holds nothing.
        finds_none '.[] | .rules?[]? | select(.resourceNames and (.verbs | index("delete"))) |
            .resources - ["clusterrolebindings", "poddisruptionbudgets", "priorityclasses",
                "rolebindings", "storageclasses"] | .[]'
        finds_none '.[] | .rules?[]? | .verbs[]? |
            select(IN("deletecollection", "escalate", "bind", "impersonate"))'
        # Secrets are its own two, and nobody's pods or workflows are changed.
        finds_none '.[] | .rules?[]? | select(.resources and .resourceNames == null) |
            select(.resources | index("secrets", "configmaps"))'
        finds_none '.[] | select(.kind == "ClusterRole").rules[] |
            select(.resources | index("pods", "workflows")) |
            .verbs - ["list", "watch"] | .[]'
    done
}

# shellcheck disable=SC2016 # jq's own
the_controller_may_hand_on_what_nfs_servers_may() {
    local values

    make_servers
    for values in "$root/deploy/chart/values.yaml" "${every_value[0]}" "${every_value[2]}"; do
        render -f "$values"
        holds "$(<handed)"' - [.[] | select(.kind == "ClusterRole").rules[] |
            select(.resourceNames == null) | map_values(sort)] == []'
    done
}

# shellcheck disable=SC2016 # jq's own
the_controller_may_keep_each_object_of_the_servers_that_are_built_in() {
    make_servers
    render
    jq -c '{kind, name: .metadata.name, group: (.apiVersion | split("/") | if length == 2
        then .[0] else "" end), resource: (.kind | ascii_downcase |
            if test("ss$") then . + "es" elif test("y$") then .[:-1] + "ies" else . + "s" end)}' \
        made >wanted
    [[ $(wc -l <wanted) -ge 20 ]] || fail "only these are made: $(cat wanted)"
    jq -s '[.[] | select(.kind == "ClusterRole").rules[]]' objects >rules
    jq -c --slurpfile rules rules '. as $object |
        [$rules[0][] | select((.apiGroups | index($object.group)) and
            (.resources | index($object.resource)) and
            (.resourceNames == null or (.resourceNames | index($object.name)))) | .verbs[]] |
        (["create", "get", "list", "patch", "watch"] - .) | select(. != []) |
        {$object, lacks: .}' wanted >answer
    [[ ! -s answer ]] || fail "the controller cannot keep $(cat answer)"
}

# The names that the chart knows are those of `hawser policies`: given as values, they render the
# same permissions.
the_servers_and_claims_that_are_built_in_are_those_of_hawser() {
    "$hawser" policies >policies.yaml 2>err || fail 'hawser policies fails:'
    "$yaml_to_json" policies.yaml | jq -s '{policies: .}' >values.json
    jq -e '[.policies[] | select(.kind == "NFSProvisioner")] | length == 2' values.json >answer ||
        fail 'not two servers'
    render
    permissions >built-in
    render -f values.json
    permissions >given
    diff given built-in >answer || fail "$(cat answer)"
}

only_argo_is_asked_about() {
    local rules='.[] | select(.kind == "MutatingWebhookConfiguration" or
        .kind == "ValidatingAdmissionPolicy") | (.webhooks[]?.rules,
        .spec.matchConstraints?.resourceRules) | select(.) | .[]'

    render -f "${every_value[0]}" --kube-version 1.36.0
    finds_none "$rules | select(.apiGroups != [\"argoproj.io\"])"
    finds_none "$rules | select(.apiVersions != [\"v1alpha1\"])"
    finds_none "$rules | .resources - [\"workflows\", \"workflowtemplates\",
        \"clusterworkflowtemplates\", \"cronworkflows\"] | .[]"
    # Argo writes the status of Workflows by UPDATE.
    finds_none "$rules | select(.resources | index(\"workflows\")) |
        select(.operations != [\"CREATE\"])"
    finds_none "$rules | .operations - [\"CREATE\", \"UPDATE\"] | .[]"
    finds_none "$rules | select(.scope != (if .resources == [\"clusterworkflowtemplates\"]
        then \"Cluster\" else \"Namespaced\" end))"
    # And each of the four is, by the first entry.
    holds '[.[] | select(.kind == "MutatingWebhookConfiguration").webhooks[0].rules[].resources[]] |
        sort == ["clusterworkflowtemplates", "cronworkflows", "workflows", "workflowtemplates"]'
}

both_entries_hold_what_the_api_server_wants() {
    render
    finds_none '.[] | select(.kind == "MutatingWebhookConfiguration").webhooks[] | select(
        .sideEffects == "None" and .reinvocationPolicy == "IfNeeded" and .timeoutSeconds == 2 and
        .matchPolicy == "Equivalent" and .admissionReviewVersions == ["v1"] | not)'
    holds '[.[] | select(.kind == "MutatingWebhookConfiguration").webhooks[] |
        .name, .clientConfig.service] == [
        "inject.hawser.dev",
        {"name": "hawser", "namespace": "hawser", "path": "/mutate", "port": 443},
        "namespace.hawser.dev",
        {"name": "hawser", "namespace": "hawser", "path": "/mutate/namespace", "port": 443}]'
}

nobody_but_the_owner_sets_the_ca_bundle() {
    each_way no_ca_bundle
}
no_ca_bundle() {
    finds_none '.[] | .. | objects | select(has("caBundle"))'
    ! grep -qi 'caBundle:' out || fail 'it is rendered'
}
not_cases+=$'\nno_ca_bundle\npods_meet\neach_way\npermissions'

own_and_system_namespaces_are_left_out() {
    render_as hawser storage --set 'registration.excludeNamespaces={argo,storage}'
    finds_none '.[] | select(.kind == "MutatingWebhookConfiguration").webhooks[] |
        .namespaceSelector.matchExpressions |
        select(index([{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values":
            ["storage", "kube-system", "kube-public", "kube-node-lease", "argo"]}]) == null)'
}

no_object_meets_both_entries_and_none_is_missed() {
    render
    holds '[.[] | select(.kind == "MutatingWebhookConfiguration").webhooks[] |
        .namespaceSelector.matchExpressions[] | select(.key == "hawser.dev/inject")] == [
        {"key": "hawser.dev/inject", "operator": "NotIn", "values": ["enabled"]},
        {"key": "hawser.dev/inject", "operator": "In", "values": ["enabled"]}]'
    # A namespaceSelector keeps nothing out that has no namespace.
    holds '[.[] | select(.kind == "MutatingWebhookConfiguration").webhooks[] |
        any(.rules[]; .scope == "Cluster" or .scope == "*")] == [true, false]'
}

the_webhook_asks_nobody() {
    render
    holds '[.[] | select(.kind == "NetworkPolicy" and .metadata.name == "hawser").spec |
        .policyTypes, .egress] == [["Ingress", "Egress"], null]'
    finds_none '.[] | select(.kind == "NetworkPolicy").spec.egress[]? |
        select((.ports // []) == [])'
}

pods_say_what_they_need() {
    render
    finds_none "$pods | .[] | $containers | select((.resources.requests | has(\"cpu\") and
        has(\"memory\")) and (.resources.limits | has(\"memory\")) | not)"
}

a_pod_stops_within_its_time() {
    render --set webhook.gracePeriodSeconds=40
    # The grace period, 10 s for a request to arrive, 10 s for its answer.
    holds '.[] | select(.kind == "Deployment" and .metadata.name == "hawser").spec.template.spec |
        .terminationGracePeriodSeconds >= 60 and
        (.containers[0].args | index(["--grace-period=40s"]) != null)'
}

run_cases "$@"
