/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "base/yaml_binary.h"
#include "base/yaml_go.h"
#include "base/yaml_plain.h"

#define TAG "tag:yaml.org,2002:"

/* From here on not every reader keeps an integer exactly (RFC 8259 section 6). */
#define STRICT_INTEGER_MAX (1LL << 53)

/* How much of a scalar a message shows. */
#define SHOWN_MAX 64

static json_t *or_no_memory(json_t *value, struct err *err)
{
    if (value == NULL) {
        err_no_memory(err);
    }
    return value;
}

static json_t *refuse(struct err *err, const char *text, const char *reason)
{
    err_set(err, ERR_INVALID, "'%.*s' %s", SHOWN_MAX, text, reason);
    return NULL;
}

static json_t *string_value(const char *text, size_t len, struct err *err)
{
    return or_no_memory(json_stringn_nocheck(text, len), err);
}

/* YAML_STRICT */

static json_t *strict_integer(const char *text, struct err *err)
{
    long long integer;

    errno = 0;
    integer = strtoll(text, NULL, 10); /* digits only: checked by yaml_plain_kind() */
    if (errno != 0 || integer > STRICT_INTEGER_MAX || integer < -STRICT_INTEGER_MAX) {
        return refuse(err, text, "is beyond 2^53, where readers round: quote it");
    }
    return or_no_memory(json_integer(integer), err);
}

static json_t *strict_real(const char *text, struct err *err)
{
    char shortest[JSON_REAL_SIZE];
    double real = strtod(text, NULL);

    if (isfinite(real)) {
        json_real_text(real, shortest);
        if (strcmp(text, shortest) == 0) {
            return or_no_memory(json_real(real), err);
        }
        err_set(err, ERR_INVALID,
                "'%.*s' is not the shortest way to write %s: quote it, or write that", SHOWN_MAX,
                text, shortest);
        return NULL;
    }
    return refuse(err, text, "is out of range: quote it");
}

/* Whether @scalar has a control character; line breaks and tabs are none here. */
static bool has_control(const struct yaml_scalar *scalar)
{
    for (size_t i = 0; i < scalar->len; i++) {
        unsigned char c = (unsigned char)scalar->text[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            return true;
        }
        /* U+0080 to U+009F */
        if (c == 0xc2 && (unsigned char)scalar->text[i + 1] < 0xa0) {
            return true;
        }
    }
    return false;
}

static json_t *strict_string(const struct yaml_scalar *scalar, struct err *err)
{
    if (has_control(scalar)) {
        err_set(err, ERR_INVALID, "the string has a control character; expected text");
        return NULL;
    }
    return string_value(scalar->text, scalar->len, err);
}

static json_t *strict_value(const struct yaml_scalar *scalar, struct err *err)
{
    if (!scalar->plain) {
        return strict_string(scalar, err);
    }
    switch (yaml_plain_kind(scalar->text)) {
    case YAML_PLAIN_NULL:
        return json_null();
    case YAML_PLAIN_TRUE:
        return json_true();
    case YAML_PLAIN_FALSE:
        return json_false();
    case YAML_PLAIN_INTEGER:
        return strict_integer(scalar->text, err);
    case YAML_PLAIN_REAL:
        return strict_real(scalar->text, err);
    case YAML_PLAIN_DISPUTED:
        return refuse(err, scalar->text,
                      "means different things to different YAML readers: quote it, or write true, "
                      "false, null or a plain decimal number");
    case YAML_PLAIN_TEXT:
    case YAML_PLAIN_TIME:
        break;
    }
    return strict_string(scalar, err);
}

static json_t *strict_key(const struct yaml_scalar *scalar, struct err *err)
{
    if (scalar->plain && strcmp(scalar->text, "<<") == 0) {
        err_set(err, ERR_INVALID, "merge keys ('<<') are not accepted: write the keys out");
        return NULL;
    }
    if (scalar->plain) {
        enum yaml_plain kind = yaml_plain_kind(scalar->text);
        if (kind != YAML_PLAIN_TEXT && kind != YAML_PLAIN_TIME) {
            return refuse(err, scalar->text,
                          "is a key that some reader takes for no string: quote it");
        }
    }
    return strict_string(scalar, err);
}

/* YAML_KUBECTL */

json_t *yaml_scalar_real(double real)
{
    char text[JSON_REAL_SIZE];
    long long integer;

    json_real_text(real, text);
    if (strpbrk(text, ".e") != NULL) {
        return json_real(real);
    }
    errno = 0;
    integer = strtoll(text, NULL, 10); /* digits only */
    return errno == 0 ? json_integer(integer) : json_real(real);
}

static json_t *go_value(const struct yaml_scalar *scalar, const struct yaml_go *go, struct err *err)
{
    switch (go->kind) {
    case YAML_GO_NULL:
        return json_null();
    case YAML_GO_BOOL:
        return json_boolean(go->boolean);
    case YAML_GO_INT:
        return or_no_memory(json_integer(go->integer), err);
    case YAML_GO_UINT:
        return or_no_memory(json_real((double)go->natural), err);
    case YAML_GO_FLOAT:
        if (!isfinite(go->real)) {
            return refuse(err, scalar->text, "is a number that JSON does not have: quote it");
        }
        return or_no_memory(yaml_scalar_real(go->real), err);
    case YAML_GO_STRING:
        break;
    }
    return string_value(scalar->text, scalar->len, err);
}

/* As Go's FormatFloat(real, 'g', -1, 32), which sigs.k8s.io/yaml uses for keys, of all precisions
 * the shortest that reads back as the same float. */
#define FLOAT_KEY_SIZE 32
static void float_key(double real, char out[static FLOAT_KEY_SIZE])
{
    float single = (float)real;

    if (isnan(real)) {
        (void)snprintf(out, FLOAT_KEY_SIZE, ".nan");
        return;
    }
    if (isinf(single)) {
        (void)snprintf(out, FLOAT_KEY_SIZE, single < 0 ? "-.inf" : ".inf");
        return;
    }
    for (int decimals = 0; decimals < 9; decimals++) {
        (void)snprintf(out, FLOAT_KEY_SIZE, "%.*e", decimals, (double)single);
        if (strtof(out, NULL) == single) {
            int exponent = (int)strtol(strchr(out, 'e') + 1, NULL, 10);
            if (exponent >= -4 && exponent < 6) {
                decimals = decimals > exponent ? decimals - exponent : 0;
                (void)snprintf(out, FLOAT_KEY_SIZE, "%.*f", decimals, (double)single);
            }
            return;
        }
    }
}

static json_t *go_key(const struct yaml_scalar *scalar, const struct yaml_go *go, struct err *err)
{
    char text[FLOAT_KEY_SIZE];

    switch (go->kind) {
    case YAML_GO_BOOL:
        return or_no_memory(json_string(go->boolean ? "true" : "false"), err);
    case YAML_GO_INT:
        return or_no_memory(json_sprintf("%lld", (long long)go->integer), err);
    case YAML_GO_FLOAT:
        float_key(go->real, text);
        return or_no_memory(json_string(text), err);
    case YAML_GO_NULL:
    case YAML_GO_UINT:
        return refuse(err, scalar->text, "cannot be a key: quote it");
    case YAML_GO_STRING:
        break;
    }
    return string_value(scalar->text, scalar->len, err);
}

static bool is_utf8(const struct buf *bytes)
{
    size_t at = 0;

    while (at < bytes->len) {
        uint32_t code;
        size_t n = utf8_decode(bytes->bytes + at, bytes->len - at, &code);
        if (n == 0) {
            return false;
        }
        at += n;
    }
    return true;
}

static json_t *binary_value(const struct yaml_scalar *scalar, struct err *err)
{
    CLEANUP(buf_clear) struct buf bytes = BUF_INIT(scalar->len);

    if (strlen(scalar->text) != scalar->len || !yaml_binary_decode(scalar->text, &bytes)) {
        return refuse(err, scalar->text, "is not base64, as its tag '!!binary' says");
    }
    if (buf_check(&bytes, "the !!binary value", err) < 0) {
        return NULL;
    }
    if (!is_utf8(&bytes)) {
        return refuse(err, scalar->text, "is !!binary that is not UTF-8");
    }
    return string_value(buf_text(&bytes), bytes.len, err);
}

/* What the tags say that change anything; every other tag makes a string. */
static const struct {
    const char *tag;
    enum yaml_go_kind kind;
} go_tags[] = {
    {TAG "null", YAML_GO_NULL},
    {TAG "bool", YAML_GO_BOOL},
    {TAG "int", YAML_GO_INT},
    {TAG "float", YAML_GO_FLOAT},
};

static bool agree(enum yaml_go_kind wanted, struct yaml_go *go)
{
    if (wanted == YAML_GO_FLOAT && go->kind == YAML_GO_INT) {
        *go = (struct yaml_go){.kind = YAML_GO_FLOAT, .real = (double)go->integer};
    }
    return go->kind == wanted || (wanted == YAML_GO_INT && go->kind == YAML_GO_UINT);
}

/* The meaning of a scalar with a tag, where that is not a string. */
static int apply_tag(const struct yaml_scalar *scalar, struct yaml_go *out, struct err *err)
{
    *out = (struct yaml_go){.kind = YAML_GO_STRING};
    for (size_t i = 0; i < sizeof(go_tags) / sizeof(go_tags[0]); i++) {
        if (strcmp(scalar->tag, go_tags[i].tag) != 0) {
            continue;
        }
        if (strlen(scalar->text) == scalar->len && yaml_go_resolve(scalar->text, out, err) < 0) {
            return -1;
        }
        if (!agree(go_tags[i].kind, out)) {
            return err_set(err, ERR_INVALID, "'%.*s' is not what its tag '!!%s' says", SHOWN_MAX,
                           scalar->text, scalar->tag + strlen(TAG));
        }
    }
    if (strcmp(scalar->tag, TAG "timestamp") == 0 &&
        yaml_plain_kind(scalar->text) != YAML_PLAIN_TIME) {
        return err_set(err, ERR_INVALID, "'%.*s' is no date, as its tag '!!timestamp' says",
                       SHOWN_MAX, scalar->text);
    }
    return 0;
}

static int resolve(const struct yaml_scalar *scalar, struct yaml_go *out, struct err *err)
{
    if (scalar->tag != NULL) {
        return apply_tag(scalar, out, err);
    }
    if (scalar->plain) {
        return yaml_go_resolve(scalar->text, out, err);
    }
    *out = (struct yaml_go){.kind = YAML_GO_STRING};
    return 0;
}

static bool is_binary(const struct yaml_scalar *scalar)
{
    return scalar->tag != NULL && strcmp(scalar->tag, TAG "binary") == 0;
}

json_t *
yaml_scalar_value(const struct yaml_scalar *scalar, enum yaml_reading reading, struct err *err)
{
    struct yaml_go go;

    if (reading == YAML_STRICT) {
        return strict_value(scalar, err);
    }
    if (is_binary(scalar)) {
        return binary_value(scalar, err);
    }
    return resolve(scalar, &go, err) < 0 ? NULL : go_value(scalar, &go, err);
}

static json_t *kubectl_key(const struct yaml_scalar *scalar, struct err *err)
{
    struct yaml_go go;

    if (is_binary(scalar)) {
        return binary_value(scalar, err);
    }
    return resolve(scalar, &go, err) < 0 ? NULL : go_key(scalar, &go, err);
}

json_t *
yaml_scalar_key(const struct yaml_scalar *scalar, enum yaml_reading reading, struct err *err)
{
    json_t *key = reading == YAML_STRICT ? strict_key(scalar, err) : kubectl_key(scalar, err);

    if (key != NULL && strlen(json_string_value(key)) != json_string_length(key)) {
        json_decref(key);
        err_set(err, ERR_INVALID, "a key cannot have a NUL character");
        return NULL;
    }
    return key;
}
