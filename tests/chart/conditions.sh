#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: conditions.sh ROOT YAML_TO_JSON
#
# Which objects the API server asks hawser about, and which ones it refuses: conditions.mjs decides on
# the rows of conditions.json as it would. CEL names a folder in which @bufbuild/cel is installed,
# HELM a helm; without them this is skipped.
set -euo pipefail

if [[ -z ${HELM:-} || -z ${CEL:-} ]]; then
    echo '1..0 # SKIP HELM or CEL is not set'
    exit 0
fi
here=$(dirname -- "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$HELM" template hawser "$1/deploy/chart" --namespace hawser --kube-version 1.30.0 \
    --set enforcement.enabled=true >"$work/rendered"
"$2" "$work/rendered" >"$work/objects"
node "$here/conditions.mjs" "$work/objects" "$here/conditions.json"
