/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/admit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/test.h"

/* The request that the API server sends, with room for an object, and for what follows it. */
#define REVIEW(object) REVIEW_WITH(object, ",\"oldObject\":null,\"dryRun\":true,\"options\":null")

#define REVIEW_WITH(object, rest) REVIEW_START object rest "}}\n"

#define REVIEW_START                                                                           \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"       \
    "\"uid\":\"U\",\"kind\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","              \
    "\"kind\":\"Workflow\"},\"resource\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\"," \
    "\"resource\":\"workflows\"},\"namespace\":\"default\",\"operation\":\"CREATE\","          \
    "\"userInfo\":{},\"object\":"

#define WORKFLOW                                                                              \
    "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\",\"metadata\":{"           \
    "\"generateName\":\"w-\",\"annotations\":{\"hawser.dev/policy\":\"scratch\"}},\"spec\":{" \
    "\"entrypoint\":\"a\",\"templates\":[{\"name\":\"a\",\"container\":{\"image\":\"i\"}}]}}"

struct outcome {
    int result;
    struct err err;
    enum report_outcome outcome;
    bool dry_run;
    char *answer;
};

static struct outcome
try_in(bool namespace_opted_in, const char *body, size_t len, size_t arena_bytes)
{
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *policies = policy_load_shipped(&err);
    CLEANUP(arena_free) struct arena *arena = arena_new(arena_bytes);
    CLEANUP(buf_clear) struct buf answer = BUF_INIT(ADMIT_ANSWER_MAX);
    const struct admit_options options = {
        .policies = policies,
        .copier_image = "hawser",
        .namespace_opted_in = namespace_opted_in,
    };
    struct outcome outcome = {0};
    struct report report = {.arena = arena};

    assert_non_null(policies);
    assert_non_null(arena);
    outcome.result = admit(&options, body, len, &answer, &report, &outcome.err);
    outcome.outcome = report.outcome;
    outcome.dry_run = report.dry_run;
    if (outcome.result == 0) {
        outcome.answer = strdup(buf_text(&answer));
    }
    return outcome;
}

static struct outcome try(const char *body, size_t len, size_t arena_bytes)
{
    return try_in(false, body, len, arena_bytes);
}

static void a_review_that_is_none_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *body;
        const char *message; /* its start */
    } rows[] = {
        {"", "line 1, column 1: expected a value"},
        {" \t\r\n", "line 2, column 1: expected a value"},
        {"[]", "expected an AdmissionReview, a JSON object"},
        {"\n[{", "expected an AdmissionReview, a JSON object"},
        {"\xef\xbb\xbf{}", "line 1, column 1: expected a value"},
        {"{", "line 1, column 2: expected a key"},
        {" \t\r\n{}", "at /kind: expected 'AdmissionReview', found ''"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\"",
         "line 1, column"},
        {"{\"kind\":\"Pod\"}", "at /kind: expected 'AdmissionReview', found 'Pod'"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\"}",
         "at /apiVersion: expected 'admission.k8s.io/v1', found 'admission.k8s.io/v1beta1'"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}",
         "at /: expected 'request', an object"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{}}",
         "at /request: expected 'uid', a string"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":"
         "{\"uid\":\"U\"}}",
         "at /request: expected 'operation', a string"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":"
         "{\"uid\":7}}",
         "at /request/uid: expected a string, found a number"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":"
         "{\"uid\":\"U\",\"operation\":\"CREATE\"}}",
         "at /request: expected 'kind', the group, version and kind of the object"},
        {REVIEW("null"), "at /request: expected 'object', which CREATE needs"},
        {REVIEW("[]"), "at /request/object: expected an object, found a list"},
        {REVIEW_WITH("{}", ",\"object\":{}"), "at /request/object: the key is there twice"},
        {REVIEW("{\"a\":\"\xff\"}"), "line 1, column "},
        {REVIEW("{\"a\":\"\\ud800\"}"), "line 1, column "},
        {REVIEW("{\"a\\u0000b\":1}"), "line 1, column "},
        {REVIEW("{}") "x", "line 2, column "},
        {REVIEW_WITH("{}", ",\"dryRun\":\"true\""),
         "at /request/dryRun: expected a boolean, found a string"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome = try(rows[i].body, strlen(rows[i].body), ADMIT_ARENA_MAX);
        print_message("# row %zu: %s\n", i, outcome.err.msg);
        assert_int_equal(outcome.result, -1);
        assert_int_equal(outcome.err.code, ERR_INVALID);
        assert_memory_equal(outcome.err.msg, rows[i].message, strlen(rows[i].message));
    }
}

static void a_review_300_levels_deep_is_refused(void **state)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(4096);
    struct outcome outcome;

    (void)state;
    buf_add_text(&body, "{\"a\":");
    for (int i = 1; i < 300; i++) {
        buf_add_text(&body, "[");
    }
    outcome = try(buf_text(&body), body.len, ADMIT_ARENA_MAX);
    assert_int_equal(outcome.result, -1);
    assert_int_equal(outcome.err.code, ERR_INVALID);
    assert_string_equal(outcome.err.msg, "line 1, column 261: expected at most 256 levels");
}

static void a_review_of_9_mib_is_too_big(void **state)
{
    size_t len = 9UL * 1024 * 1024;
    CLEANUP(free) char *body = calloc(1, len);
    struct outcome outcome;

    (void)state;
    assert_non_null(body);
    memset(body, ' ', len);
    outcome = try(body, len, ADMIT_ARENA_MAX);
    assert_int_equal(outcome.result, -1);
    assert_int_equal(outcome.err.code, ERR_TOO_BIG);
    assert_string_equal(outcome.err.msg, "the review has 9437184 bytes; the limit is 8388608");
}

static void an_object_of_an_unknown_kind_is_denied(void **state)
{
    static const char body[] =
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
        "\"uid\":\"U\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
        "\"operation\":\"CREATE\",\"object\":{}}}";
    struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *answer = outcome.answer;

    (void)state;
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.outcome, REPORT_DENIED);
    assert_string_equal(
        answer, "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                "\"response\":{\"uid\":\"U\",\"allowed\":false,\"status\":{\"code\":400,"
                "\"reason\":\"BadRequest\",\"message\":\"'Pod' of '/v1' is none of the kinds that "
                "hawser handles: Workflow, WorkflowTemplate, ClusterWorkflowTemplate and "
                "CronWorkflow of argoproj.io/v1alpha1\"}}}");
}

static void integers_that_only_go_writes_do_not_matter(void **state)
{
    static const char body[] =
        REVIEW("{\"metadata\":{\"name\":\"w\"},\"spec\":{\"x\":18446744073709552000}}");
    struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *answer = outcome.answer;

    (void)state;
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.outcome, REPORT_UNTOUCHED);
    assert_non_null(answer);
}

static void a_string_with_a_nul_is_denied_where_it_matters(void **state)
{
    static const char body[] =
        REVIEW("{\"metadata\":{\"annotations\":{\"hawser.dev/policy\":\"scratch\\u0000x\"}}}");
    struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *answer = outcome.answer;

    (void)state;
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.outcome, REPORT_DENIED);
    assert_non_null(strstr(answer, "expected a string without NUL characters"));
}

/* Append the string @text, each character an escape. */
static void add_escaped(struct buf *out, const char *text)
{
    buf_add_text(out, "\"");
    for (; *text != '\0'; text++) {
        buf_printf(out, "\\u%04x", (unsigned int)(unsigned char)*text);
    }
    buf_add_text(out, "\"");
}

static void a_key_in_escapes_is_the_same_key(void **state)
{
    static const struct {
        const char *before;
        const char *key; /* of what is no number */
        const char *behind;
    } rows[] = {
        {"", "volumeClaimTemplates", ":7}}}}"},
        {"", "securityContext", ":7}}}}"},
        {"\"templates\":[{\"name\":\"a\",", "dag", ":7}]}}}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf body = BUF_INIT(4096);
        struct outcome outcome;
        buf_add_text(&body, REVIEW_START);
        buf_add_text(&body, "{\"metadata\":{\"annotations\":{\"hawser.dev/policy\":\"scratch\"}},");
        buf_add_text(&body, "\"spec\":{");
        buf_add_text(&body, rows[i].before);
        add_escaped(&body, rows[i].key);
        buf_add_text(&body, rows[i].behind);
        outcome = try(buf_text(&body), body.len, ADMIT_ARENA_MAX);
        print_message("# %s\n", rows[i].key);
        assert_int_equal(outcome.result, 0);
        assert_int_equal(outcome.outcome, REPORT_DENIED);
        assert_non_null(strstr(outcome.answer, rows[i].key));
        free(outcome.answer);
    }
}

static void the_report_says_whether_the_request_is_a_dry_run(void **state)
{
    static const struct {
        const char *body;
        bool dry_run;
    } rows[] = {
        {REVIEW_WITH(WORKFLOW, ",\"dryRun\":true"), true},
        {REVIEW_WITH(WORKFLOW, ",\"dryRun\":false"), false},
        {REVIEW_WITH(WORKFLOW, ",\"dryRun\":null"), false},
        {REVIEW_WITH(WORKFLOW, ""), false},
        {REVIEW_WITH("{\"spec\":{}}", ",\"dryRun\":true"), true}, /* not opted in */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome = try(rows[i].body, strlen(rows[i].body), ADMIT_ARENA_MAX);
        CLEANUP(free) char *answer = outcome.answer;
        print_message("# row %zu\n", i);
        assert_int_equal(outcome.result, 0);
        assert_non_null(answer);
        assert_int_equal(outcome.dry_run, rows[i].dry_run);
    }
}

static void a_dry_run_gets_the_same_answer(void **state)
{
    static const char dry[] = REVIEW_WITH(WORKFLOW, ",\"dryRun\":true");
    static const char wet[] = REVIEW_WITH(WORKFLOW, ",\"dryRun\":false");
    struct outcome first = try(dry, strlen(dry), ADMIT_ARENA_MAX);
    struct outcome second = try(wet, strlen(wet), ADMIT_ARENA_MAX);
    CLEANUP(free) char *a = first.answer;
    CLEANUP(free) char *b = second.answer;

    (void)state;
    assert_int_equal(first.outcome, REPORT_INJECTED);
    assert_string_equal(a, b);
}

static void equal_requests_get_equal_answers(void **state)
{
    static const char body[] = REVIEW(WORKFLOW);
    struct outcome first = try(body, strlen(body), ADMIT_ARENA_MAX);
    struct outcome second = try(body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *a = first.answer;
    CLEANUP(free) char *b = second.answer;

    (void)state;
    assert_int_equal(first.outcome, REPORT_INJECTED);
    assert_string_equal(a, b);
}

/* A review of a Workflow with @n templates, each with @extra beside its container. */
static char *review_of_templates(size_t n, const char *spec, const char *extra)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(ADMIT_BODY_MAX);
    static const char start[] = REVIEW("{\"metadata\":{\"annotations\":{\"hawser.dev/policy\":"
                                       "\"scratch\"}},\"spec\":{%");
    const char *rest = strchr(start, '%');

    buf_add(&body, start, (size_t)(rest - start));
    buf_printf(&body, "%s\"templates\":[", spec);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&body, "%s{\"name\":\"t%zu\",\"container\":{\"image\":\"i\"}%s}",
                   i > 0 ? "," : "", i, extra);
    }
    buf_add_text(&body, "]}}");
    buf_add_text(&body, rest + 1);
    assert_false(buf_failed(&body));
    return buf_take(&body);
}

/* Try a review with 1,000 templates and a list called @name of @n empty objects in its spec. */
static struct outcome try_objects(const char *name, size_t n)
{
    CLEANUP(buf_clear) struct buf list = BUF_INIT(ADMIT_BODY_MAX);
    CLEANUP(free) char *body = NULL;

    buf_printf(&list, "\"%s\":[{}", name);
    for (size_t i = 1; i < n; i++) {
        buf_add_text(&list, ",{}");
    }
    buf_add_text(&list, "],");
    body = review_of_templates(1000, buf_text(&list), "");
    return try(body, strlen(body), ADMIT_ARENA_MAX);
}

static void what_is_not_looked_at_takes_little_memory(void **state)
{
    struct outcome outcome = try_objects("x", 300000);
    CLEANUP(free) char *answer = outcome.answer;

    (void)state;
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.outcome, REPORT_INJECTED);
    assert_non_null(answer);
}

static void what_takes_too_much_memory_is_too_big(void **state)
{
    static const struct {
        const char *list;
        size_t n;
        const char *message;
    } rows[] = {
        {"x", 1000001, "the text has more than 1000000 lists and objects"},
        {"volumes", 600000, "the object needs more working memory than is allowed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome = try_objects(rows[i].list, rows[i].n);
        print_message("# row %zu: %s\n", i, outcome.err.msg);
        assert_int_equal(outcome.result, -1);
        assert_int_equal(outcome.err.code, ERR_TOO_BIG);
        assert_string_equal(outcome.err.msg, rows[i].message);
    }
}

/* Nothing depends on it: what an object that does not opt in holds is the API server's business. */
static void what_follows_the_metadata_of_an_object_that_does_not_opt_in_is_not_read(void **state)
{
    static const char body[] = REVIEW("{\"metadata\":{\"name\":\"w\"},\"spec\":tru");
    struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *answer = outcome.answer;

    (void)state;
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.outcome, REPORT_UNTOUCHED);
    assert_non_null(strstr(answer, "\"allowed\":true"));
}

/* The same without what stands behind it, and with it in front. */
static void a_review_is_the_same_in_any_order(void **state)
{
    static const char start[] =
        "{\"request\":{\"object\":" WORKFLOW ",\"operation\":\"CREATE\",\"namespace\":\"default\","
        "\"kind\":{\"version\":\"v1alpha1\",\"kind\":\"Workflow\","
        "\"group\":\"argoproj.io\"},\"uid\":\"U\"},"
        "\"apiVersion\":\"admission.k8s.io/v1\","
        "\"kind\":\"AdmissionReview\"}";
    static const char usual[] = REVIEW(WORKFLOW);
    struct outcome a = try(start, strlen(start), ADMIT_ARENA_MAX);
    struct outcome b = try(usual, strlen(usual), ADMIT_ARENA_MAX);
    CLEANUP(free) char *answer = a.answer;
    CLEANUP(free) char *usual_answer = b.answer;

    (void)state;
    assert_int_equal(a.result, 0);
    assert_int_equal(a.outcome, REPORT_INJECTED);
    assert_string_equal(answer, usual_answer);
}

static void as_many_templates_as_a_patch_holds_fit_into_the_arena(void **state)
{
    CLEANUP(free) char *body = review_of_templates(8000, "", "");
    struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *answer = outcome.answer;

    (void)state;
    assert_int_equal(outcome.outcome, REPORT_INJECTED);
    assert_non_null(answer);
}

static void an_object_that_the_cluster_could_not_store_is_denied(void **state)
{
    static const struct {
        size_t filler;
        enum report_outcome outcome;
        const char *said; /* NULL: nothing */
    } rows[] = {
        {1000, REPORT_INJECTED, NULL},
        {ADMIT_OBJECT_WARN_BYTES, REPORT_INJECTED, "bytes; the cluster stores at most 1572864"},
        {ADMIT_OBJECT_MAX_BYTES, REPORT_DENIED,
         "more than the 1572864 bytes that the cluster stores"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf extra = BUF_INIT(ADMIT_BODY_MAX);
        buf_add_text(&extra, ",\"x\":\"");
        for (size_t k = 0; k < rows[i].filler; k++) {
            buf_add_char(&extra, 'x');
        }
        buf_add_text(&extra, "\"");
        CLEANUP(free) char *body = review_of_templates(1, "", buf_text(&extra));
        struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
        CLEANUP(free) char *answer = outcome.answer;
        assert_int_equal(outcome.result, 0);
        assert_int_equal(outcome.outcome, rows[i].outcome);
        if (rows[i].said != NULL) {
            assert_non_null(strstr(answer, rows[i].said));
        } else {
            assert_null(strstr(answer, "warnings"));
        }
    }
}

static void a_long_status_is_cut_and_says_so(void **state)
{
    CLEANUP(free) char *body = review_of_templates(70, "", "");
    struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *answer = outcome.answer;
    const char *encoded = strstr(answer, "\"patch\":\"");

    (void)state;
    assert_int_equal(outcome.outcome, REPORT_INJECTED);
    assert_non_null(encoded);
    /* base64 of "omitted" at each of its three alignments */
    assert_true(strstr(encoded, "b21pdHRlZ") != NULL || strstr(encoded, "9taXR0ZW") != NULL ||
                strstr(encoded, "vbWl0dGVk") != NULL);
}

static void an_object_made_to_be_slow_is_denied(void **state)
{
    static const struct {
        const char *start;
        const char *item;
        const char *end;
    } rows[] = {
        {"\"container\":{\"volumeMounts\":[", "{\"name\":\"v\",\"mountPath\":\"/m/", "]}"},
        {"\"sidecars\":[", "{\"name\":\"s", "]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf spec = BUF_INIT(ADMIT_BODY_MAX);
        buf_printf(&spec, "\"templateDefaults\":{%s", rows[i].start);
        for (int k = 0; k < 10000; k++) {
            buf_printf(&spec, "%s%s%d\"}", k > 0 ? "," : "", rows[i].item, k);
        }
        buf_printf(&spec, "%s},", rows[i].end);
        CLEANUP(free) char *body = review_of_templates(2000, buf_text(&spec), "");
        struct outcome outcome = try(body, strlen(body), ADMIT_ARENA_MAX);
        CLEANUP(free) char *answer = outcome.answer;
        print_message("# row %zu\n", i);
        assert_int_equal(outcome.outcome, REPORT_DENIED);
        assert_non_null(strstr(answer, "the object has too many containers, mounts, volumes and"));
    }
}

/* Every allocation in the arena is the last one once. */
static void try_little_memory(bool namespace_opted_in, const char *body)
{
    struct outcome whole = try_in(namespace_opted_in, body, strlen(body), ADMIT_ARENA_MAX);
    CLEANUP(free) char *expected = whole.answer;
    size_t n_failed = 0;

    assert_int_equal(whole.outcome, REPORT_INJECTED);
    for (size_t bytes = 0; bytes < 16384; bytes += 16) {
        struct outcome outcome = try_in(namespace_opted_in, body, strlen(body), bytes);
        CLEANUP(free) char *answer = outcome.answer;
        if (outcome.result < 0) {
            assert_int_equal(outcome.err.code, ERR_TOO_BIG);
            n_failed++;
        } else {
            assert_string_equal(answer, expected);
        }
    }
    assert_true(n_failed > 20);
    assert_true(n_failed < 1024);
}

static void too_little_memory_is_an_error_and_never_another_patch(void **state)
{
    (void)state;
    try_little_memory(false, REVIEW(WORKFLOW));
}

/* Its Workflows would not know that it opts out of its namespace's injection. */
static void too_little_memory_lets_no_cron_workflow_forget_that_it_opts_out(void **state)
{
    static const char body[] =
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
        "\"uid\":\"U\",\"kind\":{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","
        "\"kind\":\"CronWorkflow\"},\"namespace\":\"default\",\"operation\":\"CREATE\","
        "\"object\":{\"metadata\":{\"name\":\"c\",\"annotations\":{\"hawser.dev/inject\":"
        "\"false\"}},\"spec\":{\"workflowSpec\":{\"templates\":[{\"name\":\"a\","
        "\"container\":{\"image\":\"i\"}}]}}}}}";

    (void)state;
    try_little_memory(true, body);
}

static void a_secret_is_known_by_its_key_or_there_is_no_answer(void **state)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(65536);
    size_t n_failed = 0;
    struct outcome whole;

    (void)state;
    buf_add_text(&body, REVIEW_START "{\"metadata\":{\"annotations\":{\"hawser.dev/policy\":");
    buf_add_text(&body, "\"scratch\"}},\"spec\":{\"templates\":[{\"name\":\"a\",\"container\":{},");
    buf_add_text(&body, "\"archiveLocation\":{\"s3\":{\"");
    for (size_t i = 0; i < 4096; i++) {
        buf_add_text(&body, "x");
    }
    buf_add_text(&body, "Secre\\u0074\":{\"name\":\"workdir\"}}}}]}}}}");
    whole = try(buf_text(&body), body.len, ADMIT_ARENA_MAX);
    assert_int_equal(whole.result, 0);
    for (size_t bytes = 0; bytes < 32768; bytes += 16) {
        struct outcome outcome = try(buf_text(&body), body.len, bytes);
        CLEANUP(free) char *answer = outcome.answer;
        if (outcome.result < 0) {
            assert_int_equal(outcome.err.code, ERR_TOO_BIG);
            n_failed++;
        } else {
            assert_string_equal(answer, whole.answer);
        }
    }
    free(whole.answer);
    assert_true(n_failed > 20);
    assert_true(n_failed < 2048);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_review_that_is_none_is_refused_with_its_place),
        cmocka_unit_test(a_review_300_levels_deep_is_refused),
        cmocka_unit_test(a_review_of_9_mib_is_too_big),
        cmocka_unit_test(an_object_of_an_unknown_kind_is_denied),
        cmocka_unit_test(integers_that_only_go_writes_do_not_matter),
        cmocka_unit_test(a_string_with_a_nul_is_denied_where_it_matters),
        cmocka_unit_test(a_key_in_escapes_is_the_same_key),
        cmocka_unit_test(the_report_says_whether_the_request_is_a_dry_run),
        cmocka_unit_test(a_dry_run_gets_the_same_answer),
        cmocka_unit_test(equal_requests_get_equal_answers),
        cmocka_unit_test(what_is_not_looked_at_takes_little_memory),
        cmocka_unit_test(what_takes_too_much_memory_is_too_big),
        cmocka_unit_test(what_follows_the_metadata_of_an_object_that_does_not_opt_in_is_not_read),
        cmocka_unit_test(a_review_is_the_same_in_any_order),
        cmocka_unit_test(as_many_templates_as_a_patch_holds_fit_into_the_arena),
        cmocka_unit_test(an_object_that_the_cluster_could_not_store_is_denied),
        cmocka_unit_test(a_long_status_is_cut_and_says_so),
        cmocka_unit_test(an_object_made_to_be_slow_is_denied),
        cmocka_unit_test(too_little_memory_is_an_error_and_never_another_patch),
        cmocka_unit_test(too_little_memory_lets_no_cron_workflow_forget_that_it_opts_out),
        cmocka_unit_test(a_secret_is_known_by_its_key_or_there_is_no_answer),
    };

    return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}
