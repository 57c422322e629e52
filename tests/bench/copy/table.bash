# shellcheck shell=bash disable=SC2034 # used by those that source it
# SPDX-License-Identifier: Apache-2.0
#
# Times of tools, and a table of them. To be sourced.
#
# A case is a line of seconds, the median of what was noted for each tool, and a line of how many
# times as fast as the first tool each is.

set -euo pipefail

declare -A noted_us=() # by tool: the times of this case, one a line

# Run a command, and set elapsed_us. Fails as it does.
time_us() {
    local began=${EPOCHREALTIME/[.,]/} status=0

    "$@" || status=$?
    elapsed_us=$((${EPOCHREALTIME/[.,]/} - began))
    return "$status"
}

# note_us TOOL TIME
note_us() {
    noted_us[$1]+=$2$'\n'
}

# Of the lines of $1; of two in the middle the lower one.
median() {
    local sorted

    mapfile -t sorted <<<"$(sort -n <<<"${1%$'\n'}")"
    echo "${sorted[(${#sorted[@]} - 1) / 2]}"
}

# Print $1 hundredths.
show() {
    printf '%d.%02d' $(($1 / 100)) $(($1 % 100))
}

# print_cells LABEL CELL...
print_cells() {
    printf '%-36s' "$1"
    shift
    printf ' %8s' "$@"
    printf '\n'
}

# table_begin TOOL...
table_begin() {
    print_cells 'seconds, and times as fast' "$@"
}

# table_print CASE TOOL...: the lines of this case, and forget its times. A tool may have none.
table_print() {
    local label=$1 tool first us seconds=() ratios=()
    shift

    first=$(median "${noted_us[$1]}")
    for tool; do
        if [[ ! -v noted_us[$tool] ]]; then
            seconds+=(-)
            ratios+=(-)
            continue
        fi
        us=$(median "${noted_us[$tool]}")
        seconds+=("$(show $(((us + 5000) / 10000)))")
        ratios+=("$(show $((100 * first / us)))")
    done
    print_cells "$label" "${seconds[@]}"
    print_cells '' "${ratios[@]}"
    noted_us=()
}
