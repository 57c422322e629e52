/* SPDX-License-Identifier: Apache-2.0 */

/*
 * So many reviews for a server that runs already
 *
 * usage: send ADDRESS N
 *
 * Sends at least N admission reviews over TLS on CONNECTIONS connections, every hundredth on a new
 * one, says how it went, and exits 0 when each was answered as it should be.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/server/generation.h"
#include "tests/server/load.h"
#include "tests/server/pause.h"

#define CONNECTIONS 8
#define PAUSE_MS    50
#define WAIT_MS     (10 * 60 * 1000) /* under a checker of memory requests take long */

static int check_review(const struct answer *answer, void *data, struct err *err)
{
    CLEANUP(generation_clear) struct generation_answer review = {0};

    (void)data;
    return generation_read(answer, &review, err);
}

/* Send until there were @n, and write what happened. */
static int send_all(const char *address, size_t n, struct load_result *out, struct err *err)
{
    CLEANUP(buf_clear) struct buf body = BUF_INIT(64UL * 1024);
    CLEANUP(load_free) struct load *load = NULL;

    generation_write_review(1, 0, &body);
    const struct load_options options = {
        .address = address,
        .client = {.timeout_ms = 60000},
        .message = {.body = buf_text(&body), .len = body.len},
        .n_threads = CONNECTIONS,
        .n_for_each_connection = 100,
        .check = check_review,
    };
    load = load_start(&options, err);
    if (load == NULL) {
        return -1;
    }
    for (int waited_ms = 0; waited_ms < WAIT_MS; waited_ms += PAUSE_MS) {
        load_read(load, out);
        if (out->n_requests >= n || out->n_failures > 0) {
            break;
        }
        pause_ms(PAUSE_MS);
    }
    load_stop(load, out);
    return 0;
}

int main(int argc, char **argv)
{
    struct load_result result = {0};
    struct err err = {0};
    size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

    if (n == 0) {
        (void)fprintf(stderr, "usage: %s ADDRESS N\n", argv[0]);
        return 2;
    }
    if (send_all(argv[1], n, &result, &err) < 0) {
        (void)fprintf(stderr, "%s: %s\n", argv[0], err.msg);
        return 1;
    }
    (void)printf("%zu requests on %zu connections, %zu failed\n", result.n_requests,
                 result.n_connections, result.n_failures);
    if (result.n_failures > 0) {
        (void)fprintf(stderr, "%s: %s\n", argv[0], result.first_failure.msg);
    }
    return result.n_requests >= n && result.n_failures == 0 ? 0 : 1;
}
