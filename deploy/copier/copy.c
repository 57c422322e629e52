/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/copy.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "deploy/copier/links.h"
#include "deploy/copier/place.h"
#include "deploy/copier/progress.h"
#include "deploy/copier/ranges.h"
#include "deploy/copier/room.h"
#include "deploy/copier/walk.h"

#define FOREVER_MS 1000000U

/* Of one thread: each directory on its way down is open on both sides, 30 of them in most trees. */
#define DESCRIPTORS_EACH 64

struct run {
    const struct copy_options *options;
    struct work *work;
    struct tally *tally;
    struct ranges ranges;
    struct place places[COPY_JOBS_MAX];
    struct walk_size sizes[COPY_JOBS_MAX]; /* of what is to be copied */
};

static void clear_run_p(struct run *run)
{
    work_free(run->work);
    for (size_t i = 0; i < COPY_JOBS_MAX; i++) {
        place_clear(&run->places[i]);
    }
}

/* Ask for all descriptors that there may be. How many there are. */
static rlim_t raise_limit_of_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return RLIM_INFINITY;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        const struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        limit.rlim_cur = setrlimit(RLIMIT_NOFILE, &raised) == 0 ? limit.rlim_max : limit.rlim_cur;
    }
    return limit.rlim_cur;
}

/* As many threads as are wanted and have their descriptors. */
static unsigned int count_threads(unsigned int n_wanted)
{
    const rlim_t n_most = raise_limit_of_files() / DESCRIPTORS_EACH;

    if (n_most == 0) {
        return 1;
    }
    return n_most < n_wanted ? (unsigned int)n_most : n_wanted;
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

/* See how much there is of the tree of @job, and what of it is at the destination. */
static int measure(struct run *run,
                   const struct copy_job *job,
                   const struct place *place,
                   struct walk_size *size,
                   struct err *err)
{
    CLEANUP(links_free) struct links *links = links_new();
    struct tree tree = tree_of(run, job, place);

    if (links == NULL) {
        return err_no_memory(err);
    }
    tree.links = links;
    tree.is_measured = true;
    if (walk_measure(&tree, run->work, size) < 0) {
        return err_set_errno(err, "%s: cannot be read", job->from);
    }
    while (!work_wait(run->work, FOREVER_MS)) {
    }
    return 0;
}

static struct room room_of(struct run *run, size_t i, const struct copy_job *job)
{
    struct walk_size *size = &run->sizes[i];

    return (struct room){
        .bytes = tally_read(&size->bytes),
        .inodes = tally_read(&size->inodes) + run->places[i].n_unmade,
        .present_bytes = tally_read(&size->present_bytes),
        .present_inodes = tally_read(&size->present_inodes),
        .max_bytes = job->max_bytes,
    };
}

/* Whether there is room for the tree of @jobs[i] beside those before it. */
static int check_room(struct run *run, const struct copy_job *jobs, size_t i, struct err *err)
{
    struct room room = room_of(run, i, &jobs[i]);

    for (size_t other = 0; other < i; other++) {
        if (run->places[other].to_device == run->places[i].to_device) {
            const struct room before = room_of(run, other, &jobs[other]);
            room.reserved_bytes += room_new_bytes(&before);
            room.reserved_inodes += room_new_inodes(&before);
        }
    }
    return room_check(&room, run->places[i].around, jobs[i].to, err);
}

/* Nothing is made before all fit. */
static int prepare(struct run *run, const struct copy_job *jobs, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (place_look(&jobs[i], &run->places[i], err) < 0) {
            return -1;
        }
        if (run->places[i].from >= 0 &&
            (measure(run, &jobs[i], &run->places[i], &run->sizes[i], err) < 0 ||
             check_room(run, jobs, i, err) < 0)) {
            return -1;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (place_make(&jobs[i], &run->places[i], err) < 0) {
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
        length += tally_read(&run->sizes[i].length);
        files += tally_read(&run->sizes[i].files);
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
        run.places[i] = PLACE_INIT;
    }
    run.work = work_new(count_threads(options->n_threads), err);
    if (run.work == NULL || prepare(&run, jobs, n, err) < 0) {
        return COPY_REFUSED;
    }
    result = copy_all(&run, jobs, n);
    if (result == COPY_INCOMPLETE) {
        *err = tally.first;
    }
    return result;
}
