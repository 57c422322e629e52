/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/tree/tree.h"
#include "tests/tree/tree_node.h"
#include "webhook/inject/review.h"

#define API_VERSION "admission.k8s.io/v1"
#define KIND        "AdmissionReview"

static int
expect_text(const struct tree_node *parent, const char *key, const char *expected, struct err *err)
{
    const char *found = NULL;

    if (tree_node_text(parent, key, &found, err) < 0) {
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
require_text(const struct tree_node *parent, const char *key, const char **out, struct err *err)
{
    if (tree_node_text(parent, key, out, err) < 0) {
        return -1;
    }
    if (*out == NULL || (*out)[0] == '\0') {
        return tree_node_error(parent, err, "expected '%s', a string", key);
    }
    return 0;
}

static int read_kind(const struct tree_node *request, struct review *out, struct err *err)
{
    struct tree_node kind;

    if (tree_node_member(request, "kind", TREE_OBJECT, &kind, err) < 0) {
        return -1;
    }
    if (kind.value == NULL) {
        return tree_node_error(request, err,
                               "expected 'kind', the group, version and kind of the object");
    }
    if (tree_node_text(&kind, "group", &out->group, err) < 0 ||
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

static int read_document(json_t *document, struct arena *arena, struct review *out, struct err *err)
{
    const struct tree_node top = {.value = document};
    struct tree_node request;
    struct tree_node object;
    struct tree_node old_object;

    if (!json_is_object(top.value)) {
        return err_set(err, ERR_INVALID, "expected an " KIND ", a JSON object");
    }
    if (expect_text(&top, "kind", KIND, err) < 0 ||
        expect_text(&top, "apiVersion", API_VERSION, err) < 0 ||
        tree_node_member(&top, "request", TREE_OBJECT, &request, err) < 0) {
        return -1;
    }
    if (request.value == NULL) {
        return tree_node_error(&top, err, "expected 'request', an object");
    }
    *out = (struct review){0};
    if (require_text(&request, "uid", &out->uid, err) < 0 ||
        require_text(&request, "operation", &out->operation, err) < 0 ||
        read_kind(&request, out, err) < 0 ||
        tree_node_text(&request, "namespace", &out->namespace, err) < 0 ||
        tree_node_flag(&request, "dryRun", &out->dry_run, err) < 0 ||
        tree_node_member(&request, "object", TREE_OBJECT, &object, err) < 0 ||
        tree_node_member(&request, "oldObject", TREE_OBJECT, &old_object, err) < 0) {
        return -1;
    }
    if (strlen(out->uid) > REVIEW_UID_MAX) {
        return tree_node_error(&request, err, "expected a 'uid' of at most %d bytes",
                               REVIEW_UID_MAX);
    }
    if (object.value == NULL && needs_object(out->operation)) {
        return tree_node_error(&request, err, "expected 'object', which %s needs", out->operation);
    }
    out->namespace = out->namespace != NULL ? out->namespace : "";
    if (tree_view(object.value, arena, &out->object, err) < 0) {
        return -1;
    }
    return tree_view(old_object.value, arena, &out->old_object, err);
}

int tree_review_read(const struct json_view *document,
                     struct arena *arena,
                     struct review *out,
                     struct err *err)
{
    const struct json_reader *reader = document->reader;
    json_t *tree;

    tree_forget();
    tree = tree_parse(reader->bytes, reader->len, err);
    return tree != NULL ? read_document(tree, arena, out, err) : -1;
}
