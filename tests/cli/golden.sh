#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: golden.sh HAWSER
#
# The golden cases through the command line: it says what the webhook answers.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

golden=$(realpath "$(dirname -- "$0")/../golden")

# ask FOLDER FORMAT: have the case's input injected by its policies.
ask() {
    local policy=$1/policy.yaml

    [[ -e $policy ]] || policy=$golden/policy.yaml
    hawser dry-run -f "$1/input.yaml" -p "$policy" -o "$2" \
        --copier-image registry.example.com/hawser:golden
}

# each FORMAT FILE: compare what is printed with the expected FILE of every case of a plain CREATE.
each() {
    local folder compared=0

    for folder in "$golden"/*/; do
        [[ ! -e $folder/request.yaml ]] || continue
        ask "$folder" "$1"
        if [[ -e $folder/expected.denied ]]; then
            exits 1
            says "$(<"$folder/expected.denied")"
        else
            exits 0
            prints_exactly <"$folder/$2"
        fi
        compared=$((compared + 1))
    done
    ((compared > 0)) || fail 'no case was compared'
}
not_cases+=$'\nask\neach'

patches_are_those_of_the_webhook() {
    each patch expected.patch.json
}

objects_are_those_that_would_be_stored() {
    each yaml expected.yaml
}

run_cases "$@"
