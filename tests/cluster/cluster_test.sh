#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The life of a cluster: it goes with the test that started it, and harms nobody else.
set -euo pipefail
here=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cluster.bash
source "$here/cluster.bash"
# shellcheck source-path=SCRIPTDIR source=cases.bash
source "$here/cases.bash"

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

# A test that starts a cluster in folder $1 and hangs. It has no child of its own, which would outlive
# it and hold what it inherits.
other_test() {
    # shellcheck disable=SC2016 # expanded inside
    exec bash -c 'source "$0/cluster.bash"; cluster_start "$1" --containers
        touch "$1/started"; kill -STOP $$' "$here" "$1"
}

no_process_of() {
    ! pgrep -f -- "$1/"
}

cases_follow

a_killed_test_takes_its_cluster_with_it() {
    local test

    other_test "$work/killed" >"$work/said" 2>&1 &
    test=$!
    cluster_wait 20 test -e "$work/killed/started"
    pgrep -f -- "$work/killed/" >/dev/null || fail 'there is no cluster'
    kill -KILL "$test"
    cluster_wait 10 no_process_of "$work/killed"
    cluster_use "$work/killed"
    cluster_is_dead || fail 'it lives'
    ! grep -F "$work" /proc/self/mountinfo || fail 'mounts'
}

the_next_start_cleans_up_behind_a_killed_test() {
    local name

    read -r name _ <"$work/killed/id"
    [[ -n $(find /sys/fs/cgroup -type d -name "$name") ]] || fail 'nothing to clean up'
    cluster_start "$work/killed" --containers
    equal "$(find /sys/fs/cgroup "$cluster_registry" -name "$name")" ''
    cluster_stop
    equal "$(cluster_left_behind)" ''
}

clusters_live_side_by_side() {
    local first

    cluster_start "$work/first" --containers
    first=$CLUSTER_INIT
    cluster_start "$work/second" --containers
    cluster_ctr version
    cluster_stop
    cluster_use "$work/first"
    equal "$CLUSTER_INIT" "$first"
    cluster_ctr version
    cluster_stop
}

a_living_cluster_is_not_written_over() {
    cluster_start "$work/living" --containers
    ! (cluster_start "$work/living" --containers) || fail 'it was'
    cluster_ctr version
    cluster_stop
}

a_kept_cluster_outlives_who_started_it() {
    (cluster_start "$work/kept" --containers --keep)
    cluster_use "$work/kept"
    cluster_ctr version
    cluster_stop
    equal "$(cluster_left_behind)" ''
}

a_folder_of_somebody_else_is_left_alone() {
    mkdir "$work/somebody"
    touch "$work/somebody/file"
    ! cluster_start "$work/somebody" --containers || fail 'it was taken'
    [[ -e $work/somebody/file ]] || fail 'the file is gone'
}

run_cases
