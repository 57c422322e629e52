#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: usage.sh HAWSER
#
# Commands, flags, help, and what becomes of the output.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

commands=(dry-run diff explain lint policies serve version help)

no_command_shows_the_commands_and_fails() {
    hawser
    exits 2
    prints_nothing
    says 'Usage: hawser COMMAND [flags]'
}

help_lists_every_command() {
    for word in help --help -h; do
        hawser "$word"
        exits 0
        says_nothing
        for command in "${commands[@]}"; do
            prints "  $command "
        done
    done
}

every_command_has_help_with_an_example() {
    for command in "${commands[@]}"; do
        hawser "$command" --help
        exits 0
        says_nothing
        prints "Usage: hawser $command"
        prints 'Exit codes:'
        prints 'Example:'
        mv out by-flag
        hawser help "$command"
        exits 0
        cmp -s out by-flag || fail "help $command and $command --help differ"
        hawser "$command" -h
        cmp -s out by-flag || fail "$command -h and $command --help differ"
    done
}

help_on_an_unknown_command_is_refused() {
    hawser help nonsense
    exits 2
    says "no help on 'nonsense'; see 'hawser help'"
}

the_version_is_printed() {
    for word in version --version; do
        hawser "$word"
        exits 0
        grep -qxE 'hawser [0-9]+\.[0-9]+\.[0-9]+' out || fail 'no version'
    done
}

an_unknown_command_is_refused() {
    hawser nonsense
    exits 2
    prints_nothing
    says "unknown command 'nonsense'; see 'hawser help'"
}

a_misspelt_command_is_recognised() {
    hawser dryrun -f x
    exits 2
    says "unknown command 'dryrun', did you mean 'dry-run'?"
}

an_unknown_flag_is_refused_by_every_command() {
    for command in dry-run diff explain lint policies serve version; do
        hawser "$command" --nonsense
        exits 2
        prints_nothing
        says "unknown or ambiguous flag '--nonsense'; see 'hawser $command --help'"
    done
}

an_argument_that_is_no_flag_is_refused() {
    hawser dry-run workflow.yaml
    exits 2
    says "unexpected argument 'workflow.yaml', manifests are given with -f"
}

manifests_are_required() {
    for command in dry-run diff explain; do
        hawser "$command"
        exits 2
        says 'no manifests, expected -f FILE, -f DIR or -f -'
    done
}

a_server_that_cannot_start_says_why() {
    hawser serve --listen nonsense --health-listen 127.0.0.1:0
    exits 2
    says "'nonsense' is no address to listen on"

    echo 'kind: VolumePolicy' >bad.yaml
    hawser serve --health-listen 127.0.0.1:0 --listen 127.0.0.1:0 -p bad.yaml
    exits 2
    says 'bad.yaml:1:1'

    hawser serve --health-listen 127.0.0.1:0 --listen 127.0.0.1:0 -p gone.yaml
    exits 3
    says "'gone.yaml'"

    printf 'apiVersion: hawser.dev/v1\nkind: ServerConfiguration\nlisten: 1\n' >bad.yaml
    hawser serve --config bad.yaml
    exits 2
    says 'bad.yaml:3:9'

    hawser serve --tls-cert-file tls.crt
    exits 2
    says '--tls-private-key-file'
}

an_unknown_output_is_refused() {
    workflow a >a.yaml
    hawser dry-run -f a.yaml -o xml
    exits 2
    prints_nothing
    says "--output takes yaml, json, patch or status, not 'xml'"
}

a_full_disk_is_reported() {
    [[ -e /dev/full ]] || return 0
    workflow a >a.yaml
    for arguments in 'version' 'help' 'policies' 'lint' 'dry-run -f a.yaml' 'explain -f a.yaml' \
        'diff -f a.yaml --policy scratch'; do
        code=0
        # shellcheck disable=SC2086 # words on purpose
        "$binary" $arguments >/dev/full 2>err || code=$?
        exits 3
        says 'hawser: '
    done
}

a_closed_standard_output_is_reported() {
    workflow a >a.yaml
    for arguments in 'version' 'dry-run -f a.yaml' 'diff -f a.yaml --policy scratch'; do
        code=0
        # shellcheck disable=SC2086 # words on purpose
        "$binary" $arguments >&- 2>err || code=$?
        exits 3
    done
    [[ $(workflow a) == "$(cat a.yaml)" ]] || fail 'the input was written to'
}

a_reader_that_went_away_is_reported() {
    workflow a >a.yaml
    mkfifo gone
    : <gone &
    exec 4>gone
    wait $!
    for arguments in 'version' 'dry-run -f a.yaml' 'diff -f a.yaml --policy scratch'; do
        code=0
        # shellcheck disable=SC2086 # words on purpose
        "$binary" $arguments >&4 2>err || code=$?
        exits 3
        says 'hawser: '
    done
}

control_characters_do_not_reach_the_terminal() {
    hawser $'non\e[2Jsense\x9b'
    exits 2
    says 'non?[2Jsense'
}

run_cases "$@"
