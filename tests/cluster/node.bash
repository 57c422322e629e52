# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The node of a cluster: containerd, kubelet and kube-proxy. Sourced by cluster.bash.

# Whether this machine has CAP_SYS_RESOURCE.
node_has_resource_capability() {
    (($(awk '$1 == "CapBnd:" { print "0x" $2 }' /proc/self/status) >> 24 & 1))
}

# A runc for a machine without CAP_SYS_RESOURCE: containers that want it start, but without it too.
node_runc() {
    cat >"$CLUSTER/runc" <<'END'
#!/usr/bin/env bash
for argument; do
    [[ ${last:-} != --bundle ]] || bundle=$argument
    last=$argument
done
if [[ -n ${bundle:-} ]]; then
    sed -i 's/"CAP_SYS_RESOURCE",\|,"CAP_SYS_RESOURCE"\|"CAP_SYS_RESOURCE"//g' "$bundle/config.json"
fi
exec runc "$@"
END
    chmod 755 "$CLUSTER/runc"
}

# The snapshotter that only copies works on every file system. Without restrict_oom_score_adj no pod
# starts where the machine lacks CAP_SYS_RESOURCE.
node_containerd_config() {
    local runc=runc

    if ! node_has_resource_capability; then
        node_runc
        runc=$CLUSTER/runc
    fi
    cat >"$CLUSTER/containerd.toml" <<END
version = 2
root = "/run/containerd-root"
state = "/run/containerd"
oom_score = 0
disabled_plugins = [
    "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.overlayfs",
    "io.containerd.snapshotter.v1.zfs",
]
[grpc]
address = "$NODE_SOCKET"
[plugins."io.containerd.internal.v1.opt"]
path = "/run/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "$NODE_PAUSE_IMAGE"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$CLUSTER/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
BinaryName = "$runc"
END
}

# A link from the node to each pod, and routes. On a bridge the answer of a pod to a pod behind a
# Service would take a short cut past the translation of addresses, where br_netfilter is missing.
node_cni_config() {
    mkdir -p "$CLUSTER/cni"
    cat >"$CLUSTER/cni/cluster.conflist" <<END
{"cniVersion": "0.4.0", "name": "cluster", "plugins": [{
    "type": "ptp",
    "ipam": {"type": "host-local", "dataDir": "/run/cni",
        "ranges": [[{"subnet": "$CLUSTER_PODS"}]], "routes": [{"dst": "0.0.0.0/0"}]}
}]}
END
}

# ConfigMaps and Secrets reach pods within seconds, not within a minute and a half. No eviction: how
# full the disk of the machine is says nothing.
node_kubelet_config() {
    echo nameserver 127.0.0.1 >"$CLUSTER/resolv.conf" # nobody answers, at once
    cat >"$CLUSTER/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: "$CLUSTER/pki/ca.crt"}
authorization: {mode: Webhook}
tlsCertFile: "$CLUSTER/pki/kubelet.crt"
tlsPrivateKeyFile: "$CLUSTER/pki/kubelet.key"
cgroupDriver: cgroupfs
cgroupRoot: "/$CLUSTER_NAME"
enforceNodeAllocatable: []
evictionHard: {nodefs.available: "0%", imagefs.available: "0%", memory.available: "0%"}
imageGCHighThresholdPercent: 100
failSwapOn: false
resolvConf: "$CLUSTER/resolv.conf"
syncFrequency: 2s
nodeStatusUpdateFrequency: 2s
END
}

cluster_ctr() {
    cluster_inside ctr -a "$NODE_SOCKET" -n k8s.io "$@"
}

node_containerd() {
    node_containerd_config
    node_cni_config
    cluster_program containerd containerd --config "$CLUSTER/containerd.toml"
    cluster_wait 30 cluster_ctr version
}

# A kubelet before 1.27 has to be told that dockershim is not wanted; later ones refuse the flag.
node_kubelet() {
    local kubelet help runtime=(--container-runtime-endpoint="unix://$NODE_SOCKET")

    kubelet=$(cluster_binary kubelet)
    help=$("$kubelet" --help 2>&1)
    [[ $help != *'--container-runtime '* ]] || runtime+=(--container-runtime=remote)
    node_kubelet_config
    cluster_program kubelet "$kubelet" --config="$CLUSTER/kubelet.yaml" \
        --kubeconfig="$CLUSTER/node.kubeconfig" --hostname-override=node \
        --node-ip="$CLUSTER_ADDRESS" --root-dir=/run/kubelet --cert-dir=/run/kubelet/pki \
        --volume-plugin-dir=/run/kubelet/plugins "${runtime[@]}"
}

# Settings of the machine's connection tracking are left as they are.
node_proxy() {
    cluster_program kube-proxy "$(cluster_binary kube-proxy)" \
        --kubeconfig="$CLUSTER/kube-proxy.kubeconfig" --hostname-override=node \
        --bind-address="$CLUSTER_ADDRESS" \
        --proxy-mode=iptables --cluster-cidr="$CLUSTER_PODS" --conntrack-max-per-core=0 \
        --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
}

node_pause_image() {
    mkdir "$CLUSTER/pause"
    install "$CLUSTER_TOOLS/pause" "$CLUSTER/pause/pause"
    cluster_import "$NODE_PAUSE_IMAGE" "$CLUSTER/pause" '{"Entrypoint": ["/pause"]}'
    rm -r "$CLUSTER/pause"
}

# BusyBox as pods know it: every command has its link.
node_busybox_image() {
    local root=$CLUSTER/busybox applet

    mkdir -p "$root"/{bin,etc,tmp,root}
    chmod 1777 "$root/tmp"
    cp "$(type -P busybox)" "$root/bin/busybox"
    for applet in $(busybox --list); do
        [[ $applet == busybox ]] || ln -s busybox "$root/bin/$applet"
    done
    echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
    echo root:x:0: >"$root/etc/group"
    cluster_import busybox:1.36 "$root" '{"Cmd": ["sh"], "Env": ["PATH=/bin"]}'
    rm -r "$root"
}

node_start() {
    node_containerd && node_pause_image && node_busybox_image || return
    control_plane_scheduler
    node_kubelet
    # Until then kube-proxy would wait, longer each time.
    cluster_wait 60 kubectl get node node || return
    node_proxy
}

node_is_ready() {
    kubectl wait --for=condition=Ready --timeout=1s node/node
}
