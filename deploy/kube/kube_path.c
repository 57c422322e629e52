/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_path.h"

#include <string.h>

/* RFC 3986 section 2.3; all else is encoded. */
static const char unreserved[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

static void encode(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr(unreserved, *text) != NULL) {
            buf_add_char(out, *text);
        } else {
            buf_printf(out, "%%%02X", (unsigned int)(unsigned char)*text);
        }
    }
}

/* Add a segment; @what is for messages. */
static int add_segment(struct buf *out, const char *what, const char *text, struct err *err)
{
    if (text == NULL || text[0] == '\0') {
        return err_set(err, ERR_INVALID, "the request has no %s", what);
    }
    if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0) {
        return err_set(err, ERR_INVALID, "'%s' is no %s", text, what);
    }
    buf_add_char(out, '/');
    encode(out, text);
    return 0;
}

static int add_group(struct buf *out, const struct kube_resource *resource, struct err *err)
{
    if (resource->group[0] == '\0') {
        buf_add_text(out, "/api");
    } else {
        buf_add_text(out, "/apis");
        if (add_segment(out, "group", resource->group, err) < 0) {
            return -1;
        }
    }
    return add_segment(out, "version", resource->version, err);
}

/* Only a list can be of all namespaces. */
static int add_namespace(struct buf *out, const struct kube_request *request, struct err *err)
{
    if (!request->resource->is_namespaced) {
        if (request->namespace_ != NULL) {
            return err_set(err, ERR_INVALID, "%s have no namespace, found '%s'",
                           request->resource->plural, request->namespace_);
        }
        return 0;
    }
    if (request->namespace_ == NULL && request->verb == KUBE_LIST) {
        return 0;
    }
    buf_add_text(out, "/namespaces");
    return add_segment(out, "namespace", request->namespace_, err);
}

static int add_name(struct buf *out, const struct kube_request *request, struct err *err)
{
    const bool is_one = request->verb != KUBE_LIST && request->verb != KUBE_CREATE;

    /* What belongs to an object is created below its name: an eviction, a token. */
    if (is_one || request->subresource != NULL) {
        if (add_segment(out, "name", request->name, err) < 0) {
            return -1;
        }
    } else if (request->name != NULL) {
        return err_set(err, ERR_INVALID, "there is a name, '%s', in a request for no one object",
                       request->name);
    }
    return request->subresource != NULL ? add_segment(out, "subresource", request->subresource, err)
                                        : 0;
}

/* Add "key=value" to the query, which begins at @start. */
static void add_query(struct buf *out, size_t start, const char *key, const char *value)
{
    if (value != NULL) {
        buf_printf(out, "%c%s=", out->len == start ? '?' : '&', key);
        encode(out, value);
    }
}

static void add_query_number(struct buf *out, size_t start, const char *key, unsigned int value)
{
    if (value > 0) {
        buf_printf(out, "%c%s=%u", out->len == start ? '?' : '&', key, value);
    }
}

static void
add_queries(struct buf *out, const struct kube_request *request, const struct kube_path_more *more)
{
    const size_t start = out->len;
    const bool is_watch = more->watch_from != NULL;

    add_query_number(out, start, "limit", more->limit);
    add_query(out, start, "continue", more->continue_);
    add_query(out, start, "fieldSelector", request->field_selector);
    add_query(out, start, "labelSelector", request->label_selector);
    add_query(out, start, "watch", is_watch ? "true" : NULL);
    add_query(out, start, "allowWatchBookmarks", is_watch ? "true" : NULL);
    add_query(out, start, "resourceVersion", more->watch_from);
    add_query_number(out, start, "timeoutSeconds", more->watch_s);
    add_query(out, start, "fieldManager", request->field_manager);
    add_query(out, start, "force",
              request->verb == KUBE_APPLY && !request->is_unforced ? "true" : NULL);
    add_query(out, start, "dryRun", request->is_dry_run ? "All" : NULL);
}

int kube_path_write(struct buf *out,
                    const struct kube_request *request,
                    const struct kube_path_more *more,
                    struct err *err)
{
    if (request->verb == KUBE_APPLY && request->field_manager == NULL) {
        return err_set(err, ERR_INVALID, "the request has no field manager");
    }
    if (add_group(out, request->resource, err) < 0 || add_namespace(out, request, err) < 0 ||
        add_segment(out, "kind", request->resource->plural, err) < 0 ||
        add_name(out, request, err) < 0) {
        return -1;
    }
    add_queries(out, request, more);
    return 0;
}

const char *kube_path_method(enum kube_verb verb)
{
    switch (verb) {
    case KUBE_GET:
    case KUBE_LIST:
        return "GET";
    case KUBE_CREATE:
        return "POST";
    case KUBE_UPDATE:
        return "PUT";
    case KUBE_APPLY:
    case KUBE_MERGE_PATCH:
    case KUBE_JSON_PATCH:
        return "PATCH";
    case KUBE_DELETE:
        return "DELETE";
    }
    return "GET";
}

const char *kube_path_content_type(enum kube_verb verb)
{
    switch (verb) {
    case KUBE_GET:
    case KUBE_LIST:
        return NULL;
    case KUBE_CREATE:
    case KUBE_UPDATE:
    case KUBE_DELETE:
        return "application/json";
    case KUBE_APPLY:
        return "application/apply-patch+yaml"; /* JSON is YAML, and servers before 1.32 know no
                                                  other */
    case KUBE_MERGE_PATCH:
        return "application/merge-patch+json";
    case KUBE_JSON_PATCH:
        return "application/json-patch+json";
    }
    return NULL;
}

#define AS_METADATA(kind) "application/json;as=" kind ";g=meta.k8s.io;v=v1,application/json"

const char *kube_path_accept(const struct kube_request *request, bool is_watch)
{
    if (!request->is_metadata) {
        return "application/json";
    }
    return request->verb == KUBE_LIST && !is_watch ? AS_METADATA("PartialObjectMetadataList")
                                                   : AS_METADATA("PartialObjectMetadata");
}
