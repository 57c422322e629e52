#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: image_test.sh BUILD-FOLDER
#
# The image of hawser: what is in it, and that it runs with nothing allowed. It is run by containerd
# and runc with containerd's default seccomp profile, no capabilities and a read-only root.
set -euo pipefail
here=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cluster.bash
source "$here/cluster.bash"
# shellcheck source-path=SCRIPTDIR source=cases.bash
source "$here/cases.bash"

build=$(realpath "$1")
work=$(mktemp -d)
trap 'cluster_stop; rm -rf --one-file-system "$work"' EXIT
root=$work/root
rootfs=$here/../../deploy/image/rootfs
program_list=$here/../../deploy/image/programs
image=hawser.test/image:1
user=$(sed -n 's/^uid: //p' "$here/../../deploy/chart/values.yaml")
max_pulled=$((15 * 1024 * 1024))

# What containerd lets a container have unless told otherwise.
capabilities=(
    AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID
    SETPCAP SETUID SYS_CHROOT
)

# run ID ARGUMENT...: run the image with nothing allowed, on the network of the cluster. The entry
# point is given, because ctr lets arguments stand in its place.
run() {
    local id=$1 entry
    shift

    entry=$(hawser_image_config | jq -r '.Entrypoint[]')
    cluster_ctr run --rm --snapshotter native --read-only --seccomp --net-host \
        --cgroup "/$CLUSTER_NAME/$id" "${capabilities[@]/#/--cap-drop=CAP_}" \
        "$image" "$id" "$entry" "$@"
}

loader() {
    readelf -l "$root/usr/local/bin/hawser" | sed -n 's/.*interpreter: \(.*\)]$/\1/p'
}

# The files below the root that match no pattern.
others_than() {
    local pattern arguments=()

    for pattern; do
        arguments+=(! -path "$pattern")
    done
    (cd "$root" && find . ! -type d "${arguments[@]}")
}

serves() {
    [[ $(cluster_run curl -sS --max-time 2 http://127.0.0.1:8080/healthz -o /dev/null \
        -w '%{http_code}') == 200 ]]
}

cases_follow

nothing_else_is_in_it() {
    local program programs=()

    while read -r program; do
        programs+=("./usr/local/bin/${program##*/}")
        [[ -x $root/usr/local/bin/${program##*/} ]] || fail "no $program"
    done <"$program_list"
    equal "$(others_than "${programs[@]}" "./lib*/*.so*" ./etc/passwd ./etc/group \
        ./etc/ssl/certs/ca-certificates.crt './usr/share/doc/*/copyright' \
        './usr/share/common-licenses/*')" ''
    equal "$(find "$root" ! -type d ! -type f)" '' # links, devices
}

every_library_is_found_inside() {
    local program

    for program in "$root"/usr/local/bin/hawser{,-controller}; do
        chroot "$root" "$(loader)" --list "/usr/local/bin/${program##*/}" >"$work/libraries"
        ! grep -F 'not found' "$work/libraries" || fail 'a library is missing'
    done
}

every_library_is_needed() {
    local library file start

    start=$(loader)
    while read -r library; do
        for file in "$root"/usr/local/bin/* "$root"/lib/*/*; do
            readelf -d "$file" | grep -F NEEDED | grep -qF "[${library##*/}]" && continue 2
        done
        fail "nothing needs $library"
    done < <(cd "$root" && find lib* -type f ! -path "${start#/}")
}

the_copier_runs_where_there_is_nothing_else() {
    install -D "$root/usr/local/bin/hawser-copy" "$work/bare/hawser-copy"
    equal "$(chroot "$work/bare" /hawser-copy version)" \
        "hawser-copy $("$build/webhook/cli/hawser" version | cut -d ' ' -f 2)"
    chroot "$work/bare" /hawser-copy install /
    (($(stat -c %s "$work/bare/hawser-copy") < 1024 * 1024)) || fail 'a MiB or more'
}

authorities_are_those_of_debian() {
    openssl verify -CAfile "$root/etc/ssl/certs/ca-certificates.crt" \
        /usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt
    equal "$(grep -c BEGIN "$root/etc/ssl/certs/ca-certificates.crt")" \
        "$(cat /usr/share/ca-certificates/mozilla/*.crt | grep -c BEGIN)"
}

nothing_can_be_written_by_its_user() {
    equal "$(find "$root" -perm /022)" ''
    equal "$(find "$root" ! -uid 0 -o ! -gid 0)" ''
}

nothing_gives_more_rights() {
    equal "$(find "$root" -perm /7000)" ''
}

programs_are_stripped() {
    ! readelf -SW "$root"/usr/local/bin/* | grep -F -e .symtab -e .debug_ || fail 'symbols'
}

the_licences_of_everything_are_in_it() {
    local library libraries=() owner owners licence

    cmp "$root/usr/share/doc/hawser/copyright" "$here/../../LICENSE"
    for library in "$root"/lib/*/*; do
        libraries+=("*${library#"$root/lib"}")
    done
    owners=$(dpkg-query -S "${libraries[@]}" | cut -d : -f 1 | sort -u)
    for owner in $owners; do
        [[ -s $root/usr/share/doc/$owner/copyright ]] || fail "no licence of $owner"
    done
    while read -r licence; do
        [[ -s $root$licence ]] || fail "no $licence"
    done < <(grep -rhoE '/usr/share/common-licenses/[A-Z][A-Za-z0-9.-]*[A-Za-z0-9]' \
        "$root/usr/share/doc")
}

the_same_build_gives_the_same_files() {
    "$rootfs" "$build" "$work/again" >/dev/null
    diff -r "$root" "$work/again"
}

it_is_small_to_pull() {
    local pulled

    pulled=$(tar -C "$root" -c . | gzip | wc -c)
    ((pulled < max_pulled)) || fail "$pulled bytes, expected less than $max_pulled"
}

a_program_that_was_not_built_is_an_error() {
    mkdir "$work/empty"
    ! "$rootfs" "$work/empty" "$work/none" 2>"$work/said" || fail 'no error'
    holds "$(cat "$work/said")" "there is no 'webhook/cli/hawser'"
}

a_folder_that_exists_is_left_alone() {
    ! "$rootfs" "$build" "$root" 2>"$work/said" || fail 'no error'
    holds "$(cat "$work/said")" 'exists'
}

the_user_of_the_chart_is_known_in_it() {
    grep -q "^hawser:x:$user:" "$root/etc/passwd" || fail "no user $user"
}

hawser_runs_with_nothing_allowed() {
    equal "$(run version version)" "$("$build/webhook/cli/hawser" version)"
}

the_server_serves_with_nothing_allowed() {
    local pid status

    # Pods may open more files than the 1024 of ctr.
    run serve serve --listen 127.0.0.1:8443 --health-listen 127.0.0.1:8080 --max-connections 256 \
        --grace-period 0s >"$work/log" 2>&1 &
    cluster_wait 10 serves || fail "$(cat "$work/log")"
    pid=$(cluster_ctr tasks ls | awk '$1 == "serve" { print $2 }')
    status=$(cluster_inside cat "/proc/$pid/status")
    holds "$status" $'Uid:\t'"$user"$'\t'"$user"$'\t'"$user"$'\t'"$user"
    holds "$status" $'Gid:\t'"$user"$'\t'"$user"$'\t'"$user"$'\t'"$user"
    grep -qE "^Groups:\s*($user)?\s*$" <<<"$status" || fail "$(grep Groups <<<"$status")"
    holds "$status" $'CapEff:\t0000000000000000'
    holds "$status" $'CapBnd:\t0000000000000000'
    holds "$status" $'NoNewPrivs:\t1'
    holds "$status" $'Seccomp:\t2'
    # shellcheck disable=SC2016 # awk's
    holds ",$(cluster_inside awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo")," ,ro,
    cluster_inside kill -TERM "$pid"
    wait $! # for exit code 0: nothing was lost
}

"$rootfs" "$build" "$root" | sed 's/^/# /'
echo "# $(tar -C "$root" -c . | gzip | wc -c) bytes compressed"
took 'start of containerd' cluster_start "$work/cluster" --containers
# As the chart's user, which ctr cannot be told.
cluster_import "$image" "$root" \
    "$(hawser_image_config | jq --arg user "$user:$user" '. + {User: $user}')"
run_cases
