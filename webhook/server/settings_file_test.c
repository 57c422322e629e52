/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/settings_file.h"

#include <sys/stat.h>

#include "webhook/server/settings_test.h"

struct row {
    const char *text;
    const char *message;
};

static void check_rows(const struct row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct settings settings = {0};
        struct err err = {0};
        assert_int_equal(read_file(rows[i].text, "", arena, &settings, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
        assert_int_equal(strchr(err.excerpt, '^') != NULL, strncmp(err.msg, "s.yaml:", 7) == 0);
        assert_null(settings.listen);
    }
}

#define ACCEPTED                                                                                \
    "accepted: apiVersion, kind, listen, healthListen, maxConnections, tlsCertFile, "           \
    "tlsPrivateKeyFile, tlsCaFile, tlsServerName, clientCaFile, clientAllowedNames, policies, " \
    "copierImage, requestTimeout, idleTimeout, gracePeriod, startTimeout, logLevel, logFormat"

static void what_is_no_configuration_is_refused(void **state)
{
    static const struct row rows[] = {
        {"", "file 's.yaml' is empty; expected a ServerConfiguration"},
        {"# a\n", "file 's.yaml' is empty; expected a ServerConfiguration"},
        {"---\n", "file 's.yaml' is empty; expected a ServerConfiguration"},
        {"[]\n", "s.yaml:1:1: expected an object, found a list"},
        {"listen: ':1'\n", "s.yaml:1:1: key 'apiVersion' is missing"},
        {"apiVersion: hawser.dev/v1\n", "s.yaml:1:1: key 'kind' is missing"},
        {"apiVersion: hawser.dev/v2\n"
         "kind: ServerConfiguration\n",
         "s.yaml:1:13: apiVersion: 'hawser.dev/v2' is not a server's configuration; expected "
         "'hawser.dev/v1'"},
        {"apiVersion: hawser.dev/v1\n"
         "kind: VolumePolicy\n"
         "spec: {}\n",
         "s.yaml:2:7: kind: 'VolumePolicy' is not a server's configuration; expected "
         "'ServerConfiguration'"},
        {"apiVersion: 1\n"
         "kind: ServerConfiguration\n",
         "s.yaml:1:13: apiVersion: expected a string, found a number; quote it"},
        {HEAD "config: b.yaml\n", "s.yaml:3:1: key 'config' is unknown; " ACCEPTED},
        {HEAD "help: true\n", "s.yaml:3:1: key 'help' is unknown; " ACCEPTED},
        {HEAD "log-level: info\n",
         "s.yaml:3:1: key 'log-level' is unknown; did you mean 'logLevel'? " ACCEPTED},
        {HEAD "gracePriod: 1s\n",
         "s.yaml:3:1: key 'gracePriod' is unknown; did you mean 'gracePeriod'? " ACCEPTED},
        {HEAD "---\n" HEAD, "s.yaml:4:1: a second document; expected one"},
        {HEAD "---\n# a\n---\n" HEAD, "s.yaml:6:1: a second document; expected one"},
        {HEAD "listen: ':1'\n"
              "listen: ':2'\n",
         "s.yaml:4:1: key 'listen' stands twice in this mapping; expected it once"},
        {HEAD "policies: &a b\n"
              "copierImage: *a\n",
         "s.yaml:3:11: anchors ('&') and aliases ('*') are not accepted: write the value out"},
        {HEAD "policies: !!str b\n",
         "s.yaml:3:11: tags ('!') are not accepted: quote what is a string"},
        {HEAD "\tpolicies: b\n",
         "s.yaml:3:1: a tab; expected spaces, or \"\\t\" within double quotes"},
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void documents_without_content_do_not_count(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_file("---\n# a\n---\n" HEAD "policies: a\n---\n# b\n---\n", "", arena,
                               &settings, &err),
                     0);
    assert_string_equal(settings.policies, "a");
}

static void a_value_of_another_type_is_refused(void **state)
{
    static const struct row rows[] = {
        {HEAD "listen: 8443\n", "s.yaml:3:9: listen: expected a string, found a number; quote it"},
        {HEAD "listen: ''\n", "s.yaml:3:9: listen: must not be empty"},
        {HEAD "policies:\n", "s.yaml:3:10: policies: expected a string, found null"},
        {HEAD "maxConnections: '2048'\n",
         "s.yaml:3:17: maxConnections: expected a whole number, found a string"},
        {HEAD "maxConnections: 20.5\n",
         "s.yaml:3:17: maxConnections: expected a whole number, found a number"},
        {HEAD "requestTimeout: 10\n",
         "s.yaml:3:17: requestTimeout: expected a string, found a number; quote it"},
        {HEAD "tlsServerName: a\n", "s.yaml:3:16: tlsServerName: expected a list, found a string"},
        {HEAD "tlsServerName: [1]\n",
         "s.yaml:3:17: tlsServerName[0]: expected a string, found a number; quote it"},
        {HEAD "logLevel: 2\n",
         "s.yaml:3:11: logLevel: expected a string, found a number; quote it"},
        {HEAD "logLevel: [info]\n", "s.yaml:3:11: logLevel: expected a string, found a list"},
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_value_out_of_range_is_refused(void **state)
{
    static const struct row rows[] = {
        {HEAD "maxConnections: 15\n",
         "s.yaml:3:17: maxConnections: expected a whole number from 16 to 65536, found 15"},
        {HEAD "maxConnections: 65537\n",
         "s.yaml:3:17: maxConnections: expected a whole number from 16 to 65536, found 65537"},
        {HEAD "maxConnections: -16\n",
         "s.yaml:3:17: maxConnections: expected a whole number from 16 to 65536, found -16"},
        {HEAD "requestTimeout: ten\n",
         "s.yaml:3:17: requestTimeout: 'ten' is not a duration: expected whole numbers with units, "
         "the larger first, such as 10s, 500ms or 1h30m"},
        {HEAD "requestTimeout: 999ms\n",
         "s.yaml:3:17: requestTimeout: expected a duration from 1s to 5m, found '999ms'"},
        {HEAD "requestTimeout: 5m1ms\n",
         "s.yaml:3:17: requestTimeout: expected a duration from 1s to 5m, found '5m1ms'"},
        {HEAD "idleTimeout: 999ms\n",
         "s.yaml:3:14: idleTimeout: expected a duration from 1s to 1h, found '999ms'"},
        {HEAD "idleTimeout: 1h1ms\n",
         "s.yaml:3:14: idleTimeout: expected a duration from 1s to 1h, found '1h1ms'"},
        {HEAD "gracePeriod: 10m1ms\n",
         "s.yaml:3:14: gracePeriod: expected a duration from 0s to 10m, found '10m1ms'"},
        {HEAD "startTimeout: 1h1ms\n",
         "s.yaml:3:15: startTimeout: expected a duration from 0s to 1h, found '1h1ms'"},
        {HEAD "logLevel: debgu\n",
         "s.yaml:3:11: logLevel: 'debgu' is unknown; did you mean 'debug'? accepted: error, warn, "
         "info, debug"},
        {HEAD "logFormat: xml\n",
         "s.yaml:3:12: logFormat: 'xml' is unknown; accepted: auto, json, text"},
        {HEAD "tlsServerName: []\n", "s.yaml:3:16: tlsServerName: expected at least 1, found 0"},
        {HEAD "tlsServerName: ['']\n", "s.yaml:3:17: tlsServerName[0]: must not be empty"},
        {HEAD "clientAllowedNames: [a, b, a]\n",
         "s.yaml:3:28: clientAllowedNames[2]: 'a' stands twice in the list"},
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_flag_does_not_mend_a_file(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_file(HEAD "logLevel: loud\n", "--log-level info", arena, &settings, &err),
                     -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.msg, "s.yaml:3:11: logLevel: 'loud' is unknown"));
}

/* A file of @n bytes: a configuration, and a comment that fills it up. */
static void write_large_file(size_t n)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(n);

    buf_add_text(&text, HEAD "#");
    while (text.len < n) {
        buf_add_char(&text, 'x');
    }
    assert_int_equal(folder_write_bytes("s.yaml", buf_text(&text), text.len), 0);
}

static void a_file_may_be_as_large_as_the_limit_and_not_larger(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct settings settings = {0};
    struct err err = {0};

    (void)state;
    write_large_file(SETTINGS_FILE_BYTES_MAX);
    assert_int_equal(read_line("--config s.yaml", arena, &settings, &err), 0);
    write_large_file(SETTINGS_FILE_BYTES_MAX + 1);
    assert_int_equal(read_line("--config s.yaml", arena, &settings, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "file 's.yaml': the content is larger than 65536 bytes");
}

static void a_list_in_a_file_holds_64_names(void **state)
{
    (void)state;
    for (size_t n = 64; n <= 65; n++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(ARENA_BYTES);
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct settings settings = {0};
        struct err err = {0};
        buf_add_text(&text, HEAD "clientCaFile: a\nclientAllowedNames:\n");
        for (size_t i = 0; i < n; i++) {
            buf_printf(&text, "- n%zu\n", i);
        }
        assert_int_equal(read_file(buf_text(&text), "", arena, &settings, &err), n == 64 ? 0 : -1);
        assert_int_equal(settings.client_allowed_names.n, n == 64 ? 64 : 0);
        assert_int_equal(strstr(err.msg, "expected at most 64, found 65") != NULL, n == 65);
    }
}

static void what_is_not_a_regular_file_is_refused(void **state)
{
    static const struct {
        const char *line;
        enum err_code code;
        const char *message;
    } rows[] = {
        {"--config absent", ERR_NOT_FOUND, "file 'absent': No such file or directory"},
        {"--config folder", ERR_IO, "file 'folder': expected a regular file, found a folder"},
        {"--config fifo", ERR_IO, "file 'fifo': expected a regular file, found a FIFO"},
        {"--config /dev/zero", ERR_IO, "file '/dev/zero': expected a regular file, found a device"},
    };

    (void)state;
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct settings settings = {0};
        struct err err = {0};
        assert_int_equal(read_line(rows[i].line, arena, &settings, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_string_equal(err.msg, rows[i].message);
    }
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {HEAD "policies: a\0b\n", sizeof(HEAD "policies: a\0b\n") - 1},
        {HEAD "policies: \"a\\0b\"\n", sizeof(HEAD "policies: \"a\\0b\"\n") - 1},
        {HEAD "policies: \xff\n", sizeof(HEAD "policies: \xff\n") - 1},
        {"\xef\xbb\xbf" HEAD, sizeof("\xef\xbb\xbf" HEAD) - 1},
        {"\x7f"
         "ELF\0\0\0",
         7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct settings settings = {0};
        struct err err = {0};
        assert_int_equal(folder_write_bytes("s.yaml", rows[i].bytes, rows[i].len), 0);
        assert_int_equal(read_line("--config s.yaml", arena, &settings, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_memory_equal(err.msg, "s.yaml:", 7);
    }
}

static void a_full_arena_is_reported(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(1);
    char words[][32] = {"serve", "--config", "s.yaml"};
    char *argv[] = {words[0], words[1], words[2], NULL};
    struct settings settings = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(folder_write("s.yaml", HEAD "policies: a\n"), 0);
    assert_int_equal(settings_read(3, argv, "image:1", arena, &settings, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_configuration_is_refused),
        cmocka_unit_test(documents_without_content_do_not_count),
        cmocka_unit_test(a_value_of_another_type_is_refused),
        cmocka_unit_test(a_value_out_of_range_is_refused),
        cmocka_unit_test(a_flag_does_not_mend_a_file),
        cmocka_unit_test(a_file_may_be_as_large_as_the_limit_and_not_larger),
        cmocka_unit_test(a_list_in_a_file_holds_64_names),
        cmocka_unit_test(what_is_not_a_regular_file_is_refused),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(a_full_arena_is_reported),
    };

    return cmocka_run_group_tests_name("settings_file", tests, folder_enter, folder_leave);
}
