/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/descriptors.h"

#include <stdint.h>
#include <sys/resource.h>

int descriptors_allow(size_t needed, struct err *err)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return err_set_errno(err, "the limit of open files");
    }
    if (limit.rlim_cur >= needed) {
        return 0;
    }
    if (limit.rlim_max < needed) {
        return err_set(err, ERR_IO,
                       "at most %ju files may be open (ulimit -Hn), expected %zu: one for each "
                       "connection, and some; allow more, or set --max-connections",
                       (uintmax_t)limit.rlim_max, needed);
    }
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return err_set_errno(err, "the limit of open files");
    }
    return 0;
}
