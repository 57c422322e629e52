/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/generation.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

#define CLAIM "generation-"

void generation_write_policies(unsigned int generation, struct buf *out)
{
    buf_printf(out,
               "apiVersion: hawser.dev/v1\n"
               "kind: VolumePolicy\n"
               "metadata: {name: data}\n"
               "spec:\n"
               "  default: true\n"
               "  volumes:\n"
               "    - {name: a, persistent: {claimName: " CLAIM "%u}, mountPath: /a}\n"
               "    - {name: b, persistent: {claimName: " CLAIM "%u}, mountPath: /b}\n",
               generation, generation);
}

void generation_write_review(unsigned int number, size_t len, struct buf *out)
{
    static const char resource[] = "{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","
                                   "\"resource\":\"workflows\"}";
    static const char kind[] = "{\"group\":\"argoproj.io\",\"version\":\"v1alpha1\","
                               "\"kind\":\"Workflow\"}";
    static const char object[] =
        "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\",\"metadata\":{"
        "\"generateName\":\"demo-\",\"namespace\":\"default\","
        "\"annotations\":{\"hawser.dev/inject\":\"true\"}},"
        "\"spec\":{\"entrypoint\":\"main\",\"templates\":[{\"name\":\"main\",\"container\":{"
        "\"image\":\"busybox\",\"command\":[\"true\"]}}]}}";
    const size_t begin = out->len;

    buf_printf(out,
               "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
               "\"uid\":\"review-%u\",\"kind\":%s,\"resource\":%s,\"requestKind\":%s,"
               "\"requestResource\":%s,\"namespace\":\"default\",\"operation\":\"CREATE\","
               "\"userInfo\":{\"username\":\"tests\",\"groups\":[\"system:authenticated\"]},"
               "\"object\":%s,\"oldObject\":null,\"dryRun\":false,\"options\":{"
               "\"kind\":\"CreateOptions\",\"apiVersion\":\"meta.k8s.io/v1\"}}}\n",
               number, kind, resource, kind, resource, object);
    while (out->len - begin < len && !buf_failed(out)) {
        buf_add_char(out, ' ');
    }
}

/* The operations in the base64 of a patch; NULL with an error. */
static json_t *decode_patch(const char *text, struct err *err)
{
    const size_t len = strlen(text);
    CLEANUP(free) unsigned char *bytes = malloc(len + 1);
    size_t n;
    int decoded;

    if (bytes == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    decoded = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    if (decoded <= 0) {
        (void)err_set(err, ERR_INVALID, "expected a patch in base64");
        return NULL;
    }
    n = (size_t)decoded; /* filled up with a zero for each '=' */
    for (size_t i = len; i > 0 && text[i - 1] == '='; i--) {
        n--;
    }
    json_auto_t *patch = json_parse((const char *)bytes, n, err);
    if (patch != NULL && !json_is_array(patch)) {
        (void)err_set(err, ERR_INVALID, "expected a list of operations, found %s",
                      json_type_name(patch));
        return NULL;
    }
    return TAKE(patch);
}

/* Find the names of our claims in the patch, whose numbers must be the same. */
static int find_generation(struct generation_answer *answer, struct err *err)
{
    CLEANUP(free) char *text = json_dumps(answer->patch, JSON_COMPACT);

    for (const char *at = text; at != NULL && (at = strstr(at, "\"" CLAIM)) != NULL;) {
        at += strlen("\"" CLAIM);
        const unsigned int found = (unsigned int)strtoul(at, NULL, 10);
        if (answer->n_claims > 0 && found != answer->generation) {
            return err_set(err, ERR_INVALID, "one patch has the generations %u and %u",
                           answer->generation, found);
        }
        answer->generation = found;
        answer->n_claims++;
    }
    return 0;
}

/* What the API server demands of a response. */
static int read_response(const json_t *response, struct generation_answer *out, struct err *err)
{
    const char *uid = json_string_value(json_object_get(response, "uid"));
    const json_t *allowed = json_object_get(response, "allowed");
    const char *patch = json_string_value(json_object_get(response, "patch"));
    const char *type = json_string_value(json_object_get(response, "patchType"));

    if (uid == NULL || strlen(uid) >= sizeof(out->uid)) {
        return err_set(err, ERR_INVALID, "expected a uid in the response");
    }
    if (!json_is_boolean(allowed)) {
        return err_set(err, ERR_INVALID, "expected 'allowed' in the response");
    }
    if ((patch != NULL) != (type != NULL) || (type != NULL && strcmp(type, "JSONPatch") != 0)) {
        return err_set(err, ERR_INVALID, "expected a patch with the type JSONPatch, or neither");
    }
    memcpy(out->uid, uid, strlen(uid) + 1);
    out->allowed = json_is_true(allowed);
    if (patch == NULL) {
        return 0;
    }
    out->patch = decode_patch(patch, err);
    if (out->patch == NULL) {
        return err_wrap(err, "the patch");
    }
    return find_generation(out, err);
}

static bool is_text(const json_t *object, const char *key, const char *expected)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL && strcmp(text, expected) == 0;
}

int generation_read(const struct answer *answer, struct generation_answer *out, struct err *err)
{
    CLEANUP(generation_clear) struct generation_answer found = {0};
    json_auto_t *review = NULL;

    if (answer->status != 200 || !answer_has(answer, "Content-Type", "application/json")) {
        return err_set(err, ERR_INVALID, "expected status 200 and JSON, found %u: '%s'",
                       answer->status, answer->body);
    }
    review = json_parse(answer->body, answer->body_len, err);
    if (review == NULL) {
        return -1;
    }
    if (!is_text(review, "kind", "AdmissionReview") ||
        !is_text(review, "apiVersion", "admission.k8s.io/v1")) {
        return err_set(err, ERR_INVALID, "expected an AdmissionReview of admission.k8s.io/v1");
    }
    if (read_response(json_object_get(review, "response"), &found, err) < 0) {
        return -1;
    }
    *out = found;
    found.patch = NULL;
    return 0;
}

void generation_clear(struct generation_answer *answer)
{
    json_decref(answer->patch);
    *answer = (struct generation_answer){0};
}
