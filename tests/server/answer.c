/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/answer.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#define END_OF_LINE "\r\n"
#define END_OF_HEAD "\r\n\r\n"
#define NO_LENGTH   SIZE_MAX

/* "HTTP/1.1 200 OK", and 1.0, which a server may answer to a request that it does not understand */
#define STATUS_DIGITS_AT  9
#define STATUS_LINE_BYTES 12

void answer_clear(struct answer *answer)
{
    free(answer->head);
    free(answer->body);
    *answer = (struct answer){0};
}

/* What stands behind the line that begins or goes on at @line; its end at the end of the text. */
static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line == '\n' ? line + 1 : line;
}

/* The line of the header @name in the lines @head, behind the colon, or NULL. */
static const char *find_header(const char *head, const char *name)
{
    const size_t len = strlen(name);

    for (const char *line = head; *line != '\0';) {
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            return line + len + 1;
        }
        line = next_line(line);
    }
    return NULL;
}

bool answer_header(const struct answer *answer,
                   const char *name,
                   char out[static ANSWER_VALUE_SIZE])
{
    const char *value = find_header(answer->head, name);
    size_t len;

    if (value == NULL) {
        return false;
    }
    value += strspn(value, " \t");
    len = strcspn(value, END_OF_LINE);
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
        len--;
    }
    if (len >= ANSWER_VALUE_SIZE) {
        len = ANSWER_VALUE_SIZE - 1;
    }
    memcpy(out, value, len);
    out[len] = '\0';
    return true;
}

bool answer_has(const struct answer *answer, const char *name, const char *value)
{
    char found[ANSWER_VALUE_SIZE];

    return answer_header(answer, name, found) && strcasecmp(found, value) == 0;
}

/* Read the status line that @bytes start with. */
static int parse_status(const char *bytes, unsigned int *status_out, struct err *err)
{
    const char *digits = bytes + STATUS_DIGITS_AT;
    unsigned int status = 0;

    if ((strncmp(bytes, "HTTP/1.1 ", STATUS_DIGITS_AT) != 0 &&
         strncmp(bytes, "HTTP/1.0 ", STATUS_DIGITS_AT) != 0) ||
        strspn(digits, "0123456789") != 3 || (digits[3] != ' ' && digits[3] != '\r')) {
        return err_set(err, ERR_INVALID, "expected a status line, found '%.*s'",
                       (int)strcspn(bytes, END_OF_LINE), bytes);
    }
    for (size_t i = 0; i < 3; i++) {
        status = status * 10 + (unsigned int)(digits[i] - '0');
    }
    if (status < 200 || status > 599) {
        return err_set(err, ERR_INVALID, "expected a final status, found %u", status);
    }
    *status_out = status;
    return 0;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' && text[i] != '\t') {
            return true;
        }
    }
    return false;
}

/* Each line must be a field name of RFC 9110, a colon, and text without control characters. */
static int check_lines(const char *head, struct err *err)
{
    for (const char *line = head; *line != '\0'; line = next_line(line)) {
        const size_t len = strcspn(line, END_OF_LINE);
        size_t n = 0;

        while (isalnum((unsigned char)line[n]) ||
               (line[n] != '\0' && strchr("!#$%&'*+-.^_`|~", line[n]) != NULL)) {
            n++;
        }
        if (n == 0 || line[n] != ':' || has_control(line + n, len - n) ||
            strncmp(line + len, END_OF_LINE, strlen(END_OF_LINE)) != 0) {
            return err_set(err, ERR_INVALID, "expected a header line, found '%.*s'", (int)len,
                           line);
        }
    }
    return 0;
}

/* How long the body is; NO_LENGTH when it lasts to the end of the connection. */
static int parse_length(const struct answer *answer, size_t *out, struct err *err)
{
    const char *line;
    char value[ANSWER_VALUE_SIZE] = "";
    unsigned long length;
    char *end;

    assert(answer->head != NULL); /* by take_head() */
    line = find_header(answer->head, "Content-Length");
    if (find_header(answer->head, "Transfer-Encoding") != NULL) {
        return err_set(err, ERR_INVALID, "expected a body with Content-Length, found chunks");
    }
    if (line == NULL) {
        *out = answer->status == 204 || answer->status == 304 ? 0 : NO_LENGTH;
        return 0;
    }
    if (find_header(next_line(line), "Content-Length") != NULL) {
        return err_set(err, ERR_INVALID, "expected one Content-Length, found two");
    }
    (void)answer_header(answer, "Content-Length", value);
    length = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end != '\0') {
        return err_set(err, ERR_INVALID, "expected a Content-Length, found '%s'", value);
    }
    if (length > ANSWER_BODY_BYTES_MAX) {
        return err_set(err, ERR_TOO_BIG, "a body of %lu bytes is larger than %zu bytes", length,
                       ANSWER_BODY_BYTES_MAX);
    }
    *out = length;
    return 0;
}

/* Take the head of @len bytes that @bytes start with, up to and with the empty line. */
static int take_head(const char *bytes, size_t len, struct answer *out, struct err *err)
{
    const char *lines;

    if (memchr(bytes, '\0', len) != NULL) {
        return err_set(err, ERR_INVALID, "expected text in the header, found a NUL");
    }
    if (parse_status(bytes, &out->status, err) < 0) {
        return -1;
    }
    lines = next_line(bytes);
    out->head = strndup(lines, (size_t)(bytes + len - lines) - strlen(END_OF_LINE));
    if (out->head == NULL) {
        return err_no_memory(err);
    }
    return check_lines(out->head, err);
}

/* Take the body at @bytes. */
static int take_body(const char *bytes, size_t len, struct answer *out, struct err *err)
{
    out->body = malloc(len + 1);
    if (out->body == NULL) {
        return err_no_memory(err);
    }
    memcpy(out->body, bytes, len);
    out->body[len] = '\0';
    out->body_len = len;
    return 0;
}

/* What is there of a head that is not whole yet must be able to become one. */
static int check_part(const char *bytes, size_t len, bool closed, struct err *err)
{
    const size_t n = len < STATUS_DIGITS_AT - 2 ? len : STATUS_DIGITS_AT - 2;

    if (strncmp(bytes, "HTTP/1.", n) != 0) {
        return err_set(err, ERR_INVALID, "expected a status line, found '%.*s'",
                       (int)strcspn(bytes, END_OF_LINE), bytes);
    }
    if (closed && len > 0) {
        return err_set(err, ERR_INVALID, "expected a whole header, found its first %zu bytes", len);
    }
    if (len > ANSWER_HEAD_BYTES_MAX) {
        return err_set(err, ERR_TOO_BIG, "the header is larger than %zu bytes",
                       ANSWER_HEAD_BYTES_MAX);
    }
    return 0;
}

int answer_parse(const struct buf *received,
                 bool closed,
                 enum answer_found *found_out,
                 struct answer *out,
                 size_t *used_out,
                 struct err *err)
{
    CLEANUP(answer_clear) struct answer answer = {0};
    const char *bytes = buf_text(received);
    const char *end = memmem(bytes, received->len, END_OF_HEAD, strlen(END_OF_HEAD));
    size_t head_len;
    size_t rest;
    size_t length = 0;

    if (end == NULL) {
        *found_out = ANSWER_PART;
        return check_part(bytes, received->len, closed, err);
    }
    head_len = (size_t)(end - bytes) + strlen(END_OF_HEAD);
    rest = received->len - head_len;
    if (take_head(bytes, head_len, &answer, err) < 0 || parse_length(&answer, &length, err) < 0) {
        return -1;
    }
    if (length == NO_LENGTH ? !closed : length > rest) {
        *found_out = ANSWER_PART;
        return !closed ? 0
                       : err_set(err, ERR_INVALID, "expected a body of %zu bytes, found %zu",
                                 length, rest);
    }
    length = length == NO_LENGTH ? rest : length;
    if (take_body(bytes + head_len, length, &answer, err) < 0) {
        return -1;
    }
    *out = answer;
    answer = (struct answer){0};
    *used_out = head_len + length;
    *found_out = ANSWER_WHOLE;
    return 0;
}
