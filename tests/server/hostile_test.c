/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bodies that are meant to cost more than they do
 *
 * usage: hostile_test HAWSER
 *
 * Each is as large as a body may be, and is refused, or the object denied, within MS_MAX of its
 * last byte, by a server that never had more than MIB_MAX of memory. The best of a few tries
 * counts, because others use the machine too. A build with sanitizers (the environment says
 * SANITIZE) is told, not judged.
 */

#include "base/cleanup.h"
#include "tests/proc.h"
#include "tests/server/serving.h"

#define BODY_MAX (8UL * 1024 * 1024)
#define MS_MAX   100
#define MIB_MAX  96
#define N_TRIES  5

static const char *hawser; /* the binary */

/* What stands around the hostile part: a review of a workflow that opts in. */
#define REVIEW_HEAD                                                                               \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":"  \
    "\"1\",\"operation\":\"CREATE\",\"namespace\":\"default\",\"kind\":{\"group\":\"argoproj."    \
    "io\",\"version\":\"v1alpha1\",\"kind\":\"Workflow\"},\"object\":{\"apiVersion\":"            \
    "\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\",\"metadata\":{\"name\":\"a\",\"annotations\"" \
    ":{\"hawser.dev/policy\":\"scratch\"}},\"spec\":"
#define REVIEW_TAIL "}}}"

/* The same for its labels. */
#define LABELS_HEAD                                                                              \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":" \
    "\"1\",\"operation\":\"CREATE\",\"namespace\":\"default\",\"kind\":{\"group\":\"argoproj."   \
    "io\",\"version\":\"v1alpha1\",\"kind\":\"Workflow\"},\"object\":{\"metadata\":{\"labels\":{"
#define LABELS_TAIL ",\"annotations\":{\"hawser.dev/policy\":\"scratch\"}}}}}"

struct body {
    const char *what;
    const char *head;
    const char *part; /* again and again; "%zu" in it is a number that differs each time */
    const char *tail; /* stands in place of the last part's last byte, a comma */
    unsigned int status;
};

static const struct body bodies[] = {
    {"empty objects", "[", "{},", "{}]", 400},
    {"empty objects in a review", REVIEW_HEAD "{\"templates\":[", "{},", "{}]}" REVIEW_TAIL, 413},
    {"empty lists in a review", REVIEW_HEAD "{\"templates\":[", "[],", "[]]}" REVIEW_TAIL, 413},
    {"small objects in a review", REVIEW_HEAD "{\"templates\":[", "{\"a\":1},", "{}]}" REVIEW_TAIL,
     413},
    {"deep lists", "", "[", "", 400},
    {"deep objects", "", "{\"a\":", "", 400},
    {"deep lists in a review", REVIEW_HEAD, "[", "", 400},
    {"one string", "\"", "xxxxxxxxxxxxxxxx", "\"", 400},
    {"one string of escapes", "\"", "\\u003c", "\"", 400},
    {"one string in a review", REVIEW_HEAD "\"", "xxxxxxxxxxxxxxxx", "\"" REVIEW_TAIL, 200},
    {"a million keys", "{", "\"%zu\":0,", "\"a\":0}", 400},
    {"a million keys in a review", REVIEW_HEAD "{", "\"%zu\":0,", "\"a\":0}" REVIEW_TAIL, 200},
    {"a million labels in a review", LABELS_HEAD, "\"%zu\":\"\",", "\"a\":\"\"}" LABELS_TAIL, 200},
    {"a million hooks in a review", REVIEW_HEAD "{\"hooks\":{", "\"%zu\":{},",
     "\"a\":{}}}" REVIEW_TAIL, 200},
    {"digits", "", "7777777777777777", "", 400},
    {"commas", "[", ",", "]", 400},
    {"white space", "", "                ", "", 400},
    {"bytes that are no text", "\"", "\xff\xfe", "\"", 400},
    {"NUL bytes", "", "", "", 400},
};

/* Write @body so large that it just fits. */
static void write_body(const struct body *body, struct buf *out)
{
    const size_t max = BODY_MAX - strlen(body->tail);
    const bool is_numbered = strstr(body->part, "%zu") != NULL;
    size_t at;

    buf_add_text(out, body->head);
    for (size_t i = 0; out->len + strlen(body->part) + 20 < max; i++) {
        if (is_numbered) {
            at = strcspn(body->part, "%");
            buf_add(out, body->part, at);
            buf_printf(out, "%zu", i);
            buf_add_text(out, body->part + at + strlen("%zu"));
        } else if (body->part[0] == '\0') {
            buf_add_char(out, '\0');
        } else {
            buf_add_text(out, body->part);
        }
    }
    buf_add_text(out, body->tail);
}

/* Send the request; how long the answer took from the last byte on. */
static uint64_t send_and_wait(struct client *client, const struct buf *request, unsigned int status)
{
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};
    uint64_t start_us;

    serving_check(client_send(client, request->bytes, request->len, &err), &err);
    start_us = clock_monotonic_us();
    serving_check(client_receive(client, &answer, &err), &err);
    if (answer.status != status) {
        fail_msg("status %u, expected %u: %.200s", answer.status, status, answer.body);
    }
    return clock_monotonic_us() - start_us;
}

static void judge(const struct body *body)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(2 * BODY_MAX);
    CLEANUP(buf_clear) struct buf request = BUF_INIT(2 * BODY_MAX);
    CLEANUP(client_free) struct client *client = NULL;
    const char *const arguments[] = {NULL};
    struct served *served;
    uint64_t best_us = UINT64_MAX;
    size_t mib;

    write_body(body, &text);
    const struct client_message message = {.body = text.bytes, .len = text.len};
    client_write(&message, &request);
    served = serving_start(hawser, arguments);
    client = serving_connect(served);
    for (int i = 0; i < N_TRIES; i++) {
        uint64_t took_us = send_and_wait(client, &request, body->status);
        best_us = took_us < best_us ? took_us : best_us;
    }
    mib = (served_peak_kib(served) + 1023) / 1024;
    print_message("# %s: %u after %.1f ms, %zu MiB at the peak\n", body->what, body->status,
                  (double)best_us / 1000, mib);
    if (!serving_is_sanitized()) {
        assert_in_range(best_us, 0, MS_MAX * 1000);
        assert_in_range(mib, proc_is_mounted() ? 1 : 0, MIB_MAX);
    }
    serving_stop(served);
}

static void hostile_bodies_are_answered_within_100_ms_and_96_mib(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        judge(&bodies[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_bodies_are_answered_within_100_ms_and_96_mib),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
