/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The golden cases, asked of `hawser serve` over TLS
 *
 * The server is started anew where a case has other policies, or another image, than the one
 * before; the connection is kept in between, as the API server keeps it.
 */

#include "base/cleanup.h"
#include "tests/golden/golden_ask.h"
#include "tests/server/serving.h"
#include "webhook/inject/admit.h"

static struct {
    const char *hawser;
    struct served *served;
    struct client *client;
    char *policy_path;
    char *copier_image;
} asked;

void golden_ask_begin(const char *hawser)
{
    assert_non_null(hawser);
    asked.hawser = hawser;
}

/* The server ends as it should, whatever it was asked. */
static void stop(void)
{
    if (asked.served == NULL) {
        return;
    }
    client_free(asked.client);
    serving_stop(asked.served);
    free(asked.policy_path);
    free(asked.copier_image);
    asked.served = NULL;
    asked.client = NULL;
}

void golden_ask_end(void)
{
    stop();
}

static void start(const char *policy_path, const char *copier_image)
{
    const char *const arguments[] = {"--policies", policy_path, "--copier-image", copier_image,
                                     NULL};

    asked.policy_path = strdup(policy_path);
    asked.copier_image = strdup(copier_image);
    asked.served = serving_start(asked.hawser, arguments);
    asked.client = serving_connect(asked.served);
}

/* Have a server run that has the case's policies. */
static void prepare(const struct golden_case *golden)
{
    const char *image = golden_case_copier_image(golden);

    if (asked.served != NULL && strcmp(asked.policy_path, golden->policy_path) == 0 &&
        strcmp(asked.copier_image, image) == 0) {
        return;
    }
    stop();
    start(golden->policy_path, image);
}

int golden_ask(const struct golden_case *golden,
               const struct request *request,
               struct arena *arena,
               struct buf *answer,
               struct err *err)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(ADMIT_BODY_MAX);
    CLEANUP(answer_clear) struct answer received = {0};
    struct client_message message = {
        .path = golden_case_namespace_opted_in(golden) ? "/mutate/namespace?timeout=10s" : NULL,
    };

    (void)arena;
    request_write(&body, request);
    if (buf_check(&body, "the request", err) < 0) {
        return -1;
    }
    prepare(golden);
    message.body = buf_text(&body);
    message.len = body.len;
    if (client_request(asked.client, &message, &received, err) < 0) {
        return -1;
    }
    if (received.status != 200 || !answer_has(&received, "Content-Type", "application/json")) {
        return err_set(err, ERR_INVALID, "expected status 200 and JSON, found %u: %.100s",
                       received.status, received.body);
    }
    buf_add(answer, received.body, received.body_len);
    return buf_check(answer, "the answer", err);
}
