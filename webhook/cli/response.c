/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/response.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "webhook/inject/patch.h"

/* Require that @object says @expected under @key. */
static int
require_text(const json_t *object, const char *key, const char *expected, struct err *err)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text == NULL || strcmp(text, expected) != 0) {
        return err_set(err, ERR_INTERNAL, "'%s' is '%s', expected '%s'", key,
                       text != NULL ? text : "", expected);
    }
    return 0;
}

static int copy_text(const json_t *text, struct arena *arena, const char **out, struct err *err)
{
    const char *copy;

    if (!json_is_string(text)) {
        return err_set(err, ERR_INTERNAL, "%s, expected a string", json_type_name(text));
    }
    copy = arena_strndup(arena, json_string_value(text), json_string_length(text));
    if (copy == NULL) {
        return err_no_memory(err);
    }
    *out = copy;
    return 0;
}

static int
read_warnings(const json_t *response, struct arena *arena, struct text_list *out, struct err *err)
{
    const json_t *warnings = json_object_get(response, "warnings");
    const json_t *warning;
    size_t i;

    if (warnings != NULL && !json_is_array(warnings)) {
        return err_set(err, ERR_INTERNAL, "'warnings' is %s, expected a list",
                       json_type_name(warnings));
    }
    json_array_foreach (warnings, i, warning) {
        const char **item = LIST_ADD(arena, out);
        if (item == NULL) {
            return err_no_memory(err);
        }
        if (copy_text(warning, arena, item, err) < 0) {
            return err_wrap(err, "warning %zu", i + 1);
        }
    }
    return 0;
}

static int decode_patch(const json_t *patch, json_t **out, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(PATCH_BYTES_MAX);
    json_auto_t *operations = NULL;

    if (!json_is_string(patch)) {
        return err_set(err, ERR_INTERNAL, "%s, expected a string", json_type_name(patch));
    }
    if (base64_decode(json_string_value(patch), json_string_length(patch), &text, err) < 0) {
        return -1;
    }
    operations = json_parse(buf_text(&text), text.len, err);
    if (operations == NULL) {
        return -1;
    }
    if (json_array_size(operations) == 0) {
        return err_set(err, ERR_INTERNAL, "%s, expected a list with operations",
                       json_is_array(operations) ? "empty" : json_type_name(operations));
    }
    *out = TAKE(operations);
    return 0;
}

static int read_patch(const json_t *response, json_t **out, struct err *err)
{
    const json_t *patch = json_object_get(response, "patch");

    if (patch == NULL) {
        if (json_object_get(response, "patchType") != NULL) {
            return err_set(err, ERR_INTERNAL, "'patchType' stands without 'patch'");
        }
        return 0;
    }
    if (require_text(response, "patchType", "JSONPatch", err) < 0) {
        return -1;
    }
    if (decode_patch(patch, out, err) < 0) {
        return err_wrap(err, "patch");
    }
    return 0;
}

static int
read_denial(const json_t *response, struct arena *arena, const char **out, struct err *err)
{
    const json_t *status = json_object_get(response, "status");

    if (json_object_get(response, "patch") != NULL) {
        return err_set(err, ERR_INTERNAL, "'patch' stands beside 'allowed: false'");
    }
    if (copy_text(json_object_get(status, "message"), arena, out, err) < 0) {
        return err_wrap(err, "status.message");
    }
    return 0;
}

static int
read_response(const json_t *response, struct arena *arena, struct response *out, struct err *err)
{
    const json_t *allowed = json_object_get(response, "allowed");

    if (!json_is_boolean(allowed)) {
        return err_set(err, ERR_INTERNAL, "'allowed' is %s, expected a boolean",
                       json_type_name(allowed));
    }
    out->allowed = json_is_true(allowed);
    if (read_warnings(response, arena, &out->warnings, err) < 0) {
        return -1;
    }
    return out->allowed ? read_patch(response, &out->patch, err)
                        : read_denial(response, arena, &out->message, err);
}

static int read_review(const char *bytes,
                       size_t len,
                       const char *uid,
                       struct arena *arena,
                       struct response *out,
                       struct err *err)
{
    json_auto_t *review = json_parse(bytes, len, err);
    struct response read = {0};
    const json_t *response;

    if (review == NULL || require_text(review, "apiVersion", "admission.k8s.io/v1", err) < 0 ||
        require_text(review, "kind", "AdmissionReview", err) < 0) {
        return -1;
    }
    response = json_object_get(review, "response");
    if (require_text(response, "uid", uid, err) < 0 ||
        read_response(response, arena, &read, err) < 0) {
        return -1;
    }
    *out = read;
    return 0;
}

int response_read(const char *bytes,
                  size_t len,
                  const char *uid,
                  struct arena *arena,
                  struct response *out,
                  struct err *err)
{
    if (read_review(bytes, len, uid, arena, out, err) < 0) {
        err->code = ERR_INTERNAL; /* our own answer: no input can be blamed */
        return err_wrap(err, "the webhook's answer breaks its contract");
    }
    return 0;
}
