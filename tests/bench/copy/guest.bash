# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A machine in an emulator whose kernel has NFS, client and server, which kernels of test machines
# often lack. Debian's packages are downloaded and unpacked, never installed, once: what is made of
# them lies in the user's cache. Needs apt-get, cpio, kmod and qemu-system-x86, and nobody's rights.
# To be sourced.

# To be raised when the same packages make another machine.
GUEST_VERSION=1

guest_packages=(
    linux-image-cloud-amd64 kmod mount iproute2 nfs-kernel-server nfs-common
    bash coreutils diffutils findutils grep mawk rsync sed tar
)

# What the guest has in the kernel, and what that needs, comes into the initramfs.
guest_modules=(nfsd nfsv4 sch_netem)

# In which a guest that does nothing ends where there is KVM.
guest_start_s=20

guest_pid= # of the emulator, while it runs

guest_folder=${XDG_CACHE_HOME:-$HOME/.cache}/hawser/nfs-guest-$GUEST_VERSION

# Packages with all that they depend on, as for a machine that has none: into folder $1. Without a
# change to what apt knows of this machine.
guest_download() {
    mkdir -p "$1/archives/partial"
    : >"$1/status"
    apt-get -qq -y -o "Dir::State::Status=$1/status" -o "Dir::Cache=$1" -o Debug::NoLocking=1 \
        -o APT::Sandbox::User="$(id -un)" --no-install-recommends --download-only \
        install "${guest_packages[@]}"
}

# Unpack the packages of folder $1 into folder $2, without what only people and interpreters read.
guest_unpack() {
    local archive directory

    for directory in bin sbin lib lib64; do
        mkdir -p "$2/usr/$directory"
        ln -s "usr/$directory" "$2/$directory"
    done
    for archive in "$1"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$archive" |
            tar -x -C "$2" --keep-directory-symlink --no-same-owner --exclude='./usr/share' \
                --exclude='*perl*' --exclude='*python*' --exclude='*/gconv' --exclude='*/udev'
    done
}

# Keep of the modules in root $1 those that are loaded, under /modules with numbers in that order.
guest_choose_modules() {
    local folders=("$1"/lib/modules/*) release module path n=100

    release=${folders[0]##*/}
    depmod -b "$1" "$release"
    mkdir "$1/modules"
    for module in "${guest_modules[@]}"; do
        modprobe -d "$1" -S "$release" --show-depends "$module"
    done >"$1/modules/list"
    while read -r _ path _; do
        [[ ! -e $path ]] || mv "$path" "$1/modules/$((n++)).ko"
    done < <(grep '^insmod ' "$1/modules/list")
    rm -r "$1/lib/modules" "$1/modules/list"
}

# Make the kernel and the initramfs in folder $1.
guest_build() {
    local root=$1/root

    guest_download "$1"
    guest_unpack "$1" "$root"
    cp "$root"/boot/vmlinuz-* "$1/kernel"
    rm -r "${root:?}/boot"
    guest_choose_modules "$root"
    guest_pack "$root" "$1/initramfs"
}

# Pack folder $1 into the file $2, as the kernel unpacks it. Several such files may follow each
# other in one.
guest_pack() {
    (cd -- "$1" && find . -print0 | cpio -o -0 -H newc -R 0:0 --quiet) >"$2"
}

# Make what is not there yet. Beside the place where a next call looks, and then moved there.
guest_make() {
    local work status

    mkdir -p "$guest_folder"
    exec {guest_lock}>"$guest_folder/lock"
    flock "$guest_lock"
    if [[ ! -e $guest_folder/initramfs ]]; then
        rm -rf "$guest_folder"/build.*
        work=$(mktemp -d "$guest_folder/build.XXXXXX")
        set +e # a function that is part of a condition ignores set -e
        (set -e; guest_build "$work") >"$work/log" 2>&1 </dev/null
        status=$?
        set -e
        if ((status != 0)); then
            cat "$work/log" >&2
            return 1
        fi
        mv "$work/kernel" "$guest_folder/kernel"
        mv "$work/initramfs" "$guest_folder/initramfs"
        rm -r "$work"
    fi
    exec {guest_lock}>&-
}

# guest_boot kvm|tcg FOLDER SECONDS: become the guest with FOLDER/initramfs, which prints what it
# says, for at most so long. What its kernel says goes to FOLDER/console.
#
# Where the processor is emulated the guest's clock counts instructions, a nanosecond each, and jumps
# where there are none: what else this machine does changes no figure, and waiting is over at once.
# That needs a single processor.
guest_boot() {
    local processor=(-accel kvm -smp 2)

    [[ $1 == kvm ]] || processor=(
        -accel 'tcg,thread=single' -icount 'shift=0,sleep=off,align=off' -smp 1
    )
    exec timeout "$3" qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
        -M q35 "${processor[@]}" -cpu max -m 3G \
        -kernel "$guest_folder/kernel" -initrd "$2/initramfs" \
        -append 'console=ttyS0 loglevel=4 panic=-1 mitigations=off tsc=reliable' \
        -serial "file:$2/console" -serial stdio </dev/null 2>"$2/emulator"
}

# Add FOLDER/top, with the arguments of the guest, to what every guest has: FOLDER/initramfs.
guest_fill() {
    local folder=$1
    shift

    : >"$folder/top/arguments"
    (($# == 0)) || printf '%s\n' "$@" >"$folder/top/arguments"
    guest_pack "$folder/top" "$folder/top.cpio"
    cat "$guest_folder/initramfs" "$folder/top.cpio" >"$folder/initramfs"
}

# Whether a guest starts and ends by $1 in time: some machines have KVM, and no guest ever starts.
guest_works_with() {
    local said

    guest_fill "$2"
    said=$(guest_boot "$1" "$2" "$guest_start_s") || true
    [[ $said == *'ended with 0'* ]]
}

# guest_run FOLDER SECONDS ARGUMENT...: run FOLDER/top/copy/guest/main with the arguments, and print
# what it says. Returns what it ended with, 124 when it did not in that time, and 125 when the guest
# came to an end without it, of which FOLDER/console and FOLDER/emulator say more.
guest_run() {
    local folder=$1 seconds=$2 accelerator=tcg said line status=125
    shift 2

    if [[ -w /dev/kvm ]] && guest_works_with kvm "$folder"; then
        accelerator=kvm
    fi
    guest_fill "$folder" "$@"
    exec {said}< <(guest_boot "$accelerator" "$folder" "$seconds")
    guest_pid=$!
    while IFS= read -r line <&"$said"; do
        case $line in
        up) ;;
        'ended with '*) status=${line##* } ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
    exec {said}<&-
    wait "$guest_pid" || (($? != 124)) || status=124
    guest_pid=
    return "$status"
}

# For who is asked to end before the guest has ended.
guest_end() {
    [[ -z $guest_pid ]] || kill "$guest_pid"
}
