/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/review.h"

#include <openssl/evp.h>
#include <stdlib.h>
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

static int
expect_text(const struct node *parent, const char *key, const char *expected, struct err *err)
{
    const char *found = NULL;

    if (node_text(parent, key, &found, err) < 0) {
        return -1;
    }
    if (found == NULL || strcmp(found, expected) != 0) {
        return err_set(err, ERR_INVALID, "at /%s: expected '%s', found '%.100s'", key, expected,
                       found != NULL ? found : "");
    }
    return 0;
}

/* A string that has to be there. */
static int
require_text(const struct node *parent, const char *key, const char **out, struct err *err)
{
    if (node_text(parent, key, out, err) < 0) {
        return -1;
    }
    if (*out == NULL || (*out)[0] == '\0') {
        return node_error(parent, err, "expected '%s', a string", key);
    }
    return 0;
}

static int read_kind(const struct node *request, struct review *out, struct err *err)
{
    struct node kind;

    if (node_member(request, "kind", NODE_OBJECT, &kind, err) < 0) {
        return -1;
    }
    if (kind.value == NULL) {
        return node_error(request, err,
                          "expected 'kind', the group, version and kind of the object");
    }
    if (node_text(&kind, "group", &out->group, err) < 0 ||
        require_text(&kind, "version", &out->version, err) < 0) {
        return -1;
    }
    out->group = out->group != NULL ? out->group : "";
    return require_text(&kind, "kind", &out->kind, err);
}

static bool needs_object(const char *operation)
{
    return strcmp(operation, "CREATE") == 0 || strcmp(operation, "UPDATE") == 0;
}

int review_read(json_t *document, struct review *out, struct err *err)
{
    const struct node top = {.value = document};
    struct node request;
    struct node object;
    struct node old_object;

    if (!json_is_object(top.value)) {
        return err_set(err, ERR_INVALID, "expected an " KIND ", a JSON object");
    }
    if (expect_text(&top, "kind", KIND, err) < 0 ||
        expect_text(&top, "apiVersion", API_VERSION, err) < 0 ||
        node_member(&top, "request", NODE_OBJECT, &request, err) < 0) {
        return -1;
    }
    if (request.value == NULL) {
        return node_error(&top, err, "expected 'request', an object");
    }
    *out = (struct review){0};
    if (require_text(&request, "uid", &out->uid, err) < 0 ||
        require_text(&request, "operation", &out->operation, err) < 0 ||
        read_kind(&request, out, err) < 0 ||
        node_text(&request, "namespace", &out->namespace, err) < 0 ||
        node_flag(&request, "dryRun", &out->dry_run, err) < 0 ||
        node_member(&request, "object", NODE_OBJECT, &object, err) < 0 ||
        node_member(&request, "oldObject", NODE_OBJECT, &old_object, err) < 0) {
        return -1;
    }
    if (strlen(out->uid) > REVIEW_UID_MAX) {
        return node_error(&request, err, "expected a 'uid' of at most %d bytes", REVIEW_UID_MAX);
    }
    if (object.value == NULL && needs_object(out->operation)) {
        return node_error(&request, err, "expected 'object', which %s needs", out->operation);
    }
    out->namespace = out->namespace != NULL ? out->namespace : "";
    out->object = object.value;
    out->old_object = old_object.value;
    return 0;
}

static void write_status(struct json_out *out, const char *denial)
{
    json_out_key(out, "status");
    json_out_object(out);
    json_out_key(out, "code");
    json_out_int(out, DENIAL_CODE);
    json_out_pair(out, "reason", DENIAL_REASON);
    json_out_pair(out, "message", denial);
    json_out_object_end(out);
}

/* @patch in base64 (RFC 4648 section 4), as Go's []byte is encoded. */
static int write_patch(struct json_out *out, const char *patch, struct err *err)
{
    size_t len = strlen(patch);
    CLEANUP(free) unsigned char *base64 = malloc(4 * ((len + 2) / 3) + 1);

    if (base64 == NULL) {
        return err_no_memory(err);
    }
    (void)EVP_EncodeBlock(base64, (const unsigned char *)patch, (int)len); /* at most 1 MiB */
    json_out_pair(out, "patchType", "JSONPatch");
    json_out_pair(out, "patch", (const char *)base64);
    return 0;
}

static void write_warnings(struct json_out *out, const struct text_list *warnings)
{
    if (warnings->n == 0) {
        return;
    }
    json_out_key(out, "warnings");
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

    if (answer->policies.n == 0) {
        return 0;
    }
    for (size_t i = 0; i < answer->policies.n; i++) {
        buf_printf(&names, "%s%s", i > 0 ? "," : "", answer->policies.items[i]);
    }
    if (buf_check(&names, "the list of policies", err) < 0) {
        return -1;
    }
    json_out_key(out, "auditAnnotations");
    json_out_object(out);
    json_out_pair(out, "policies", buf_text(&names));
    json_out_pair(out, "policies-hash", answer->policies_hash);
    json_out_pair(out, "outcome", answer->outcome);
    json_out_object_end(out);
    return 0;
}

int review_write(const struct review_answer *answer, struct buf *buf, struct err *err)
{
    struct json_out out = {.buf = buf};

    json_out_object(&out);
    json_out_pair(&out, "apiVersion", API_VERSION);
    json_out_pair(&out, "kind", KIND);
    json_out_key(&out, "response");
    json_out_object(&out);
    json_out_pair(&out, "uid", answer->uid);
    json_out_key(&out, "allowed");
    json_out_bool(&out, answer->denial == NULL);
    if (answer->denial != NULL) {
        write_status(&out, answer->denial);
    }
    if (answer->patch != NULL && write_patch(&out, answer->patch, err) < 0) {
        return -1;
    }
    write_warnings(&out, &answer->warnings);
    if (write_audit(&out, answer, err) < 0) {
        return -1;
    }
    json_out_object_end(&out);
    json_out_object_end(&out);
    return buf_check(buf, "the answer", err);
}
