/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the storage job has to tell
 *
 * The same story in three places: a log line, an Event on the object that it is about, a metric.
 * Who tells of trouble does so when it begins or changes, not each time it is seen.
 */

#include <jansson.h>

#include "base/buf.h"
#include "deploy/kube/events.h"

/* What was done to objects. */
enum news_change {
    NEWS_CREATED,
    NEWS_REPAIRED,
    NEWS_REPLACED,
    NEWS_GROWN,
    NEWS_DELETED,
    NEWS_N_CHANGES,
};

/* What is wrong, and somebody has to know: reasons of Events. */
enum news_trouble {
    NEWS_CLASH,       /* the object is somebody else's */
    NEWS_FIXED,       /* what differs cannot be changed */
    NEWS_FAILED,      /* the API server did not do it */
    NEWS_MISMATCHED,  /* a claim of another class or mode, or one that cannot grow */
    NEWS_PENDING,     /* a claim without a volume */
    NEWS_UNANSWERED,  /* an NFS server does not answer */
    NEWS_VOLUME_DEAD, /* a volume whose server is gone */
    NEWS_MISSED,      /* a workflow that got no volumes */
    NEWS_N_TROUBLES,
};

struct news {
    struct events *events; /* borrowed */
    uint64_t changes[NEWS_N_CHANGES];
    uint64_t troubles[NEWS_N_TROUBLES];
};

/* @what was done to @object, because of @why. */
void news_change(struct news *news, enum news_change what, const json_t *object, const char *why)
    __attribute__((nonnull));

/* @object, which need not exist, is in trouble; @text is for people and says what they can do. */
void news_trouble(struct news *news, enum news_trouble what, const json_t *object, const char *text)
    __attribute__((nonnull));

/* @object is waited for, because of @why, which ends by itself: nobody has to know, and it is only
 * logged. */
void news_wait(const json_t *object, const char *why) __attribute__((nonnull));

/* What was in trouble is right again. */
void news_well(struct news *news, const json_t *object) __attribute__((nonnull));

/* "created", "mismatched": labels of metrics. */
const char *news_change_name(enum news_change what);
const char *news_trouble_name(enum news_trouble what);
