/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/version.h"
#include "webhook/cli/commands.h"
#include "webhook/server/server.h"

/* Flags, and a configuration file as large as one may be. */
#define ARENA_MAX (1024UL * 1024)

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    struct settings settings;
    struct err err = {0};
    bool cut = false;

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    if (settings_read(argc, argv, VERSION_IMAGE, arena, &settings, &err) < 0 ||
        server_run(&settings, VERSION, &cut, &err) < 0) {
        return cmd_fail(&err);
    }
    return cut ? CMD_REFUSED : CMD_DONE;
}

const struct command cmd_serve = {
    .name = "serve",
    .summary = "answer admission requests of an API server",
    .synopsis = "serve [flags]",
    .about =
        "Serve POST /mutate, and /mutate/namespace for namespaces that opted in as a whole, over\n"
        "TLS; and GET /healthz, /readyz and /metrics on a second port without. Policies and\n"
        "certificates are read again when their files change. Without any flag it serves the\n"
        "shipped policies on loopback, with a certificate made for the run, and says how to ask.\n"
        "\n"
        "SIGTERM stops it after the grace period, SIGINT without it, a second one at once;\n"
        "SIGHUP has all files read again. The log is on standard error.\n",
    .write_flags = settings_write_help,
    .exits = "  0  stopped, and every request was answered\n"
             "  1  stopped, and connections were cut\n"
             "  2  wrong usage, or a bad policy, certificate or configuration file\n"
             "  3  trouble with files or the network\n",
    .example = "  hawser serve\n"
               "  hawser serve --listen :8443 --health-listen :8080 -p /etc/hawser/policies \\\n"
               "      --tls-cert-file /etc/hawser/tls/tls.crt \\\n"
               "      --tls-private-key-file /etc/hawser/tls/tls.key\n",
    .run = run,
};
