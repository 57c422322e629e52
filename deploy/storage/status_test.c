/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

/* The document's text. Owner: the caller. */
static char *text_of(const struct status *status)
{
    struct buf out = BUF_INIT(STATUS_BYTES_MAX);
    struct err err = {0};

    if (status_write(status, &out, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    return buf_take(&out);
}

static json_t *document_of(const struct status *status)
{
    CLEANUP(free) char *text = text_of(status);
    struct err err = {0};
    json_t *document = json_parse(text, strlen(text), &err);

    assert_non_null(document);
    return document;
}

static void without_facts_all_lists_are_empty(void **state)
{
    CLEANUP(status_free) struct status *status = status_new();
    CLEANUP(free) char *text = text_of(status);

    (void)state;
    assert_string_equal(text,
                        "{\"claims\":{\"counts\":{},\"inTrouble\":0,\"items\":[],\"notListed\":0},"
                        "\"servers\":{\"items\":[],\"notListed\":0},"
                        "\"volumes\":{\"items\":[],\"notListed\":0}}");
}

static void each_fact_stands_under_its_key(void **state)
{
    CLEANUP(status_free) struct status *status = status_new();
    CLEANUP(free) char *text = NULL;

    (void)state;
    status_add_server(status, &(struct status_server){.name = "shared",
                                                      .namespace_ = "hawser",
                                                      .storage_class = "nfs",
                                                      .state = "ready",
                                                      .created_s = 1772357400,
                                                      .answer = STATUS_ANSWERS,
                                                      .answer_ms = 3});
    status_add_part(status, &(struct status_part){.kind = "Service",
                                                  .name = "hawser-nfs-shared",
                                                  .state = STATUS_PART_WAITING,
                                                  .created_s = 1772357400,
                                                  .action = "applied: it was absent",
                                                  .acted_s = 1772357401,
                                                  .message = "m"});
    status_add_claim(status, &(struct status_claim){.namespace_ = "argo",
                                                    .name = "cache",
                                                    .policy = "p",
                                                    .state = "pending",
                                                    .is_trouble = true,
                                                    .created_s = 1772357400,
                                                    .message = "no volume"});
    status_add_volume(status, &(struct status_volume){
                                  .name = "pv", .namespace_ = "n", .claim = "c", .state = "s"});
    status_set_missed(status, 2);
    status_set_policies(status, "cafe", 1772357405);
    status_set_certificate(status, &(struct status_certificate){.leaf_not_after_s = 1772357402,
                                                                .leaf_renewal_s = 1772357403,
                                                                .authority_not_after_s = 1772357404,
                                                                .has_bundle = true});
    text = text_of(status);
    assert_string_equal(
        text,
        "{\"certificate\":{\"authorityNotAfter\":\"2026-03-01T09:30:04Z\",\"caBundleInForce\":true,"
        "\"leafNotAfter\":\"2026-03-01T09:30:02Z\",\"leafRenewal\":\"2026-03-01T09:30:03Z\"},"
        "\"claims\":{\"counts\":{\"pending\":1},\"inTrouble\":1,\"items\":[{"
        "\"created\":\"2026-03-01T09:30:00Z\",\"message\":\"no volume\",\"name\":\"cache\","
        "\"namespace\":\"argo\",\"policy\":\"p\",\"state\":\"pending\",\"trouble\":true}],"
        "\"notListed\":0},"
        "\"missedWorkflows\":2,"
        "\"policies\":{\"hash\":\"cafe\",\"since\":\"2026-03-01T09:30:05Z\"},"
        "\"servers\":{\"items\":[{\"answers\":true,\"answersWithinMs\":10,"
        "\"created\":\"2026-03-01T09:30:00Z\",\"name\":\"shared\",\"namespace\":\"hawser\","
        "\"parts\":[{\"created\":\"2026-03-01T09:30:00Z\",\"kind\":\"Service\","
        "\"lastAction\":\"applied: it was absent\","
        "\"lastActionTime\":\"2026-03-01T09:30:01Z\",\"message\":\"m\","
        "\"name\":\"hawser-nfs-shared\",\"state\":\"waiting\"}],"
        "\"state\":\"ready\",\"storageClass\":\"nfs\"}],\"notListed\":0},"
        "\"volumes\":{\"items\":[{\"claim\":\"c\",\"name\":\"pv\",\"namespace\":\"n\","
        "\"state\":\"s\"}],\"notListed\":0}}");
}

static void the_order_in_which_facts_come_makes_no_difference(void **state)
{
    static const struct status_claim claims[] = {
        {.namespace_ = "b", .name = "x", .state = "right"},
        {.namespace_ = "z", .name = "x", .state = "lost", .is_trouble = true},
        {.namespace_ = "a", .name = "y", .state = "right"},
        {.namespace_ = "a", .name = "x", .state = "right"},
    };
    static const char *const expected[] = {"z", "a", "a", "b"};
    CLEANUP(status_free) struct status *forward = status_new();
    CLEANUP(status_free) struct status *backward = status_new();
    CLEANUP(free) char *text = NULL;
    CLEANUP(free) char *other = NULL;
    json_auto_t *document = NULL;
    const json_t *items;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        status_add_claim(forward, &claims[i]);
        status_add_claim(backward, &claims[3 - i]);
    }
    text = text_of(forward);
    other = text_of(backward);
    assert_string_equal(text, other);
    document = document_of(forward);
    items = json_object_get(json_object_get(document, "claims"), "items");
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(json_text_of(json_array_get(items, i), "namespace"), expected[i]);
    }
}

static void how_fast_a_server_answers_is_told_roughly(void **state)
{
    static const struct {
        unsigned int ms;
        json_int_t expected;
    } rows[] = {{0, 10}, {10, 10}, {11, 100}, {100, 100}, {4294967295U, 10000000000}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(status_free) struct status *status = status_new();
        json_auto_t *document = NULL;
        json_t *item;
        status_add_server(status, &(struct status_server){.name = "s",
                                                          .answer = STATUS_ANSWERS,
                                                          .answer_ms = rows[i].ms});
        document = document_of(status);
        item = json_array_get(json_object_get(json_object_get(document, "servers"), "items"), 0);
        assert_int_equal(json_integer_value(json_object_get(item, "answersWithinMs")),
                         rows[i].expected);
    }
}

static void a_part_that_needs_an_operator_puts_its_server_in_trouble(void **state)
{
    CLEANUP(status_free) struct status *status = status_new();
    json_auto_t *document = NULL;
    const json_t *items;

    (void)state;
    status_add_server(status, &(struct status_server){.name = "a", .answer = STATUS_SILENT});
    status_add_part(status, &(struct status_part){.name = "p", .state = STATUS_PART_WAITING});
    status_add_server(status, &(struct status_server){.name = "b"});
    status_add_part(status, &(struct status_part){.name = "p", .state = STATUS_PART_REPORTED});
    document = document_of(status);
    items = json_object_get(json_object_get(document, "servers"), "items");
    assert_string_equal(json_text_of(json_array_get(items, 0), "name"), "b");
    assert_true(json_is_true(json_object_get(json_array_get(items, 0), "trouble")));
    assert_null(json_object_get(json_array_get(items, 1), "trouble"));
    assert_true(json_is_false(json_object_get(json_array_get(items, 1), "answers")));
}

static void a_text_that_is_too_long_is_cut_between_characters(void **state)
{
    CLEANUP(status_free) struct status *status = status_new();
    json_auto_t *document = NULL;
    char message[2 * STATUS_TEXT_BYTES + 2] = "x";
    const char *cut;

    (void)state;
    for (size_t i = 0; i < STATUS_TEXT_BYTES; i++) {
        memcpy(message + 1 + 2 * i, "\xc3\xa4", 3);
    }
    status_add_claim(status,
                     &(struct status_claim){.name = "c", .state = "lost", .message = message});
    document = document_of(status);
    cut = json_text_of(
        json_array_get(json_object_get(json_object_get(document, "claims"), "items"), 0),
        "message");
    assert_int_equal(strlen(cut), STATUS_TEXT_BYTES - 1);
    assert_int_equal(strncmp(cut, message, strlen(cut)), 0);
}

static void what_is_too_much_is_only_counted_and_the_troubled_are_kept(void **state)
{
    CLEANUP(status_free) struct status *status = status_new();
    json_auto_t *document = NULL;
    const json_t *claims;
    const json_t *items;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "c%03d", i);
        status_add_claim(status, &(struct status_claim){.namespace_ = "n",
                                                        .name = name,
                                                        .state = i == 999 ? "lost" : "right",
                                                        .is_trouble = i == 999});
    }
    document = document_of(status);
    claims = json_object_get(document, "claims");
    items = json_object_get(claims, "items");
    assert_int_equal(json_array_size(items), STATUS_ITEMS_MAX);
    assert_string_equal(json_text_of(json_array_get(items, 0), "name"), "c999");
    assert_int_equal(json_integer_value(json_object_get(claims, "notListed")),
                     1000 - STATUS_ITEMS_MAX);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(claims, "counts"), "right")), 999);
}

/* Fill all lists with the longest there can be: control characters take six bytes each. */
static void the_document_is_never_larger_than_its_bound(void **state)
{
    CLEANUP(status_free) struct status *status = status_new();
    CLEANUP(free) char *text = NULL;
    json_auto_t *document = NULL;
    char longest[STATUS_TEXT_BYTES + 1] = {0};
    const json_t *servers;

    (void)state;
    memset(longest, 1, STATUS_TEXT_BYTES);
    for (int i = 0; i < 256; i++) {
        status_add_server(status, &(struct status_server){.name = longest, .message = longest});
        for (int k = 0; k < 13; k++) {
            status_add_part(status, &(struct status_part){.name = longest, .action = longest});
        }
        status_add_claim(
            status, &(struct status_claim){.name = longest, .state = "right", .message = longest});
        status_add_volume(status, &(struct status_volume){.name = longest, .claim = longest});
    }
    text = text_of(status);
    assert_in_range(strlen(text), STATUS_BYTES_MAX / 2, STATUS_BYTES_MAX);
    document = document_of(status);
    servers = json_object_get(document, "servers");
    assert_true(json_array_size(json_object_get(servers, "items")) > 0);
    assert_int_equal(json_integer_value(json_object_get(servers, "notListed")),
                     256 - json_array_size(json_object_get(servers, "items")));
}

static void a_text_that_is_not_utf8_is_an_error(void **state)
{
    CLEANUP(status_free) struct status *status = status_new();
    CLEANUP(buf_clear) struct buf out = BUF_INIT(STATUS_BYTES_MAX);
    struct err err = {0};

    (void)state;
    status_add_server(status, &(struct status_server){.name = "\xff"});
    status_add_part(status, &(struct status_part){.name = "p"});
    assert_int_equal(status_write(status, &out, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_facts_all_lists_are_empty),
        cmocka_unit_test(each_fact_stands_under_its_key),
        cmocka_unit_test(the_order_in_which_facts_come_makes_no_difference),
        cmocka_unit_test(how_fast_a_server_answers_is_told_roughly),
        cmocka_unit_test(a_part_that_needs_an_operator_puts_its_server_in_trouble),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_between_characters),
        cmocka_unit_test(what_is_too_much_is_only_counted_and_the_troubled_are_kept),
        cmocka_unit_test(the_document_is_never_larger_than_its_bound),
        cmocka_unit_test(a_text_that_is_not_utf8_is_an_error),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
