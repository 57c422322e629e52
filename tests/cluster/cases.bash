# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Cases on a cluster, as TAP. A file of cases sources this, defines what the cases share, says
# `cases_follow`, defines one function for each case, named as the promise that it shows, and ends in
# `run_cases`. Cases run in the order that they stand in, each in a subshell with `set -e`; what a
# failed one printed is shown, and how long each took. What a case noted is shown in any case.

cases_follow() {
    not_cases=$(compgen -A function)
}

fail() {
    printf '%s\n' "$*"
    exit 1
}

# equal ACTUAL EXPECTED
equal() {
    [[ $1 == "$2" ]] || fail "expected '$2' and got '$1'"
}

# holds TEXT PART
holds() {
    [[ $1 == *"$2"* ]] || fail "expected something with '$2' and got '$1'"
}

note() {
    echo "# $*" >&3
}

seconds_since() {
    awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'
}

# took WHAT COMMAND...: run a command and say how long it took, beside the cases.
took() {
    local what=$1 start=$EPOCHREALTIME
    shift

    "$@"
    echo "# $what: $(seconds_since "$start")"
}

run_case() {
    local name=$1 number=$2 start=$EPOCHREALTIME output status

    set +e # a subshell that is part of a condition would ignore its own set -e
    output=$(set -e; "$name" 2>&1 </dev/null)
    status=$?
    set -e
    if ((status == 0)); then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        echo "# ${output//$'\n'/$'\n'# }"
        failed=$((failed + 1))
    fi
    echo "# $name: $(seconds_since "$start")"
}

# The functions since cases_follow, in the order of their lines.
list_cases() {
    local name

    shopt -s extdebug # declare -F then tells the line
    compgen -A function | grep -vxF -e "$not_cases" |
        while read -r name; do
            declare -F "$name"
        done | sort -n -k 2 | cut -d ' ' -f 1
}

run_cases() {
    local name number=0 failed=0 cases

    mapfile -t cases < <(list_cases)
    exec 3>&1
    echo "1..${#cases[@]}"
    for name in "${cases[@]}"; do
        number=$((number + 1))
        run_case "$name" "$number"
    done
    ((failed == 0))
}
