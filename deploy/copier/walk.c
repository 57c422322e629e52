/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "deploy/copier/file.h"
#include "deploy/copier/links.h"

/* What the kernel is asked for at once, and how many entries of it become tasks at once: with all
 * of them what waits would grow with the directory. */
#define ENTRIES_SIZE    ((size_t)32 * 1024)
#define ENTRIES_AT_ONCE 64

/* What file systems give out, also for a byte. */
#define BLOCK_SIZE UINT64_C(4096)

/* As getdents64(2) describes it. */
struct linux_dirent64 {
    ino64_t d_ino;
    off64_t d_off;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[];
};

/* An entry that is a task. */
struct entry {
    struct work_task task;
    struct dir *dir;        /* held */
    struct walk_size *size; /* NULL: it is to be copied */
    unsigned char type;
    char name[];
};

/* A directory that is read. */
struct reading {
    struct work_task task;
    struct dir *dir; /* held */
    struct walk_size *size;
    size_t at;
    size_t len;
    char entries[ENTRIES_SIZE] __attribute__((aligned(8)));
};

static void run_reading(struct work_task *task, struct work_thread *thread);

/* Read @dir, which goes over. */
static void start_reading(struct dir *dir, struct walk_size *size, struct work *work)
{
    struct reading *reading = malloc(sizeof(*reading));

    if (reading == NULL) {
        errno = ENOMEM;
        dir_fail(dir, "", "cannot read it");
        dir_release(dir);
        return;
    }
    reading->task.run = run_reading;
    reading->dir = dir;
    reading->size = size;
    reading->at = 0;
    reading->len = 0;
    work_push(work, &reading->task);
}

/*
 * Measuring
 */

/* What a copy of the file takes up. */
static uint64_t bytes_of(const struct stat *stat)
{
    const uint64_t taken = (uint64_t)stat->st_blocks * 512;
    const uint64_t full = ((uint64_t)stat->st_size + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;

    return taken < full ? taken : full;
}

static void measure_present(const struct dir *dir,
                            const char *name,
                            const struct stat *stat,
                            struct walk_size *size)
{
    struct stat there;

    if (dir->to_fd < 0 || fstatat(dir->to_fd, name, &there, AT_SYMLINK_NOFOLLOW) < 0) {
        return;
    }
    tally_add(&size->present_inodes, 1);
    if (S_ISREG(stat->st_mode) && S_ISREG(there.st_mode) && stat->st_size == there.st_size) {
        tally_add(&size->present_bytes, bytes_of(stat));
    }
}

static void measure(const struct dir *dir, const char *name, struct walk_size *size)
{
    struct stat stat;

    if (fstatat(dir->from_fd, name, &stat, AT_SYMLINK_NOFOLLOW) < 0) {
        return;
    }
    tally_add(&size->files, 1);
    if (S_ISREG(stat.st_mode) && stat.st_nlink > 1 && !links_meet(dir->tree->links, &stat)) {
        return;
    }
    tally_add(&size->inodes, 1);
    if (S_ISREG(stat.st_mode)) {
        tally_add(&size->bytes, bytes_of(&stat));
        tally_add(&size->length, (uint64_t)stat.st_size);
    }
    measure_present(dir, name, &stat, size);
}

static void measure_dir(const struct dir *dir, struct walk_size *size)
{
    tally_add(&size->inodes, 1);
    if (dir->to_fd >= 0) {
        tally_add(&size->present_inodes, 1);
    }
}

/*
 * Entries
 */

static void enter(struct dir *parent, const char *name, struct walk_size *size, struct work *work)
{
    struct dir *dir = dir_open(parent, name);
    char path[DIR_PATH_SIZE];

    if (dir == NULL) {
        if (size == NULL) { /* else it is told when it is copied */
            dir_miss(parent, name, "cannot open it");
        }
        return;
    }
    if (dir_is_target(dir)) {
        if (size == NULL) {
            dir_skip(dir, "", "it is where the copy goes");
        }
        dir_release(dir);
        return;
    }
    if (size != NULL) {
        measure_dir(dir, size);
    }
    (void)dir_path(dir, "", path);
    if (size == NULL && choice_takes(dir->tree->choice, path) && dir_destination(dir) < 0) {
        dir_fail(dir, "", "cannot make it");
        dir_release(dir);
        return;
    }
    start_reading(dir, size, work);
}

static void copy(struct entry *entry, struct work_thread *thread)
{
    switch (entry->type) {
    case DT_REG:
        file_copy(entry->dir, entry->name, thread);
        break;
    case DT_LNK:
        file_copy_link(entry->dir, entry->name);
        break;
    default:
        dir_skip(entry->dir, entry->name, "it is a device, a socket or a FIFO");
        break;
    }
}

/* Whether the entry is to be looked at: a directory for what may be in it too, and so whatever may
 * be one. */
static bool is_wanted(const struct entry *entry)
{
    const bool may_be_dir = entry->type == DT_DIR || entry->type == DT_UNKNOWN;
    char path[DIR_PATH_SIZE];

    (void)dir_path(entry->dir, entry->name, path);
    return choice_takes(entry->dir->tree->choice, path) ||
           (may_be_dir && choice_enters(entry->dir->tree->choice, path));
}

/* Some file systems do not say with the name what it is. False: it cannot be told, or it is not
 * wanted as what it is. */
static bool find_type(struct entry *entry)
{
    struct stat stat;

    if (entry->type != DT_UNKNOWN) {
        return true;
    }
    if (fstatat(entry->dir->from_fd, entry->name, &stat, AT_SYMLINK_NOFOLLOW) < 0) {
        if (entry->size == NULL) { /* else it is told when it is copied */
            dir_miss(entry->dir, entry->name, "cannot see what it is");
        }
        return false;
    }
    entry->type = (unsigned char)IFTODT(stat.st_mode);
    return is_wanted(entry);
}

static void run_entry(struct work_task *task, struct work_thread *thread)
{
    CLEANUP(free) struct entry *entry = (struct entry *)(void *)task;

    if (!tally_is_stopped(entry->dir->tree->tally) && is_wanted(entry) && find_type(entry)) {
        if (entry->type == DT_DIR) {
            enter(entry->dir, entry->name, entry->size, thread->work);
        } else if (entry->size != NULL) {
            measure(entry->dir, entry->name, entry->size);
        } else {
            copy(entry, thread);
        }
    }
    dir_release(entry->dir);
}

/* NULL without memory, which is told. */
static struct entry *make_entry(const struct reading *reading, const struct linux_dirent64 *found)
{
    const size_t len = strlen(found->d_name);
    struct entry *entry = malloc(sizeof(*entry) + len + 1);

    if (entry == NULL) {
        errno = ENOMEM;
        dir_fail(reading->dir, found->d_name, "cannot copy it");
        return NULL;
    }
    *entry = (struct entry){
        .task = {.run = run_entry},
        .dir = reading->dir,
        .size = reading->size,
        .type = found->d_type,
    };
    memcpy(entry->name, found->d_name, len + 1);
    dir_hold(reading->dir);
    return entry;
}

/*
 * Reading
 */

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Ask for more entries. False: there are none, or the failure was told. */
static bool read_more(struct reading *reading)
{
    long n;

    if (tally_is_stopped(reading->dir->tree->tally)) {
        return false;
    }
    n = syscall(SYS_getdents64, reading->dir->from_fd, reading->entries, ENTRIES_SIZE);
    if (n < 0 && errno != ENOENT && reading->size == NULL) { /* one that is gone is empty */
        dir_fail(reading->dir, "", "cannot read it");
    }
    reading->at = 0;
    reading->len = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* The next of what was read, as tasks. How many: at most ENTRIES_AT_ONCE. */
static size_t take_entries(struct reading *reading, struct entry *out[static ENTRIES_AT_ONCE])
{
    size_t n = 0;

    while (n < ENTRIES_AT_ONCE && reading->at < reading->len) {
        const struct linux_dirent64 *found = (const void *)(reading->entries + reading->at);
        reading->at += found->d_reclen;
        if (!is_dot(found->d_name) && !temporary_is_name(found->d_name)) {
            out[n] = make_entry(reading, found);
            n += out[n] != NULL ? 1 : 0;
        }
    }
    return n;
}

/* The directory waits below its entries, and goes on when they are taken. From when it waits on it
 * is another thread's. */
static void run_reading(struct work_task *task, struct work_thread *thread)
{
    struct reading *reading = (struct reading *)(void *)task;
    struct entry *entries[ENTRIES_AT_ONCE];
    size_t n;

    if (reading->at == reading->len && !read_more(reading)) {
        dir_release(reading->dir);
        free(reading);
        return;
    }
    n = take_entries(reading, entries);
    work_push(thread->work, task);
    for (size_t i = 0; i < n; i++) {
        work_push(thread->work, &entries[i]->task);
    }
}

static int start(struct tree *tree, struct work *work, struct walk_size *size)
{
    struct dir *dir = dir_open_root(tree);

    if (dir == NULL || lseek(dir->from_fd, 0, SEEK_SET) < 0) {
        if (dir != NULL) {
            dir_release(dir);
        }
        return -1;
    }
    start_reading(dir, size, work);
    return 0;
}

int walk_measure(struct tree *tree, struct work *work, struct walk_size *size)
{
    return start(tree, work, size);
}

int walk_copy(struct tree *tree, struct work *work)
{
    return start(tree, work, NULL);
}
