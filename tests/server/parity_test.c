/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Over TLS and on the command line the answer is the same
 *
 * usage: parity_test HAWSER
 *
 * Every example of Argo, with an opt-in annotation: the patch that `hawser serve` answers with is
 * the one that `hawser dry-run -o patch` prints, and what one refuses the other refuses.
 */

#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/corpus/corpus.h"
#include "tests/server/serving.h"
#include "webhook/cli/json_stream.h"
#include "webhook/cli/manifest.h"
#include "webhook/cli/request.h"
#include "webhook/cli/response.h"
#include "webhook/inject/admit.h"

#define TEXT_MAX  (64UL * 1024 * 1024)
#define ARENA_MAX (256UL * 1024 * 1024)

static const char *hawser; /* the binary */

struct run {
    const char *policy; /* that each object names */
    struct arena *arena;
    struct client *client;
    struct json_stream printed; /* by the command line, a patch for each object that it allows */
    size_t n_patched;
    size_t n_unchanged;
    size_t n_denied;
};

/* Run the command line on all examples and keep what it prints. */
static void dry_run(const char *policy, struct buf *out)
{
    CLEANUP(buf_clear) struct buf command = BUF_INIT(16UL * 1024);
    char path[CORPUS_PATH_SIZE];
    struct err err = {0};
    FILE *pipe;
    int status;

    buf_printf(&command, "'%s' dry-run -o patch --policy %s", hawser, policy);
    for (size_t i = 0; i < CORPUS_EXAMPLES; i++) {
        (void)corpus_find(corpus_examples(i), path);
        buf_printf(&command, " -f '%s'", path);
    }
    buf_add_text(&command, " 2>/dev/null");
    pipe = popen(buf_text(&command), "re"); // NOLINT(cert-env33-c): our own binary
    assert_non_null(pipe);
    assert_int_equal(file_read_fd(fileno(pipe), "dry-run", out, &err), 0);
    status = pclose(pipe);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1); /* 1: some are refused */
}

/* The same examples, in the same order. */
static void read_examples(struct manifest *manifest)
{
    char path[CORPUS_PATH_SIZE];
    struct err err = {0};

    for (size_t i = 0; i < CORPUS_EXAMPLES; i++) {
        (void)corpus_find(corpus_examples(i), path);
        serving_check(manifest_read(manifest, path, &err), &err);
    }
}

/* Have the server answer for @object. */
static void ask(struct run *run, const json_t *object, struct response *out)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(ADMIT_BODY_MAX);
    CLEANUP(answer_clear) struct answer answer = {0};
    const char *own =
        json_string_value(json_object_get(json_object_get(object, "metadata"), "namespace"));
    const struct request request = {
        .kind = request_kind_of(object),
        .operation = "CREATE",
        .namespace = own != NULL ? own : "default",
        .object = object,
    };
    struct client_message message = {.body = NULL};
    struct err err = {0};

    request_write(&body, &request);
    message.body = buf_text(&body);
    message.len = body.len;
    serving_check(client_request(run->client, &message, &answer, &err), &err);
    serving_check(response_read(answer.body, answer.body_len, REQUEST_UID, run->arena, out, &err),
                  &err);
}

/* The next patch that the command line printed. */
static json_t *next_printed(struct run *run)
{
    struct err err = {0};
    json_t *patch = NULL;

    serving_check(json_stream_next(&run->printed, &patch, &err), &err);
    return patch;
}

static void compare(struct run *run, const struct manifest_object *example)
{
    json_auto_t *object = NULL;
    json_auto_t *printed = NULL;
    json_auto_t *none = json_array();
    struct response response = {0};

    if (request_kind_of(example->value) == NULL) { /* the webhook is not asked about it */
        printed = next_printed(run);
        assert_true(json_equal(printed, none));
        return;
    }
    object = corpus_opt_in(example->value, run->policy);
    assert_non_null(object);
    ask(run, object, &response);
    if (!response.allowed) {
        run->n_denied++;
        return; /* nothing is printed; were something, the next patch would not be the next */
    }
    printed = next_printed(run);
    if (!json_equal(printed, response.patch != NULL ? response.patch : none)) {
        fail_msg("%s: the patches differ", example->place);
    }
    run->n_patched += response.patch != NULL;
    run->n_unchanged += response.patch == NULL;
    json_decref(response.patch);
}

/* Compare all examples under the shipped policies that @policy names. */
static void compare_all(const char *policy)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
    CLEANUP(buf_clear) struct buf printed = BUF_INIT(TEXT_MAX);
    const char *const arguments[] = {NULL};
    struct run run = {.policy = policy, .arena = arena};
    struct served *served;

    read_examples(&manifest);
    dry_run(policy, &printed);
    served = serving_start(hawser, arguments);
    run.client = serving_connect(served);
    run.printed =
        (struct json_stream){.name = "dry-run", .text = buf_text(&printed), .len = printed.len};
    for (size_t i = 0; i < manifest.objects.n; i++) {
        compare(&run, &manifest.objects.items[i]);
    }
    assert_null(next_printed(&run));
    print_message("# %s: %zu objects of Argo's examples over TLS: %zu patches equal those of the "
                  "dry-run, %zu unchanged, %zu denied\n",
                  policy, manifest.objects.n, run.n_patched, run.n_unchanged, run.n_denied);
    assert_true(run.n_patched > 0);
    client_free(run.client);
    serving_stop(served);
}

static void a_transient_volume_is_injected_as_in_the_dry_run(void **state)
{
    (void)state;
    compare_all("scratch");
}

static void all_shipped_policies_are_injected_as_in_the_dry_run(void **state)
{
    (void)state;
    compare_all("scratch,cache,scratch-local");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transient_volume_is_injected_as_in_the_dry_run),
        cmocka_unit_test(all_shipped_policies_are_injected_as_in_the_dry_run),
    };
    char path[CORPUS_PATH_SIZE];

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    if (!corpus_find("", path)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("parity", tests, NULL, NULL);
}
