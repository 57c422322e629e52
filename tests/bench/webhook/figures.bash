# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Figures: whole numbers, hundredths of what they say. To be sourced.

set -euo pipefail

# Of the lines of standard input.
median() {
    sort -n | awk '{ line[NR] = $1 } END { print line[int((NR + 1) / 2)] }'
}

show() {
    if (($1 >= 10000)); then
        echo $((($1 + 50) / 100))
    else
        printf '%d.%02d\n' $(($1 / 100)) $(($1 % 100))
    fi
}

ratio() {
    show $((100 * $1 / $2))
}

# print_aim NAME under|least WANTED FOUND: a line that says whether it is met. FOUND is empty where
# that was not measured.
print_aim() {
    local name=$1 kind=$2 wanted=$3 found=$4 verdict=missed

    if [[ -z $found ]]; then
        verdict='not measured'
    elif [[ $kind == under ]]; then
        ((found >= wanted)) || verdict=met
    else
        ((found < wanted)) || verdict=met
    fi
    printf '%-58s %-8s %6s %9s  %s\n' "$name" "${kind/least/at least}" "$(show "$wanted")" \
        "${found:+$(show "$found")}" "$verdict"
}
