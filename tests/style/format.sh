#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: format.sh ROOT
#
# C files are as clang-format writes them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tree.bash
source "$(dirname -- "$0")/tree.bash"

need clang-format
cd -- "$1"
last=
found=$(list_files . -name '*.[ch]' |
    xargs -0 -r clang-format --dry-run -Werror --fno-color-diagnostics 2>&1 || true)
while IFS=: read -r file line _ kind _; do
    if [[ $kind == ' error' && $file != "$last" ]]; then
        finding "$file" "$line" "what \`clang-format -i\` makes of it"
        last=$file
    fi
done <<<"$found"
report
