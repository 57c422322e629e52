# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Servers that run in the background, by the names that they are given: started, watched, stopped.
# To be sourced with build.bash; logs go to $work.

set -euo pipefail
: "${folder?}" "${here?}" "${hawser?}" "${work?}"

common=(--grace-period 0s --log-format json)
any_port=(--listen 127.0.0.1:0 --health-listen 127.0.0.1:0)
ticks=$(getconf CLK_TCK)

declare -A pid address health

stop_all() {
    local name

    for name in "${!pid[@]}"; do
        kill "${pid[$name]}" 2>/dev/null || true
    done
    wait
}

# Keep the addresses that a line of the log tells, where it is the one that does.
note_addresses() {
    [[ $2 == *'"msg":"serving"'* ]] || return 1
    [[ $2 =~ '"listen":"'([^\"]+) ]] && address[$1]=${BASH_REMATCH[1]}
    [[ ! $2 =~ '"health":"'([^\"]+) ]] || health[$1]=${BASH_REMATCH[1]}
}

# start NAME COMMAND...: run a server and wait until it serves. Its log goes to a file.
start() {
    local name=$1 log=$work/$1.log i line
    shift

    "$@" 2>"$log" &
    pid[$name]=$!
    for ((i = 0; i < 100; i++)); do
        sleep 0.1
        line=$(grep -F '"msg":"serving"' "$log") || continue
        note_addresses "$name" "$line"
        return
    done
    fail "$1 does not serve:" "$(<"$log")"
}

start_hawser() {
    local name=$1
    shift

    start "$name" "$hawser" serve "${common[@]}" "${any_port[@]}" "$@"
}

# start_ceiling NAME REVIEW: which answers as $work/REVIEW.answer says, whatever it is asked.
start_ceiling() {
    start "$1" "$folder/$here/fixed_answer" "$work/$2.answer" "${common[@]}" "${any_port[@]}"
}

stop() {
    kill "${pid[$1]}"
    wait "${pid[$1]}" || fail "'$1' did not stop cleanly"
    unset "pid[$1]"
}

# Ask the health port at $1 without starting a process, which would take longer than the answer.
is_ready() {
    local socket status=

    { exec {socket}<>"/dev/tcp/${1%:*}/${1##*:}"; } 2>/dev/null || return 1
    printf 'GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" >&"$socket"
    read -r -t 1 _ status _ <&"$socket" || true
    exec {socket}>&-
    [[ $status == 200 ]]
}

# await_ready HEALTH-ADDRESS: at most ten seconds.
await_ready() {
    local end=$((SECONDS + 10))

    until is_ready "$1"; do
        ((SECONDS < end)) || fail "the server at $1 is not ready"
    done
}

# A server whose log is thrown away tells its addresses nowhere: it gets those that another had a
# moment ago.
start_hawser_without_log() {
    local name=$1

    start_hawser "$name"
    stop "$name"
    "$hawser" serve "${common[@]}" --listen "${address[$name]}" \
        --health-listen "${health[$name]}" 2>/dev/null &
    pid[$name]=$!
    await_ready "${health[$name]}"
}

# memory NAME FIELD: of /proc/PID/status, in KiB.
memory() {
    awk -v "field=$2:" '$1 == field { print $2 }' "/proc/${pid[$1]}/status"
}

# Processor time that the server has used, in microseconds.
cpu_us() {
    local stat

    read -ra stat <"/proc/${pid[$1]}/stat"
    echo $(((stat[13] + stat[14]) * 1000000 / ticks))
}
