/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/bench/slowfs/calls.h"
#include "tests/bench/slowfs/server.h"

static void open_call(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *file)
{
    CLEANUP(close) const int known = server_open(req, node);
    char link[SERVER_LINK_SIZE];
    int fd;

    server_travel(req, CALL_OPEN);
    server_link(known, link);
    fd = open(link, (file->flags & ~(O_NOFOLLOW | O_DIRECT)) | O_CLOEXEC);
    if (fd < 0) {
        (void)fuse_reply_err(req, errno);
        return;
    }
    file->fh = (uint64_t)fd;
    file->keep_cache = 1;
    (void)fuse_reply_open(req, file);
}

static void create_call(
    fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *file)
{
    CLEANUP(close) const int dir = server_open(req, parent);
    const struct fuse_ctx *asker = fuse_req_ctx(req);
    struct fuse_entry_param entry;
    int errnum;
    int fd;

    server_travel(req, CALL_OPEN);
    fd = openat(dir, name, (file->flags & ~O_DIRECT) | O_CREAT | O_CLOEXEC, mode);
    if (fd < 0) {
        (void)fuse_reply_err(req, errno);
        return;
    }
    (void)!fchown(fd, asker->uid, asker->gid);
    errnum = server_tell(req, parent, name, &entry);
    if (errnum != 0) {
        (void)close(fd);
        (void)fuse_reply_err(req, errnum);
        return;
    }
    file->fh = (uint64_t)fd;
    (void)fuse_reply_create(req, &entry, file);
}

static void release_call(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *file)
{
    (void)node;
    (void)close((int)file->fh);
    (void)fuse_reply_err(req, 0);
}

static void
read_call(fuse_req_t req, fuse_ino_t node, size_t size, off_t at, struct fuse_file_info *file)
{
    struct fuse_bufvec content = FUSE_BUFVEC_INIT(size);

    (void)node;
    server_travel(req, CALL_READ);
    content.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
    content.buf[0].fd = (int)file->fh;
    content.buf[0].pos = at;
    (void)fuse_reply_data(req, &content, FUSE_BUF_SPLICE_MOVE);
}

static void write_call(fuse_req_t req,
                       fuse_ino_t node,
                       const char *bytes,
                       size_t size,
                       off_t at,
                       struct fuse_file_info *file)
{
    ssize_t n;

    (void)node;
    server_travel(req, CALL_WRITE);
    n = pwrite((int)file->fh, bytes, size, at);
    if (n < 0) {
        (void)fuse_reply_err(req, errno);
    } else {
        (void)fuse_reply_write(req, (size_t)n);
    }
}

/* As many as libfuse passes. */
// NOLINTNEXTLINE(readability-function-size)
static void copy_call(fuse_req_t req,
                      fuse_ino_t from,
                      off_t from_at,
                      struct fuse_file_info *from_file,
                      fuse_ino_t to,
                      off_t to_at,
                      struct fuse_file_info *to_file,
                      size_t size,
                      int flags)
{
    ssize_t n;

    (void)from;
    (void)to;
    server_travel(req, CALL_COPY);
    n = copy_file_range((int)from_file->fh, &from_at, (int)to_file->fh, &to_at, size,
                        (unsigned int)flags);
    if (n < 0) {
        (void)fuse_reply_err(req, errno);
    } else {
        (void)fuse_reply_write(req, (size_t)n);
    }
}

static void
lseek_call(fuse_req_t req, fuse_ino_t node, off_t at, int whence, struct fuse_file_info *file)
{
    off_t found;

    (void)node;
    server_travel(req, CALL_SEEK);
    found = lseek((int)file->fh, at, whence);
    if (found < 0) {
        (void)fuse_reply_err(req, errno);
    } else {
        (void)fuse_reply_lseek(req, found);
    }
}

static void fallocate_call(
    fuse_req_t req, fuse_ino_t node, int mode, off_t at, off_t length, struct fuse_file_info *file)
{
    (void)node;
    server_travel(req, CALL_FALLOCATE);
    server_reply_done(req, fallocate((int)file->fh, mode, at, length));
}

static void fsync_call(fuse_req_t req, fuse_ino_t node, int is_data, struct fuse_file_info *file)
{
    (void)node;
    server_travel(req, CALL_FSYNC);
    server_reply_done(req, is_data != 0 ? fdatasync((int)file->fh) : fsync((int)file->fh));
}

void call_content(struct fuse_lowlevel_ops *calls)
{
    calls->open = open_call;
    calls->create = create_call;
    calls->release = release_call;
    calls->read = read_call;
    calls->write = write_call;
    calls->copy_file_range = copy_call;
    calls->lseek = lseek_call;
    calls->fallocate = fallocate_call;
    calls->fsync = fsync_call;
}
