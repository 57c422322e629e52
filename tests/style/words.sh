#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: words.sh ROOT
#
# What does not belong into a file that others read: paths of the machine that it was written on,
# and notes of somebody who was not finished.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tree.bash
source "$(dirname -- "$0")/tree.bash"

# A letter in brackets, so that this file does not find itself.
paths='/[w]ork/|/tmp/[b]uild|/tmp/[b]ash_'
notes='\b(T[O]DO|F[I]XME|X[X]X)\b'

# find_words PATTERN EXPECTED
find_words()
{
    local file line text found
    found=$(list_files . | xargs -0 -r grep -HnIE -e "$1" || true)
    while IFS=: read -r file line text; do
        [[ -z $file ]] || finding "$file" "$line" "$2, found '${text:0:100}'"
    done <<<"$found"
}

cd -- "$1"
find_words "$paths" 'no path of one machine'
find_words "$notes" 'finished work, or an issue'
report
