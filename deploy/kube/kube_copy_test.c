/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_copy.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/test.h"

static json_t *object(const char *namespace_, const char *name, const char *version)
{
    return json_pack("{s:{s:s*,s:s*,s:s*}}", "metadata", "namespace", namespace_, "name", name,
                     "resourceVersion", version);
}

/* "namespace/name@version ..." of all that is there. */
static void check(const struct kube_copy *copy, const char *expected)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);

    for (size_t i = 0; i < copy->n; i++) {
        buf_printf(&text, "%s%s/%s@%s", i > 0 ? " " : "", copy->items[i].namespace_,
                   copy->items[i].name, copy->items[i].version);
    }
    assert_string_equal(buf_text(&text), expected);
}

static bool put(struct kube_copy *copy, const char *name, const char *version)
{
    json_auto_t *value = object("n", name, version);
    enum kube_copy_change change;
    struct err err = {0};

    assert_int_equal(kube_copy_put(copy, value, &change, &err), 0);
    return change == KUBE_COPY_CHANGED;
}

static bool drop(struct kube_copy *copy, const char *name, const char *version)
{
    json_auto_t *value = object("n", name, version);
    enum kube_copy_change change;
    struct err err = {0};

    assert_int_equal(kube_copy_remove(copy, value, &change, &err), 0);
    return change == KUBE_COPY_CHANGED;
}

static void versions_are_compared_as_numbers_where_they_are(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        int order;
        bool known;
    } rows[] = {
        {"9", "10", -1, true},  {"10", "9", 1, true},
        {"10", "10", 0, true},  {"010", "9", 1, true},
        {"7", "07", 0, true},   {"99999999999999999999998", "99999999999999999999999", -1, true},
        {"0", "1", -1, true},   {"a", "a", 0, true},
        {"a", "b", -1, false},  {"1", "", 1, false},
        {"-1", "1", -1, false}, {"1a", "2", -1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool known;
        const int order = kube_copy_compare(rows[i].a, rows[i].b, &known);
        assert_int_equal(known, rows[i].known);
        if (known) {
            assert_int_equal((order > 0) - (order < 0), rows[i].order);
        }
    }
}

static void objects_lie_in_order_of_namespace_and_name(void **state)
{
    static const char *const names[][2] = {{"b", "y"}, {"a", "z"},  {NULL, "q"},
                                           {"b", "x"}, {"ab", "a"}, {"a", "zz"}};
    CLEANUP(kube_copy_clear) struct kube_copy copy = KUBE_COPY_INIT(100);
    enum kube_copy_change change;
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_auto_t *value = object(names[i][0], names[i][1], "1");
        assert_int_equal(kube_copy_put(&copy, value, &change, &err), 0);
        assert_int_equal(change, KUBE_COPY_CHANGED);
    }
    check(&copy, "/q@1 a/z@1 a/zz@1 ab/a@1 b/x@1 b/y@1");
    assert_non_null(kube_copy_find(&copy, "ab", "a"));
    assert_non_null(kube_copy_find(&copy, "", "q"));
    assert_null(kube_copy_find(&copy, "a", "q"));
    assert_null(kube_copy_find(&copy, "z", "z"));
}

static void an_older_state_does_not_replace_a_newer_one(void **state)
{
    CLEANUP(kube_copy_clear) struct kube_copy copy = KUBE_COPY_INIT(100);

    (void)state;
    assert_true(put(&copy, "a", "10"));
    assert_false(put(&copy, "a", "9"));
    assert_false(put(&copy, "a", "10"));
    check(&copy, "n/a@10");
    assert_true(put(&copy, "a", "11"));
    check(&copy, "n/a@11");
    assert_true(put(&copy, "a", "x")); /* cannot be told: what comes last counts */
    check(&copy, "n/a@x");
}

static void a_deletion_that_is_past_removes_nothing(void **state)
{
    CLEANUP(kube_copy_clear) struct kube_copy copy = KUBE_COPY_INIT(100);

    (void)state;
    assert_true(put(&copy, "a", "10"));
    assert_true(put(&copy, "b", "10"));
    assert_false(drop(&copy, "a", "9"));
    assert_false(drop(&copy, "c", "99"));
    check(&copy, "n/a@10 n/b@10");
    assert_true(drop(&copy, "a", "11"));
    assert_true(drop(&copy, "b", "10")); /* servers before 1.8 tell the last state's version */
    check(&copy, "");
}

static void an_object_that_lacks_a_part_is_refused(void **state)
{
    CLEANUP(kube_copy_clear) struct kube_copy copy = KUBE_COPY_INIT(100);
    json_t *const values[] = {
        object("n", NULL, "1"),
        object("n", "a", NULL),
        object("n", "", "1"),
        object("n", "a", ""),
        json_object(),
        json_array(),
        json_pack("{s:s}", "metadata", "x"),
        json_pack("{s:{s:i,s:s}}", "metadata", "name", 1, "resourceVersion", "1")};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        enum kube_copy_change change;
        struct err err = {0};
        assert_int_equal(kube_copy_put(&copy, values[i], &change, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(kube_copy_remove(&copy, values[i], &change, &err), -1);
        json_decref(values[i]);
    }
    check(&copy, "");
}

static void there_is_a_limit(void **state)
{
    CLEANUP(kube_copy_clear) struct kube_copy copy = KUBE_COPY_INIT(20);
    json_auto_t *more = object("n", "more", "1");
    enum kube_copy_change change;
    struct err err = {0};
    char name[2] = "a";

    (void)state;
    for (; name[0] < 'a' + 20; name[0]++) {
        assert_true(put(&copy, name, "1"));
    }
    assert_int_equal(kube_copy_put(&copy, more, &change, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_true(put(&copy, "a", "2")); /* in place of itself it has room */
}

static void a_list_replaces_what_is_here(void **state)
{
    CLEANUP(kube_copy_clear) struct kube_copy copy = KUBE_COPY_INIT(100);
    CLEANUP(kube_copy_clear) struct kube_copy list = KUBE_COPY_INIT(100);
    struct err err = {0};

    (void)state;
    assert_true(put(&copy, "gone", "10"));
    assert_true(put(&copy, "stays", "10"));
    assert_true(put(&copy, "written", "31")); /* by ourselves, after the list was made */
    assert_true(put(&copy, "changed", "32"));
    assert_true(put(&list, "changed", "20"));
    assert_true(put(&list, "new", "25"));
    assert_true(put(&list, "stays", "10"));
    assert_int_equal(kube_copy_replace(&copy, &list, "30", &err), 0);
    check(&copy, "n/changed@32 n/new@25 n/stays@10 n/written@31");
    assert_int_equal(list.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_compared_as_numbers_where_they_are),
        cmocka_unit_test(objects_lie_in_order_of_namespace_and_name),
        cmocka_unit_test(an_older_state_does_not_replace_a_newer_one),
        cmocka_unit_test(a_deletion_that_is_past_removes_nothing),
        cmocka_unit_test(an_object_that_lacks_a_part_is_refused),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(a_list_replaces_what_is_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
