/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: admit_often N REVIEW-FILE [POLICIES]
 *
 * Have admit() answer the review under the shipped policies, or those of a file or folder, and
 * print the outcome: "untouched", "unchanged", "injected" or "denied". It is answered once to get
 * ready (what libraries do only once is done then), and N times in counted(), the function for a
 * profiler to look at, in memory that is used again as a thread of the server does.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "policies/load.h"
#include "webhook/inject/admit.h"

#define TIMES_MAX 1000000

/* What to answer, and with what. */
struct question {
    struct policy_set *policies;
    struct buf review;
    struct arena *arena;
};

static int answer(const struct question *question, enum report_outcome *outcome, struct err *err)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(ADMIT_ANSWER_MAX);
    const struct admit_options options = {
        .policies = question->policies,
        .copier_image = "hawser:bench",
    };
    struct report report = {.arena = question->arena};
    int status =
        admit(&options, buf_text(&question->review), question->review.len, &out, &report, err);

    *outcome = report.outcome;
    arena_reset(question->arena);
    return status;
}

__attribute__((noinline)) static int counted(unsigned long n,
                                             const struct question *question,
                                             enum report_outcome *outcome,
                                             struct err *err)
{
    int status = 0;

    for (unsigned long i = 0; i < n && status == 0; i++) {
        status = answer(question, outcome, err);
    }
    return status;
}

static int ask(struct question *question,
               unsigned long n,
               const char *review_path,
               const char *policies_path,
               struct err *err)
{
    enum report_outcome outcome = REPORT_UNTOUCHED;

    question->policies =
        policies_path != NULL ? policy_load(policies_path, err) : policy_load_shipped(err);
    if (question->policies == NULL || file_read(review_path, &question->review, err) < 0 ||
        answer(question, &outcome, err) < 0 || counted(n, question, &outcome, err) < 0) {
        return -1;
    }
    (void)puts(report_outcome_name(outcome));
    return 0;
}

/* What main() does with the usage checked. */
static int run(unsigned long n, const char *review_path, const char *policies_path, struct err *err)
{
    struct question question = {
        .review = BUF_INIT(ADMIT_BODY_MAX),
        .arena = arena_new(ADMIT_ARENA_MAX),
    };
    int status = question.arena != NULL ? ask(&question, n, review_path, policies_path, err)
                                        : err_no_memory(err);

    policy_set_unref(question.policies);
    buf_clear(&question.review);
    arena_free(question.arena);
    return status;
}

/* 0 for what is no number, or too large. */
static unsigned long parse_times(const char *text)
{
    char *end = NULL;
    const unsigned long n = strtoul(text, &end, 10);

    return *end == '\0' && n <= TIMES_MAX ? n : 0;
}

int main(int argc, char **argv)
{
    const unsigned long n = argc > 1 ? parse_times(argv[1]) : 0;
    struct err err = {0};

    if ((argc != 3 && argc != 4) || n == 0) {
        (void)fputs("usage: admit_often N REVIEW-FILE [POLICIES]\n", stderr);
        return EXIT_FAILURE;
    }
    if (run(n, argv[2], argv[3], &err) < 0) {
        (void)fprintf(stderr, "admit_often: %s\n", err.msg);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
