/* SPDX-License-Identifier: Apache-2.0 */
#include "base/processors.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

/* What the kernel writes: a line for each hierarchy of groups; one or two numbers for a quota. */
#define GROUPS_BYTES_MAX ((size_t)64 * 1024)
#define QUOTA_BYTES_MAX  ((size_t)128)

/* Far above what any kernel is built for; 8,192 is the most that its configuration offers. */
#define PROCESSORS_MAX ((size_t)1024 * 1024)

static unsigned int least_of(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

/* How many are in the affinity mask, with room for @n in it; 0, and errno, when it is not read. */
static unsigned int count_mask(size_t n)
{
    cpu_set_t *mask = CPU_ALLOC(n);
    int count = 0;

    if (mask != NULL && sched_getaffinity(0, CPU_ALLOC_SIZE(n), mask) == 0) {
        count = CPU_COUNT_S(CPU_ALLOC_SIZE(n), mask);
    }
    CPU_FREE(mask);
    return (unsigned int)count;
}

/* The kernel refuses a mask smaller than its own, and does not say how large that is. */
static unsigned int count_affinity(void)
{
    for (size_t n = CPU_SETSIZE; n <= PROCESSORS_MAX; n *= 2) {
        unsigned int count = count_mask(n);
        if (count > 0) {
            return count;
        }
        if (errno != EINVAL) {
            break;
        }
    }
    return 1;
}

/* Append the file @folder/@name; false when that cannot be done. */
static bool read_text(const char *folder, const char *name, struct buf *out)
{
    char path[PATH_MAX];
    struct err ignored = {0};

    return (size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) < sizeof(path) &&
           file_read(path, out, &ignored) == 0;
}

/* The whole number that **@text starts with, and *@text behind it; 0 where there is none: "max" and
 * "-1" mean that nothing limits. */
static unsigned long long take_number(const char **text)
{
    unsigned long long number = 0;
    char *end;

    if (**text >= '0' && **text <= '9') { /* strtoull() takes spaces and signs, too */
        number = strtoull(*text, &end, 10);
        *text = end;
    }
    return number;
}

/* The number of processors that @quota of each @period is, a part counting as one. */
static unsigned int count_quota(unsigned long long quota, unsigned long long period)
{
    unsigned long long count;

    if (quota == 0 || period == 0) {
        return UINT_MAX;
    }
    count = quota / period + (quota % period > 0 ? 1 : 0);
    return count < UINT_MAX ? (unsigned int)count : UINT_MAX;
}

/* cgroup v2: "QUOTA PERIOD" in one file. */
static unsigned int read_quota_v2(const char *folder)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(QUOTA_BYTES_MAX);
    unsigned long long quota;
    unsigned long long period;
    const char *at;

    if (!read_text(folder, "cpu.max", &text)) {
        return UINT_MAX;
    }
    at = buf_text(&text);
    quota = take_number(&at);
    if (*at++ != ' ') {
        return UINT_MAX;
    }
    period = take_number(&at);
    return strcmp(at, "\n") == 0 ? count_quota(quota, period) : UINT_MAX;
}

/* The number that is the whole of a file; else 0. */
static unsigned long long read_number(const char *folder, const char *name)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(QUOTA_BYTES_MAX);
    unsigned long long number;
    const char *at;

    if (!read_text(folder, name, &text)) {
        return 0;
    }
    at = buf_text(&text);
    number = take_number(&at);
    return strcmp(at, "\n") == 0 ? number : 0;
}

/* cgroup v1. */
static unsigned int read_quota_v1(const char *folder)
{
    return count_quota(read_number(folder, "cpu.cfs_quota_us"),
                       read_number(folder, "cpu.cfs_period_us"));
}

typedef unsigned int read_quota_fn(const char *folder);

/*
 * The least of the quotas of @group, which starts with '/', and of those around it, below the
 * folder @root. A container may see its own group as the root and still be told the host's name
 * for it: what does not exist is passed over.
 */
static unsigned int read_quotas(const char *root, const char *group, read_quota_fn *read_quota)
{
    unsigned int least = UINT_MAX;
    char folder[PATH_MAX];

    if ((size_t)snprintf(folder, sizeof(folder), "%s%s", root, group) >= sizeof(folder)) {
        return UINT_MAX;
    }
    for (;;) {
        least = least_of(least, read_quota(folder));
        if (strlen(folder) <= strlen(root)) {
            return least;
        }
        *strrchr(folder, '/') = '\0';
    }
}

/* The same where the hierarchy is mounted at @cgroups/@mount. */
static unsigned int
read_mount(const char *cgroups, const char *mount, const char *group, read_quota_fn *read_quota)
{
    char root[PATH_MAX];

    if ((size_t)snprintf(root, sizeof(root), "%s/%s", cgroups, mount) >= sizeof(root)) {
        return UINT_MAX;
    }
    return read_quotas(root, group, read_quota);
}

/* Whether "cpu" is one of the @controllers, which have commas between them. */
static bool has_cpu(const char *controllers)
{
    while (*controllers != '\0') {
        size_t len = strcspn(controllers, ",");
        if (len == strlen("cpu") && memcmp(controllers, "cpu", len) == 0) {
            return true;
        }
        controllers += len + strspn(controllers + len, ",");
    }
    return false;
}

/* What the group allows that @line, "ID:CONTROLLERS:GROUP", says that we are in: cgroups(7). */
static unsigned int read_line(const char *cgroups, char *line)
{
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

    if (group == NULL || group[1] != '/') {
        return UINT_MAX;
    }
    *controllers++ = '\0';
    *group++ = '\0';
    if (strncmp(group, "/..", 3) == 0) {
        group += strlen(group); /* outside of the root that we see; that one still holds us */
    }
    if (strcmp(line, "0") == 0 && *controllers == '\0') {
        return least_of(read_quotas(cgroups, group, read_quota_v2),
                        read_mount(cgroups, "unified", group, read_quota_v2)); /* beside v1 */
    }
    if (has_cpu(controllers)) {
        return least_of(read_mount(cgroups, controllers, group, read_quota_v1),
                        read_mount(cgroups, "cpu", group, read_quota_v1));
    }
    return UINT_MAX;
}

/* The least that any of our groups allows. */
static unsigned int count_groups(const char *proc, const char *cgroups)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(GROUPS_BYTES_MAX);
    unsigned int least = UINT_MAX;
    char *line;
    char *next;

    if (!read_text(proc, "cgroup", &text) || text.len == 0) {
        return UINT_MAX;
    }
    for (line = text.bytes; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        least = least_of(least, read_line(cgroups, line));
    }
    return least;
}

unsigned int processors_count_in(const char *proc, const char *cgroups)
{
    return least_of(count_affinity(), count_groups(proc, cgroups));
}

unsigned int processors_count(void)
{
    return processors_count_in("/proc/self", "/sys/fs/cgroup");
}
