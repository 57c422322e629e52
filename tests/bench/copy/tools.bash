# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Tools that copy trees, and how each is called. To be sourced; hawser_copy is the path of ours.
#
# Each is given what makes it fast: rclone and fpsync 16 at a time, and to a file with holes tar and
# rsync --sparse, without which they would write them. Names in tables are short: h16 is hawser-copy
# with 16 threads.

set -euo pipefail

: "${hawser_copy:=hawser-copy}"
tools=(cp tar rsync rclone fpsync h1 h4 h16 h64)

# tool_program NAME: what it needs to be installed.
tool_program() {
    case $1 in
    h*) echo "$hawser_copy" ;;
    *) echo "$1" ;;
    esac
}

# Keep in tools what is here; print the others.
tools_drop_missing() {
    local name here=()

    for name in "${tools[@]}"; do
        if type -P "$(tool_program "$name")" >/dev/null; then
            here+=("$name")
        else
            echo "$name is not installed"
        fi
    done
    tools=("${here[@]}")
}

# Directories and, with their metadata, all that it can keep: no hard links, no holes.
copy_with_rclone() {
    rclone copy --config '' --transfers 16 --checkers 16 \
        --links --metadata --create-empty-src-dirs -- "$1" "$2"
}

# Jobs that are large beside what it takes to start one.
copy_with_fpsync() {
    fpsync -n 16 -f 500 -s $((64 * 1024 * 1024)) -t "$3" \
        -o "-lptgoD --numeric-ids ${*:4}" -- "$1/" "$2/"
}

copy_with_tar() {
    tar -C "$1" -cf - "${@:3}" . | tar -C "$2" -xpf -
}

# tool_copy NAME TREE FROM TO SCRATCH: copy what is in FROM into TO, both absolute paths, the second
# an empty folder, as is SCRATCH. TREE is the name of trees.bash. Some say much on standard error.
tool_copy() {
    local tool=$1 from=$3 to=$4 scratch=$5 sparse=()

    [[ $2 != sparse ]] || sparse=(--sparse)
    case $tool in
    cp) cp -a -- "$from/." "$to" ;;
    tar) copy_with_tar "$from" "$to" "${sparse[@]}" ;;
    rsync) rsync -a "${sparse[@]}" -- "$from/" "$to/" ;;
    rclone) copy_with_rclone "$from" "$to" ;;
    fpsync) copy_with_fpsync "$from" "$to" "$scratch" "${sparse[@]}" ;;
    h*) "$hawser_copy" copy --threads "${tool#h}" "$from" "$to" ;;
    esac
}
