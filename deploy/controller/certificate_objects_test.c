/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificate_objects.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static const struct certificate_names names = {
    .namespace_ = "ns",
    .ca_secret = "the-ca",
    .tls_secret = "the-tls",
    .configuration = "the-registration",
    .service = "s",
};

/* Texts that are told apart; what they are does not matter here. */
static struct rotation_want wanted(void)
{
    return (struct rotation_want){
        .authority = strdup("A"),
        .authority_key = strdup("B"),
        .old = strdup(""),
        .old_leaves = strdup("D"),
        .leaf = strdup("E"),
        .leaf_key = strdup("F"),
        .bundle = strdup("G"),
    };
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    assert_non_null(value);
    return value;
}

static void the_controllers_secret_holds_the_key_of_the_ca_and_the_webhooks_does_not(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want want = wanted();
    json_auto_t *ca = certificate_objects_ca_secret(&names, NULL, &want);
    json_auto_t *tls = certificate_objects_tls_secret(&names, NULL, &want);
    json_auto_t *expected_ca = parse(
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"the-ca\","
        "\"namespace\":\"ns\",\"labels\":{\"app.kubernetes.io/managed-by\":\"hawser-controller\","
        "\"app.kubernetes.io/part-of\":\"hawser\"}},\"type\":\"Opaque\",\"data\":{"
        "\"ca.crt\":\"QQ==\",\"ca.key\":\"Qg==\",\"old.crt\":\"\",\"old-leaves.crt\":\"RA==\"}}");
    json_auto_t *expected_tls = parse(
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"the-tls\","
        "\"namespace\":\"ns\",\"labels\":{\"app.kubernetes.io/managed-by\":\"hawser-controller\","
        "\"app.kubernetes.io/part-of\":\"hawser\"}},\"type\":\"kubernetes.io/tls\",\"data\":{"
        "\"tls.crt\":\"RQ==\",\"tls.key\":\"Rg==\",\"ca.crt\":\"Rw==\"}}");

    (void)state;
    assert_true(json_equal(ca, expected_ca));
    assert_true(json_equal(tls, expected_tls));
}

static void only_the_version_that_was_read_is_written_over(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want want = wanted();
    json_auto_t *present = parse("{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"41\"},"
                                 "\"webhooks\":[{\"name\":\"a.b.c\",\"clientConfig\":{"
                                 "\"service\":{\"name\":\"s\",\"namespace\":\"ns\"}}}]}");
    json_auto_t *ca = certificate_objects_ca_secret(&names, present, &want);
    json_auto_t *tls = certificate_objects_tls_secret(&names, present, &want);
    json_auto_t *registration = certificate_objects_registration(&names, present, "G");
    const json_t *const made[] = {ca, tls, registration};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const json_t *metadata = json_object_get(made[i], "metadata");
        assert_string_equal(json_string_value(json_object_get(metadata, "resourceVersion")), "41");
    }
}

static void what_was_applied_reads_back_and_matches(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want want = wanted();
    CLEANUP(certificate_texts_clear) struct certificate_texts texts = {.owned = {NULL}};
    json_auto_t *ca = certificate_objects_ca_secret(&names, NULL, &want);
    json_auto_t *tls = certificate_objects_tls_secret(&names, NULL, &want);
    struct err err = {0};

    (void)state;
    assert_int_equal(certificate_texts_read(ca, tls, &texts, &err), 0);
    assert_string_equal(texts.have.authority, "A");
    assert_string_equal(texts.have.authority_key, "B");
    assert_string_equal(texts.have.old, "");
    assert_string_equal(texts.have.old_leaves, "D");
    assert_string_equal(texts.have.leaf, "E");
    assert_string_equal(texts.have.leaf_key, "F");
    assert_string_equal(texts.have.bundle, "G");
    assert_true(certificate_texts_match_ca(&texts, &want));
    assert_true(certificate_texts_match_tls(&texts, &want));
    free(want.old);
    want.old = strdup("C");
    assert_false(certificate_texts_match_ca(&texts, &want));
    assert_true(certificate_texts_match_tls(&texts, &want));
    free(want.bundle);
    want.bundle = strdup("");
    assert_false(certificate_texts_match_tls(&texts, &want));
}

static void a_secret_that_is_not_there_has_no_texts(void **state)
{
    CLEANUP(certificate_texts_clear) struct certificate_texts texts = {.owned = {NULL}};
    CLEANUP(rotation_clear) struct rotation_want want = wanted();
    struct err err = {0};

    (void)state;
    assert_int_equal(certificate_texts_read(NULL, NULL, &texts, &err), 0);
    assert_null(texts.have.authority);
    assert_null(texts.have.leaf_key);
    assert_false(certificate_texts_match_ca(&texts, &want));
    assert_false(certificate_texts_match_tls(&texts, &want));
}

/* What somebody may have put there by hand. */
static void a_broken_value_is_there_and_of_no_use(void **state)
{
    static const char *const values[] = {
        "\"no base64\"",
        "\"QQ=\"",
        "\"QQBC\"", /* A, NUL, B */
        "\"\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        CLEANUP(certificate_texts_clear) struct certificate_texts texts = {.owned = {NULL}};
        json_auto_t *secret =
            json_pack("{s:{s:o}}", "data", "ca.crt", json_loads(values[i], JSON_DECODE_ANY, NULL));
        struct err err = {0};
        assert_int_equal(certificate_texts_read(secret, NULL, &texts, &err), 0);
        assert_string_equal(texts.have.authority, "");
        assert_null(texts.have.authority_key);
    }
}

static void a_value_of_another_type_is_not_there(void **state)
{
    CLEANUP(certificate_texts_clear) struct certificate_texts texts = {.owned = {NULL}};
    json_auto_t *secret = parse("{\"data\":{\"ca.crt\":1,\"ca.key\":null,\"old.crt\":[\"QQ==\"]}}");
    json_auto_t *odd = parse("{\"data\":\"QQ==\"}");
    struct err err = {0};

    (void)state;
    assert_int_equal(certificate_texts_read(secret, odd, &texts, &err), 0);
    assert_null(texts.have.authority);
    assert_null(texts.have.authority_key);
    assert_null(texts.have.old);
    assert_null(texts.have.leaf);
}

static void of_a_registration_only_the_bundle_is_applied_in_each_entry(void **state)
{
    json_auto_t *present = parse(
        "{\"apiVersion\":\"admissionregistration.k8s.io/v1\","
        "\"kind\":\"MutatingWebhookConfiguration\",\"metadata\":{\"name\":\"r\",\"uid\":\"u\","
        "\"labels\":{\"helm\":\"x\"}},\"webhooks\":[{\"name\":\"a.b.c\",\"failurePolicy\":\"Fail\","
        "\"clientConfig\":{\"service\":{\"name\":\"s\",\"namespace\":\"ns\"},\"caBundle\":\"QQ==\"}},"
        "{\"name\":\"d.e.f\",\"clientConfig\":{\"service\":{\"name\":\"s\",\"namespace\":\"ns\"}}}]}");
    json_auto_t *made = certificate_objects_registration(&names, present, "G");
    json_auto_t *expected =
        parse("{\"apiVersion\":\"admissionregistration.k8s.io/v1\","
              "\"kind\":\"MutatingWebhookConfiguration\",\"metadata\":{\"name\":\"r\"},"
              "\"webhooks\":[{\"name\":\"a.b.c\",\"clientConfig\":{\"caBundle\":\"Rw==\"}},"
              "{\"name\":\"d.e.f\",\"clientConfig\":{\"caBundle\":\"Rw==\"}}]}");

    (void)state;
    assert_true(json_equal(made, expected));
}

#define ENTRY(name, service, bundle)                                            \
    "{\"name\":\"" name "\",\"clientConfig\":{\"service\":{\"name\":\"" service \
    "\",\"namespace\":\"ns\"},\"caBundle\":\"" bundle "\"}}"

static void a_registration_has_the_bundle_when_each_entry_of_ours_has_it(void **state)
{
    static const struct {
        const char *text;
        bool has_it;
    } rows[] = {
        {"{\"webhooks\":[" ENTRY("a", "s", "Rw==") "," ENTRY("b", "s", "Rw==") "]}", true},
        {"{\"webhooks\":[" ENTRY("a", "s", "Rw==") "," ENTRY("b", "t", "QQ==") "]}", true},
        {"{\"webhooks\":[" ENTRY("a", "s", "Rw==") "," ENTRY("b", "s", "QQ==") "]}", false},
        {"{\"webhooks\":[" ENTRY("a", "s", "Rw==") "," ENTRY("b", "s", "") "]}", false},
        {"{\"webhooks\":[" ENTRY("a", "t", "Rw==") "]}", false},
        {"{\"webhooks\":[]}", false},
        {"{}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *present = parse(rows[i].text);
        print_message("# %s\n", rows[i].text);
        assert_int_equal(certificate_objects_has_bundle(&names, present, "G"), rows[i].has_it);
    }
}

static void an_entry_of_somebody_else_is_left_alone(void **state)
{
    json_auto_t *present = parse("{\"metadata\":{\"name\":\"r\"},\"webhooks\":[" ENTRY(
        "theirs", "t", "QQ==") "," ENTRY("ours", "s", "QQ==") "]}");
    json_auto_t *made = certificate_objects_registration(&names, present, "G");
    const json_t *entries = json_object_get(made, "webhooks");

    (void)state;
    assert_int_equal(json_array_size(entries), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(entries, 0), "name")),
                        "ours");
}

static void a_secret_of_another_type_is_told_before_anything_is_written(void **state)
{
    json_auto_t *tls = parse("{\"type\":\"kubernetes.io/tls\"}");
    json_auto_t *opaque = parse("{\"type\":\"Opaque\"}");
    struct err err = {0};

    (void)state;
    assert_int_equal(certificate_objects_check_types(&names, NULL, NULL, &err), 0);
    assert_int_equal(certificate_objects_check_types(&names, opaque, tls, &err), 0);
    assert_int_equal(certificate_objects_check_types(&names, opaque, opaque, &err), -1);
    assert_string_equal(err.msg,
                        "Secret 'the-tls' is of type 'Opaque', expected "
                        "'kubernetes.io/tls', and a type cannot be changed; delete it, and "
                        "it is made anew");
    assert_int_equal(certificate_objects_check_types(&names, tls, NULL, &err), -1);
}

static void a_registration_without_entries_or_a_name_is_not_applied(void **state)
{
    static const char *const rows[] = {
        "{}",
        "{\"metadata\":{\"name\":\"r\"}}",
        "{\"metadata\":{\"name\":\"r\"},\"webhooks\":[]}",
        "{\"metadata\":{\"name\":\"r\"},\"webhooks\":[{}]}",
        "{\"metadata\":{\"name\":\"r\"},\"webhooks\":[" ENTRY("a.b.c", "t", "") "]}",
        "{\"metadata\":{},\"webhooks\":[" ENTRY("a.b.c", "s", "") "]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *present = parse(rows[i]);
        print_message("# %s\n", rows[i]);
        assert_null(certificate_objects_registration(&names, present, "G"));
    }
}

static void without_a_cluster_the_charts_entries_are_meant(void **state)
{
    json_auto_t *made = certificate_objects_chart_registration("r", "G");
    json_auto_t *expected = parse(
        "{\"apiVersion\":\"admissionregistration.k8s.io/v1\","
        "\"kind\":\"MutatingWebhookConfiguration\",\"metadata\":{\"name\":\"r\"},"
        "\"webhooks\":[{\"name\":\"inject.hawser.dev\",\"clientConfig\":{\"caBundle\":\"Rw==\"}},"
        "{\"name\":\"namespace.hawser.dev\",\"clientConfig\":{\"caBundle\":\"Rw==\"}}]}");

    (void)state;
    assert_true(json_equal(made, expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_controllers_secret_holds_the_key_of_the_ca_and_the_webhooks_does_not),
        cmocka_unit_test(only_the_version_that_was_read_is_written_over),
        cmocka_unit_test(what_was_applied_reads_back_and_matches),
        cmocka_unit_test(a_secret_that_is_not_there_has_no_texts),
        cmocka_unit_test(a_broken_value_is_there_and_of_no_use),
        cmocka_unit_test(a_value_of_another_type_is_not_there),
        cmocka_unit_test(of_a_registration_only_the_bundle_is_applied_in_each_entry),
        cmocka_unit_test(a_registration_has_the_bundle_when_each_entry_of_ours_has_it),
        cmocka_unit_test(an_entry_of_somebody_else_is_left_alone),
        cmocka_unit_test(a_secret_of_another_type_is_told_before_anything_is_written),
        cmocka_unit_test(a_registration_without_entries_or_a_name_is_not_applied),
        cmocka_unit_test(without_a_cluster_the_charts_entries_are_meant),
    };

    return cmocka_run_group_tests_name("certificate_objects", tests, NULL, NULL);
}
