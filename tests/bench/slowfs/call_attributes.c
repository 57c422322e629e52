/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/bench/slowfs/calls.h"
#include "tests/bench/slowfs/server.h"

static void reply_attributes(fuse_req_t req, fuse_ino_t node)
{
    CLEANUP(close) const int fd = server_open(req, node);
    struct stat stat;

    if (fstat(fd, &stat) < 0) {
        (void)fuse_reply_err(req, errno);
    } else {
        (void)fuse_reply_attr(req, &stat, server_kept_s(&stat));
    }
}

static void getattr_call(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *file)
{
    (void)file;
    server_travel(req, CALL_GETATTR);
    reply_attributes(req, node);
}

static struct timespec time_of(int set, int bit, int now_bit, struct timespec given)
{
    if ((set & now_bit) != 0) {
        given.tv_nsec = UTIME_NOW;
    } else if ((set & bit) == 0) {
        given.tv_nsec = UTIME_OMIT;
    }
    return given;
}

static int set_times(int fd, const struct stat *given, int set)
{
    const struct timespec times[] = {
        time_of(set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW, given->st_atim),
        time_of(set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW, given->st_mtim),
    };

    return utimensat(fd, "", times, AT_EMPTY_PATH);
}

/* In the order in which one undoes nothing of another. */
static int set_attributes(fuse_req_t req, fuse_ino_t node, const struct stat *given, int set)
{
    CLEANUP(close) const int fd = server_open(req, node);
    char link[SERVER_LINK_SIZE];

    server_link(fd, link);
    if ((set & FUSE_SET_ATTR_SIZE) != 0 && truncate(link, given->st_size) < 0) {
        return -1;
    }
    if ((set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0 &&
        fchownat(fd, "", (set & FUSE_SET_ATTR_UID) != 0 ? given->st_uid : (uid_t)-1,
                 (set & FUSE_SET_ATTR_GID) != 0 ? given->st_gid : (gid_t)-1, AT_EMPTY_PATH) < 0) {
        return -1;
    }
    if ((set & FUSE_SET_ATTR_MODE) != 0 && chmod(link, given->st_mode & 07777) < 0) {
        return -1;
    }
    return set_times(fd, given, set);
}

static void setattr_call(
    fuse_req_t req, fuse_ino_t node, struct stat *given, int set, struct fuse_file_info *file)
{
    (void)file;
    server_travel(req, CALL_SETATTR);
    if (set_attributes(req, node, given, set) < 0) {
        (void)fuse_reply_err(req, errno);
        return;
    }
    reply_attributes(req, node);
}

static void readlink_call(fuse_req_t req, fuse_ino_t node)
{
    CLEANUP(close) const int fd = server_open(req, node);
    char target[PATH_MAX + 1];
    ssize_t len;

    server_travel(req, CALL_READLINK);
    len = readlinkat(fd, "", target, sizeof(target) - 1);
    if (len < 0) {
        (void)fuse_reply_err(req, errno);
        return;
    }
    target[len] = '\0';
    (void)fuse_reply_readlink(req, target);
}

static void statfs_call(fuse_req_t req, fuse_ino_t node)
{
    CLEANUP(close) const int fd = server_open(req, node);
    struct statvfs stat;

    server_travel(req, CALL_STATFS);
    if (fstatvfs(fd, &stat) < 0) {
        (void)fuse_reply_err(req, errno);
    } else {
        (void)fuse_reply_statfs(req, &stat);
    }
}

void call_attributes(struct fuse_lowlevel_ops *calls)
{
    calls->getattr = getattr_call;
    calls->setattr = setattr_call;
    calls->readlink = readlink_call;
    calls->statfs = statfs_call;
}
