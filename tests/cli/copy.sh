#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: copy.sh HAWSER-COPY
#
# What `hawser-copy` says, exits with, and leaves of what a command writes.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

copier() {
    hawser "$@"
}

tree() {
    mkdir -p "$1/below"
    echo one >"$1/one"
    echo two >"$1/below/two"
}

not_cases+=$'\ncopier\ntree\nis_10g_of_hole'

a_copy_says_how_it_went_and_prints_nothing() {
    tree from
    copier copy --log-format json from to
    exits 0
    prints_nothing
    says '"msg":"copied","files":2,"bytes":8,'
    diff -r from to
}

what_is_left_out_is_counted_where_it_is_too_much_to_tell() {
    local told counted

    mkdir from
    (cd from && seq 300 | xargs mkfifo)
    copier copy --log-format json from to
    exits 0
    told=$(grep -cF '"msg":"left out","path"' err)
    counted=$(sed -n 's/.*"msg":"left out","suppressed":\([0-9]*\).*/\1/p' err | paste -sd+)
    ((told + counted == 300)) || fail "$told and $counted of 300"
    [[ $(tail -n 1 err) == *'"leftOut":300,'* ]] || fail 'another last line'
}

a_copy_that_is_not_whole_exits_1_and_ends_with_the_first_cause() {
    tree from
    mkdir -p to/one
    copier copy from to
    exits 1
    prints_nothing
    [[ $(tail -n 1 err) == 'hawser-copy: from/one: cannot give it its name: Is a directory' ]] ||
        fail 'another last line'
    [[ -e to/below/two ]] || fail 'the rest is missing'
}

wrong_arguments_exit_2_and_what_is_missing_3() {
    copier copy from
    exits 2
    says "hawser-copy: where to is 'from' to be copied?; see 'hawser-copy copy --help'"
    copier copy from to
    exits 3
    says 'hawser-copy: from: cannot be opened as a directory: No such file or directory'
    [[ ! -e to ]] || fail 'something was made'
}

a_command_has_its_output_and_its_exit_code() {
    # shellcheck disable=SC2016 # the shell's that is run
    copier run --back results:back -- sh -c 'mkdir results; echo out; echo err >&2; exit 0'
    exits 0
    prints_exactly <<<out
    [[ $(<err) == err ]] || fail 'something was added'
    copier run --back results:back -- sh -c 'exit 7'
    exits 7
    copier run --back results:back -- sh -c 'kill -KILL $$'
    exits 137
    copier run --back results:back -- ./none
    exits 127
    says './none'
    : >none
    copier run --back results:back -- ./none
    exits 126
}

results_are_copied_back_when_the_command_ends_well() {
    copier run --back results:back -- sh -c 'mkdir -p results/deep; echo it >results/deep/file'
    exits 0
    [[ $(<back/deep/file) == it ]] || fail 'no results'
}

results_of_a_command_that_fails_are_copied_where_that_is_asked_for() {
    copier run --back results:back -- sh -c 'mkdir results; echo it >results/file; exit 3'
    exits 3
    [[ ! -e back ]] || fail 'copied'
    copier run --back results:back --when always -- sh -c 'exit 3'
    exits 3
    [[ $(<back/file) == it ]] || fail 'no results'
    mkdir other
    copier run --back results:one --when always --back other:two -- sh -c 'exit 3'
    exits 3
    [[ -e one/file ]] || fail 'those that are always wanted are missing'
    [[ ! -e two ]] || fail 'those of a success were copied'
    copier run --back none:back --when always -- sh -c 'exit 3'
    exits 3
    says_nothing
}

a_copy_back_that_fails_is_a_failure_of_its_own() {
    copier run --back none:back -- true
    exits 74
    says 'hawser-copy: the command exited with 0, and its results cannot be copied back: none: '
    says 'none: cannot be opened as a directory: No such file or directory'
    mkdir -p results back/file
    echo it >results/file
    copier run --back results:back -- true
    exits 74
    copier run --back results:back --when always -- sh -c 'exit 5'
    exits 5
    says 'the command exited with 5, and its results cannot be copied back'
}

# What large-file-nfs of the talk runs at each step, in folders of the test.
setup_command='
cd workdir
dd if=/dev/zero of=LARGE_FILE bs=1 count=0 seek=10G
'
parallel_command='
echo "I am number 2"
cd workdir
ls -lah
du -h LARGE_FILE
echo "Making new file: NEW_LARGE_FILE2"
dd if=/dev/zero of=NEW_LARGE_FILE2 bs=1 count=0 seek=10G
echo "File created"
'

# is_10g_of_hole FILE
is_10g_of_hole() {
    local size blocks found

    found=$(stat -c '%s %b' "$1")
    read -r size blocks <<<"$found"
    ((size == 10 << 30 && blocks <= 8)) || fail "$1 has $size bytes in $blocks blocks"
}

the_steps_of_the_talk_hand_on_their_files_of_10_gib_by_way_of_a_volume() {
    mkdir workdir volume
    copier run --back workdir:volume -- sh -c "$setup_command"
    exits 0
    is_10g_of_hole volume/LARGE_FILE
    rm -r workdir
    copier copy volume workdir
    exits 0
    copier run --back workdir:volume -- sh -c "$parallel_command"
    exits 0
    prints 'I am number 2'
    prints 'Making new file: NEW_LARGE_FILE2'
    prints 'File created'
    is_10g_of_hole volume/LARGE_FILE
    is_10g_of_hole volume/NEW_LARGE_FILE2
    [[ $(cd workdir && stat -c '%n %s %y %A' ./*) == $(cd volume && stat -c '%n %s %y %A' ./*) ]] ||
        fail 'they are not the same'
}

a_command_that_is_told_to_end_has_no_results() {
    # shellcheck disable=SC2016 # the shell's that is run
    copier run --back results:back -- sh -c '
        mkdir results
        trap "echo half >results/file; exit 0" TERM
        kill -TERM "$PPID"
        while :; do sleep 0.1; done'
    exits 0
    [[ ! -e back ]] || fail 'half of them were copied'
}

it_installs_itself() {
    mkdir bin
    copier install bin
    exits 0
    prints_nothing
    says_nothing
    cmp "$binary" bin/hawser-copy
    [[ -x bin/hawser-copy ]] || fail 'it cannot be run'
    copier install none
    exits 3
    says none
    copier install
    exits 2
}

a_copy_puts_the_program_where_a_wrapped_command_finds_it() {
    tree from
    mkdir bin
    copier copy --install bin --shared from to
    exits 0
    diff -r from to
    bin/hawser-copy run --back from:back -- true
    diff -r from back
    copier copy --install none from other
    exits 3
    says none
    [[ ! -e other ]] || fail 'something was copied'
}

run_cases "$@"
