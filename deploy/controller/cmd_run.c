/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/version.h"
#include "deploy/controller/commands.h"
#include "deploy/controller/controller.h"
#include "deploy/controller/settings.h"

#define TOPICS                                                                           \
    (SETTINGS_CLUSTER | SETTINGS_NAMESPACE | SETTINGS_CERTIFICATES | SETTINGS_POLICIES | \
     SETTINGS_RUN | SETTINGS_LEASE | SETTINGS_STATUS)

/* Flags, and a kubeconfig as large as one may be. */
#define ARENA_MAX (8UL * 1024 * 1024)

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    struct kube_config config;
    struct settings settings;
    struct err err = {0};

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    if (settings_read(TOPICS, argc, argv, arena, &settings, &err) < 0 ||
        settings_find_cluster(&settings, arena, &config, &err) < 0 ||
        controller_run(&settings, &config, VERSION, &err) < 0) {
        return cmd_fail(&err);
    }
    return CMD_DONE;
}

static void write_flags(struct buf *out)
{
    settings_write_help(TOPICS, out);
}

const struct command cmd_run = {
    .name = "run",
    .summary = "keep what hawser needs in a cluster",
    .synopsis = "run [flags]",
    .about =
        "Keep the webhook's certificates: its CA and serving certificate in two Secrets, and\n"
        "the caBundle of its registration. They are renewed in the order in which no admission\n"
        "request fails.\n"
        "\n"
        "Keep what policies rely on: the NFS servers of NFSProvisioner documents, and claims that\n"
        "volumes create, in every namespace that their policy matches. What somebody deletes or\n"
        "changes is put right at once; what holds data is never deleted. What a person must look\n"
        "at is told by Events and metrics, and by `status`.\n"
        "\n"
        "Of several controllers one leads, by a Lease. Policies are read again when they change.\n"
        "\n"
        "GET /healthz, /readyz and /metrics are answered on a port of their own. SIGTERM and\n"
        "SIGINT stop it. The log is on standard error.\n",
    .write_flags = write_flags,
    .exits = "  0  stopped\n"
             "  2  wrong usage, or a bad kubeconfig\n"
             "  3  trouble with files or the network at the start\n",
    .example = "  hawser-controller run\n"
               "  hawser-controller run --kubeconfig ~/.kube/config --namespace hawser\n",
    .run = run,
};
