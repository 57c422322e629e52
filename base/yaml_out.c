/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_out.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/json.h"
#include "base/yaml_plain.h"

static int write_to_buf(void *buf, unsigned char *bytes, size_t len)
{
    buf_add(buf, bytes, len);
    return !buf_failed(buf);
}

/* Hand over @event, which was @made or not. A failure stays in the emitter, which takes nothing
 * more then; it is asked once, at the end. */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
    if (!made) {
        emitter->error = YAML_MEMORY_ERROR;
    } else if (emitter->error != YAML_NO_ERROR) {
        yaml_event_delete(event);
    } else {
        (void)yaml_emitter_emit(emitter, event);
    }
}

/* Whether @text has a line break that only YAML 1.1 knows: U+2028 or U+2029. Escaped, it is one
 * character to every reader. */
static bool has_odd_break(const char *text)
{
    return strstr(text, "\xe2\x80\xa8") != NULL || strstr(text, "\xe2\x80\xa9") != NULL;
}

/* The style to ask for; the emitter takes a safer one where the text cannot be written so. */
static yaml_scalar_style_t style_of(const char *text, size_t len)
{
    if (strlen(text) != len || has_odd_break(text)) {
        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    }
    if (strchr(text, '\n') != NULL) {
        return YAML_LITERAL_SCALAR_STYLE;
    }
    return yaml_plain_kind(text) == YAML_PLAIN_TEXT ? YAML_PLAIN_SCALAR_STYLE
                                                    : YAML_SINGLE_QUOTED_SCALAR_STYLE;
}

static void
emit_scalar(yaml_emitter_t *emitter, const char *text, size_t len, yaml_scalar_style_t style)
{
    yaml_event_t event;
    int made = len <= INT_MAX &&
               yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)len,
                                            1, 1, style);

    emit(emitter, &event, made);
}

static void emit_string(yaml_emitter_t *emitter, const char *text, size_t len)
{
    emit_scalar(emitter, text, len, style_of(text, len));
}

static void emit_plain(yaml_emitter_t *emitter, const char *text)
{
    emit_scalar(emitter, text, strlen(text), YAML_PLAIN_SCALAR_STYLE);
}

static void emit_number(yaml_emitter_t *emitter, const json_t *value)
{
    char text[JSON_REAL_SIZE];

    if (json_is_real(value)) {
        json_real_text(json_real_value(value), text);
    } else {
        (void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    }
    emit_plain(emitter, text);
}

/* Recursion: json_parse() and the YAML reader bound the depth of every value. */
/* NOLINTBEGIN(misc-no-recursion) */
static void emit_value(yaml_emitter_t *emitter, const json_t *value);

static void emit_list(yaml_emitter_t *emitter, const json_t *list)
{
    yaml_event_t event;
    json_t *item;
    size_t i;

    emit(emitter, &event,
         yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
    json_array_foreach (list, i, item) {
        emit_value(emitter, item);
    }
    emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static void emit_mapping(yaml_emitter_t *emitter, const json_t *mapping)
{
    yaml_event_t event;
    json_t *walked;
    json_t *member;
    const char *key;

    memcpy(&walked, &mapping, sizeof(void *)); /* jansson's iterators take no const */
    emit(emitter, &event,
         yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
    json_object_foreach (walked, key, member) {
        emit_string(emitter, key, strlen(key));
        emit_value(emitter, member);
    }
    emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

static void emit_value(yaml_emitter_t *emitter, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        emit_mapping(emitter, value);
        break;
    case JSON_ARRAY:
        emit_list(emitter, value);
        break;
    case JSON_STRING:
        emit_string(emitter, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        emit_number(emitter, value);
        break;
    case JSON_TRUE:
        emit_plain(emitter, "true");
        break;
    case JSON_FALSE:
        emit_plain(emitter, "false");
        break;
    case JSON_NULL:
        emit_plain(emitter, "null");
        break;
    }
}

/* NOLINTEND(misc-no-recursion) */

static void emit_document(yaml_emitter_t *emitter, const json_t *value)
{
    yaml_event_t event;

    emit(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    emit_value(emitter, value);
    emit(emitter, &event, yaml_document_end_event_initialize(&event, 1));
    emit(emitter, &event, yaml_stream_end_event_initialize(&event));
}

/* Behind a last string that keeps its line feeds ("|+") libyaml puts the end of the document, which
 * neither "---" nor the end of the text needs. No string can look like it: it would be indented. */
static void cut_end_mark(struct buf *out)
{
    static const char mark[] = "\n...\n";
    const size_t len = strlen(mark);

    if (out->len >= len && memcmp(out->bytes + out->len - len, mark, len) == 0) {
        buf_cut(out, out->len - len + 1);
    }
}

int yaml_out(struct buf *out, const json_t *value, struct err *err)
{
    yaml_emitter_t emitter;
    int failed;

    if (!yaml_emitter_initialize(&emitter)) {
        return err_no_memory(err);
    }
    yaml_emitter_set_output(&emitter, write_to_buf, out);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    emit_document(&emitter, value);
    failed = emitter.error != YAML_NO_ERROR;
    yaml_emitter_delete(&emitter);
    if (buf_check(out, "the YAML text", err) < 0) {
        return -1;
    }
    if (failed) {
        return err_no_memory(err);
    }
    cut_end_mark(out);
    return 0;
}
