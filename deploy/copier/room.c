/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

#define AMOUNT_SIZE 32

static void write_amount(uint64_t bytes, char out[static AMOUNT_SIZE])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(out, AMOUNT_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static uint64_t left_of(uint64_t needed, uint64_t present)
{
    return needed > present ? needed - present : 0;
}

uint64_t room_new_bytes(const struct room *room)
{
    return left_of(room->bytes, room->present_bytes);
}

uint64_t room_new_inodes(const struct room *room)
{
    return left_of(room->inodes, room->present_inodes);
}

int room_check(const struct room *room, int fd, const char *to, struct err *err)
{
    const uint64_t bytes = room_new_bytes(room);
    const uint64_t inodes = room_new_inodes(room);
    char needed[AMOUNT_SIZE];
    char other[AMOUNT_SIZE];
    struct statvfs stat;
    uint64_t free_bytes;
    uint64_t free_inodes;

    write_amount(room->bytes, needed);
    if (room->max_bytes > 0 && room->bytes > room->max_bytes) {
        write_amount(room->max_bytes, other);
        return err_set(err, ERR_TOO_BIG, "%s takes %s, and %s are allowed", to, needed, other);
    }
    if (fstatvfs(fd, &stat) < 0) {
        return err_set_errno(err, "%s: cannot see how much room there is", to);
    }
    free_bytes = left_of((uint64_t)stat.f_bavail * stat.f_frsize, room->reserved_bytes);
    free_inodes = left_of(stat.f_favail, room->reserved_inodes);
    if (bytes > free_bytes) {
        write_amount(bytes, needed);
        write_amount(free_bytes, other);
        return err_set(err, ERR_TOO_BIG, "%s needs %s, and %s are free", to, needed, other);
    }
    /* Where there is no fixed number of them there are said to be none. */
    if (stat.f_files > 0 && inodes > free_inodes) {
        return err_set(err, ERR_TOO_BIG,
                       "%s needs %" PRIu64 " files and directories, and %" PRIu64 " are free", to,
                       inodes, free_inodes);
    }
    return 0;
}
