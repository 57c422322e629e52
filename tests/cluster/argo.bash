# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What a cluster with Argo has and a plain one lacks: Argo's kinds, and volumes for claims of a
# class. Sourced by cluster.bash. Argo itself is not here.

# Argo's own definitions lie in $CORPUS/argo/crds, where they lie at all. They need rules in CEL and
# `default: null`, which API servers before 1.25 do not take; those get all fields unchecked.
cluster_crds() {
    local minor crds=${cluster_folder:?}/crds

    minor=$(kubectl get --raw /version | jq -r '.minor | gsub("[^0-9]"; "")')
    if ((minor >= 25)) && [[ -d ${CORPUS:-}/argo/crds ]]; then
        crds=$CORPUS/argo/crds
    fi
    kubectl apply --server-side -f "$crds" >/dev/null
    kubectl wait --for=condition=Established --timeout=30s customresourcedefinition \
        workflows.argoproj.io workflowtemplates.argoproj.io clusterworkflowtemplates.argoproj.io \
        cronworkflows.argoproj.io >/dev/null
}

# cluster_provisioner_start CLASS [IDENTITY]: stand in for the provisioner of the class, as
# tests/cluster/provisioner says, until cluster_program_stop provisioner-CLASS. The volumes are
# folders in $CLUSTER/volumes.
cluster_provisioner_start() {
    cluster_program "provisioner-$1" "$cluster_folder/provisioner" "$CLUSTER_CLIENTS/kubectl" "$1" \
        "$CLUSTER/volumes" "${@:2}"
}
