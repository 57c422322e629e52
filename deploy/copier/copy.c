/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/links.h"
#include "deploy/copier/progress.h"
#include "deploy/copier/ranges.h"
#include "deploy/copier/room.h"
#include "deploy/copier/walk.h"

#define FOREVER_MS 1000000U

static const struct choice everything;

/* A tree is there, both roots open; -1: it is not. */
struct place {
    int from;
    int to;
    struct stat to_stat;
    struct walk_size size;
    uint64_t new_bytes; /* at the destination */
    uint64_t new_inodes;
};

struct run {
    const struct copy_options *options;
    struct work *work;
    struct tally *tally;
    struct ranges ranges;
    struct place places[COPY_JOBS_MAX];
};

static void close_places(struct place *places)
{
    for (size_t i = 0; i < COPY_JOBS_MAX; i++) {
        close_p(&places[i].from);
        close_p(&places[i].to);
    }
}

static void clear_run_p(struct run *run)
{
    work_free(run->work);
    close_places(run->places);
}

/* Each directory on the way down is open, on both sides, for each thread. */
static void raise_limit_of_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Whoever asks NFS to make what is there, where he must not make anything, is told the latter. */
static bool is_there(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0;
}

/* Make the directory @path and those around it. */
static int make_path(const char *path, struct err *err)
{
    char part[PATH_MAX];
    const size_t len = strlen(path);

    if (len >= sizeof(part)) {
        return err_set(err, ERR_INVALID, "%s: is longer than a path may be", path);
    }
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

static int open_folder(const char *path, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 ? fd : err_set_errno(err, "%s: cannot be opened as a directory", path);
}

static int check_differ(const struct copy_job *job, const struct place *place, struct err *err)
{
    struct stat from;

    if (fstat(place->from, &from) < 0) {
        return err_set_errno(err, "%s: cannot be looked at", job->from);
    }
    if (from.st_ino == place->to_stat.st_ino && from.st_dev == place->to_stat.st_dev) {
        return err_set(err, ERR_INVALID, "%s and %s are one directory", job->from, job->to);
    }
    return 0;
}

static int open_place(const struct copy_job *job, struct place *place, struct err *err)
{
    place->from = open_folder(job->from, err);
    if (place->from < 0 && !(err->code == ERR_NOT_FOUND && job->may_be_missing)) {
        return -1;
    }
    if (make_path(job->to, err) < 0) {
        return -1;
    }
    place->to = open_folder(job->to, err);
    if (place->to < 0) {
        return -1;
    }
    if (fstat(place->to, &place->to_stat) < 0) {
        return err_set_errno(err, "%s: cannot be looked at", job->to);
    }
    return place->from < 0 ? 0 : check_differ(job, place, err);
}

static struct tree
tree_of(const struct run *run, const struct copy_job *job, const struct place *place)
{
    return (struct tree){
        .from = job->from,
        .to = job->to,
        .choice = &job->choice,
        .tally = run->tally,
        .from_fd = place->from,
        .to_fd = place->to,
        .to_stat = place->to_stat,
        .is_durable = run->options->is_durable,
        .is_alone = run->options->is_alone,
    };
}

/*
 * Measuring
 */

static int measure(struct run *run, struct tree *tree, struct walk_size *size, struct err *err)
{
    if (walk_measure(tree, run->work, size) < 0) {
        return err_set_errno(err, "%s: cannot be read", tree->from);
    }
    while (!work_wait(run->work, FOREVER_MS)) {
    }
    return 0;
}

/* What the copies before @place will take up of the same disk. */
static void reserve(const struct run *run, const struct place *place, struct room *room)
{
    for (const struct place *other = run->places; other < place; other++) {
        if (other->to_stat.st_dev == place->to_stat.st_dev) {
            room->reserved_bytes += other->new_bytes;
            room->reserved_inodes += other->new_inodes;
        }
    }
}

/* Measure what is to be copied, and what of it may be there. Not in a share, of which others have
 * their parts. */
static int
check_room(struct run *run, const struct copy_job *job, struct place *place, struct err *err)
{
    struct walk_size present = {.bytes = 0};
    struct tree from = tree_of(run, job, place);
    struct tree to = tree_of(run, job, place);
    struct room room;

    to.from = job->to;
    to.from_fd = place->to;
    to.to_stat = (struct stat){.st_ino = 0}; /* it goes nowhere */
    to.choice = &everything;
    if (measure(run, &from, &place->size, err) < 0 ||
        (run->options->is_alone && measure(run, &to, &present, err) < 0)) {
        return -1;
    }
    room = (struct room){
        .bytes = tally_read(&place->size.bytes),
        .inodes = tally_read(&place->size.files) + tally_read(&place->size.dirs),
        .present_bytes = tally_read(&present.bytes),
        .present_inodes = tally_read(&present.files) + tally_read(&present.dirs),
        .max_bytes = job->max_bytes,
    };
    place->new_bytes = room_new_bytes(&room);
    place->new_inodes = room_new_inodes(&room);
    reserve(run, place, &room);
    return room_check(&room, place->to, job->to, err);
}

static int prepare(struct run *run, const struct copy_job *jobs, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (open_place(&jobs[i], &run->places[i], err) < 0) {
            return -1;
        }
        if (run->places[i].from >= 0 && check_room(run, &jobs[i], &run->places[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

/*
 * Copying
 */

static void copy(struct run *run,
                 const struct copy_job *job,
                 const struct place *place,
                 struct progress *progress)
{
    CLEANUP(links_free) struct links *links = links_new();
    struct tree tree = tree_of(run, job, place);

    tree.links = links;
    tree.ranges = &run->ranges;
    temporary_init(&tree.temporary);
    temporary_clear(&tree.temporary, tree.to_fd, tree.is_alone);
    if (links == NULL || walk_copy(&tree, run->work) < 0) {
        tally_fail(run->tally, job->from, "cannot read it", links == NULL ? ENOMEM : errno);
        return;
    }
    while (!work_wait(run->work, COPY_PROGRESS_MS)) {
        progress_tell(progress);
    }
}

static enum copy_result copy_all(struct run *run, const struct copy_job *jobs, size_t n)
{
    struct progress progress;
    uint64_t length = 0;
    uint64_t files = 0;

    for (size_t i = 0; i < n; i++) {
        length += tally_read(&run->places[i].size.length);
        files += tally_read(&run->places[i].size.files);
    }
    progress_begin(&progress, run->tally, length, files);
    for (size_t i = 0; i < n && !tally_is_stopped(run->tally); i++) {
        if (run->places[i].from >= 0) {
            copy(run, &jobs[i], &run->places[i], &progress);
        }
    }
    progress_end(&progress);
    return tally_read(&run->tally->failures) == 0 ? COPY_DONE : COPY_INCOMPLETE;
}

enum copy_result
copy_run(const struct copy_job *jobs, size_t n, const struct copy_options *options, struct err *err)
{
    struct tally tally = TALLY_INIT;
    CLEANUP(clear_run)
    struct run run = {.options = options, .tally = &tally, .ranges = RANGES_INIT};
    enum copy_result result;

    for (size_t i = 0; i < COPY_JOBS_MAX; i++) {
        run.places[i].from = -1;
        run.places[i].to = -1;
    }
    raise_limit_of_files();
    run.work = work_new(options->n_threads, err);
    if (run.work == NULL || prepare(&run, jobs, n, err) < 0) {
        return COPY_REFUSED;
    }
    result = copy_all(&run, jobs, n);
    if (result == COPY_INCOMPLETE) {
        *err = tally.first;
    }
    return result;
}
