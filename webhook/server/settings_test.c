/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/settings.h"

#include <stdbool.h>

#include "base/log.h"
#include "base/setting.h"
#include "base/setting_log.h"
#include "webhook/server/settings_test.h"

enum kind { TEXT, NAMES, NUMBER };

#define PLACE(field) offsetof(struct settings, field)

/* Each setting with its default, and a value for the flag and another for the file; how they show
 * as show() has it, and the flags that have to be there too. */
static const struct row {
    const char *flag;
    const char *key;
    enum kind kind;
    size_t offset;
    const char *initial;
    const char *flag_value;
    const char *flag_shown;
    const char *file_value;
    const char *file_shown;
    const char *also;
} rows[] = {
    {"listen", "listen", TEXT, PLACE(listen), "127.0.0.1:8443", ":1", ":1", "'[::1]:2'", "[::1]:2",
     ""},
    {"health-listen", "healthListen", TEXT, PLACE(health_listen), "127.0.0.1:8080", ":1", ":1",
     "10.0.0.1:2", "10.0.0.1:2", ""},
    {"max-connections", "maxConnections", NUMBER, PLACE(max_connections), "2048", "16", "16",
     "65536", "65536", ""},
    {"tls-cert-file", "tlsCertFile", TEXT, PLACE(tls_cert_file), "", "a", "a", "b", "b",
     "--tls-private-key-file c"},
    {"tls-private-key-file", "tlsPrivateKeyFile", TEXT, PLACE(tls_private_key_file), "", "a", "a",
     "b", "b", "--tls-cert-file c"},
    {"tls-ca-file", "tlsCaFile", TEXT, PLACE(tls_ca_file), "", "a", "a", "b", "b",
     "--tls-cert-file c --tls-private-key-file d"},
    {"tls-server-name", "tlsServerName", NAMES, PLACE(tls_server_names), "", "a,b", "a|b", "[c]",
     "c", "--tls-cert-file c --tls-private-key-file d"},
    {"client-ca-file", "clientCaFile", TEXT, PLACE(client_ca_file), "", "a", "a", "b", "b", ""},
    {"client-allowed-names", "clientAllowedNames", NAMES, PLACE(client_allowed_names), "", "a", "a",
     "[b, 'c,d']", "b|c,d", "--client-ca-file e"},
    {"policies", "policies", TEXT, PLACE(policies), "", "a", "a", "b", "b", ""},
    {"copier-image", "copierImage", TEXT, PLACE(copier_image), "image:1", "a:2", "a:2", "b:3",
     "b:3", ""},
    {"request-timeout", "requestTimeout", NUMBER, PLACE(request_timeout_ms), "10000", "1s", "1000",
     "5m", "300000", ""},
    {"idle-timeout", "idleTimeout", NUMBER, PLACE(idle_timeout_ms), "120000", "1s", "1000", "1h",
     "3600000", ""},
    {"grace-period", "gracePeriod", NUMBER, PLACE(grace_period_ms), "10000", "0", "0", "10m",
     "600000", ""},
    {"start-timeout", "startTimeout", NUMBER, PLACE(start_timeout_ms), "0", "1ms", "1", "1h",
     "3600000", ""},
    {"log-level", "logLevel", NUMBER, PLACE(log_level), "2", "error", "0", "debug", "3", ""},
    {"log-format", "logFormat", NUMBER, PLACE(log_format), "0", "json", "1", "text", "2", ""},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* The setting in @settings as text: names with '|' between them, nothing for none. */
static const char *show(const struct settings *settings, const struct row *row, struct arena *arena)
{
    const char *field = (const char *)settings + row->offset;
    const char *text = NULL;
    struct text_list names;
    unsigned int number;

    switch (row->kind) {
    case TEXT:
        memcpy(&text, field, sizeof(text));
        break;
    case NAMES:
        memcpy(&names, field, sizeof(names));
        for (size_t i = 0; i < names.n; i++) {
            text =
                arena_printf(arena, "%s%s%s", i > 0 ? text : "", i > 0 ? "|" : "", names.items[i]);
        }
        break;
    case NUMBER:
        memcpy(&number, field, sizeof(number));
        text = arena_printf(arena, "%u", number);
        break;
    }
    return text != NULL ? text : "";
}

static void check_defaults(const struct settings *settings, struct arena *arena)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        print_message("# %s\n", rows[i].flag);
        assert_string_equal(show(settings, &rows[i], arena), rows[i].initial);
    }
}

static void what_neither_flags_nor_the_file_say_has_its_default(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_line("", arena, &settings, &err), 0);
    check_defaults(&settings, arena);
    assert_int_equal(read_file(HEAD, "", arena, &settings, &err), 0);
    check_defaults(&settings, arena);
}

/* Read @row's setting from the flag, the file or both, and expect it to show as @expected. */
static void check_row(const struct row *row, bool flag, bool file, const char *expected)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    const char *text =
        file ? arena_printf(arena, HEAD "%s: %s\n", row->key, row->file_value) : HEAD;
    const char *line =
        flag ? arena_printf(arena, "--%s %s %s", row->flag, row->flag_value, row->also) : row->also;
    struct settings settings = {0};
    struct err err = {0};

    if (read_file(text, line, arena, &settings, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    assert_string_equal(show(&settings, row, arena), expected);
}

static void every_setting_is_a_flag(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        check_row(&rows[i], true, false, rows[i].flag_shown);
    }
}

static void every_setting_is_a_key_in_the_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        check_row(&rows[i], false, true, rows[i].file_shown);
    }
}

static void a_flag_wins_over_the_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        check_row(&rows[i], true, true, rows[i].flag_shown);
    }
}

static void a_key_is_the_flag_in_camel_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        char key[SETTING_KEY_SIZE];
        setting_key(rows[i].flag, key);
        assert_string_equal(key, rows[i].key);
    }
}

static void flags_and_file_may_make_a_pair(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_file(HEAD "tlsCertFile: a\nclientCaFile: b\n",
                               "--tls-private-key-file c --client-allowed-names d", arena,
                               &settings, &err),
                     0);
    assert_string_equal(settings.tls_cert_file, "a");
    assert_string_equal(settings.tls_private_key_file, "c");
}

static void every_word_is_the_number_that_the_program_means(void **state)
{
    static const struct {
        const char *line;
        unsigned int log_level;
        unsigned int log_format;
    } words[] = {
        {"--log-level error --log-format auto", LOG_ERROR, SETTING_LOG_AUTO},
        {"--log-level warn --log-format json", LOG_WARN, SETTING_LOG_JSON},
        {"--log-level info --log-format text", LOG_INFO, SETTING_LOG_TEXT},
        {"--log-level debug", LOG_DEBUG, SETTING_LOG_AUTO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct settings settings = {0};
        struct err err = {0};
        assert_int_equal(read_line(words[i].line, arena, &settings, &err), 0);
        assert_int_equal(settings.log_level, words[i].log_level);
        assert_int_equal(settings.log_format, words[i].log_format);
    }
}

static const struct refusal {
    const char *line;
    const char *message;
} wrong_flags[] = {
    {"a", "unexpected argument 'a'"},
    {"--polices a", "unknown flag '--polices', did you mean '--policies'?"},
    {"--polices=a", "unknown flag '--polices=a', did you mean '--policies'?"},
    {"--listen", "--listen needs a value: ADDRESS:PORT"},
    {"--listen ''", "--listen is empty, expected ADDRESS:PORT"},
    {"--policies a -p b", "--policies is given twice"},
    {"--config a --config b", "--config is given twice"},
    {"--config ''", "--config is empty, expected FILE"},
    {"--max-connections 15",
     "--max-connections: expected a whole number from 16 to 65536, found '15'"},
    {"--max-connections 65537",
     "--max-connections: expected a whole number from 16 to 65536, found '65537'"},
    {"--max-connections 18446744073709551632",
     "--max-connections: expected a whole number from 16 to 65536, found "
     "'18446744073709551632'"},
    {"--max-connections -16",
     "--max-connections: expected a whole number from 16 to 65536, found '-16'"},
    {"--max-connections 0x20",
     "--max-connections: expected a whole number from 16 to 65536, found '0x20'"},
    {"--request-timeout 10",
     "--request-timeout: '10' is not a duration: expected whole numbers with units, the larger "
     "first, such as 10s, 500ms or 1h30m"},
    {"--request-timeout 999ms",
     "--request-timeout: expected a duration from 1s to 5m, found '999ms'"},
    {"--request-timeout 5m1ms",
     "--request-timeout: expected a duration from 1s to 5m, found '5m1ms'"},
    {"--idle-timeout 999ms", "--idle-timeout: expected a duration from 1s to 1h, found '999ms'"},
    {"--idle-timeout 1h1ms", "--idle-timeout: expected a duration from 1s to 1h, found '1h1ms'"},
    {"--grace-period 10m1ms", "--grace-period: expected a duration from 0s to 10m, found '10m1ms'"},
    {"--start-timeout 1h1ms", "--start-timeout: expected a duration from 0s to 1h, found '1h1ms'"},
    {"--log-level loud", "--log-level: expected error|warn|info|debug, found 'loud'"},
    {"--log-format JSON", "--log-format: expected auto|json|text, found 'JSON'"},
    {"--tls-server-name a,,b", "--tls-server-name: a name is empty, expected NAME[,NAME]"},
    {"--tls-server-name a,", "--tls-server-name: a name is empty, expected NAME[,NAME]"},
    {"--client-allowed-names ,a", "--client-allowed-names: a name is empty, expected NAME[,NAME]"},
    {"--client-allowed-names a,b,a", "--client-allowed-names: 'a' stands twice in the list"},
};

static const struct refusal half_pairs[] = {
    {"--tls-cert-file a", "--tls-cert-file needs --tls-private-key-file as well, or "
                          "tlsPrivateKeyFile in the configuration file"},
    {"--tls-private-key-file a", "--tls-private-key-file needs --tls-cert-file as well, or "
                                 "tlsCertFile in the configuration file"},
    {"--tls-ca-file a", "--tls-ca-file needs --tls-cert-file as well, or tlsCertFile in the "
                        "configuration file"},
    {"--tls-server-name a", "--tls-server-name needs --tls-cert-file as well, or tlsCertFile "
                            "in the configuration file"},
    {"--client-allowed-names a", "--client-allowed-names needs --client-ca-file as well, or "
                                 "clientCaFile in the configuration file"},
};

static void check_refusals(const struct refusal *refused, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct settings settings = {0};
        struct err err = {0};
        assert_int_equal(read_line(refused[i].line, arena, &settings, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(
            err.msg, arena_printf(arena, "%s; see 'hawser serve --help'", refused[i].message));
        assert_null(settings.listen);
    }
}

static void what_is_wrong_with_a_flag_is_said(void **state)
{
    (void)state;
    check_refusals(wrong_flags, sizeof(wrong_flags) / sizeof(wrong_flags[0]));
}

static void a_setting_that_needs_another_is_refused_without(void **state)
{
    (void)state;
    check_refusals(half_pairs, sizeof(half_pairs) / sizeof(half_pairs[0]));
}

static void a_full_arena_is_reported(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(1);
    char words[][32] = {"serve", "--tls-server-name", "a,b"};
    char *argv[] = {words[0], words[1], words[2], NULL};
    struct settings settings = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(settings_read(3, argv, "image:1", arena, &settings, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
}

static void the_help_has_every_flag_under_its_topic_with_its_default(void **state)
{
    static const char *const expected[] = {
        "Listening:\n      --listen ADDRESS:PORT\n",
        "\n          (default: 127.0.0.1:8443)\n",
        "\n          from 16 to 65536 (default: 2048)\n",
        "\n\nCertificate:\n      --tls-cert-file FILE\n",
        "\n\nPolicies:\n  -p, --policies FILE|DIR\n",
        "\n\nTime:\n      --request-timeout DURATION\n",
        "\n          from 1s to 5m (default: 10s)\n",
        "\n\nLog:\n      --log-level error|warn|info|debug\n",
        "\n          (default: info)\n",
        "\n\nConfiguration:\n      --config FILE\n",
        "\n  -h, --help\n          this text\n\n",
    };
    CLEANUP(buf_clear) struct buf help = BUF_INIT(ARENA_BYTES);
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    const char *at;
    size_t n = 0;

    (void)state;
    settings_write_help(&help);
    at = buf_text(&help);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        at = strstr(at, expected[i]);
        assert_non_null(at);
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        assert_non_null(strstr(buf_text(&help), arena_printf(arena, " --%s ", rows[i].flag)));
    }
    for (at = buf_text(&help); (at = strstr(at, "\n  ")) != NULL; at++) {
        n += strspn(at + 3, " ") <= 4 && strstr(at, "--") == at + 7 ? 1 : 0;
    }
    assert_int_equal(n, N_ROWS + 2); /* and so there is no flag that this test does not know */
}

static void no_line_of_the_help_is_too_wide(void **state)
{
    CLEANUP(buf_clear) struct buf help = BUF_INIT(ARENA_BYTES);

    (void)state;
    settings_write_help(&help);
    for (const char *line = buf_text(&help); *line != '\0'; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") <= 90);
    }
}

static void the_example_in_the_help_is_a_configuration(void **state)
{
    CLEANUP(buf_clear) struct buf help = BUF_INIT(ARENA_BYTES);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(ARENA_BYTES);
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings = {0};
    struct err err = {0};
    const char *line;
    size_t n = 0;

    (void)state;
    settings_write_help(&help);
    line = strstr(buf_text(&help), "  apiVersion:");
    assert_non_null(line);
    for (; *line != '\0'; line = strchr(line, '\n') + 1) {
        buf_printf(&text, "%.*s\n", (int)strcspn(line, "\n") - 2, line + 2);
        n++;
    }
    assert_int_equal(n, 3);
    assert_int_equal(read_file(buf_text(&text), "", arena, &settings, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_neither_flags_nor_the_file_say_has_its_default),
        cmocka_unit_test(every_setting_is_a_flag),
        cmocka_unit_test(every_setting_is_a_key_in_the_file),
        cmocka_unit_test(a_flag_wins_over_the_file),
        cmocka_unit_test(a_key_is_the_flag_in_camel_case),
        cmocka_unit_test(flags_and_file_may_make_a_pair),
        cmocka_unit_test(every_word_is_the_number_that_the_program_means),
        cmocka_unit_test(what_is_wrong_with_a_flag_is_said),
        cmocka_unit_test(a_setting_that_needs_another_is_refused_without),
        cmocka_unit_test(a_full_arena_is_reported),
        cmocka_unit_test(the_help_has_every_flag_under_its_topic_with_its_default),
        cmocka_unit_test(no_line_of_the_help_is_too_wide),
        cmocka_unit_test(the_example_in_the_help_is_a_configuration),
    };

    return cmocka_run_group_tests_name("settings", tests, folder_enter, folder_leave);
}
