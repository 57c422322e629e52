/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A directory on its way
 *
 * It is held by its reader and by each entry that is not done yet, its subdirectories among them;
 * when the last lets go, it is given the mode and the times of its source, which writing into it
 * would have changed, and closed. Names are followed from open descriptors, so a path may be longer
 * than PATH_MAX and nobody leads us elsewhere by a link in between. A tree that is deeper than half
 * of the descriptors that the process may have cannot be copied below that, which is told.
 *
 * The directory at the destination is made when something is to be put into it.
 */

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "deploy/copier/choice.h"
#include "deploy/copier/tally.h"
#include "deploy/copier/temporary.h"

struct links;
struct ranges;

/* Paths in messages, and those that globs are asked about, are cut to that. */
#define DIR_PATH_SIZE ((size_t)PATH_MAX)

/* A tree and where it goes: what all its directories share. */
struct tree {
    const char *from; /* as the user wrote them, for messages */
    const char *to;
    const struct choice *choice;
    struct tally *tally;
    struct links *links;
    struct ranges *ranges;
    int from_fd; /* their roots */
    int to_fd;
    struct stat to_stat; /* of the latter, which may lie in the tree itself */
    struct temporary temporary;
    bool is_measured;           /* it is only looked at, at the destination too */
    bool is_durable;            /* files are flushed before they get their names */
    bool is_alone;              /* nobody else writes to the destination */
    atomic_bool no_xattrs;      /* the source has no extended attributes */
    _Atomic dev_t plain_device; /* a file system of the destination that has none; 0: not known */
};

struct dir {
    struct tree *tree;
    struct dir *parent; /* NULL: the root */
    atomic_uint n_holders;
    int from_fd;
    pthread_mutex_t lock; /* of the next four */
    int to_fd;            /* -1: not made yet */
    dev_t to_device;      /* once it is made */
    int to_errno;         /* why it cannot be made; 0: nobody tried */
    bool is_new;          /* at the destination: it was not there before */
    struct stat stat;     /* of the source */
    char name[];          /* "" for the root */
};

/* Open the directory @name of @parent; NULL with errno. One holder: the caller. Where the tree is
 * only measured, that at the destination is opened too, if there is one. */
struct dir *dir_open(struct dir *parent, const char *name) __attribute__((nonnull));

/* The root of @tree. NULL with errno. Both descriptors stay @tree's. */
struct dir *dir_open_root(struct tree *tree) __attribute__((nonnull));

void dir_hold(struct dir *dir) __attribute__((nonnull));

/* Let go. The last one finishes it, and with it perhaps those around it. */
void dir_release(struct dir *dir) __attribute__((nonnull));

/* The directory at the destination, made if need be, and those around it; -1 with errno. What is
 * there already and is no directory is ENOTDIR, a link included. Borrowed. */
int dir_destination(struct dir *dir) __attribute__((nonnull));

/* Whether it is the destination's root itself. */
bool dir_is_target(const struct dir *dir) __attribute__((nonnull));

/* Whether something may be at the destination under the names that are to be copied. */
bool dir_is_merged(const struct dir *dir) __attribute__((nonnull));

/* The path of its entry @name ("": its own) below the root, as globs see it; and with the root in
 * front, as people do. The first tells whether it is whole: what was cut leads nowhere. */
bool dir_path(const struct dir *dir, const char *name, char out[static DIR_PATH_SIZE])
    __attribute__((nonnull));
void dir_full_path(const struct dir *dir, const char *name, char out[static DIR_PATH_SIZE])
    __attribute__((nonnull));

/* tally_fail() about its entry @name, at the step @what, for the reason in errno. */
void dir_fail(const struct dir *dir, const char *name, const char *what) __attribute__((nonnull));

/* tally_skip() about its entry @name. */
void dir_skip(const struct dir *dir, const char *name, const char *reason) __attribute__((nonnull));

/* For the reason in errno its entry @name cannot be looked at, at the step @what: where it vanished
 * since the directory was read it is left out, else it fails. */
void dir_miss(const struct dir *dir, const char *name, const char *what) __attribute__((nonnull));
