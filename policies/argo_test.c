/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/argo.h"

#include "tests/test.h"

static void versions_are_three_numbers(void **state)
{
    static const struct {
        const char *text;
        bool valid;
        struct policy_argo_version version;
    } rows[] = {
        {"v3.7.7", true, {3, 7, 7}},
        {"3.7.7", true, {3, 7, 7}},
        {"v4.0.0", true, {4, 0, 0}},
        {"v10.20.9999", true, {10, 20, 9999}},
        {"", false, {0}},
        {"v", false, {0}},
        {"v3", false, {0}},
        {"v3.7", false, {0}},
        {"v3.7.", false, {0}},
        {"v3.7.7.1", false, {0}},
        {"v3.7.7-rc1", false, {0}},
        {"v03.7.7", false, {0}},
        {"V3.7.7", false, {0}},
        {"v3.7.10000", false, {0}},
        {" v3.7.7", false, {0}},
        {"v3.7.7 ", false, {0}},
        {"v-3.7.7", false, {0}},
        {"latest", false, {0}},
        {"v3..7", false, {0}},
        {"v99999999999999999999.1.1", false, {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        print_message("# version '%s'\n", rows[i].text);
        assert_int_equal(argo_version_check(rows[i].text, &err), rows[i].valid ? 0 : -1);
        if (rows[i].valid) {
            struct policy_argo_version version = argo_version_parse(rows[i].text);
            assert_int_equal(version.major, rows[i].version.major);
            assert_int_equal(version.minor, rows[i].version.minor);
            assert_int_equal(version.patch, rows[i].version.patch);
        }
    }
}

static void defaults_are_safe_only_where_argo_merges_them_by_type(void **state)
{
    static const struct {
        const char *version; /* NULL: not stated */
        enum policy_referencing referencing;
        bool safe;
    } rows[] = {
        {NULL, POLICY_REFERENCING_NONE, false},       {"v2.12.13", POLICY_REFERENCING_NONE, false},
        {"v3.5.15", POLICY_REFERENCING_NONE, false},  {"v3.6.15", POLICY_REFERENCING_NONE, false},
        {"v3.6.16", POLICY_REFERENCING_NONE, true},   {"v3.7.6", POLICY_REFERENCING_NONE, false},
        {"v3.7.7", POLICY_REFERENCING_NONE, true},    {"v4.0.0", POLICY_REFERENCING_NONE, true},
        {"v4.0.0", POLICY_REFERENCING_STRICT, false}, {"v4.0.0", POLICY_REFERENCING_SECURE, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_argo argo = {.version_text = rows[i].version,
                                   .template_referencing = rows[i].referencing};
        print_message("# version '%s'\n", rows[i].version != NULL ? rows[i].version : "");
        if (rows[i].version != NULL) {
            argo.version = argo_version_parse(rows[i].version);
        }
        assert_int_equal(argo_defaults_obstacle(&argo) == NULL, rows[i].safe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_three_numbers),
        cmocka_unit_test(defaults_are_safe_only_where_argo_merges_them_by_type),
    };

    return cmocka_run_group_tests_name("argo", tests, NULL, NULL);
}
