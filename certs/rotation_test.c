/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/rotation.h"

#include "certs/issue.h"
#include "certs/rotation_test.h"

#define NOW CERTS_TEST_NOW_S
#define DAY CERTS_TEST_DAY_S

/* When two thirds of 90 days and of ten years are over. */
#define LEAF_DUE      (NOW + 60 * DAY)
#define AUTHORITY_DUE (NOW + 3650 * DAY - 3650 * DAY / 3)

static const struct rotation_terms *const terms = &rotation_test_terms;

static void begin(struct rotation_want *is)
{
    const struct rotation_plan plan = rotation_test_step(is, terms, false, NOW);

    assert_int_equal(plan.authority, ROTATION_REPLACE);
    assert_int_equal(plan.leaf, ROTATION_REPLACE);
    assert_true(rotation_trusts(is->bundle, is->authority));
}

static bool serves(const struct rotation_want *is, long long now_s)
{
    return rotation_test_accepts(is->bundle, is->leaf, is->leaf_key, now_s);
}

/* That nothing more changes, after at most @rounds that do, and then text by text. */
static void converge(struct rotation_want *is, bool is_settled, long long now_s, int rounds)
{
    struct rotation_plan plan = rotation_test_step(is, terms, is_settled, now_s);

    for (int i = 0; i < rounds && rotation_is_due(&plan); i++) {
        plan = rotation_test_step(is, terms, is_settled, now_s);
    }
    assert_false(rotation_is_due(&plan));
    assert_true(plan.next_s > now_s);
    assert_true(serves(is, now_s));
}

static void what_does_not_exist_is_made(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    const struct rotation_plan plan = rotation_test_plan(&is, terms, true, NOW);

    (void)state;
    assert_string_equal(plan.authority_reason, "there is no authority");
    assert_string_equal(plan.leaf_reason, "there is no leaf");
    assert_true(plan.changes_bundle);
    assert_int_equal(plan.next_s, NOW);
    rotation_test_make(&is, terms, &plan, NOW);
    assert_true(serves(&is, NOW));
    assert_string_equal(is.old, "");
    assert_string_equal(is.old_leaves, "");
    assert_string_equal(is.bundle, is.authority);
    converge(&is, false, NOW, 0);
}

static void what_stays_is_the_same_byte_for_byte(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(rotation_clear) struct rotation_want before = {0};
    struct rotation_have have;
    struct rotation_plan plan;
    struct err err = {0};

    (void)state;
    begin(&is);
    plan = rotation_test_plan(&is, terms, true, NOW + DAY);
    assert_false(rotation_is_due(&plan));
    have = rotation_test_have(&is);
    assert_int_equal(rotation_make(&have, terms, &plan, NOW + DAY, &before, &err), 0);
    assert_string_equal(is.authority, before.authority);
    assert_string_equal(is.authority_key, before.authority_key);
    assert_string_equal(is.old, before.old);
    assert_string_equal(is.old_leaves, before.old_leaves);
    assert_string_equal(is.leaf, before.leaf);
    assert_string_equal(is.leaf_key, before.leaf_key);
    assert_string_equal(is.bundle, before.bundle);
}

static void a_leaf_is_renewed_at_two_thirds_of_its_life(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    struct rotation_plan plan;

    (void)state;
    begin(&is);
    plan = rotation_test_plan(&is, terms, true, LEAF_DUE - 1);
    assert_false(rotation_is_due(&plan));
    assert_int_equal(plan.next_s, LEAF_DUE);
    plan = rotation_test_step(&is, terms, false, LEAF_DUE); /* trusted wherever the last one was */
    assert_int_equal(plan.authority, ROTATION_KEEP);
    assert_int_equal(plan.leaf, ROTATION_RENEW);
    assert_string_equal(
        plan.leaf_reason,
        "the leaf expires at 2027-04-15T08:00:00Z, two thirds of its life are over");
    assert_false(plan.changes_bundle);
    assert_string_equal(is.bundle, is.authority);
    plan = rotation_test_plan(&is, terms, false, LEAF_DUE);
    assert_int_equal(plan.next_s, LEAF_DUE + 60 * DAY);
}

/* What exists when the authority is about to be due, and its leaf is young. */
static void begin_before_renewal(struct rotation_want *is, struct rotation_want *before)
{
    struct rotation_plan plan;

    begin(is);
    plan = rotation_test_step(is, terms, true, AUTHORITY_DUE - 10 * DAY);
    assert_int_equal(plan.leaf, ROTATION_REPLACE); /* that of the first days is over */
    plan = rotation_test_plan(is, terms, true, AUTHORITY_DUE - 10 * DAY);
    assert_int_equal(plan.next_s, AUTHORITY_DUE);
    rotation_test_set(&before->authority, is->authority);
    rotation_test_set(&before->leaf, is->leaf);
    rotation_test_set(&before->leaf_key, is->leaf_key);
    assert(before->authority != NULL && before->leaf != NULL && before->leaf_key != NULL);
}

/* Until then the last leaf of the old authority is valid. */
#define OLD_UNTIL (AUTHORITY_DUE + 80 * DAY)

static void a_new_authority_is_trusted_beside_the_old_one_and_issues_nothing_yet(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(rotation_clear) struct rotation_want before = {0};
    struct rotation_plan plan;

    (void)state;
    begin_before_renewal(&is, &before);
    plan = rotation_test_step(&is, terms, true, AUTHORITY_DUE);
    assert_int_equal(plan.authority, ROTATION_RENEW);
    assert_int_equal(plan.leaf, ROTATION_KEEP);
    assert_string_equal(
        plan.authority_reason,
        "the authority expires at 2037-01-12T08:00:00Z, two thirds of its life are over");
    assert_true(plan.changes_bundle);
    assert_false(plan.forgets_old);
    assert_string_equal(is.leaf, before.leaf);
    assert_string_equal(is.old, before.authority);
    assert_string_equal(is.old_leaves, before.leaf);
    assert_true(rotation_trusts(is.bundle, is.authority));
    assert_true(rotation_trusts(is.bundle, before.authority));
    assert_false(rotation_trusts(before.authority, is.authority));
    plan = rotation_test_step(&is, terms, false, AUTHORITY_DUE + 600);
    assert_false(rotation_is_due(&plan));
    assert_true(plan.is_waiting);
    assert_int_equal(plan.next_s, OLD_UNTIL + 1);
}

/* The steps after that, with clients that trust the bundle of the step before. */
static void a_new_authority_that_is_trusted_issues_and_the_old_one_goes_last(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(rotation_clear) struct rotation_want before = {0};
    const long long now_s = AUTHORITY_DUE + 600;
    struct rotation_plan plan;

    (void)state;
    begin_before_renewal(&is, &before);
    (void)rotation_test_step(&is, terms, true, AUTHORITY_DUE);
    rotation_test_set(&before.bundle, is.bundle);
    plan = rotation_test_step(&is, terms, true, now_s);
    assert_int_equal(plan.leaf, ROTATION_RENEW);
    assert_string_equal(plan.leaf_reason, "the present authority did not issue the leaf");
    assert_false(plan.changes_bundle);
    assert_string_equal(is.bundle, before.bundle);
    assert_true(rotation_test_accepts(is.bundle, before.leaf, before.leaf_key, now_s));
    assert_true(rotation_test_accepts(is.authority, is.leaf, is.leaf_key, now_s));
    (void)rotation_test_step(&is, terms, true, OLD_UNTIL); /* the new leaf's turn */
    assert_true(rotation_trusts(is.bundle, before.authority));
    plan = rotation_test_step(&is, terms, true, OLD_UNTIL);
    assert_int_equal(plan.next_s, OLD_UNTIL + 1);
    plan = rotation_test_step(&is, terms, true, OLD_UNTIL + 1);
    assert_int_equal(plan.leaf, ROTATION_KEEP);
    assert_true(plan.forgets_old);
    assert_true(plan.changes_bundle);
    assert_string_equal(is.bundle, is.authority);
    assert_string_equal(is.old_leaves, "");
}

/* A controller that was down for years finds both due. */
static void a_leaf_that_is_due_with_its_authority_is_renewed_before_the_key_is_gone(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(free) char *old_authority = NULL;
    struct rotation_plan plan;

    (void)state;
    begin(&is);
    rotation_test_set(&old_authority, is.authority);
    plan = rotation_test_step(&is, terms, true, AUTHORITY_DUE);
    assert_int_equal(plan.authority, ROTATION_RENEW);
    assert_int_equal(plan.leaf, ROTATION_REPLACE);
    assert_true(rotation_test_accepts(old_authority, is.leaf, is.leaf_key, AUTHORITY_DUE));
    assert_true(serves(&is, AUTHORITY_DUE));
    converge(&is, false, AUTHORITY_DUE, 0);
    converge(&is, true, AUTHORITY_DUE, 1);
}

/* Which texts are lost, what must still be true of clients that trust the bundle of before. */
static void a_lost_authority_is_replaced_and_its_leaf_goes_on_to_be_trusted(void **state)
{
    static const struct {
        bool has_certificate;
        bool has_key;
        bool has_bundle;
        const char *reason;
    } rows[] = {
        {false, false, true, "there is no authority"},
        {false, true, true, "there is no authority"},
        {true, false, true, "there is no authority's key"},
        {true, false, false, "there is no authority's key"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(rotation_clear) struct rotation_want is = {0};
        CLEANUP(free) char *trusted = NULL;
        struct rotation_plan plan;
        begin(&is);
        rotation_test_set(&trusted, is.bundle);
        rotation_test_set(&is.authority, rows[i].has_certificate ? trusted : NULL);
        if (!rows[i].has_key) {
            rotation_test_set(&is.authority_key, NULL);
        }
        if (!rows[i].has_bundle) {
            rotation_test_set(&is.bundle, NULL);
        }
        plan = rotation_test_step(&is, terms, true, NOW);
        assert_int_equal(plan.authority, ROTATION_REPLACE);
        assert_string_equal(plan.authority_reason, rows[i].reason);
        assert_int_equal(plan.leaf, ROTATION_KEEP);
        assert_true(plan.is_waiting);
        assert_string_equal(is.old, trusted);
        assert_string_equal(is.old_leaves, is.leaf);
        assert_true(serves(&is, NOW));
        assert_true(rotation_test_accepts(trusted, is.leaf, is.leaf_key, NOW));
        converge(&is, false, NOW, 0);
        converge(&is, true, NOW, 1);
        assert_true(rotation_trusts(is.bundle, trusted));
    }
}

/* While the leaf waits for the next authority. */
static void an_emptied_bundle_is_filled_again(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(free) char *bundle = NULL;
    struct rotation_plan plan;

    (void)state;
    begin(&is);
    rotation_test_set(&is.authority_key, NULL);
    (void)rotation_test_step(&is, terms, false, NOW);
    rotation_test_set(&bundle, is.bundle);
    rotation_test_set(&is.bundle, "");
    plan = rotation_test_step(&is, terms, false, NOW);
    assert_int_equal(plan.authority, ROTATION_KEEP);
    assert_int_equal(plan.leaf, ROTATION_KEEP);
    assert_true(plan.changes_bundle);
    assert_string_equal(is.bundle, bundle);
    assert_int_equal(rotation_test_count(is.bundle), 2);
}

/* It has the same key, so it trusts all leaves of the one before, which need not stay for them. */
static void an_authority_that_was_only_prolonged_stands_in_for_itself(void **state)
{
    const struct certs_test_options options = {
        .common_name = "theirs", .constraints = "CA:TRUE", .identifiers = true};
    struct certs_test_options longer = options;
    CLEANUP(certs_test_free) struct certs_test *first = certs_test_new(&options);
    CLEANUP(certs_test_free) struct certs_test *second = NULL;
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    struct rotation_plan plan;

    (void)state;
    longer.same_key = first;
    longer.until_s = NOW + 100 * DAY;
    second = certs_test_new(&longer);
    rotation_test_set(&is.authority, first->pem);
    rotation_test_set(&is.authority_key, first->key_pem);
    (void)rotation_test_step(&is, terms, false, NOW);
    rotation_test_set(&is.authority, second->pem);
    plan = rotation_test_step(&is, terms, false, NOW);
    assert_int_equal(plan.authority, ROTATION_KEEP);
    assert_int_equal(plan.leaf, ROTATION_KEEP);
    assert_string_equal(is.bundle, second->pem);
    assert_true(serves(&is, NOW));
}

static void a_leaf_that_does_not_serve_is_replaced_at_once(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want other = {0};
    static const char garbage[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    enum { KEY_OF_OTHER, PAIR_OF_OTHER, NO_KEY, GARBAGE, TRUNCATED, CA, N };
    static const char *const reasons[N] = {
        [KEY_OF_OTHER] =
            "the leaf does not serve: the key is not the one of the first certificate, 'CN=hawser'",
        [PAIR_OF_OTHER] = "the leaf does not serve: no authority is known that issued it",
        [NO_KEY] = "there is no leaf's key",
        [GARBAGE] = "the leaf does not serve: certificates: line 1: the certificate cannot be "
                    "decoded: ",
        [TRUNCATED] = "the leaf does not serve: certificates: line 1: the block has no end, "
                      "expected '-----END CERTIFICATE-----'",
        [CA] = "the leaf does not serve: the key is not the one of the first certificate, "
               "'CN=hawser CA ",
    };

    (void)state;
    begin(&other);
    for (int i = 0; i < N; i++) {
        CLEANUP(rotation_clear) struct rotation_want is = {0};
        CLEANUP(free) char *trusted = NULL;
        struct rotation_plan plan;
        begin(&is);
        rotation_test_set(&trusted, is.bundle);
        if (i == KEY_OF_OTHER || i == PAIR_OF_OTHER) {
            rotation_test_set(&is.leaf_key, other.leaf_key);
        }
        if (i == PAIR_OF_OTHER) {
            rotation_test_set(&is.leaf, other.leaf);
        } else if (i == NO_KEY) {
            rotation_test_set(&is.leaf_key, NULL);
        } else if (i == GARBAGE) {
            rotation_test_set(&is.leaf, garbage);
        } else if (i == TRUNCATED) {
            is.leaf[200] = '\0';
        } else if (i == CA) {
            rotation_test_set(&is.leaf, is.authority);
        }
        plan = rotation_test_step(&is, terms, false, NOW + 60);
        assert_int_equal(plan.authority, ROTATION_KEEP);
        assert_int_equal(plan.leaf, ROTATION_REPLACE);
        assert_false(plan.is_waiting);
        assert_memory_equal(plan.leaf_reason, reasons[i], strlen(reasons[i]));
        assert_true(rotation_test_accepts(trusted, is.leaf, is.leaf_key, NOW + 60));
        converge(&is, false, NOW + 60, 0);
    }
}

static void a_name_that_is_missing_makes_a_new_leaf(void **state)
{
    static const char *const more[] = {"hawser.hawser.svc", "hawser.hawser.svc.cluster.local",
                                       "hawser.example.com"};
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    struct rotation_terms wider = *terms;
    struct rotation_plan plan;

    (void)state;
    wider.names = more;
    wider.n_names = 3;
    begin(&is);
    plan = rotation_test_plan(&is, &wider, false, NOW);
    assert_int_equal(plan.leaf, ROTATION_RENEW);
    assert_string_equal(plan.leaf_reason,
                        "the certificate is not for 'hawser.example.com', its subjectAltNames are "
                        "'hawser.hawser.svc', 'hawser.hawser.svc.cluster.local'");
    wider.names = &more[2];
    wider.n_names = 1;
    plan = rotation_test_plan(&is, &wider, false, NOW);
    assert_int_equal(plan.leaf, ROTATION_REPLACE);
    assert_string_equal(plan.leaf_reason, "the leaf does not serve: it has none of its names, "
                                          "expected 'hawser.example.com'");
    wider.names = more;
    wider.n_names = 3;
    plan = rotation_test_step(&is, &wider, false, NOW);
    plan = rotation_test_plan(&is, &wider, false, NOW);
    assert_false(rotation_is_due(&plan));

    rotation_test_set(&is.authority_key, NULL); /* by the next one, but not before it has settled */
    (void)rotation_test_step(&is, terms, false, NOW);
    wider.names = &rotation_test_names[0];
    wider.n_names = 1;
    plan = rotation_test_plan(&is, &wider, false, NOW);
    assert_false(rotation_is_due(&plan));
    assert_true(plan.is_waiting);
}

static void a_clock_that_jumps_makes_everything_new_and_no_loop(void **state)
{
    static const long long jumps_s[] = {7300 * DAY, -3601,     -400 * DAY,  30000 * DAY,
                                        -DAY,       91 * DAY,  -7200 * DAY, 2 * DAY,
                                        -3 * DAY,   3650 * DAY};
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    long long now_s = NOW;

    (void)state;
    begin(&is);
    for (size_t i = 0; i < sizeof(jumps_s) / sizeof(jumps_s[0]); i++) {
        now_s += jumps_s[i];
        converge(&is, false, now_s, 1);
        converge(&is, true, now_s, 3);
        assert_true(rotation_test_count(is.bundle) <= 3);
    }
    now_s = NOW;
    converge(&is, true, now_s, 3);
    assert_int_equal(rotation_test_count(is.bundle), 1); /* those of the future are forgotten */
}

/* By a controller before, whose clock was an hour ahead of ours, and of which clients may be. */
static void what_is_valid_soon_is_still_trusted(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(free) char *ahead = NULL;
    const long long now_s = NOW - ISSUE_BACKDATE_S - 1;
    struct rotation_plan plan;

    (void)state;
    begin(&is);
    rotation_test_set(&ahead, is.authority);
    plan = rotation_test_step(&is, terms, true, now_s);
    assert_string_equal(plan.authority_reason,
                        "the authority cannot issue: the certificate is valid from "
                        "2027-01-15T07:00:00Z, and it is 2027-01-15T06:59:59Z");
    assert_true(rotation_trusts(is.bundle, ahead));
    assert_true(serves(&is, now_s));
}

static void short_lives_do_not_loop(void **state)
{
    static const long long lives_s[] = {1, 2, 60, 3600};

    (void)state;
    for (size_t i = 0; i < sizeof(lives_s) / sizeof(lives_s[0]); i++) {
        CLEANUP(rotation_clear) struct rotation_want is = {0};
        struct rotation_terms brief = *terms;
        struct rotation_plan plan;
        brief.leaf_s = lives_s[i];
        brief.authority_s = 2 * lives_s[i];
        for (long long now_s = NOW; now_s < NOW + 4 * lives_s[i]; now_s += lives_s[i] / 7 + 1) {
            for (int round = 0; round < 3; round++) {
                (void)rotation_test_step(&is, &brief, true, now_s);
            }
            plan = rotation_test_plan(&is, &brief, true, now_s);
            assert_false(rotation_is_due(&plan));
            assert_true(plan.next_s > now_s);
            assert_true(serves(&is, now_s));
        }
    }
}

/* Forced each day, which a caller does so. */
static void of_many_old_authorities_the_last_ones_stay(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    char *made[12] = {0};
    const size_t n = sizeof(made) / sizeof(made[0]);

    (void)state;
    begin(&is);
    for (size_t i = 0; i < n; i++) {
        const long long now_s = NOW + (long long)i * DAY;
        struct rotation_plan plan;
        rotation_test_set(&made[i], is.authority);
        plan = rotation_test_plan(&is, terms, true, now_s);
        plan.authority = ROTATION_RENEW;
        rotation_test_make(&is, terms, &plan, now_s);
        assert_true(serves(&is, now_s));
        assert_true(rotation_trusts(is.old, made[i]));
        converge(&is, true, now_s, 1);
    }
    assert_int_equal(rotation_test_count(is.old), ROTATION_OLD_MAX);
    assert_int_equal(rotation_test_count(is.old_leaves), ROTATION_OLD_MAX);
    assert_int_equal(rotation_test_count(is.bundle), 1 + ROTATION_OLD_MAX);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rotation_trusts(is.bundle, made[i]), i >= n - ROTATION_OLD_MAX);
        free(made[i]);
    }
}

/* Authorities that never settle issue nothing: the one of the leaf that waits is not lost. */
static void authorities_that_issued_nothing_are_not_kept(void **state)
{
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(free) char *first = NULL;

    (void)state;
    begin(&is);
    rotation_test_set(&first, is.authority);
    for (int i = 0; i < 2 * ROTATION_OLD_MAX; i++) {
        rotation_test_set(&is.authority_key, NULL);
        (void)rotation_test_step(&is, terms, false, NOW + i);
        assert_true(rotation_trusts(is.bundle, first));
        assert_true(serves(&is, NOW + i));
        assert_int_equal(rotation_test_count(is.bundle), 2);
    }
}

static void a_damaged_or_a_stray_certificate_takes_no_other_with_it(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *stray = certs_test_ca("stray");
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    CLEANUP(free) char *text = NULL;
    CLEANUP(free) char *bundle = NULL;
    struct rotation_plan plan;

    (void)state;
    begin(&is);
    rotation_test_set(&is.authority_key, "");
    (void)rotation_test_step(&is, terms, false, NOW);
    rotation_test_set(&bundle, is.bundle);
    assert_true(asprintf(&text, "%s-----BEGIN CERTIFICATE-----\nMA\n%s%s%s", stray->pem,
                         "-----END CERTIFICATE-----\n", stray->key_pem, is.old) > 0);
    rotation_test_set(&is.old, text);
    rotation_test_set(&is.bundle, text);
    plan = rotation_test_step(&is, terms, false, NOW);
    assert_true(plan.forgets_old);
    assert_int_equal(plan.authority, ROTATION_KEEP);
    assert_int_equal(plan.leaf, ROTATION_KEEP);
    assert_string_equal(is.bundle, bundle);
    assert_null(strstr(is.old, "PRIVATE KEY")); /* "KEY" may stand in base64 */
}

static void an_authority_from_elsewhere_issues_if_it_can_for_each_client(void **state)
{
    CLEANUP(certs_test_free)
    struct certs_test *good = certs_test_new(&(struct certs_test_options){.common_name = "theirs",
                                                                          .constraints = "CA:TRUE",
                                                                          .identifiers = true,
                                                                          .key_type = "RSA-2048"});
    CLEANUP(certs_test_free)
    struct certs_test *bound = certs_test_new(
        &(struct certs_test_options){.common_name = "bound",
                                     .constraints = "CA:TRUE",
                                     .identifiers = true,
                                     .name_constraints = "permitted;DNS:example.com"});
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    struct rotation_plan plan;

    (void)state;
    rotation_test_set(&is.authority, good->pem);
    rotation_test_set(&is.authority_key, good->key_pem);
    plan = rotation_test_step(&is, terms, false, NOW);
    assert_int_equal(plan.authority, ROTATION_KEEP);
    assert_string_equal(is.authority, good->pem);
    assert_true(rotation_test_accepts(good->pem, is.leaf, is.leaf_key, NOW));
    rotation_test_set(&is.authority, bound->pem);
    rotation_test_set(&is.authority_key, bound->key_pem);
    plan = rotation_test_step(&is, terms, true, NOW);
    assert_string_equal(plan.authority_reason,
                        "the authority cannot issue: the CA is bound by constraints, expected one "
                        "that can issue for each name");
    assert_true(rotation_trusts(is.bundle, good->pem));
    converge(&is, true, NOW, 1);
}

static void terms_that_cannot_be_met_are_refused(void **state)
{
    static const char *const bad[] = {"*.hawser.svc", "10.0.0.1", ""};
    static const char c45[] = "ccccccccccccccccccccccccccccccccccccccccccccc";
    static const struct {
        const char *common_name;
        const char *const *names;
        size_t n_names;
        long long authority_s;
        long long leaf_s;
        long long now_s;
        const char *message;
    } rows[] = {
        {"", rotation_test_names, 1, DAY, DAY, NOW,
         "'' cannot be a common name, expected 1 to 44 printable characters of ASCII"},
        {c45, rotation_test_names, 1, DAY, DAY, NOW,
         "'ccccccccccccccccccccccccccccccccccccccccccccc' cannot be a common name, expected 1 to "
         "44 printable characters of ASCII"},
        {"a\n", rotation_test_names, 1, DAY, DAY, NOW,
         "'a.' cannot be a common name, expected 1 to 44 printable characters of ASCII"},
        {"a", rotation_test_names, 0, DAY, DAY, NOW, "the leaf has 0 names, expected 1 to 64"},
        {"a", rotation_test_names, 65, DAY, DAY, NOW, "the leaf has 65 names, expected 1 to 64"},
        {"a", &bad[0], 1, DAY, DAY, NOW, "'*.hawser.svc' is no DNS name"},
        {"a", &bad[1], 1, DAY, DAY, NOW, "'10.0.0.1' is no DNS name"},
        {"a", &bad[2], 1, DAY, DAY, NOW, "'' is no DNS name"},
        {"a", rotation_test_names, 1, 0, DAY, NOW,
         "the authority cannot be valid for 0 seconds from 1800000000, expected times from 1970 to "
         "9999"},
        {"a", rotation_test_names, 1, DAY, INT64_MAX, NOW,
         "the leaf cannot be valid for 9223372036854775807 seconds from 1800000000, expected times "
         "from 1970 to 9999"},
        {"a", rotation_test_names, 1, DAY, DAY, 0,
         "the authority cannot be valid for 86400 seconds from 0, expected times from 1970 to "
         "9999"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct rotation_have have = {0};
        const struct rotation_terms row = {
            .common_name = rows[i].common_name,
            .names = rows[i].names,
            .n_names = rows[i].n_names,
            .authority_s = rows[i].authority_s,
            .leaf_s = rows[i].leaf_s,
        };
        struct rotation_plan plan = {.next_s = 7};
        struct rotation_want want = {0};
        struct err err = {0};
        assert_int_equal(rotation_plan(&have, &row, true, rows[i].now_s, &plan, &err), -1);
        certs_test_check_err(&err, ERR_INVALID, rows[i].message);
        assert_int_equal(plan.next_s, 7);
        err = (struct err){0};
        plan = (struct rotation_plan){.authority = ROTATION_REPLACE, .leaf = ROTATION_REPLACE};
        assert_int_equal(rotation_make(&have, &row, &plan, rows[i].now_s, &want, &err), -1);
        certs_test_check_err(&err, ERR_INVALID, rows[i].message);
        assert_null(want.leaf);
    }
}

static void the_longest_terms_can_be_met(void **state)
{
    char name[254];
    const char *names[ROTATION_NAMES_MAX];
    const struct rotation_terms widest = {
        .common_name = "cccccccccccccccccccccccccccccccccccccccccccc",
        .names = names,
        .n_names = ROTATION_NAMES_MAX,
        .authority_s = DAY,
        .leaf_s = DAY,
    };
    CLEANUP(rotation_clear) struct rotation_want is = {0};
    struct rotation_plan plan;

    (void)state;
    for (size_t i = 0; i < sizeof(name) - 1; i++) {
        name[i] = i % 64 == 63 ? '.' : 'a';
    }
    name[sizeof(name) - 1] = '\0';
    for (size_t i = 0; i < ROTATION_NAMES_MAX; i++) {
        names[i] = name;
    }
    (void)rotation_test_step(&is, &widest, false, NOW);
    plan = rotation_test_plan(&is, &widest, false, NOW);
    assert_false(rotation_is_due(&plan));
}

static void a_plan_of_other_texts_is_refused(void **state)
{
    const struct rotation_have have = {0};
    const struct rotation_plan plan = {.authority = ROTATION_REPLACE};
    struct rotation_want want = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(rotation_make(&have, terms, &plan, NOW, &want, &err), -1);
    certs_test_check_err(&err, ERR_INVALID,
                         "the plan keeps what cannot be kept, expected one that was made of the "
                         "same texts at the same time");
}

static void a_bundle_trusts_what_is_in_it(void **state)
{
    CLEANUP(certs_test_free) struct certs_test *first = certs_test_ca("first");
    CLEANUP(certs_test_free) struct certs_test *second = certs_test_ca("second");
    CLEANUP(certs_test_free) struct certs_test *same_name = certs_test_ca("second");
    CLEANUP(free) char *both = certs_test_join(first->pem, second->pem);

    (void)state;
    assert_true(rotation_trusts(both, first->pem));
    assert_true(rotation_trusts(both, second->pem));
    assert_true(rotation_trusts(first->pem, both)); /* asks for the first one */
    assert_false(rotation_trusts(both, same_name->pem));
    assert_false(rotation_trusts("", first->pem));
    assert_false(rotation_trusts("\n", first->pem));
    assert_false(rotation_trusts(both, ""));
    assert_false(rotation_trusts(both, "garbage"));
    certs_test_check_queue();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_exist_is_made),
        cmocka_unit_test(what_stays_is_the_same_byte_for_byte),
        cmocka_unit_test(a_leaf_is_renewed_at_two_thirds_of_its_life),
        cmocka_unit_test(a_new_authority_is_trusted_beside_the_old_one_and_issues_nothing_yet),
        cmocka_unit_test(a_new_authority_that_is_trusted_issues_and_the_old_one_goes_last),
        cmocka_unit_test(a_leaf_that_is_due_with_its_authority_is_renewed_before_the_key_is_gone),
        cmocka_unit_test(a_lost_authority_is_replaced_and_its_leaf_goes_on_to_be_trusted),
        cmocka_unit_test(an_emptied_bundle_is_filled_again),
        cmocka_unit_test(an_authority_that_was_only_prolonged_stands_in_for_itself),
        cmocka_unit_test(a_leaf_that_does_not_serve_is_replaced_at_once),
        cmocka_unit_test(a_name_that_is_missing_makes_a_new_leaf),
        cmocka_unit_test(a_clock_that_jumps_makes_everything_new_and_no_loop),
        cmocka_unit_test(what_is_valid_soon_is_still_trusted),
        cmocka_unit_test(short_lives_do_not_loop),
        cmocka_unit_test(of_many_old_authorities_the_last_ones_stay),
        cmocka_unit_test(authorities_that_issued_nothing_are_not_kept),
        cmocka_unit_test(a_damaged_or_a_stray_certificate_takes_no_other_with_it),
        cmocka_unit_test(an_authority_from_elsewhere_issues_if_it_can_for_each_client),
        cmocka_unit_test(terms_that_cannot_be_met_are_refused),
        cmocka_unit_test(the_longest_terms_can_be_met),
        cmocka_unit_test(a_plan_of_other_texts_is_refused),
        cmocka_unit_test(a_bundle_trusts_what_is_in_it),
    };

    return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
