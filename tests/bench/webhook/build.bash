# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the commands of this folder need to begin. To be sourced in the root of the sources; what is
# built goes to $folder, temporary files to $work.

set -euo pipefail
: "${folder?}" "${work?}"

fail() {
    echo "$0: $*" >&2
    exit 1
}

# check_tools TOOL...
check_tools() {
    local tool missing=()

    for tool in "$@"; do
        type -P "$tool" >/dev/null || missing+=("$tool")
    done
    ((${#missing[@]} == 0)) || fail "install ${missing[*]} first"
}

# build TARGET...: for speed, unless the folder was made with other options.
build() {
    if [[ ! -e $folder/build.ninja ]]; then
        meson setup "$folder" --buildtype=release >"$work/build" || fail "$(<"$work/build")"
    fi
    ninja -C "$folder" "$@" >"$work/build" || fail "$(<"$work/build")"
}
