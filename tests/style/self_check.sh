#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: self_check.sh
#
# A check that finds nothing is worth something only if it finds what was planted. Each case makes a
# small tree, runs one check on it, and compares its end and its finding.
set -euo pipefail

here=$(cd -- "$(dirname -- "$0")" && pwd)
root=$(cd -- "$here/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf -- "$tree"' EXIT
failures=0
cases=0
header='/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
'

# plant FILE TEXT: an empty tree with only this file, and the style of the real one.
plant()
{
    find "$tree" -mindepth 1 -delete
    cp -- "$root/.clang-format" "$tree/"
    add "$@"
}

# add FILE TEXT
add()
{
    mkdir -p -- "$tree/$(dirname -- "$1")"
    printf '%s' "$2" >"$tree/$1"
}

# expect CHECK FINDING: an empty FINDING for none.
expect()
{
    local output status=0
    cases=$((cases + 1))
    output=$("$here/$1.sh" "$tree" 2>&1) || status=$?
    if [[ $status -eq 77 ]]; then
        return
    fi
    if [[ -z $2 && $status -eq 0 ]] || [[ -n $2 && $status -eq 1 && $output == "$2"* ]]; then
        return
    fi
    echo "case $cases: $1 ended with $status and said '$output', expected '$2'"
    failures=$((failures + 1))
}

check_include()
{
    plant "$1" "int x;"$'\n'"#include \"$2\""$'\n'
    expect includes "$3"
}

includes_cases()
{
    check_include base/a.c base/a.h ''
    check_include base/a.c policies/a.h "base/a.c:2: expected includes from base only"
    check_include policies/a.h base/a.h ''
    check_include policies/a.h webhook/inject/a.h 'policies/a.h:2: '
    check_include policies/a.h certs/a.h 'policies/a.h:2: '
    check_include certs/a.c policies/a.h 'certs/a.c:2: '
    check_include webhook/cli/a.c certs/a.h ''
    check_include webhook/cli/a.c webhook/inject/a.h ''
    check_include webhook/inject/a.c deploy/controller/a.h 'webhook/inject/a.c:2: '
    check_include deploy/controller/a.c policies/a.h ''
    check_include deploy/controller/a.c webhook/a.h 'deploy/controller/a.c:2: '
    check_include deploy/controller/a.c deploy/copier/a.h 'deploy/controller/a.c:2: '
    check_include deploy/copier/a.c deploy/copier/a.h ''
    check_include deploy/copier/a.c base/a.h ''
    check_include deploy/copier/a.c policies/a.h 'deploy/copier/a.c:2: '
    check_include base/a.c tests/test.h 'base/a.c:2: '
    check_include base/a_test.c tests/test.h ''
    check_include base/a_test.c tests/schema/schema.h ''
    check_include webhook/server/a_test.c tests/exposition/exposition_page.h ''
    check_include base/a_test.h tests/test.h ''
    check_include base/a_test.c tests/golden/a.h 'base/a_test.c:2: '
    check_include base/a_test.c policies/a.h 'base/a_test.c:2: '
    check_include tests/fuzz/a.c deploy/copier/a.h ''
    check_include base/a.c a.h 'base/a.c:2: expected a path from the root'
    check_include util/a.c base/a.h 'util/a.c:2: '
    plant base/a.c $'  #  include   "webhook/a.h"\n'
    expect includes 'base/a.c:1: '
    plant build/a.c $'#include "a.h"\n'
    expect includes ''
}

banned_cases()
{
    local name
    for name in strcpy strcat sprintf vsprintf strncpy strncat strtok atoi gmtime localtime alloca; do
        plant base/a.c $'\n'"    x = $name(a, b);"$'\n'
        expect banned "base/a.c:2: expected "
        plant base/a.c "$name (a);"$'\n'
        expect banned 'base/a.c:1: expected '
        plant base/a.c "my_$name(a); $name""_r(a); n$name(a); $name""x(a);"$'\n'
        expect banned ''
    done
    plant base/a.c $'snprintf(a); vsnprintf(a); gmtime_r(a); /* not strcpy */\n'
    expect banned ''
}

headers_cases()
{
    plant base/a.h "${header}#include <stddef.h>"$'\nsize_t a(void);\n'
    expect headers ''
    plant base/a.h "${header}size_t a(void);"$'\n'
    expect headers 'base/a.h:1: expected to compile without'
    plant base/a.h "#pragma once"$'\n'
    expect headers 'base/a.h:1: expected /* SPDX'
    plant base/a.h '/* SPDX-License-Identifier: Apache-2.0 */'$'\n#ifndef A\n#define A\n#endif\n'
    expect headers 'base/a.h:2: expected #pragma once'
    plant base/a.h "${header}static int a(void) { int x; return 0; }"$'\n'
    expect headers 'base/a.h:1: expected to compile without'
    plant base/a.h ''
    expect headers 'base/a.h:1: expected /* SPDX'
}

format_cases()
{
    plant base/a.c $'int a;\nint b;\n'
    expect format ''
    plant base/a.c $'int a;\nint  b;\n'
    expect format 'base/a.c:2: expected '
    plant base/a.h $'int f(int *x);\nint f(int* x);\n'
    expect format 'base/a.h:2: expected '
}

shell_cases()
{
    plant tests/a.sh $'#!/usr/bin/env bash\nset -euo pipefail\necho "$1"\n'
    expect shell ''
    plant tests/a.sh $'#!/usr/bin/env bash\nset -euo pipefail\necho $1\n'
    expect shell 'tests/a.sh:3: expected '
    plant check $'#!/bin/bash\nset -euo pipefail\nrm $1\n'
    expect shell 'check:3: expected '
    plant check $'#!/bin/sh\ncd $1\n'
    expect shell 'check:2: expected '
    plant check.py $'#!/usr/bin/env python3\nprint($1)\n'
    expect shell ''
}

words_cases()
{
    local word
    for word in '/''work/main' '/tmp/''build-x' 'TO''DO' 'FIX''ME: a' 'XX''X'; do
        plant README.md $'\n'"see $word"$'\n'
        expect words 'README.md:2: expected '
        plant "a folder/$word.md" ''
        add 'a folder/.x' "$word"
        expect words 'a folder/.x:1: expected '
    done
    plant README.md $'/workdir/main, at work/a, TODOS, a file XXXXXX, /tmp/x\n'
    expect words ''
    plant build/README.md $'TO''DO\n'
    expect words ''
}

includes_cases
banned_cases
headers_cases
format_cases
shell_cases
words_cases
echo "$cases cases, $failures failures"
((failures == 0))
