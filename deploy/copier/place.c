/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static int refuse_folder(const char *path, struct err *err)
{
    return err_set_errno(err, "%s: cannot be opened as a directory", path);
}

/*
 * Looking
 */

/* Cut the last name off @path, which becomes "." or "/" at last. False: there is none any more. */
static bool cut_last(char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    if (strcmp(path, ".") == 0 || strcmp(path, "/") == 0) {
        return false;
    }
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    if (len == 0) {
        path[len++] = '.';
    }
    path[len] = '\0';
    return true;
}

/* Nothing is read there: so who may not read it may still copy to below it. */
static int open_around(const char *to, struct place *place, struct err *err)
{
    char path[PATH_MAX];
    struct stat stat;

    if (strlen(to) >= sizeof(path)) {
        return err_set(err, ERR_INVALID, "%s: is longer than a path may be", to);
    }
    memcpy(path, to, strlen(to) + 1);
    do {
        place->around = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        place->n_unmade += place->around < 0 ? 1 : 0;
    } while (place->around < 0 && errno == ENOENT && cut_last(path));
    if (place->around < 0 || fstat(place->around, &stat) < 0) {
        return refuse_folder(path, err);
    }
    place->to_device = stat.st_dev;
    return 0;
}

static int open_destination(const char *to, struct place *place, struct err *err)
{
    place->to = open(to, OPEN_FLAGS);
    if (place->to < 0) {
        return refuse_folder(to, err);
    }
    if (fstat(place->to, &place->to_stat) < 0) {
        return err_set_errno(err, "%s: cannot be looked at", to);
    }
    place->to_device = place->to_stat.st_dev;
    return 0;
}

static int check_differ(const struct copy_job *job, const struct place *place, struct err *err)
{
    struct stat from;

    if (place->from < 0) {
        return 0;
    }
    if (fstat(place->from, &from) < 0) {
        return err_set_errno(err, "%s: cannot be looked at", job->from);
    }
    if (from.st_ino == place->to_stat.st_ino && from.st_dev == place->to_stat.st_dev) {
        return err_set(err, ERR_INVALID, "%s and %s are one directory", job->from, job->to);
    }
    return 0;
}

int place_look(const struct copy_job *job, struct place *place, struct err *err)
{
    place->from = open(job->from, OPEN_FLAGS);
    if (place->from < 0 && !(errno == ENOENT && job->may_be_missing)) {
        return refuse_folder(job->from, err);
    }
    if (open_around(job->to, place, err) < 0) {
        return -1;
    }
    if (place->n_unmade > 0) {
        return 0;
    }
    return open_destination(job->to, place, err) < 0 ? -1 : check_differ(job, place, err);
}

/*
 * Making
 */

/* Whoever asks NFS to make what is there, where he must not make anything, is told the latter. */
static bool is_there(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0;
}

/* Make the directory @path and those around it. */
static int make_path(const char *path, struct err *err)
{
    const size_t len = strlen(path);
    char part[PATH_MAX];

    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (!is_there(part) && mkdir(part, 0777) < 0 && errno != EEXIST) {
            return err_set_errno(err, "%s: cannot be made", part);
        }
    }
    return 0;
}

int place_make(const struct copy_job *job, struct place *place, struct err *err)
{
    if (place->to >= 0) {
        return 0;
    }
    if (make_path(job->to, err) < 0 || open_destination(job->to, place, err) < 0) {
        return -1;
    }
    return check_differ(job, place, err);
}

void place_clear(struct place *place)
{
    close_p(&place->from);
    close_p(&place->to);
    close_p(&place->around);
}
