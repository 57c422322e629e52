/* SPDX-License-Identifier: Apache-2.0 */
#include "base/setting.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define ARENA_BYTES ((size_t)64 * 1024)

struct settings {
    const char *listen;
    struct text_list tls_server_names;
    unsigned int idle_timeout_ms;
    unsigned int life_s;
    unsigned int max_connections;
    unsigned int log_level;
};

static const char *const words[] = {"red", "green", NULL};

static const struct setting text = {.flag = {.name = "text", .value = "TEXT"},
                                    .offset = offsetof(struct settings, listen)};
static const struct setting names = {.flag = {.name = "names", .value = "NAME[,NAME]"},
                                     .kind = SETTING_NAMES,
                                     .offset = offsetof(struct settings, tls_server_names),
                                     .least = 1,
                                     .most = 3};
static const struct setting duration = {.flag = {.name = "duration", .value = "DURATION"},
                                        .kind = SETTING_DURATION,
                                        .offset = offsetof(struct settings, idle_timeout_ms),
                                        .least = 10,
                                        .most = 2000};
static const struct setting span = {.flag = {.name = "span", .value = "DURATION"},
                                    .kind = SETTING_SPAN,
                                    .offset = offsetof(struct settings, life_s),
                                    .least = 60,
                                    .most = 315360000};
static const struct setting number = {.flag = {.name = "number", .value = "N"},
                                      .kind = SETTING_NUMBER,
                                      .offset = offsetof(struct settings, max_connections),
                                      .least = 0,
                                      .most = 4294967295};
static const struct setting word = {.flag = {.name = "word", .value = "red|green"},
                                    .kind = SETTING_WORD,
                                    .offset = offsetof(struct settings, log_level),
                                    .words = words};

static void a_key_is_the_flag_in_camel_case(void **state)
{
    static const struct {
        const char *flag;
        const char *key;
    } rows[] = {
        {"a", "a"},
        {"listen", "listen"},
        {"log-level", "logLevel"},
        {"tls-private-key-file", "tlsPrivateKeyFile"},
        {"a-b-c", "aBC"},
        {"abcdefghijklmnopqrstuvwxyzabcde", "abcdefghijklmnopqrstuvwxyzabcde"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char key[SETTING_KEY_SIZE];
        setting_key(rows[i].flag, key);
        assert_string_equal(key, rows[i].key);
    }
}

static void a_text_is_borrowed(void **state)
{
    static const char given[] = "a,b";
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    union setting_value value = {.number = 7};
    struct err err = {0};

    (void)state;
    assert_int_equal(setting_parse(&text, given, arena, &value, &err), 0);
    assert_ptr_equal(value.text, given);
}

static void names_are_told_apart_by_commas_and_nothing_else(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    union setting_value value = {.number = 7};
    struct err err = {0};

    (void)state;
    assert_int_equal(setting_parse(&names, "a b,*.c;d, e", arena, &value, &err), 0);
    assert_int_equal(value.names.n, 3);
    assert_string_equal(value.names.items[0], "a b");
    assert_string_equal(value.names.items[1], "*.c;d");
    assert_string_equal(value.names.items[2], " e");
}

static void numbers_durations_and_words_become_a_number(void **state)
{
    static const struct {
        const struct setting *setting;
        const char *text;
        unsigned int number;
    } rows[] = {
        {&duration, "10ms", 10},
        {&duration, "2s", 2000},
        {&span, "87600h", 315360000},
        {&span, "1m", 60},
        {&number, "0", 0},
        {&number, "007", 7},
        {&number, "4294967295", 4294967295},
        {&word, "red", 0},
        {&word, "green", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        union setting_value value = {.number = 8};
        struct err err = {0};
        print_message("# %s\n", rows[i].text);
        assert_int_equal(setting_parse(rows[i].setting, rows[i].text, arena, &value, &err), 0);
        assert_int_equal(value.number, rows[i].number);
    }
}

static void what_is_no_value_is_refused(void **state)
{
    static const struct {
        const struct setting *setting;
        const char *text;
        const char *message;
    } rows[] = {
        {&names, ",", "a name is empty, expected NAME[,NAME]"},
        {&names, "a,,b", "a name is empty, expected NAME[,NAME]"},
        {&names, "a,", "a name is empty, expected NAME[,NAME]"},
        {&names, "a,b,a", "'a' stands twice in the list"},
        {&names, "a,b,c,d", "expected at most 3 names"},
        {&duration, "9ms", "expected a duration from 10ms to 2s, found '9ms'"},
        {&duration, "2001ms", "expected a duration from 10ms to 2s, found '2001ms'"},
        {&duration, "0", "expected a duration from 10ms to 2s, found '0'"},
        {&span, "59s", "expected a duration from 1m to 87600h, found '59s'"},
        {&span, "1m500ms", "duration '1m500ms' is not one of whole seconds"},
        {&number, "-1", "expected a whole number from 0 to 4294967295, found '-1'"},
        {&number, "+1", "expected a whole number from 0 to 4294967295, found '+1'"},
        {&number, "1 ", "expected a whole number from 0 to 4294967295, found '1 '"},
        {&number, "0x1", "expected a whole number from 0 to 4294967295, found '0x1'"},
        {&number, "4294967296", "expected a whole number from 0 to 4294967295, found '4294967296'"},
        {&number, "18446744073709551616",
         "expected a whole number from 0 to 4294967295, found '18446744073709551616'"},
        {&word, "Red", "expected red|green, found 'Red'"},
        {&word, "red|green", "expected red|green, found 'red|green'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        union setting_value value = {.number = 8};
        struct err err = {0};
        print_message("# %s\n", rows[i].text);
        assert_int_equal(setting_parse(rows[i].setting, rows[i].text, arena, &value, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
        assert_int_equal(value.number, 8);
    }
}

static void a_value_is_stored_in_its_own_field_only(void **state)
{
    const char *items[] = {"a", "b"};
    struct settings expected = {.listen = "c", .idle_timeout_ms = 9};
    struct settings settings = {0};

    (void)state;
    expected.tls_server_names = (struct text_list){.items = items, .n = 2};
    setting_store(&text, &(union setting_value){.text = "c"}, &settings);
    setting_store(&names, &(union setting_value){.names = expected.tls_server_names}, &settings);
    setting_store(&duration, &(union setting_value){.number = 9}, &settings);
    assert_string_equal(settings.listen, expected.listen);
    settings.listen = expected.listen;
    assert_memory_equal(&settings, &expected, sizeof(settings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_the_flag_in_camel_case),
        cmocka_unit_test(a_text_is_borrowed),
        cmocka_unit_test(names_are_told_apart_by_commas_and_nothing_else),
        cmocka_unit_test(numbers_durations_and_words_become_a_number),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(a_value_is_stored_in_its_own_field_only),
    };

    return cmocka_run_group_tests_name("setting", tests, NULL, NULL);
}
