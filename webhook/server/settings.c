/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/settings.h"

#include "base/setting_flags.h"
#include "base/setting_log.h"
#include "webhook/server/settings_file.h"

#define SECOND 1000U
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

/* Names of one certificate: more than anybody has, and few enough to compare each with each. */
#define NAMES_MAX 64

#define PLACE(field) offsetof(struct settings, field)

static const struct setting table[] = {
    {.topic = "Listening",
     .flag = {.name = "listen",
              .value = "ADDRESS:PORT",
              .help = "where the API server sends its admission requests, over TLS;\n"
                      "\":8443\" is all addresses"},
     .offset = PLACE(listen),
     .initial = "127.0.0.1:8443"},
    {.flag = {.name = "health-listen",
              .value = "ADDRESS:PORT",
              .help = "where probes and metrics are answered, over plain HTTP"},
     .offset = PLACE(health_listen),
     .initial = "127.0.0.1:8080"},
    {.flag = {.name = "max-connections",
              .value = "N",
              .help = "how many connections may be open at a time for admission requests"},
     .kind = SETTING_NUMBER,
     .offset = PLACE(max_connections),
     .initial = "2048",
     .least = 16,
     .most = 65536},

    {.topic = "Certificate",
     .flag = {.name = "tls-cert-file",
              .value = "FILE",
              .help = "the serving certificate and what leads to its CA, PEM\n"
                      "(default: one made in memory, to try hawser out)"},
     .offset = PLACE(tls_cert_file)},
    {.flag = {.name = "tls-private-key-file",
              .value = "FILE",
              .help = "the key of that certificate, PEM"},
     .offset = PLACE(tls_private_key_file)},
    {.flag = {.name = "tls-ca-file",
              .value = "FILE",
              .help = "serve no certificate that does not lead to one of these CAs, PEM"},
     .offset = PLACE(tls_ca_file)},
    {.flag = {.name = "tls-server-name",
              .value = "NAME[,NAME]",
              .help = "serve no certificate that lacks any of these names"},
     .kind = SETTING_NAMES,
     .offset = PLACE(tls_server_names),
     .least = 1,
     .most = NAMES_MAX},
    {.flag = {.name = "client-ca-file",
              .value = "FILE",
              .help = "answer only clients with a certificate that leads to one of these CAs,\n"
                      "PEM (default: all clients)"},
     .offset = PLACE(client_ca_file)},
    {.flag = {.name = "client-allowed-names",
              .value = "NAME[,NAME]",
              .help = "of those answer only clients whose certificate has one of these names"},
     .kind = SETTING_NAMES,
     .offset = PLACE(client_allowed_names),
     .least = 1,
     .most = NAMES_MAX},

    {.topic = "Policies",
     .flag = {.name = "policies",
              .value = "FILE|DIR",
              .help = "policies to use instead of the shipped ones (see 'hawser policies')",
              .letter = 'p'},
     .offset = PLACE(policies)},
    {.flag = {.name = "copier-image",
              .value = "IMAGE",
              .help = "the image of hawser-copy where a policy names none\n"
                      "(default: that of this version of hawser)"},
     .offset = PLACE(copier_image)},

    {.topic = "Time",
     .flag = {.name = "request-timeout",
              .value = "DURATION",
              .help = "how long a request may take to arrive, and then its answer to be taken"},
     .kind = SETTING_DURATION,
     .offset = PLACE(request_timeout_ms),
     .initial = "10s",
     .least = 1 * SECOND,
     .most = 5 * MINUTE},
    {.flag = {.name = "idle-timeout",
              .value = "DURATION",
              .help = "how long a connection may wait for the next request; the API server keeps\n"
                      "its connections for 90 s, and ours must outlive them"},
     .kind = SETTING_DURATION,
     .offset = PLACE(idle_timeout_ms),
     .initial = "120s",
     .least = 1 * SECOND,
     .most = 1 * HOUR},
    {.flag = {.name = "grace-period",
              .value = "DURATION",
              .help = "after SIGTERM, how long to go on serving while the cluster learns that\n"
                      "this server stops"},
     .kind = SETTING_DURATION,
     .offset = PLACE(grace_period_ms),
     .initial = "10s",
     .least = 0,
     .most = 10 * MINUTE},
    {.flag = {.name = "start-timeout",
              .value = "DURATION",
              .help = "how long to wait for policies and a certificate that are missing or\n"
                      "wrong at the start"},
     .kind = SETTING_DURATION,
     .offset = PLACE(start_timeout_ms),
     .initial = "0s",
     .least = 0,
     .most = 1 * HOUR},

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

#define N_SETTINGS (sizeof(table) / sizeof(table[0]))

/* No setting: a file does not lead to another. */
static const struct flag config_flag = {
    .name = "config",
    .value = "FILE",
    .help = "settings in a file; flags win over them",
};

static const struct setting_table settings_table = {
    .items = table,
    .n = N_SETTINGS,
    .file = &config_flag,
};

/*
 * Reading
 */

/* Settings that mean nothing without another. */
static int check_pairs(const struct settings *settings, struct err *err)
{
    const bool has_cert = settings->tls_cert_file != NULL;
    const bool has_key = settings->tls_private_key_file != NULL;
    const struct {
        const char *flag;
        const char *needed;
        bool there;
        bool needed_there;
    } rows[] = {
        {"tls-cert-file", "tls-private-key-file", has_cert, has_key},
        {"tls-private-key-file", "tls-cert-file", has_key, has_cert},
        {"tls-ca-file", "tls-cert-file", settings->tls_ca_file != NULL, has_cert},
        {"tls-server-name", "tls-cert-file", settings->tls_server_names.n > 0, has_cert},
        {"client-allowed-names", "client-ca-file", settings->client_allowed_names.n > 0,
         settings->client_ca_file != NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].there && !rows[i].needed_there) {
            char key[SETTING_KEY_SIZE];
            setting_key(rows[i].needed, key);
            return err_set(err, ERR_INVALID,
                           "--%s needs --%s as well, or %s in the configuration file", rows[i].flag,
                           rows[i].needed, key);
        }
    }
    return 0;
}

int settings_read(int argc,
                  char **argv,
                  const char *copier_image,
                  struct arena *arena,
                  struct settings *out,
                  struct err *err)
{
    struct settings settings = {.copier_image = copier_image};
    struct setting_flags given;

    if (setting_flags_read(&settings_table, argc, argv, &given, err) < 0) {
        return flags_point_to_help(err, "hawser", argv[0]);
    }
    if (setting_flags_store_defaults(&settings_table, arena, &settings, err) < 0) {
        return -1;
    }
    if (given.file != NULL &&
        settings_file_read(given.file, table, N_SETTINGS, arena, &settings, err) < 0) {
        return -1;
    }
    if (setting_flags_store(&settings_table, &given, arena, &settings, err) < 0 ||
        check_pairs(&settings, err) < 0) {
        return flags_point_to_help(err, "hawser", argv[0]);
    }
    *out = settings;
    return 0;
}

/*
 * Help
 */

void settings_write_help(struct buf *out)
{
    setting_flags_write_help(&settings_table, out);
    buf_add_text(out, "\nConfiguration:\n");
    flags_write_help(out, &config_flag);
    buf_add_text(
        out, "  -h, --help\n"
             "          this text\n"
             "\n"
             "In a configuration file, which is YAML, --grace-period is gracePeriod, and so on;\n"
             "names are lists:\n"
             "  apiVersion: hawser.dev/v1\n"
             "  kind: ServerConfiguration\n"
             "  gracePeriod: 10s\n");
}
