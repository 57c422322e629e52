/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Objects that nobody would write, by both readers
 *
 * usage: tree_mutation_test GOLDEN POLICIES [SEED [TIMES]]
 *
 * The inputs of the golden cases in GOLDEN, under their own policies, and Argo's examples, where
 * they are (tests/corpus/corpus.h), under those in the file POLICIES, are changed at random
 * (tree_mutation.h), as each of the four kinds TIMES times, and written as JSON in one way or
 * another: both readers answer alike (tree_compare.h). The same SEED makes the same changes.
 */

#include "tests/tree/tree_mutation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/corpus/corpus.h"
#include "tests/fuzz/fuzz.h"
#include "tests/golden/golden_case.h"
#include "tests/golden/golden_folders.h"
#include "tests/test.h"
#include "tests/tree/tree_compare.h"
#include "webhook/cli/manifest.h"
#include "webhook/cli/request.h"

#define ARENA_BYTES   (64UL * 1024 * 1024)
#define CHANGES_MAX   4
#define TIMES_DEFAULT 8

/* The command line. */
static struct {
    const char *golden;
    const char *policies;
    const char *seed;
    size_t times;
} run = {.seed = "1", .times = TIMES_DEFAULT};

/* One object to start from. */
struct start {
    const char *name;
    json_t *object;
    struct policy_set *policies;
    bool namespace_opted_in;
};

/* All of them, and how alike the answers were. */
struct trial {
    struct arena *arena;
    LIST_OF(struct start) starts;
    size_t n_alike[TREE_LIKENESSES];
    size_t n_injected;
};

static void begin(struct trial *trial,
                  const char *name,
                  const json_t *object,
                  struct policy_set *policies,
                  bool namespace_opted_in)
{
    struct start *added = LIST_ADD(trial->arena, &trial->starts);
    const struct start start = {
        .name = arena_strndup(trial->arena, name, strlen(name)),
        .object = json_deep_copy(object),
        .policies = policy_set_ref(policies),
        .namespace_opted_in = namespace_opted_in,
    };

    if (added == NULL || start.name == NULL || start.object == NULL) {
        fail_msg("no memory for %s", name);
        return;
    }
    *added = start;
}

static int set_up(void **state)
{
    static struct trial trial;

    trial = (struct trial){.arena = arena_new(ARENA_BYTES)};
    *state = &trial;
    return trial.arena != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    struct trial *trial = *state;

    for (size_t i = 0; i < trial->starts.n; i++) {
        json_decref(trial->starts.items[i].object);
        policy_set_unref(trial->starts.items[i].policies);
    }
    arena_free(trial->arena);
    return 0;
}

/* The spec of the Workflow that @object, of whatever kind, is or makes; null without one. */
static json_t *workflow_spec_of(const json_t *object)
{
    json_t *spec = json_object_get(object, "spec");
    json_t *inner = json_object_get(spec, "workflowSpec");

    spec = inner != NULL ? inner : spec;
    return spec != NULL ? spec : json_null();
}

/* A copy of @object that is a @kind. */
static json_t *copy_as(const json_t *object, const char *kind)
{
    json_auto_t *copy = json_deep_copy(object);
    json_t *spec = json_deep_copy(workflow_spec_of(object));
    json_t *result;

    if (strcmp(kind, "CronWorkflow") == 0) {
        spec = json_pack("{s:s, s:o, s:{s:{s:s}}}", "schedule", "@hourly", "workflowSpec", spec,
                         "workflowMetadata", "annotations", "hawser.dev/workdir.size", "1Gi");
    }
    result = json_pack("{s:s, s:s, s:O?, s:o}", "apiVersion", "argoproj.io/v1alpha1", "kind", kind,
                       "metadata", json_object_get(copy, "metadata"), "spec", spec);
    assert_non_null(result);
    return result;
}

static void change(const struct trial *trial, json_t *object, struct fuzz_dice *dice)
{
    for (size_t n = fuzz_roll(dice, CHANGES_MAX + 1); n > 0; n--) {
        const struct start *donor = &trial->starts.items[fuzz_roll(dice, trial->starts.n)];
        tree_mutate(object, donor->object, dice);
    }
}

/* A review that asks about @object, changed, and now and then is changed itself. */
static json_t *make_review(const struct trial *trial, json_t *object, struct fuzz_dice *dice)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(ADMIT_BODY_MAX);
    json_auto_t *old_object = json_deep_copy(object);
    const bool is_update = fuzz_roll(dice, 4) == 0;
    const struct request request = {
        .kind = request_kind_of(object),
        .operation = is_update ? "UPDATE" : "CREATE",
        .namespace = "default",
        .object = object,
        .old_object = is_update ? old_object : NULL,
    };
    json_t *review;

    assert_non_null(request.kind);
    change(trial, object, dice);
    if (fuzz_roll(dice, 4) == 0) {
        tree_mutate(old_object, object, dice);
    }
    request_write(&body, &request);
    review = json_loadb(buf_text(&body), body.len, JSON_ALLOW_NUL, NULL);
    assert_non_null(review);
    if (fuzz_roll(dice, 8) == 0) {
        tree_mutate(review, object, dice);
    }
    return review;
}

/* Compare the answers to @review, written in one way or another. In the plain one a part that
 * jansson copies has the bytes that it had. */
static int compare(struct trial *trial,
                   const struct start *start,
                   json_t *review,
                   struct fuzz_dice *dice,
                   struct err *err)
{
    static const size_t ways[] = {JSON_COMPACT, JSON_COMPACT, JSON_INDENT(1),
                                  JSON_COMPACT | JSON_ENSURE_ASCII,
                                  JSON_COMPACT | JSON_ESCAPE_SLASH};
    const size_t way = ways[fuzz_roll(dice, sizeof(ways) / sizeof(ways[0]))];
    CLEANUP(free) char *body = json_dumps(review, way);
    const struct admit_options options = {
        .policies = start->policies,
        .copier_image = GOLDEN_COPIER_IMAGE,
        .namespace_opted_in = fuzz_roll(dice, 4) == 0 || start->namespace_opted_in,
    };
    struct tree_comparison comparison;

    assert_non_null(body);
    if (tree_compare(&options, body, strlen(body), &comparison, err) < 0) {
        (void)printf("# %s\n", body); /* cmocka would cut it */
        return -1;
    }
    if (way == JSON_COMPACT && comparison.likeness == TREE_SAME_VALUES) {
        (void)printf("# %s\n", body);
        return err_set(err, ERR_INTERNAL, "by way of a tree the same is written otherwise");
    }
    trial->n_alike[comparison.likeness]++;
    trial->n_injected += comparison.outcome == REPORT_INJECTED ? 1 : 0;
    return 0;
}

/* @place without its folders, which have other names elsewhere. */
static const char *name_of(const char *place)
{
    const char *slash = strrchr(place, '/');

    return slash != NULL ? slash + 1 : place;
}

/* Change the object @start as a @kind for the time number @nth. */
static void try(struct trial *trial, const struct start *start, const char *kind, size_t nth)
{
    CLEANUP(buf_clear) struct buf name = BUF_INIT(CORPUS_PATH_SIZE);
    json_auto_t *object = copy_as(start->object, kind);
    json_auto_t *review = NULL;
    struct err err = {0};
    struct fuzz_dice dice;

    buf_printf(&name, "%s, time %zu, as a %s, seed %s", name_of(start->name), nth, kind, run.seed);
    dice = fuzz_dice_of((const uint8_t *)buf_text(&name), name.len);
    review = make_review(trial, object, &dice);
    if (compare(trial, start, review, &dice, &err) < 0) {
        fail_msg("%s: %s", buf_text(&name), err.msg);
    }
}

static void try_all(struct trial *trial)
{
    static const char *const kinds[] = {"Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate",
                                        "CronWorkflow"};
    const size_t *n = trial->n_alike;

    for (size_t i = 0; i < trial->starts.n; i++) {
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            for (size_t nth = 1; nth <= run.times; nth++) {
                try(trial, &trial->starts.items[i], kinds[k], nth);
            }
        }
    }
    print_message("# seed %s: %zu answers are the same (%zu injections), %zu the same values, "
                  "%zu have another reason, %zu were not read so far, %zu not minded\n",
                  run.seed, n[TREE_SAME], trial->n_injected, n[TREE_SAME_VALUES],
                  n[TREE_OTHER_REASON], n[TREE_NOT_READ], n[TREE_NOT_MINDED]);
    assert_true(trial->n_injected > 0);
    assert_int_equal(n[TREE_NONE], 0);
}

static void changed_golden_cases_are_answered_alike(void **state)
{
    CLEANUP(golden_folders_clear) struct golden_folders folders = {0};
    struct trial *trial = *state;
    struct err err = {0};

    if (golden_folders_find(run.golden, &folders, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    for (size_t i = 0; i < folders.n; i++) {
        CLEANUP(golden_case_clear) struct golden_case golden = {0};
        if (golden_case_load(run.golden, folders.paths[i], &golden, &err) < 0) {
            fail_msg("%s", err.msg);
        }
        begin(trial, folders.names[i], golden.input, golden.policies,
              golden_case_namespace_opted_in(&golden));
    }
    try_all(trial);
}

/* Each opts in to some of @policies. */
static void begin_with_examples(struct trial *trial,
                                const struct manifest *examples,
                                struct policy_set *policies)
{
    static const char *const choices[] = {"ci", "ci,back", "back,deny,warn", "old"};

    for (size_t i = 0; i < examples->objects.n; i++) {
        const struct manifest_object *example = &examples->objects.items[i];
        if (request_kind_of(example->value) != NULL) {
            json_auto_t *object =
                corpus_opt_in(example->value, choices[i % (sizeof(choices) / sizeof(choices[0]))]);
            assert_non_null(object);
            begin(trial, example->place, object, policies, false);
        }
    }
}

static void changed_examples_are_answered_alike(void **state)
{
    CLEANUP(policy_set_unref) struct policy_set *policies = NULL;
    struct trial *trial = *state;
    struct manifest examples = {.arena = trial->arena};
    struct err err = {0};
    char path[CORPUS_PATH_SIZE];

    if (!corpus_find("", path)) {
        print_message("# no corpus\n");
        return;
    }
    policies = policy_load(run.policies, &err);
    for (size_t i = 0; i < CORPUS_EXAMPLES && policies != NULL; i++) {
        if (corpus_find(corpus_examples(i), path) && manifest_read(&examples, path, &err) < 0) {
            break;
        }
    }
    if (err.code != ERR_NONE) {
        fail_msg("%s", err.msg);
    }
    begin_with_examples(trial, &examples, policies);
    manifest_clear(&examples);
    try_all(trial);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changed_golden_cases_are_answered_alike, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changed_examples_are_answered_alike, set_up, tear_down),
    };

    if (argc < 3 || argc > 5) {
        (void)fprintf(stderr, "usage: %s GOLDEN POLICIES [SEED [TIMES]]\n", argv[0]);
        return 2;
    }
    run.golden = argv[1];
    run.policies = argv[2];
    run.seed = argc > 3 ? argv[3] : run.seed;
    run.times = argc > 4 ? strtoul(argv[4], NULL, 10) : run.times;
    return cmocka_run_group_tests_name("mutations", tests, NULL, NULL);
}
