#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: banned.sh ROOT
#
# Functions that cannot be used safely, or not from several threads. Mentioning one in a comment
# is fine as long as no parenthesis follows.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tree.bash
source "$(dirname -- "$0")/tree.bash"

declare -A instead=(
    [strcpy]='memcpy() or base/buf.h'
    [strcat]='base/buf.h'
    [strncpy]='memcpy() or snprintf()'
    [strncat]='base/buf.h'
    [stpcpy]='memcpy() or base/buf.h'
    [stpncpy]='memcpy() or snprintf()'
    [sprintf]='snprintf()'
    [vsprintf]='vsnprintf()'
    [gets]='base/file.h'
    [strtok]='strcspn()'
    [atoi]='a checked strtol()'
    [atol]='a checked strtol()'
    [atoll]='a checked strtoll()'
    [atof]='a checked strtod()'
    [gmtime]='gmtime_r()'
    [localtime]='gmtime_r()'
    [asctime]='strftime()'
    [ctime]='strftime()'
    [alloca]='malloc()'
    [strdupa]='strdup()'
    [strndupa]='strndup()'
    [tmpnam]='mkstemp()'
    [mktemp]='mkstemp()'
)

root=$1
names=$(IFS='|' && echo "${!instead[*]}")
pattern="(^|[^A-Za-z0-9_])($names)[[:space:]]*\("
found=$(cd -- "$root"; list_files . -name '*.[ch]' | xargs -0 -r grep -HnE "$pattern" || true)
while IFS=: read -r file line text; do
    [[ $text =~ $pattern ]] || continue
    name=${BASH_REMATCH[2]}
    finding "$file" "$line" "${instead[$name]} instead of $name()"
done <<<"$found"
report
