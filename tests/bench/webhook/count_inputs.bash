# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The reviews that are counted, and the policies that they are answered under. To be sourced after
# build.bash; $reviews and $hawser are the programs, files go to $work.

set -euo pipefail
: "${reviews?}" "${hawser?}" "${work?}"

opted_in=(hawser.dev/inject true)

# change ARGUMENT...: of jq, which prints a review on one line.
change() {
    jq -c "$@"
}

# The object of the review on standard input as hawser leaves it, in the same review.
inject_already() {
    local review=$work/before object=$work/object

    cat >"$review"
    jq -c .request.object "$review" |
        "$hawser" dry-run -f - -n team-a -o json >"$object" 2>"$work/dry-run" ||
        fail "$(<"$work/dry-run")"
    # shellcheck disable=SC2016 # variables of jq
    change --slurpfile object "$object" '.request.object = $object[0]' "$review"
}

# A WorkflowTemplate instead of the Workflow, of which an annotation is changed.
update() {
    change '
        (.request | .kind, .requestKind).kind = "WorkflowTemplate"
        | (.request | .resource, .requestResource).resource = "workflowtemplates"
        | .request.operation = "UPDATE"
        | .request.name = "nightly-report"
        | .request.object.kind = "WorkflowTemplate"
        | .request.object.metadata |= (del(.generateName) | .name = "nightly-report")
        | .request.oldObject = .request.object
        | .request.oldObject.metadata.annotations = {}'
}

# write_policy NAME SPEC: one document.
write_policy() {
    printf -- '---\n{apiVersion: hawser.dev/v1, kind: VolumePolicy, metadata: {name: %s}, spec: %s}\n' \
        "$1" "$2"
}

# A policy under which steps work on a copy, and what they make there goes back.
write_copies() {
    write_policy copies '{volumes: [{name: workdir,
        transient: {storageClassName: nfs, size: 10Gi}, mountPath: /workdir}],
        copies: [{name: src, from: {volume: workdir, path: src}, to: /src,
        copyBack: {path: "results/{{pod.name}}"}}]}'
}

# write_policies N: each with a volume of its own.
write_policies() {
    local i

    for ((i = 0; i < $1; i++)); do
        write_policy "p$i" "{volumes: [{name: v$i, persistent: {claimName: c$i}, mountPath: /m$i}]}"
    done
}

# The annotation that takes N policies of these: p0,p1,...
all_policies() {
    local i names=

    for ((i = 0; i < $1; i++)); do
        names+=,p$i
    done
    echo "${names#,}"
}

# small_templates N: opted in, with so little in each that 5,000 are no larger than an object may be.
small_templates() {
    "$reviews" $(($1 + 1)) "${opted_in[@]}" | change '.request.object.spec.templates |= .[:1]
        + (.[1:] | map({name, container: (.container | {image, command})}))'
}

# long_texts BYTES: a review of about so many, which did not opt in. The texts of a step grow.
long_texts() {
    # shellcheck disable=SC2016 # variables of jq
    "$reviews" 2 | change --argjson n "$1" '
        ("echo \"a line of a script\"\n" * 40) as $text
        | (tojson | length) as $small
        | ($text | tojson | length + 1) as $each
        | .request.object.spec.templates[1].container.args = (
            [range(($n - $small) / $each | floor) | $text]
            + [" " * ([($n - $small) % $each, 0] | max)])'
}
