/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_pages.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

static int add(struct kube_pages *pages, const char *text, struct err *err)
{
    json_auto_t *page = json_parse(text, strlen(text), err);

    assert_non_null(page);
    return kube_pages_add(pages, page, err);
}

static void check(const struct kube_pages *pages, const char *expected)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);

    json_sorted(&text, pages->list);
    assert_string_equal(buf_text(&text), expected);
}

static void pages_are_joined_under_the_first_version(void **state)
{
    struct kube_pages pages = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(add(&pages,
                         "{\"kind\":\"SecretList\",\"metadata\":{\"resourceVersion\":\"7\","
                         "\"continue\":\"a\",\"remainingItemCount\":2},\"items\":[1,2]}",
                         &err),
                     0);
    assert_string_equal(pages.continue_, "a");
    assert_int_equal(
        add(&pages, "{\"metadata\":{\"continue\":\"b\",\"resourceVersion\":\"8\"},\"items\":null}",
            &err),
        0);
    assert_string_equal(pages.continue_, "b");
    assert_int_equal(add(&pages, "{\"metadata\":{\"continue\":\"\"},\"items\":[3]}", &err), 0);
    assert_null(pages.continue_);
    check(&pages, "{\"items\":[1,2,3],\"metadata\":{\"resourceVersion\":\"7\"}}");
    kube_pages_clear(&pages);
}

static void an_empty_list_is_one(void **state)
{
    struct kube_pages pages = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(add(&pages, "{\"metadata\":{}}", &err), 0);
    assert_null(pages.continue_);
    check(&pages, "{\"items\":[],\"metadata\":{}}");
    kube_pages_clear(&pages);
}

static void what_is_no_list_is_refused(void **state)
{
    static const char *const texts[] = {
        "[]",
        "7",
        "{}",
        "{\"items\":[]}",
        "{\"metadata\":[],\"items\":[]}",
        "{\"metadata\":{},\"items\":{}}",
        "{\"metadata\":{},\"items\":\"x\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct kube_pages pages = {0};
        struct err err = {0};
        assert_int_equal(add(&pages, texts[i], &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        kube_pages_clear(&pages);
    }
}

static void a_page_that_leads_to_itself_is_refused(void **state)
{
    static const char page[] = "{\"metadata\":{\"continue\":\"a\"},\"items\":[]}";
    struct kube_pages pages = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(add(&pages, page, &err), 0);
    assert_int_equal(add(&pages, page, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    kube_pages_clear(&pages);
}

static void a_list_is_begun_again_once(void **state)
{
    struct kube_pages pages = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(add(&pages, "{\"metadata\":{\"continue\":\"a\"},\"items\":[1]}", &err), 0);
    assert_true(kube_pages_restart(&pages));
    assert_null(pages.continue_);
    assert_true(pages.is_again);
    assert_int_equal(add(&pages, "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[2]}", &err),
                     0);
    check(&pages, "{\"items\":[2],\"metadata\":{\"resourceVersion\":\"9\"}}");
    assert_false(kube_pages_restart(&pages));
    kube_pages_clear(&pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_joined_under_the_first_version),
        cmocka_unit_test(an_empty_list_is_one),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(a_page_that_leads_to_itself_is_refused),
        cmocka_unit_test(a_list_is_begun_again_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
