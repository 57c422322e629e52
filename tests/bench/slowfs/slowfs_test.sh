#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: slowfs_test.sh SLOWFS
#
# Is slowfs as slow as it says, and not slower? Skipped where FUSE cannot be mounted.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/../../cli/cli.bash"

n=200        # files in a folder
delay_us=5000 # more than it takes a busy machine to answer
folders=16

# Run a command on slowfs, mounted anew at mounted/ with what is in source/; set elapsed_us to how
# long the command takes.
on_slowfs() {
    local pid began

    mkdir -p source mounted
    "$binary" "$delay_us" source mounted >counts 2>err &
    pid=$!
    until mountpoint -q mounted; do
        kill -0 "$pid" 2>/dev/null || fail 'slowfs does not run'
        sleep 0.01
    done
    began=${EPOCHREALTIME/[.,]/}
    "$@" >out 2>>err || fail "$1 failed"
    elapsed_us=$((${EPOCHREALTIME/[.,]/} - began))
    fusermount3 -u mounted
    wait "$pid" || fail 'slowfs failed'
}

make_folders() {
    local i

    for ((i = 0; i < folders; i++)); do
        mkdir -p "source/$i"
        (cd "source/$i" && seq "$n" | xargs touch)
    done
}

# Ask for each file of a folder by its name, one after the other.
look_at() {
    (cd "mounted/$1" && seq "$n" | xargs stat -c %n)
}

look_at_all() {
    local i pids=()

    for ((i = 0; i < folders; i++)); do
        look_at "$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
}

look_twice() {
    look_at 0
    look_at 0
}

# Types, modes, links, times and content.
describe() {
    (cd "$1" && find . -mindepth 1 -type d -printf '%p %m %T@\n' -o -printf '%p %y %m %n %s %T@ %l\n' | sort)
}

make_tree() {
    mkdir -p tree/folder
    printf 'content' >tree/folder/file
    ln tree/folder/file tree/another-name
    ln -s folder/file tree/link
    mkfifo tree/fifo
    head -c 3000000 /dev/urandom >tree/long
    truncate -s 50M tree/hole
    chmod 2750 tree/folder
    chmod 4711 tree/long
    touch -d 2001-02-03T04:05:06.789 tree/long tree/folder
}

use_tree() {
    cp -a tree mounted/
    mv mounted/tree/long mounted/tree/renamed
    mv mounted/tree/renamed mounted/tree/long
    cp mounted/tree/long mounted/tree/gone
    rm mounted/tree/gone
    diff -r --no-dereference --exclude fifo tree mounted/tree
    describe mounted/tree >through
    stat -f mounted >/dev/null
}

not_cases=$(compgen -A function)

each_call_takes_the_delay() {
    make_folders
    on_slowfs look_at 0
    ((elapsed_us >= n * delay_us)) || fail "$n calls took $elapsed_us us"
    ((elapsed_us < 2 * n * delay_us)) || fail "$n calls took $elapsed_us us"
}

calls_run_side_by_side() {
    make_folders
    on_slowfs look_at_all
    ((elapsed_us < folders * n * delay_us / 8)) ||
        fail "$folders times $n calls side by side took $elapsed_us us"
}

what_the_kernel_knows_it_does_not_ask_for_again() {
    make_folders
    on_slowfs look_twice
    [[ $(<counts) == *"lookup $((n + 1))"* ]] || fail "$(<counts)"
}

trees_are_written_and_read_as_they_are() {
    make_tree
    on_slowfs use_tree
    diff <(describe tree) through >why || exit 1
    diff <(describe tree) <(describe source/tree) >why || exit 1
    [[ $(stat -c %b source/tree/hole) == 0 ]] || fail 'the hole is filled'
}

can_mount() {
    (on_slowfs true)
}

work=$(mktemp -d)
binary=$(realpath "$1")
if ((EUID != 0)) || ! (cd "$work" && can_mount) 2>/dev/null; then
    echo '1..0 # SKIP FUSE cannot be mounted here'
    rm -rf --one-file-system "$work"
    exit
fi
rm -rf --one-file-system "$work"
not_cases+=$'\ncan_mount'
run_cases "$@"
