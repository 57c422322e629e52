/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading what is in force again when its files change
 *
 * A source is a set of files that together make one value: the policies of a folder, a certificate
 * and its key. One thread looks at all sources when inotify tells of a change, and every
 * RELOAD_POLL_MS besides. A source that changed is read; what was read counts only when its files
 * look the same before and after (snapshot.h), so that it is of one generation; and only a value
 * that loads is put in force. What does not load keeps the old value, is told once in a log line
 * and each time in a metric, and is tried again.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "webhook/server/metrics.h"

/* How soon a change that inotify does not tell of is seen; without inotify, RELOAD_BLIND_MS. */
#define RELOAD_POLL_MS  10000
#define RELOAD_BLIND_MS 1000

/* Who replaces files does it in several steps; there is no hurry to see the first. */
#define RELOAD_SETTLE_MS 20

#define RELOAD_PATHS_MAX   3
#define RELOAD_SOURCES_MAX 4

struct reload_source {
    const char *what;                    /* "policies": for log lines */
    const char *paths[RELOAD_PATHS_MAX]; /* NULL: unused */
    enum metrics_reload metric;

    /* Read a value; NULL with an error. */
    void *(*load)(void *data, struct err *err);
    /* Put a value in force; ownership goes over. */
    void (*use)(void *data, void *value);
    /* Give up a value that is not to be used. */
    void (*drop)(void *value);
    void *data;
};

struct reload;

/* A reloader of the @n sources, which are read in this order. @sources is borrowed. NULL with
 * ERR_INTERNAL. */
struct reload *
reload_new(const struct reload_source *sources, size_t n, struct metrics *metrics, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Ends the thread. Accepts NULL. */
void reload_free(struct reload *reload);

/*
 * Read all sources that have nothing in force yet, and put them in force. Before reload_start().
 *
 * Errors: those of the first that does not load; the others are read nevertheless.
 */
int reload_first(struct reload *reload, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Start the thread. Errors: ERR_INTERNAL. */
int reload_start(struct reload *reload, struct err *err)
    __attribute__((nonnull, warn_unused_result));

/* Read all of them again now. */
void reload_kick(struct reload *reload) __attribute__((nonnull));

static inline void reload_free_p(struct reload **reload)
{
    reload_free(*reload);
}
