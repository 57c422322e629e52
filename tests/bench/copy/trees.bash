# shellcheck shell=bash disable=SC2034 # used by those that source it
# SPDX-License-Identifier: Apache-2.0
#
# Trees to copy, and what differs between two of them. To be sourced; needs coreutils, and rsync to
# compare.
#
# Files are made of random bytes, so that no two are the same. With a divisor it is smaller: as many
# times fewer files, or a shorter one.

set -euo pipefail

trees=(small medium large sparse source)

# tree_describe NAME DIVISOR
tree_describe() {
    case $1 in
    small) echo "$((20000 / $2)) files of 4 KiB" ;;
    medium) echo "$((200 / $2)) files of 4 MiB" ;;
    large) echo "a file of $((4096 / $2)) MiB" ;;
    sparse) echo "a hole of $((10240 / $2)) MiB" ;;
    source) echo "$((7500 / $2)) sources" ;;
    esac
}

# tree_make NAME FOLDER DIVISOR: fill FOLDER, which is empty.
tree_make() {
    (
        cd -- "$2"
        "make_$1" "$3"
    )
}

# Directories of 200 files, or one of fewer.
make_small() {
    local left=$((20000 / $1)) i n

    for ((i = 100; left > 0; i++)); do
        n=$((left < 200 ? left : 200))
        mkdir "$i"
        head -c $((n * 4096)) /dev/urandom | split -b 4096 -a 3 -d - "$i/file-"
        left=$((left - n))
    done
}

make_medium() {
    local left=$((200 / $1)) i

    for ((i = 100; left > 0; i++, left--)); do
        head -c 4M /dev/urandom >"$i"
    done
}

make_large() {
    head -c $((4096 / $1))M /dev/urandom >large
}

make_sparse() {
    truncate -s $((10240 / $1))M sparse
}

# Of random numbers below $1.
random() {
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    picked=$(((seed >> 8) % $1))
}

# Directories in directories, each in one of those before it, but in none that is deep.
make_source_dirs() {
    local n=$1 depth=(0) i parent
    dirs=(.)

    for ((i = 1; i < n; i++)); do
        random "$i"
        parent=$picked
        ((depth[parent] < 7)) || parent=0
        depth+=($((depth[parent] + 1)))
        dirs+=("${dirs[parent]}/part-$i")
    done
    mkdir -p -- "${dirs[@]}"
}

# Set picked to a length. Sizes are those of Linux 6.1: a tenth is below 300 bytes, half are below
# 4,000, one in a hundred is above 150,000.
random_length() {
    local bounds=(20 300 850 1500 2500 3900 6000 9300 16000 32000 150000) step least

    random 100
    step=$((picked / 10))
    ((picked < 99)) || bounds[10]=700000
    least=${bounds[step]}
    random $((bounds[step + 1] - least))
    picked=$((least + picked))
}

# write_source FILE LENGTH: without a process for a short one, as most are.
write_source() {
    if (($2 < 16000)); then
        random 16000
        printf '%s' "${pool:picked:$2}" >"$1"
    else
        head -c "$2" /dev/urandom >"$1"
    fi
}

# Fifteen files to a directory; some are programs, and some have a link beside them.
make_source() {
    local n=$((7500 / $1)) LC_ALL=C seed=1 picked dirs pool i name programs=()

    pool=$(head -c 24000 /dev/urandom | base64 -w 76)
    make_source_dirs $((n / 15 + 1))
    for ((i = 0; i < n; i++)); do
        name=${dirs[i % ${#dirs[@]}]}/file-$i.c
        random_length
        write_source "$name" "$picked"
        ((i % 100 != 0)) || programs+=("$name")
        ((i % 150 != 0)) || ln -s "file-$i.c" "$name.link"
    done
    chmod +x -- "${programs[@]}"
}

#
# Comparing
#

# "BLOCKS UNIT SIZE NAME" of each file of the folder, or directory.
blocks_of() {
    (
        cd -- "$1"
        stat -c '%b %B %s %n' -- *
    )
}

# Files of FOLDER with holes, each "NAME BLOCKS".
sparse_files() {
    local blocks unit size name

    while read -r blocks unit size name; do
        if ((blocks * unit < size)); then
            echo "$name $blocks"
        fi
    done <<<"$(blocks_of "$1")"
}

# Print what in TO takes more blocks than the file with holes in FROM.
tree_print_filled() {
    local name blocks now

    while read -r name blocks; do
        [[ -n $name ]] || continue
        now=$(stat -c %b -- "$2/$name")
        ((now <= blocks)) || echo "$name has $now blocks, and $blocks at the source"
    done <<<"$(sparse_files "$1")"
}

# Whether all that is in the folder is a file that is all hole.
is_hole() {
    (
        cd -- "$1"
        [[ $(stat -c '%F %b' -- *) == 'regular file 0' ]]
    )
}

# tree_print_differences FROM TO: print how TO differs from FROM, and nothing if it does not: in
# content, type, mode, owner, times but that of the last access, links of both kinds, extended
# attributes, or, where a file of the uppermost folder has holes, in those. That folder is not
# compared itself.
tree_print_differences() {
    local content=(--checksum)

    if is_hole "$1"; then
        content=() # its length and its blocks say all
    fi
    rsync -aHAX --numeric-ids --dry-run "${content[@]}" --delete --itemize-changes \
        --modify-window=-1 -- "$1/" "$2/" | sed '/^\.d[^ ]* \.\/$/d'
    tree_print_filled "$1" "$2"
}
