/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_status.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* What is kept of a page that is no Status. */
#define TEXT_SHOWN 200

/* The text at @key of @object, or "". */
static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static bool is_status(const json_t *body)
{
    return json_is_object(body) && strcmp(text_at(body, "kind"), "Status") == 0;
}

/* Since Kubernetes 1.14 a cause says so; before, only the message. */
static bool is_terminating(const json_t *body)
{
    const json_t *causes = json_object_get(json_object_get(body, "details"), "causes");
    const json_t *cause;
    size_t i;

    json_array_foreach (causes, i, cause) {
        if (strcmp(text_at(cause, "reason"), "NamespaceTerminating") == 0) {
            return true;
        }
    }
    return strstr(text_at(body, "message"), "because it is being terminated") != NULL;
}

static enum kube_outcome outcome_of(unsigned int code, const json_t *body)
{
    const char *reason = text_at(body, "reason");

    if ((code == 403 || code == 409) && is_terminating(body)) {
        return KUBE_TERMINATING;
    }
    switch (code) {
    case 401:
        return KUBE_UNAUTHORIZED;
    case 403:
        return KUBE_FORBIDDEN;
    case 404:
        return KUBE_NOT_FOUND;
    case 408:
    case 429:
        return KUBE_BUSY;
    case 409:
        return strcmp(reason, "AlreadyExists") == 0 ? KUBE_ALREADY_EXISTS : KUBE_CONFLICT;
    case 410:
        return KUBE_GONE;
    default:
        break;
    }
    if (code >= 500 && code <= 599) {
        return KUBE_BUSY;
    }
    /* A redirection, which is not followed, or something that is not HTTP: nobody who answers for
     * the API server. */
    return code >= 400 && code <= 499 ? KUBE_INVALID : KUBE_UNREACHABLE;
}

/* Make @text one line; err_set() knows how. */
static void keep_line(char out[static KUBE_MESSAGE_SIZE], const char *text)
{
    struct err line = {0};

    (void)err_set(&line, ERR_INVALID, "%.*s", KUBE_MESSAGE_SIZE - 1, text);
    (void)snprintf(out, KUBE_MESSAGE_SIZE, "%.*s", KUBE_MESSAGE_SIZE - 1, line.msg);
}

static unsigned int retry_after_ms(const json_t *body)
{
    const json_int_t s =
        json_integer_value(json_object_get(json_object_get(body, "details"), "retryAfterSeconds"));

    if (s <= 0) {
        return 0;
    }
    return s < UINT32_MAX / 1000 ? (unsigned int)s * 1000 : UINT32_MAX;
}

static void keep_text(unsigned int code, const char *text, size_t len, char *out)
{
    char shown[TEXT_SHOWN + 1];
    char whole[KUBE_MESSAGE_SIZE];

    if (len > TEXT_SHOWN) {
        len = TEXT_SHOWN;
    }
    memcpy(shown, text, len);
    shown[len] = '\0';
    (void)snprintf(whole, sizeof(whole), len > 0 ? "HTTP status %u: %s" : "HTTP status %u", code,
                   shown);
    keep_line(out, whole);
}

void kube_status_read(
    unsigned int code, const json_t *body, const char *text, size_t len, struct kube_status *out)
{
    const json_t *status = is_status(body) ? body : NULL;

    *out = (struct kube_status){
        .outcome = outcome_of(code, status),
        .retry_after_ms = retry_after_ms(status),
    };
    if (text_at(status, "message")[0] != '\0') {
        keep_line(out->message, text_at(status, "message"));
    } else {
        keep_text(code, text, len, out->message);
    }
}

void kube_status_read_event(const json_t *object, struct kube_status *out)
{
    const json_int_t code = json_integer_value(json_object_get(object, "code"));
    const char *reason = text_at(object, "reason");

    if (code >= 100 && code <= 599) {
        kube_status_read((unsigned int)code, object, "", 0, out);
    } else {
        *out = (struct kube_status){.outcome = KUBE_UNREACHABLE};
        keep_line(out->message, "an error that is no Status");
    }
    if (strcmp(reason, "Expired") == 0 || strcmp(reason, "Gone") == 0) {
        out->outcome = KUBE_GONE; /* whatever the code: both have been seen with others */
    }
}
