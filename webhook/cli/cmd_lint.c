/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/console.h"
#include "policies/lint.h"
#include "policies/load.h"
#include "webhook/cli/commands.h"
#include "webhook/cli/options.h"

#define FLAGS (OPTIONS_POLICIES | OPTIONS_STRICT)

/* Findings about POLICY_DOCUMENTS_MAX policies that all clash with each other. */
#define ARENA_MAX (64UL * 1024 * 1024)

static void
write_report(struct buf *out, const struct policy_set *set, const struct lint_findings *findings)
{
    for (size_t i = 0; i < findings->list.n; i++) {
        const struct lint_finding *finding = &findings->list.items[i];
        buf_printf(out, "%s: warning: %s\n", finding->source, finding->text);
    }
    buf_printf(out, "%zu %s, %zu %s: ", set->policies.n,
               set->policies.n == 1 ? "policy" : "policies", set->provisioners.n,
               set->provisioners.n == 1 ? "provisioner" : "provisioners");
    if (findings->list.n == 0) {
        buf_add_text(out, "ok\n");
    } else {
        buf_printf(out, "%zu %s\n", findings->list.n,
                   findings->list.n == 1 ? "warning" : "warnings");
    }
}

/* Check what @options name and write the report; *@n_findings counts the warnings. */
static int lint(const struct options *options,
                struct arena *arena,
                struct buf *out,
                size_t *n_findings,
                struct err *err)
{
    CLEANUP(policy_set_unref) struct policy_set *set = NULL;
    struct lint_findings findings = {0};

    set =
        options->policies != NULL ? policy_load(options->policies, err) : policy_load_shipped(err);
    if (set == NULL || lint_policies(set, arena, &findings, err) < 0) {
        return -1;
    }
    write_report(out, set, &findings);
    *n_findings = findings.list.n;
    return 0;
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(ARENA_MAX);
    struct options options;
    struct err err = {0};
    size_t n_findings;

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    if (options_parse(argc, argv, FLAGS, arena, &options, &err) < 0 ||
        lint(&options, arena, &out, &n_findings, &err) < 0 || console_write(&out, &err) < 0) {
        return cmd_fail(&err);
    }
    return options.strict && n_findings > 0 ? CMD_REFUSED : CMD_DONE;
}

const struct command cmd_lint = {
    .name = "lint",
    .summary = "check policies",
    .synopsis = "lint [-p FILE|DIR] [flags]",
    .about = "Check policies as the server checks them when it loads them, and warn of what\n"
             "loads but may surprise. Without -p the shipped policies are checked.\n",
    .flags = FLAGS,
    .exits = "  0  the policies load, with or without warnings\n"
             "  1  there are warnings, with --strict\n"
             "  2  wrong usage, or a bad policy\n"
             "  3  trouble with files\n",
    .example = "  hawser lint -p policies/\n",
    .run = run,
};
