# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Cases on the real binary. A file of cases sources this, defines one function for each case, named
# as the promise that it shows, and ends in `run_cases "$@"`. Its argument is the binary. A case
# runs in an empty folder of its own:
#
#     a_missing_file_is_named() {
#         hawser dry-run -f gone.yaml
#         exits 3
#         says "cannot open 'gone.yaml'"
#     }
set -euo pipefail

binary= # the program
code=0  # what it exited with

# Run the binary; keep what it prints, what it says on standard error, and its exit code.
hawser() {
    code=0
    "$binary" "$@" >out 2>err || code=$?
}

fail() {
    {
        echo "$*"
        echo "--- standard output"
        head -n 30 out
        echo "--- standard error"
        head -n 30 err
    } >why
    exit 1
}

exits() {
    ((code == $1)) || fail "exit code $code, expected $1"
}

# Some line of standard output, or standard error, holds the text.
prints() {
    grep -qF -e "$1" out || fail "standard output lacks: $1"
}

prints_not() {
    ! grep -qF -e "$1" out || fail "standard output holds: $1"
}

says() {
    grep -qF -e "$1" err || fail "standard error lacks: $1"
}

prints_nothing() {
    [[ ! -s out ]] || fail "standard output is not empty"
}

says_nothing() {
    [[ ! -s err ]] || fail "standard error is not empty"
}

# Standard output is exactly what standard input says.
prints_exactly() {
    diff -u - out >why || exit 1
}

# policy NAME: write NAME.policy.yaml, a policy of one volume.
policy() {
    cat >"$1.policy.yaml" <<EOF
apiVersion: hawser.dev/v1
kind: VolumePolicy
metadata:
  name: $1
spec:
  match:
    excludeNamespaces: [closed]
  volumes:
    - name: $1
      transient: {storageClassName: nfs, size: 1Gi}
      mountPath: /$1
EOF
}

# workflow NAME [ANNOTATION]: print a workflow of one step.
workflow() {
    cat <<EOF
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: $1
  annotations: {${2-}}
spec:
  entrypoint: main
  templates:
    - name: main
      container:
        image: alpine
EOF
}

not_cases=$(compgen -A function)

run_case() {
    local name=$1 number=$2 folder=$work/$1

    mkdir "$folder"
    if (cd "$folder" && touch out err why && "$name"); then
        echo "ok $number - $name"
        return
    fi
    echo "not ok $number - $name"
    sed 's/^/# /' "$folder/why"
}

run_cases() {
    local name number=0 cases

    binary=$(realpath "$1")
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mapfile -t cases <<<"$(compgen -A function | grep -vxF -e "$not_cases")"
    echo "1..${#cases[@]}"
    for name in "${cases[@]}"; do
        number=$((number + 1))
        run_case "$name" "$number"
    done
}
not_cases+=$'\nrun_case\nrun_cases'
