/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files of the server
 *
 * What the settings say is read from files, and where each value goes when it was read: the
 * sources that reload.h keeps up to date.
 */

#include <stddef.h>

#include "webhook/server/callers.h"
#include "webhook/server/current.h"
#include "webhook/server/identity.h"
#include "webhook/server/metrics.h"
#include "webhook/server/reload.h"
#include "webhook/server/settings.h"

/* Where values go. */
struct sources {
    const struct settings *settings;
    struct current *policies;
    struct identity *identity;
    struct callers *callers;
    struct metrics *metrics;

    struct reload_source items[RELOAD_SOURCES_MAX]; /* filled by sources_init() */
    size_t n;
};

/* List the sources that the settings name. @sources must not move afterwards. */
void sources_init(struct sources *sources) __attribute__((nonnull));
