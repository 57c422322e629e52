/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "deploy/controller/commands.h"
#include "deploy/kube/kube_time.h"
#include "tests/api_server/api_server.h"
#include "tests/api_server/object_store.h"
#include "tests/folder.h"
#include "tests/test.h"

#define CONFIG_MAP "/api/v1/namespaces/ns/configmaps/hawser-status"
#define LEASE      "/apis/coordination.k8s.io/v1/namespaces/ns/leases/hawser-controller"

/* Write the kubeconfig of @server as "config". */
static void write_config(const struct api_server *server)
{
    CLEANUP(buf_clear) struct buf ca = BUF_INIT(65536);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(65536);
    const char *pem = api_server_ca_pem(server);

    base64_encode(pem, strlen(pem), &ca);
    buf_printf(&text,
               "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
               "clusters: [{name: k, cluster: {server: \"%s\", certificate-authority-data: %s}}]\n"
               "users: [{name: u, user: {token: t}}]\n"
               "contexts: [{name: c, context: {cluster: k, user: u, namespace: ns}}]\n",
               api_server_url(server), buf_text(&ca));
    folder_write("config", buf_text(&text));
}

/* Run the command with what it prints in @out. */
static enum cmd_exit run(const char *output, struct buf *out)
{
    char name[] = "status";
    char config[] = "--kubeconfig=config";
    char flag[] = "-o";
    char format[16];
    char *argv[] = {name, config, flag, format, NULL};
    const int kept = dup(STDOUT_FILENO);
    const int fd = open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct err err = {0};
    enum cmd_exit code;

    assert_true(kept >= 0 && fd >= 0);
    (void)snprintf(format, sizeof(format), "%s", output);
    (void)fflush(stdout);
    assert_true(dup2(fd, STDOUT_FILENO) >= 0);
    code = cmd_status.run(4, argv);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    (void)close(kept);
    (void)close(fd);
    assert_int_equal(file_read("out", out, &err), 0);
    return code;
}

static void put_lease(struct object_store *store)
{
    char now[KUBE_TIME_SIZE];

    kube_time_write(clock_wall_s(), now);
    object_store_put(store, LEASE,
                     json_pack("{s:{s:s}, s:{s:s, s:s, s:i}}", "metadata", "name",
                               "hawser-controller", "spec", "holderIdentity", "me", "renewTime",
                               now, "leaseDurationSeconds", 15));
}

static void put_status(struct object_store *store, const char *text)
{
    object_store_put(store, CONFIG_MAP,
                     json_pack("{s:{s:s}, s:{s:s}}", "metadata", "name", "hawser-status", "data",
                               "status.json", text));
}

static void what_it_exits_with_tells_how_things_are(void **state)
{
    static const struct {
        const char *status; /* NULL: none was written */
        const char *output;
        const char *printed;
        enum cmd_exit code;
        bool has_lease;
    } rows[] = {
        {NULL, "table", "", CMD_TROUBLE, true},
        {"{", "table", "", CMD_TROUBLE, true},
        {"{\"claims\":{\"inTrouble\":0}}", "table", "LEADER  me", CMD_DONE, true},
        {"{\"claims\":{\"inTrouble\":0}}", "json", "\"holderIdentity\": \"me\"", CMD_DONE, true},
        {"{\"claims\":{\"inTrouble\":1}}", "json", "\"inTrouble\": 1", CMD_REFUSED, true},
        {"{}", "table", "WARNING: no controller leads", CMD_REFUSED, false},
        {"{}", "yaml", "", CMD_USAGE, true},
    };
    CLEANUP(object_store_free) struct object_store *store = object_store_new();
    const struct api_server_options options = {.serve = object_store_serve, .data = store};
    CLEANUP(api_server_free) struct api_server *server = NULL;
    struct err err = {0};

    (void)state;
    server = api_server_new(&options, &err);
    assert_non_null(server);
    write_config(server);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(65536);
        print_message("# %zu\n", i);
        object_store_delete(store, CONFIG_MAP);
        object_store_delete(store, LEASE);
        if (rows[i].status != NULL) {
            put_status(store, rows[i].status);
        }
        if (rows[i].has_lease) {
            put_lease(store);
        }
        assert_int_equal(run(rows[i].output, &out), rows[i].code);
        assert_non_null(strstr(buf_text(&out), rows[i].printed));
        assert_int_equal(out.len > 0, rows[i].printed[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_exits_with_tells_how_things_are),
    };

    return cmocka_run_group_tests_name("cmd_status", tests, folder_enter, folder_leave);
}
