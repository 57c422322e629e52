/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/names.h"

#include <stdbool.h>
#include <string.h>

#include "tests/test.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A253                \
    A63 "." A63 "." A63 "." \
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct row {
    const char *text;
    bool valid;
};

static void
check_rows(int (*check)(const char *, struct err *), const struct row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        struct err err = {0};
        print_message("# row %zu\n", i); /* some texts have more than a line */
        assert_int_equal(check(rows[i].text, &err), rows[i].valid ? 0 : -1);
        assert_int_equal(err.code, rows[i].valid ? ERR_NONE : ERR_INVALID);
    }
}

static void labels_are_dns_labels(void **state)
{
    static const struct row rows[] = {
        {"a", true},    {"a-b", true},    {"0", true},      {"a--b", true},   {A63, true},
        {"", false},    {"-a", false},    {"a-", false},    {"A", false},     {"a.b", false},
        {"a_b", false}, {"a/b", false},   {A63 "a", false}, {"a b", false},   {"\xc3\xa4", false},
        {"a\n", false}, {"{{a}}", false}, {"..", false},    {"a\x01", false},
    };

    (void)state;
    check_rows(names_check_label, rows, sizeof(rows) / sizeof(rows[0]));
}

static void subdomains_are_labels_with_dots(void **state)
{
    static const struct row rows[] = {
        {"nfs-ebs", true}, {"a.b.c", true}, {A253, true},      {"1.2", true},   {A63 A63, true},
        {"", false},       {".a", false},   {"a.", false},     {"a..b", false}, {"a.-b", false},
        {"a.B", false},    {"a/b", false},  {A253 "a", false}, {"a.b-", false}, {"/", false},
    };

    (void)state;
    check_rows(names_check_subdomain, rows, sizeof(rows) / sizeof(rows[0]));
}

static void keys_may_have_a_prefix(void **state)
{
    static const struct row rows[] = {
        {"tier", true},       {"Tier_1.x", true},  {"example.com/tier", true},
        {"a/B", true},        {"cpu", true},       {"nvidia.com/gpu", true},
        {A253 "/" A63, true}, {"", false},         {"/a", false},
        {"a/", false},        {"a/b/c", false},    {"A/b", false},
        {"-a", false},        {"a-", false},       {"a b", false},
        {A63 "a", false},     {A253 "a/b", false}, {"a..b/c", false},
        {"{{=1}}", false},
    };

    (void)state;
    check_rows(names_check_key, rows, sizeof(rows) / sizeof(rows[0]));
}

static void label_values_may_be_empty(void **state)
{
    static const struct row rows[] = {
        {"", true},    {"prod", true}, {"A_b.c-1", true}, {A63, true},    {"-a", false},
        {"a-", false}, {"a/b", false}, {A63 "a", false},  {"a b", false}, {"_", false},
    };

    (void)state;
    check_rows(names_check_label_value, rows, sizeof(rows) / sizeof(rows[0]));
}

static void images_are_references(void **state)
{
    static const struct row rows[] = {
        {"busybox", true},
        {"registry.example.com:5000/team/image:v1.0", true},
        {"ghcr.io/a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         true},
        {"", false},
        {"-rm", false},
        {"a b", false},
        {"a:", false},
        {"a/", false},
        {"{{inputs.parameters.image}}", false},
        {"a$b", false},
    };

    (void)state;
    check_rows(names_check_image, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_hostile_name_makes_a_short_message(void **state)
{
    static char text[5000];
    struct err err = {0};

    (void)state;
    memset(text, '"', sizeof(text) - 1);
    assert_int_equal(names_check_label(text, &err), -1);
    assert_true(strlen(err.msg) < 200);
    assert_int_equal(names_check_image(text, &err), -1);
    assert_true(strlen(err.msg) < 200);
    assert_int_equal(names_check_key(text, &err), -1);
    assert_true(strlen(err.msg) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_dns_labels),
        cmocka_unit_test(subdomains_are_labels_with_dots),
        cmocka_unit_test(keys_may_have_a_prefix),
        cmocka_unit_test(label_values_may_be_empty),
        cmocka_unit_test(images_are_references),
        cmocka_unit_test(a_hostile_name_makes_a_short_message),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
