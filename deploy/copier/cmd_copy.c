/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/console.h"
#include "base/flags.h"
#include "base/log.h"
#include "base/setting_log.h"
#include "deploy/copier/arguments.h"
#include "deploy/copier/commands.h"
#include "deploy/copier/copy.h"
#include "deploy/copier/install.h"

static enum cmd_exit exit_for(enum copy_result result)
{
    switch (result) {
    case COPY_DONE:
        return CMD_DONE;
    case COPY_INCOMPLETE:
        return CMD_REFUSED;
    case COPY_REFUSED:
        break;
    }
    return CMD_TROUBLE;
}

static enum cmd_exit copy(const struct arguments *arguments)
{
    const struct copy_options options = {
        .n_threads = arguments->n_threads,
        .is_durable = arguments->is_shared,
        .is_alone = !arguments->is_shared,
    };
    struct err err = {0};
    const enum copy_result result = copy_run(arguments->jobs, arguments->n_jobs, &options, &err);

    if (result != COPY_DONE) {
        console_error(&err); /* the last line is what `kubectl describe` shows */
    }
    return exit_for(result);
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(free) struct copy_job *jobs = calloc(COPY_JOBS_MAX, sizeof(*jobs));
    struct arguments arguments = {.jobs = jobs};
    struct err err = {0};

    if (jobs == NULL) {
        (void)err_no_memory(&err);
        return cmd_fail(&err);
    }
    if (arguments_parse(argc, argv, &arguments, &err) < 0) {
        (void)flags_point_to_help(&err, "hawser-copy", "copy");
        console_error(&err);
        return CMD_USAGE;
    }
    setting_log_apply(LOG_INFO, arguments.log_format);
    if (arguments.install_dir != NULL &&
        install_self(arguments.install_dir, commands_start.argv0, &err) < 0) {
        return cmd_fail(&err);
    }
    return copy(&arguments);
}

const struct command cmd_copy = {
    .name = "copy",
    .summary = "copy trees, many files at a time",
    .synopsis = "copy [options] FROM TO [[options] FROM TO]...",
    .about = "Copy what is in the directory FROM into the directory TO, which is made where it is\n"
             "not there. What is in TO and not in FROM stays. Modes, times, symbolic links, hard\n"
             "links, holes and extended attributes are kept, owners where that is allowed.\n"
             "Nothing is written unless all fits, and a file has its name only when it is whole:\n"
             "a copy that was interrupted is completed by another. Nobody else may copy into TO\n"
             "meanwhile, but with --shared.\n",
    .exits = "  0  all was copied\n"
             "  1  not all: what is missing was told\n"
             "  2  wrong arguments\n"
             "  3  nothing was written: FROM is not there, or TO has no room\n",
    .example = "  hawser-copy copy --threads 64 --exclude '.git/**' /from/src /to/src\n",
    .write_flags = arguments_write_help,
    .run = run,
};
