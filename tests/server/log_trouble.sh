#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: log_trouble.sh HAWSER
#
# A log that nobody can or does read must not stop the server: requests are answered all the same.
# Each case starts the server with a standard error of its own, so that its ports cannot be read from
# there and have to be chosen.
set -euo pipefail

type -P curl >/dev/null || {
    echo '1..0 # SKIP no curl'
    exit 0
}

hawser=$(realpath "$1")
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill -KILL "$server" || true; rm -rf "$work"' EXIT

review='{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1",
"kind":{"group":"argoproj.io","version":"v1alpha1","kind":"Workflow"},"operation":"CREATE",
"namespace":"default","object":{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow",
"metadata":{"name":"a"},"spec":{"entrypoint":"main","templates":[{"name":"main",
"container":{"image":"busybox"}}]}}}}'

is_live() {
    curl -s --max-time 1 "http://127.0.0.1:$((port + 1))/readyz" >/dev/null
}

# Start the server through the function $1, which gives it a standard error, on ports that are free.
start() {
    local try i

    for ((try = 0; try < 20; try++)); do
        port=$((20000 + RANDOM % 12000))
        ! is_live || continue
        "$1" "$hawser" serve --listen "127.0.0.1:$port" --grace-period 0s \
            --health-listen "127.0.0.1:$((port + 1))" &
        server=$!
        for ((i = 0; i < 100; i++)); do
            ! is_live || return 0
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
    done
    return 1
}

# Send a thousand reviews.
ask_often() {
    local request=(
        --insecure -H 'Content-Type: application/json' -d "$review"
        -o /dev/null -w '%{http_code}\n' "https://127.0.0.1:$port/mutate"
    )
    local arguments=() i

    for ((i = 0; i < 1000; i++)); do
        arguments+=(--next "${request[@]}")
    done
    timeout 60 curl -s "${arguments[@]:1}" >"$work/codes"
    [[ $(grep -cx 200 "$work/codes") == 1000 ]]
}

stop() {
    kill -TERM "$server"
    wait "$server" || return 1
    server=
}

# shellcheck disable=SC2317 # these are called by name
on_a_full_disk() {
    exec "$@" 2>/dev/full
}

# shellcheck disable=SC2317
closed() {
    exec "$@" 2>&-
}

# shellcheck disable=SC2317
to_a_reader_that_does_not_read() {
    exec "$@" 2>"$work/pipe"
}

# Hold the other end of the pipe, fill it, and read nothing.
mkfifo "$work/pipe"
exec 9<>"$work/pipe"
head -c 65536 /dev/zero >&9

number=0
failed=0
echo '1..3'
for log in on_a_full_disk closed to_a_reader_that_does_not_read; do
    number=$((number + 1))
    if [[ ! -e /dev/full && $log == on_a_full_disk ]]; then
        echo "ok $number - a log $log # SKIP no /dev/full"
    elif start "$log" && ask_often && stop; then
        echo "ok $number - a log $log costs no request"
    else
        echo "not ok $number - a log $log costs no request"
        failed=1
    fi
done
exit "$failed"
