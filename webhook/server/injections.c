/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/injections.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/exposition.h"
#include "policies/names.h"
#include "webhook/server/counter.h"
#include "webhook/server/metrics.h"

static const char others[] = "other";

struct row {
    char policy[NAMES_LABEL_MAX + 1];
    struct counter counters[KIND_N];
};

/* Rows are never moved or taken away, so that only finding one needs the lock. */
struct injections {
    pthread_mutex_t lock; /* of the two members below, and of the names of rows to come */
    size_t n;
    size_t sorted[METRICS_POLICIES_MAX + 1]; /* which rows, in the order of their names */
    struct row rows[METRICS_POLICIES_MAX + 1];
};

static struct row *row_at(struct injections *injections, size_t place)
{
    return &injections->rows[injections->sorted[place]];
}

/* The place of the first row whose name is not before @policy, which may be none. */
static size_t find_place(struct injections *injections, const char *policy)
{
    size_t first = 0;
    size_t end = injections->n;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (strcmp(row_at(injections, middle)->policy, policy) < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

/* @policy has at most NAMES_LABEL_MAX bytes, and a row is left. */
static struct row *add_row(struct injections *injections, size_t place, const char *policy)
{
    struct row *row = &injections->rows[injections->n];

    memcpy(row->policy, policy, strlen(policy));
    memmove(&injections->sorted[place + 1], &injections->sorted[place],
            (injections->n - place) * sizeof(injections->sorted[0]));
    injections->sorted[place] = injections->n++;
    return row;
}

/* The row of @policy, made if there is room; else that of all others. */
static struct row *find_row(struct injections *injections, const char *policy)
{
    size_t place = find_place(injections, policy);

    if (place < injections->n && strcmp(row_at(injections, place)->policy, policy) == 0) {
        return row_at(injections, place);
    }
    if (injections->n <= METRICS_POLICIES_MAX && strlen(policy) <= NAMES_LABEL_MAX) {
        return add_row(injections, place, policy);
    }
    return row_at(injections, find_place(injections, others));
}

struct injections *injections_new(void)
{
    struct injections *injections = calloc(1, sizeof(*injections));

    if (injections != NULL) {
        (void)pthread_mutex_init(&injections->lock, NULL); /* cannot fail without attributes */
        (void)add_row(injections, 0, others);              /* beside METRICS_POLICIES_MAX */
    }
    return injections;
}

void injections_free(struct injections *injections)
{
    if (injections != NULL) {
        (void)pthread_mutex_destroy(&injections->lock);
        free(injections);
    }
}

void injections_count(struct injections *injections, const char *policy, enum kind kind)
{
    struct row *row;

    (void)pthread_mutex_lock(&injections->lock);
    row = find_row(injections, policy);
    (void)pthread_mutex_unlock(&injections->lock);
    counter_add(&row->counters[kind], 1);
}

static void write_row(const struct row *row, const char *name, struct buf *out)
{
    for (unsigned int kind = 0; kind < KIND_N; kind++) {
        const struct exposition_label labels[] = {
            {"policy", row->policy},
            {"kind", kind_name((enum kind)kind)},
            {NULL, NULL},
        };
        int64_t n = counter_get(&row->counters[kind]);
        if (n > 0) {
            exposition_sample(out, name, labels, n);
        }
    }
}

void injections_write(struct injections *injections, const char *name, struct buf *out)
{
    size_t sorted[METRICS_POLICIES_MAX + 1];
    size_t n;

    (void)pthread_mutex_lock(&injections->lock);
    n = injections->n;
    memcpy(sorted, injections->sorted, n * sizeof(sorted[0]));
    (void)pthread_mutex_unlock(&injections->lock);
    exposition_family(out, name, EXPOSITION_COUNTER,
                      "Objects that volumes or copies of a policy were injected into.");
    for (size_t i = 0; i < n; i++) {
        write_row(&injections->rows[sorted[i]], name, out);
    }
}
