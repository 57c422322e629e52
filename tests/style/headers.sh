#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: headers.sh ROOT [COMPILER...]
#
# Each header begins with its licence and #pragma once, and needs nothing included before it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tree.bash
source "$(dirname -- "$0")/tree.bash"

root=$1
shift
compiler=("${@:-cc}")
read -ra flags <<<"$(pkg-config --silence-errors --cflags \
    jansson yaml-0.1 libcrypto libcurl libmicrohttpd cmocka || true)"

compile_alone()
{
    "${compiler[@]}" -x c -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only \
        -I "$root" "${flags[@]}" - <<<"#include \"$1\"" 2>&1
}

found=$(list_files "$root" -name '*.h' | tr '\0' '\n')
while IFS= read -r file; do
    [[ -n $file ]] || continue
    {
        IFS= read -r first || true
        IFS= read -r second || true
    } <"$root/$file"
    if [[ $first != '/* SPDX-License-Identifier: Apache-2.0 */' ]]; then
        finding "$file" 1 '/* SPDX-License-Identifier: Apache-2.0 */'
    fi
    if [[ $second != '#pragma once' ]]; then
        finding "$file" 2 '#pragma once'
    fi
    if ! output=$(compile_alone "$file"); then
        finding "$file" 1 "to compile without an include before it:"$'\n'"$output"
    fi
done <<<"$found"
report
