/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Clients that leave in the middle
 *
 * usage: broken_test HAWSER
 *
 * In each state of a connection a client closes its half, with TLS's goodbye or without, or resets
 * it. Afterwards the server has as many descriptors as before, and answers others.
 */

#include "base/cleanup.h"
#include "tests/proc.h"
#include "tests/server/serving.h"

#define N_EACH   20   /* one descriptor more could be chance */
#define CLEAN_MS 3000 /* well before any deadline of the server */

enum stage {
    STAGE_CONNECTED, /* and nothing sent */
    STAGE_HELLO,     /* half a ClientHello */
    STAGE_GREETED,   /* TLS stands */
    STAGE_HEADER,    /* half a header */
    STAGE_BODY,      /* half a body */
    STAGE_ASKED,     /* the answer is under way */
    STAGE_IDLE,      /* it has come */
    N_STAGES,
};

enum leave { LEAVE_GOODBYE, LEAVE_CUT, LEAVE_RESET, N_LEAVES };

static const char *const stage_names[] = {"connected", "hello", "greeted", "header",
                                          "body",      "asked", "idle"};
static const char *const leave_names[] = {"goodbye", "cut", "reset"};

static const char *hawser;

/* The bytes that bring a client to @stage. */
static void write_stage(enum stage stage, struct buf *out)
{
    CLEANUP(buf_clear) struct buf review = BUF_INIT(SERVING_BYTES_MAX);
    const struct client_options options = {0};
    struct client_message message;
    struct err err = {0};

    generation_write_review(1, 0, &review);
    message = (struct client_message){.body = review.bytes, .len = review.len};
    if (stage == STAGE_HELLO) {
        assert_int_equal(client_hello(&options, out, &err), 0);
        buf_cut(out, out->len / 2);
    } else if (stage >= STAGE_HEADER) {
        client_write(&message, out);
    }
    if (stage == STAGE_HEADER) {
        buf_cut(out, 60);
    } else if (stage == STAGE_BODY) {
        buf_cut(out, out->len - review.len / 2);
    }
}

/* A client that has come to @stage. */
static struct client *come_to(struct served *served, enum stage stage)
{
    const struct client_options options = {.plain = stage <= STAGE_HELLO};
    CLEANUP(buf_clear) struct buf bytes = BUF_INIT(SERVING_BYTES_MAX);
    CLEANUP(answer_clear) struct answer answer = {0};
    struct err err = {0};
    struct client *client = client_connect(served_address(served), &options, &err);

    write_stage(stage, &bytes);
    if (client == NULL || client_send(client, buf_text(&bytes), bytes.len, &err) < 0 ||
        (stage == STAGE_IDLE && client_receive(client, &answer, &err) < 0)) {
        serving_fail(served, stage_names[stage], &err);
    }
    return client;
}

/* Wait until the server has from @least to @most descriptors. */
static bool await_descriptors(struct served *served, size_t least, size_t most)
{
    const uint64_t until_ms = clock_monotonic_ms() + CLEAN_MS;
    size_t n;

    while (n = served_n_descriptors(served), n < least || n > most) {
        if (clock_monotonic_ms() >= until_ms) {
            return false;
        }
        pause_ms(5);
    }
    return true;
}

/* Leave @clients, and say whether the server lets go of them while they still hold their end. */
static bool leave_all(struct served *served,
                      struct client *clients[static N_EACH],
                      enum leave leave,
                      size_t n_before)
{
    bool done;

    for (size_t i = 0; i < N_EACH; i++) {
        if (leave == LEAVE_RESET) {
            client_abort(TAKE(clients[i]));
        } else {
            client_half_close(clients[i], leave == LEAVE_GOODBYE);
        }
    }
    done = await_descriptors(served, 0, n_before);
    for (size_t i = 0; i < N_EACH; i++) {
        client_free(TAKE(clients[i]));
    }
    return done;
}

/* Have clients come to @stage and leave, and see that nothing stays behind. */
static void try_leaving(struct served *served, enum stage stage, enum leave leave, size_t n_before)
{
    struct client *clients[N_EACH];

    for (size_t i = 0; i < N_EACH; i++) {
        clients[i] = come_to(served, stage);
    }
    /* Probes, ours and its own, may have been among those before. */
    assert_true(await_descriptors(served, n_before + N_EACH / 2, SIZE_MAX));
    if (!leave_all(served, clients, leave, n_before)) {
        fail_msg("%s, %s: %zu descriptors, and before it were %zu", stage_names[stage],
                 leave_names[leave], served_n_descriptors(served), n_before);
    }
    serving_ask(served);
}

static void a_client_that_leaves_leaves_nothing_behind(void **state)
{
    const char *const arguments[] = {NULL};
    struct served *served;
    size_t n_before;

    (void)state;
    if (!proc_is_mounted()) {
        return;
    }
    served = serving_start(hawser, arguments);
    n_before = served_n_descriptors(served);
    serving_ask(served);
    for (enum stage stage = 0; stage < N_STAGES; stage++) {
        for (enum leave leave = 0; leave < N_LEAVES; leave++) {
            try_leaving(served, stage, leave, n_before);
        }
    }
    serving_stop(served);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_leaves_leaves_nothing_behind),
    };

    hawser = serving_binary(argc, argv);
    if (hawser == NULL) {
        return 2;
    }
    return cmocka_run_group_tests_name("broken clients", tests, NULL, NULL);
}
