/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Golden cases: folders of an object and what hawser makes of it
 *
 * usage: golden_test FOLDER [HAWSER]
 *
 * Every folder directly in FOLDER is a case (golden_case.h) and a test of that name. Beside the
 * expected files each case shows that the answer keeps the contract with the API server
 * (contract.h), that it is the same when asked again, and that its own result is left alone. Who is
 * asked is a matter of what the program is linked with (golden_ask.h).
 *
 * With HAWSER_GOLDEN=write in the environment the expected files are written instead of compared.
 */

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/yaml_out.h"
#include "tests/golden/contract.h"
#include "tests/golden/golden_ask.h"
#include "tests/golden/golden_case.h"
#include "tests/golden/golden_folders.h"
#include "tests/test.h"
#include "webhook/cli/pretty.h"
#include "webhook/inject/admit.h"

#define TEXT_MAX (4UL * 1024 * 1024)

/* The environment and the argument, for all cases. */
struct golden_run {
    const char *root;
    bool write;
};

static struct golden_run golden_run;

static const char *text_of(const struct golden_case *golden, const char *key, const char *absent)
{
    const char *text = json_string_value(json_object_get(golden->request, key));

    return text != NULL ? text : absent;
}

/* The request for @object, which is the input or, to be left alone, the result. */
static int
make_request(const struct golden_case *golden, json_t *object, struct request *out, struct err *err)
{
    const json_t *metadata = json_object_get(golden->input, "metadata");
    const char *namespace = json_string_value(json_object_get(metadata, "namespace"));
    const char *operation = text_of(golden, "operation", "CREATE");
    bool is_create = strcmp(operation, "CREATE") == 0;
    bool is_delete = strcmp(operation, "DELETE") == 0;
    const json_t *old_object = json_object_get(golden->request, "oldObject");

    *out = (struct request){
        .kind = request_kind_of(golden->input),
        .operation = operation,
        .namespace = text_of(golden, "namespace", namespace != NULL ? namespace : "default"),
        .object = object,
        .old_object = is_create ? NULL : golden->input,
        .dry_run = json_is_true(json_object_get(golden->request, "dryRun")),
    };
    if (json_is_object(old_object)) {
        out->old_object = old_object;
    }
    if (is_delete || json_object_get(golden->request, "object") != NULL) {
        out->object = NULL;
    }
    if (out->kind == NULL) {
        return err_set(err, ERR_INVALID, "input.yaml is none of the kinds that hawser handles");
    }
    return 0;
}

/* Ask for @object twice, and check the answer. */
static int answer_for(const struct golden_case *golden,
                      json_t *object,
                      struct arena *arena,
                      struct contract_answer *out,
                      struct err *err)
{
    CLEANUP(buf_clear) struct buf first = BUF_INIT(ADMIT_ANSWER_MAX);
    CLEANUP(buf_clear) struct buf second = BUF_INIT(ADMIT_ANSWER_MAX);
    struct request request;

    if (make_request(golden, object, &request, err) < 0 ||
        golden_ask(golden, &request, arena, &first, err) < 0 ||
        golden_ask(golden, &request, arena, &second, err) < 0) {
        return -1;
    }
    if (strcmp(buf_text(&first), buf_text(&second)) != 0) {
        return err_set(err, ERR_INTERNAL, "asked again, the webhook answers otherwise");
    }
    return contract_check(&request, buf_text(&first), first.len, arena, out, err);
}

/* Write the texts of the expected files as they would have to be; "" where there is to be none. */
static int write_texts(const struct golden_case *golden,
                       const struct contract_answer *answer,
                       struct buf texts[static GOLDEN_FILES],
                       struct err *err)
{
    const struct response *response = &answer->response;
    json_auto_t *none = json_array();

    for (size_t i = 0; i < response->warnings.n; i++) {
        buf_printf(&texts[GOLDEN_WARNINGS], "%s\n", response->warnings.items[i]);
    }
    if (!response->allowed) {
        buf_printf(&texts[GOLDEN_DENIED], "%s\n", response->message);
        return 0;
    }
    pretty_write(&texts[GOLDEN_PATCH], response->patch != NULL ? response->patch : none);
    return yaml_out(&texts[GOLDEN_OBJECT], answer->object != NULL ? answer->object : golden->input,
                    err);
}

/* Print @text from line @from on, a few lines behind @mark. */
static void print_lines(const char *mark, const char *text, size_t from)
{
    for (size_t line = 1; *text != '\0' && line < from + 8; line++) {
        const char *end = strchrnul(text, '\n');
        if (line >= from) {
            print_message("# %s %.*s\n", mark, (int)(end - text), text);
        }
        text = *end == '\n' ? end + 1 : end;
    }
}

/* Show the first lines in which two texts differ. */
static void print_difference(const char *name, const char *expected, const char *got)
{
    size_t line = 1;

    for (size_t i = 0; expected[i] == got[i] && expected[i] != '\0'; i++) {
        line += expected[i] == '\n' ? 1 : 0;
    }
    print_message("# %s differs from line %zu on; expected -, got +\n", name, line);
    print_lines("-", expected, line);
    print_lines("+", got, line);
}

/* A patch is compared as JSON, all else byte for byte. */
static bool is_expected(enum golden_file file, const char *expected, const char *got)
{
    struct err err = {0};
    json_auto_t *a = NULL;
    json_auto_t *b = NULL;

    if (file != GOLDEN_PATCH) {
        return strcmp(expected, got) == 0;
    }
    a = json_parse(expected, strlen(expected), &err);
    b = json_parse(got, strlen(got), &err);
    return a != NULL && b != NULL && json_equal(a, b);
}

static int compare(const struct golden_case *golden, const char *const texts[], struct err *err)
{
    int n_different = 0;

    for (enum golden_file file = GOLDEN_OBJECT; file < GOLDEN_FILES; file++) {
        const char *expected = golden->expected[file];
        const char *got = texts[file];
        if (expected == NULL && got == NULL) {
            continue;
        }
        if (expected == NULL || got == NULL || !is_expected(file, expected, got)) {
            n_different++;
            print_difference(golden_file_name(file), expected != NULL ? expected : "",
                             got != NULL ? got : "");
        }
    }
    if (n_different > 0) {
        return err_set(err, ERR_INTERNAL, "%d expected files are missing, too many, or different",
                       n_different);
    }
    return 0;
}

/* Compare the answer with the expected files, or write them. */
static int
judge(const struct golden_case *golden, const struct contract_answer *answer, struct err *err)
{
    struct buf buffers[GOLDEN_FILES];
    const char *texts[GOLDEN_FILES];
    int status;

    for (size_t i = 0; i < GOLDEN_FILES; i++) {
        buffers[i] = BUF_INIT(TEXT_MAX);
    }
    status = write_texts(golden, answer, buffers, err);
    for (size_t i = 0; i < GOLDEN_FILES && status == 0; i++) {
        status = buf_check(&buffers[i], golden_file_name((enum golden_file)i), err);
        texts[i] = buffers[i].len > 0 ? buf_text(&buffers[i]) : NULL;
    }
    if (status == 0) {
        status =
            golden_run.write ? golden_case_write(golden, texts, err) : compare(golden, texts, err);
    }
    for (size_t i = 0; i < GOLDEN_FILES; i++) {
        buf_clear(&buffers[i]);
    }
    return status;
}

/* The result, admitted in its turn, is left as it is. */
static int check_idempotence(const struct golden_case *golden,
                             json_t *object,
                             struct arena *arena,
                             struct err *err)
{
    CLEANUP(contract_answer_clear) struct contract_answer again = {0};

    if (answer_for(golden, object, arena, &again, err) < 0) {
        return err_wrap(err, "admitted again");
    }
    if (!again.response.allowed) {
        return err_set(err, ERR_INTERNAL, "admitted again, the result is denied: %s",
                       again.response.message);
    }
    if (again.response.patch != NULL) {
        CLEANUP(buf_clear) struct buf patch = BUF_INIT(TEXT_MAX);
        pretty_write(&patch, again.response.patch);
        print_lines("+", buf_text(&patch), 1);
        return err_set(err, ERR_INTERNAL, "admitted again, the result is changed once more");
    }
    return 0;
}

static int run_case(const char *folder, struct err *err)
{
    CLEANUP(golden_case_clear) struct golden_case golden = {0};
    CLEANUP(contract_answer_clear) struct contract_answer answer = {0};
    CLEANUP(arena_free) struct arena *arena = arena_new(4UL * ADMIT_ARENA_MAX);

    if (arena == NULL) {
        return err_no_memory(err);
    }
    if (golden_case_load(golden_run.root, folder, &golden, err) < 0 ||
        answer_for(&golden, golden.input, arena, &answer, err) < 0 ||
        judge(&golden, &answer, err) < 0) {
        return -1;
    }
    return answer.object != NULL ? check_idempotence(&golden, answer.object, arena, err) : 0;
}

static void the_case_holds(void **state)
{
    struct err err = {0};

    if (run_case(*state, &err) < 0) {
        print_message("# %s\n", err.msg);
        fail();
    }
}

int main(int argc, char **argv)
{
    const char *mode = getenv("HAWSER_GOLDEN"); // NOLINT(concurrency-mt-unsafe): one thread
    CLEANUP(golden_folders_clear) struct golden_folders folders = {0};
    CLEANUP(free) struct CMUnitTest *tests = NULL;
    struct err err = {0};
    int n_failed;

    if (argc != 2 && argc != 3) {
        (void)fprintf(stderr, "usage: %s FOLDER [HAWSER]\n", argv[0]);
        return 2;
    }
    golden_ask_begin(argc == 3 ? argv[2] : NULL);
    golden_run.root = argv[1];
    golden_run.write = mode != NULL && strcmp(mode, "write") == 0;
    if (golden_folders_find(argv[1], &folders, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    tests = calloc(folders.n, sizeof(*tests));
    assert_non_null(tests);
    for (size_t i = 0; i < folders.n; i++) {
        tests[i] = (struct CMUnitTest){
            .name = folders.names[i],
            .test_func = the_case_holds,
            .initial_state = folders.paths[i],
        };
    }
    n_failed = _cmocka_run_group_tests("golden", tests, folders.n, NULL, NULL);
    golden_ask_end();
    return n_failed;
}
