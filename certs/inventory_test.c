/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/inventory.h"

#include "certs/rotation_test.h"

#define NOW CERTS_TEST_NOW_S
#define DAY CERTS_TEST_DAY_S

static void take(const struct rotation_have *have, struct inventory *out)
{
    OPENSSL_ENTER();
    struct err err = {0};

    assert_int_equal(inventory_take(have, &rotation_test_terms, NOW, out, &err), 0);
}

static struct certs_test *ca_of(const char *common_name, long long from_s, long long until_s)
{
    return certs_test_new(&(struct certs_test_options){
        .common_name = common_name,
        .constraints = "CA:TRUE",
        .identifiers = true,
        .from_s = from_s,
        .until_s = until_s,
    });
}

/* To the second on both sides. */
static void what_is_over_or_far_ahead_does_not_count(void **state)
{
    static const struct {
        long long from_s;
        long long until_s;
        size_t n;
    } rows[] = {
        {NOW - DAY, NOW, 1},
        {NOW - DAY, NOW - 1, 0},
        {NOW + INVENTORY_AHEAD_MAX_S, NOW + 9 * DAY, 1},
        {NOW + INVENTORY_AHEAD_MAX_S + 1, NOW + 9 * DAY, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(certs_test_free)
        struct certs_test *ca = ca_of("ca", rows[i].from_s, rows[i].until_s);
        CLEANUP(inventory_clear) struct inventory inventory = {0};
        take(&(struct rotation_have){.old = ca->pem, .bundle = ca->pem}, &inventory);
        assert_int_equal(inventory.authorities.n, rows[i].n);
    }
}

static void each_certificate_is_listed_once_and_where_it_belongs(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ca");
    CLEANUP(certs_test_free) struct certs_test *leaf = certs_test_leaf(ca, "DNS:hawser.hawser.svc");
    CLEANUP(free) char *both = certs_test_join(leaf->pem, ca->pem);
    CLEANUP(inventory_clear) struct inventory inventory = {0};

    (void)state;
    take(
        &(struct rotation_have){
            .authority = ca->pem,
            .old = both,
            .old_leaves = both,
            .leaf = both,
            .leaf_key = leaf->key_pem,
            .bundle = both,
        },
        &inventory);
    assert_null(inventory.authority);
    assert_string_equal(inventory.authority_fault.msg, "there is no authority's key");
    assert_int_equal(inventory.authorities.n, 1);
    assert_int_equal(inventory.leaves.n, 1);
    assert_non_null(inventory.leaf);
    assert_ptr_equal(inventory.issuer, inventory.authorities.items[0]);
}

/* Of the leaves of one authority the one that ends last. */
static void an_old_authority_comes_with_its_last_leaf(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ca");
    CLEANUP(certs_test_free) struct certs_test *idle = certs_test_ca("idle");
    CLEANUP(certs_test_free) struct certs_test *first = certs_test_leaf(ca, "DNS:a");
    CLEANUP(certs_test_free)
    struct certs_test *last = certs_test_new(&(struct certs_test_options){
        .issuer = ca, .names = "DNS:a", .identifiers = true, .until_s = NOW + 5 * DAY});
    CLEANUP(free) char *leaves = certs_test_join(first->pem, last->pem);
    CLEANUP(free) char *cas = certs_test_join(idle->pem, ca->pem);
    CLEANUP(inventory_clear) struct inventory inventory = {0};
    struct inventory_old old[ROTATION_OLD_MAX];

    (void)state;
    take(&(struct rotation_have){.old = cas, .old_leaves = leaves}, &inventory);
    assert_int_equal(inventory_find_old(&inventory, NULL, NULL, old), 1);
    assert_int_equal(X509_cmp(old[0].authority, ca->certificate), 0);
    assert_int_equal(X509_cmp(old[0].leaf, last->certificate), 0);
    assert_int_equal(inventory_find_old(&inventory, ca->certificate, NULL, old), 0);
}

static void more_than_a_list_holds_is_ignored(void **state)
{
    CLEANUP(free) char *text = calloc(1, 1);
    CLEANUP(inventory_list_clear) struct inventory_list list = {0};
    struct err err = {0};

    (void)state;
    for (int i = 0; i < INVENTORY_LIST_MAX + 3; i++) {
        CLEANUP(certs_test_free) struct certs_test *ca = certs_test_ca("ca");
        char *longer = certs_test_join(text, ca->pem);
        free(text);
        text = longer;
    }
    assert_int_equal(inventory_read(&list, text, &err), 0);
    assert_int_equal(list.n, INVENTORY_LIST_MAX);
    assert_int_equal(inventory_read(&list, NULL, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_over_or_far_ahead_does_not_count),
        cmocka_unit_test(each_certificate_is_listed_once_and_where_it_belongs),
        cmocka_unit_test(an_old_authority_comes_with_its_last_leaf),
        cmocka_unit_test(more_than_a_list_holds_is_ignored),
    };

    return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
