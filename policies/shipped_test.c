/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/shipped.h"

#include <string.h>

#include "base/cleanup.h"
#include "policies/clash.h"
#include "policies/lint.h"
#include "policies/load.h"
#include "tests/test.h"

static void the_shipped_policies_load_and_need_no_advice(void **state)
{
    struct err err = {0};
    CLEANUP(arena_free) struct arena *arena = arena_new(1 << 16);
    CLEANUP(policy_set_unref) struct policy_set *set = policy_load_shipped(&err);
    struct lint_findings findings = {0};

    (void)state;
    assert_string_equal(err.msg, "");
    assert_non_null(set);
    assert_int_equal(set->policies.n, 3);
    assert_int_equal(set->provisioners.n, 2);
    assert_true(policy_set_find(set, "scratch")->is_default);
    assert_false(policy_set_find(set, "scratch-local")->is_default);
    assert_false(policy_set_find(set, "cache")->is_default);
    assert_string_equal(set->provisioners.items[0].name, "ebs");
    assert_string_equal(set->provisioners.items[1].name, "ephemeral");
    assert_int_equal(lint_policies(set, arena, &findings, &err), 0);
    if (findings.list.n > 0) {
        fail_msg("%s", findings.list.items[0].text);
    }
}

static void
check_clash(const struct volume_policy *a, const struct volume_policy *b, struct arena *arena)
{
    const char *clash = policy_clash(a, b, arena);

    if (clash != NULL) {
        fail_msg("%s", clash);
    }
}

static void the_shipped_policies_compose(void **state)
{
    struct err err = {0};
    CLEANUP(arena_free) struct arena *arena = arena_new(1 << 16);
    CLEANUP(policy_set_unref) struct policy_set *set = policy_load_shipped(&err);

    (void)state;
    assert_non_null(set);
    for (size_t i = 0; i < set->policies.n; i++) {
        for (size_t k = 0; k < set->policies.n; k++) {
            check_clash(&set->policies.items[i], &set->policies.items[k], arena);
        }
    }
}

/* An override of scratch's size must be one of scratch-local's, where a run takes both. */
static void scratch_and_scratch_local_allow_the_same_overrides(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *set = policy_load_shipped(&err);
    const struct policy_override *a;
    const struct policy_override *b;

    (void)state;
    assert_non_null(set);
    a = policy_find_override(policy_set_find(set, "scratch"), "workdir");
    b = policy_find_override(policy_set_find(set, "scratch-local"), "workdir");
    assert_int_equal(a->fields, POLICY_OVERRIDE_SIZE | POLICY_OVERRIDE_STORAGE_CLASS);
    assert_int_equal(a->fields, b->fields);
    assert_string_equal(a->max_size, b->max_size);
}

static void volumes_use_the_classes_of_the_shipped_provisioners(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *set = policy_load_shipped(&err);

    (void)state;
    assert_non_null(set);
    assert_string_equal(
        policy_set_find(set, "cache")->volumes.items[0].persistent->create->storage_class_name,
        set->provisioners.items[0].storage_class_name);
    assert_string_equal(
        policy_set_find(set, "scratch")->volumes.items[0].transient->storage_class_name,
        set->provisioners.items[1].storage_class_name);
}

static void the_files_are_as_they_were_written(void **state)
{
    (void)state;
    assert_int_equal(shipped_n_files, 5);
    for (size_t i = 0; i < shipped_n_files; i++) {
        const struct shipped_file *file = &shipped_files[i];
        assert_int_equal(strlen(file->text), file->len);
        assert_int_equal(file->text[0], '#');
        assert_int_equal(file->text[file->len - 1], '\n');
        assert_memory_equal(file->name, "shipped/", 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_policies_load_and_need_no_advice),
        cmocka_unit_test(the_shipped_policies_compose),
        cmocka_unit_test(scratch_and_scratch_local_allow_the_same_overrides),
        cmocka_unit_test(volumes_use_the_classes_of_the_shipped_provisioners),
        cmocka_unit_test(the_files_are_as_they_were_written),
    };

    return cmocka_run_group_tests_name("shipped", tests, NULL, NULL);
}
