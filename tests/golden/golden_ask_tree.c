/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "tests/golden/golden_ask.h"
#include "tests/tree/tree.h"

void golden_ask_begin(const char *hawser)
{
    (void)hawser;
}

void golden_ask_end(void)
{
}

int golden_ask(const struct golden_case *golden,
               const struct request *request,
               struct arena *arena,
               struct buf *answer,
               struct err *err)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(ADMIT_BODY_MAX);
    const struct admit_options options = {
        .policies = golden->policies,
        .copier_image = golden_case_copier_image(golden),
        .namespace_opted_in = golden_case_namespace_opted_in(golden),
    };
    struct report report = {.arena = arena};
    int status;

    request_write(&body, request);
    if (buf_check(&body, "the request", err) < 0) {
        return -1;
    }
    status = tree_admit(&options, buf_text(&body), body.len, answer, &report, err);
    tree_forget();
    return status;
}
