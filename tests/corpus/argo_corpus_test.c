/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Argo's own examples, each with an opt-in annotation
 *
 * Whatever Argo documents must survive: it is injected or refused with a reason, the answer keeps
 * the contract with the API server, what was valid for Argo's CRDs stays valid, a second run
 * changes nothing, and who reads by way of a tree gives the same answer.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/yaml.h"
#include "policies/load.h"
#include "tests/corpus/corpus.h"
#include "tests/golden/contract.h"
#include "tests/schema/schema.h"
#include "tests/test.h"
#include "tests/tree/tree.h"
#include "webhook/cli/manifest.h"
#include "webhook/inject/admit.h"

#define CRD_BYTES_MAX (16UL * 1024 * 1024)
#define BELOW_SIZE    (CORPUS_PATH_SIZE + 256)
#define ARENA_BYTES   (256UL * 1024 * 1024)

/* The kinds, and where their CRDs lie. */
static const struct {
    const char *kind;
    const char *crd;
} kinds[] = {
    {"Workflow", "workflows"},
    {"WorkflowTemplate", "workflowtemplates"},
    {"ClusterWorkflowTemplate", "clusterworkflowtemplates"},
    {"CronWorkflow", "cronworkflows"},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct corpus {
    struct arena *arena;
    struct manifest manifest;
    json_t *crds[N_KINDS];
};

struct count {
    size_t injected;
    size_t unchanged;
    size_t denied;
    size_t invalid; /* for the CRD, before and after */
};

static json_t *read_crd(const char *name)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(CRD_BYTES_MAX);
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    char path[CORPUS_PATH_SIZE];
    char file[128];
    json_t *crd = NULL;
    struct err err = {0};

    (void)snprintf(file, sizeof(file), "argo/crds/argoproj.io_%s.yaml", name);
    if (!corpus_find(file, path) || file_read(path, &text, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    reader = yaml_reader_new(file, buf_text(&text), text.len, YAML_KUBECTL, &err);
    if (reader == NULL || yaml_reader_next(reader, &crd, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    return crd;
}

static const json_t *schema_of(const json_t *crd)
{
    const json_t *version =
        json_array_get(json_object_get(json_object_get(crd, "spec"), "versions"), 0);

    return json_object_get(json_object_get(version, "schema"), "openAPIV3Schema");
}

/* Read the manifests in the folder of examples and in the folders below it. */
static void read_examples(struct corpus *corpus)
{
    char path[CORPUS_PATH_SIZE];
    char below[BELOW_SIZE];
    struct err err = {0};
    struct dirent *entry;
    DIR *folder;

    if (!corpus_find("argo/examples", path) || manifest_read(&corpus->manifest, path, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) { /* NOLINT(concurrency-mt-unsafe): one thread */
        (void)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && file_is_folder(below) &&
            manifest_read(&corpus->manifest, below, &err) < 0) {
            fail_msg("%s", err.msg);
        }
    }
    (void)closedir(folder);
}

static int set_up(void **state)
{
    static struct corpus corpus;

    *state = &corpus;
    corpus.arena = arena_new(ARENA_BYTES);
    corpus.manifest.arena = corpus.arena;
    read_examples(&corpus);
    for (size_t i = 0; i < N_KINDS; i++) {
        corpus.crds[i] = read_crd(kinds[i].crd);
    }
    return 0;
}

static int tear_down(void **state)
{
    struct corpus *corpus = *state;

    manifest_clear(&corpus->manifest);
    for (size_t i = 0; i < N_KINDS; i++) {
        json_decref(corpus->crds[i]);
    }
    arena_free(corpus->arena);
    return 0;
}

static const json_t *find_schema(const struct corpus *corpus, const json_t *object)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));

    for (size_t i = 0; i < N_KINDS; i++) {
        if (strcmp(kind, kinds[i].kind) == 0) {
            return schema_of(corpus->crds[i]);
        }
    }
    return NULL;
}

/* Require @answer of who reads the review by way of a tree. */
static void ask_tree(const struct admit_options *options,
                     const char *place,
                     const struct buf *body,
                     const struct buf *answer)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(ADMIT_ANSWER_MAX);
    struct report report = {.arena = arena};
    struct err err = {0};

    if (tree_admit(options, buf_text(body), body->len, &text, &report, &err) < 0) {
        fail_msg("%s, by way of a tree: %s", place, err.msg);
    }
    tree_forget();
    if (strcmp(buf_text(&text), buf_text(answer)) != 0) {
        fail_msg("%s is answered otherwise by way of a tree: %s", place, buf_text(&text));
    }
}

/* Have @object admitted and the answer checked; @place is for messages. */
static void submit(const struct policy_set *policies,
                   const char *place,
                   json_t *object,
                   struct arena *arena,
                   struct contract_answer *answer)
{
    const struct admit_options options = {.policies = policies, .copier_image = "hawser"};
    CLEANUP(buf_clear) struct buf body = BUF_INIT(ADMIT_BODY_MAX);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(ADMIT_ANSWER_MAX);
    const struct request request = {
        .kind = request_kind_of(object),
        .operation = "CREATE",
        .namespace = "default",
        .object = object,
    };
    struct report report = {.arena = arena};
    struct err err = {0};

    request_write(&body, &request);
    if (admit(&options, buf_text(&body), body.len, &text, &report, &err) < 0 ||
        contract_check(&request, buf_text(&text), text.len, arena, answer, &err) < 0) {
        fail_msg("%s: %s", place, err.msg);
    }
    ask_tree(&options, place, &body, &text);
}

/* Whether @object is valid; why not is printed. */
static bool is_valid(const struct corpus *corpus, const char *place, const json_t *object)
{
    struct err err = {0};

    if (schema_validate_structural(find_schema(corpus, object), object, &err) == 0) {
        return true;
    }
    print_message("# %s: %s\n", place, err.msg);
    return false;
}

static void judge(const struct corpus *corpus,
                  const struct policy_set *policies,
                  const char *policy,
                  const struct manifest_object *example,
                  struct count *count)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ADMIT_ARENA_MAX);
    CLEANUP(contract_answer_clear) struct contract_answer answer = {0};
    CLEANUP(contract_answer_clear) struct contract_answer again = {0};
    json_auto_t *object = corpus_opt_in(example->value, policy);
    const char *message;

    assert_non_null(object);
    submit(policies, example->place, object, arena, &answer);
    if (!answer.response.allowed) {
        message = answer.response.message != NULL ? answer.response.message : "";
        print_message("# %s: denied: %s\n", example->place, message);
        assert_true(strlen(message) > 20);
        count->denied++;
        return;
    }
    if (answer.response.patch == NULL) {
        count->unchanged++;
        return;
    }
    count->injected++;
    if (!is_valid(corpus, example->place, object)) {
        count->invalid++;
    } else if (!is_valid(corpus, example->place, answer.object)) {
        fail_msg("%s: not valid any more", example->place);
    }
    submit(policies, example->place, answer.object, arena, &again);
    if (again.response.patch != NULL) {
        fail_msg("%s: a second run changes it again", example->place);
    }
}

/* Run all examples with the policies of @set that @policy names. */
static void judge_all(struct corpus *corpus, struct policy_set *set, const char *policy)
{
    CLEANUP(policy_set_unref) struct policy_set *policies = set;
    struct count count = {0};
    size_t others = 0;

    assert_non_null(policies);
    for (size_t i = 0; i < corpus->manifest.objects.n; i++) {
        if (request_kind_of(corpus->manifest.objects.items[i].value) == NULL) {
            others++;
        } else {
            judge(corpus, policies, policy, &corpus->manifest.objects.items[i], &count);
        }
    }
    print_message("# %s: %zu objects of Argo's examples: %zu injected, %zu unchanged, %zu denied "
                  "with a reason, %zu of other kinds; %zu are not valid for their CRD to begin "
                  "with\n",
                  policy, corpus->manifest.objects.n, count.injected, count.unchanged, count.denied,
                  others, count.invalid);
    assert_true(count.injected > 0);
}

static void examples_survive_a_transient_volume(void **state)
{
    struct corpus *corpus = *state;
    struct err err = {0};

    judge_all(corpus, policy_load_shipped(&err), "scratch");
}

static void examples_survive_all_shipped_policies_together(void **state)
{
    struct corpus *corpus = *state;
    struct err err = {0};

    judge_all(corpus, policy_load_shipped(&err), "scratch,cache,scratch-local");
}

static void examples_survive_a_policy_that_uses_most_of_the_language(void **state)
{
    struct corpus *corpus = *state;
    const char *path = getenv("POLICY"); /* NOLINT(concurrency-mt-unsafe): one thread */
    struct err err = {0};

    judge_all(corpus, policy_load(path != NULL ? path : "", &err), "ci");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_survive_a_transient_volume),
        cmocka_unit_test(examples_survive_all_shipped_policies_together),
        cmocka_unit_test(examples_survive_a_policy_that_uses_most_of_the_language),
    };

    char path[CORPUS_PATH_SIZE];

    if (!corpus_find("", path)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("argo corpus", tests, set_up, tear_down);
}
