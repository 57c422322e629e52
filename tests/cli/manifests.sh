#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: manifests.sh HAWSER
#
# What -f takes, and what is wrong with the rest.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

# What every case that is about the input does.
dry_run() {
    policy scratch
    hawser dry-run -p scratch.policy.yaml "$@"
}
not_cases+=$'\ndry_run'

a_file_is_injected() {
    workflow a 'hawser.dev/policy: scratch' >a.yaml
    dry_run -f a.yaml
    exits 0
    says_nothing
    sed -i -E 's/"[0-9a-f]{16}"/"HASH"/' out
    prints_exactly <<'EOF'
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: a
  annotations:
    hawser.dev/policy: scratch
    hawser.dev/status: '{"policies":{"scratch":"HASH"},"templates":["main"],"volumes":["scratch"]}'
spec:
  entrypoint: main
  templates:
  - name: main
    container:
      image: alpine
      volumeMounts:
      - name: scratch
        mountPath: /scratch
  volumeClaimTemplates:
  - metadata:
      name: scratch
    spec:
      accessModes:
      - ReadWriteMany
      storageClassName: nfs
      resources:
        requests:
          storage: 1Gi
EOF
}

standard_input_is_injected() {
    policy scratch
    workflow a | "$binary" dry-run -f - -p scratch.policy.yaml --policy scratch >out 2>err
    prints 'volumeClaimTemplates:'
    says_nothing
}

a_named_pipe_is_a_file() {
    mkfifo pipe
    workflow a >pipe &
    dry_run -f pipe
    wait
    exits 0
    prints 'name: a'
}

several_files_keep_their_order() {
    workflow b >1.yaml
    workflow a >2.yaml
    dry_run -f 1.yaml -f 2.yaml
    exits 0
    [[ $(grep -E '^(---|  name:)' out) == $'  name: b\n---\n  name: a' ]] || fail 'order'
}

a_folder_stands_for_its_manifests() {
    mkdir -p folder/deeper
    workflow c >folder/c.json
    workflow a >folder/a.yaml
    workflow b >folder/b.yml
    workflow d >folder/d.txt
    workflow e >folder/deeper/e.yaml
    dry_run -f folder
    exits 0
    [[ $(grep '^  name:' out) == $'  name: a\n  name: b\n  name: c' ]] || fail 'files'
}

a_folder_without_manifests_is_trouble() {
    mkdir folder
    touch folder/README.md
    dry_run -f folder
    exits 3
    prints_nothing
    says "folder 'folder' holds no manifests, expected *.yaml, *.yml or *.json"
}

documents_are_separated() {
    { workflow a; echo ---; echo '# nothing'; echo ---; workflow b; } >a.yaml
    dry_run -f a.yaml --policy scratch
    exits 0
    [[ $(grep -c '^---$' out) == 1 ]] || fail 'separators'
    [[ $(grep -c volumeClaimTemplates: out) == 2 ]] || fail 'objects'
}

a_list_keeps_its_wrapper() {
    {
        printf 'apiVersion: v1\nkind: List\nmetadata: {}\nitems:\n'
        workflow a | sed '1s/^/- /; 1!s/^/  /'
        echo '- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}'
    } >a.yaml
    dry_run -f a.yaml --policy scratch
    exits 0
    [[ $(head -n 2 out) == $'apiVersion: v1\nkind: List' ]] || fail 'wrapper'
    prints '  kind: ConfigMap'
    prints 'volumeClaimTemplates:'
}

a_workflow_list_is_a_list() {
    cat >a.yaml <<'EOF'
apiVersion: argoproj.io/v1alpha1
kind: WorkflowList
items:
- metadata: {name: a}
  spec: {entrypoint: m, templates: [{name: m, container: {image: alpine}}]}
EOF
    dry_run -f a.yaml --policy scratch
    exits 0
    prints 'kind: WorkflowList'
    prints 'volumeClaimTemplates:'
}

other_kinds_pass_unchanged() {
    cat >a.yaml <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: elsewhere
data:
  'yes': 'no'
  count: '010'
EOF
    dry_run -f a.yaml --policy scratch -n here
    exits 0
    says_nothing
    prints_exactly <a.yaml
}

scalars_have_the_types_that_kubectl_gives_them() {
    echo '{apiVersion: v1, kind: T, a: yes, b: 010, c: 1.0, d: 18446744073709551616, e: ~}' >a.yaml
    dry_run -f a.yaml
    exits 0
    prints 'a: true'
    prints 'b: 8'
    prints 'c: 1'
    prints 'd: 18446744073709552000'
    prints 'e: null'
}

json_is_read() {
    cat >a.json <<'EOF'
{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "a"},
 "spec": {"entrypoint": "m", "templates": [{"name": "m", "container": {"image": "alpine"}}]}}
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}
EOF
    dry_run -f a.json --policy scratch
    exits 0
    prints 'volumeClaimTemplates:'
    prints 'kind: ConfigMap'
}

a_missing_file_is_named() {
    dry_run -f gone.yaml
    exits 3
    prints_nothing
    says "cannot open 'gone.yaml': No such file or directory"
}

a_file_with_a_strange_name_is_named() {
    dry_run -f $'\xff\n.yaml'
    exits 3
    says 'No such file or directory'
}

a_link_to_itself_is_named() {
    ln -s loop.yaml loop.yaml
    dry_run -f loop.yaml
    exits 3
    says "cannot open 'loop.yaml'"
}

what_is_not_yaml_is_shown_with_its_place() {
    printf 'a: 1\nb: [1, 2\nc: 3\n' >a.yaml
    dry_run -f a.yaml
    exits 2
    prints_nothing
    says 'hawser: a.yaml:3:'
    says '^'
}

what_is_not_json_is_shown_with_its_place() {
    printf '{"a": 1,\n "b": }\n' >a.json
    dry_run -f a.json
    exits 2
    prints_nothing
    says 'hawser: a.json: line 2, column'
}

binary_input_is_refused() {
    head -c 4096 "$binary" >a.yaml
    dry_run -f a.yaml
    exits 2
    prints_nothing
    says 'hawser: a.yaml:1:'
}

a_document_that_is_no_object_is_refused() {
    { workflow a; echo ---; echo hello; } >a.yaml
    dry_run -f a.yaml
    exits 2
    prints_nothing
    says 'found a string, expected a Kubernetes object'
}

an_object_without_a_kind_is_refused() {
    echo 'apiVersion: v1' >a.yaml
    dry_run -f a.yaml
    exits 2
    says "hawser: a.yaml:1: 'kind' is missing, expected a Kubernetes object"
}

one_bad_file_changes_nothing() {
    workflow a >a.yaml
    echo '[' >b.yaml
    for command in dry-run diff explain; do
        hawser "$command" --policy scratch -f a.yaml -f b.yaml
        exits 2
        prints_nothing
    done
}

empty_input_is_no_success() {
    for text in '' $'\n' '# nothing' $'---\n---\n'; do
        printf '%s' "$text" >a.yaml
        dry_run -f a.yaml
        exits 2
        says 'a.yaml holds no objects'
    done
}

a_closed_standard_input_is_trouble() {
    code=0
    "$binary" dry-run -f - <&- >out 2>err || code=$?
    exits 3
    says 'standard input'
}

input_without_end_is_refused() {
    policy scratch
    code=0
    "$binary" dry-run -f - </dev/zero >out 2>err || code=$?
    exits 2
    says 'standard input'
    says 'larger than'
}

a_hundred_files_are_one_run() {
    mkdir folder
    for i in {100..209}; do
        workflow "w$i" 'hawser.dev/policy: scratch' >"folder/$i.yaml"
    done
    dry_run -f folder
    exits 0
    [[ $(grep -c volumeClaimTemplates: out) == 110 ]] || fail 'objects'
}

the_namespace_of_an_object_contradicts_the_flag() {
    workflow a | sed 's/^  name: a/&\n  namespace: there/' >a.yaml
    dry_run -f a.yaml -n here
    exits 2
    prints_nothing
    says "a.yaml:1: Workflow/a: its namespace is 'there', which contradicts --namespace 'here'"
}

run_cases "$@"
