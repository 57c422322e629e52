# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Images from root file systems, without a builder. Sourced by cluster.bash.

# image_archive NAME:TAG ROOTFS [CONFIG]: print the path of an archive as `docker save` makes it, in
# a new folder. CONFIG is the JSON of the image's config, such as {"User": "1:1", "Cmd": ["sh"]}.
image_archive() {
    local name=$1 root=$2 config=${3:-'{}'} work layer

    work=$(mktemp -d "$CLUSTER/image.XXXXXX")
    tar -C "$root" --sort=name --numeric-owner --owner=0 --group=0 -cf "$work/layer.tar" .
    layer=$(sha256sum "$work/layer.tar")
    jq -n --argjson config "$config" --arg layer "sha256:${layer%% *}" \
        --arg architecture "$(dpkg --print-architecture)" '{
            architecture: $architecture, os: "linux", config: $config,
            rootfs: {type: "layers", diff_ids: [$layer]}
        }' >"$work/config.json"
    jq -n --arg name "$name" \
        '[{Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"]}]' >"$work/manifest.json"
    tar -C "$work" -cf "$work/image.tar" manifest.json config.json layer.tar
    echo "$work/image.tar"
}

# cluster_import NAME:TAG ROOTFS [CONFIG]: make an image of a folder and give it to the node. Pods
# that use it must not have imagePullPolicy Always.
cluster_import() {
    local archive

    archive=$(image_archive "$@")
    cluster_ctr images import --snapshotter native "$archive" >>"$CLUSTER/logs/images.log" 2>&1
    rm -r "${archive%/*}"
}

# hawser_image_name BUILD-FOLDER: what a build calls the image that it comes in.
hawser_image_name() {
    awk '$1 == "#define" && $2 == "VERSION" { version = $3 }
        $1 == "#define" && $2 == "VERSION_IMAGE" { image = $3 }
        END { gsub("\"", "", image); gsub("\"", "", version); print image version }' \
        "$1/base/version.h"
}

# The config of our image, as the Dockerfile has it.
hawser_image_config() {
    local dockerfile=${cluster_source:?}/deploy/image/Dockerfile

    jq -n --argjson entrypoint "$(sed -n 's/^ENTRYPOINT //p' "$dockerfile")" \
        '{Entrypoint: $entrypoint}'
}

# cluster_import_hawser BUILD-FOLDER [NAME:TAG]: give our own image to the node, as deploy/image
# makes it of a build; by default under the name that hawser itself calls it.
cluster_import_hawser() {
    local build=$1 name=${2:-} root=$CLUSTER/hawser-image

    [[ -n $name ]] || name=$(hawser_image_name "$build")
    "$cluster_source/deploy/image/rootfs" "$build" "$root" >>"$CLUSTER/logs/images.log"
    cluster_import "$name" "$root" "$(hawser_image_config)"
    rm -r "$root"
}
