/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/amount.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

static void a_size_is_a_positive_quantity(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"10Gi", true}, {"1", true},      {"0.5Ti", true},  {"1e3", true},   {"1n", true},
        {"+1Gi", true}, {"0", false},     {"0Gi", false},   {"-1Gi", false}, {"ten", false},
        {"", false},    {"10 Gi", false}, {"10GiB", false}, {"8Ei", false},  {"Gi", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(amount_check_size(rows[i].text, &err), rows[i].valid ? 0 : -1);
    }
}

static void a_request_above_its_limit_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *resources;
        const char *message; /* NULL: accepted */
    } rows[] = {
        {"{}", NULL},
        {"{\"requests\":{\"cpu\":\"1\"}}", NULL},
        {"{\"limits\":{\"cpu\":\"1\"}}", NULL},
        {"{\"requests\":{\"cpu\":\"1\"},\"limits\":{\"memory\":\"1\"}}", NULL},
        {"{\"requests\":{\"cpu\":\"1000m\"},\"limits\":{\"cpu\":1}}", NULL},
        {"{\"requests\":{\"cpu\":0},\"limits\":{\"cpu\":0}}", NULL},
        {"{\"requests\":{\"cpu\":\"1001m\"},\"limits\":{\"cpu\":1}}",
         "f: r.requests.cpu: is more than limits.cpu"},
        {"{\"requests\":{\"a\":1,\"x.io/~gpu\":2},\"limits\":{\"x.io/~gpu\":\"1\"}}",
         "f: r.requests['x.io/~gpu']: is more than limits.x.io/~gpu"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        json_auto_t *resources = json_parse(rows[i].resources, strlen(rows[i].resources), &err);
        const struct source source = {.name = "f", .text = ""};
        print_message("# %s\n", rows[i].resources);
        assert_int_equal(amount_check_resources(&source, "/r", resources, &err),
                         rows[i].message == NULL ? 0 : -1);
        if (rows[i].message != NULL) {
            assert_string_equal(err.msg, rows[i].message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_a_positive_quantity),
        cmocka_unit_test(a_request_above_its_limit_is_refused_with_its_place),
    };

    return cmocka_run_group_tests_name("amount", tests, NULL, NULL);
}
