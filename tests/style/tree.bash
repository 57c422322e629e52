# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the checks of this folder share: which files there are, and how a finding looks. A check is
# given the root of the tree, prints "file:line: what was expected" for each finding and ends with 1
# when there was one, with 77 when its tool is not installed. The tree need not be a git checkout.

findings=0

# list_files ROOT [FIND-EXPRESSION...]: paths below ROOT, each ended by a NUL, without those of git
# and of builds.
list_files()
{
    local root=$1
    shift
    (cd -- "$root" && find . \( -path './build*' -type d -o -name .git \) -prune -o \
        -type f "$@" -printf '%P\0') | LC_ALL=C sort -z
}

# finding FILE LINE EXPECTED
finding()
{
    printf '%s:%s: expected %s\n' "$1" "$2" "$3"
    findings=$((findings + 1))
}

# need TOOL
need()
{
    if ! command -v "$1" >/dev/null; then
        echo "$1 is not installed"
        exit 77
    fi
}

# The end of every check.
report()
{
    if ((findings > 0)); then
        echo "$findings findings"
        exit 1
    fi
}
