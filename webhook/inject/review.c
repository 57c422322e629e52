/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/review.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json_out.h"
#include "webhook/inject/node.h"

#define API_VERSION "admission.k8s.io/v1"
#define KIND        "AdmissionReview"

/* Names of at most 253 bytes of as many policies as one object may sensibly list. */
#define AUDIT_BYTES_MAX (64UL * 1024)

/* metav1.StatusReasonBadRequest: what is refused is the author's to correct. */
#define DENIAL_CODE   400
#define DENIAL_REASON "BadRequest"

/* The review around the request. */
struct document_parts {
    const char *kind;
    const char *api_version;
    struct node request;
};

static int expect_text(const char *found, const char *key, const char *expected, struct err *err)
{
    if (found == NULL || strcmp(found, expected) != 0) {
        return err_set(err, ERR_INVALID, "at /%s: expected '%s', found '%.100s'", key, expected,
                       found != NULL ? found : "");
    }
    return 0;
}

static int
check_document(const struct node *top, const struct document_parts *parts, struct err *err)
{
    if (expect_text(parts->kind, "kind", KIND, err) < 0 ||
        expect_text(parts->api_version, "apiVersion", API_VERSION, err) < 0) {
        return -1;
    }
    if (parts->request.value.reader == NULL) {
        return node_error(top, err, "expected 'request', an object");
    }
    return node_expect(&parts->request, NODE_OBJECT, err);
}

/* The request. */
struct request_parts {
    const char *uid;
    const char *operation;
    const char *namespace;
    bool dry_run;
    struct node kind;
    struct node object;
    struct node old_object;
};

/* A string that has to be there. */
static int
require_text(const struct node *parent, const char *key, const char *text, struct err *err)
{
    if (text == NULL || text[0] == '\0') {
        return node_error(parent, err, "expected '%s', a string", key);
    }
    return 0;
}

static int read_kind(const struct node *request,
                     const struct node *kind,
                     struct arena *arena,
                     struct review *out,
                     struct err *err)
{
    static const struct node_field fields[] = {
        NODE_FIELD("group", NODE_TEXT, struct review, group),
        NODE_FIELD("kind", NODE_TEXT, struct review, kind),
        NODE_FIELD("version", NODE_TEXT, struct review, version),
        {.key = NULL},
    };

    if (kind->value.reader == NULL) {
        return node_error(request, err,
                          "expected 'kind', the group, version and kind of the object");
    }
    if (node_read(kind, fields, arena, out, err) < 0 ||
        require_text(kind, "version", out->version, err) < 0) {
        return -1;
    }
    out->group = out->group != NULL ? out->group : "";
    return require_text(kind, "kind", out->kind, err);
}

static bool needs_object(const char *operation)
{
    return strcmp(operation, "CREATE") == 0 || strcmp(operation, "UPDATE") == 0;
}

/* Fill @out from the parts of @request. */
static int settle(const struct node *request,
                  const struct request_parts *parts,
                  struct arena *arena,
                  struct review *out,
                  struct err *err)
{
    *out = (struct review){
        .uid = parts->uid,
        .operation = parts->operation,
        .namespace = parts->namespace != NULL ? parts->namespace : "",
        .dry_run = parts->dry_run,
        .object = parts->object.value,
        .old_object = parts->old_object.value,
    };
    if (require_text(request, "uid", out->uid, err) < 0 ||
        require_text(request, "operation", out->operation, err) < 0 ||
        read_kind(request, &parts->kind, arena, out, err) < 0 ||
        node_expect(&parts->object, NODE_OBJECT, err) < 0) {
        return -1;
    }
    if (strlen(out->uid) > REVIEW_UID_MAX) {
        return node_error(request, err, "expected a 'uid' of at most %d bytes", REVIEW_UID_MAX);
    }
    if (out->object.reader == NULL && needs_object(out->operation)) {
        return node_error(request, err, "expected 'object', which %s needs", out->operation);
    }
    return 0;
}

/* How far a review is read: all of it, or up to where the object starts. */
struct extent {
    const struct node_field *document;
    const struct node_field *request;
    bool is_whole;
};

static int read_to(const struct extent *extent,
                   const struct json_view *document,
                   struct arena *arena,
                   struct review *out,
                   struct err *err)
{
    const struct node top = {.value = *document};
    struct document_parts parts = {0};
    struct request_parts request = {0};

    if (json_view_type(document) != JSON_VIEW_OBJECT) {
        return err_set(err, ERR_INVALID, "expected an " KIND ", a JSON object");
    }
    if (node_read(&top, extent->document, arena, &parts, err) < 0 ||
        (extent->is_whole && json_reader_close(document, err) < 0) ||
        check_document(&top, &parts, err) < 0 ||
        node_read(&parts.request, extent->request, arena, &request, err) < 0) {
        return -1;
    }
    return settle(&parts.request, &request, arena, out, err);
}

int review_read(const struct json_view *document,
                struct arena *arena,
                struct review *out,
                struct err *err)
{
    static const struct node_field document_fields[] = {
        NODE_FIELD("apiVersion", NODE_TEXT, struct document_parts, api_version),
        NODE_FIELD("kind", NODE_TEXT, struct document_parts, kind),
        NODE_FIELD("request", NODE_ANY, struct document_parts, request),
        {.key = NULL},
    };
    static const struct node_field request_fields[] = {
        NODE_FIELD("dryRun", NODE_FLAG, struct request_parts, dry_run),
        NODE_FIELD("kind", NODE_OBJECT, struct request_parts, kind),
        NODE_FIELD("namespace", NODE_TEXT, struct request_parts, namespace),
        NODE_FIELD("object", NODE_ANY, struct request_parts, object),
        NODE_FIELD("oldObject", NODE_OBJECT, struct request_parts, old_object),
        NODE_FIELD("operation", NODE_TEXT, struct request_parts, operation),
        NODE_FIELD("uid", NODE_TEXT, struct request_parts, uid),
        {.key = NULL},
    };
    const struct extent all = {document_fields, request_fields, .is_whole = true};

    return read_to(&all, document, arena, out, err);
}

int review_glance(const struct json_view *document,
                  struct arena *arena,
                  struct review *out,
                  struct err *err)
{
    static const struct node_field document_fields[] = {
        NODE_FIELD("apiVersion", NODE_TEXT, struct document_parts, api_version),
        NODE_FIELD("kind", NODE_TEXT, struct document_parts, kind),
        NODE_FIELD("request", NODE_LAST, struct document_parts, request),
        {.key = NULL},
    };
    static const struct node_field request_fields[] = {
        NODE_FIELD("kind", NODE_OBJECT, struct request_parts, kind),
        NODE_FIELD("namespace", NODE_TEXT, struct request_parts, namespace),
        NODE_FIELD("object", NODE_LAST, struct request_parts, object),
        NODE_FIELD("operation", NODE_TEXT, struct request_parts, operation),
        NODE_FIELD("uid", NODE_TEXT, struct request_parts, uid),
        {.key = NULL},
    };
    const struct extent head = {document_fields, request_fields, .is_whole = false};

    return read_to(&head, document, arena, out, err);
}

static void write_status(struct json_out *out, const char *denial)
{
    JSON_OUT_KEY(out, "status");
    json_out_object(out);
    JSON_OUT_KEY(out, "code");
    json_out_int(out, DENIAL_CODE);
    JSON_OUT_PAIR(out, "reason", DENIAL_REASON);
    JSON_OUT_PAIR(out, "message", denial);
    json_out_object_end(out);
}

/* Base64 makes room for all of it at once, and so for most answers as a whole. */
static void write_patch(struct json_out *out, const char *patch)
{
    JSON_OUT_PAIR(out, "patchType", "JSONPatch");
    JSON_OUT_KEY(out, "patch");
    json_out_base64(out, patch, strlen(patch));
}

static void write_warnings(struct json_out *out, const struct text_list *warnings)
{
    JSON_OUT_KEY(out, "warnings");
    json_out_array(out);
    for (size_t i = 0; i < warnings->n; i++) {
        json_out_string(out, warnings->items[i]);
    }
    json_out_array_end(out);
}

/* The API server puts the webhook's name and a slash before each key. */
static int write_audit(struct json_out *out, const struct review_answer *answer, struct err *err)
{
    CLEANUP(buf_clear) struct buf names = BUF_INIT(AUDIT_BYTES_MAX);

    for (size_t i = 0; i < answer->policies.n; i++) {
        buf_add_text(&names, i > 0 ? "," : "");
        buf_add_text(&names, answer->policies.items[i]);
    }
    if (buf_check(&names, "the list of policies", err) < 0) {
        return -1;
    }
    JSON_OUT_KEY(out, "auditAnnotations");
    json_out_object(out);
    JSON_OUT_PAIR(out, "policies", buf_text(&names));
    JSON_OUT_PAIR(out, "policies-hash", answer->policies_hash);
    JSON_OUT_PAIR(out, "outcome", answer->outcome);
    json_out_object_end(out);
    return 0;
}

static int write_response(struct json_out *out, const struct review_answer *answer, struct err *err)
{
    json_out_object(out);
    JSON_OUT_PAIR(out, "uid", answer->uid);
    JSON_OUT_KEY(out, "allowed");
    json_out_bool(out, answer->denial == NULL);
    if (answer->denial != NULL) {
        write_status(out, answer->denial);
    }
    if (answer->patch != NULL) {
        write_patch(out, answer->patch);
    }
    if (answer->warnings.n > 0) {
        write_warnings(out, &answer->warnings);
    }
    if (answer->policies.n > 0 && write_audit(out, answer, err) < 0) {
        return -1;
    }
    json_out_object_end(out);
    return 0;
}

int review_write(const struct review_answer *answer, struct buf *buf, struct err *err)
{
    struct json_out out = {.buf = buf};

    json_out_object(&out);
    JSON_OUT_PAIR(&out, "apiVersion", API_VERSION);
    JSON_OUT_PAIR(&out, "kind", KIND);
    JSON_OUT_KEY(&out, "response");
    if (write_response(&out, answer, err) < 0) {
        return -1;
    }
    json_out_object_end(&out);
    return buf_check(buf, "the answer", err);
}
