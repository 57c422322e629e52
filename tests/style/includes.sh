#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: includes.sh ROOT
#
# Includes go one way only. A folder may include itself and the folders that the table names; tests
# may include everything, and a unit test beside its module (*_test.c) the test tools as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tree.bash
source "$(dirname -- "$0")/tree.bash"

declare -A may_include=(
    [base]='base'
    [policies]='base policies'
    [certs]='base certs'
    [webhook]='base policies certs webhook'
    [deploy/kube]='base certs deploy/kube'
    [deploy/storage]='base policies certs deploy/kube deploy/storage'
    [deploy/controller]='base policies certs deploy/kube deploy/storage deploy/controller'
    [deploy/copier]='base deploy/copier'
)
test_tools=(tests/test.h tests/command_line.h tests/folder.h tests/proc.h tests/schema/schema.h
    tests/exposition/exposition_page.h
    tests/api_server/api_server.h tests/api_server/object_store.h)

# The folder of the table that a path lies in: deploy/ has two programs.
folder_of()
{
    case $1 in
    deploy/*/*) cut -d / -f 1,2 <<<"$1" ;;
    *) echo "${1%%/*}" ;;
    esac
}

check_include()
{
    local file=$1 line=$2 included=$3
    local folder target
    folder=$(folder_of "$file")
    target=$(folder_of "$included")
    if [[ $included != */* ]]; then
        finding "$file" "$line" "a path from the root of the tree, found \"$included\""
    elif [[ $folder == tests ]]; then
        return
    elif [[ ! -v may_include[$folder] ]]; then
        finding "$file" "$line" "no includes in a folder that $0 does not know"
    elif [[ $file == *_test.[ch] && " ${test_tools[*]} " == *" $included "* ]]; then
        return
    elif [[ " ${may_include[$folder]} " != *" $target "* ]]; then
        finding "$file" "$line" "includes from ${may_include[$folder]} only, found \"$included\""
    fi
}

root=$1
found=$(cd -- "$root"; list_files . -name '*.[ch]' |
    xargs -0 -r grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' || true)
while IFS=: read -r file line text; do
    [[ $text =~ \"([^\"]*)\" ]] || continue
    check_include "$file" "$line" "${BASH_REMATCH[1]}"
done <<<"$found"
report
