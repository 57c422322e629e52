/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/settling.h"

#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "certs/certs_test.h"

#define SETTLE_MS 60000

static const struct certificate_names names = {.namespace_ = "ns", .service = "svc"};

static json_t *registration(const char *first, const char *second)
{
    CLEANUP(buf_clear) struct buf a = BUF_INIT(65536);
    CLEANUP(buf_clear) struct buf b = BUF_INIT(65536);
    json_t *object;

    base64_encode(first, strlen(first), &a);
    base64_encode(second, strlen(second), &b);
    object = json_pack("{s:[{s:{s:s, s:{s:s, s:s}}}, {s:{s:s, s:{s:s, s:s}}}]}", "webhooks",
                       "clientConfig", "caBundle", buf_text(&a), "service", "name", "svc",
                       "namespace", "ns", "clientConfig", "caBundle", buf_text(&b), "service",
                       "name", "svc", "namespace", "ns");
    assert_non_null(object);
    return object;
}

struct fixture {
    struct certs_test *old;
    struct certs_test *new;
    char *both;
};

static int make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->old = certs_test_ca("old");
    fixture->new = certs_test_ca("new");
    fixture->both = certs_test_join(fixture->new->pem, fixture->old->pem);
    *state = fixture;
    return 0;
}

static int unmake(void **state)
{
    struct fixture *fixture = *state;

    certs_test_free(fixture->old);
    certs_test_free(fixture->new);
    free(fixture->both);
    free(fixture);
    return 0;
}

static void it_settles_when_every_entry_has_trusted_it_for_long_enough(void **state)
{
    const struct fixture *fixture = *state;
    json_auto_t *object = registration(fixture->both, fixture->new->pem);
    struct settling settling = {.authority = NULL};

    settling_look(&settling, &names, object, fixture->new->pem, 1000);
    assert_int_equal(settling_rest_ms(&settling, SETTLE_MS, 1000), SETTLE_MS);
    settling_look(&settling, &names, object, fixture->new->pem, 31000);
    assert_int_equal(settling_rest_ms(&settling, SETTLE_MS, 31000), 30000);
    settling_look(&settling, &names, object, fixture->new->pem, 61000);
    assert_int_equal(settling_rest_ms(&settling, SETTLE_MS, 61000), 0);
    settling_clear(&settling);
}

static void one_entry_without_it_is_enough_to_wait(void **state)
{
    const struct fixture *fixture = *state;
    json_auto_t *object = registration(fixture->both, fixture->old->pem);
    struct settling settling = {.authority = NULL};

    settling_look(&settling, &names, object, fixture->new->pem, 1000);
    assert_true(settling_rest_ms(&settling, SETTLE_MS, 999999) == UINT64_MAX);
    settling_clear(&settling);
}

static void a_break_begins_the_while_anew(void **state)
{
    const struct fixture *fixture = *state;
    json_auto_t *good = registration(fixture->both, fixture->both);
    json_auto_t *emptied = registration("", fixture->both);
    struct settling settling = {.authority = NULL};

    settling_look(&settling, &names, good, fixture->new->pem, 1000);
    settling_look(&settling, &names, emptied, fixture->new->pem, 50000);
    assert_true(settling_rest_ms(&settling, SETTLE_MS, 50000) == UINT64_MAX);
    settling_look(&settling, &names, good, fixture->new->pem, 51000);
    assert_int_equal(settling_rest_ms(&settling, SETTLE_MS, 61000), 50000);
    settling_clear(&settling);
}

static void another_authority_begins_the_while_anew(void **state)
{
    const struct fixture *fixture = *state;
    json_auto_t *object = registration(fixture->both, fixture->both);
    struct settling settling = {.authority = NULL};

    settling_look(&settling, &names, object, fixture->old->pem, 1000);
    settling_look(&settling, &names, object, fixture->new->pem, 61000);
    assert_int_equal(settling_rest_ms(&settling, SETTLE_MS, 61000), SETTLE_MS);
    settling_clear(&settling);
}

static void without_a_registration_or_an_authority_nothing_settles(void **state)
{
    const struct fixture *fixture = *state;
    json_auto_t *object = registration(fixture->both, fixture->both);
    json_auto_t *empty = json_pack("{s:[]}", "webhooks");
    struct settling settling = {.authority = NULL};

    settling_look(&settling, &names, NULL, fixture->new->pem, 0);
    assert_true(settling_rest_ms(&settling, SETTLE_MS, SETTLE_MS) == UINT64_MAX);
    settling_look(&settling, &names, object, NULL, 0);
    assert_true(settling_rest_ms(&settling, SETTLE_MS, SETTLE_MS) == UINT64_MAX);
    settling_look(&settling, &names, empty, fixture->new->pem, 0);
    assert_true(settling_rest_ms(&settling, SETTLE_MS, SETTLE_MS) == UINT64_MAX);
    settling_clear(&settling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_settles_when_every_entry_has_trusted_it_for_long_enough),
        cmocka_unit_test(one_entry_without_it_is_enough_to_wait),
        cmocka_unit_test(a_break_begins_the_while_anew),
        cmocka_unit_test(another_authority_begins_the_while_anew),
        cmocka_unit_test(without_a_registration_or_an_authority_nothing_settles),
    };

    return cmocka_run_group_tests_name("settling", tests, make, unmake);
}
