/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Numbers that all threads count and one page shows
 *
 * Nothing else is read by way of them, so the order that others see them in does not matter
 * (memory_order_relaxed): counting is one locked instruction, reading an ordinary one. Zeroed
 * memory is a counter at 0. 2^63 is not reached: a nanosecond each makes 292 years.
 */

#include <stdatomic.h>
#include <stdint.h>

struct counter {
    _Atomic int64_t value;
};

static inline void counter_add(struct counter *counter, int64_t n)
{
    (void)atomic_fetch_add_explicit(&counter->value, n, memory_order_relaxed);
}

/* For what is measured and not counted. */
static inline void counter_set(struct counter *counter, int64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

static inline int64_t counter_get(const struct counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}
