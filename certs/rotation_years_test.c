/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Years of rotations, with everything that goes wrong
 *
 * A controller plans and makes; clients trust the bundle, but each learns of a new one only within
 * SETTLE_S, and pods present a new leaf as late. For a time the registration cannot be written at
 * all, texts are lost or damaged or another's, and the clock jumps. At each moment every client
 * that counts accepts every leaf that is presented, as certs/pair.h and certs/trust.h judge it.
 *
 * Who does not count any more: clients and leaves for which what was lost leaves no way.
 */

#include "certs/rotation_test.h"

#define DAY      CERTS_TEST_DAY_S
#define SETTLE_S 60LL
#define SEEDS    2
#define STEPS    120
#define SEEN_MAX 16
#define KEYS_MAX 512

static const struct rotation_terms terms = {
    .common_name = "hawser",
    .names = rotation_test_names,
    .n_names = 2,
    .authority_s = 30 * DAY,
    .leaf_s = 9 * DAY,
};

/* A bundle that is trusted or a pair that is presented, by some. */
struct seen {
    char *text;
    char *key;
    long long until_s; /* of the stopwatch, when the last one has learned of the next */
};

struct seen_list {
    struct seen items[SEEN_MAX]; /* the present one last */
    size_t n;
};

struct years {
    unsigned int random;
    unsigned int seed;
    int step;
    struct rotation_want is;
    struct rotation_want other; /* another rotation's */
    long long clock_s;
    long long stopwatch_s; /* which never jumps */
    bool is_reachable;     /* the registration */
    bool is_calm;          /* nothing is lost */
    struct seen_list bundles;
    struct seen_list leaves;
    char *keys[KEYS_MAX]; /* of authorities that were replaced */
    size_t n_keys;
    unsigned int n_replaced, n_authorities, n_leaves, n_checks; /* what was gone through */
};

static unsigned int roll(struct years *years, unsigned int n)
{
    return certs_test_random(&years->random) % n;
}

static void forget(struct seen_list *list, size_t at)
{
    free(list->items[at].text);
    free(list->items[at].key);
    list->n--;
    memmove(&list->items[at], &list->items[at + 1], (list->n - at) * sizeof(list->items[0]));
}

static void forget_all(struct seen_list *list)
{
    while (list->n > 0) {
        forget(list, 0);
    }
}

/* From now on some see this one, and others the one before for a while. */
static void show(struct seen_list *list, const char *text, const char *key, long long stopwatch_s)
{
    struct seen *last = list->n > 0 ? &list->items[list->n - 1] : NULL;

    if (last != NULL && strcmp(last->text, text) == 0) {
        return;
    }
    if (last != NULL) {
        last->until_s = stopwatch_s + SETTLE_S;
    }
    assert_true(list->n < SEEN_MAX);
    list->items[list->n] = (struct seen){.until_s = INT64_MAX};
    rotation_test_set(&list->items[list->n].text, text);
    rotation_test_set(&list->items[list->n].key, key);
    list->n++;
}

static void let_pass(struct years *years, long long seconds)
{
    struct seen_list *const lists[] = {&years->bundles, &years->leaves};

    years->clock_s += seconds;
    years->stopwatch_s += seconds;
    for (size_t i = 0; i < 2; i++) {
        while (lists[i]->n > 0 && lists[i]->items[0].until_s < years->stopwatch_s) {
            forget(lists[i], 0);
        }
    }
}

static bool is_settled(const struct years *years)
{
    for (size_t i = 0; i < years->bundles.n; i++) {
        if (years->is.authority == NULL ||
            !rotation_trusts(years->bundles.items[i].text, years->is.authority)) {
            return false;
        }
    }
    return years->bundles.n > 0;
}

static bool is_over(const struct seen *leaf, long long now_s)
{
    CLEANUP(pair_free) struct pair *pair = certs_test_pair(leaf->text, leaf->key);

    return now_s > pair_not_after_s(pair);
}

static void check_leaf(struct years *years, const struct seen *leaf)
{
    for (size_t i = 0; i < years->bundles.n; i++) {
        years->n_checks++;
        if (!rotation_test_accepts(years->bundles.items[i].text, leaf->text, leaf->key,
                                   years->clock_s)) {
            fail_msg("seed %u, step %d: bundle %zu of %zu does not accept one of %zu leaves",
                     years->seed, years->step, i + 1, years->bundles.n, years->leaves.n);
        }
    }
}

static void check_clients(struct years *years)
{
    for (size_t i = 0; i < years->leaves.n; i++) {
        if (!is_over(&years->leaves.items[i], years->clock_s)) {
            check_leaf(years, &years->leaves.items[i]);
        }
    }
}

static void check_outputs(const struct years *years)
{
    const struct rotation_want *is = &years->is;
    const char *const old = is->old != NULL ? is->old : ""; /* lost, and there were none */
    const char *const old_leaves = is->old_leaves != NULL ? is->old_leaves : "";
    const char *const texts[] = {is->authority, is->authority_key, old,       old_leaves,
                                 is->leaf,      is->leaf_key,      is->bundle};

    assert_true(rotation_test_count(is->bundle) <= 1 + ROTATION_OLD_MAX);
    assert_true(rotation_trusts(is->bundle, is->authority));
    assert_true(rotation_test_accepts(is->bundle, is->leaf, is->leaf_key, years->clock_s));
    for (size_t i = 0; i < years->n_keys; i++) {
        for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
            assert_null(strstr(texts[j], years->keys[i]));
        }
    }
    for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
        assert_int_equal(strstr(texts[j], "PRIVATE KEY") != NULL, j == 1 || j == 5);
    }
}

/* The second of the lines in which a key lies is different in each. */
static void remember_key(struct years *years, const char *key)
{
    const char *line = key;
    char *copy;

    for (int i = 0; i < 2; i++) {
        line = strchr(line, '\n');
        assert_non_null(line);
        line++;
    }
    assert_true(years->n_keys < KEYS_MAX);
    copy = strndup(line, strcspn(line, "\n"));
    assert(copy != NULL);
    assert_true(strlen(copy) > 40);
    if (strstr(years->other.authority_key, copy) != NULL) {
        free(copy); /* which may come again, and damaged it is still the other's */
        return;
    }
    years->keys[years->n_keys++] = copy;
}

/* Plan and make once; whether more may follow from that. @before: what was there before anything
 * was lost. */
static bool turn(struct years *years, const struct seen *before, const char *bundle, bool is_lost)
{
    const bool settled = is_settled(years);
    CLEANUP(free) char *key = NULL;
    struct rotation_plan plan;

    rotation_test_set(&key, years->is.authority_key);
    plan = rotation_test_step(&years->is, &terms, settled, years->clock_s);
    if (plan.leaf == ROTATION_REPLACE) {
        if (!is_lost && before->text != NULL &&
            rotation_test_accepts(bundle, before->text, before->key, years->clock_s)) {
            fail_msg("seed %u, step %d: a leaf that serves was replaced: %s", years->seed,
                     years->step, plan.leaf_reason);
        }
        years->n_replaced++;
        forget_all(&years->leaves);
        if (!settled || plan.authority == ROTATION_REPLACE) {
            forget_all(&years->bundles);
        }
    }
    if (plan.authority != ROTATION_KEEP && key != NULL &&
        strcmp(years->is.authority_key, key) != 0 && strncmp(key, "-----BEGIN PRIVATE", 18) == 0 &&
        strstr(key, "-----END") != NULL) {
        remember_key(years, key);
    }
    years->n_authorities += plan.authority == ROTATION_RENEW;
    years->n_leaves += plan.leaf == ROTATION_RENEW;
    if (years->is_reachable) {
        show(&years->bundles, years->is.bundle, NULL, years->stopwatch_s);
    }
    show(&years->leaves, years->is.leaf, years->is.leaf_key, years->stopwatch_s);
    return rotation_is_due(&plan) || is_settled(years) != settled;
}

static void check_next(const struct years *years)
{
    const bool settled = is_settled(years);
    struct rotation_plan plan = rotation_test_plan(&years->is, &terms, settled, years->clock_s);
    const long long next_s = plan.next_s;

    assert_true(next_s > years->clock_s);
    plan = rotation_test_plan(&years->is, &terms, settled, next_s - 1);
    assert_false(rotation_is_due(&plan));
    plan = rotation_test_plan(&years->is, &terms, settled, next_s);
    assert_true(rotation_is_due(&plan));
}

enum text { AUTHORITY, AUTHORITY_KEY, OLD, OLD_LEAVES, LEAF, LEAF_KEY, BUNDLE, N_TEXTS };

static char **text_of(struct rotation_want *want, enum text text)
{
    char **const texts[N_TEXTS] = {
        [AUTHORITY] = &want->authority,
        [AUTHORITY_KEY] = &want->authority_key,
        [OLD] = &want->old,
        [OLD_LEAVES] = &want->old_leaves,
        [LEAF] = &want->leaf,
        [LEAF_KEY] = &want->leaf_key,
        [BUNDLE] = &want->bundle,
    };

    return texts[text];
}

static void damage(struct years *years, enum text which)
{
    char **text = text_of(&years->is, which);
    const size_t len = *text != NULL ? strlen(*text) : 0;

    switch (roll(years, 6)) {
    case 0:
        rotation_test_set(text, NULL);
        break;
    case 1:
        rotation_test_set(text, "");
        break;
    case 2:
        rotation_test_set(text, "-----BEGIN CERTIFICATE-----\ngarbage\n");
        break;
    case 3:
        rotation_test_set(text, *text_of(&years->other, which));
        break;
    case 4:
        if (len > 0) {
            (*text)[roll(years, (unsigned int)len)] = '\0';
        }
        break;
    default:
        if (len > 0) {
            (*text)[roll(years, (unsigned int)len)] = (char)('A' + roll(years, 26));
        }
        break;
    }
}

/* Returns whether the leaf itself, or more than one text, was lost. */
static bool lose_something(struct years *years)
{
    const enum text which = (enum text)roll(years, N_TEXTS);

    switch (roll(years, 32)) {
    case 0: /* several at once */
        for (unsigned int i = 0; i < 2 + roll(years, 4); i++) {
            damage(years, (enum text)roll(years, N_TEXTS));
        }
        forget_all(&years->bundles);
        forget_all(&years->leaves);
        return true;
    case 1: /* another authority, and whole */
        rotation_test_set(&years->is.authority, years->other.authority);
        rotation_test_set(&years->is.authority_key, years->other.authority_key);
        return false;
    case 2:
    case 3:
    case 4:
    case 5:
        damage(years, which);
        while (which == OLD_LEAVES && years->leaves.n > 1) {
            forget(&years->leaves, 0); /* nobody knows that these are still presented */
        }
        return which == LEAF || which == LEAF_KEY;
    default:
        return false;
    }
}

static void jump(struct years *years)
{
    static const long long jumps_s[] = {7300 * DAY, -7300 * DAY, 300,        -300,
                                        -7200,      -20 * DAY,   -400 * DAY, 40 * DAY};
    const long long jump_s = jumps_s[roll(years, sizeof(jumps_s) / sizeof(jumps_s[0]))];

    if (years->clock_s + jump_s > CERTS_TEST_NOW_S - 7300 * DAY &&
        years->clock_s + jump_s < CERTS_TEST_NOW_S + 36500 * DAY) {
        years->clock_s += jump_s;
    }
    while (years->leaves.n > 1) {
        forget(&years->leaves, 0);
    }
}

static void live(struct years *years)
{
    static const long long spans_s[] = {1, 20, 30, 61, 3600, DAY, 2 * DAY, 5 * DAY};
    CLEANUP(free) char *bundle = NULL;
    struct seen before = {0};
    bool is_lost;

    let_pass(years, spans_s[roll(years, sizeof(spans_s) / sizeof(spans_s[0]))]);
    if (roll(years, years->is_reachable ? 16 : 4) == 0) {
        years->is_reachable = !years->is_reachable;
    }
    if (roll(years, 15) == 0) {
        years->is_calm = !years->is_calm;
    }
    if (!years->is_calm && roll(years, 20) == 0) {
        jump(years);
    }
    rotation_test_set(&before.text, years->is.leaf);
    rotation_test_set(&before.key, years->is.leaf_key);
    rotation_test_set(&bundle, years->is.bundle);
    is_lost = !years->is_calm && lose_something(years);
    for (int round = 0; turn(years, &before, bundle, is_lost); round++) {
        assert_true(round < 5); /* all stays then */
        rotation_test_set(&before.text, years->is.leaf);
        rotation_test_set(&before.key, years->is.leaf_key);
        rotation_test_set(&bundle, years->is.bundle);
        is_lost = false;
    }
    check_clients(years);
    check_outputs(years);
    if (years->step % 4 == 0) { /* it takes as long as all the rest */
        check_next(years);
    }
    free(before.text);
    free(before.key);
}

static void end(struct years *years)
{
    forget_all(&years->bundles);
    forget_all(&years->leaves);
    rotation_clear(&years->is);
    rotation_clear(&years->other);
    for (size_t i = 0; i < years->n_keys; i++) {
        free(years->keys[i]);
    }
}

static void every_client_accepts_every_leaf_whatever_else_is_lost(void **state)
{
    (void)state;
    for (unsigned int seed = 1; seed <= SEEDS; seed++) {
        struct years years = {
            .random = seed,
            .seed = seed,
            .clock_s = CERTS_TEST_NOW_S,
            .is_reachable = true,
        };
        (void)rotation_test_step(&years.other, &rotation_test_terms, false, CERTS_TEST_NOW_S);
        for (years.step = 0; years.step < STEPS; years.step++) {
            live(&years);
        }
        print_message("# seed %u: %u checks, %u leaves and %u authorities renewed, %u leaves "
                      "replaced\n",
                      seed, years.n_checks, years.n_leaves, years.n_authorities, years.n_replaced);
        assert_true(years.n_checks > STEPS && years.n_leaves > 5 && years.n_authorities > 0);
        end(&years);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_client_accepts_every_leaf_whatever_else_is_lost),
    };

    return cmocka_run_group_tests_name("rotation_years", tests, NULL, NULL);
}
