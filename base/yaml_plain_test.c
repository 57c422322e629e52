/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_plain.h"

#include <stdio.h>
#include <string.h>

#include "base/yaml_go.h"
#include "tests/test.h"

static void a_text_is_sorted_by_what_readers_agree_on(void **state)
{
    static const struct {
        const char *text;
        enum yaml_plain kind;
    } rows[] = {
        {"a", YAML_PLAIN_TEXT},          {"-a", YAML_PLAIN_TEXT},
        {"1x", YAML_PLAIN_TEXT},         {"0x", YAML_PLAIN_TEXT},
        {"0xg", YAML_PLAIN_TEXT},        {"1.2.3", YAML_PLAIN_TEXT},
        {".", YAML_PLAIN_TEXT},          {"+", YAML_PLAIN_TEXT},
        {"1e", YAML_PLAIN_TEXT},         {"e3", YAML_PLAIN_TEXT},
        {"inf", YAML_PLAIN_TEXT},        {"1:", YAML_PLAIN_TEXT},
        {"1:234", YAML_PLAIN_TEXT},      {"2001-01-01x", YAML_PLAIN_TEXT},
        {"201-01-01", YAML_PLAIN_TEXT},  {"2001-01-001", YAML_PLAIN_TEXT},
        {"yess", YAML_PLAIN_TEXT},       {"1:30", YAML_PLAIN_TIME},
        {"+1:30", YAML_PLAIN_TIME},      {"190:20:30.15", YAML_PLAIN_TIME},
        {"2001-01-01", YAML_PLAIN_TIME}, {"2001-1-1T0:0:0Z", YAML_PLAIN_TIME},
        {"", YAML_PLAIN_NULL},           {"null", YAML_PLAIN_NULL},
        {"~", YAML_PLAIN_NULL},          {"true", YAML_PLAIN_TRUE},
        {"false", YAML_PLAIN_FALSE},     {"0", YAML_PLAIN_INTEGER},
        {"-0", YAML_PLAIN_INTEGER},      {"-10", YAML_PLAIN_INTEGER},
        {"0.0", YAML_PLAIN_REAL},        {"-1.50", YAML_PLAIN_REAL},
        {"+1", YAML_PLAIN_DISPUTED},     {"01", YAML_PLAIN_DISPUTED},
        {"1_0", YAML_PLAIN_DISPUTED},    {"_", YAML_PLAIN_DISPUTED},
        {"1.", YAML_PLAIN_DISPUTED},     {".5", YAML_PLAIN_DISPUTED},
        {"1e3", YAML_PLAIN_DISPUTED},    {"1.5E-3", YAML_PLAIN_DISPUTED},
        {"0x1F", YAML_PLAIN_DISPUTED},   {"0_x1F", YAML_PLAIN_DISPUTED},
        {"0o7", YAML_PLAIN_DISPUTED},    {"0b-1", YAML_PLAIN_DISPUTED},
        {".inf", YAML_PLAIN_DISPUTED},   {"-.INF", YAML_PLAIN_DISPUTED},
        {".nan", YAML_PLAIN_DISPUTED},   {"True", YAML_PLAIN_DISPUTED},
        {"nUlL", YAML_PLAIN_DISPUTED},   {"y", YAML_PLAIN_DISPUTED},
        {"OFF", YAML_PLAIN_DISPUTED},    {"=", YAML_PLAIN_DISPUTED},
        {"<<", YAML_PLAIN_DISPUTED},     {"-", YAML_PLAIN_DISPUTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (yaml_plain_kind(rows[i].text) != rows[i].kind) {
            fail_msg("'%s' is of kind %d", rows[i].text, (int)yaml_plain_kind(rows[i].text));
        }
    }
}

static void check_against_go(const char *text)
{
    struct yaml_go go;
    struct err err = {0};
    enum yaml_plain kind = yaml_plain_kind(text);
    bool agree;

    assert_int_equal(yaml_go_resolve(text, &go, &err), 0);
    switch (kind) {
    case YAML_PLAIN_TEXT:
    case YAML_PLAIN_TIME:
        agree = go.kind == YAML_GO_STRING;
        break;
    case YAML_PLAIN_NULL:
        agree = go.kind == YAML_GO_NULL;
        break;
    case YAML_PLAIN_TRUE:
    case YAML_PLAIN_FALSE:
        agree = go.kind == YAML_GO_BOOL && go.boolean == (kind == YAML_PLAIN_TRUE);
        break;
    case YAML_PLAIN_INTEGER:
        agree = go.kind == YAML_GO_INT || go.kind == YAML_GO_UINT || go.kind == YAML_GO_FLOAT;
        break;
    case YAML_PLAIN_REAL:
        agree = go.kind == YAML_GO_FLOAT;
        break;
    case YAML_PLAIN_DISPUTED:
    default:
        agree = true;
    }
    if (!agree) {
        fail_msg("'%s' is of kind %d, and %d to go-yaml", text, (int)kind, (int)go.kind);
    }
}

static void go_yaml_agrees_wherever_readers_are_said_to_agree(void **state)
{
    static const char alphabet[] = "0123456789+-._eExXoObBaAfF:~ynNtT=<nul ";
    unsigned int random = 1;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        char text[9] = "";
        for (unsigned int n = random >> 16 & 7; n > 0; n--) {
            random = random * 1103515245 + 12345;
            text[n - 1] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        random = random * 1103515245 + 12345;
        check_against_go(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_sorted_by_what_readers_agree_on),
        cmocka_unit_test(go_yaml_agrees_wherever_readers_are_said_to_agree),
    };

    return cmocka_run_group_tests_name("yaml_plain", tests, NULL, NULL);
}
