/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/threads.h"

#include <stdlib.h>

#include "deploy/copier/work.h"

int threads_parse(const char *value, unsigned int *out, struct err *err)
{
    char *end;
    const unsigned long n = strtoul(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end != '\0' || n == 0 || n > WORK_THREADS_MAX) {
        return err_set(err, ERR_INVALID, "--threads: expected a number from 1 to %d, found '%s'",
                       WORK_THREADS_MAX, value);
    }
    *out = (unsigned int)n;
    return 0;
}
