/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Admission (webhook/inject/admit.h)
 *
 * The input is an AdmissionReview, or else the object of one. Whatever it is, the answer is the
 * same when asked again; an answer to JSON keeps the contract with the API server
 * (tests/golden/contract.h) and, admitted in its turn, the object that it makes is left alone; a
 * reader that makes a tree of it comes to the same answer (tests/tree/tree_compare.h); and no patch
 * goes out for a text that is not JSON to its end.
 *
 * Each input is asked about under the shipped policies, and under policies.yaml as of an object
 * whose namespace opted in.
 */

#include "webhook/inject/admit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_reader.h"
#include "policies/load.h"
#include "tests/fuzz/fuzz.h"
#include "tests/golden/contract.h"
#include "tests/tree/tree_compare.h"
#include "webhook/cli/request.h"

#define N_OPTIONS 2

/* For trees of what was read, and of what came out. */
#define TREE_ARENA_BYTES (4UL * ADMIT_ARENA_MAX)

/* What was asked, and what came back. */
struct question {
    const struct admit_options *options;
    const char *body;
    size_t len;
    struct buf answer;
    struct err err; /* if there is none */
};

/* Ask, in an arena of its own. */
static void ask(struct question *question)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ADMIT_ARENA_MAX);
    struct report report = {.arena = arena};

    question->answer = BUF_INIT(ADMIT_ANSWER_MAX);
    if (admit(question->options, question->body, question->len, &question->answer, &report,
              &question->err) < 0) {
        buf_cut(&question->answer, 0);
    }
    if (question->err.code == ERR_INTERNAL) {
        fuzz_broken("%s", question->err.msg);
    }
}

static void ask_again(const struct question *question)
{
    struct question again = {
        .options = question->options,
        .body = question->body,
        .len = question->len,
    };

    ask(&again);
    if (again.answer.len != question->answer.len ||
        memcmp(buf_text(&again.answer), buf_text(&question->answer), again.answer.len) != 0 ||
        strcmp(again.err.msg, question->err.msg) != 0) {
        fuzz_broken("asked again, it answers otherwise");
    }
    buf_clear(&again.answer);
}

/* The kind that the review names, NULL for one that the API server would not ask about. */
static const struct request_kind *kind_of(json_t *request)
{
    const json_t *kind = json_object_get(request, "kind");
    json_auto_t *object =
        json_pack("{s:o, s:s}", "apiVersion",
                  json_sprintf("%s/%s", json_text_of(kind, "group"), json_text_of(kind, "version")),
                  "kind", json_text_of(kind, "kind"));

    return object != NULL ? request_kind_of(object) : NULL;
}

static const json_t *object_of(json_t *request, const char *key)
{
    json_t *object = json_object_get(request, key);

    return json_is_object(object) ? object : NULL;
}

/* The review @document, as whoever sends it has it. */
static struct request request_of(json_t *document)
{
    json_t *request = json_object_get(document, "request");

    return (struct request){
        .kind = kind_of(request),
        .operation = json_text_of(request, "operation"),
        .namespace = json_text_of(request, "namespace"),
        .object = object_of(request, "object"),
        .old_object = object_of(request, "oldObject"),
    };
}

/* Ask about the object that came out, and require that nothing is to be done. */
static void ask_about_result(const struct admit_options *options,
                             const struct request *request,
                             const json_t *object,
                             struct arena *arena)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(2 * ADMIT_BODY_MAX);
    CLEANUP(contract_answer_clear) struct contract_answer answer = {0};
    struct request again = *request;
    struct question question = {.options = options};
    struct err err = {0};

    again.object = object;
    request_write(&body, &again);
    question.body = buf_text(&body);
    question.len = body.len;
    ask(&question);
    if (question.err.code != ERR_NONE) {
        fuzz_broken("of the result: %s", question.err.msg);
    }
    if (contract_check(&again, buf_text(&question.answer), question.answer.len, arena, &answer,
                       &err) < 0) {
        fuzz_broken("of the result: %s", err.msg);
    }
    if (!answer.response.allowed) {
        fuzz_broken("the result is denied: %s", answer.response.message);
    }
    if (answer.response.patch != NULL) {
        fuzz_broken("the result is changed once more");
    }
    buf_clear(&question.answer);
}

/* Check the answer to the review @document. */
static void check_answer(const struct question *question, json_t *document)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(TREE_ARENA_BYTES);
    CLEANUP(contract_answer_clear) struct contract_answer answer = {0};
    const struct request request = request_of(document);
    struct err err = {0};

    if (contract_check(&request, buf_text(&question->answer), question->answer.len, arena, &answer,
                       &err) < 0) {
        fuzz_broken("%s", err.msg);
    }
    if (answer.response.patch != NULL) {
        ask_about_result(question->options, &request, answer.object, arena);
    }
}

/* Compare with the answer by way of a tree. */
static void ask_tree(const struct question *question)
{
    struct tree_comparison comparison;
    struct err err = {0};

    if (tree_compare(question->options, question->body, question->len, &comparison, &err) < 0) {
        fuzz_broken("%s", err.msg);
    }
}

static bool is_json(const char *bytes, size_t len)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ADMIT_ARENA_MAX);
    struct json_reader reader;
    struct json_view top;
    struct err err = {0};

    return json_reader_open(&reader, arena, bytes, len, &top, &err) == 0 &&
           json_reader_close(&top, &err) == 0;
}

/* Ask about the review @body, @document where it parses. With @is_ours it is one that the API
 * server could have sent. */
static void try_review(const struct admit_options *options,
                       const struct buf *body,
                       json_t *document,
                       bool is_ours)
{
    const char *uid = json_text_of(json_object_get(document, "request"), "uid");
    struct question question = {.options = options, .body = buf_text(body), .len = body->len};

    ask(&question);
    ask_again(&question);
    if (question.answer.len > 0 && strcmp(uid, REQUEST_UID) == 0) {
        check_answer(&question, document);
    }
    ask_tree(&question);
    if (is_ours && document != NULL && question.err.code != ERR_NONE) {
        fuzz_broken("no answer, not even a denial: %s", question.err.msg);
    }
    if (strstr(buf_text(&question.answer), "\"patch\"") != NULL &&
        !is_json(question.body, question.len)) {
        fuzz_broken("a patch for what is no JSON");
    }
    buf_clear(&question.answer);
}

/* Append a review that asks about the object that stands in @bytes, or in their place. @object is
 * that object, where it is one. */
static void wrap(struct buf *body, const char *bytes, size_t len, const json_t *object)
{
    const struct request_kind *kind = json_is_object(object) ? request_kind_of(object) : NULL;

    buf_printf(body,
               "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
               "\"uid\":\"" REQUEST_UID "\",\"kind\":{\"group\":\"argoproj.io\",\"version\":"
               "\"v1alpha1\",\"kind\":\"%s\"},\"namespace\":\"default\",\"operation\":\"CREATE\","
               "\"object\":",
               kind != NULL ? kind->kind : "Workflow");
    buf_add(body, bytes, len);
    buf_add_text(body, "}}");
}

static const struct policy_set *load(const char *path)
{
    struct err err = {0};
    const struct policy_set *policies =
        path != NULL ? policy_load(path, &err) : policy_load_shipped(&err);

    if (policies == NULL) {
        fuzz_broken("%s", err.msg);
    }
    return policies;
}

/* Set up who is asked: under the shipped policies, and under our own. */
static void set_up(struct admit_options options[static N_OPTIONS])
{
    if (options[0].policies != NULL) {
        return;
    }
    options[0] = (struct admit_options){.policies = load(NULL), .copier_image = "hawser"};
    options[1] = (struct admit_options){
        .policies = load(FUZZ_POLICIES),
        .copier_image = "hawser",
        .namespace_opted_in = true,
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct admit_options options[N_OPTIONS];
    CLEANUP(buf_clear) struct buf body = BUF_INIT(2 * ADMIT_BODY_MAX);
    struct err err = {0};
    json_auto_t *input = json_parse((const char *)bytes, len, &err);
    json_auto_t *document = NULL;
    const bool is_review = json_is_object(json_object_get(input, "request"));

    set_up(options);
    if (is_review) {
        buf_add(&body, bytes, len);
    } else {
        wrap(&body, (const char *)bytes, len, input);
    }
    document = json_parse(buf_text(&body), body.len, &err);
    for (size_t i = 0; i < N_OPTIONS; i++) {
        try_review(&options[i], &body, document, json_is_object(input) && !is_review);
    }
    return 0;
}
