/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "policies/shipped.h"
#include "webhook/cli/commands.h"
#include "webhook/cli/options.h"

/* A few files that people read. */
#define OUTPUT_MAX (1024UL * 1024)

static void write_files(struct buf *out)
{
    for (size_t i = 0; i < shipped_n_files; i++) {
        const struct shipped_file *file = &shipped_files[i];
        buf_printf(out, "%s# %s\n", i > 0 ? "---\n" : "", file->name);
        buf_add(out, file->text, file->len);
    }
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64UL * 1024);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(OUTPUT_MAX);
    struct options options;
    struct err err = {0};

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    if (options_parse(argc, argv, 0, arena, &options, &err) < 0) {
        return cmd_fail(&err);
    }
    write_files(&out);
    return cmd_print(&out);
}

const struct command cmd_policies = {
    .name = "policies",
    .summary = "print the shipped policies, to start your own from",
    .synopsis = "policies",
    .about = "Print the policies that are compiled in and used where -p does not name others.\n",
    .example = "  hawser policies > policies.yaml\n"
               "  hawser lint -p policies.yaml\n",
    .run = run,
};
