/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/console.h"
#include "base/flags.h"
#include "base/log.h"
#include "base/setting_log.h"
#include "deploy/copier/back.h"
#include "deploy/copier/child.h"
#include "deploy/copier/commands.h"

/* EX_IOERR of sysexits.h. Argo gives a meaning to 64, 65, 137 and 143. */
#define NOT_COPIED_BACK 74

/* Whether its results are wanted: it ended well, and because it wanted to. */
static bool is_success(const struct child_end *end)
{
    return end->exit_code == 0 && end->asked_to_end == 0;
}

/* Keep the jobs that are to be done after such an end; returns their number. */
static size_t choose(const struct back *back, bool is_success)
{
    size_t n = 0;

    for (size_t i = 0; i < back->n_jobs; i++) {
        if (is_success || back->when[i] == BACK_ALWAYS) {
            back->jobs[n] = back->jobs[i];
            back->jobs[n++].may_be_missing = !is_success; /* it may not have come to that */
        }
    }
    return n;
}

/* Where the kubelet, and Argo after it, look for why a container failed; there is none elsewhere
 * (Container.terminationMessagePath). */
static void tell_kubelet(const struct err *err)
{
    CLEANUP(close) int fd = open("/dev/termination-log", O_WRONLY | O_APPEND | O_CLOEXEC);

    if (fd >= 0) {
        (void)dprintf(fd, "hawser-copy: %s\n", err->msg);
    }
}

/* What the process exits with: a command that failed failed first. */
static int copy_back(const struct back *back, const struct child_end *end)
{
    const struct copy_options options = {.n_threads = back->n_threads, .is_durable = true};
    const size_t n_jobs = choose(back, is_success(end));
    struct err err = {0};

    if (n_jobs == 0 || copy_run(back->jobs, n_jobs, &options, &err) == COPY_DONE) {
        return end->exit_code;
    }
    (void)err_wrap(&err, "the command exited with %d, and its results cannot be copied back",
                   end->exit_code);
    console_error(&err);
    if (end->exit_code != 0) {
        return end->exit_code;
    }
    tell_kubelet(&err);
    return NOT_COPIED_BACK;
}

static int run_and_copy(const struct back *back)
{
    struct child_end end;
    struct err err = {0};

    if (child_run(back->command, &commands_start.signals, &end, &err) < 0) {
        console_error(&err);
        return child_refusal_code(&err);
    }
    return copy_back(back, &end);
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct back back = {.jobs = jobs};
    struct err err = {0};

    if (jobs == NULL) {
        (void)err_no_memory(&err);
        return cmd_fail(&err);
    }
    if (back_parse(argc, argv, &back, &err) < 0) {
        (void)flags_point_to_help(&err, "hawser-copy", "run");
        console_error(&err);
        return CMD_USAGE;
    }
    setting_log_apply(LOG_WARN, SETTING_LOG_AUTO); /* what is well is not worth a word of ours */
    return (enum cmd_exit)run_and_copy(&back);
}

const struct command cmd_run = {
    .name = "run",
    .summary = "run a command, then copy its results back",
    .synopsis = "run --back FROM:TO... [options] -- COMMAND [ARGUMENT]...",
    .about =
        "Run COMMAND as if nothing stood before it: its input, output and signals are its own.\n"
        "When it has ended well copy the directory FROM into TO. Each file is flushed before\n"
        "it gets its name, so that nobody ever sees half of one.\n",
    .exits = "  N    what the command exits with; 128 and the signal that ended it\n"
             "  2    wrong arguments\n"
             "  74   the command ended well, and its results were not all copied back\n"
             "  126  the command cannot be executed\n"
             "  127  the command was not found\n",
    .example = "  hawser-copy run --back /results:/data/results -- make -j8\n",
    .write_flags = back_write_help,
    .run = run,
};
