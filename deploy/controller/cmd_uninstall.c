/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/console.h"
#include "base/version.h"
#include "deploy/controller/commands.h"
#include "deploy/controller/settings.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"
#include "deploy/storage/uninstall_run.h"

#define TOPICS    (SETTINGS_CLUSTER | SETTINGS_NAMESPACE | SETTINGS_LEASE | SETTINGS_UNINSTALL)
#define ARENA_MAX (8UL * 1024 * 1024)
#define LINE_BYTES_MAX \
    (8UL * 1024) /* names of objects are at most 253 bytes, of which it has four */

/* What standard output did not take. */
struct output {
    bool has_failed;
    struct err err;
};

/* At once, so that who cuts it knows what was done. */
static void print(void *data, const char *line)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(LINE_BYTES_MAX);
    struct output *output = data;

    buf_printf(&text, "%s\n", line);
    if (output->has_failed) {
        return; /* what is begun is ended all the same */
    }
    if (text.bytes != NULL) {
        console_clean(text.bytes, text.len, true);
    }
    output->has_failed = console_write(&text, &output->err) < 0;
}

static int uninstall(const struct settings *settings,
                     const struct kube_config *config,
                     struct output *output,
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
    return uninstall_run(
        &(struct uninstall){
            .loop = loop,
            .kube = kube,
            .terms =
                {
                    .home = settings->namespace_,
                    .server = settings->server,
                    .deletes_data = settings->deletes_data != 0,
                },
            .lease = settings->lease,
            .is_dry_run = settings->is_dry_run != 0,
            .say = print,
            .data = output,
        },
        err);
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    struct output output = {.has_failed = false};
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
    if (uninstall(&settings, &config, &output, &err) < 0) {
        const enum cmd_exit code = cmd_fail(&err);
        return err.code == ERR_CONFLICT ? CMD_REFUSED : code;
    }
    return output.has_failed ? cmd_fail(&output.err) : CMD_DONE;
}

static void write_flags(struct buf *out)
{
    settings_write_help(TOPICS, out);
}

const struct command cmd_uninstall = {
    .name = "uninstall",
    .summary = "delete the NFS servers and all that belongs to them",
    .synopsis = "uninstall [flags]",
    .about =
        "Delete the NFS servers of the hawser in the namespace, and all that belongs to them,\n"
        "found by labels. Nothing is asked. Refuses, and says why, while volumes of theirs are in\n"
        "use or claimed, and while a controller runs, which would put everything back. Their disks\n"
        "stay without --delete-data; a namespace stays with what others have in it.\n"
        "\n"
        "It can be run again after it was cut. Wants the rights of an administrator.\n",
    .write_flags = write_flags,
    .exits = "  0  it is done\n"
             "  1  refused, or stopped because a volume, a claim or a controller is there\n"
             "  2  wrong usage, or a bad kubeconfig\n"
             "  3  trouble with files or the network, or a right is missing\n",
    .example = "  kubectl -n hawser scale deployment/hawser-controller --replicas=0\n"
               "  hawser-controller uninstall -n hawser --dry-run\n"
               "  hawser-controller uninstall -n hawser\n",
    .run = run,
};
