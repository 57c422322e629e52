# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A controller that has a token instead of a certificate, as in a pod. To be sourced after
# controller.bash. There is one token file, $work/token.
#
#     token_kubeconfig NAME [SERVER]      what `start NAME` uses then; by default the API server
#     give_token RELEASE TOKEN            put a token of that name into the file
#     take_token RELEASE TOKEN            and have the API server believe in it no longer

: "${work:?}"

token_kubeconfig() {
    cat >"$CLUSTER/controller-$1.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters:
- name: cluster
  cluster:
    server: "${2:-https://$CLUSTER_ADDRESS:6443}"
    certificate-authority: "$CLUSTER/pki/ca.crt"
users:
- {name: token, user: {tokenFile: "$work/token"}}
contexts:
- {name: token, context: {cluster: cluster, user: token}}
current-context: token
END
}

# It is good as long as the Secret of its name is there, as the kubelet gives tokens for pods.
give_token() {
    kubectl -n "$1" create secret generic "$2"
    kubectl -n "$1" create token "$1-controller" \
        --bound-object-kind=Secret --bound-object-name="$2" >"$work/token.$2"
    cp "$work/token.$2" "$work/token.new"
    mv "$work/token.new" "$work/token"
}

# The API server believes in a token for ten seconds after it has seen it.
take_token() {
    kubectl -n "$1" delete secret "$2"
    cluster_wait 20 is_refused "$2"
}

is_refused() {
    [[ $(cluster_run curl -s -o "$work/said" -w '%{http_code}' --cacert "$CLUSTER/pki/ca.crt" \
        -H "Authorization: Bearer $(cat "$work/token.$1")" "https://$CLUSTER_ADDRESS:6443/api") == 401 ]]
}
