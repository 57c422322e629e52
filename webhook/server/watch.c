/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/watch.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/file.h"

#define CHANGES                                                                         \
    (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ATTRIB | \
     IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct watch watch_open(void)
{
    return (struct watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
}

void watch_clear(struct watch *watch)
{
    if (watch->fd >= 0) {
        (void)close(watch->fd);
    }
    watch->fd = -1;
}

static bool watch_folder(const struct watch *watch, const char *path, size_t len)
{
    char folder[PATH_MAX];

    if (len >= sizeof(folder)) {
        return false;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    return inotify_add_watch(watch->fd, folder, CHANGES) >= 0;
}

/* Watch the folder that @path is, or lies in. */
static bool watch_path(const struct watch *watch, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (file_is_folder(path)) {
        return watch_folder(watch, path, strlen(path));
    }
    if (slash == NULL) {
        return watch_folder(watch, ".", 1);
    }
    return watch_folder(watch, path, slash == path ? 1 : (size_t)(slash - path));
}

bool watch_add(const struct watch *watch, const char *const *paths, size_t n)
{
    bool all = watch->fd >= 0;

    for (size_t i = 0; i < n && watch->fd >= 0; i++) {
        if (paths[i] != NULL && !watch_path(watch, paths[i])) {
            all = false;
        }
    }
    return all;
}

void watch_drain(const struct watch *watch)
{
    char events[4096];

    while (read(watch->fd, events, sizeof(events)) > 0) {
        /* what changed does not matter, only that something did */
    }
}
