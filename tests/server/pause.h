/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pauses
 *
 * For what has no event to wait for. Tests wait for events wherever there is one.
 */

#include <errno.h>
#include <time.h>

static inline void pause_ms(unsigned int ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    while (ms > 0 && nanosleep(&rest, &rest) < 0 && errno == EINTR) {
    }
}
