/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/exposition.h"
#include "base/file.h"

#define MICROSECONDS          1000000
#define MICROSECONDS_DECIMALS 6

#define SELF_STAT_BYTES_MAX 4096UL
/* It lists each interrupt, processor by processor: some 100 KiB on the largest machines. */
#define STAT_BYTES_MAX (4UL * 1024 * 1024)

/* Fields of self/stat, by their numbers in proc(5). */
enum field {
    FIELD_STATE = 3, /* the first after the name, which may hold blanks and parentheses */
    FIELD_USER_TICKS = 14,
    FIELD_SYSTEM_TICKS = 15,
    FIELD_START_TICKS = 22,
    FIELD_VIRTUAL_BYTES = 23,
    FIELD_RESIDENT_PAGES = 24,
};

static inline void closedir_p(DIR **folder)
{
    if (*folder != NULL) {
        (void)closedir(*folder);
    }
}

static DIR *open_folder(const char *proc, const char *name)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", proc, name);

    return len < (int)sizeof(path) ? opendir(path) : NULL;
}

/* Append the content of a file of @proc to @out; false when it cannot be read. */
static bool read_file(const char *proc, const char *name, struct buf *out)
{
    char path[PATH_MAX];
    struct err unread = {0};
    int len = snprintf(path, sizeof(path), "%s/%s", proc, name);

    return len < (int)sizeof(path) && file_read(path, out, &unread) == 0;
}

/* The whole number that @text starts with and that a blank ends; -1 when there is none. */
static int64_t read_number(const char *text)
{
    char *end = NULL;
    long long number;

    if (isdigit((unsigned char)*text) == 0) {
        return -1;
    }
    errno = 0;
    number = strtoll(text, &end, 10);
    return errno == 0 && (*end == ' ' || *end == '\n') ? number : -1;
}

/* A field from FIELD_STATE on; -1 when @stat has none, or another thing. */
static int64_t read_field(const char *stat, enum field field)
{
    const char *at = strrchr(stat, ')');

    for (int i = FIELD_STATE; i <= (int)field && at != NULL; i++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? read_number(at + 1) : -1;
}

/* Microseconds, or -1 when @ticks is unknown or out of range. */
static int64_t ticks_us(int64_t ticks)
{
    const long hz = sysconf(_SC_CLK_TCK);
    int64_t product = 0;

    if (ticks < 0 || hz <= 0 || __builtin_mul_overflow(ticks, MICROSECONDS, &product)) {
        return -1;
    }
    return product / hz;
}

static void write_gauge(struct buf *out, const char *name, int64_t value, const char *help)
{
    if (value >= 0) {
        exposition_family(out, name, EXPOSITION_GAUGE, help);
        exposition_sample(out, name, NULL, value);
    }
}

static void write_cpu(const char *stat, struct buf *out)
{
    static const char name[] = "process_cpu_seconds_total";
    const int64_t user_us = ticks_us(read_field(stat, FIELD_USER_TICKS));
    const int64_t system_us = ticks_us(read_field(stat, FIELD_SYSTEM_TICKS));
    int64_t sum_us = 0;

    if (user_us >= 0 && system_us >= 0 && !__builtin_add_overflow(user_us, system_us, &sum_us)) {
        exposition_family(out, name, EXPOSITION_COUNTER,
                          "Total user and system CPU time spent in seconds.");
        exposition_decimal(out, name, NULL, sum_us, MICROSECONDS_DECIMALS);
    }
}

static void write_memory(const char *stat, struct buf *out)
{
    int64_t resident = -1;

    if (__builtin_mul_overflow(read_field(stat, FIELD_RESIDENT_PAGES), sysconf(_SC_PAGESIZE),
                               &resident)) {
        resident = -1;
    }
    write_gauge(out, "process_resident_memory_bytes", resident, "Resident memory size in bytes.");
    write_gauge(out, "process_virtual_memory_bytes", read_field(stat, FIELD_VIRTUAL_BYTES),
                "Virtual memory size in bytes.");
}

/* Unix seconds at which the system started; -1 when unknown. */
static int64_t boot_time_s(const char *proc)
{
    static const char key[] = "\nbtime ";
    CLEANUP(buf_clear) struct buf stat = BUF_INIT(STAT_BYTES_MAX);
    const char *line = NULL;

    if (read_file(proc, "stat", &stat)) {
        line = strstr(buf_text(&stat), key);
    }
    return line != NULL ? read_number(line + strlen(key)) : -1;
}

/* From the time of boot, which stays, and not from two clocks: many take a start time that changes
 * for a restart. */
static void write_start(const char *proc, const char *stat, struct buf *out)
{
    static const char name[] = "process_start_time_seconds";
    const int64_t start_us = ticks_us(read_field(stat, FIELD_START_TICKS));
    const int64_t boot_s = boot_time_s(proc);
    int64_t sum_us = 0;

    if (start_us >= 0 && boot_s >= 0 && !__builtin_mul_overflow(boot_s, MICROSECONDS, &sum_us) &&
        !__builtin_add_overflow(sum_us, start_us, &sum_us)) {
        exposition_family(out, name, EXPOSITION_GAUGE,
                          "Start time of the process since unix epoch in seconds.");
        exposition_decimal(out, name, NULL, sum_us, MICROSECONDS_DECIMALS);
    }
}

/* -1 when unknown. */
static int64_t count_open_fds(const char *proc)
{
    CLEANUP(closedir) DIR *folder = open_folder(proc, "self/fd");
    const struct dirent *entry;
    int64_t n = -1; /* the folder's own */

    if (folder == NULL) {
        return -1;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this stream */
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            n++;
        }
    }
    return n;
}

static void write_fds(const char *proc, struct buf *out)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

    write_gauge(out, "process_open_fds", count_open_fds(proc), "Number of open file descriptors.");
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        write_gauge(out, "process_max_fds", (int64_t)limit.rlim_cur,
                    "Maximum number of open file descriptors.");
    }
}

void process_write_from(const char *proc, struct buf *out)
{
    CLEANUP(buf_clear) struct buf stat = BUF_INIT(SELF_STAT_BYTES_MAX);

    if (read_file(proc, "self/stat", &stat)) {
        write_cpu(buf_text(&stat), out);
        write_memory(buf_text(&stat), out);
        write_start(proc, buf_text(&stat), out);
    }
    write_fds(proc, out);
}

void process_write(struct buf *out)
{
    process_write_from("/proc", out);
}
