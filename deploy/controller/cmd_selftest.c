/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/version.h"
#include "deploy/controller/commands.h"
#include "deploy/controller/selftest.h"
#include "deploy/controller/settings.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"

#define TOPICS    (SETTINGS_CLUSTER | SETTINGS_NAMESPACE | SETTINGS_SELFTEST)
#define ARENA_MAX (8UL * 1024 * 1024)

static int try(const struct settings *settings,
               const struct kube_config *config,
               struct buf *out,
               struct err *err)
{
    CLEANUP(loop_free) struct loop *loop = loop_new(err);
    CLEANUP(kube_free) struct kube *kube = NULL; /* goes before the loop */

    if (loop == NULL) {
        return -1;
    }
    kube = kube_new(loop, config, "hawser-controller/" VERSION, err);
    if (kube == NULL) {
        return -1;
    }
    return selftest_try(
        &(struct selftest){
            .loop = loop,
            .kube = kube,
            .namespace_ = settings->namespace_,
            .policy = settings->policy,
            .patience_ms = SELFTEST_PATIENCE_MS,
        },
        out, err);
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(64UL * 1024);
    struct kube_config config;
    struct settings settings;
    struct err err = {0};

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    json_object_seed(0);
    if (settings_read(TOPICS, argc, argv, arena, &settings, &err) < 0 ||
        settings_find_cluster(&settings, arena, &config, &err) < 0) {
        return cmd_fail(&err);
    }
    if (try(&settings, &config, &out, &err) < 0) {
        const enum cmd_exit code = cmd_fail(&err);
        return err.code == ERR_CONFLICT ? CMD_REFUSED : code;
    }
    return cmd_print(&out);
}

static void write_flags(struct buf *out)
{
    settings_write_help(TOPICS, out);
}

const struct command cmd_selftest = {
    .name = "selftest",
    .summary = "try whether a workflow that opts in gets its volumes",
    .synopsis = "selftest [flags]",
    .about =
        "Have the API server create a small Workflow that opts in, as a dry run, and see whether\n"
        "it comes back with volumes. Nothing is stored. Wants the right to create Workflows in\n"
        "the namespace.\n",
    .write_flags = write_flags,
    .exits = "  0  it works\n"
             "  1  the webhook was not called, or the Workflow was refused\n"
             "  2  wrong usage, or a bad kubeconfig\n"
             "  3  trouble with files or the network, or there is no Argo Workflows\n",
    .example = "  hawser-controller selftest --namespace argo --policy scratch\n",
    .run = run,
};
