# shellcheck shell=bash disable=SC2154 # main has what they share
# SPDX-License-Identifier: Apache-2.0
#
# What hawser-copy promises where only a real NFS mount can show it. To be sourced.
#
# Each check is a function that prints what is wrong, and is named for what it shows. It has
# /srv/lost on the server's side and /tmp/local on the other, both empty, and a good wire.

set -euo pipefail

checks=(
    a_server_that_does_not_answer_delays_a_copy_from_it
    a_server_that_does_not_answer_delays_a_copy_to_it
    a_server_that_is_down_delays_a_copy_from_it
    a_server_that_is_down_delays_results_on_their_way_back
    files_that_a_server_lost_are_told_and_no_half_of_one_has_its_name
    a_place_that_a_server_lost_is_told_and_no_half_file_is_in_what_took_it
    a_file_that_is_removed_on_the_server_is_left_out
    holes_that_the_server_tells_are_not_read
    holes_that_the_server_does_not_tell_stay_holes
    a_server_copies_what_stays_on_it
    what_leaves_a_server_is_copied_by_us
)

# Longer than any copy here takes, the server's silence and what follows on it counted in.
copy_limit_s=150

silence_s=20

checks() {
    local check began status

    mkdir /tmp/local
    for check in "${checks[@]}"; do
        began=$SECONDS
        rm -rf /srv/lost/* /tmp/local/* /tmp/said
        set +e # a function that is part of a condition ignores set -e
        (
            set -e
            pid=
            trap '[[ -z $pid ]] || kill "$pid" || true' EXIT
            "$check"
        )
        status=$?
        set -e
        wire_is_good
        client_unmount
        ((status == 0)) || failures=$((failures + 1))
        printf '%s %s, %d s\n' "$( ((status == 0)) && echo ok || echo 'NOT OK')" "${check//_/ }" \
            $((SECONDS - began))
    done
}

# wrong TEXT...: end the check, with what was said by hawser-copy.
wrong() {
    echo "$*"
    sed 's/^/    /' /tmp/said
    exit 1
}

# Fill FOLDER with one file that is copied in ranges, and others.
make_mixed() {
    mkdir -p "$1/few"
    head -c 48M /dev/urandom >"$1/large"
    (cd "$1/few" && head -c 200K /dev/urandom | split -b 4096)
}

# ours ARGUMENT...: run hawser-copy until it ends, and set code.
ours() {
    code=0
    timeout -s KILL "$copy_limit_s" "$hawser_copy" "$@" 2>/tmp/said || code=$?
}

begin_ours() {
    timeout -s KILL "$copy_limit_s" "$hawser_copy" "$@" 2>/tmp/said &
    pid=$!
}

end_ours() {
    code=0
    wait "$pid" || code=$?
    pid=
}

# await_middle FOLDER: until a part of the large file is there, on the side where it can be seen
# without the wire.
await_middle() {
    local i blocks

    for ((i = 0; i < 600; i++)); do
        blocks=$(du -sk "$1" 2>/dev/null) || blocks=0
        ((${blocks%%[^0-9]*} < 2048)) || return 0
        sleep 0.05
    done
    wrong 'the copy does not come to its middle'
}

expect_equal() {
    local differences

    ((code == 0)) || wrong "it ended with $code"
    differences=$(tree_print_differences "$1" "$2")
    [[ -z $differences ]] || wrong "$differences"
}

# A line tells every five seconds how far it is: at least $1 of them, and no more than seven
# seconds between two.
expect_progress() {
    awk -F '"' -v least="$1" '/"msg":"copying"/ {
            split($4, part, /[T:Z]/)
            now = part[2] * 3600 + part[3] * 60 + part[4]
            late = late || n > 0 && (now - last + 86400) % 86400 > 7
            last = now
            n++
        }
        END { exit n < least || late }' /tmp/said || wrong 'it does not tell how far it is'
}

# Cut the wire for a while.
do_not_answer() {
    wire_is_cut
    sleep "$silence_s"
    wire_is_good
}

# Be down for a while, and come back with all files.
be_down() {
    server_stop
    sleep "$silence_s"
    wire_is_good
    server_start
}

# copy_past TROUBLE FROM TO: a copy in whose middle TROUBLE comes. The last two arguments are where
# both are without the mount.
copy_past() {
    wire_is_narrow
    begin_ours copy "$2" "$3"
    await_middle "$5"
    "$1"
    end_ours
    expect_equal "$4" "$5"
    expect_progress $((silence_s / 5))
}

a_server_that_does_not_answer_delays_a_copy_from_it() {
    make_mixed /srv/lost
    client_mount 4.1 lost
    copy_past do_not_answer /mnt /tmp/local/copy /srv/lost /tmp/local/copy
}

a_server_that_does_not_answer_delays_a_copy_to_it() {
    make_mixed /tmp/local
    client_mount 4.1 lost
    copy_past do_not_answer /tmp/local /mnt/copy /tmp/local /srv/lost/copy
}

a_server_that_is_down_delays_a_copy_from_it() {
    make_mixed /srv/lost
    client_mount 4.1 lost
    copy_past be_down /mnt /tmp/local/copy /srv/lost /tmp/local/copy
}

a_server_that_is_down_delays_results_on_their_way_back() {
    make_mixed /tmp/local
    client_mount 4.1 lost
    wire_is_narrow
    begin_ours run --back /tmp/local:/mnt/copy -- true
    await_middle /srv/lost
    be_down
    end_ours
    expect_equal /tmp/local /srv/lost/copy
}

# Every file of FOLDER is the one of the same name in WHOLE; what is not finished has another name.
expect_no_half() {
    local file

    while IFS= read -r -d '' file; do
        cmp -s "$1/$file" "$2/$file" || wrong "$file is not whole"
    done < <(find "$1" -type f ! -name '.hawser-copy.*' -printf '%P\0')
}

# It failed, and said of what, and why: that the server knows no more of what was open says little.
expect_loss_told() {
    ((code == 1)) || wrong "it ended with $code"
    grep -qE '"not copied","path":"/[^"]+","error":"[^"]*: Stale file handle"' /tmp/said ||
        wrong 'it does not tell what the server lost'
    ! grep -q 'Bad file descriptor' /tmp/said || wrong 'it tells another cause'
}

files_that_a_server_lost_are_told_and_no_half_of_one_has_its_name() {
    make_mixed /srv/lost
    cp -a /srv/lost /tmp/local/whole
    client_mount 4.1 lost
    wire_is_narrow
    begin_ours copy /mnt /tmp/local/copy
    await_middle /tmp/local/copy
    server_forget
    wire_is_good
    end_ours
    expect_loss_told
    expect_no_half /tmp/local/copy /tmp/local/whole
}

a_place_that_a_server_lost_is_told_and_no_half_file_is_in_what_took_it() {
    make_mixed /tmp/local
    client_mount 4.1 lost
    wire_is_narrow
    begin_ours copy /tmp/local /mnt/copy
    await_middle /srv/lost
    server_forget
    wire_is_good
    end_ours
    expect_loss_told
    expect_no_half /srv/lost /tmp/local
}

a_file_that_is_removed_on_the_server_is_left_out() {
    make_mixed /srv/lost
    client_mount 4.1 lost
    wire_is_narrow
    begin_ours copy /mnt /tmp/local/copy
    await_middle /tmp/local/copy
    rm /srv/lost/large
    wire_is_good
    end_ours
    grep -q '"left out","path":"/mnt/large".*vanished' /tmp/said || wrong 'it does not tell it'
    expect_equal /srv/lost /tmp/local/copy
}

# Data in the middle of $1 MiB.
make_holes() {
    truncate -s "$1M" /srv/lost/holes
    head -c 1M /dev/urandom | dd of=/srv/lost/holes bs=1M seek=$(($1 / 2)) conv=notrunc status=none
}

holes_that_the_server_tells_are_not_read() {
    local calls

    make_holes 10240
    client_mount 4.2 lost
    ours copy /mnt /tmp/local/copy
    calls=$(client_calls READ)
    expect_equal_holes
    ((calls < 20)) || wrong "it reads $calls times"
}

# Of 10 GiB, without a byte that is compared.
expect_equal_holes() {
    ((code == 0)) || wrong "it ended with $code"
    [[ $(stat -c '%s %y %a' /srv/lost/holes) == "$(stat -c '%s %y %a' /tmp/local/copy/holes)" ]] ||
        wrong 'it is another file'
    cmp -s -n 1M -i 5120M /srv/lost/holes /tmp/local/copy/holes || wrong 'its data differ'
    [[ -z $(tree_print_filled /srv/lost /tmp/local/copy) ]] || wrong 'its holes are filled'
}

holes_that_the_server_does_not_tell_stay_holes() {
    make_holes 64
    client_mount 4.1 lost
    ours copy /mnt /tmp/local/copy
    expect_equal /srv/lost /tmp/local/copy
}

a_server_copies_what_stays_on_it() {
    make_mixed /srv/lost
    client_mount 4.2
    mkdir /srv/copy
    ours copy /mnt/lost /mnt/copy
    (($(client_calls COPY) > 0)) || wrong 'the server is not asked to'
    expect_equal /srv/lost /srv/copy
    rm -r /srv/copy
}

what_leaves_a_server_is_copied_by_us() {
    make_mixed /srv/lost
    client_mount 4.2 lost
    ours copy /mnt /tmp/local/copy
    expect_equal /srv/lost /tmp/local/copy
}
