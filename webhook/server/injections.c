/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/injections.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/exposition.h"
#include "policies/names.h"
#include "webhook/server/counter.h"
#include "webhook/server/metrics.h"

static const char others[] = "other";

#define N_ROWS (METRICS_POLICIES_MAX + 1)

/* A power of two, and at least half of them stay free. */
#define N_PLACES ((size_t)4 * METRICS_POLICIES_MAX)
_Static_assert((N_PLACES & (N_PLACES - 1)) == 0 && N_PLACES / 2 >= N_ROWS, "a search ends soon");

struct row {
    char policy[NAMES_LABEL_MAX + 1];
    struct counter counters[KIND_N];
};

/* Rows are never changed, moved or taken away once they are in a place, so that only adding one
 * needs the lock. */
struct injections {
    pthread_mutex_t lock;
    size_t n;                               /* rows that are there; under the lock */
    atomic_uint_least16_t places[N_PLACES]; /* a hash table: numbers of rows, from 1; 0: free */
    struct row rows[N_ROWS];
};

/*
 * The number of @policy's row, from 1; 0 where there is none, and *@place is the free one that it
 * would be in. FNV-1a, and linear probing.
 */
static unsigned int
find_number(const struct injections *injections, const char *policy, size_t *place)
{
    uint32_t hash = 2166136261;

    for (const char *c = policy; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619;
    }
    for (*place = hash % N_PLACES;; *place = (*place + 1) % N_PLACES) {
        unsigned int number =
            atomic_load_explicit(&injections->places[*place], memory_order_acquire);
        if (number == 0 || strcmp(injections->rows[number - 1].policy, policy) == 0) {
            return number;
        }
    }
}

/* The row of @policy; NULL where there is none. */
static struct row *find_row(struct injections *injections, const char *policy)
{
    size_t place;
    unsigned int number = find_number(injections, policy, &place);

    return number > 0 ? &injections->rows[number - 1] : NULL;
}

/* The same, but made if there is room. */
static struct row *add_row(struct injections *injections, const char *policy)
{
    const size_t len = strlen(policy);
    unsigned int number;
    size_t place;

    (void)pthread_mutex_lock(&injections->lock);
    number = find_number(injections, policy, &place); /* another thread may have been faster */
    if (number == 0 && injections->n < N_ROWS && len <= NAMES_LABEL_MAX) {
        memcpy(injections->rows[injections->n].policy, policy, len);
        number = (unsigned int)++injections->n;
        atomic_store_explicit(&injections->places[place], (uint_least16_t)number,
                              memory_order_release);
    }
    (void)pthread_mutex_unlock(&injections->lock);
    return number > 0 ? &injections->rows[number - 1] : NULL;
}

struct injections *injections_new(void)
{
    struct injections *injections = calloc(1, sizeof(*injections));

    if (injections != NULL) {
        (void)pthread_mutex_init(&injections->lock, NULL); /* cannot fail without attributes */
        (void)add_row(injections, others);                 /* beside METRICS_POLICIES_MAX */
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
    struct row *row = find_row(injections, policy);

    if (row == NULL) {
        row = add_row(injections, policy);
    }
    if (row == NULL) {
        row = find_row(injections, others);
    }
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

static int compare_rows(const void *a, const void *b)
{
    const struct row *const *row_a = a;
    const struct row *const *row_b = b;

    return strcmp((*row_a)->policy, (*row_b)->policy);
}

void injections_write(struct injections *injections, const char *name, struct buf *out)
{
    const struct row *sorted[N_ROWS];
    size_t n;

    (void)pthread_mutex_lock(&injections->lock);
    n = injections->n;
    (void)pthread_mutex_unlock(&injections->lock);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &injections->rows[i];
    }
    qsort(sorted, n, sizeof(struct row *), compare_rows);
    exposition_family(out, name, EXPOSITION_COUNTER,
                      "Objects that volumes or copies of a policy were injected into.");
    for (size_t i = 0; i < n; i++) {
        write_row(sorted[i], name, out);
    }
}
