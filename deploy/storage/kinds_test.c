/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/kinds.h"

#include <string.h>

#include "tests/test.h"

static void each_object_is_of_the_kind_that_it_says(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KIND_N; kind++) {
        const struct kube_resource *resource = kind_resource(kind, true);
        json_auto_t *object = json_pack("{s:s}", "kind", resource->kind);
        assert_non_null(object);
        assert_int_equal(kind_of(object), kind);
    }
}

static void what_storage_is_not_made_of_is_no_kind(void **state)
{
    static const char *const texts[] = {"{}", "{\"kind\": 1}", "{\"kind\": \"\"}",
                                        "{\"kind\": \"Pod\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_auto_t *object = json_loads(texts[i], 0, NULL);
        assert_non_null(object);
        assert_int_equal(kind_of(object), KIND_N);
    }
}

static void disruption_budgets_alone_are_of_an_older_version_before_1_21(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KIND_N; kind++) {
        const struct kube_resource *now = kind_resource(kind, true);
        const struct kube_resource *before = kind_resource(kind, false);
        const bool is_budget = kind == KIND_DISRUPTION_BUDGET;
        assert_string_equal(now->version, "v1");
        assert_string_equal(before->version, is_budget ? "v1beta1" : "v1");
        assert_string_equal(before->group, now->group);
        assert_string_equal(before->plural, now->plural);
        assert_string_equal(before->kind, now->kind);
        assert_int_equal(before->is_namespaced, now->is_namespaced);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_object_is_of_the_kind_that_it_says),
        cmocka_unit_test(what_storage_is_not_made_of_is_no_kind),
        cmocka_unit_test(disruption_budgets_alone_are_of_an_older_version_before_1_21),
    };

    return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
