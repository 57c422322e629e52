#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: calls_test.sh SLOWFS HAWSER-COPY
#
# How many calls to a server a small file takes: each is a round trip. Skipped where FUSE cannot be
# mounted.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/../../cli/cli.bash"

n=300

# copy_on_slowfs SOURCE FROM TO: copy with SOURCE mounted at mounted/, and set calls to the lines
# that tell how many there were.
copy_on_slowfs() {
    local pid

    mkdir -p mounted
    "$slowfs" 0 "$1" mounted >calls 2>err &
    pid=$!
    until mountpoint -q mounted; do
        kill -0 "$pid" 2>/dev/null || fail 'slowfs does not run'
        sleep 0.01
    done
    hawser copy "$2" "$3"
    fusermount3 -u mounted
    wait "$pid" || fail 'slowfs failed'
    exits 0
    diff -r from to >why || exit 1
}

# takes KIND LEAST MOST: calls for a file, but for what the folder itself takes.
takes() {
    local kind count=0 found

    while read -r kind found; do
        [[ $kind != "$1" ]] || count=$found
    done <calls
    ((count >= $2 * n && count <= $3 * n + 10)) || fail "$(<calls)"
}

make_files() {
    mkdir from to
    (cd from && for ((i = 0; i < n; i++)); do echo "$i" >"$i"; done)
}

not_cases+=$'\ncopy_on_slowfs\ntakes\nmake_files'

a_small_file_is_opened_and_read() {
    make_files
    copy_on_slowfs from mounted to
    takes lookup 0 0
    takes open 1 1
    takes read 1 1
    takes getattr 0 0
}

# Zeros at the end may be what a server lacks of a file that has become shorter.
a_small_file_that_ends_in_zeros_is_looked_at_again() {
    local i

    make_files
    for ((i = 0; i < n; i++)); do
        printf '%d\0' "$i" >"from/$i"
    done
    copy_on_slowfs from mounted to
    takes open 1 1
    takes read 1 1
    takes getattr 1 1
}

a_small_file_is_made_and_written_and_given_its_times_and_its_name() {
    make_files
    copy_on_slowfs to from mounted
    takes open 1 1
    takes write 1 1
    takes setattr 1 1
    takes rename 1 1
    takes lookup 0 0
    takes getattr 0 0
}

slowfs=$(realpath "$1")
if ((EUID != 0)) || ! type -P fusermount3 >/dev/null || [[ ! -c /dev/fuse ]]; then
    echo '1..0 # SKIP FUSE cannot be mounted here'
    exit
fi
run_cases "$2"
