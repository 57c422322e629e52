/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/setting_flags.h"
#include "base/setting_log.h"

#define SECOND 1000U
#define MINUTE (60 * SECOND)
#define HOUR_S 3600U

/* Certificates of less are for tests; those of more outlive everybody. */
#define VALIDITY_S_LEAST 10U
#define VALIDITY_S_MOST  (876000U * HOUR_S) /* a hundred years */

#define PROGRAM      "hawser-controller"
#define PLACE(field) offsetof(struct settings, field)

static const char *const jobs[] = {
    [SETTINGS_JOB_MANAGED] = "managed",
    [SETTINGS_JOB_OFF] = "off",
    [SETTINGS_JOB_OFF + 1] = NULL,
};
static const char *const outputs[] = {
    [SETTINGS_OUTPUT_TABLE] = "table",
    [SETTINGS_OUTPUT_JSON] = "json",
    [SETTINGS_OUTPUT_JSON + 1] = NULL,
};

static const struct setting cluster[] = {
    {.topic = "Cluster",
     .flag = {.name = "kubeconfig",
              .value = "FILE",
              .help = "which cluster, and as whom (default: in a pod its service account,\n"
                      "elsewhere the file in KUBECONFIG, or ~/.kube/config)"},
     .offset = PLACE(kubeconfig)},
    {.flag = {.name = "context",
              .value = "NAME",
              .help = "the context of the kubeconfig (default: its current one)"},
     .offset = PLACE(context)},
};

static const struct setting namespace_[] = {
    {.flag = {.name = "namespace",
              .value = "NAME",
              .help = "where hawser lives (default: in a cluster that of the service account or\n"
                      "of the context)",
              .letter = 'n'},
     .offset = PLACE(namespace_)},
};

static const struct setting certificates[] = {
    {.topic = "Certificates",
     .flag = {.name = "service",
              .value = "NAME",
              .help = "the webhook's Service, whose DNS names the certificate is for"},
     .offset = PLACE(service),
     .initial = "hawser"},
    {.flag = {.name = "cluster-domain",
              .value = "DOMAIN",
              .help = "what the cluster's DNS ends in"},
     .offset = PLACE(cluster_domain),
     .initial = "cluster.local"},
    {.flag = {.name = "webhook-configuration",
              .value = "NAME",
              .help = "the MutatingWebhookConfiguration whose caBundle is kept"},
     .offset = PLACE(configuration),
     .initial = "hawser"},
    {.flag = {.name = "tls-secret",
              .value = "NAME",
              .help = "the Secret with the serving certificate, for the webhook"},
     .offset = PLACE(tls_secret),
     .initial = "hawser-tls"},
    {.flag = {.name = "ca-secret",
              .value = "NAME",
              .help = "the Secret with the CA and its key, for the controller alone"},
     .offset = PLACE(ca_secret),
     .initial = "hawser-ca"},
    {.flag = {.name = "ca-validity",
              .value = "DURATION",
              .help = "how long a CA is valid; a new one is made after two thirds of it"},
     .kind = SETTING_SPAN,
     .offset = PLACE(ca_validity_s),
     .initial = "87600h",
     .least = VALIDITY_S_LEAST,
     .most = VALIDITY_S_MOST},
    {.flag = {.name = "leaf-validity",
              .value = "DURATION",
              .help = "how long a serving certificate is valid; a new one is issued after two\n"
                      "thirds of it"},
     .kind = SETTING_SPAN,
     .offset = PLACE(leaf_validity_s),
     .initial = "2160h",
     .least = VALIDITY_S_LEAST,
     .most = VALIDITY_S_MOST},
};

static const struct setting run[] = {
    {.flag = {.name = "certificates",
              .value = "managed|off",
              .help = "off: cert-manager or somebody else keeps the certificates"},
     .kind = SETTING_WORD,
     .offset = PLACE(certificates),
     .initial = "managed",
     .words = jobs},
    {.flag = {.name = "storage",
              .value = "managed|off",
              .help = "off: somebody else keeps the NFS servers and claims that policies ask for"},
     .kind = SETTING_WORD,
     .offset = PLACE(storage),
     .initial = "managed",
     .words = jobs},
    {.flag = {.name = "exclude-namespaces",
              .value = "NAME[,NAME]",
              .help = "where the webhook is not asked, beside hawser's own namespace and those of\n"
                      "Kubernetes: nothing is missing there"},
     .offset = PLACE(excluded)},
    {.flag = {.name = "settle",
              .value = "DURATION",
              .help = "how long API servers may take to see a new caBundle before the new CA\n"
                      "issues a certificate"},
     .kind = SETTING_DURATION,
     .offset = PLACE(settle_ms),
     .initial = "60s",
     .least = 1 * SECOND,
     .most = 60 * MINUTE},

    {.topic = "Leading",
     .flag = {.name = "identity",
              .value = "NAME",
              .help = "what this controller is called in its Lease (default: the host's name)"},
     .offset = PLACE(identity)},
    {.flag = {.name = "lease-duration",
              .value = "DURATION",
              .help = "after how long without a sign of life another one leads"},
     .kind = SETTING_DURATION,
     .offset = PLACE(lease_duration_ms),
     .initial = "15s",
     .least = 1 * SECOND,
     .most = 10 * MINUTE},
    {.flag = {.name = "renew-deadline",
              .value = "DURATION",
              .help = "after how long without a renewal this one stops writing; less than the\n"
                      "lease's duration"},
     .kind = SETTING_DURATION,
     .offset = PLACE(renew_deadline_ms),
     .initial = "10s",
     .least = 500,
     .most = 10 * MINUTE},
    {.flag = {.name = "retry-period",
              .value = "DURATION",
              .help = "how often it renews the lease or tries to get it; at most a third of the\n"
                      "deadline"},
     .kind = SETTING_DURATION,
     .offset = PLACE(retry_period_ms),
     .initial = "2s",
     .least = 100,
     .most = 10 * MINUTE},

    {.topic = "Listening",
     .flag = {.name = "health-listen",
              .value = "ADDRESS:PORT",
              .help = "where /healthz, /readyz and /metrics are answered, over plain HTTP;\n"
                      "\":8081\" is all addresses"},
     .offset = PLACE(health_listen),
     .initial = "127.0.0.1:8081"},

    {.topic = "Log",
     .flag = {.name = "log-level",
              .value = "error|warn|info|debug",
              .help = "what is written, from the most urgent on"},
     .kind = SETTING_WORD,
     .offset = PLACE(log_level),
     .initial = "info",
     .words = setting_log_levels},
    {.flag = {.name = "log-format",
              .value = "auto|json|text",
              .help = "auto is text where standard error is a terminal, else JSON"},
     .kind = SETTING_WORD,
     .offset = PLACE(log_format),
     .initial = "auto",
     .words = setting_log_formats},
};

static const struct setting lease[] = {
    {.topic = "Names",
     .flag = {.name = "lease",
              .value = "NAME",
              .help = "the Lease by which one of several controllers leads"},
     .offset = PLACE(lease),
     .initial = PROGRAM},
};

static const struct setting report[] = {
    {.flag = {.name = "status-config-map",
              .value = "NAME",
              .help = "the ConfigMap in which the one that leads says how things are"},
     .offset = PLACE(status_config_map),
     .initial = "hawser-status"},
};

static const struct setting output[] = {
    {.topic = "Output",
     .flag =
         {.name = "output", .value = "table|json", .help = "json is for programs", .letter = 'o'},
     .kind = SETTING_WORD,
     .offset = PLACE(output),
     .initial = "table",
     .words = outputs},
};

static const struct setting files[] = {
    {.topic = "What exists",
     .flag = {.name = "filename",
              .value = "FILE",
              .help =
                  "the objects as they are now, as `kubectl get -o yaml` prints them; \"-\" is\n"
                  "standard input (default: there are none)",
              .letter = 'f'},
     .offset = PLACE(filename)},
};

static const struct setting selftest[] = {
    {.topic = "Test",
     .flag = {.name = "policy",
              .value = "NAME[,NAME]",
              .help = "the policies that the workflow opts in to (default: the default ones)"},
     .offset = PLACE(policy)},
};

static const struct setting policies[] = {
    {.topic = "Policies",
     .flag = {.name = "policies",
              .value = "PATH",
              .help = "a file or a folder of policies to use instead of the shipped ones (see\n"
                      "'hawser policies')"},
     .offset = PLACE(policies)},
};

static const struct setting version[] = {
    {.topic = "What cluster it is for",
     .flag = {.name = "kubernetes-version",
              .value = "VERSION",
              .help = "the version of its API server, e.g. 1.20 (default: the newest)"},
     .offset = PLACE(kubernetes_version)},
};

static const char *const switch_words[] = {"false", "true", NULL};
static const struct setting uninstall[] = {
    {.topic = "What goes",
     .flag = {.name = "server",
              .value = "NAME",
              .help = "only this NFS server, a NFSProvisioner's name (default: all of them)"},
     .offset = PLACE(server)},
    {.flag = {.name = "delete-data",
              .help = "the disks of the servers too, and all that is on them"},
     .kind = SETTING_WORD,
     .offset = PLACE(deletes_data),
     .words = switch_words},
    {.flag = {.name = "dry-run", .help = "say what would be deleted, and delete nothing"},
     .kind = SETTING_WORD,
     .offset = PLACE(is_dry_run),
     .words = switch_words},
};

#define ROWS(settings) settings, sizeof(settings) / sizeof((settings)[0])

static const struct {
    enum settings_topic topic;
    const struct setting *items;
    size_t n;
} topics_table[] = {
    {SETTINGS_CLUSTER, ROWS(cluster)},
    {SETTINGS_NAMESPACE, ROWS(namespace_)},
    {SETTINGS_CERTIFICATES, ROWS(certificates)},
    {SETTINGS_RUN, ROWS(run)},
    {SETTINGS_LEASE, ROWS(lease)},
    {SETTINGS_STATUS, ROWS(report)},
    {SETTINGS_FILES, ROWS(files)},
    {SETTINGS_SELFTEST, ROWS(selftest)},
    {SETTINGS_POLICIES, ROWS(policies)},
    {SETTINGS_VERSION, ROWS(version)},
    {SETTINGS_OUTPUT, ROWS(output)},
    {SETTINGS_UNINSTALL, ROWS(uninstall)},
};

#define N_TOPICS (sizeof(topics_table) / sizeof(topics_table[0]))

/* Those settings of the table that are of the topics, or are not. */
static size_t collect(unsigned int topics, struct setting out[static SETTING_FLAGS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < N_TOPICS; i++) {
        if ((topics & topics_table[i].topic) != 0) {
            memcpy(&out[n], topics_table[i].items, topics_table[i].n * sizeof(out[0]));
            n += topics_table[i].n;
        }
    }
    return n;
}

static int check(unsigned int topics, const struct settings *settings, struct err *err)
{
    if (settings->renew_deadline_ms >= settings->lease_duration_ms) {
        return err_set(err, ERR_INVALID, "--renew-deadline must be less than --lease-duration");
    }
    if (settings->retry_period_ms > settings->renew_deadline_ms / 3) {
        return err_set(err, ERR_INVALID,
                       "--retry-period must not be more than a third of --renew-deadline");
    }
    if (strcmp(settings->tls_secret, settings->ca_secret) == 0) {
        return err_set(
            err, ERR_INVALID,
            "--tls-secret and --ca-secret must differ: the webhook must not see the CA's "
            "key");
    }
    if (settings->leaf_validity_s > settings->ca_validity_s) {
        return err_set(err, ERR_INVALID, "--leaf-validity must not be more than --ca-validity");
    }
    if ((topics & SETTINGS_RUN) != 0 &&
        settings->settle_ms / 1000 > settings->leaf_validity_s / 3) {
        return err_set(err, ERR_INVALID,
                       "--settle must not be more than a third of --leaf-validity, which is what a "
                       "certificate has left when it is renewed");
    }
    return 0;
}

int settings_read(unsigned int topics,
                  int argc,
                  char **argv,
                  struct arena *arena,
                  struct settings *out,
                  struct err *err)
{
    struct setting all[SETTING_FLAGS_MAX];
    struct setting accepted[SETTING_FLAGS_MAX];
    const struct setting_table defaults = {.items = all, .n = collect(~0U, all)};
    const struct setting_table table = {.items = accepted, .n = collect(topics, accepted)};
    struct settings settings = {.kubeconfig = NULL};
    struct setting_flags given;

    if (setting_flags_store_defaults(&defaults, arena, &settings, err) < 0) {
        return -1;
    }
    if (setting_flags_read(&table, argc, argv, &given, err) < 0 ||
        setting_flags_store(&table, &given, arena, &settings, err) < 0 ||
        check(topics, &settings, err) < 0) {
        return flags_point_to_help(err, PROGRAM, argv[0]);
    }
    *out = settings;
    return 0;
}

void settings_write_help(unsigned int topics, struct buf *out)
{
    struct setting accepted[SETTING_FLAGS_MAX];
    const struct setting_table table = {.items = accepted, .n = collect(topics, accepted)};

    setting_flags_write_help(&table, out);
    buf_add_text(out, "  -h, --help\n          this text\n");
}

struct certificate_options settings_certificate(const struct settings *settings)
{
    return (struct certificate_options){
        .names =
            {
                .namespace_ = settings->namespace_,
                .ca_secret = settings->ca_secret,
                .tls_secret = settings->tls_secret,
                .configuration = settings->configuration,
                .service = settings->service,
            },
        .cluster_domain = settings->cluster_domain,
        .ca_validity_s = settings->ca_validity_s,
        .leaf_validity_s = settings->leaf_validity_s,
    };
}

/* ~/.kube/config, or NULL without a home or memory. */
static const char *home_config(struct arena *arena)
{
    const char *home = getenv("HOME"); // NOLINT(concurrency-mt-unsafe): one thread

    return home != NULL && home[0] != '\0' ? arena_printf(arena, "%s/.kube/config", home) : NULL;
}

/* The configuration that the environment means. */
static int find_usual(const struct settings *settings,
                      struct arena *arena,
                      struct kube_config *out,
                      struct err *err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"); // NOLINT(concurrency-mt-unsafe)
    const char *port = getenv("KUBERNETES_SERVICE_PORT"); // NOLINT(concurrency-mt-unsafe)
    const char *path = getenv("KUBECONFIG");              // NOLINT(concurrency-mt-unsafe)

    if (host != NULL) {
        return kube_config_in_cluster(KUBE_CONFIG_SERVICE_ACCOUNT, host, port, arena, out, err);
    }
    if (path == NULL || path[0] == '\0') {
        path = home_config(arena);
    }
    if (path == NULL) {
        return err_set(err, ERR_NOT_FOUND,
                       "no cluster: this is no pod, and neither KUBECONFIG nor "
                       "HOME is set; expected --kubeconfig FILE");
    }
    return kube_config_load(path, settings->context, arena, out, err);
}

int settings_find_cluster(struct settings *settings,
                          struct arena *arena,
                          struct kube_config *out,
                          struct err *err)
{
    struct kube_config config = {.server = NULL};
    const int status =
        settings->kubeconfig != NULL
            ? kube_config_load(settings->kubeconfig, settings->context, arena, &config, err)
            : find_usual(settings, arena, &config, err);

    if (status < 0) {
        return -1;
    }
    if (settings->namespace_ == NULL) {
        settings->namespace_ = config.namespace_;
    }
    if (settings->namespace_ == NULL) {
        return err_set(err, ERR_INVALID, "no namespace, expected --namespace NAME");
    }
    *out = config;
    return 0;
}
