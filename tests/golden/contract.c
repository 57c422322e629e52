/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/golden/contract.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/golden/contract_paths.h"
#include "webhook/cli/patch_apply.h"
#include "webhook/inject/patch.h"
#include "webhook/inject/report.h"

/* The webhook's name and a slash stand before an audit annotation's key, whose part behind the
 * slash Kubernetes limits to 63; we keep well below. */
#define AUDIT_KEY_MAX   40
#define AUDIT_ITEMS_MAX 4

void contract_answer_clear(struct contract_answer *answer)
{
    json_decref(answer->response.patch);
    json_decref(answer->object);
    *answer = (struct contract_answer){0};
}

/* Require that @object has no keys but @keys, which end in NULL. */
static int check_keys(json_t *object, const char *const *keys, struct err *err)
{
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value) {
        size_t i = 0;
        while (keys[i] != NULL && strcmp(keys[i], key) != 0) {
            i++;
        }
        if (keys[i] == NULL) {
            return err_set(err, ERR_INTERNAL, "the answer has an unknown key '%s'", key);
        }
    }
    return 0;
}

static bool is_printable(const char *text, size_t len_max)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return len > 0 && len <= len_max;
}

static int check_warnings(const struct text_list *warnings, struct err *err)
{
    if (warnings->n > REPORT_WARNINGS_MAX) {
        return err_set(err, ERR_INTERNAL, "%zu warnings, at most %d are promised", warnings->n,
                       REPORT_WARNINGS_MAX);
    }
    for (size_t i = 0; i < warnings->n; i++) {
        if (!is_printable(warnings->items[i], REPORT_WARNING_TEXT_SIZE - 1)) {
            return err_set(err, ERR_INTERNAL, "warning %zu is not 1 to %d printable characters",
                           i + 1, REPORT_WARNING_TEXT_SIZE - 1);
        }
    }
    return 0;
}

/* A qualified name without a prefix. */
static bool is_audit_key(const char *key)
{
    static const char ends[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t len = strlen(key);

    return len > 0 && len <= AUDIT_KEY_MAX && strchr(ends, key[0]) != NULL &&
           strchr(ends, key[len - 1]) != NULL &&
           strspn(key, "-_.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == len;
}

static int check_audit(json_t *annotations, struct err *err)
{
    const char *key;
    json_t *value;

    if (annotations != NULL && !json_is_object(annotations)) {
        return err_set(err, ERR_INTERNAL, "auditAnnotations is %s", json_type_name(annotations));
    }
    if (json_object_size(annotations) > AUDIT_ITEMS_MAX) {
        return err_set(err, ERR_INTERNAL, "more than %d audit annotations", AUDIT_ITEMS_MAX);
    }
    json_object_foreach (annotations, key, value) {
        if (!is_audit_key(key) || !json_is_string(value)) {
            return err_set(err, ERR_INTERNAL, "audit annotation '%s' is not a name with a string",
                           key);
        }
    }
    return 0;
}

static int check_status(json_t *response, bool allowed, struct err *err)
{
    json_t *status = json_object_get(response, "status");
    json_int_t code = json_integer_value(json_object_get(status, "code"));

    if (allowed && status != NULL) {
        return err_set(err, ERR_INTERNAL, "a status beside 'allowed: true'");
    }
    if (!allowed && (code < 400 || code > 499)) {
        return err_set(err, ERR_INTERNAL, "a denial with status code %lld", (long long)code);
    }
    return 0;
}

/* What response_read() does not look at. */
static int check_envelope(const char *bytes, size_t len, bool allowed, struct err *err)
{
    static const char *const review_keys[] = {"apiVersion", "kind", "response", NULL};
    static const char *const response_keys[] = {
        "uid", "allowed", "status", "patch", "patchType", "warnings", "auditAnnotations", NULL,
    };
    json_auto_t *review = json_parse(bytes, len, err);
    json_t *response = json_object_get(review, "response");

    if (review == NULL || check_keys(review, review_keys, err) < 0 ||
        check_keys(response, response_keys, err) < 0 ||
        check_audit(json_object_get(response, "auditAnnotations"), err) < 0) {
        return -1;
    }
    return check_status(response, allowed, err);
}

/* Write the next token of *@path, unescaped, to @out; false at the end. */
static bool next_token(const char **path, struct buf *out)
{
    const char *at = *path;

    buf_cut(out, 0);
    if (*at != '/') {
        return false;
    }
    for (at++; *at != '\0' && *at != '/'; at++) {
        if (*at == '~') {
            at++;
            buf_add_char(out, *at == '0' ? '~' : '/');
        } else {
            buf_add_char(out, *at);
        }
    }
    *path = at;
    return true;
}

/* Find the parent of what @path points at, with its last token in @token; NULL when there is none.
 */
static const json_t *find_parent(const json_t *document, const char *path, struct buf *token)
{
    const json_t *parent = document;

    while (next_token(&path, token) && *path != '\0') {
        parent = json_is_array(parent) ? json_array_get(parent, strtoul(buf_text(token), NULL, 10))
                                       : json_object_get(parent, buf_text(token));
    }
    return parent;
}

/* Require that the operation takes nothing away: it adds an item, or a key that is not there or has
 * no value (null, which Kubernetes takes for absent). */
static int check_adds(const json_t *document, const char *op, const char *path, struct err *err)
{
    CLEANUP(buf_clear) struct buf token = BUF_INIT(4096);
    const json_t *parent = find_parent(document, path, &token);
    const json_t *value = json_object_get(parent, buf_text(&token));
    bool present = value != NULL && !json_is_null(value);

    if (strcmp(op, "replace") == 0 ? present : json_is_array(parent) || !present) {
        return 0;
    }
    return err_set(err, ERR_INTERNAL, "operation %s at %s, where there is %s", op, path,
                   present ? "something" : "nothing");
}

static bool is_empty(const json_t *value)
{
    return (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* Check one operation against @document, then apply it. */
static int apply_operation(const char *kind, json_t *document, json_t *operation, struct err *err)
{
    static const char *const keys[] = {"op", "path", "value", NULL};
    json_auto_t *single = json_pack("[O]", operation);
    const char *op = json_string_value(json_object_get(operation, "op"));
    const char *path = json_string_value(json_object_get(operation, "path"));
    const json_t *value = json_object_get(operation, "value");

    if (single == NULL || op == NULL || path == NULL || value == NULL) {
        return err_set(err, ERR_INTERNAL, "an operation lacks op, path or value");
    }
    if (check_keys(operation, keys, err) < 0) {
        return -1;
    }
    if (!contract_path_allowed(kind, op, path)) {
        return err_set(err, ERR_INTERNAL, "operation %s at %s, where hawser has no business", op,
                       path);
    }
    if (is_empty(value)) {
        return err_set(err, ERR_INTERNAL, "operation %s at %s adds something empty", op, path);
    }
    if (check_adds(document, op, path, err) < 0) {
        return -1;
    }
    return patch_apply(document, single, err);
}

/* Require that the keys of each object in @before are the first ones of the same object in @after,
 * in the same order. Lists that had items put in front cannot be compared. */
// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static int check_order(json_t *before, json_t *after, struct err *err)
{
    void *at = json_object_iter(after);
    const char *key;
    json_t *value;
    size_t i;

    if (json_array_size(before) == json_array_size(after)) {
        json_array_foreach (before, i, value) {
            if (check_order(value, json_array_get(after, i), err) < 0) {
                return -1;
            }
        }
    }
    json_object_foreach (before, key, value) {
        if (at == NULL || strcmp(json_object_iter_key(at), key) != 0) {
            return err_set(err, ERR_INTERNAL, "key '%s' has lost its place", key);
        }
        if (check_order(value, json_object_iter_value(at), err) < 0) {
            return -1;
        }
        at = json_object_iter_next(after, at);
    }
    return 0;
}

static int apply(const struct request *request, json_t *patch, json_t **out, struct err *err)
{
    json_auto_t *before = json_deep_copy(request->object);
    json_auto_t *after = json_deep_copy(request->object);
    json_t *operation;
    size_t i;

    if (before == NULL || after == NULL) {
        return err_no_memory(err);
    }
    json_array_foreach (patch, i, operation) {
        if (apply_operation(request->kind->kind, after, operation, err) < 0) {
            return err_wrap(err, "patch operation %zu", i);
        }
    }
    if (check_order(before, after, err) < 0) {
        return -1;
    }
    *out = TAKE(after);
    return 0;
}

int contract_check(const struct request *request,
                   const char *bytes,
                   size_t len,
                   struct arena *arena,
                   struct contract_answer *out,
                   struct err *err)
{
    CLEANUP(contract_answer_clear) struct contract_answer answer = {0};
    struct response *response = &answer.response;

    if (response_read(bytes, len, REQUEST_UID, arena, response, err) < 0 ||
        check_envelope(bytes, len, response->allowed, err) < 0 ||
        check_warnings(&response->warnings, err) < 0) {
        return -1;
    }
    if (response->patch != NULL && request->object == NULL) {
        return err_set(err, ERR_INTERNAL, "a patch where no object was sent");
    }
    if (json_array_size(response->patch) > PATCH_OPERATIONS_MAX) {
        return err_set(err, ERR_INTERNAL, "more than %d operations", PATCH_OPERATIONS_MAX);
    }
    if (response->allowed && request->object != NULL &&
        apply(request, response->patch, &answer.object, err) < 0) {
        return -1;
    }
    *out = (struct contract_answer){.response = *response, .object = TAKE(answer.object)};
    response->patch = NULL; /* *out owns it now */
    return 0;
}
