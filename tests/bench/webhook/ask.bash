# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Asking servers, and what that finds. To be sourced after build.bash. Requests are $work/REVIEW, and
# the answers that are expected $work/REVIEW.answer.

# shellcheck disable=SC2034 # what is found is for who sources this
set -euo pipefail
: "${folder?}" "${here?}" "${work?}" "${rounds?}" "${seconds?}"

# shellcheck source-path=SCRIPTDIR source=servers.bash
source "$here/servers.bash"
# shellcheck source-path=SCRIPTDIR source=figures.bash
source "$here/figures.bash"

# Answers that were wrong or did not come.
n_wrong=0

# What ask() found.
rate=     # requests per second
cpu=      # microseconds of the server's processor time for each
n_asked=0 # requests
n_busy=0  # of these, answered by 503

# What pace() found: microseconds, and the requests that could not be sent in time.
took_median=
took_p99=
n_unsent=

# What is found in turn, by the names of the servers.
declare -A rate_of cpu_of peak_of median_of p99_of unsent_of

# client_threads CONNECTIONS: half of the processors, as the rest is for the server.
client_threads() {
    local n=$((($(nproc) + 1) / 2))

    echo $((n < $1 ? n : $1))
}

# note_wrong NAME REVIEW N KINDS
note_wrong() {
    if (($3 > 0)); then
        n_wrong=$((n_wrong + $3))
        echo "$1, $2: $4" >&2
    fi
}

# ask NAME REVIEW CONNECTIONS [close]: have wrk ask the server for a while, as fast as it answers.
ask() {
    local name=$1 review=$2 n=$3 duration wrong kinds before
    shift 3

    before=$(cpu_us "$name")
    timeout $((seconds + 60)) \
        wrk -t "$(client_threads "$n")" -c "$n" -d "${seconds}s" --timeout 30s \
        -s "$here/wrk.lua" "https://${address[$name]}/mutate?timeout=10s" \
        -- "$work/$review" "$work/$review.answer" "$@" >"$work/wrk" ||
        fail "wrk failed: $(<"$work/wrk")"
    read -r n_asked duration wrong n_busy kinds < <(sed -n 's/^measured //p' "$work/wrk") || n_asked=0
    ((n_asked > 0)) || fail "no answer from $name: $(<"$work/wrk")"
    note_wrong "$name" "$review" "$wrong" "$kinds"
    rate=$((100 * 1000000 * n_asked / duration))
    cpu=$((100 * ($(cpu_us "$name") - before) / n_asked))
}

# ask_in_turn REVIEW CONNECTIONS [close]: ask the three servers, and set the medians.
ask_in_turn() {
    local i name

    start_ceiling ceiling "$1"
    rm -f -- "$work"/*.rate "$work"/*.cpu
    for ((i = 0; i < rounds; i++)); do
        for name in ceiling hawser unlogged; do
            ask "$name" "$@"
            echo "$rate" >>"$work/$name.rate"
            echo "$cpu" >>"$work/$name.cpu"
        done
    done
    for name in ceiling hawser unlogged; do
        rate_of[$name]=$(median <"$work/$name.rate")
        cpu_of[$name]=$(median <"$work/$name.cpu")
        peak_of[$name]=$(memory "$name" VmHWM)
    done
    stop ceiling
}

# pace NAME REVIEW CONNECTIONS RATE: ask for a while, so many times a second whatever it answers.
pace() {
    local name=$1 review=$2 n=$3 wrong

    timeout $((seconds + 60)) "$folder/$here/paced" "${address[$name]}" "$(client_threads "$n")" \
        "$n" "$4" "$seconds" "$work/$review" "$work/$review.answer" >"$work/paced" ||
        fail "$name was not asked at a pace"
    read -r _ _ wrong n_unsent took_median took_p99 <"$work/paced"
    note_wrong "$name" "$review" "$wrong" "$wrong wrong answers"
}

# pace_in_turn REVIEW CONNECTIONS RATE: the ceiling and hawser, and set the medians.
pace_in_turn() {
    local i name

    start_ceiling ceiling "$1"
    rm -f -- "$work"/*.median "$work"/*.p99 "$work"/*.unsent
    for ((i = 0; i < rounds; i++)); do
        for name in ceiling hawser; do
            pace "$name" "$@"
            echo "$took_median" >>"$work/$name.median"
            echo "$took_p99" >>"$work/$name.p99"
            echo "$n_unsent" >>"$work/$name.unsent"
        done
    done
    for name in ceiling hawser; do
        median_of[$name]=$(median <"$work/$name.median")
        p99_of[$name]=$(median <"$work/$name.p99")
        unsent_of[$name]=$(median <"$work/$name.unsent")
    done
    stop ceiling
}
