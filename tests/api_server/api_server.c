/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/api_server/api_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/api_server/inside.h"
#include "tests/server/authority.h"
#include "tests/server/stand_in.h"

bool api_request_has(const struct api_request *request, const char *line)
{
    const size_t len = strlen(line);

    for (const char *at = request->head; *at != '\0'; at += strcspn(at, "\n") + 1) {
        if (strncmp(at, line, len) == 0 && at[len] == '\r') {
            return true;
        }
    }
    return false;
}

static void answer(struct api_reply *reply, const struct api_request *request)
{
    struct api_server *server = reply->server;
    struct api_step step;

    reply->end = API_KEEP;
    if (api_step_next(server, request, &step)) {
        api_step_take(reply, &step);
    } else if (server->options.serve != NULL) {
        server->options.serve(server->options.data, reply, request);
    } else {
        api_reply_send(reply, 500, NULL,
                       API_STATUS(500, "InternalError", "the test has no answer"));
    }
}

/* Cut "METHOD TARGET HTTP/1.1\r\nHEAD\r\nBODY" into its parts. */
static bool read_request(char *text, struct api_request *out)
{
    char *target = strchr(text, ' ');
    char *end = target != NULL ? strchr(target + 1, ' ') : NULL;
    char *head = end != NULL ? strstr(end, "\r\n") : NULL;
    char *body = head != NULL ? strstr(head, "\r\n\r\n") : NULL;

    if (body == NULL) {
        return false;
    }
    *target++ = '\0';
    *end = '\0';
    out->method = text;
    out->target = target;
    out->head = head + 2;
    body[2] = '\0'; /* behind the last line's end */
    out->body = body + 4;
    return true;
}

static void free_kept(struct kept *kept)
{
    if (kept != NULL) {
        free(kept->text);
        free(kept->server_name);
        free(kept);
    }
}

DEFINE_CLEANUP(struct kept, free_kept)

/* Keep the request @text, which becomes the server's. NULL when it is none. */
static const struct api_request *
keep(struct api_server *server, char *text, const char *server_name, unsigned int connection)
{
    CLEANUP(free_kept) struct kept *kept = calloc(1, sizeof(*kept));

    if (kept == NULL) {
        free(text);
        return NULL;
    }
    kept->text = text;
    kept->server_name = strdup(server_name != NULL ? server_name : "");
    kept->request.server_name = kept->server_name;
    kept->request.connection = connection;
    kept->request.at_ms = clock_monotonic_ms();
    LOCK(server);
    if (!read_request(text, &kept->request) || server->n_kept == API_SERVER_REQUESTS_MAX) {
        return NULL;
    }
    server->kept[server->n_kept++] = kept;
    return &TAKE(kept)->request;
}

static unsigned int next_connection(struct api_server *server)
{
    LOCK(server);
    return ++server->n_connections;
}

static void serve(struct stand_in_visit *visit, void *data)
{
    static const enum stand_in_end ends[] = {
        [API_CLOSE] = STAND_IN_CLOSE,
        [API_CUT] = STAND_IN_CUT,
        [API_RESET] = STAND_IN_RESET,
    };
    struct api_server *server = data;
    struct api_reply reply = {.server = server, .visit = visit};
    const unsigned int connection = next_connection(server);
    char *text;

    while ((text = stand_in_read(visit)) != NULL) {
        const struct api_request *request =
            keep(server, text, stand_in_server_name(visit), connection);
        if (request == NULL) {
            return;
        }
        answer(&reply, request);
        if (reply.end != API_KEEP) {
            stand_in_end(visit, ends[reply.end]);
            return;
        }
    }
}

int api_server_start(struct api_server *server, struct err *err)
{
    const struct stand_in_options options = {
        .pair = &server->pair,
        .client_ca = server->options.wants_client ? authority_pem(server->authority) : NULL,
        .serve = serve,
        .data = server,
        .address = server->address,
    };

    server->stand_in = stand_in_start(&options, err);
    return server->stand_in != NULL ? 0 : -1;
}

static void set_stopping(struct api_server *server, bool is_stopping)
{
    LOCK(server);
    server->is_stopping = is_stopping;
    (void)pthread_cond_broadcast(&server->changed);
}

void api_server_stop(struct api_server *server)
{
    set_stopping(server, true);
    stand_in_free(server->stand_in);
    server->stand_in = NULL;
    set_stopping(server, false);
}

static int issue(struct api_server *server, struct err *err)
{
    const char *name = server->options.name != NULL ? server->options.name : "127.0.0.1";
    const struct authority_leaf leaf = {.common_name = "api", .names = {name}, .serial = 1};
    const struct authority_leaf client = {
        .common_name = "client", .names = {"client"}, .serial = 2, .for_client = true};

    server->authority = authority_new("cluster", err);
    if (server->authority == NULL ||
        authority_issue(server->authority, &leaf, &server->pair, err) < 0 ||
        authority_issue(server->authority, &client, &server->client, err) < 0) {
        return -1;
    }
    return 0;
}

struct api_server *api_server_new(const struct api_server_options *options, struct err *err)
{
    CLEANUP(api_server_free) struct api_server *server = calloc(1, sizeof(*server));

    if (server == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    server->options = *options;
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_cond_init(&server->changed, NULL);
    if (issue(server, err) < 0 || api_server_start(server, err) < 0) {
        return NULL;
    }
    server->address = strdup(stand_in_address(server->stand_in));
    if (asprintf(&server->url, "https://%s", server->address) < 0) {
        server->url = NULL;
        (void)err_no_memory(err);
        return NULL;
    }
    return TAKE(server);
}

void api_server_free(struct api_server *server)
{
    if (server == NULL) {
        return;
    }
    api_server_stop(server);
    for (size_t i = 0; i < server->n_kept; i++) {
        free_kept(server->kept[i]);
    }
    authority_pair_clear(&server->pair);
    authority_pair_clear(&server->client);
    authority_free(server->authority);
    free(server->address);
    free(server->url);
    (void)pthread_cond_destroy(&server->changed);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *api_server_url(const struct api_server *server)
{
    return server->url;
}

const char *api_server_ca_pem(const struct api_server *server)
{
    return authority_pem(server->authority);
}

const char *api_server_client_pem(const struct api_server *server)
{
    return server->client.certificate;
}

const char *api_server_client_key(const struct api_server *server)
{
    return server->client.key;
}

size_t api_server_count(struct api_server *server)
{
    LOCK(server);
    return server->n_kept;
}

const struct api_request *api_server_request(struct api_server *server, size_t i)
{
    LOCK(server);
    return i < server->n_kept ? &server->kept[i]->request : NULL;
}

size_t api_server_n_unexpected(struct api_server *server)
{
    LOCK(server);
    return server->n_unexpected;
}
