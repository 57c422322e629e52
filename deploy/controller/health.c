/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/health.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/exposition.h"
#include "deploy/controller/metrics.h"

#define MEMORY_BYTES 8192 /* of a connection: heads are small */
#define TEXT         "text/plain; charset=utf-8"

struct health {
    struct loop *loop;
    struct health_answers answers;
    struct MHD_Daemon *daemon;
    int epoll_fd; /* the daemon's */
    int listen_fd;
    char address[ADDRESS_TEXT_SIZE];
    struct loop_timer timer; /* of the next time-out of a connection */
};

/* An answer on its way. */
struct answer {
    unsigned int status;
    const char *type;
    const char *allow; /* methods, for 405 */
    struct buf body;
};

static void answer_ready(struct health *health, struct answer *answer)
{
    struct err err = {0};

    if (health->answers.check(health->answers.data, &err) == 0) {
        buf_add_text(&answer->body, "ready\n");
    } else {
        answer->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        buf_printf(&answer->body, "%s\n", err.msg);
    }
}

static void answer_metrics(struct health *health, struct answer *answer)
{
    health->answers.write(health->answers.data, &answer->body);
    answer->type = EXPOSITION_CONTENT_TYPE;
}

static void fill(struct health *health, const char *path, const char *method, struct answer *answer)
{
    if (strcmp(path, "/healthz") != 0 && strcmp(path, "/readyz") != 0 &&
        strcmp(path, "/metrics") != 0) {
        answer->status = MHD_HTTP_NOT_FOUND;
        buf_add_text(&answer->body, "expected /healthz, /readyz or /metrics\n");
    } else if (strcmp(method, "GET") != 0) {
        answer->status = MHD_HTTP_METHOD_NOT_ALLOWED;
        answer->allow = "GET";
        buf_add_text(&answer->body, "expected GET\n");
    } else if (strcmp(path, "/readyz") == 0) {
        answer_ready(health, answer);
    } else if (strcmp(path, "/metrics") == 0) {
        answer_metrics(health, answer);
    } else {
        buf_add_text(&answer->body, "alive\n");
    }
}

/* Hand @answer to libmicrohttpd. MHD_NO closes the connection. */
static enum MHD_Result queue(struct MHD_Connection *connection, struct answer *answer)
{
    const size_t len = answer->body.len;
    char *body = buf_take(&answer->body);
    struct MHD_Response *response;
    enum MHD_Result result;

    if (body == NULL) {
        return MHD_NO;
    }
    response = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(body);
        return MHD_NO;
    }
    result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    if (result == MHD_YES && answer->allow != NULL) {
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, answer->status, response);
    }
    MHD_destroy_response(response);
    return result;
}

/* libmicrohttpd calls this when the head has come, with each part of a body, and at the end. */
/* NOLINTBEGIN(readability-function-size,readability-non-const-parameter): its type */
static enum MHD_Result handle(void *data,
                              struct MHD_Connection *connection,
                              const char *path,
                              const char *method,
                              const char *version,
                              const char *bytes,
                              size_t *n_bytes,
                              void **state)
/* NOLINTEND(readability-function-size,readability-non-const-parameter) */
{
    static const char seen;
    struct health *health = data;
    struct answer answer = {
        .status = MHD_HTTP_OK,
        .type = TEXT,
        .body = BUF_INIT(METRICS_PAGE_MAX),
    };

    (void)version;
    (void)bytes;
    if (*n_bytes > 0) { /* a body: nothing here takes one */
        return MHD_NO;
    }
    if (*state == NULL) {
        memcpy(state, &(const char *){&seen}, sizeof(*state));
        return MHD_YES;
    }
    fill(health, path, method, &answer);
    return queue(connection, &answer);
}

/* Let libmicrohttpd do what there is to do, and be called when the next time-out is due. */
static void run(void *data)
{
    struct health *health = data;
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;

    (void)MHD_run(health->daemon);
    if (MHD_get_timeout(health->daemon, &wait_ms) == MHD_YES) {
        loop_set_timer(health->loop, &health->timer, clock_monotonic_ms() + wait_ms);
    } else {
        loop_stop_timer(health->loop, &health->timer);
    }
}

static int start(struct health *health, struct err *err)
{
    const union MHD_DaemonInfo *info;

    health->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, handle, health, MHD_OPTION_LISTEN_SOCKET, health->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, HEALTH_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        HEALTH_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (health->daemon == NULL) {
        return err_set(err, ERR_INTERNAL, "libmicrohttpd does not start");
    }
    health->listen_fd = -1; /* the daemon's now */
    info = MHD_get_daemon_info(health->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL) {
        return err_set(err, ERR_INTERNAL, "libmicrohttpd has no epoll descriptor");
    }
    health->epoll_fd = info->epoll_fd;
    loop_add_fd(health->loop, health->epoll_fd, run, health);
    return 0;
}

struct health *health_new(struct loop *loop,
                          const char *address,
                          const struct health_answers *answers,
                          struct err *err)
{
    CLEANUP(health_free) struct health *health = calloc(1, sizeof(*health));

    if (health == NULL) {
        err_no_memory(err);
        return NULL;
    }
    *health = (struct health){
        .loop = loop,
        .answers = *answers,
        .epoll_fd = -1,
        .listen_fd = -1,
        .timer = {.ring = run, .data = health},
    };
    if (address_listen(address, &health->listen_fd, health->address, err) < 0 ||
        start(health, err) < 0) {
        return NULL;
    }
    return TAKE(health);
}

void health_free(struct health *health)
{
    if (health == NULL) {
        return;
    }
    loop_stop_timer(health->loop, &health->timer);
    if (health->epoll_fd >= 0) {
        loop_remove_fd(health->loop, health->epoll_fd);
    }
    if (health->daemon != NULL) {
        MHD_stop_daemon(health->daemon); /* closes the socket */
    }
    close_p(&health->listen_fd);
    free(health);
}

const char *health_address(const struct health *health)
{
    return health->address;
}
