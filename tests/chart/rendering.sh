#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: rendering.sh ROOT HAWSER YAML_TO_JSON
#
# What is rendered for which cluster and by which helm, what it is called, and what it is made of.
# shellcheck source=tests/chart/chart.bash
source "$(dirname -- "$0")/chart.bash"

helm_finds_nothing_wrong() {
    local values

    for values in "$root/deploy/chart/values.yaml" "${every_value[@]}"; do
        helm lint --strict --kube-version 1.36.0 "$root/deploy/chart" -f "$values"
        ((code == 0)) || fail "helm lint --strict with $values: $(cat out)"
    done
}

# every_cluster CASE: call it for each version, with what is rendered for it by default.
every_cluster() {
    local version

    for version in 1.20.15 1.27.16 1.28.0 1.30.0 1.36.0 v1.28.3-eks-4f4795d v1.27.3-gke.100; do
        render --kube-version "$version"
        "$1" "$version" || fail "for Kubernetes $version"
    done
}

registration='.[] | select(.kind == "MutatingWebhookConfiguration").webhooks[]'

# What is known of it there: the API of PodDisruptionBudget, and who looks who opted in.
is_as_the_cluster_can() {
    case $1 in
    1.20.*) budget='policy/v1beta1' conditions=false policy=Ignore ;;
    1.27.* | v1.27.*) budget='policy/v1' conditions=false policy=Ignore ;;
    *) budget='policy/v1' conditions=true policy=Fail ;;
    esac
    holds "map(select(.kind == \"PodDisruptionBudget\"))[0].apiVersion == \"$budget\""
    holds "[$registration | has(\"matchConditions\")] == [$conditions, $conditions]"
    holds "[$registration.failurePolicy] == [\"$policy\", \"$policy\"]"
}

each_cluster_gets_what_it_can() {
    every_cluster is_as_the_cluster_can
}

failure_policy_and_match_conditions_can_be_told() {
    render --kube-version 1.36.0 --set registration.matchConditions=false
    holds "[$registration | .failurePolicy, has(\"matchConditions\")] ==
        [\"Ignore\", false, \"Ignore\", false]"
    render --kube-version 1.27.0 --set registration.matchConditions=true
    holds "[$registration | .failurePolicy, has(\"matchConditions\")] ==
        [\"Fail\", true, \"Fail\", true]"
    render --kube-version 1.36.0 --set registration.failurePolicy=Ignore
    holds "[$registration | .failurePolicy, has(\"matchConditions\")] ==
        [\"Ignore\", true, \"Ignore\", true]"
}

enforcement_is_a_policy_and_its_binding() {
    render --kube-version 1.30.0 --set enforcement.enabled=true
    holds '[.[] | select(.kind | startswith("ValidatingAdmission")) | .apiVersion, .kind] == [
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"]'
    holds '(map(select(.kind == "ValidatingAdmissionPolicy"))[0].metadata.name) ==
        (map(select(.kind == "ValidatingAdmissionPolicyBinding"))[0].spec.policyName)'
}

the_same_is_rendered_each_time_and_on_an_upgrade() {
    render -f "${every_value[0]}" --kube-version 1.36.0
    mv out first
    render -f "${every_value[0]}" --kube-version 1.36.0
    cmp -s first out || fail 'it differs the second time'
    render -f "${every_value[0]}" --kube-version 1.36.0 --is-upgrade
    cmp -s first out || fail 'it differs on an upgrade'
}

# shellcheck disable=SC2016 # jq's own
nothing_is_rendered_that_the_api_server_does_not_store() {
    # An empty list is dropped there: it would be a change for helm and Argo CD each time.
    render -f "${every_value[0]}" --kube-version 1.36.0
    finds_none '.[] | .kind as $kind | paths(. == [] or . == null) | [$kind] + .'
    render
    finds_none '.[] | .kind as $kind | paths(. == [] or . == null) | [$kind] + .'
}

helm_3_and_helm_4_render_the_same() {
    local values

    if [[ -z ${HELM3:-} ]]; then
        return # there is but one
    fi
    for values in "$root/deploy/chart/values.yaml" "${every_value[@]}"; do
        render --kube-version 1.36.0 -f "$values"
        mv objects first
        HELM=$HELM3 render --kube-version 1.36.0 -f "$values"
        diff <(sort first) <(sort objects) >answer || fail "$values: $(head -c 2000 answer)"
    done
}

cert_manager_may_make_the_certificates() {
    render -f "${every_value[0]}" --set certificates.mode=cert-manager --kube-version 1.36.0
    holds '[.[] | select(.apiVersion == "cert-manager.io/v1") | .kind + " " + .metadata.name] | sort
        == ["Certificate mooring-ca", "Certificate mooring-tls", "Issuer mooring-ca",
            "Issuer mooring-selfsigned"]'
    holds 'map(select(.kind == "MutatingWebhookConfiguration"))[0].metadata.annotations |
        .["cert-manager.io/inject-ca-from"] == "hawser/mooring-tls" and
        .["example.com/registration"] == "yes"'
    holds '[.. | strings | select(startswith("--certificates="))] == ["--certificates=off"]'
    holds 'map(select(.kind == "Certificate" and .metadata.name == "mooring-tls"))[0].spec |
        .dnsNames == ["mooring.hawser.svc", "mooring.hawser.svc.cluster.example"] and
        .secretName == "mooring-tls" and .duration == "720h"'
    render --set certificates.mode=cert-manager --set-json \
        'certificates.certManager.issuerRef={"name":"vault","kind":"ClusterIssuer"}'
    holds '[.[] | select(.apiVersion == "cert-manager.io/v1") | .spec.issuerRef] ==
        [{"name": "vault", "kind": "ClusterIssuer"}]'
}

# Of each object: what it is, where, and its name, as far as the API tells two apart.
identity='"\(.kind) \(.metadata.namespace // "") \(.metadata.name)"'

all_names_fit_under_a_long_release() {
    local name long=r123456789-123456789-123456789-123456789-123456789-ab

    ((${#long} == 53)) || fail 'not the longest name that helm takes'
    render_as "$long" "$long-1234567" -f "${every_value[0]}" --set fullnameOverride= \
        --kube-version 1.36.0
    finds_none '.[] | select(.kind | IN("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
        "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding") | not) | .metadata.name | select(length > 63)'
    finds_none '.[] | .metadata.name | select(length > 253)'
    finds_none '.[] | .. | objects | (.labels? // {}, .matchLabels? // {})[] | select(length > 63)'
    finds_none '.[] | select(.kind == "Service").metadata.name |
        select(test("^[a-z]([a-z0-9-]*[a-z0-9])?$") | not)'
    jq -r "$identity" objects | sort >one.names
    # Whatever is just short enough not to be cut.
    for name in "${long:0:45}" "${long:0:46}" "$long"; do
        render_as "$name" storage -f "${every_value[0]}" --set fullnameOverride=,nameOverride= \
            --kube-version 1.36.0
        finds_none '.[] | select(.kind | IN("Service", "Deployment", "ServiceAccount", "ConfigMap",
            "PodDisruptionBudget", "NetworkPolicy", "Pod")).metadata.name | select(length > 63)'
    done
    # The end of a name that is cut counts.
    render_as "${long%b}c" "$long-1234567" -f "${every_value[0]}" --set fullnameOverride= \
        --kube-version 1.36.0
    jq -r "$identity" objects | sort >two.names
    comm -12 one.names two.names >answer
    [[ ! -s answer ]] || fail "both are called $(cat answer)"
}

a_release_may_be_called_anything() {
    local release

    for release in 1st my.release hawser-hawser x; do
        render_as "$release" storage
        finds_none '.[] | select(.kind == "Service" or .kind == "Deployment").metadata.name |
            select(test("^[a-z]([a-z0-9-]*[a-z0-9])?$") | not)'
    done
}

two_releases_do_not_collide() {
    local pair

    for pair in 'hawser one hawser two' 'hawser hawser hawser two' 'a one b one' \
        'hawser hawser hawser-two hawser-two'; do
        read -r release namespace other_release other_namespace <<<"$pair"
        render_as "$release" "$namespace" --set enforcement.enabled=true --kube-version 1.36.0
        jq -r "$identity" objects | sort >one.names
        render_as "$other_release" "$other_namespace" --set enforcement.enabled=true \
            --kube-version 1.36.0
        jq -r "$identity" objects | sort >two.names
        comm -12 one.names two.names >answer
        [[ ! -s answer ]] || fail "$pair: both are called $(cat answer)"
    done
}

names_are_those_that_were_agreed_on() {
    render
    ask "map(select(.metadata.annotations[\"helm.sh/hook\"] == null) | $identity) | sort[]" >names
    diff "$root/tests/chart/names.golden" names >answer || fail "$(cat answer)"
}

# shellcheck disable=SC2016 # jq's own
what_refers_to_something_finds_it() {
    render -f "${every_value[0]}" --kube-version 1.36.0
    # Selectors of Services, budgets and network policies are labels of some pods' template.
    finds_none "($pods) as \$pods | .[] | select(.metadata.annotations[\"helm.sh/hook\"] == null) |
        {kind, name: .metadata.name, selector: (if .kind == \"Service\" then .spec.selector
            elif .kind == \"ServiceMonitor\" then empty
            else (.spec.selector?, .spec.podSelector?) | objects.matchLabels end)} |
        select(.selector) | . as \$from |
        select(any(\$pods[]; .metadata.labels as \$labels |
            \$from.selector | to_entries | all(\$labels[.key] == .value)) | not)"
    finds_none '(map(select(.kind == "Service").metadata.labels)) as $services |
        .[] | select(.kind == "ServiceMonitor").spec.selector.matchLabels as $selector |
        select(any($services[]; . as $labels | $selector | to_entries |
            all($labels[.key] == .value)) | not)'
    # Ports are called by names that the pods have.
    finds_none "([$pods | .[].spec.containers[].ports[]?.name] | unique) as \$ports |
        [.. | objects | (.targetPort?, .httpGet?.port, (.ports?[]?.port | strings))] |
        map(strings) | unique - \$ports | .[]"
    # Accounts, roles, and what is mounted.
    finds_none "[.[] | select(.kind == \"ServiceAccount\").metadata.name] as \$accounts |
        [$pods | .[].spec.serviceAccountName] - \$accounts | .[]"
    finds_none '[.[] | select(.kind == "Role" or .kind == "ClusterRole") |
            .kind + .metadata.name] as $roles |
        [.[] | .roleRef? // empty | .kind + .name] - $roles | .[]'
    finds_none "$pods | .[].spec | [.containers[].volumeMounts[]?.name] - [.volumes[]?.name] | .[]"
    finds_none '[.[] | select(.kind == "ConfigMap" or .kind == "Service").metadata.name] as $names |
        .[] | select(.kind == "MutatingWebhookConfiguration").webhooks[].clientConfig.service.name |
        select([.] - $names != [])'
}

nothing_is_kept_when_helm_uninstalls() {
    render -f "${every_value[0]}" --kube-version 1.36.0
    finds_none '.[] | select(.metadata.annotations["helm.sh/resource-policy"])'
    finds_none '.[] | select(.metadata.finalizers)'
}

the_test_leaves_no_permission_behind() {
    render
    holds '[.[] | select(.metadata.annotations["helm.sh/hook"]) | .kind] | unique == [
        "NetworkPolicy", "Pod", "Role", "RoleBinding", "ServiceAccount"]'
    finds_none '.[] | select(.metadata.annotations["helm.sh/hook"] and .kind != "Pod") |
        select(.metadata.annotations["helm.sh/hook-delete-policy"] |
            (contains("hook-succeeded") and contains("hook-failed")) | not)'
    # In hawser's own namespace it would prove nothing.
    render_as hawser default
    finds_none '.[] | select(.metadata.annotations["helm.sh/hook"])'
}

the_notes_tell_the_next_command() {
    # A dry run shows them, `helm template` does not.
    helm install hawser "$root/deploy/chart" --namespace hawser --dry-run=client
    ((code == 0)) || fail 'helm install --dry-run=client fails:'
    grep -qF 'helm test -n hawser hawser' out || fail 'not how to test'
    grep -qF 'hawser.dev/policy: scratch' out || fail 'not how to opt in'
    ! grep -qF 'ALL Workflows' out || fail 'a warning without a reason'
    grep -qF 'exec deployment/hawser-controller -- hawser-controller status' out ||
        fail 'not how to see what is kept'
    ! grep -qe '--lease ' out || fail 'flags that nobody needs'
    helm install hawser "$root/deploy/chart" --namespace hawser --dry-run=client \
        --set registration.matchConditions=false,registration.failurePolicy=Fail
    grep -qF 'ALL Workflows' out || fail 'no warning of a failurePolicy that refuses everything'
    helm install hawser "$root/deploy/chart" --namespace hawser --dry-run=client \
        --set storage.enabled=false
    sed -n '/^NOTES:/,$p' out >notes
    [[ -s notes ]] || fail 'no notes'
    ! grep -qF NFS notes || fail 'servers that nobody keeps'
    # Under another name, status finds what the controller is told to write.
    helm install volumes "$root/deploy/chart" --namespace hawser --dry-run=client
    for flag in --lease --status-config-map; do
        name=$(sed -n "s/^ *- $flag=//p" out)
        grep -q -e " -- hawser-controller status .*$flag $name\b" out || fail "not with $flag $name"
    done
}

not_cases+=$'\nevery_cluster\nis_as_the_cluster_can'
run_cases "$@"
