/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/content.h"
#include "deploy/copier/links.h"
#include "deploy/copier/meta.h"

/* Nothing waits for a writer of a FIFO that took the file's place. */
#define FROM_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define TO_FLAGS   (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

/* What is read by one call to a server: rsize, and what is read ahead, are larger. */
#define ONE_READ ((off_t)64 * 1024)

/* A file on its way. */
struct file {
    struct work_task task; /* to copy the next range */
    struct dir *dir;       /* held */
    int from;
    int to;
    struct stat stat;    /* of the source, before */
    struct stat made;    /* of the destination, when it was made */
    bool is_claimed;     /* other names may wait for it: links_settle() */
    struct stat claimed; /* as what; another file may have taken its place since */
    bool is_sparse;
    unsigned int n_tries;
    atomic_uint_fast64_t n_bytes; /* in the tally, of this try */
    pthread_mutex_t lock;         /* of the rest */
    off_t next;                   /* where the next range begins */
    unsigned int n_ranges;        /* under way */
    bool has_failed;              /* which was told */
    bool is_stale;                /* the server knows the open file no more: it is opened again */
    char temporary[TEMPORARY_SIZE];
    char name[];
};

static struct file *make(struct dir *dir, const char *name)
{
    struct file *file = calloc(1, sizeof(*file) + strlen(name) + 1);

    if (file != NULL) {
        dir_hold(dir);
        file->dir = dir;
        file->from = -1;
        file->to = -1;
        (void)pthread_mutex_init(&file->lock, NULL);
        memcpy(file->name, name, strlen(name) + 1);
    }
    return file;
}

static void drop_temporary(struct file *file)
{
    if (file->temporary[0] != '\0') {
        (void)unlinkat(file->dir->to_fd, file->temporary, 0);
        file->temporary[0] = '\0';
    }
}

/* What was copied is not there. */
static void uncount(struct file *file)
{
    tally_take(&file->dir->tree->tally->bytes, atomic_exchange(&file->n_bytes, 0));
}

/* Whether what was copied is the file that other names wait for. */
static bool is_as_claimed(const struct file *file)
{
    return file->stat.st_ino == file->claimed.st_ino && file->stat.st_dev == file->claimed.st_dev;
}

static void run_again(struct work_task *task, struct work_thread *thread);

/* What was claimed is there, or another name of it is tried. */
static void
settle_claim(struct tree *tree, const struct stat *claimed, bool is_there, struct work *work)
{
    struct links_waiter *heir;
    struct file *file = NULL;

    while (file == NULL && (heir = links_settle(tree->links, claimed, is_there)) != NULL) {
        file = make(heir->dir, heir->name);
        if (file == NULL) {
            errno = ENOMEM;
            dir_fail(heir->dir, heir->name, "cannot copy it");
        } else {
            file->claimed = *claimed;
            file->is_claimed = true;
            file->task.run = run_again;
            work_push(work, &file->task);
        }
        links_waiter_free(heir);
        is_there = false;
    }
}

/* @is_there: under its final name. */
static void end(struct file *file, bool is_there, struct work *work)
{
    struct dir *dir = file->dir;

    close_p(&file->from);
    close_p(&file->to);
    drop_temporary(file);
    if (!is_there) {
        uncount(file);
    }
    if (file->is_claimed) {
        const bool is_linkable = is_there && is_as_claimed(file);
        settle_claim(dir->tree, is_linkable ? &file->stat : &file->claimed, is_linkable, work);
    }
    (void)pthread_mutex_destroy(&file->lock);
    free(file);
    dir_release(dir);
}

static void fail(const struct file *file, const char *what)
{
    dir_fail(file->dir, file->name, what);
}

static void fail_because(const struct file *file, const char *reason)
{
    char path[DIR_PATH_SIZE];

    dir_full_path(file->dir, file->name, path);
    tally_fail_because(file->dir->tree->tally, path, reason);
}

/*
 * The end of a copy
 */

/* Give it all but its content, and its name. */
static int complete(struct file *file, const char **what)
{
    struct tree *tree = file->dir->tree;
    int fd;

    /* Before its times are set: a server that was restarted meanwhile is given all once more. */
    *what = "cannot flush it";
    if (tree->is_durable && fsync(file->to) < 0) {
        return -1;
    }
    *what = "cannot set its mode and times";
    if (meta_copy(tree, file->from, file->to, &file->stat, &file->made) < 0) {
        return -1;
    }
    *what = "cannot close it"; /* a network file system may tell only now that it is full */
    fd = file->to;
    file->to = -1;
    if (close(fd) < 0) {
        return -1;
    }
    *what = "cannot give it its name";
    if (renameat(file->dir->to_fd, file->temporary, file->dir->to_fd, file->name) < 0) {
        return -1;
    }
    file->temporary[0] = '\0';
    return 0;
}

/* Whether the file may have got shorter while it was read: the kernel makes zeros of what a server
 * does not have any more. */
static bool ends_in_zero(const struct file *file)
{
    char last;

    if (file->stat.st_size == 0) {
        return false;
    }
    return pread(file->from, &last, 1, file->stat.st_size - 1) != 1 || last == '\0';
}

/*
 * Whether it is as it was when the copy began. What was read in one call to a server is what the
 * file held at one moment, and the server is not asked once more: for many small files that would
 * be a third of the time. What somebody else writes in that moment has another time, and is taken
 * by the next copy.
 */
static bool is_unchanged(const struct file *file)
{
    const bool is_certain = file->stat.st_size > ONE_READ || ends_in_zero(file);

    return meta_is_unchanged(file->from, &file->stat, is_certain);
}

/*
 * A large file
 */

/* Take the next range that has something in it. False: there is none. */
static bool take_range(struct file *file, off_t *begin, off_t *end_)
{
    const off_t size = file->stat.st_size;
    const off_t before = file->next;

    if (file->is_sparse && file->next < size) {
        file->next = content_next_data(file->from, file->next, size);
        tally_add(&file->dir->tree->tally->bytes, (uint64_t)(file->next - before));
        tally_add(&file->n_bytes, (uint64_t)(file->next - before));
    }
    if (file->next >= size || file->has_failed) {
        return false;
    }
    *begin = file->next;
    *end_ = size - file->next < FILE_RANGE ? size : file->next + FILE_RANGE;
    file->next = *end_;
    return true;
}

/* All ranges are done. */
static void settle(struct file *file, struct work_thread *thread)
{
    struct tally *tally = file->dir->tree->tally;
    const char *what = "";

    if (file->has_failed || tally_is_stopped(tally)) {
        end(file, false, thread->work);
        return;
    }
    if (file->is_stale || !is_unchanged(file)) {
        file->task.run = run_again;
        work_push(thread->work, &file->task);
        return;
    }
    if (complete(file, &what) < 0) {
        fail(file, what);
        end(file, false, thread->work);
        return;
    }
    tally_add(&tally->files, 1);
    end(file, true, thread->work);
}

/* By its server: the file's handle, or, which NFS says otherwise, that we have it open. */
static bool is_forgotten(int errnum)
{
    return errnum == ESTALE || errnum == EBADF;
}

static void copy_range(struct file *file, off_t from, off_t to, struct work_thread *thread)
{
    const struct content content = {
        .tree = file->dir->tree,
        .from = file->from,
        .to = file->to,
        .from_device = file->stat.st_dev,
        .to_device = file->dir->to_device,
        .is_sparse = file->is_sparse,
        .thread = thread,
        .n_bytes = &file->n_bytes,
    };
    const char *what = "";
    const bool is_copied = content_copy(&content, from, to, &what) == 0;
    const int errnum = errno;

    (void)pthread_mutex_lock(&file->lock);
    if (!is_copied && is_forgotten(errnum)) {
        file->is_stale = true;
    } else if (!is_copied && !file->has_failed) {
        file->has_failed = true;
        errno = errnum;
        fail(file, what);
    }
    (void)pthread_mutex_unlock(&file->lock);
}

/* One range; while there are others, somebody else may begin with the next. The file counts the
 * tasks that know it. */
static void run_range(struct work_task *task, struct work_thread *thread)
{
    struct file *file = (struct file *)(void *)task;
    off_t from = 0;
    off_t to = 0;
    bool has_range;
    bool is_last;

    (void)pthread_mutex_lock(&file->lock);
    has_range = take_range(file, &from, &to);
    if (has_range && file->next < file->stat.st_size) {
        file->n_ranges++;
        work_push(thread->work, &file->task);
    }
    (void)pthread_mutex_unlock(&file->lock);
    if (has_range) {
        copy_range(file, from, to, thread);
    }
    (void)pthread_mutex_lock(&file->lock);
    file->n_ranges--;
    is_last = file->n_ranges == 0;
    (void)pthread_mutex_unlock(&file->lock);
    if (is_last) {
        settle(file, thread);
    }
}

/*
 * The beginning of a copy
 */

static int open_and_look(struct file *file)
{
    close_p(&file->from);
    file->from = openat(file->dir->from_fd, file->name, FROM_FLAGS);
    return file->from < 0 ? -1 : fstat(file->from, &file->stat);
}

/* The same, also where the server does not know the handle any more. To open a file NFS trusts what
 * it keeps of the name, even of one that was removed; only to look at the name it asks again. */
static int look_up(struct file *file)
{
    struct stat stat;
    int result = open_and_look(file);

    for (int n = 1; n < FILE_TRIES && result < 0 && errno == ESTALE; n++) {
        result = fstatat(file->dir->from_fd, file->name, &stat, AT_SYMLINK_NOFOLLOW);
        result = result < 0 ? -1 : open_and_look(file);
    }
    return result;
}

/* Open the source, and see what it is. False: there is nothing to copy, which was told. */
static bool open_source(struct file *file)
{
    if (look_up(file) < 0) {
        dir_miss(file->dir, file->name, "cannot open it");
        return false;
    }
    if (!S_ISREG(file->stat.st_mode)) {
        fail_because(file, "it became something else than a file");
        return false;
    }
    return true;
}

/* Whether the same is there already, as of a copy that was interrupted; what beside its content is
 * not is mended. */
static bool is_there_already(const struct file *file)
{
    struct tree *tree = file->dir->tree;
    struct stat stat;

    if (!dir_is_merged(file->dir) ||
        fstatat(file->dir->to_fd, file->name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
        !meta_has_same_content(&file->stat, &stat) ||
        !meta_update(tree, file->from, &file->stat, file->dir->to_fd, file->name, &stat)) {
        return false;
    }
    tally_add(&tree->tally->unchanged, 1);
    tally_add(&tree->tally->files, 1);
    tally_add(&tree->tally->bytes, (uint64_t)file->stat.st_size);
    return true;
}

/* Make the temporary file. One that got another group than was to be expected, by the directory, is
 * closed to it. */
static int make_destination(struct file *file)
{
    file->to = openat(file->dir->to_fd, file->temporary, TO_FLAGS, meta_first_mode(&file->stat));
    if (file->to < 0) {
        file->temporary[0] = '\0';
        return -1;
    }
    if (fstat(file->to, &file->made) < 0) {
        return -1;
    }
    if (file->made.st_gid != file->stat.st_gid && (file->made.st_mode & 077) != 0) {
        file->made.st_mode &= ~(mode_t)077;
        return fchmod(file->to, 0600);
    }
    return 0;
}

static bool open_destination(struct file *file)
{
    close_p(&file->to);
    drop_temporary(file); /* of the try before */
    temporary_name(&file->dir->tree->temporary, file->temporary);
    if (make_destination(file) < 0) {
        fail(file, "cannot make it");
        return false;
    }
    if (file->is_sparse && ftruncate(file->to, file->stat.st_size) < 0) {
        fail(file, "cannot make it as long as it is");
        return false;
    }
    return true;
}

/* Others share the large ones; the small ones are done here and now. */
static void copy_all(struct file *file, struct work_thread *thread)
{
    file->next = 0;
    file->is_stale = false;
    if (file->stat.st_size >= 2 * FILE_RANGE) {
        (void)posix_fadvise(file->from, 0, 0, POSIX_FADV_SEQUENTIAL);
        file->n_ranges = 1;
        file->task.run = run_range;
        work_push(thread->work, &file->task);
        return;
    }
    copy_range(file, 0, file->stat.st_size, thread);
    settle(file, thread);
}

/* What a name that has others needs. False: nothing more is to be done. */
static bool claim(struct file *file)
{
    if (file->stat.st_nlink < 2 || file->is_claimed) {
        return true;
    }
    switch (links_claim(file->dir->tree->links, file->dir, file->name, &file->stat)) {
    case LINKS_COPY:
        file->claimed = file->stat;
        file->is_claimed = true;
        return true;
    case LINKS_ALONE:
        return true;
    case LINKS_DONE:
        break;
    }
    return false;
}

/* Begin, or begin again. */
static void begin(struct file *file, struct work_thread *thread)
{
    if (tally_is_stopped(file->dir->tree->tally)) {
        end(file, false, thread->work);
        return;
    }
    if (file->n_tries == FILE_TRIES) {
        fail_because(file, "it changes while it is copied, or its server forgets it");
        end(file, false, thread->work);
        return;
    }
    file->n_tries++;
    uncount(file);
    if (!open_source(file) || !claim(file)) {
        end(file, false, thread->work);
        return;
    }
    file->is_sparse = content_is_sparse(&file->stat);
    if (dir_destination(file->dir) < 0) {
        fail(file, "cannot make its directory");
        end(file, false, thread->work);
        return;
    }
    if (is_there_already(file)) {
        end(file, true, thread->work);
        return;
    }
    if (!open_destination(file)) {
        end(file, false, thread->work);
        return;
    }
    copy_all(file, thread);
}

/* It changed while it was copied, or takes the place of another name. */
static void run_again(struct work_task *task, struct work_thread *thread)
{
    begin((struct file *)(void *)task, thread);
}

void file_copy(struct dir *dir, const char *name, struct work_thread *thread)
{
    struct file *file = make(dir, name);

    if (file == NULL) {
        errno = ENOMEM;
        dir_fail(dir, name, "cannot copy it");
        return;
    }
    begin(file, thread);
}

/*
 * Symbolic links
 */

static int make_link(struct dir *dir, const char *name, const char *target, const struct stat *stat)
{
    const int to = dir_destination(dir);
    char temporary[TEMPORARY_SIZE];

    if (to < 0) {
        return -1;
    }
    temporary_name(&dir->tree->temporary, temporary);
    if (symlinkat(target, to, temporary) < 0) {
        return -1;
    }
    if (meta_copy_link(to, temporary, stat) < 0 || renameat(to, temporary, to, name) < 0) {
        const int errnum = errno;
        (void)unlinkat(to, temporary, 0);
        errno = errnum;
        return -1;
    }
    return 0;
}

void file_copy_link(struct dir *dir, const char *name)
{
    char target[PATH_MAX];
    struct stat stat;
    const ssize_t len = readlinkat(dir->from_fd, name, target, sizeof(target) - 1);

    if (len < 0 || fstatat(dir->from_fd, name, &stat, AT_SYMLINK_NOFOLLOW) < 0) {
        dir_miss(dir, name, "cannot read the link");
        return;
    }
    target[len] = '\0';
    if (make_link(dir, name, target, &stat) < 0) {
        dir_fail(dir, name, "cannot make the link");
        return;
    }
    tally_add(&dir->tree->tally->files, 1);
}
