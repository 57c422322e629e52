/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: admit_often N REVIEW-FILE [POLICIES]
 *
 * Have admit() answer the review under the shipped policies, or those of a file or folder, and
 * print the outcome: "untouched", "unchanged", "injected" or "denied". It is answered once to get
 * ready (what libraries do only once is done then), and N times in counted(), the function for a
 * profiler to look at, each time with fresh memory as the server does.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "policies/load.h"
#include "webhook/inject/admit.h"

#define TIMES_MAX 1000000

static int answer(const struct policy_set *policies,
                  const struct buf *review,
                  enum report_outcome *outcome,
                  struct err *err)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ADMIT_ARENA_MAX);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(ADMIT_ANSWER_MAX);
    const struct admit_options options = {.policies = policies, .copier_image = "hawser:bench"};
    struct report report = {.arena = arena};

    if (arena == NULL) {
        return err_no_memory(err);
    }
    if (admit(&options, buf_text(review), review->len, &out, &report, err) < 0) {
        return -1;
    }
    *outcome = report.outcome;
    return 0;
}

__attribute__((noinline)) static int counted(unsigned long n,
                                             const struct policy_set *policies,
                                             const struct buf *review,
                                             enum report_outcome *outcome,
                                             struct err *err)
{
    int status = 0;

    for (unsigned long i = 0; i < n && status == 0; i++) {
        status = answer(policies, review, outcome, err);
    }
    return status;
}

/* What main() does with the usage checked. */
static int run(unsigned long n, const char *review_path, const char *policies_path, struct err *err)
{
    CLEANUP(policy_set_unref)
    struct policy_set *policies =
        policies_path != NULL ? policy_load(policies_path, err) : policy_load_shipped(err);
    CLEANUP(buf_clear) struct buf review = BUF_INIT(ADMIT_BODY_MAX);
    enum report_outcome outcome = REPORT_UNTOUCHED;

    if (policies == NULL || file_read(review_path, &review, err) < 0 ||
        answer(policies, &review, &outcome, err) < 0 ||
        counted(n, policies, &review, &outcome, err) < 0) {
        return -1;
    }
    (void)puts(report_outcome_name(outcome));
    return 0;
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
