#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: policies.sh HAWSER
#
# What -p takes, what lint says, and what is wrong with the rest.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

the_shipped_policies_are_fine() {
    hawser lint --strict
    exits 0
    says_nothing
    grep -qE ': ok$' out || fail 'not ok'
}

the_shipped_policies_can_be_copied() {
    hawser policies
    exits 0
    mv out copy.yaml
    hawser lint --strict -p copy.yaml
    exits 0
    mv out with-copy
    hawser lint
    [[ $(tail -n 1 out) == "$(tail -n 1 with-copy)" ]] || fail 'the copy differs'
}

a_policy_is_counted() {
    policy scratch
    hawser lint -p scratch.policy.yaml
    exits 0
    says_nothing
    prints '1 policy, 0 provisioners: '
}

a_folder_of_policies_is_one_set() {
    mkdir set
    for name in one two; do
        policy "$name"
        mv "$name.policy.yaml" "set/$name.yaml"
    done
    hawser lint -p set
    exits 0
    prints '2 policies, 0 provisioners: '
}

a_warning_is_an_error_only_with_strict() {
    policy one
    policy two
    mkdir set
    sed -i 's/^spec:/&\n  default: true/; s,mountPath: .*,mountPath: /same,' ./*.policy.yaml
    mv one.policy.yaml two.policy.yaml set
    hawser lint -p set
    exits 0
    prints ': warning: '
    prints '2 policies, 0 provisioners: 1 warning'
    hawser lint -p set --strict
    exits 1
    prints ': warning: '
}

# Each bad policy is refused by every command that takes policies, with its place.
refused() {
    local command

    workflow a >a.yaml
    for command in lint 'dry-run -f a.yaml' 'diff -f a.yaml' 'explain -f a.yaml'; do
        # shellcheck disable=SC2086 # words on purpose
        hawser $command -p bad.yaml
        exits 2
        prints_nothing
        says "$1"
        says '^'
    done
}
not_cases+=$'\nrefused'

an_unknown_key_is_refused() {
    policy scratch
    sed 's/mountPath/mountPaht/' scratch.policy.yaml >bad.yaml
    refused 'hawser: bad.yaml:11:7: '
}

a_wrong_type_is_refused() {
    policy scratch
    sed 's,mountPath: .*,mountPath: [/scratch],' scratch.policy.yaml >bad.yaml
    refused 'hawser: bad.yaml:11:18: '
}

a_key_that_stands_twice_is_refused() {
    policy scratch
    sed 's,^      mountPath: .*,&\n&,' scratch.policy.yaml >bad.yaml
    refused 'hawser: bad.yaml:12:7: '
}

a_policy_that_is_not_yaml_is_refused() {
    printf 'apiVersion: hawser.dev/v1\nkind: [\n' >bad.yaml
    refused 'hawser: bad.yaml:'
}

an_empty_policy_file_is_refused() {
    : >empty.yaml
    hawser lint -p empty.yaml
    exits 2
    prints_nothing
    says empty.yaml
}

a_missing_policy_file_is_trouble() {
    workflow a >a.yaml
    for command in lint 'dry-run -f a.yaml'; do
        # shellcheck disable=SC2086 # words on purpose
        hawser $command -p gone.yaml
        exits 3
        prints_nothing
        says gone.yaml
    done
}

a_folder_without_policies_is_refused() {
    mkdir empty
    hawser lint -p empty
    ((code == 2 || code == 3)) || fail "exit code $code"
    says empty
}

binary_policies_are_refused() {
    head -c 4096 "$binary" >bad.yaml
    hawser lint -p bad.yaml
    exits 2
    says bad.yaml
}

run_cases "$@"
