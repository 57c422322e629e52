/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/bench/slowfs/calls.h"
#include "tests/bench/slowfs/server.h"

static void reply_entry(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry;
    const int errnum = server_tell(req, parent, name, &entry);

    if (errnum != 0) {
        (void)fuse_reply_err(req, errnum);
    } else {
        (void)fuse_reply_entry(req, &entry);
    }
}

static void lookup_call(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry;
    const int errnum = server_tell(req, parent, name, &entry);

    if (errnum == ENOENT) {
        (void)fuse_reply_entry(req, &entry); /* node 0: the kernel keeps that there is none */
        return;
    }
    server_travel(req, CALL_LOOKUP);
    if (errnum != 0) {
        (void)fuse_reply_err(req, errnum);
    } else {
        (void)fuse_reply_entry(req, &entry);
    }
}

static void forget_call(fuse_req_t req, fuse_ino_t node, uint64_t n)
{
    nodes_forget(server_of(req)->nodes, node, n);
    fuse_reply_none(req);
}

static void forget_multi_call(fuse_req_t req, size_t n, struct fuse_forget_data *forgotten)
{
    for (size_t i = 0; i < n; i++) {
        nodes_forget(server_of(req)->nodes, forgotten[i].ino, forgotten[i].nlookup);
    }
    fuse_reply_none(req);
}

/* What is made in @parent, open as @dir, belongs to who asked for it. */
static void reply_made(fuse_req_t req, fuse_ino_t parent, int dir, const char *name, int result)
{
    const struct fuse_ctx *asker = fuse_req_ctx(req);

    if (result < 0) {
        (void)fuse_reply_err(req, errno);
        return;
    }
    (void)!fchownat(dir, name, asker->uid, asker->gid, AT_SYMLINK_NOFOLLOW);
    reply_entry(req, parent, name);
}

static void
mknod_call(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    CLEANUP(close) const int dir = server_open(req, parent);

    server_travel(req, CALL_MAKE);
    reply_made(req, parent, dir, name, mknodat(dir, name, mode, device));
}

static void mkdir_call(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    CLEANUP(close) const int dir = server_open(req, parent);

    server_travel(req, CALL_MAKE);
    reply_made(req, parent, dir, name, mkdirat(dir, name, mode));
}

static void symlink_call(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    CLEANUP(close) const int dir = server_open(req, parent);

    server_travel(req, CALL_MAKE);
    reply_made(req, parent, dir, name, symlinkat(target, dir, name));
}

static void link_call(fuse_req_t req, fuse_ino_t node, fuse_ino_t parent, const char *name)
{
    CLEANUP(close) const int from = server_open(req, node);
    CLEANUP(close) const int dir = server_open(req, parent);

    server_travel(req, CALL_LINK);
    if (linkat(from, "", dir, name, AT_EMPTY_PATH) < 0) {
        (void)fuse_reply_err(req, errno);
        return;
    }
    reply_entry(req, parent, name);
}

static void unlink_call(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    CLEANUP(close) const int dir = server_open(req, parent);

    server_travel(req, CALL_REMOVE);
    server_reply_done(req, unlinkat(dir, name, 0));
}

static void rmdir_call(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    CLEANUP(close) const int dir = server_open(req, parent);

    server_travel(req, CALL_REMOVE);
    server_reply_done(req, unlinkat(dir, name, AT_REMOVEDIR));
}

static void rename_call(fuse_req_t req,
                        fuse_ino_t parent,
                        const char *name,
                        fuse_ino_t new_parent,
                        const char *new_name,
                        unsigned int flags)
{
    CLEANUP(close) const int dir = server_open(req, parent);
    CLEANUP(close) const int new_dir = server_open(req, new_parent);

    server_travel(req, CALL_RENAME);
    server_reply_done(req, renameat2(dir, name, new_dir, new_name, flags));
}

void call_names(struct fuse_lowlevel_ops *calls)
{
    calls->lookup = lookup_call;
    calls->forget = forget_call;
    calls->forget_multi = forget_multi_call;
    calls->mknod = mknod_call;
    calls->mkdir = mkdir_call;
    calls->symlink = symlink_call;
    calls->link = link_call;
    calls->unlink = unlink_call;
    calls->rmdir = rmdir_call;
    calls->rename = rename_call;
}
