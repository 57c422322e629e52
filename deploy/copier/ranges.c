/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/ranges.h"

#include <errno.h>

static bool tells_of_file_systems(int errnum)
{
    return errnum == EXDEV || errnum == ENOSYS || errnum == EOPNOTSUPP || errnum == EINVAL;
}

static bool tells_of_file(int errnum)
{
    return errnum == EPERM || errnum == EACCES || errnum == ETXTBSY || errnum == EBADF;
}

static bool is_refused(const struct ranges *ranges, dev_t from, dev_t to)
{
    for (size_t i = 0; i < ranges->n_refused; i++) {
        if (ranges->refused[i].from == from && ranges->refused[i].to == to) {
            return true;
        }
    }
    return false;
}

bool ranges_may_work(struct ranges *ranges, dev_t from, dev_t to)
{
    bool may_work;

    (void)pthread_mutex_lock(&ranges->lock);
    may_work = !is_refused(ranges, from, to);
    (void)pthread_mutex_unlock(&ranges->lock);
    return may_work;
}

static void refuse(struct ranges *ranges, dev_t from, dev_t to)
{
    (void)pthread_mutex_lock(&ranges->lock);
    if (!is_refused(ranges, from, to) && ranges->n_refused < RANGES_PAIRS_MAX) {
        ranges->refused[ranges->n_refused].from = from;
        ranges->refused[ranges->n_refused].to = to;
        ranges->n_refused++;
    }
    (void)pthread_mutex_unlock(&ranges->lock);
}

bool ranges_note(struct ranges *ranges, dev_t from, dev_t to, int errnum)
{
    if (tells_of_file_systems(errnum)) {
        refuse(ranges, from, to);
        return true;
    }
    return tells_of_file(errnum);
}
