# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The control plane of a cluster: etcd, kube-apiserver, kube-controller-manager, and kube-scheduler
# where there is a node. Sourced by cluster.bash. The flags are such as 1.20 and newer ones know.

# Metadata is enough to see who was asked and what webhooks did: they leave annotations.
control_plane_audit_policy() {
    cat >"$CLUSTER/audit-policy.yaml" <<'END'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
END
}

control_plane_etcd() {
    # In memory: what a disk is slow at is to remember, and nothing is to be remembered.
    cluster_program etcd "$(cluster_binary etcd)" --name=cluster --data-dir=/run/etcd \
        --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
        --listen-peer-urls=http://127.0.0.1:2380 \
        --initial-advertise-peer-urls=http://127.0.0.1:2380 \
        --initial-cluster=cluster=http://127.0.0.1:2380
}

control_plane_apiserver() {
    local pki=$CLUSTER/pki

    cluster_program kube-apiserver "$(cluster_binary kube-apiserver)" \
        --etcd-servers=http://127.0.0.1:2379 \
        --bind-address=0.0.0.0 --secure-port=6443 --advertise-address="$CLUSTER_ADDRESS" \
        --tls-cert-file="$pki/kube-apiserver.crt" --tls-private-key-file="$pki/kube-apiserver.key" \
        --client-ca-file="$pki/ca.crt" --cert-dir=/run/kube-apiserver \
        --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=nobody \
        --kubelet-client-certificate="$pki/kube-apiserver.crt" \
        --kubelet-client-key="$pki/kube-apiserver.key" \
        --kubelet-certificate-authority="$pki/ca.crt" \
        --kubelet-preferred-address-types=InternalIP \
        --service-account-key-file="$pki/accounts.key" \
        --service-account-signing-key-file="$pki/accounts.key" \
        --service-account-issuer=https://kubernetes.default.svc \
        --service-cluster-ip-range="$CLUSTER_SERVICES" \
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
        --allow-privileged --audit-policy-file="$CLUSTER/audit-policy.yaml" \
        --audit-log-path="$CLUSTER/logs/audit.log" --audit-log-mode=blocking
}

control_plane_controllers() {
    local pki=$CLUSTER/pki kubeconfig=$CLUSTER/kube-controller-manager.kubeconfig

    cluster_program kube-controller-manager "$(cluster_binary kube-controller-manager)" \
        --kubeconfig="$kubeconfig" --authentication-kubeconfig="$kubeconfig" \
        --authorization-kubeconfig="$kubeconfig" --cert-dir=/run/kube-controller-manager \
        --leader-elect=false --use-service-account-credentials \
        --root-ca-file="$pki/ca.crt" --service-account-private-key-file="$pki/accounts.key" \
        --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
        --flex-volume-plugin-dir=/run/kubelet/plugins
}

control_plane_scheduler() {
    local kubeconfig=$CLUSTER/kube-scheduler.kubeconfig

    cluster_program kube-scheduler "$(cluster_binary kube-scheduler)" --kubeconfig="$kubeconfig" \
        --authentication-kubeconfig="$kubeconfig" --authorization-kubeconfig="$kubeconfig" \
        --cert-dir=/run/kube-scheduler --leader-elect=false
}

control_plane_is_ready() {
    kubectl get --raw /readyz
}

control_plane_start() {
    control_plane_audit_policy
    control_plane_etcd
    control_plane_apiserver
    cluster_wait 60 control_plane_is_ready || return
    # Where KUBEBUILDER_ASSETS has none: an old one does not fit a new API server.
    [[ ! -x $(cluster_binary kube-controller-manager) ]] || control_plane_controllers
}
