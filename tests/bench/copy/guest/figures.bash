# shellcheck shell=bash disable=SC2154 # main has what they share
# SPDX-License-Identifier: Apache-2.0
#
# How fast the tools copy from NFS 4.1 and to it. To be sourced.
#
# The source of each copy is cold: it is mounted anew. What is copied to NFS is in the server when
# the tool ends, as a file is when it is closed. After each copy of ours the trees are compared, on
# the server's side of the mount.

set -euo pipefail

# copy_once TOOL TREE FROM TO DESTINATION: DESTINATION is TO without NFS.
copy_once() {
    local tool=$1 tree=$2 from=$3 to=$4 destination=$5 scratch differences

    scratch=$(mktemp -d)
    mkdir "$destination"
    client_mount 4.1
    time_us tool_copy "$tool" "$tree" "$from" "$to" "$scratch" || {
        cat "$scratch/said"
        failures=$((failures + 1))
    }
    note_us "$tool" "$elapsed_us"
    if [[ $tool == h* ]]; then
        differences=$(tree_print_differences "$source_folder" "$destination")
        if [[ -n $differences ]]; then
            printf '%s does not copy it as it is:\n%s\n' "$tool" "$differences"
            failures=$((failures + 1))
        fi
    fi
    rm -r "$scratch" "$destination"
}

# figures_of from|to TREE DIVISOR: a line of the table.
figures_of() {
    local way=$1 tree=$2 divisor=$3 source_folder=/srv/source tool

    [[ $way == from ]] || source_folder=/tmp/source
    mkdir "$source_folder"
    tree_make "$tree" "$source_folder" "$divisor"
    for tool in "${tools[@]}"; do
        case $way in
        from) copy_once "$tool" "$tree" /mnt/source /tmp/copy /tmp/copy ;;
        to) copy_once "$tool" "$tree" /tmp/source /mnt/copy /srv/copy ;;
        esac
    done
    client_unmount
    rm -r "$source_folder"
    table_print "$(tree_describe "$tree" "$divisor"), $way NFS" "${tools[@]}"
}

figures() {
    ((divisor == 1)) || tools=(cp tar rsync h16)
    tools_drop_missing >/dev/null # of those that no package of the guest has
    table_begin "${tools[@]}"
    figures_of from small $((20 * divisor))
    figures_of to small $((20 * divisor))
    figures_of from source $((15 * divisor))
    figures_of from large $((16 * divisor))
    figures_of to large $((16 * divisor))
    figures_of from sparse $((40 * divisor))
}
