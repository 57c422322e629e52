/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/* Whoever a container runs as executes it, whatever our umask is. */
#define INSTALL_MODE 0755

#define CHUNK_BYTES 65536UL

/* The program that runs, open for reading. */
static int open_self(const char *exe, const char *argv0, struct err *err)
{
    int fd = open(exe, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        return fd;
    }
    if (errno != ENOENT) {
        return err_set_errno(err, "program '%s'", exe);
    }
    if (strchr(argv0, '/') == NULL) {
        return err_set(err, ERR_INVALID, "program '%s': expected a path, as there is no '%s'",
                       argv0, exe);
    }
    fd = open(argv0, O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : err_set_errno(err, "program '%s'", argv0);
}

/* 0, or -1 with errno, as in all below. */
static int copy_all(int from, int to)
{
    CLEANUP(free) char *chunk = malloc(CHUNK_BYTES);
    ssize_t n;

    if (chunk == NULL) {
        return -1;
    }
    for (;;) {
        n = read(from, chunk, CHUNK_BYTES);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return (int)n;
        }
        if (file_write_all(to, chunk, (size_t)n) < 0) {
            return -1;
        }
    }
}

/* Fill the new file @to and close it: while it is open for writing nobody can execute it. */
static int fill(int from, int to)
{
    int status = copy_all(from, to);

    if (status == 0) {
        status = fchmod(to, INSTALL_MODE);
    }
    if (status == 0) {
        status = fsync(to);
    }
    if (status < 0) {
        const int failure = errno;
        (void)close(to);
        errno = failure;
        return -1;
    }
    return close(to); /* a network file system may say only now that it is full */
}

static int replace(int from, const char *dir, char *temporary, const char *path, struct err *err)
{
    const int to = mkostemp(temporary, O_CLOEXEC);

    if (to < 0) {
        return err_set_errno(err, "folder '%s'", dir);
    }
    if (fill(from, to) < 0 || rename(temporary, path) < 0) {
        err_set_errno(err, "file '%s'", path);
        (void)unlink(temporary);
        return -1;
    }
    return 0;
}

int install_from(const char *exe, const char *dir, const char *argv0, struct err *err)
{
    CLEANUP(close) const int from = open_self(exe, argv0, err);
    CLEANUP(free) char *temporary = NULL;
    CLEANUP(free) char *path = NULL;

    if (from < 0) {
        return -1;
    }
    if (asprintf(&path, "%s/" INSTALL_NAME, dir) < 0) {
        path = NULL;
        return err_no_memory(err);
    }
    if (asprintf(&temporary, "%s/." INSTALL_NAME ".XXXXXX", dir) < 0) {
        temporary = NULL;
        return err_no_memory(err);
    }
    return replace(from, dir, temporary, path, err);
}

int install_self(const char *dir, const char *argv0, struct err *err)
{
    return install_from("/proc/self/exe", dir, argv0, err);
}
