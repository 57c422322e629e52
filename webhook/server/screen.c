/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/screen.h"

#include <string.h>
#include <strings.h>

#define TEXT_OF_TOKEN(token) #token
#define TEXT_OF(macro)       TEXT_OF_TOKEN(macro)

#define BODY_MIB 8
_Static_assert(BODY_MIB * 1024UL * 1024 == ADMIT_BODY_MAX, "the message names the limit");

/* A request whose end is in doubt: nothing behind its head can be trusted. */
static bool refuse_framing(unsigned int status, const char *reason, struct screen_refusal *out)
{
    *out = (struct screen_refusal){.status = status, .reason = reason, .at_once = true};
    return false;
}

bool screen_header_is_plain(const char *name, size_t name_len, const char *value, size_t value_len)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (size_t i = 0; i < name_len; i++) {
        if (name[i] == '\0' || strchr(token, name[i]) == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < value_len; i++) {
        unsigned char c = (unsigned char)value[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return name_len > 0;
}

size_t screen_line_bytes(size_t method_len, size_t target_len, size_t version_len)
{
    return method_len + strlen(" ") + target_len + strlen(" ") + version_len + strlen("\r\n") +
           strlen("\r\n"); /* and the empty line behind the headers */
}

size_t screen_header_bytes(size_t name_len, size_t value_len)
{
    return name_len + strlen(": ") + value_len + strlen("\r\n");
}

/* Parse decimal digits and nothing else (RFC 9110 section 8.6). */
static bool parse_length(const char *text, uint64_t *out)
{
    uint64_t value = 0;

    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value)) {
            return false;
        }
    }
    *out = value;
    return true;
}

static bool
check_framing(const struct screen_head *head, uint64_t *out_len, struct screen_refusal *refusal)
{
    if (strcmp(head->version, "HTTP/1.1") != 0) {
        return refuse_framing(505, "expected HTTP/1.1", refusal);
    }
    if (!head->is_plain) {
        return refuse_framing(400, "the request's head is not written as HTTP/1.1 has it", refusal);
    }
    if (head->n_hosts != 1) {
        return refuse_framing(400, "expected one Host", refusal);
    }
    if (head->has_transfer_encoding) {
        return refuse_framing(411, "expected Content-Length instead of Transfer-Encoding", refusal);
    }
    if (head->n_content_lengths > 1) {
        return refuse_framing(400, "expected one Content-Length", refusal);
    }
    *out_len = 0;
    if (head->n_content_lengths == 1 && !parse_length(head->content_length, out_len)) {
        return refuse_framing(400, "Content-Length is not a number of bytes", refusal);
    }
    return true;
}

/* Whether @target, without its query, is @path. */
static bool is_path(const char *target, const char *path)
{
    const size_t len = strcspn(target, "?");

    return strlen(path) == len && memcmp(target, path, len) == 0;
}

/* The media type without its parameters is compared (RFC 9110 section 8.3.1). */
static bool is_content_type(const char *found, const char *expected)
{
    const size_t len = strlen(expected);

    return found != NULL && strncasecmp(found, expected, len) == 0 &&
           strchr("; \t", found[len]) != NULL; /* its end, too */
}

/* The route for target and method; refused with 404 or 405 otherwise. */
static const struct http_route *find_route(const struct http_routes *routes,
                                           const struct screen_head *head,
                                           struct screen_refusal *refusal)
{
    *refusal = (struct screen_refusal){.status = 404, .reason = "there is nothing at this path"};
    for (size_t i = 0; i < routes->n; i++) {
        const struct http_route *route = &routes->items[i];
        if (!is_path(head->target, route->path)) {
            continue;
        }
        if (strcmp(head->method, route->method) == 0) {
            *refusal = (struct screen_refusal){0};
            return route;
        }
        *refusal = (struct screen_refusal){
            .status = 405, .reason = "the path does not take this method", .allow = route->method};
    }
    return NULL;
}

/* What the route itself asks for. */
static struct screen_refusal
check_route(const struct http_route *route, const struct screen_head *head, uint64_t len)
{
    if (route->for_callers && !head->is_accepted) {
        return (struct screen_refusal){
            .status = 403, .reason = "expected a client certificate that this server accepts"};
    }
    if (route->content_type == NULL) {
        return len == 0 ? (struct screen_refusal){0}
                        : (struct screen_refusal){.status = 413, .reason = "expected no body"};
    }
    if (head->n_content_lengths == 0) {
        return (struct screen_refusal){
            .status = 411, .reason = "expected Content-Length", .at_once = true};
    }
    if (len > ADMIT_BODY_MAX) {
        return (struct screen_refusal){
            .status = 413, .reason = "expected a body of at most " TEXT_OF(BODY_MIB) " MiB"};
    }
    if (head->has_content_encoding || !is_content_type(head->content_type, route->content_type)) {
        return (struct screen_refusal){
            .status = 415, .reason = "expected Content-Type: application/json and no encoding"};
    }
    return (struct screen_refusal){0};
}

const struct http_route *screen_request(const struct http_routes *routes,
                                        const struct screen_head *head,
                                        uint64_t *out_len,
                                        struct screen_refusal *refusal)
{
    const struct http_route *route;
    uint64_t len = 0;

    if (!check_framing(head, &len, refusal)) {
        return NULL;
    }
    route = find_route(routes, head, refusal);
    if (route != NULL) {
        *refusal = check_route(route, head, len);
    }
    if (refusal->status != 0) {
        refusal->at_once = refusal->at_once || len > SCREEN_DISCARD_BYTES_MAX;
        return NULL;
    }
    *out_len = len;
    return route;
}
