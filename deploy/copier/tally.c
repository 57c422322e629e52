/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/tally.h"

#include <errno.h>

#include "base/log.h"

/* What no other file can be spared from. */
static bool stops_all(int errnum)
{
    return errnum == ENOSPC || errnum == EDQUOT || errnum == EROFS;
}

static void note(struct tally *tally, const char *path, const char *reason)
{
    const struct log_field fields[] = {
        {.name = "path", .text = path}, {.name = "error", .text = reason}, {.name = NULL}};

    tally_add(&tally->failures, 1);
    log_line(LOG_ERROR, "not copied", fields);
    if (!atomic_flag_test_and_set(&tally->has_first)) {
        (void)err_set(&tally->first, ERR_IO, "%s", reason);
        (void)err_wrap(&tally->first, "%s", path); /* which is cut where it is long */
    }
}

void tally_fail(struct tally *tally, const char *path, const char *what, int errnum)
{
    struct err reason;

    if (tally_is_stopped(tally)) {
        return; /* what fails now fails for the same reason */
    }
    if (stops_all(errnum)) {
        atomic_store(&tally->is_stopped, true);
    }
    errno = errnum;
    (void)err_set_errno(&reason, "%s", what);
    note(tally, path, reason.msg);
}

void tally_fail_because(struct tally *tally, const char *path, const char *reason)
{
    note(tally, path, reason);
}

void tally_skip(struct tally *tally, const char *path, const char *reason)
{
    const struct log_field fields[] = {
        {.name = "path", .text = path}, {.name = "reason", .text = reason}, {.name = NULL}};

    tally_add(&tally->skipped, 1);
    log_line(LOG_WARN, "left out", fields);
}
