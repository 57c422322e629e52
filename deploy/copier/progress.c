/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/progress.h"

#include "base/clock.h"
#include "base/log.h"

void progress_begin(struct progress *progress, struct tally *tally, uint64_t length, uint64_t files)
{
    *progress = (struct progress){
        .tally = tally,
        .length = length,
        .files = files,
        .begun_ms = clock_monotonic_ms(),
    };
    progress->told_ms = progress->begun_ms;
}

void progress_tell(struct progress *progress)
{
    const uint64_t now_ms = clock_monotonic_ms();
    const uint64_t bytes = tally_read(&progress->tally->bytes);
    const uint64_t passed_ms = now_ms > progress->told_ms ? now_ms - progress->told_ms : 1;
    const uint64_t more = bytes > progress->told_bytes ? bytes - progress->told_bytes : 0;
    const uint64_t rate = more * 1000 / passed_ms;
    const uint64_t left = progress->length > bytes ? progress->length - bytes : 0;
    const struct log_field fields[] = {
        {.name = "files", .number = (long long)tally_read(&progress->tally->files)},
        {.name = "of", .number = (long long)progress->files},
        {.name = "bytes", .number = (long long)bytes},
        {.name = "ofBytes", .number = (long long)progress->length},
        {.name = "bytesPerSecond", .number = (long long)rate},
        {.name = rate > 0 ? "secondsLeft" : NULL,
         .number = (long long)(left / (rate > 0 ? rate : 1))},
        {.name = NULL},
    };

    log_line(LOG_INFO, "copying", fields);
    progress->told_ms = now_ms;
    progress->told_bytes = bytes;
}

void progress_end(const struct progress *progress)
{
    struct tally *tally = progress->tally;
    const uint64_t failures = tally_read(&tally->failures);
    const uint64_t passed_ms = clock_monotonic_ms() - progress->begun_ms;
    const struct log_field fields[] = {
        {.name = "files", .number = (long long)tally_read(&tally->files)},
        {.name = "bytes", .number = (long long)tally_read(&tally->bytes)},
        {.name = "milliseconds", .number = (long long)passed_ms},
        {.name = "unchanged", .number = (long long)tally_read(&tally->unchanged)},
        {.name = "leftOut", .number = (long long)tally_read(&tally->skipped)},
        {.name = "linksNotKept", .number = (long long)tally_read(&tally->unlinked)},
        {.name = "failures", .number = (long long)failures},
        {.name = NULL},
    };

    log_flush_all(); /* nothing comes behind the summary */
    if (failures == 0) {
        log_line(LOG_INFO, "copied", fields);
    } else {
        log_line(LOG_ERROR, tally_is_stopped(tally) ? "stopped" : "not all was copied", fields);
    }
}
