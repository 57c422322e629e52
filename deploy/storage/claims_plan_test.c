/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claims_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "tests/test.h"

#define CREATED   "2024-05-01T12:00:00Z"
#define CREATED_S 1714564800LL

/* What there is: claims by "namespace/name", and one class. Texts are JSON with ' for ". */
struct world {
    json_t *claims;
    const json_t *class_;
    json_t **labelled;
    size_t n_labelled;
};

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

static const json_t *find_claim(void *data, const char *namespace_, const char *name)
{
    const struct world *world = data;
    char key[128];

    (void)snprintf(key, sizeof(key), "%s/%s", namespace_, name);
    return json_object_get(world->claims, key);
}

static const json_t *find_class(void *data, const char *name)
{
    const struct world *world = data;

    return strcmp(name, "s") == 0 ? world->class_ : NULL;
}

static void set_up(struct world *world, json_t *claims, const json_t *class_)
{
    const char *key;
    json_t *claim;

    *world = (struct world){.claims = claims, .class_ = class_};
    world->labelled = calloc(json_object_size(claims) + 1, sizeof(json_t *));
    assert_non_null(world->labelled);
    json_object_foreach (claims, key, claim) {
        world->labelled[world->n_labelled++] = claim;
    }
}

static void world_clear_p(struct world *world)
{
    free(world->labelled);
}

/* Whatever the watch finds by labels and whatever not is among the labelled here. */
static void
plan(const struct claims *wanted, struct world *world, long long now_s, struct claims_plan *out)
{
    const struct claims_view view = {
        .home = "home",
        .now_s = now_s,
        .find_claim = find_claim,
        .find_class = find_class,
        .data = world,
        .labelled = world->labelled,
        .n_labelled = world->n_labelled,
    };
    struct err err = {0};

    assert_int_equal(claims_plan_make(wanted, &view, out, &err), 0);
    assert_string_equal(err.msg, "");
}

static const struct policy_claim large = {
    .storage_class_name = "s",
    .size = "10Gi",
    .access_modes = {.items = (const char *[]){"ReadWriteMany"}, .n = 1},
};

#define OURS                                                        \
    "'labels':{'app.kubernetes.io/managed-by':'hawser-controller'," \
    "'app.kubernetes.io/part-of':'hawser','hawser.dev/home':'home','hawser.dev/policy':'p'}"
#define IN(name, more) \
    "'metadata':{'namespace':'n','name':'" name "','creationTimestamp':'" CREATED "'," more "}"
#define THERE(name, more, size, phase)                                                    \
    "{" IN(name, more) ",'spec':{'storageClassName':'s','accessModes':['ReadWriteMany']," \
                       "'resources':{'requests':{'storage':'" size                        \
                       "'}}},'status':{'phase':'" phase "'}}"
#define GROWS "{'provisioner':'p.x','allowVolumeExpansion':true}"

/* Plan for one claim n/a of 10Gi, of which @object is there, or NULL. */
static void plan_one(const char *object, long long now_s, struct claims_plan *out)
{
    static struct claims_item item = {"n", "a", &large, "p"};
    const struct claims wanted = {.items = {.items = &item, .n = 1}};
    json_auto_t *claims = json_object();
    json_auto_t *class_ = parse(GROWS);
    __attribute__((cleanup(world_clear_p))) struct world world;

    if (object != NULL) {
        assert_int_equal(json_object_set_new(claims, "n/a", parse(object)), 0);
    }
    set_up(&world, claims, class_);
    plan(&wanted, &world, now_s, out);
}

static void what_is_right_is_only_counted_whoever_made_it(void **state)
{
    static const char *const rows[] = {
        THERE("a", OURS, "10Gi", "Bound"),
        THERE("a", "'labels':{}", "10Gi", "Bound"),
        THERE("a", "'labels':{'hawser.dev/home':'elsewhere'}", "20Gi", "Bound"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};
        print_message("# row %zu\n", i);
        plan_one(rows[i], CREATED_S, &made);
        assert_int_equal(made.rows.n, 0);
        assert_int_equal(made.counts[CLAIM_RIGHT], 1);
        assert_int_equal(made.again_s, 0);
    }
}

static void what_needs_something_or_is_to_be_told_has_a_row(void **state)
{
    static const struct {
        const char *object;
        enum claim_state state;
        const char *text;
    } rows[] = {
        {NULL, CLAIM_ABSENT, ""},
        {THERE("a", OURS, "1Gi", "Bound"), CLAIM_GROWING, "its size is 1Gi and not 10Gi"},
        {THERE("a", OURS, "10Gi", "Pending"), CLAIM_PENDING,
         "no volume has come from 'p.x': the claim's Events say more"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};
        print_message("# row %zu\n", i);
        plan_one(rows[i].object, CREATED_S + CLAIM_PATIENCE_S, &made);
        assert_int_equal(made.rows.n, 1);
        assert_int_equal(made.rows.items[0].state, rows[i].state);
        assert_string_equal(made.rows.items[0].text, rows[i].text);
        assert_string_equal(made.rows.items[0].namespace_, "n");
        assert_string_equal(made.rows.items[0].name, "a");
        assert_string_equal(made.rows.items[0].policy, "p");
        assert_non_null(made.rows.items[0].item);
        assert_int_equal(made.counts[rows[i].state], 1);
        assert_int_equal(made.counts[CLAIM_RIGHT], 0);
    }
}

static void only_a_claim_of_ours_is_grown(void **state)
{
    static const struct {
        const char *metadata;
        bool is_ours;
    } rows[] = {
        {"'labels':{'hawser.dev/home':'home'}", true},
        {"'labels':{'app.kubernetes.io/managed-by':'hawser-controller'}", true},
        {"'managedFields':[{'manager':'x'},{'manager':'hawser-controller'}]", true},
        {"'managedFields':[{'manager':'x'}]", false},
        {"'labels':{'app.kubernetes.io/managed-by':'Helm'}", false},
        {"'labels':{'app.kubernetes.io/managed-by':'hawser-controller','hawser.dev/home':'b'}",
         false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};
        char object[1024];
        (void)snprintf(object, sizeof(object), THERE("a", "%s", "1Gi", "Bound"), rows[i].metadata);
        print_message("# row %zu\n", i);
        plan_one(object, CREATED_S, &made);
        assert_int_equal(made.rows.n, 1);
        assert_int_equal(made.rows.items[0].state,
                         rows[i].is_ours ? CLAIM_GROWING : CLAIM_MISMATCHED);
        assert_string_equal(made.rows.items[0].text,
                            rows[i].is_ours ? "its size is 1Gi and not 10Gi"
                                            : "its size is 1Gi and not 10Gi; it was not made here, "
                                              "and is left to who keeps it to let it grow");
    }
}

static void a_claim_of_ours_that_lacks_labels_gets_them_back(void **state)
{
    static const struct {
        const char *metadata;
        const char *size;
        enum claim_state state;
        bool lacks_labels;
    } rows[] = {
        {"'managedFields':[{'manager':'hawser-controller'}]", "10Gi", CLAIM_RIGHT, true},
        {"'labels':{'hawser.dev/home':'home'}", "10Gi", CLAIM_RIGHT, true},
        {"'labels':{'hawser.dev/home':'home','app.kubernetes.io/managed-by':'Helm',"
         "'app.kubernetes.io/part-of':'hawser','hawser.dev/policy':'p'}",
         "10Gi", CLAIM_RIGHT, true},
        {"'labels':{'hawser.dev/home':'home'}", "1Gi", CLAIM_GROWING, true},
        {"'labels':{'hawser.dev/home':'home'}", "x", CLAIM_MISMATCHED, true},
        {OURS, "1Gi", CLAIM_GROWING, false},
        {OURS, "x", CLAIM_MISMATCHED, false},
        {"'managedFields':[{'manager':'x'}]", "1Gi", CLAIM_MISMATCHED, false},
        {"'labels':{'hawser.dev/home':'b'},'managedFields':[{'manager':'hawser-controller'}]",
         "1Gi", CLAIM_MISMATCHED, false},
        {"'labels':{'hawser.dev/home':'home'},'deletionTimestamp':'" CREATED "'", "10Gi",
         CLAIM_GOING, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};
        char object[1024];
        (void)snprintf(object, sizeof(object), THERE("a", "%s", "%s", "Bound"), rows[i].metadata,
                       rows[i].size);
        print_message("# row %zu\n", i);
        plan_one(object, CREATED_S, &made);
        assert_int_equal(made.rows.n, 1);
        assert_int_equal(made.rows.items[0].state, rows[i].state);
        assert_int_equal(made.rows.items[0].lacks_labels, rows[i].lacks_labels);
        assert_int_equal(made.counts[rows[i].state], 1);
    }
}

/* It tells which one it was made for. */
static void the_label_of_another_policy_is_left(void **state)
{
    CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};

    (void)state;
    plan_one(THERE("a",
                   "'labels':{'app.kubernetes.io/managed-by':'hawser-controller',"
                   "'app.kubernetes.io/part-of':'hawser','hawser.dev/home':'home',"
                   "'hawser.dev/policy':'before'}",
                   "10Gi", "Bound"),
             CREATED_S, &made);
    assert_int_equal(made.rows.n, 0);
}

static void the_plan_says_when_time_alone_may_change_it(void **state)
{
    static struct claims_item items[] = {{"n", "a", &large, "p"}, {"n", "b", &large, "p"}};
    const struct claims wanted = {.items = {.items = items, .n = 2}};
    json_auto_t *claims = json_object();
    json_auto_t *class_ = parse(GROWS);
    CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};
    json_t *later = parse(THERE("b", OURS, "10Gi", "Pending"));
    __attribute__((cleanup(world_clear_p))) struct world world;

    (void)state;
    json_object_set_new(json_object_get(later, "metadata"), "creationTimestamp",
                        json_string("2024-05-01T12:00:07Z"));
    json_object_set_new(claims, "n/b", parse(THERE("b", OURS, "10Gi", "Pending")));
    json_object_set_new(claims, "n/a", later);
    set_up(&world, claims, class_);
    plan(&wanted, &world, CREATED_S + 8, &made);
    assert_int_equal(made.counts[CLAIM_RIGHT], 2);
    assert_int_equal(made.again_s, CREATED_S + CLAIM_PATIENCE_S);
}

/* Plan with the claim n/x, and none wanted. */
static void
plan_orphan(const char *object, struct claims wanted, json_t *claims, struct claims_plan *out)
{
    __attribute__((cleanup(world_clear_p))) struct world world;

    assert_int_equal(json_object_set_new(claims, "n/x", parse(object)), 0);
    set_up(&world, claims, NULL);
    plan(&wanted, &world, CREATED_S, out);
}

static void a_claim_that_no_policy_asks_for_any_more_is_told(void **state)
{
    json_auto_t *claims = json_object();
    CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};

    (void)state;
    plan_orphan(THERE("x", OURS, "1Gi", "Bound"), (struct claims){.arena = NULL}, claims, &made);
    assert_int_equal(made.counts[CLAIM_ORPHANED], 1);
    assert_int_equal(made.rows.n, 1);
    assert_int_equal(made.rows.items[0].state, CLAIM_ORPHANED);
    assert_string_equal(made.rows.items[0].namespace_, "n");
    assert_string_equal(made.rows.items[0].name, "x");
    assert_string_equal(made.rows.items[0].policy, "p");
    assert_string_equal(made.rows.items[0].text,
                        "no policy asks for it any more; it is left, as it may hold data: delete "
                        "it if nobody needs it");
    assert_null(made.rows.items[0].item);
}

static void a_claim_of_somebody_else_or_one_that_goes_is_no_orphan(void **state)
{
    static struct claims_item item = {"n", "x", &large, "p"};
    static const char *going[] = {"m", "n"};
    static const struct claims none = {.arena = NULL};
    const struct {
        const char *object;
        struct claims wanted;
    } rows[] = {
        {THERE("x", OURS, "10Gi", "Bound"), {.items = {.items = &item, .n = 1}}},
        {THERE("x", OURS, "1Gi", "Bound"), {.n_left_out = 1}},
        {THERE("x", OURS, "1Gi", "Bound"), {.going = {.items = going, .n = 2}}},
        {THERE("x", OURS ",'deletionTimestamp':'" CREATED "'", "1Gi", "Bound"), none},
        {THERE("x", "'labels':{'hawser.dev/policy':'p','hawser.dev/home':'home'}", "1Gi", "Bound"),
         none},
        {THERE("x",
               "'labels':{'app.kubernetes.io/managed-by':'hawser-controller',"
               "'hawser.dev/policy':'p','hawser.dev/home':'elsewhere'}",
               "1Gi", "Bound"),
         none},
        {THERE("x",
               "'labels':{'app.kubernetes.io/managed-by':'hawser-controller',"
               "'hawser.dev/nfs-server':'ebs','hawser.dev/home':'home'}",
               "1Gi", "Bound"),
         none},
        {"{}", none},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *claims = json_object();
        CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};
        print_message("# row %zu\n", i);
        plan_orphan(rows[i].object, rows[i].wanted, claims, &made);
        assert_int_equal(made.counts[CLAIM_ORPHANED], 0);
    }
}

/* The most that is wanted, all there and all labelled; every second one is to grow. The time is
 * told, and not judged: machines differ. */
static void the_most_that_can_be_wanted_is_planned_whole(void **state)
{
    CLEANUP(free) struct claims_item *items = calloc(CLAIMS_MAX, sizeof(*items));
    CLEANUP(free) char(*names)[16] = calloc(CLAIMS_MAX, sizeof(*names));
    json_auto_t *claims = json_object();
    json_auto_t *class_ = parse(GROWS);
    CLEANUP(claims_plan_clear) struct claims_plan made = {.arena = NULL};
    __attribute__((cleanup(world_clear_p))) struct world world;
    uint64_t start_us;

    (void)state;
    assert_true(items != NULL && names != NULL);
    for (size_t i = 0; i < CLAIMS_MAX; i++) {
        char object[1024];
        char key[32];
        (void)snprintf(names[i], sizeof(names[i]), "c%05zu", i);
        (void)snprintf(key, sizeof(key), "n/%s", names[i]);
        (void)snprintf(object, sizeof(object), THERE("%s", OURS, "%dGi", "Bound"), names[i],
                       i % 2 == 0 ? 1 : 10);
        items[i] = (struct claims_item){"n", names[i], &large, "p"};
        assert_int_equal(json_object_set_new(claims, key, parse(object)), 0);
    }
    set_up(&world, claims, class_);
    start_us = clock_monotonic_us();
    plan(&(struct claims){.items = {.items = items, .n = CLAIMS_MAX}}, &world, CREATED_S, &made);
    print_message("# %d claims: %llu us\n", CLAIMS_MAX,
                  (unsigned long long)(clock_monotonic_us() - start_us));
    assert_int_equal(made.counts[CLAIM_GROWING], CLAIMS_MAX / 2);
    assert_int_equal(made.counts[CLAIM_RIGHT], CLAIMS_MAX / 2);
    assert_int_equal(made.rows.n, CLAIMS_MAX / 2);
    assert_string_equal(made.rows.items[1].name, "c00002");
    assert_ptr_equal(made.rows.items[0].text, made.rows.items[1].text); /* there are many */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_is_only_counted_whoever_made_it),
        cmocka_unit_test(what_needs_something_or_is_to_be_told_has_a_row),
        cmocka_unit_test(only_a_claim_of_ours_is_grown),
        cmocka_unit_test(a_claim_of_ours_that_lacks_labels_gets_them_back),
        cmocka_unit_test(the_label_of_another_policy_is_left),
        cmocka_unit_test(the_plan_says_when_time_alone_may_change_it),
        cmocka_unit_test(a_claim_that_no_policy_asks_for_any_more_is_told),
        cmocka_unit_test(a_claim_of_somebody_else_or_one_that_goes_is_no_orphan),
        cmocka_unit_test(the_most_that_can_be_wanted_is_planned_whole),
    };

    return cmocka_run_group_tests_name("claims_plan", tests, NULL, NULL);
}
