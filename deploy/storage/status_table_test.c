/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/status_table.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

#define NOW_S 1772357400 /* 2026-03-01T09:30:00Z */

static const char lease_text[] = "{\"spec\":{\"holderIdentity\":\"a\",\"leaseDurationSeconds\":15,"
                                 "\"acquireTime\":\"2026-03-01T09:00:00Z\","
                                 "\"renewTime\":\"2026-03-01T09:29:59Z\"}}";
static const char leader[] = "LEADER  a, since 30m, renewed 1s ago\n";

static json_t *parse(const char *text)
{
    struct err err = {0};
    json_t *value = json_parse(text, strlen(text), &err);

    if (value == NULL) {
        fail_msg("%s", err.msg);
    }
    return value;
}

/* What becomes of the document @text, behind the leader's line. */
static void assert_table(const char *text, const char *expected)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(65536);
    json_auto_t *status = parse(text);
    json_auto_t *lease = parse(lease_text);

    status_table_write(status, lease, NOW_S, &out);
    assert_false(buf_failed(&out));
    assert_int_equal(strncmp(buf_text(&out), leader, strlen(leader)), 0);
    assert_string_equal(buf_text(&out) + strlen(leader), expected);
}

static void servers_and_their_parts_have_tables(void **state)
{
    (void)state;
    assert_table(
        "{\"servers\":{\"items\":[{\"name\":\"shared\",\"namespace\":\"hawser\","
        "\"storageClass\":\"nfs\",\"state\":\"ready\",\"answers\":true,\"answersWithinMs\":10,"
        "\"created\":\"2026-02-24T09:29:00Z\",\"parts\":[{\"kind\":\"Service\",\"name\":\"s\","
        "\"state\":\"waiting\",\"created\":\"2026-03-01T09:00:00Z\",\"lastAction\":\"applied\","
        "\"lastActionTime\":\"2026-03-01T09:29:15Z\",\"message\":\"look\"},"
        "{\"kind\":\"StatefulSet\",\"name\":\"s\",\"state\":\"right\"}]},"
        "{\"name\":\"b\",\"answers\":false,\"answersReason\":\"timed out\",\"message\":\"m\"}],"
        "\"notListed\":3}}",
        "\nSERVERS\n"
        "NAME     NAMESPACE   CLASS   STATE   ANSWERS         AGE   MESSAGE\n"
        "shared   hawser      nfs     ready   yes, <=10ms     5d    -\n"
        "b        -           -       -       no: timed out   -     m\n"
        "and 3 more\n"
        "\nPARTS of shared\n"
        "KIND          NAME   STATE     AGE   LAST ACTION\n"
        "Service       s      waiting   30m   applied (45s ago); look\n"
        "StatefulSet   s      right     -     -\n");
}

static void claims_are_counted_and_listed(void **state)
{
    (void)state;
    assert_table("{\"claims\":{\"counts\":{\"lost\":1,\"right\":12},\"inTrouble\":1,\"items\":[{"
                 "\"namespace\":\"argo\",\"name\":\"cache\",\"policy\":\"p\",\"state\":\"lost\","
                 "\"created\":\"2026-03-01T06:18:00Z\",\"message\":\"gone\"}],\"notListed\":12}}",
                 "\nCLAIMS  1 lost, 12 right\n"
                 "NAMESPACE   NAME    POLICY   STATE   AGE     MESSAGE\n"
                 "argo        cache   p        lost    3h12m   gone\n"
                 "and 12 more\n");
}

static void volumes_missed_workflows_and_the_certificate_are_told(void **state)
{
    (void)state;
    assert_table("{\"volumes\":{\"items\":[{\"name\":\"pv\",\"namespace\":\"n\",\"claim\":\"c\","
                 "\"state\":\"dead\"}]},\"missedWorkflows\":2,\"certificate\":{"
                 "\"leafNotAfter\":\"2026-04-29T09:30:00Z\",\"caBundleInForce\":true,"
                 "\"leafRenewal\":\"2026-03-30T09:30:00Z\","
                 "\"authorityNotAfter\":\"2026-02-28T21:30:00Z\"}}",
                 "\nVOLUMES whose data is gone\n"
                 "NAME   NAMESPACE   CLAIM   STATE\n"
                 "pv     n           c       dead\n"
                 "\nMISSED  2 workflows opted in and have no volumes: they were admitted without "
                 "the webhook\n"
                 "\nCERTIFICATE  valid for 59d, renewed on 2026-03-30\n"
                 "CA           EXPIRED 12h ago\n"
                 "caBundle     in force\n");
}

static void what_is_missing_or_of_another_type_shows_as_a_dash(void **state)
{
    static const char *const nothing[] = {
        "{}", "[]", "\"x\"", "{\"servers\":[],\"claims\":1,\"volumes\":\"x\",\"certificate\":[]}",
        "{\"servers\":{\"items\":{}},\"claims\":{\"items\":3,\"counts\":[]}}"};

    (void)state;
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        assert_table(nothing[i], "");
    }
    assert_table("{\"servers\":{\"items\":[3,{\"name\":[],\"parts\":[null]}]},\"certificate\":{}}",
                 "\nSERVERS\n"
                 "NAME   NAMESPACE   CLASS   STATE   ANSWERS   AGE   MESSAGE\n"
                 "-      -           -       -       -         -     -\n"
                 "-      -           -       -       -         -     -\n"
                 "\nPARTS of \n"
                 "KIND   NAME   STATE   AGE   LAST ACTION\n"
                 "-      -      -       -     -\n"
                 "\nCERTIFICATE  -\n"
                 "CA           -\n"
                 "caBundle     -\n");
}

static void foreign_text_cannot_steer_a_terminal(void **state)
{
    (void)state;
    assert_table("{\"claims\":{\"counts\":{\"a\\u001b\":1},\"items\":[{\"name\":\"b\\n\"}]},"
                 "\"servers\":{\"items\":[{\"name\":\"c\\u009b\",\"parts\":[{}]}]}}",
                 "\nSERVERS\n"
                 "NAME   NAMESPACE   CLASS   STATE   ANSWERS   AGE   MESSAGE\n"
                 "c??    -           -       -       -         -     -\n"
                 "\nPARTS of c??\n"
                 "KIND   NAME   STATE   AGE   LAST ACTION\n"
                 "-      -      -       -     -\n"
                 "\nCLAIMS  1 a?\n"
                 "NAMESPACE   NAME   POLICY   STATE   AGE   MESSAGE\n"
                 "-           b?     -        -       -     -\n");
}

static void any_trouble_is_seen(void **state)
{
    static const struct {
        const char *text;
        bool is_well;
    } rows[] = {
        {"{}", true},
        {"{\"servers\":{\"items\":[{}]},\"claims\":{\"inTrouble\":0}}", true},
        {"{\"servers\":{\"items\":[{},{\"trouble\":true}]}}", false},
        {"{\"claims\":{\"inTrouble\":1}}", false},
        {"{\"volumes\":{\"items\":[{}]}}", false},
        {"{\"missedWorkflows\":1}", true},
        {"{\"certificate\":{\"caBundleInForce\":true}}", true},
        {"{\"certificate\":{\"caBundleInForce\":false}}", false},
        {"{\"certificate\":{\"leafNotAfter\":\"2026-03-01T09:30:01Z\"}}", true},
        {"{\"certificate\":{\"leafNotAfter\":\"2026-03-01T09:30:00Z\"}}", false},
        {"{\"certificate\":{\"authorityNotAfter\":\"2026-03-01T09:30:00Z\"}}", false},
    };
    json_auto_t *lease = parse(lease_text);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *status = parse(rows[i].text);
        print_message("# %s\n", rows[i].text);
        assert_int_equal(status_table_is_well(status, lease, NOW_S), rows[i].is_well);
        assert_false(status_table_is_well(status, NULL, NOW_S));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_and_their_parts_have_tables),
        cmocka_unit_test(claims_are_counted_and_listed),
        cmocka_unit_test(volumes_missed_workflows_and_the_certificate_are_told),
        cmocka_unit_test(what_is_missing_or_of_another_type_shows_as_a_dash),
        cmocka_unit_test(foreign_text_cannot_steer_a_terminal),
        cmocka_unit_test(any_trouble_is_seen),
    };

    return cmocka_run_group_tests_name("status_table", tests, NULL, NULL);
}
