/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define HEX        "0123456789abcdef"
#define OWN_DIGITS 16 /* of a number of 64 bits */

void temporary_init(struct temporary *temporary)
{
    *temporary = (struct temporary){.own = 0};
    if (getrandom(&temporary->own, sizeof(temporary->own), 0) != (ssize_t)sizeof(temporary->own)) {
        temporary->own = clock_monotonic_us() ^ ((uint64_t)getpid() << 32);
    }
}

void temporary_name(struct temporary *temporary, char out[static TEMPORARY_SIZE])
{
    (void)snprintf(out, TEMPORARY_SIZE, TEMPORARY_PREFIX "%016" PRIx64 ".%" PRIxFAST64,
                   temporary->own, atomic_fetch_add(&temporary->n, 1));
}

bool temporary_is_name(const char *name)
{
    const char *at;

    if (strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) != 0) {
        return false;
    }
    at = name + strlen(TEMPORARY_PREFIX);
    if (strspn(at, HEX) != OWN_DIGITS || at[OWN_DIGITS] != '.') {
        return false;
    }
    at += OWN_DIGITS + 1;
    return at[0] != '\0' && at[strspn(at, HEX)] == '\0';
}

/* Whether @name, which is not ours, is of a process that is no more. */
static bool is_left(int fd, const char *name, bool is_alone)
{
    struct stat stat;

    return is_alone || (fstatat(fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
                        stat.st_ctime < clock_wall_s() - TEMPORARY_STALE_S);
}

static bool is_own(const struct temporary *temporary, const char *name)
{
    char prefix[TEMPORARY_SIZE];

    (void)snprintf(prefix, sizeof(prefix), TEMPORARY_PREFIX "%016" PRIx64 ".", temporary->own);
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

void temporary_clear(const struct temporary *temporary, int fd, bool is_alone)
{
    const int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again >= 0 ? fdopendir(again) : NULL;
    const struct dirent *entry;

    if (dir == NULL) {
        if (again >= 0) {
            (void)close(again);
        }
        return;
    }
    while ((entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        if (temporary_is_name(entry->d_name) && !is_own(temporary, entry->d_name) &&
            is_left(fd, entry->d_name, is_alone)) {
            (void)unlinkat(fd, entry->d_name, 0);
        }
    }
    (void)closedir(dir);
}
