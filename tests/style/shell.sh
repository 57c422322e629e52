#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: shell.sh ROOT
#
# Shell scripts, known by their name or their first line, pass shellcheck.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tree.bash
source "$(dirname -- "$0")/tree.bash"

need shellcheck
cd -- "$1"
found=$(list_files . |
    xargs -0 -r awk 'FNR == 1 && (/^#!.*[\/ ](ba)?sh( |$)/ || FILENAME ~ /\.(ba)?sh$/) {
        print FILENAME
    }
    { nextfile }')
mapfile -t scripts <<<"$found"
for script in "${scripts[@]}"; do
    [[ -n $script ]] || continue
    if ! output=$(shellcheck --external-sources --format=gcc "$script"); then
        line=$(sed -n '1s/^[^:]*:\([0-9]*\):.*/\1/p' <<<"$output")
        finding "$script" "${line:-1}" "no word from shellcheck:"$'\n'"$output"
    fi
done
report
