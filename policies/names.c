/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/names.h"

#include <stdbool.h>
#include <string.h>

#define LOWER        "abcdefghijklmnopqrstuvwxyz"
#define UPPER        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS       "0123456789"
#define ALPHANUMERIC LOWER UPPER DIGITS

/* Whether the @len bytes at @text are of @inner, and the first and the last of @outer. */
static bool is_word(const char *text, size_t len, const char *outer, const char *inner)
{
    return len > 0 && strspn(text, inner) >= len && strchr(outer, text[0]) != NULL &&
           strchr(outer, text[len - 1]) != NULL;
}

/* Whether the @len bytes at @text are DNS labels with dots between them. */
static bool is_subdomain(const char *text, size_t len)
{
    const char *end = text + len;

    for (;;) {
        size_t label = strcspn(text, "./");
        if (!is_word(text, label, LOWER DIGITS, LOWER DIGITS "-")) {
            return false;
        }
        text += label;
        if (text >= end) {
            return text == end;
        }
        if (*text != '.') {
            return false;
        }
        text++;
    }
}

static int refuse_length(const char *text, int max, struct err *err)
{
    return err_set(err, ERR_INVALID, "'%.40s...' is longer than %d characters", text, max);
}

int names_check_label(const char *text, struct err *err)
{
    if (strlen(text) > NAMES_LABEL_MAX) {
        return refuse_length(text, NAMES_LABEL_MAX, err);
    }
    if (!is_word(text, strlen(text), LOWER DIGITS, LOWER DIGITS "-")) {
        return err_set(err, ERR_INVALID,
                       "'%s' is not a name; expected lower case letters, digits and '-', "
                       "e.g. 'work-dir'",
                       text);
    }
    return 0;
}

int names_check_subdomain(const char *text, struct err *err)
{
    if (strlen(text) > NAMES_SUBDOMAIN_MAX) {
        return refuse_length(text, NAMES_SUBDOMAIN_MAX, err);
    }
    if (!is_subdomain(text, strlen(text))) {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is not a name; expected lower case letters, digits, '-' and "
                       "'.', e.g. 'nfs-ebs'",
                       text);
    }
    return 0;
}

int names_check_key(const char *text, struct err *err)
{
    const char *slash = strchr(text, '/');
    const char *name = slash != NULL ? slash + 1 : text;

    if (strlen(name) > NAMES_LABEL_MAX) {
        return refuse_length(name, NAMES_LABEL_MAX, err);
    }
    if (slash != NULL && slash - text > NAMES_SUBDOMAIN_MAX) {
        return refuse_length(text, NAMES_SUBDOMAIN_MAX, err);
    }
    if (!is_word(name, strlen(name), ALPHANUMERIC, ALPHANUMERIC "-_.") ||
        (slash != NULL && !is_subdomain(text, (size_t)(slash - text)))) {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is not a key; expected letters, digits, '-', '_' and '.', "
                       "e.g. 'tier' or 'example.com/tier'",
                       text);
    }
    return 0;
}

int names_check_label_value(const char *text, struct err *err)
{
    if (strlen(text) > NAMES_LABEL_MAX) {
        return refuse_length(text, NAMES_LABEL_MAX, err);
    }
    if (text[0] != '\0' && !is_word(text, strlen(text), ALPHANUMERIC, ALPHANUMERIC "-_.")) {
        return err_set(err, ERR_INVALID,
                       "'%s' is not a label's value; expected letters, digits, '-', '_' and '.'",
                       text);
    }
    return 0;
}

int names_check_image(const char *text, struct err *err)
{
    if (strlen(text) > NAMES_IMAGE_MAX) {
        return refuse_length(text, NAMES_IMAGE_MAX, err);
    }
    if (!is_word(text, strlen(text), ALPHANUMERIC, ALPHANUMERIC "-_./:@")) {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is not an image; expected e.g. "
                       "'registry.example.com/hawser:v1.0.0'",
                       text);
    }
    return 0;
}
