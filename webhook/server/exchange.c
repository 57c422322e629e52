/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/exchange.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "webhook/server/screen.h"
#include "webhook/server/transport.h"

/* A connection and the request under way on it. */
struct exchange {
    struct connections_entry entry;
    struct exchange_service *service;
    gnutls_session_t tls; /* NULL: plain HTTP */
    struct transport transport;
    struct identity_session identity;
    bool is_accepted;     /* the caller, for the whole connection */
    uint64_t answered_ms; /* when the last answer was taken; 0: none yet */

    char target[SCREEN_TARGET_SIZE]; /* of the request line, or its beginning */
    size_t target_len;               /* of the whole */
    bool is_screened;
    const struct http_route *route; /* NULL: refused */
    struct screen_refusal refusal;
    uint64_t body_len; /* as it was declared */
    struct body body;
};

static struct exchange *exchange_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

static void enter(struct exchange *exchange, enum connections_phase phase)
{
    connections_enter(exchange->service->connections, &exchange->entry, phase,
                      clock_monotonic_ms());
}

/* Bytes came on the connection @data. If it was idle it is not any more: a request begins with its
 * first byte. */
static void begin_request(void *data)
{
    struct exchange *exchange = data;

    if (connections_phase(&exchange->entry) == CONNECTIONS_IDLE) {
        enter(exchange, CONNECTIONS_REQUEST);
    }
}

static struct exchange *open_exchange(struct exchange_service *service,
                                      struct MHD_Connection *connection)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    if (exchange == NULL) {
        /* Nobody would watch its deadline. What has come already is refused: by
         * identity_retrieve(), and by exchange_handle(). */
        (void)shutdown(fd, SHUT_RDWR);
        connections_forget(service->connections);
        return NULL;
    }
    exchange->service = service;
    if (service->identity != NULL) {
        exchange->tls =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
        exchange->identity.identity = service->identity;
        exchange->transport = (struct transport){
            .fd = fd,
            .moved = &service->moved,
            .received = begin_request,
            .data = exchange,
        };
        transport_attach(exchange->tls, &exchange->transport);
        identity_attach(exchange->tls, &exchange->identity);
        callers_ask(service->callers, exchange->tls);
    }
    connections_add(service->connections, &exchange->entry, fd, clock_monotonic_ms());
    return exchange;
}

static void close_exchange(struct exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    connections_remove(exchange->service->connections, &exchange->entry);
    identity_session_clear(&exchange->identity);
    body_clear(&exchange->body, exchange->service->budget);
    free(exchange);
}

void exchange_notify(void *data,
                     struct MHD_Connection *connection,
                     void **socket_context,
                     enum MHD_ConnectionNotificationCode code)
{
    struct exchange_service *service = data;

    service->moved = true;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = open_exchange(service, connection);
    } else {
        close_exchange(*socket_context);
        *socket_context = NULL;
    }
}

void *exchange_begin(void *data, const char *target, struct MHD_Connection *connection)
{
    struct exchange_service *service = data;
    struct exchange *exchange = exchange_of(connection);

    service->moved = true;
    if (exchange != NULL) {
        size_t len = strnlen(target, sizeof(exchange->target) - 1);
        memcpy(exchange->target, target, len);
        exchange->target[len] = '\0';
        exchange->target_len = strlen(target);
        begin_request(exchange);
    }
    return exchange;
}

/* A head, and how long it is if there is no more to it. */
struct noted_head {
    struct screen_head head;
    size_t n_bytes;
};

/* Note one header in @data, a struct noted_head. */
static enum MHD_Result note_header(void *data,
                                   enum MHD_ValueKind kind,
                                   const char *name,
                                   size_t name_len,
                                   const char *value,
                                   size_t value_len)
{
    struct noted_head *noted = data;
    struct screen_head *head = &noted->head;

    (void)kind;
    value = value != NULL ? value : "";
    noted->n_bytes += screen_header_bytes(name_len, value_len);
    head->is_plain = head->is_plain && screen_header_is_plain(name, name_len, value, value_len);
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        head->n_content_lengths++;
        head->content_length = value;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) {
        head->n_hosts++;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        head->has_transfer_encoding = true;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_ENCODING) == 0) {
        head->has_content_encoding = true;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_TYPE) == 0) {
        head->content_type = value;
    }
    return MHD_YES;
}

/* How long the request's head is. */
static size_t head_bytes(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info != NULL ? info->header_size : 0;
}

/* Whether the caller is accepted. Who is refused is judged again with each request: the authorities
 * may have been reloaded, and an API server keeps its connection. */
static bool is_accepted(struct exchange *exchange)
{
    if (!exchange->is_accepted) {
        exchange->is_accepted =
            exchange->tls == NULL ||
            callers_accept(exchange->service->callers, exchange->tls, clock_wall_s());
    }
    return exchange->is_accepted;
}

static void screen(struct exchange *exchange,
                   struct MHD_Connection *connection,
                   const char *method,
                   const char *version)
{
    struct noted_head noted = {
        .head =
            {
                .version = version,
                .method = method,
                .target = exchange->target,
                .is_plain = true,
                .is_accepted = is_accepted(exchange),
            },
        .n_bytes = screen_line_bytes(strlen(method), exchange->target_len, strlen(version)),
    };

    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, note_header, &noted);
    noted.head.is_plain = noted.head.is_plain && noted.n_bytes == head_bytes(connection);
    exchange->is_screened = true;
    exchange->route = screen_request(&exchange->service->routes, &noted.head, &exchange->body_len,
                                     &exchange->refusal);
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT) != NULL) {
        exchange->refusal.at_once = true; /* it waits for our word before it sends the body */
    }
}

/* Answer with @response, which is used up, and the headers that belong to it. */
static enum MHD_Result send_response(const struct exchange *exchange,
                                     struct MHD_Connection *connection,
                                     struct http_response *response)
{
    const struct exchange_service *service = exchange->service;
    const size_t len = response->body.len;
    char *bytes = buf_take(&response->body);
    struct MHD_Response *sent;
    enum MHD_Result result = MHD_NO;

    if (bytes == NULL) {
        buf_clear(&response->body);
        return MHD_NO; /* no memory for an answer at all */
    }
    sent = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    if (sent == NULL) {
        free(bytes);
        return MHD_NO;
    }
    if (MHD_add_response_header(sent, MHD_HTTP_HEADER_CONTENT_TYPE, response->content_type) &&
        (response->status != MHD_HTTP_SERVICE_UNAVAILABLE ||
         MHD_add_response_header(sent, MHD_HTTP_HEADER_RETRY_AFTER, "1")) &&
        (exchange->refusal.allow == NULL ||
         MHD_add_response_header(sent, MHD_HTTP_HEADER_ALLOW, exchange->refusal.allow)) &&
        (!atomic_load_explicit(service->closes, memory_order_relaxed) ||
         MHD_add_response_header(sent, MHD_HTTP_HEADER_CONNECTION, "close"))) {
        result = MHD_queue_response(connection, response->status, sent);
    }
    MHD_destroy_response(sent);
    if (service->metrics != NULL) {
        metrics_count_response(service->metrics, response->status);
    }
    return result;
}

static void log_refusal(const struct screen_refusal *refusal)
{
    const struct log_field fields[] = {{.name = "status", .number = refusal->status},
                                       {.name = "reason", .text = refusal->reason},
                                       {.name = NULL}};

    log_line(LOG_WARN, "refused a request", fields);
}

static enum MHD_Result send_refusal(const struct exchange *exchange,
                                    struct MHD_Connection *connection)
{
    const struct screen_refusal *refusal = &exchange->refusal;
    struct http_response response = {
        .status = refusal->status,
        .content_type = HTTP_TEXT,
        .body = BUF_INIT(256),
    };

    if (exchange->service->metrics != NULL) {
        log_refusal(refusal);
    }
    buf_printf(&response.body, "%s\n", refusal->reason);
    return send_response(exchange, connection, &response);
}

/*
 * How long the request has been waiting for a thread, at the most: since the last byte that came,
 * or the last answer. The kernel is asked, which costs a system call, only where that answer does
 * not settle it.
 */
static uint64_t waited_ms(const struct exchange *exchange)
{
    const uint64_t since_answer_ms = clock_monotonic_ms() - exchange->answered_ms;
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);

    if (exchange->answered_ms > 0 && since_answer_ms <= EXCHANGE_WAIT_MS_MAX) {
        return since_answer_ms;
    }
    if (getsockopt(exchange->entry.fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0) {
        return 0;
    }
    return info.tcpi_last_data_recv;
}

/* Send the client away for a second. */
static void shed(struct exchange *exchange, enum metrics_shed reason)
{
    const struct exchange_service *service = exchange->service;

    exchange->route = NULL;
    exchange->refusal = (struct screen_refusal){.status = MHD_HTTP_SERVICE_UNAVAILABLE,
                                                .reason = "overloaded, try again"};
    body_clear(&exchange->body, service->budget);
    if (service->metrics != NULL) {
        metrics_count_shed(service->metrics, reason);
    }
}

/* A piece of the body is there: keep it, or throw it away. */
static void take_piece(struct exchange *exchange, const char *piece, size_t n)
{
    if (exchange->route != NULL && body_add(&exchange->body, exchange->service->budget, piece, n,
                                            exchange->body_len) != BODY_KEPT) {
        shed(exchange, METRICS_SHED_MEMORY);
    }
}

/* The request is whole. */
static enum MHD_Result answer(struct exchange *exchange, struct MHD_Connection *connection)
{
    const struct http_request request = {
        .body = exchange->body.bytes,
        .len = exchange->body.len,
        .arena = exchange->service->arena,
        .worker = exchange->service->worker,
    };
    struct http_response response = {.status = MHD_HTTP_OK, .content_type = HTTP_TEXT};
    const struct http_route *route;

    if (exchange->route != NULL && exchange->route->is_shed &&
        waited_ms(exchange) > EXCHANGE_WAIT_MS_MAX) {
        shed(exchange, METRICS_SHED_WAITED);
    }
    enter(exchange, CONNECTIONS_ANSWER);
    route = exchange->route;
    if (route == NULL) {
        return send_refusal(exchange, connection);
    }
    response.body = BUF_INIT(route->answer_max_bytes);
    route->answer(route->data, &request, &response);
    arena_reset(request.arena);
    body_clear(&exchange->body, exchange->service->budget);
    return send_response(exchange, connection, &response);
}

/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's parameters */
enum MHD_Result exchange_handle(void *data,
                                struct MHD_Connection *connection,
                                const char *url,
                                const char *method,
                                const char *version,
                                const char *upload_data,
                                size_t *upload_data_size,
                                void **request_context)
{
    struct exchange_service *service = data;
    struct exchange *exchange = *request_context;

    (void)url; /* decoded: the target is judged as it was sent */
    service->moved = true;
    if (exchange == NULL) {
        return MHD_NO;
    }
    if (!exchange->is_screened) {
        screen(exchange, connection, method, version);
        if (exchange->route == NULL && exchange->refusal.at_once) {
            return answer(exchange, connection);
        }
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        take_piece(exchange, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return MHD_YES;
    }
    return answer(exchange, connection);
}

void exchange_end(void *data,
                  struct MHD_Connection *connection,
                  void **request_context,
                  enum MHD_RequestTerminationCode code)
{
    struct exchange_service *service = data;
    struct exchange *exchange = *request_context;

    (void)connection;
    (void)code;
    service->moved = true;
    if (exchange == NULL) {
        return;
    }
    body_clear(&exchange->body, service->budget);
    exchange->is_screened = false;
    exchange->route = NULL;
    exchange->answered_ms = clock_monotonic_ms();
    connections_enter(service->connections, &exchange->entry, CONNECTIONS_IDLE,
                      exchange->answered_ms);
    *request_context = NULL;
}
