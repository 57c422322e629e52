# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Certificates and kubeconfigs of a cluster. Sourced by cluster.bash; what the functions make lies
# in $CLUSTER/pki, and cluster_kubeconfig is for tests too.

# pki_authority: a CA for everything, and the key that signs service account tokens.
pki_authority() {
    mkdir -p "$CLUSTER/pki"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=cluster -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$CLUSTER/pki/ca.key" -out "$CLUSTER/pki/ca.crt" 2>/dev/null
    openssl genrsa -out "$CLUSTER/pki/accounts.key" 2048 2>/dev/null
}

# pki_pair NAME SUBJECT [ALTERNATIVE-NAMES]: NAME.crt and NAME.key, for a client and, with names,
# for a server.
pki_pair() {
    local pki=$CLUSTER/pki name=$1 subject=$2 names=${3:-}
    local extensions=(-addext "extendedKeyUsage=clientAuth,serverAuth")

    [[ -z $names ]] || extensions+=(-addext "subjectAltName=$names")
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$subject" \
        "${extensions[@]}" -keyout "$pki/$name.key" -out "$pki/$name.csr" 2>/dev/null
    openssl x509 -req -in "$pki/$name.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -days 2 \
        -set_serial "0x$(openssl rand -hex 8)" -copy_extensions copyall \
        -out "$pki/$name.crt" 2>/dev/null
}

# cluster_kubeconfig NAME SUBJECT: make $CLUSTER/NAME.kubeconfig for the user and groups that
# SUBJECT says, as /O=GROUP/CN=USER.
cluster_kubeconfig() {
    local pki=$CLUSTER/pki name=$1

    pki_pair "$name" "$2"
    cat >"$CLUSTER/$name.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters:
- name: cluster
  cluster: {server: "https://$CLUSTER_ADDRESS:6443", certificate-authority: "$pki/ca.crt"}
users:
- name: "$name"
  user: {client-certificate: "$pki/$name.crt", client-key: "$pki/$name.key"}
contexts:
- name: "$name"
  context: {cluster: cluster, user: "$name"}
current-context: "$name"
END
}

pki_all() {
    local names=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1

    pki_authority
    pki_pair kube-apiserver /O=system:masters/CN=kube-apiserver \
        "$names,IP:$CLUSTER_ADDRESS,IP:$CLUSTER_SERVICE_ADDRESS"
    pki_pair kubelet /CN=node "IP:$CLUSTER_ADDRESS"
    cluster_kubeconfig admin /O=system:masters/CN=admin
    cluster_kubeconfig kube-controller-manager /CN=system:kube-controller-manager
    cluster_kubeconfig kube-scheduler /CN=system:kube-scheduler
    cluster_kubeconfig kube-proxy /CN=system:kube-proxy
    cluster_kubeconfig node /O=system:nodes/CN=system:node:node
}
