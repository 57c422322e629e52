#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: output.sh HAWSER
#
# What dry-run, diff and explain print, and what they exit with.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

example=$(realpath "$(dirname -- "$0")/../../webhook/cli/examples/fan-out.yaml")

# A folder with an object that is injected, one that is denied and one of another kind.
three_objects() {
    policy scratch
    mkdir objects
    workflow a 'hawser.dev/policy: scratch' >objects/a.yaml
    workflow b 'hawser.dev/policy: gone' >objects/b.yaml
    printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n' >objects/c.yaml
}

# A workflow that mounts something else where the policy mounts its volume.
workflow_with_conflict() {
    workflow "$1" 'hawser.dev/policy: scratch'
    cat <<'EOF'
        volumeMounts:
          - {name: mine, mountPath: /scratch}
  volumes:
    - {name: mine, emptyDir: {}}
EOF
}
not_cases+=$'\nthree_objects\nworkflow_with_conflict'

a_denied_object_is_left_out() {
    three_objects
    hawser dry-run -f objects -p scratch.policy.yaml
    exits 1
    prints 'name: a'
    prints 'name: c'
    prints_not 'name: b'
    says 'hawser: objects/b.yaml:1: Workflow/b is denied: '
}

a_denied_object_alone_prints_nothing() {
    three_objects
    for output in yaml json patch status; do
        hawser dry-run -f objects/b.yaml -p scratch.policy.yaml -o "$output"
        exits 1
        prints_nothing
        says 'is denied: '
    done
}

a_warning_is_told_as_kubectl_tells_it() {
    policy scratch
    workflow_with_conflict a >a.yaml
    hawser dry-run -f a.yaml -p scratch.policy.yaml
    exits 0
    grep -qE "^Warning: template 'main'" err || fail 'no warning'
}

a_warning_names_its_object_among_several() {
    policy scratch
    workflow_with_conflict a >a.yaml
    workflow b >b.yaml
    hawser dry-run -f a.yaml -f b.yaml -p scratch.policy.yaml
    exits 0
    grep -qE "^Warning: Workflow/a: template 'main'" err || fail 'no warning'
}

one_object_is_printed_as_json() {
    three_objects
    hawser dry-run -f objects/a.yaml -p scratch.policy.yaml -o json
    exits 0
    says_nothing
    [[ $(head -n 2 out) == $'{\n    "apiVersion": "argoproj.io/v1alpha1",' ]] || fail 'JSON'
}

several_objects_are_printed_as_one_list() {
    three_objects
    hawser dry-run -f objects -p scratch.policy.yaml -o json
    exits 1
    [[ $(head -n 4 out) == $'{\n    "apiVersion": "v1",\n    "kind": "List",\n    "items": [' ]] ||
        fail 'JSON'
    [[ $(grep -c '^        {' out) == 2 ]] || fail 'items'
}

what_is_printed_is_read_again_and_left_alone() {
    policy scratch
    workflow a 'hawser.dev/policy: scratch' >a.yaml
    for output in yaml json; do
        hawser dry-run -f a.yaml -p scratch.policy.yaml -o "$output"
        mv out once
        hawser dry-run -f once -p scratch.policy.yaml -o "$output"
        exits 0
        prints_exactly <once
    done
}

the_patch_is_printed() {
    three_objects
    hawser dry-run -f objects/a.yaml -f objects/c.yaml -p scratch.policy.yaml -o patch
    exits 0
    prints '"path": "/spec/volumeClaimTemplates"'
    [[ $(tail -n 1 out) == '[]' ]] || fail 'no empty patch'
    [[ $(grep -c '^\[' out) == 2 ]] || fail 'patches'
}

the_status_is_printed() {
    three_objects
    hawser dry-run -f objects/a.yaml -f objects/c.yaml -p scratch.policy.yaml -o status
    exits 0
    prints '"volumes": ['
    [[ $(tail -n 1 out) == 'null' ]] || fail 'no null'
}

a_policy_of_the_command_line_stands_in_the_object() {
    policy scratch
    workflow a >a.yaml
    hawser dry-run -f a.yaml -p scratch.policy.yaml --policy scratch
    exits 0
    prints 'hawser.dev/policy: scratch'
    prints 'volumeClaimTemplates:'
}

an_unknown_policy_of_the_command_line_is_denied() {
    policy scratch
    workflow a >a.yaml
    hawser dry-run -f a.yaml -p scratch.policy.yaml --policy scrach
    exits 1
    says "'scrach'"
}

the_namespace_decides_whether_a_policy_applies() {
    policy scratch
    workflow a >a.yaml
    hawser dry-run -f a.yaml -p scratch.policy.yaml --policy scratch -n closed
    exits 1
    hawser dry-run -f a.yaml -p scratch.policy.yaml --policy scratch -n open
    exits 0
}

the_copiers_image_is_that_of_the_flag() {
    policy scratch
    cat >>scratch.policy.yaml <<'EOF'
  copies:
    - {name: src, from: {volume: scratch}, to: /src}
EOF
    workflow a >a.yaml
    hawser dry-run -f a.yaml -p scratch.policy.yaml --policy scratch
    exits 0
    prints 'image: ghcr.io/hawser-dev/hawser:'
    hawser dry-run -f a.yaml -p scratch.policy.yaml --policy scratch --copier-image here/copier:1
    exits 0
    prints 'image: here/copier:1'
}

a_difference_is_shown() {
    three_objects
    hawser diff -f objects/a.yaml -p scratch.policy.yaml
    exits 1
    says_nothing
    [[ $(head -n 2 out) == $'--- a/Workflow/a\n+++ b/Workflow/a' ]] || fail 'labels'
    prints '+  volumeClaimTemplates:'
    prints_not $'\e'
}

no_difference_is_no_output() {
    three_objects
    hawser diff -f objects/c.yaml -p scratch.policy.yaml
    exits 0
    prints_nothing
    says_nothing
}

a_denial_is_neither_equal_nor_different() {
    three_objects
    hawser diff -f objects/b.yaml -p scratch.policy.yaml
    exits 2
    prints_nothing
    says 'Workflow/b is denied: '
    hawser diff -f objects -p scratch.policy.yaml
    exits 2
    prints '+++ b/Workflow/a'
}

colour_is_a_choice() {
    three_objects
    hawser diff -f objects/a.yaml -p scratch.policy.yaml --color=always
    exits 1
    prints $'\e['
    hawser diff -f objects/a.yaml -p scratch.policy.yaml --color=never
    prints_not $'\e['
}

diff_without_diff_is_trouble() {
    three_objects
    PATH=/nonexistent hawser diff -f objects/a.yaml -p scratch.policy.yaml
    exits 3
    prints_nothing
    says 'cannot run diff(1), expected it in the PATH'
}

diff_that_fails_is_trouble() {
    three_objects
    mkdir bin
    printf '#!/bin/sh\nexit 2\n' >bin/diff
    chmod +x bin/diff
    PATH=$PWD/bin:$PATH hawser diff -f objects/a.yaml -p scratch.policy.yaml
    exits 3
    says 'diff(1) failed with exit code 2'
}

the_example_is_injected_by_a_shipped_policy() {
    hawser diff -f "$example"
    exits 1
    says_nothing
    prints '+  volumeClaimTemplates:'
    hawser explain -f "$example"
    exits 0
    [[ $(grep -cE '^(write|sum) +container +added +volume ' out) == 2 ]] || fail 'templates'
}

an_explanation_goes_template_by_template() {
    policy scratch
    workflow_with_conflict a >a.yaml
    hawser explain -f a.yaml -p scratch.policy.yaml
    exits 0
    says_nothing
    prints 'Workflow/a in namespace default: '
    grep -qE '^TEMPLATE +TYPE +RESULT +WHAT$' out || fail 'headings'
    grep -qE '^main +container +skipped +volume ' out || fail 'template'
}

an_explanation_tells_why_an_object_is_denied() {
    three_objects
    hawser explain -f objects -p scratch.policy.yaml
    exits 1
    prints 'Workflow/a in namespace default: injected'
    prints 'Workflow/b in namespace default: denied'
    prints 'ConfigMap/c: not a kind that hawser handles'
    prints "'gone'"
    says_nothing
}

an_explanation_fits_a_terminal() {
    policy scratch
    workflow_with_conflict a >a.yaml
    hawser explain -f a.yaml -p scratch.policy.yaml
    (($(wc -L <out) <= 100)) || fail 'too wide'
}

run_cases "$@"
