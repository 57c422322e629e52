/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/histogram.h"

#include <assert.h>

#include "base/exposition.h"

void histogram_init(struct histogram *histogram, const int64_t *bounds, size_t n_bounds)
{
    assert(n_bounds <= HISTOGRAM_BOUNDS_MAX);
    *histogram = (struct histogram){.bounds = bounds, .n_bounds = n_bounds};
}

void histogram_observe(struct histogram *histogram, int64_t value)
{
    size_t i = 0;

    while (i < histogram->n_bounds && value > histogram->bounds[i]) {
        i++;
    }
    counter_add(&histogram->counts[i], 1);
    counter_add(&histogram->sum, value);
}

void histogram_write(const struct histogram *histogram,
                     const char *name,
                     unsigned int decimals,
                     struct buf *out)
{
    int64_t counts[HISTOGRAM_BOUNDS_MAX + 1];

    for (size_t i = 0; i <= histogram->n_bounds; i++) {
        counts[i] = counter_get(&histogram->counts[i]);
    }
    exposition_histogram(out, name,
                         &(struct exposition_histogram){
                             .bounds = histogram->bounds,
                             .n_bounds = histogram->n_bounds,
                             .counts = counts,
                             .sum = counter_get(&histogram->sum),
                             .decimals = decimals,
                         });
}
