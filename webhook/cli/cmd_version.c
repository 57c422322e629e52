/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "webhook/cli/cmd.h"
#include "webhook/cli/options.h"
#include "webhook/cli/version.h"

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64UL * 1024);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(256);
    struct options options;
    struct err err = {0};

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    if (options_parse(argc, argv, 0, arena, &options, &err) < 0) {
        return cmd_fail(&err);
    }
    buf_add_text(&text, "hawser " VERSION "\n");
    return cmd_print(&text);
}

const struct command cmd_version = {
    .name = "version",
    .summary = "print the version",
    .synopsis = "version",
    .about = "Print the version of hawser.\n",
    .example = "  hawser version\n",
    .run = run,
};
