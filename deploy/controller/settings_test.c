/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/setting_log.h"
#include "tests/command_line.h"
#include "tests/folder.h"
#include "tests/test.h"

#define ARENA_BYTES ((size_t)1024 * 1024)
#define RUN_TOPICS                                                                  \
    (SETTINGS_CLUSTER | SETTINGS_NAMESPACE | SETTINGS_CERTIFICATES | SETTINGS_RUN | \
     SETTINGS_LEASE | SETTINGS_STATUS)

static char line[512]; /* values are borrowed from it */

static int read_line(unsigned int topics,
                     const char *text,
                     struct arena *arena,
                     struct settings *out,
                     struct err *err)
{
    char *argv[COMMAND_LINE_MAX + 1];
    int argc;

    assert_true(snprintf(line, sizeof(line), "run %s", text) < (int)sizeof(line));
    argc = command_line_split(line, argv);
    return settings_read(topics, argc, argv, arena, out, err);
}

static void without_flags_all_names_are_those_of_the_chart(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct certificate_options options;
    struct err err = {0};

    (void)state;
    assert_int_equal(read_line(RUN_TOPICS, "-n ns", arena, &settings, &err), 0);
    options = settings_certificate(&settings);
    assert_string_equal(options.names.namespace_, "ns");
    assert_string_equal(options.names.ca_secret, "hawser-ca");
    assert_string_equal(options.names.tls_secret, "hawser-tls");
    assert_string_equal(options.names.configuration, "hawser");
    assert_string_equal(options.names.service, "hawser");
    assert_string_equal(options.cluster_domain, "cluster.local");
    assert_int_equal(options.ca_validity_s, 10 * 365 * 24 * 3600);
    assert_int_equal(options.leaf_validity_s, 90 * 24 * 3600);
    assert_int_equal(settings.settle_ms, 60000);
    assert_int_equal(settings.certificates, SETTINGS_JOB_MANAGED);
    assert_string_equal(settings.lease, "hawser-controller");
    assert_string_equal(settings.status_config_map, "hawser-status");
    assert_null(settings.identity);
    assert_int_equal(settings.lease_duration_ms, 15000);
    assert_int_equal(settings.renew_deadline_ms, 10000);
    assert_int_equal(settings.retry_period_ms, 2000);
    assert_int_equal(settings.log_level, LOG_INFO);
}

static void each_flag_goes_to_its_own_setting(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct err err = {0};

    (void)state;
    assert_int_equal(
        read_line(RUN_TOPICS,
                  "--certificates off --settle 5s --lease l --status-config-map s --identity me "
                  "--health-listen :9 --log-level debug --log-format text",
                  arena, &settings, &err),
        0);
    assert_int_equal(settings.certificates, SETTINGS_JOB_OFF);
    assert_int_equal(settings.settle_ms, 5000);
    assert_string_equal(settings.lease, "l");
    assert_string_equal(settings.status_config_map, "s");
    assert_string_equal(settings.identity, "me");
    assert_string_equal(settings.health_listen, ":9");
    assert_int_equal(settings.log_level, LOG_DEBUG);
    assert_int_equal(settings.log_format, SETTING_LOG_TEXT);
}

static void policies_and_the_version_are_taken_as_they_are_given(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct err err = {0};

    (void)state;
    assert_int_equal(read_line(SETTINGS_POLICIES | SETTINGS_VERSION, "", arena, &settings, &err),
                     0);
    assert_null(settings.policies);
    assert_null(settings.kubernetes_version);
    assert_int_equal(read_line(SETTINGS_POLICIES | SETTINGS_VERSION,
                               "--policies p --kubernetes-version 1.20", arena, &settings, &err),
                     0);
    assert_string_equal(settings.policies, "p");
    assert_string_equal(settings.kubernetes_version, "1.20");
}

static void what_is_deleted_is_said_by_flags_alone(void **state)
{
    static const unsigned int topics = SETTINGS_NAMESPACE | SETTINGS_LEASE | SETTINGS_UNINSTALL;
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct err err = {0};

    (void)state;
    assert_int_equal(read_line(topics, "", arena, &settings, &err), 0);
    assert_null(settings.server);
    assert_int_equal(settings.deletes_data, 0);
    assert_int_equal(settings.is_dry_run, 0);
    assert_string_equal(settings.lease, "hawser-controller");
    assert_int_equal(read_line(topics, "--dry-run", arena, &settings, &err), 0);
    assert_int_equal(settings.deletes_data, 0);
    assert_int_equal(settings.is_dry_run, 1);
    assert_int_equal(
        read_line(topics, "--server ebs --delete-data --lease l", arena, &settings, &err), 0);
    assert_string_equal(settings.server, "ebs");
    assert_int_equal(settings.deletes_data, 1);
    assert_int_equal(settings.is_dry_run, 0);
    assert_string_equal(settings.lease, "l");
    assert_int_equal(read_line(topics, "--delete-data=no", arena, &settings, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static void what_contradicts_itself_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"--renew-deadline 15s",
         "--renew-deadline must be less than --lease-duration; see 'hawser-controller run --help'"},
        {"--retry-period 3500ms",
         "--retry-period must not be more than a third of --renew-deadline; see "
         "'hawser-controller run --help'"},
        {"--tls-secret s --ca-secret s",
         "--tls-secret and --ca-secret must differ: the webhook must not see the CA's key; see "
         "'hawser-controller run --help'"},
        {"--ca-validity 1h",
         "--leaf-validity must not be more than --ca-validity; see 'hawser-controller run --help'"},
        {"--leaf-validity 170s",
         "--settle must not be more than a third of --leaf-validity, which is what a certificate "
         "has left when it is renewed; see 'hawser-controller run --help'"},
        {"--leaf-validity 9s",
         "--leaf-validity: expected a duration from 10s to 876000h, found '9s'; see "
         "'hawser-controller run --help'"},
        {"--certificates never",
         "--certificates: expected managed|off, found 'never'; see 'hawser-controller run --help'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct settings settings;
        struct err err = {0};
        assert_int_equal(read_line(RUN_TOPICS, rows[i].text, arena, &settings, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].expected);
    }
}

static void a_command_takes_only_its_own_flags(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct err err = {0};

    (void)state;
    assert_int_equal(
        read_line(SETTINGS_NAMESPACE | SETTINGS_CERTIFICATES, "--lease x", arena, &settings, &err),
        -1);
    assert_non_null(strstr(err.msg, "--lease"));
}

static void output_is_a_table_unless_json_is_asked_for(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct err err = {0};

    (void)state;
    assert_int_equal(read_line(SETTINGS_OUTPUT, "", arena, &settings, &err), 0);
    assert_int_equal(settings.output, SETTINGS_OUTPUT_TABLE);
    assert_int_equal(read_line(SETTINGS_OUTPUT, "-o json", arena, &settings, &err), 0);
    assert_int_equal(settings.output, SETTINGS_OUTPUT_JSON);
    assert_int_equal(read_line(SETTINGS_OUTPUT, "-o yaml", arena, &settings, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static const char kubeconfig[] = "apiVersion: v1\n"
                                 "kind: Config\n"
                                 "current-context: c\n"
                                 "clusters: [{name: k, cluster: {server: \"https://here:1\"}}]\n"
                                 "users: [{name: u, user: {token: t}}]\n"
                                 "contexts:\n"
                                 "- {name: c, context: {cluster: k, user: u, namespace: there}}\n"
                                 "- {name: bare, context: {cluster: k, user: u}}\n";

static void outside_of_a_pod_the_kubeconfig_of_the_environment_counts(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct kube_config config;
    struct err err = {0};

    (void)state;
    folder_write("config", kubeconfig);
    assert_int_equal(unsetenv("KUBERNETES_SERVICE_HOST"), 0); // NOLINT(concurrency-mt-unsafe)
    assert_int_equal(setenv("KUBECONFIG", "config", 1), 0);   // NOLINT(concurrency-mt-unsafe)
    assert_int_equal(read_line(RUN_TOPICS, "", arena, &settings, &err), 0);
    assert_int_equal(settings_find_cluster(&settings, arena, &config, &err), 0);
    assert_string_equal(config.server, "https://here:1");
    assert_string_equal(settings.namespace_, "there");
    assert_int_equal(unsetenv("KUBECONFIG"), 0); // NOLINT(concurrency-mt-unsafe)
}

static void the_namespace_of_a_flag_wins_and_none_is_an_error(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings;
    struct kube_config config;
    struct err err = {0};

    (void)state;
    folder_write("config", kubeconfig);
    assert_int_equal(read_line(RUN_TOPICS, "--kubeconfig config -n mine", arena, &settings, &err),
                     0);
    assert_int_equal(settings_find_cluster(&settings, arena, &config, &err), 0);
    assert_string_equal(settings.namespace_, "mine");
    assert_int_equal(
        read_line(RUN_TOPICS, "--kubeconfig config --context bare", arena, &settings, &err), 0);
    assert_int_equal(settings_find_cluster(&settings, arena, &config, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.msg, "no namespace, expected --namespace NAME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_flags_all_names_are_those_of_the_chart),
        cmocka_unit_test(each_flag_goes_to_its_own_setting),
        cmocka_unit_test(policies_and_the_version_are_taken_as_they_are_given),
        cmocka_unit_test(what_is_deleted_is_said_by_flags_alone),
        cmocka_unit_test(what_contradicts_itself_is_refused),
        cmocka_unit_test(a_command_takes_only_its_own_flags),
        cmocka_unit_test(output_is_a_table_unless_json_is_asked_for),
        cmocka_unit_test(outside_of_a_pod_the_kubeconfig_of_the_environment_counts),
        cmocka_unit_test(the_namespace_of_a_flag_wins_and_none_is_an_error),
    };

    return cmocka_run_group_tests_name("settings", tests, folder_enter, folder_leave);
}
