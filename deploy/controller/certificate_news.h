/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the certificate job has to tell
 *
 * The same story in three places: a log line, an Event on the webhook's Secret, a metric. The
 * Secret stands for all objects of the job: an Event about one that has no namespace would have to
 * lie in the namespace `default`. Trouble is told once until it changes or is over.
 */

#include <stdbool.h>

#include "deploy/controller/certificate_objects.h"
#include "deploy/controller/metrics.h"
#include "deploy/kube/events.h"
#include "deploy/kube/kube.h"

struct certificate_news {
    struct events *events; /* borrowed, as are the next three */
    struct metrics *metrics;
    const struct certificate_names *names;
    const char *uid; /* and its uid, during a run of the job and where it is known; else NULL */
    /* The trouble that was told last: what, and how it ended; empty: all is well. The words of a
     * failed connection differ each time. */
    char trouble[ERR_MSG_SIZE];
    enum kube_outcome outcome;
    bool was_registered; /* as was told last */
};

/* Something was done, because of @why. */
void certificate_news_change(struct certificate_news *news,
                             enum metrics_change change,
                             const char *why) __attribute__((nonnull));

/* @what keeps the job from its work, and ended so; @message is for people. */
void certificate_news_trouble(struct certificate_news *news,
                              const char *what,
                              enum kube_outcome outcome,
                              const char *message) __attribute__((nonnull));

/* Whether there is a registration. It comes with the chart, goes with it, or is called otherwise.
 */
void certificate_news_registered(struct certificate_news *news, bool is_registered)
    __attribute__((nonnull));

/* All is as it should be. */
void certificate_news_well(struct certificate_news *news) __attribute__((nonnull));
