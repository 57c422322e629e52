/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/bench/slowfs/calls.h"
#include "tests/bench/slowfs/server.h"

/* The kernel then opens and closes none any more. */
static void opendir_call(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *file)
{
    (void)node;
    (void)file;
    (void)fuse_reply_err(req, ENOSYS);
}

static DIR *open_dir(fuse_req_t req, fuse_ino_t node, off_t at)
{
    CLEANUP(close) const int known = server_open(req, node);
    const int fd = openat(known, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL && fd >= 0) {
        (void)close(fd);
    } else if (dir != NULL) {
        seekdir(dir, at);
    }
    return dir;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Write an entry with its attributes. How much room it takes; without enough it is not written. */
static size_t add_with_attributes(
    fuse_req_t req, fuse_ino_t parent, const struct dirent *found, char *out, size_t size)
{
    struct fuse_entry_param entry = {
        .attr = {.st_ino = found->d_ino,
                 .st_mode = (mode_t)DTTOIF(found->d_type)}, /* of dots: no more */
    };
    size_t n;

    if (!is_dot(found->d_name) && server_tell(req, parent, found->d_name, &entry) != 0) {
        return 0; /* it vanished */
    }
    n = fuse_add_direntry_plus(req, out, size, found->d_name, &entry, found->d_off);
    if (n > size && entry.ino != 0) {
        nodes_forget(server_of(req)->nodes, entry.ino, 1);
    }
    return n;
}

static size_t add_name(fuse_req_t req, const struct dirent *found, char *out, size_t size)
{
    const struct stat stat = {.st_ino = found->d_ino, .st_mode = (mode_t)DTTOIF(found->d_type)};

    return fuse_add_direntry(req, out, size, found->d_name, &stat, found->d_off);
}

/* As many entries as there is room for: how much of it they take. */
static size_t
fill(fuse_req_t req, fuse_ino_t node, DIR *dir, char *out, size_t size, bool has_attributes)
{
    const struct dirent *found;
    size_t len = 0;

    while ((found = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        const size_t left = size - len;
        const size_t n = has_attributes ? add_with_attributes(req, node, found, out + len, left)
                                        : add_name(req, found, out + len, left);
        if (n > left) {
            break;
        }
        len += n;
    }
    return len;
}

static void
reply_entries(fuse_req_t req, fuse_ino_t node, size_t size, off_t at, bool has_attributes)
{
    char *out = malloc(size);
    DIR *dir;

    server_travel(req, CALL_READDIR);
    dir = open_dir(req, node, at);
    if (dir == NULL || out == NULL) {
        (void)fuse_reply_err(req, dir == NULL ? errno : ENOMEM);
    } else {
        (void)fuse_reply_buf(req, out, fill(req, node, dir, out, size, has_attributes));
    }
    free(out);
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static void
readdir_call(fuse_req_t req, fuse_ino_t node, size_t size, off_t at, struct fuse_file_info *file)
{
    (void)file;
    reply_entries(req, node, size, at, false);
}

static void readdirplus_call(
    fuse_req_t req, fuse_ino_t node, size_t size, off_t at, struct fuse_file_info *file)
{
    (void)file;
    reply_entries(req, node, size, at, true);
}

void call_dirs(struct fuse_lowlevel_ops *calls)
{
    calls->opendir = opendir_call;
    calls->readdir = readdir_call;
    calls->readdirplus = readdirplus_call;
}
