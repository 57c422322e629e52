/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* What @path leads to, or why it leads nowhere. Its owner and mode do not count, nor does the time
 * of their change: the kubelet sets both again each time it looks at a volume (fsGroup). */
static void describe(const char *path, struct buf *out)
{
    struct stat found;

    if (stat(path, &found) < 0) {
        buf_printf(out, "%s: %d\n", path, errno);
        return;
    }
    buf_printf(out, "%s: %ju %ju %jd %jd.%09ld\n", path, (uintmax_t)found.st_dev,
               (uintmax_t)found.st_ino, (intmax_t)found.st_size, (intmax_t)found.st_mtim.tv_sec,
               found.st_mtim.tv_nsec);
}

/* Where "..data" in @folder (of @len bytes) points: a new name for each generation. */
static void describe_generation(const char *folder, size_t len, struct buf *out)
{
    char path[PATH_MAX];
    char target[NAME_MAX + 1];
    ssize_t n;

    if (snprintf(path, sizeof(path), "%.*s/..data", (int)len, folder) >= (int)sizeof(path)) {
        return;
    }
    n = readlink(path, target, sizeof(target));
    if (n > 0) {
        buf_printf(out, "%s -> %.*s\n", path, (int)n, target);
    }
}

static void describe_entries(const char *folder, struct buf *out)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_visible, alphasort);

    if (n < 0) {
        buf_printf(out, "%s: %d\n", folder, errno);
        return;
    }
    buf_printf(out, "%s: %d entries\n", folder, n);
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (len < (int)sizeof(path)) {
            describe(path, out);
        }
        free(entries[i]);
    }
    free(entries);
}

static void describe_path(const char *path, struct buf *out)
{
    const char *slash = strrchr(path, '/');
    struct stat found;

    describe(path, out);
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) {
        describe_generation(path, strlen(path), out);
        describe_entries(path, out);
    } else if (slash != NULL) {
        describe_generation(path, (size_t)(slash - path), out);
    } else {
        describe_generation(".", 1, out);
    }
}

void snapshot_take(const char *const *paths, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (paths[i] != NULL) {
            describe_path(paths[i], out);
        }
    }
}

bool snapshot_equal(const struct buf *a, const struct buf *b)
{
    return !buf_failed(a) && !buf_failed(b) && a->len == b->len &&
           memcmp(buf_text(a), buf_text(b), a->len) == 0;
}
