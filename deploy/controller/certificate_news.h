/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the certificate job has to tell
 *
 * The same story in three places: a log line, an Event on the webhook's Secret, a metric. The
 * Secret stands for all objects of the job: an Event about one that has no namespace would have to
 * lie in the namespace `default`. Trouble is told once until it changes or is over.
 */

#include "deploy/controller/events.h"
#include "deploy/controller/kube.h"
#include "deploy/controller/metrics.h"

struct certificate_news {
    struct events *events; /* borrowed, as are the next three */
    struct metrics *metrics;
    const char *secret;         /* its name */
    const char *uid;            /* and its uid, while it is known; else NULL */
    char trouble[ERR_MSG_SIZE]; /* what was told last; empty: all is well */
};

/* Something was done, because of @why. */
void certificate_news_change(struct certificate_news *news,
                             enum metrics_change change,
                             const char *why) __attribute__((nonnull));

/* Something keeps the job from its work. */
void certificate_news_trouble(struct certificate_news *news, const char *what)
    __attribute__((nonnull));

/* All is as it should be. */
void certificate_news_well(struct certificate_news *news) __attribute__((nonnull));
