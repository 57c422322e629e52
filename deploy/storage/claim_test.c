/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claim.h"

#include <string.h>

#include "base/json.h"
#include "tests/test.h"

#define CREATED   "2024-05-01T12:00:00Z"
#define CREATED_S 1714564800LL
#define LATER_S   (CREATED_S + 10LL * 365 * 24 * 3600)

#define FIXED ", which no claim can change: ask for what it has, or delete it and with it its data"

static const struct policy_claim wanted = {
    .storage_class_name = "nfs-ebs",
    .size = "10Gi",
    .access_modes = {.items = (const char *[]){"ReadWriteMany"}, .n = 1},
};

/* Texts are JSON with ' for ". */
static json_t *parse(const char *text)
{
    char json[2048] = "";
    struct err err = {0};
    json_t *value;

    assert_true(strlen(text) < sizeof(json));
    for (size_t i = 0; text[i] != '\0'; i++) {
        json[i] = text[i];
        if (json[i] == '\'') {
            json[i] = '"';
        }
    }
    value = json_parse(json, strlen(json), &err);
    assert_string_equal(err.msg, "");
    return value;
}

#define CLAIM(spec, phase)                                                                     \
    "{'metadata':{'name':'c','namespace':'n','creationTimestamp':'" CREATED "'},'spec':{" spec \
    "},'status':{'phase':'" phase "'}}"
#define SIZED(size)                                                              \
    "'storageClassName':'nfs-ebs','accessModes':['ReadWriteMany'],'volumeMode':" \
    "'Filesystem','resources':{'requests':{'storage':'" size "'}}"

#define NO_CLASS NULL
#define FIRM     "{'provisioner':'hawser.dev/nfs-ebs','volumeBindingMode':'Immediate'}"
#define GROWS    "{'provisioner':'p','allowVolumeExpansion':true}"
#define WAITS    "{'provisioner':'p','volumeBindingMode':'WaitForFirstConsumer'}"

struct row {
    const char *observed; /* NULL: none */
    const char *class_;
    enum claim_state state;
    const char *text;
};

static void
judge(const char *observed, const char *class_, long long now_s, struct claim_verdict *out)
{
    json_auto_t *claim = observed != NULL ? parse(observed) : NULL;
    json_auto_t *class_object = class_ != NULL ? parse(class_) : NULL;

    claim_judge(&wanted, claim, class_object, now_s, out);
}

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct claim_verdict verdict;
        print_message("# row %zu\n", i);
        judge(rows[i].observed, rows[i].class_, LATER_S, &verdict);
        assert_string_equal(claim_state_name(verdict.state), claim_state_name(rows[i].state));
        assert_string_equal(verdict.text, rows[i].text);
        assert_int_equal(verdict.until_s, 0);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void a_claim_that_is_not_there_is_absent(void **state)
{
    static const struct row rows[] = {
        {NULL, FIRM, CLAIM_ABSENT, ""},
        {NULL, NO_CLASS, CLAIM_ABSENT, ""},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void a_bound_claim_that_offers_what_is_wanted_is_right(void **state)
{
    static const struct row rows[] = {
        {CLAIM(SIZED("10Gi"), "Bound"), FIRM, CLAIM_RIGHT, ""},
        {CLAIM(SIZED("10240Mi"), "Bound"), FIRM, CLAIM_RIGHT, ""},
        {CLAIM(SIZED("11Gi"), "Bound"), GROWS, CLAIM_RIGHT, ""},
        {CLAIM(SIZED("10Gi"), "Bound"), NO_CLASS, CLAIM_RIGHT, ""},
        {CLAIM("'storageClassName':'nfs-ebs','accessModes':['ReadWriteOnce','ReadWriteMany'],"
               "'resources':{'requests':{'storage':'10Gi'}}",
               "Bound"),
         FIRM, CLAIM_RIGHT, ""},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void what_no_claim_can_change_is_told(void **state)
{
    static const struct row rows[] = {
        {CLAIM("'storageClassName':'gp3','accessModes':['ReadWriteMany'],"
               "'resources':{'requests':{'storage':'10Gi'}}",
               "Bound"),
         FIRM, CLAIM_MISMATCHED, "its storage class is 'gp3' and not 'nfs-ebs'" FIXED},
        {CLAIM("'accessModes':['ReadWriteMany'],'resources':{'requests':{'storage':'1Gi'}}",
               "Pending"),
         FIRM, CLAIM_MISMATCHED, "its storage class is '' and not 'nfs-ebs'" FIXED},
        {CLAIM("'storageClassName':'nfs-ebs','accessModes':['ReadWriteOnce'],"
               "'resources':{'requests':{'storage':'10Gi'}}",
               "Bound"),
         FIRM, CLAIM_MISMATCHED, "it lacks the access mode ReadWriteMany" FIXED},
        {CLAIM("'storageClassName':'nfs-ebs','accessModes':['ReadWriteMany'],'volumeMode':'Block',"
               "'resources':{'requests':{'storage':'10Gi'}}",
               "Bound"),
         FIRM, CLAIM_MISMATCHED, "its volume mode is 'Block' and not 'Filesystem'" FIXED},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void a_claim_that_is_too_small_grows_where_its_class_allows_it(void **state)
{
    static const struct row rows[] = {
        {CLAIM(SIZED("9Gi"), "Bound"), GROWS, CLAIM_GROWING, "its size is 9Gi and not 10Gi"},
        {CLAIM(SIZED("10G"), "Bound"), GROWS, CLAIM_GROWING, "its size is 10G and not 10Gi"},
        {CLAIM(SIZED("9Gi"), "Pending"), GROWS, CLAIM_MISMATCHED,
         "its size is 9Gi and not 10Gi, and it can grow only when it is Bound"},
        {CLAIM(SIZED("9Gi"), "Bound"), FIRM, CLAIM_MISMATCHED,
         "its size is 9Gi and not 10Gi, and storage class 'nfs-ebs' does not let claims grow: ask "
         "for 9Gi, set allowVolumeExpansion of the class if its provisioner can do it, or delete "
         "the claim and with it its data"},
        {CLAIM(SIZED("9Gi"), "Bound"), NO_CLASS, CLAIM_MISMATCHED,
         "its size is 9Gi and not 10Gi, and there is no storage class 'nfs-ebs' that lets it grow: "
         "make one with allowVolumeExpansion, or ask for 9Gi"},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void a_size_that_cannot_be_read_is_told(void **state)
{
    struct claim_verdict verdict;

    (void)state;
    judge(CLAIM(SIZED("many"), "Bound"), GROWS, LATER_S, &verdict);
    assert_int_equal(verdict.state, CLAIM_MISMATCHED);
    assert_non_null(strstr(verdict.text, "its size cannot be compared: "));
    assert_non_null(strstr(verdict.text, "'many'"));
}

static void a_claim_that_is_being_deleted_is_nothing_else(void **state)
{
    struct claim_verdict verdict;

    (void)state;
    judge("{'metadata':{'deletionTimestamp':'" CREATED "'},'status':{'phase':'Lost'}}", FIRM,
          LATER_S, &verdict);
    assert_int_equal(verdict.state, CLAIM_GOING);
    assert_string_equal(verdict.text,
                        "it is being deleted, which waits for the pods that use it; then it is "
                        "made anew, empty");
}

static void a_lost_claim_says_which_volume_is_gone(void **state)
{
    static const struct row rows[] = {
        {CLAIM("'volumeName':'pv-1','storageClassName':'other'", "Lost"), GROWS, CLAIM_LOST,
         "its volume 'pv-1' is gone: restore that PersistentVolume, or delete the claim, and it is "
         "made anew, empty"},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void a_claim_without_a_volume_is_told_after_a_while(void **state)
{
    static const struct row rows[] = {
        {CLAIM(SIZED("10Gi"), "Pending"), FIRM, CLAIM_PENDING,
         "no volume has come from 'hawser.dev/nfs-ebs': the claim's Events say more"},
        {CLAIM(SIZED("10Gi"), ""), FIRM, CLAIM_PENDING,
         "no volume has come from 'hawser.dev/nfs-ebs': the claim's Events say more"},
        {CLAIM(SIZED("10Gi"), "Pending"), NO_CLASS, CLAIM_PENDING,
         "there is no storage class 'nfs-ebs': make it, or ask for another"},
        {CLAIM(SIZED("10Gi"), "Pending"), WAITS, CLAIM_RIGHT, ""},
        {"{'metadata':{'creationTimestamp':'soon'},'spec':{" SIZED("10Gi") "}}", FIRM, CLAIM_RIGHT,
         ""},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void until_then_it_is_right_and_says_when_to_look_again(void **state)
{
    static const long long ages_s[] = {-10, 0, CLAIM_PATIENCE_S - 1};
    const char *claim = CLAIM(SIZED("10Gi"), "Pending");
    struct claim_verdict verdict;

    (void)state;
    for (size_t i = 0; i < sizeof(ages_s) / sizeof(ages_s[0]); i++) {
        judge(claim, FIRM, CREATED_S + ages_s[i], &verdict);
        assert_int_equal(verdict.state, CLAIM_RIGHT);
        assert_string_equal(verdict.text, "");
        assert_int_equal(verdict.until_s, CREATED_S + CLAIM_PATIENCE_S);
    }
    judge(claim, FIRM, CREATED_S + CLAIM_PATIENCE_S, &verdict);
    assert_int_equal(verdict.state, CLAIM_PENDING);
    judge(claim, WAITS, CREATED_S, &verdict);
    assert_int_equal(verdict.until_s, 0);
}

static void a_claim_is_made_of_exactly_what_is_asked_for(void **state)
{
    const struct policy_claim claim = {
        .storage_class_name = "gp3",
        .size = "5Gi",
        .access_modes = {.items = (const char *[]){"ReadOnlyMany", "ReadWriteMany"}, .n = 2},
    };
    json_auto_t *labels = parse("{'a':'b'}");
    json_auto_t *made = claim_make(&claim, "ns", "data", labels);
    json_auto_t *expected = parse(
        "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':'data',"
        "'namespace':'ns','labels':{'a':'b'}},'spec':{'accessModes':['ReadOnlyMany',"
        "'ReadWriteMany'],'storageClassName':'gp3','resources':{'requests':{'storage':'5Gi'}}}}");
    json_auto_t *bare = claim_make(&claim, "ns", "data", NULL);

    (void)state;
    assert_true(json_equal(made, expected));
    assert_int_equal(json_object_del(json_object_get(expected, "metadata"), "labels"), 0);
    assert_true(json_equal(bare, expected));
}

#define THERE(size)                                                                             \
    "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':'c','namespace':'n'," \
    "'uid':'u','resourceVersion':'7','labels':{'theirs':'x'},'annotations':{'k':'v'}},"         \
    "'spec':{'accessModes':['ReadWriteOnce','ReadWriteMany'],'storageClassName':'nfs-ebs',"     \
    "'volumeMode':'Filesystem','volumeName':'pv','resources':{'requests':{'storage':'" size     \
    "'}}},'status':{'phase':'Bound'}}"
#define GROWN(size)                                                                             \
    "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':'c','namespace':'n'," \
    "'uid':'u','resourceVersion':'7','labels':{'ours':'y'}},'spec':{'accessModes':["            \
    "'ReadWriteOnce',"                                                                          \
    "'ReadWriteMany'],'storageClassName':'nfs-ebs','resources':{'requests':{'storage':'" size   \
    "'}}}}"

static void growing_changes_nothing_but_the_size_and_never_shrinks(void **state)
{
    static const struct {
        const char *observed;
        const char *grown;
    } rows[] = {
        {THERE("9Gi"), GROWN("10Gi")},
        {THERE("10240Mi"), GROWN("10Gi")},
        {THERE("12Gi"), GROWN("12Gi")},
    };
    json_auto_t *labels = parse("{'ours':'y'}");
    json_auto_t *desired = claim_make(&wanted, "n", "c", labels);
    json_auto_t *before = json_deep_copy(desired);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *observed = parse(rows[i].observed);
        json_auto_t *grown = claim_grow(desired, observed);
        json_auto_t *expected = parse(rows[i].grown);
        print_message("# row %zu\n", i);
        assert_true(json_equal(grown, expected));
        assert_true(json_equal(desired, before));
    }
}

/* A size that the class would not let it grow to is no matter then. */
static void labelling_changes_nothing_but_labels(void **state)
{
    static const struct {
        const char *observed;
        const char *labelled;
    } rows[] = {
        {THERE("9Gi"), GROWN("9Gi")},
        {THERE("12Gi"), GROWN("12Gi")},
        {"{'metadata':{'uid':'u'},'spec':{'accessModes':['ReadWriteOnce']}}",
         "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':'c',"
         "'namespace':'n','uid':'u','labels':{'ours':'y'}},'spec':{'accessModes':"
         "['ReadWriteOnce'],'resources':{'requests':{}}}}"},
    };
    json_auto_t *labels = parse("{'ours':'y'}");
    json_auto_t *desired = claim_make(&wanted, "n", "c", labels);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *observed = parse(rows[i].observed);
        json_auto_t *labelled = claim_label(desired, observed);
        json_auto_t *expected = parse(rows[i].labelled);
        print_message("# row %zu\n", i);
        assert_true(json_equal(labelled, expected));
    }
}

static void states_have_different_names(void **state)
{
    (void)state;
    for (int i = 0; i < CLAIM_N_STATES; i++) {
        assert_string_not_equal(claim_state_name((enum claim_state)i), "");
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(claim_state_name((enum claim_state)i),
                                    claim_state_name((enum claim_state)k));
        }
    }
    assert_string_equal(claim_state_name(CLAIM_N_STATES), "");
    assert_true(claim_state_is_trouble(CLAIM_LOST));
    assert_false(claim_state_is_trouble(CLAIM_ABSENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_that_is_not_there_is_absent),
        cmocka_unit_test(a_bound_claim_that_offers_what_is_wanted_is_right),
        cmocka_unit_test(what_no_claim_can_change_is_told),
        cmocka_unit_test(a_claim_that_is_too_small_grows_where_its_class_allows_it),
        cmocka_unit_test(a_size_that_cannot_be_read_is_told),
        cmocka_unit_test(a_claim_that_is_being_deleted_is_nothing_else),
        cmocka_unit_test(a_lost_claim_says_which_volume_is_gone),
        cmocka_unit_test(a_claim_without_a_volume_is_told_after_a_while),
        cmocka_unit_test(until_then_it_is_right_and_says_when_to_look_again),
        cmocka_unit_test(a_claim_is_made_of_exactly_what_is_asked_for),
        cmocka_unit_test(growing_changes_nothing_but_the_size_and_never_shrinks),
        cmocka_unit_test(labelling_changes_nothing_but_labels),
        cmocka_unit_test(states_have_different_names),
    };

    return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
