#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: servers.sh HAWSER-CONTROLLER
#
# What `hawser-controller manifests` prints. With HAWSER_GOLDEN=write in the environment the golden
# files beside this one are written instead of compared.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

here=$(realpath "$(dirname -- "$0")")

controller() {
    hawser "$@"
}

manifests() {
    controller manifests -n hawser "$@"
}

# provisioner NAME [LINE]: write a policy file NAME.yaml with a server of that name.
provisioner() {
    cat >"$1.yaml" <<END
apiVersion: hawser.dev/v1
kind: NFSProvisioner
metadata: {name: $1}
spec:
  backing: {emptyDir: {}}
  storageClass: {name: nfs-$1}
  ${2-}
END
}

# is_golden FILE: what was printed.
is_golden() {
    exits 0
    says_nothing
    if [[ ${HAWSER_GOLDEN-} == write ]]; then
        cp out "$here/$1"
    fi
    prints_exactly <"$here/$1"
}

not_cases+=$'\ncontroller\nmanifests\nprovisioner\nis_golden'

the_shipped_servers_are_as_a_reviewer_read_them() {
    manifests
    is_golden servers.expected.yaml
}

every_option_of_a_document_is_as_a_reviewer_read_it() {
    cat >all.yaml <<'END'
apiVersion: hawser.dev/v1
kind: NFSProvisioner
metadata: {name: all}
spec:
  namespace: storage
  image: registry.example.com/nfs:v1
  backing: {hostPath: {path: /mnt/nvme/hawser}}
  storageClass: {name: fast, reclaimPolicy: Retain}
  resources: {requests: {cpu: 2}, limits: {memory: 1Gi}}
  nodeSelector: {disk: nvme}
  tolerations: [{key: storage, operator: Exists, effect: NoSchedule}]
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: Exists}]}]
  priorityClassName: system-cluster-critical
  nodeCIDRs: [10.0.0.0/16, 'fd00:10::/64']
END
    manifests --policies all.yaml --kubernetes-version 1.20
    is_golden server-all.expected.yaml
}

what_servers_share_is_printed_once() {
    provisioner a
    provisioner b
    mkdir policies && mv a.yaml b.yaml policies
    manifests --policies policies
    exits 0
    [[ $(grep -c '^kind: Namespace$' out) == 1 ]] || fail 'not one Namespace'
    [[ $(grep -c '^kind: PriorityClass$' out) == 1 ]] || fail 'not one PriorityClass'
    [[ $(grep -c '^kind: StatefulSet$' out) == 2 ]] || fail 'not two StatefulSets'
}

two_namespaces_are_printed_both() {
    provisioner a
    provisioner b 'namespace: other'
    cat a.yaml - b.yaml <<<'---' >both.yaml
    manifests --policies both.yaml
    exits 0
    [[ $(grep -c '^kind: Namespace$' out) == 2 ]] || fail 'not two Namespaces'
}

before_kubernetes_1_21_disruption_budgets_are_beta() {
    local version

    for version in 1.20 v1.20 v1.20.15 1.20+ v1.20.15-eks-7; do
        manifests --kubernetes-version "$version"
        exits 0
        prints 'apiVersion: policy/v1beta1'
    done
    for version in 1.21 v1.33.1 1.100 2.0; do
        manifests --kubernetes-version "$version"
        exits 0
        prints_not 'policy/v1beta1'
    done
}

what_is_no_version_is_refused() {
    local version

    for version in 1 1. .20 1.x newest 1.20x 1.2000 v; do
        manifests --kubernetes-version "$version"
        exits 2
        prints_nothing
        says "--kubernetes-version: expected a version, e.g. '1.20', found '$version'"
    done
}

without_a_namespace_nothing_is_printed() {
    controller manifests
    exits 2
    prints_nothing
    says 'no namespace, expected --namespace NAME'
}

policies_without_a_server_are_an_error() {
    policy scratch
    manifests --policies scratch.policy.yaml
    exits 2
    prints_nothing
    says "'scratch.policy.yaml' has no NFSProvisioner"
}

policies_that_are_wrong_are_refused_at_their_line() {
    provisioner a 'nodeCIDRs: [10.0.0.0]'
    manifests --policies a.yaml
    exits 2
    prints_nothing
    says "a.yaml:7:15: spec.nodeCIDRs[0]: '10.0.0.0' is not a network"
}

policies_that_are_missing_are_named() {
    manifests --policies gone.yaml
    exits 3
    says gone.yaml
}

run_cases "$@"
