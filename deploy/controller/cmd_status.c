/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/version.h"
#include "deploy/controller/commands.h"
#include "deploy/controller/settings.h"
#include "deploy/controller/status_read.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/loop.h"
#include "deploy/storage/status_table.h"

#define TOPICS \
    (SETTINGS_CLUSTER | SETTINGS_NAMESPACE | SETTINGS_LEASE | SETTINGS_STATUS | SETTINGS_OUTPUT)
#define ARENA_MAX (8UL * 1024 * 1024)
#define TEXT_MAX  (32UL * 1024 * 1024)

static int read_cluster(const struct settings *settings,
                        const struct kube_config *config,
                        struct status_read *out,
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
    return status_read(kube, settings->namespace_, settings->status_config_map, settings->lease,
                       out, err);
}

/* The document, and what the Lease says under "lease". */
static int write_json(const struct status_read *read, struct buf *out, struct err *err)
{
    CLEANUP(free) char *text = NULL;
    json_auto_t *document = json_copy(read->status);
    json_t *spec = json_object_get(read->lease, "spec");

    if (document == NULL || (spec != NULL && json_object_set(document, "lease", spec) < 0)) {
        return err_no_memory(err);
    }
    text = json_dumps(document, JSON_INDENT(2) | JSON_SORT_KEYS);
    if (text == NULL) {
        return err_no_memory(err);
    }
    buf_add_text(out, text);
    buf_add_char(out, '\n');
    return 0;
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(TEXT_MAX);
    CLEANUP(status_read_clear) struct status_read read = {.status = NULL};
    const long long now_s = clock_wall_s();
    struct kube_config config;
    struct settings settings;
    struct err err = {0};
    enum cmd_exit code;

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    json_object_seed(0);
    if (settings_read(TOPICS, argc, argv, arena, &settings, &err) < 0 ||
        settings_find_cluster(&settings, arena, &config, &err) < 0 ||
        read_cluster(&settings, &config, &read, &err) < 0) {
        return cmd_fail(&err);
    }
    if (settings.output == SETTINGS_OUTPUT_TABLE) {
        status_table_write(read.status, read.lease, now_s, &out);
    } else if (write_json(&read, &out, &err) < 0) {
        return cmd_fail(&err);
    }
    code = cmd_print(&out);
    return code == CMD_DONE && !status_table_is_well(read.status, read.lease, now_s) ? CMD_REFUSED
                                                                                     : code;
}

static void write_flags(struct buf *out)
{
    settings_write_help(TOPICS, out);
}

const struct command cmd_status = {
    .name = "status",
    .summary = "show how servers, claims and the certificate are",
    .synopsis = "status [flags]",
    .about = "Show how the controller that leads finds NFS servers, claims, volumes and the\n"
             "webhook's certificate: what it last wrote into its ConfigMap, and whether it still\n"
             "lives. Wants the right to get that ConfigMap and the Lease, and nothing else.\n",
    .write_flags = write_flags,
    .exits =
        "  0  all is as it should be\n"
        "  1  something is not: a server, a claim, a volume, the certificate, or nobody leads\n"
        "  2  wrong usage, or a bad kubeconfig\n"
        "  3  trouble with files or the network, or there is no such ConfigMap\n",
    .example = "  hawser-controller status --namespace hawser\n"
               "  hawser-controller status -n hawser -o json\n",
    .run = run,
};
