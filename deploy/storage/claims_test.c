/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claims.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "policies/load.h"
#include "tests/test.h"

#define POLICY(name, match, volumes)                                                   \
    "---\napiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: " name "}\n" \
    "spec:\n  match: {" match "}\n  volumes:\n" volumes
#define CLAIM(volume, claim, create) \
    "  - {name: " volume ", mountPath: /" volume ", persistent: {claimName: " claim "" create "}}\n"
#define CREATE(class_, size) ", create: {storageClassName: " class_ ", size: " size "}"
#define TRANSIENT            "  - {name: t, mountPath: /t, transient: {storageClassName: s, size: 1Gi}}\n"
#define SERVER                                                                              \
    "---\napiVersion: hawser.dev/v1\nkind: NFSProvisioner\nmetadata: {name: ebs}\n"         \
    "spec:\n  namespace: servers\n  backing: {claim: {storageClassName: gp3, size: 1Gi}}\n" \
    "  storageClass: {name: nfs-ebs}\n"

static struct policy_set *load(const char *text)
{
    struct err err = {0};
    struct policy_set *set = policy_load_text("p.yaml", text, strlen(text), &err);

    assert_string_equal(err.msg, "");
    return set;
}

/* Namespaces called as @names says, parted by spaces; one that starts with '-' is going. */
static json_t *make_namespaces(const char *names)
{
    json_t *made = json_array();
    char *copy = strdup(names);
    char *rest = copy;
    char *name;

    assert_non_null(copy);
    while ((name = strsep(&rest, " ")) != NULL) {
        json_t *object = json_pack("{s:{s:s}}", "metadata", "name", name + (name[0] == '-'));
        if (name[0] == '-') {
            json_object_set_new(json_object_get(object, "metadata"), "deletionTimestamp",
                                json_string("2024-05-01T12:00:00Z"));
        }
        assert_int_equal(json_array_append_new(made, object), 0);
    }
    free(copy);
    return made;
}

static void find_in(const struct policy_set *set, const json_t *namespaces, struct claims *out)
{
    const size_t n = json_array_size(namespaces);
    CLEANUP(free) json_t **objects = calloc(n + 1, sizeof(json_t *));
    struct err err = {0};

    assert_non_null(objects);
    for (size_t i = 0; i < n; i++) {
        objects[i] = json_array_get(namespaces, i);
    }
    assert_int_equal(claims_find(set, objects, n, "home", out, &err), 0);
    assert_string_equal(err.msg, "");
}

static void find(const struct policy_set *set, const char *names, struct claims *out)
{
    json_auto_t *namespaces = make_namespaces(names);

    find_in(set, namespaces, out);
}

/* "namespace/name policy class size; ..." */
static void assert_items(const struct claims *claims, const char *expected)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(65536);

    for (size_t i = 0; i < claims->items.n; i++) {
        const struct claims_item *item = &claims->items.items[i];
        buf_printf(&text, "%s%s/%s %s %s %s", i > 0 ? "; " : "", item->namespace_, item->name,
                   item->policy, item->claim->storage_class_name, item->claim->size);
    }
    assert_string_equal(buf_text(&text), expected);
    assert_int_equal(claims->n_left_out, 0);
}

static void each_matching_namespace_gets_the_claims_that_policies_make(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(
        POLICY("b", "namespaces: ['team-*']",
               CLAIM("z", "z", CREATE("s", "1Gi")) CLAIM("v", "v", CREATE("s", "2Gi")) TRANSIENT)
            POLICY("a", "excludeNamespaces: [team-b]", CLAIM("x", "x", CREATE("s", "3Gi")))
                POLICY("c", "", CLAIM("w", "somebody-elses", "")));
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};

    (void)state;
    find(set, "team-b other team-a", &claims);
    assert_items(&claims, "other/x a s 3Gi; team-a/v b s 2Gi; team-a/x a s 3Gi; team-a/z b s 1Gi; "
                          "team-b/v b s 2Gi; team-b/z b s 1Gi");
    assert_int_equal(claims.conflicts.n, 0);
}

static void kinds_and_labels_of_workflows_do_not_count(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load(POLICY("a", "kinds: [ClusterWorkflowTemplate], selector: {matchLabels: {a: b}}",
                    CLAIM("x", "x", CREATE("s", "3Gi"))));
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};

    (void)state;
    find(set, "n", &claims);
    assert_items(&claims, "n/x a s 3Gi");
}

static void where_nobody_is_asked_about_workflows_there_is_no_claim(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(POLICY("a", "", CLAIM("x", "x", CREATE("s", "1Gi"))) SERVER);
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};

    (void)state;
    find(set, "kube-system kube-public kube-node-lease home servers default", &claims);
    assert_items(&claims, "default/x a s 1Gi");
}

static void a_namespace_that_is_being_deleted_gets_none_and_is_told(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(POLICY("a", "", CLAIM("x", "x", CREATE("s", "1Gi"))));
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};

    (void)state;
    find(set, "-z b -a", &claims);
    assert_items(&claims, "b/x a s 1Gi");
    assert_int_equal(claims.going.n, 2);
    assert_string_equal(claims.going.items[0], "a");
    assert_string_equal(claims.going.items[1], "z");
}

static void a_claim_that_two_policies_ask_for_alike_is_one(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load(POLICY("b", "",
                    CLAIM("x", "x",
                          ", create: {storageClassName: s, size: 1024Mi, accessModes: "
                          "[ReadWriteOnce, ReadWriteMany]}"))
                 POLICY("a", "",
                        CLAIM("x", "x",
                              ", create: {storageClassName: s, size: 1Gi, accessModes: "
                              "[ReadWriteMany, ReadWriteOnce]}")));
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};

    (void)state;
    find(set, "n", &claims);
    assert_items(&claims, "n/x a s 1Gi");
    assert_int_equal(claims.conflicts.n, 0);
}

static void of_different_wishes_the_first_by_name_counts_and_the_other_is_told(void **state)
{
    static const struct {
        const char *text;
        const char *items;
        const char *conflict;
    } rows[] = {
        {POLICY("b", "", CLAIM("x", "x", CREATE("s", "2Gi")))
             POLICY("a", "", CLAIM("x", "x", CREATE("s", "1Gi"))),
         "m/x a s 1Gi; n/x a s 1Gi",
         "policies 'a' and 'b' ask for the claim 'x' in namespace 'm' and 1 more, with different "
         "size 1Gi and 2Gi: that of 'a' counts"},
        {POLICY("b", "namespaces: ['n']", CLAIM("x", "x", CREATE("t", "1Gi")))
             POLICY("a", "", CLAIM("x", "x", CREATE("s", "1Gi"))),
         "m/x a s 1Gi; n/x a s 1Gi",
         "policies 'a' and 'b' ask for the claim 'x' in namespace 'n', with different "
         "storageClassName 's' and 't': that of 'a' counts"},
        {POLICY("a", "namespaces: [m]", CLAIM("x", "x", CREATE("s", "1Gi")))
             POLICY("b", "",
                    CLAIM("x", "x",
                          ", create: {storageClassName: s, size: 1Gi, accessModes: "
                          "[ReadWriteMany, ReadWriteOnce]}")),
         "m/x a s 1Gi; n/x b s 1Gi",
         "policies 'a' and 'b' ask for the claim 'x' in namespace 'm', with different accessModes: "
         "that of 'a' counts"},
        {POLICY("a", "namespaces: [m]",
                CLAIM("x", "x", CREATE("s", "1Gi")) CLAIM("v", "x", CREATE("s", "2Gi"))),
         "m/x a s 1Gi",
         "policy 'a' asks twice for the claim 'x' in namespace 'm', with different size 1Gi and "
         "2Gi: the first counts"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(policy_set_unref) struct policy_set *set = load(rows[i].text);
        CLEANUP(claims_clear) struct claims claims = {.arena = NULL};
        print_message("# row %zu\n", i);
        find(set, "n m", &claims);
        assert_items(&claims, rows[i].items);
        assert_int_equal(claims.conflicts.n, 1);
        assert_string_equal(claims.conflicts.items[0].text, rows[i].conflict);
    }
}

static void each_policy_that_does_not_count_is_told_once(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load(POLICY("a", "namespaces: [m]", CLAIM("x", "x", CREATE("s", "1Gi")))
                 POLICY("b", "", CLAIM("x", "x", CREATE("s", "2Gi")))
                     POLICY("c", "", CLAIM("x", "x", CREATE("s", "3Gi"))));
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};
    const struct claims_conflict *conflicts;

    (void)state;
    find(set, "m n o", &claims);
    assert_items(&claims, "m/x a s 1Gi; n/x b s 2Gi; o/x b s 2Gi");
    assert_int_equal(claims.conflicts.n, 2);
    conflicts = claims.conflicts.items;
    assert_string_equal(conflicts[0].winner, "a");
    assert_string_equal(conflicts[0].loser, "b");
    assert_int_equal(conflicts[0].n_namespaces, 1);
    assert_string_equal(conflicts[1].winner, "a");
    assert_string_equal(conflicts[1].loser, "c");
    assert_string_equal(conflicts[1].namespace_, "m");
    assert_int_equal(conflicts[1].n_namespaces, 3);
}

static void without_policies_or_namespaces_there_are_no_claims(void **state)
{
    CLEANUP(policy_set_unref) struct policy_set *servers = load(SERVER);
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(POLICY("a", "", CLAIM("x", "x", CREATE("s", "1Gi"))));
    CLEANUP(claims_clear) struct claims nobody = {.arena = NULL};
    CLEANUP(claims_clear) struct claims nowhere = {.arena = NULL};
    struct err err = {0};

    (void)state;
    find(servers, "n", &nobody);
    assert_items(&nobody, "");
    assert_null(claims_get(&nobody, "n", "x"));
    assert_int_equal(claims_find(set, NULL, 0, "home", &nowhere, &err), 0);
    assert_items(&nowhere, "");
}

static void a_claim_is_found_by_its_name(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(
        POLICY("a", "", CLAIM("x", "x", CREATE("s", "1Gi")) CLAIM("v", "v", CREATE("s", "2Gi"))));
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};
    const struct claims_item *item;

    (void)state;
    find(set, "a b c", &claims);
    item = claims_get(&claims, "b", "v");
    assert_non_null(item);
    assert_string_equal(item->namespace_, "b");
    assert_string_equal(item->claim->size, "2Gi");
    assert_null(claims_get(&claims, "b", "z"));
    assert_null(claims_get(&claims, "d", "x"));
}

static void a_claim_says_who_keeps_it_and_for_which_policy(void **state)
{
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(POLICY("a", "", CLAIM("x", "data", CREATE("s", "1Gi"))));
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};
    json_auto_t *made = NULL;
    json_auto_t *expected =
        json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s, s:s, s:s, s:s}}, s:{s:[s], s:s, s:{s:{s:s}}}}",
                  "apiVersion", "v1", "kind", "PersistentVolumeClaim", "metadata", "name", "data",
                  "namespace", "n", "labels", "app.kubernetes.io/managed-by", "hawser-controller",
                  "app.kubernetes.io/part-of", "hawser", "hawser.dev/home", "home",
                  "hawser.dev/policy", "a", "spec", "accessModes", "ReadWriteMany",
                  "storageClassName", "s", "resources", "requests", "storage", "1Gi");

    (void)state;
    find(set, "n", &claims);
    made = claims_make(&claims.items.items[0], "home");
    assert_true(json_equal(made, expected));
}

/* @n policies, each with a claim of its own. */
static struct policy_set *load_many(size_t n, const char *match)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(POLICY_FILE_BYTES_MAX);

    for (size_t i = 0; i < n; i++) {
        buf_printf(&text, POLICY("p%03zu", "%s", CLAIM("x", "c%zu", CREATE("s", "1Gi"))), i, match,
                   i);
    }
    assert_false(buf_failed(&text));
    return load(buf_text(&text));
}

static json_t *make_many_namespaces(size_t n)
{
    json_t *made = json_array();

    for (size_t i = n; i > 0; i--) {
        char name[32];
        (void)snprintf(name, sizeof(name), "namespace-%05zu", i - 1);
        assert_int_equal(
            json_array_append_new(made, json_pack("{s:{s:s}}", "metadata", "name", name)), 0);
    }
    return made;
}

static void what_is_beyond_the_most_is_left_out_and_counted(void **state)
{
    CLEANUP(policy_set_unref) struct policy_set *set = load_many(3, "");
    json_auto_t *namespaces = make_many_namespaces(CLAIMS_MAX / 2);
    CLEANUP(claims_clear) struct claims claims = {.arena = NULL};
    const struct claims_item *last;

    (void)state;
    find_in(set, namespaces, &claims);
    assert_int_equal(claims.items.n, CLAIMS_MAX);
    assert_int_equal(claims.n_left_out, CLAIMS_MAX / 2);
    last = &claims.items.items[CLAIMS_MAX - 1];
    assert_string_equal(last->namespace_, "namespace-03333");
    assert_string_equal(last->name, "c0");
}

/* Shapes of what a large cluster has. The time is told, and not judged: machines differ. */
static void a_large_cluster_is_looked_through_whole(void **state)
{
    static const struct {
        size_t n_policies;
        size_t n_namespaces;
        const char *match;
        size_t n_wanted;
    } rows[] = {
        {20, 10000, "namespaces: ['team-*', '*-0001?'], excludeNamespaces: ['kube-*']", 200},
        {20, 10000, "excludeNamespaces: ['kube-*', 'hawser-*']", 200000},
        {256, 500, "excludeNamespaces: ['kube-*', 'hawser-*']", 128000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(policy_set_unref)
        struct policy_set *set = load_many(rows[i].n_policies, rows[i].match);
        json_auto_t *namespaces = make_many_namespaces(rows[i].n_namespaces);
        CLEANUP(claims_clear) struct claims claims = {.arena = NULL};
        const uint64_t start_us = clock_monotonic_us();
        find_in(set, namespaces, &claims);
        print_message("# %zu policies, %zu namespaces: %llu us\n", rows[i].n_policies,
                      rows[i].n_namespaces, (unsigned long long)(clock_monotonic_us() - start_us));
        assert_int_equal(claims.items.n + claims.n_left_out, rows[i].n_wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_matching_namespace_gets_the_claims_that_policies_make),
        cmocka_unit_test(kinds_and_labels_of_workflows_do_not_count),
        cmocka_unit_test(where_nobody_is_asked_about_workflows_there_is_no_claim),
        cmocka_unit_test(a_namespace_that_is_being_deleted_gets_none_and_is_told),
        cmocka_unit_test(a_claim_that_two_policies_ask_for_alike_is_one),
        cmocka_unit_test(of_different_wishes_the_first_by_name_counts_and_the_other_is_told),
        cmocka_unit_test(each_policy_that_does_not_count_is_told_once),
        cmocka_unit_test(without_policies_or_namespaces_there_are_no_claims),
        cmocka_unit_test(a_claim_is_found_by_its_name),
        cmocka_unit_test(a_claim_says_who_keeps_it_and_for_which_policy),
        cmocka_unit_test(what_is_beyond_the_most_is_left_out_and_counted),
        cmocka_unit_test(a_large_cluster_is_looked_through_whole),
    };

    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
