# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# An NFS server and its client, both this machine, one millisecond from each other. To be sourced.
#
# The server gives out /srv, and in it /srv/lost, of which it can forget all; both are in memory.

set -euo pipefail

# The shortest that the server takes; then clients that were there have it for themselves so long.
server_grace_s=10

server_prepare() {
    mkdir -p /var/lib/nfs/v4recovery /srv /mnt
    mount -t nfsd nfsd /proc/fs/nfsd
    echo "$server_grace_s" >/proc/fs/nfsd/nfsv4leasetime
    echo "$server_grace_s" >/proc/fs/nfsd/nfsv4gracetime
    # Opens that need no answer are what the servers of Kubernetes do not give: ganesha's default.
    echo 0 >/proc/sys/fs/leases-enable
    mount -t tmpfs -o size=80% srv /srv
    mkdir /srv/lost
    mount -t tmpfs lost /srv/lost
    rpc.mountd --no-nfs-version 2 --no-nfs-version 3
    export_folder /srv 0
    export_folder /srv/lost 7
    server_start
    tc qdisc add dev lo root netem delay 500us limit 100000
}

# export_folder FOLDER NUMBER: what is in memory has none of its own.
export_folder() {
    exportfs -i -o "rw,no_root_squash,no_subtree_check,insecure,fsid=$2" "127.0.0.1:$1"
}

# For ten seconds.
retry() {
    local i

    for ((i = 0; i < 50; i++)); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.2
    done
    "$@"
}

server_start() {
    rpc.nfsd --no-nfs-version 3 16
}

server_stop() {
    rpc.nfsd 0
}

# Every file of /srv/lost is gone with its handle, as after a restart on another disk.
server_forget() {
    server_stop
    exportfs -u 127.0.0.1:/srv/lost
    exportfs -f
    retry umount /srv/lost # the server closes what it had open a little later
    mount -t tmpfs lost /srv/lost
    export_folder /srv/lost 7
    server_start
}

# wire OPTION...: how the wire between both is, in words of tc-netem(8).
wire() {
    tc qdisc change dev lo root netem limit 100000 "$@"
}

wire_is_good() {
    wire delay 500us
}

# So that a copy of a few MiB can be met in its middle.
wire_is_narrow() {
    wire delay 500us rate 80mbit
}

wire_is_cut() {
    wire loss 100%
}

# client_mount VERSION [PATH]: mount it on /mnt with nothing in the caches.
client_mount() {
    client_unmount
    mount -t nfs -o "vers=$1,hard" "127.0.0.1:/${2:-}" /mnt
}

client_unmount() {
    if grep -q ' /mnt nfs' /proc/mounts; then
        retry umount /mnt
    fi
}

# client_calls NAME: how many such calls the client has made since it mounted.
client_calls() {
    awk -v "name=$1:" '$1 == name { n += $2 } END { print n + 0 }' /proc/self/mountstats
}
