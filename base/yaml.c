/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/yaml_build.h"
#include "base/yaml_events.h"
#include "base/yaml_json.h"
#include "base/yaml_places.h"
#include "base/yaml_split.h"
#include "base/yaml_strict.h"
#include "base/yaml_text.h"

struct yaml_reader {
    const char *name;
    enum yaml_reading reading;
    char *text; /* a copy */
    size_t len;

    size_t at;     /* where the next part of the text starts */
    bool json;     /* what comes may be a JSON object */
    size_t n_json; /* JSON objects so far */

    struct yaml_split part;
    struct yaml_events events; /* of the part */
    struct yaml_strict strict; /* what was seen of them, under YAML_STRICT */
    bool empty;                /* the part held no document so far */

    size_t started;             /* where the document last read starts */
    size_t started_line;        /* and its line */
    struct yaml_places *places; /* of its values, under YAML_STRICT */
};

struct yaml_reader *yaml_reader_new(
    const char *name, const char *text, size_t len, enum yaml_reading reading, struct err *err)
{
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL) {
        err_no_memory(err);
        return NULL;
    }
    reader->name = name;
    reader->reading = reading;
    reader->started_line = 1;
    reader->text = yaml_text_copy(text, len, reading, &reader->len);
    if (reader->text == NULL) {
        err_no_memory(err);
        return NULL;
    }
    if (reading == YAML_KUBECTL) {
        reader->at = yaml_text_bom(reader->text, reader->len);
        reader->json = true;
    }
    return TAKE(reader);
}

void yaml_reader_free(struct yaml_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    yaml_events_close(&reader->events);
    yaml_places_free(reader->places);
    free(reader->text);
    free(reader);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Put in front of @err where in the text it happened. */
static int fail_at(const struct yaml_reader *reader, size_t offset, struct err *err)
{
    struct yaml_place place = yaml_text_place(reader->text, offset);

    err_wrap(err, "%s:%zu:%zu", reader->name, place.line, place.column);
    err_point_at(err, reader->text, reader->len, offset);
    return -1;
}

static int
refuse_at(const struct yaml_reader *reader, size_t offset, const char *reason, struct err *err)
{
    err_set(err, ERR_INVALID, "%s", reason);
    return fail_at(reader, offset, err);
}

/* Whether the first line of the part that is neither blank nor a comment is a directive. Its "---"
 * is what the part was cut at, so that libyaml would only say that something is missing. */
static bool has_directive(const struct yaml_reader *reader, size_t *offset)
{
    size_t at = reader->part.start;

    while (at < reader->part.end) {
        const char *line = reader->text + at;
        size_t len = reader->part.end - at;
        const char *feed = memchr(line, '\n', len);
        size_t blank = 0;
        while (blank < len && is_blank(line[blank]) && line[blank] != '\n') {
            blank++;
        }
        if (blank < len && line[blank] != '\n' && line[blank] != '#') {
            *offset = at;
            return *line == '%';
        }
        at = feed != NULL ? (size_t)(feed - reader->text) + 1 : reader->part.end;
    }
    return false;
}

/* Go on to the next part of the text. */
static int open_part(struct yaml_reader *reader, struct err *err)
{
    struct yaml_split *part = &reader->part;
    const char *wrong;
    size_t offset = 0;

    if (!yaml_split_next(reader->text, reader->len, reader->at, part)) {
        return refuse_at(reader, part->end,
                         "expected nothing but a comment behind '---' on its line", err);
    }
    reader->at = part->end;
    reader->empty = true;
    if (reader->reading == YAML_KUBECTL) {
        part->start += yaml_text_bom(reader->text + part->start, part->end - part->start);
    }
    wrong = yaml_text_check(reader->text + part->start, part->end - part->start, reader->reading,
                            &offset);
    if (wrong != NULL) {
        return refuse_at(reader, part->start + offset, wrong, err);
    }
    if (has_directive(reader, &offset)) {
        return refuse_at(reader, offset, "directives ('%YAML', '%TAG') are not accepted", err);
    }
    yaml_strict_init(&reader->strict, part->start);
    return yaml_events_open(&reader->events, reader->text, part->start, part->end, err);
}

static int add_item(struct yaml_reader *reader,
                    struct yaml_build *build,
                    struct yaml_events_item *item,
                    struct err *err)
{
    size_t offset = item->start;

    if (reader->reading == YAML_STRICT &&
        yaml_strict_check(&reader->strict, &reader->events, item, &offset, err) < 0) {
        return fail_at(reader, offset, err);
    }
    return yaml_build_add(build, item, err) < 0 ? fail_at(reader, offset, err) : 0;
}

/* Read one event of a document into @build. *@ended says whether it was the last one. */
static int
read_event(struct yaml_reader *reader, struct yaml_build *build, bool *ended, struct err *err)
{
    struct yaml_events_item item;
    int result;

    if (yaml_events_next(&reader->events, &item, err) < 0) {
        return fail_at(reader, item.start, err);
    }
    result = add_item(reader, build, &item, err);
    *ended = item.event.type == YAML_DOCUMENT_END_EVENT;
    yaml_events_item_clear(&item);
    return result;
}

/* Read the rest of the document whose start was just seen. */
static json_t *read_document(struct yaml_reader *reader, struct err *err)
{
    CLEANUP(yaml_build_free) struct yaml_build *build = NULL;
    bool ended = false;

    if (reader->reading == YAML_STRICT) {
        reader->places = yaml_places_new();
    }
    build = yaml_build_new(reader->reading, reader->places);
    if (build == NULL || (reader->reading == YAML_STRICT && reader->places == NULL)) {
        err_no_memory(err);
        return NULL;
    }
    while (!ended) {
        if (read_event(reader, build, &ended, err) < 0) {
            return NULL;
        }
    }
    return yaml_build_take(build);
}

/* The document starts at @offset, behind the one before: lines are counted on from there. */
static void start_at(struct yaml_reader *reader, size_t offset)
{
    for (size_t i = reader->started; i < offset; i++) {
        reader->started_line += reader->text[i] == '\n' ? 1 : 0;
    }
    reader->started = offset;
}

/* Read on in the part until a document starts, or it ends. */
static int find_document(struct yaml_reader *reader, bool *found, struct err *err)
{
    struct yaml_events_item item;
    yaml_event_type_t type;

    do {
        if (yaml_events_next(&reader->events, &item, err) < 0) {
            if (!reader->empty && err->code == ERR_INVALID) {
                err_wrap(err, "behind the end of the document");
            }
            return fail_at(reader, item.start, err);
        }
        type = item.event.type;
        yaml_events_item_clear(&item);
    } while (type == YAML_STREAM_START_EVENT);
    start_at(reader, item.start);
    *found = type == YAML_DOCUMENT_START_EVENT;
    return 0;
}

/* The next document of the part, or NULL in *@document when there is none any more. */
static int next_of_part(struct yaml_reader *reader, json_t **document, struct err *err)
{
    bool found = false;

    if (find_document(reader, &found, err) < 0) {
        return -1;
    }
    if (!found) {
        yaml_events_close(&reader->events);
        *document = reader->empty && reader->part.separated ? json_null() : NULL;
        return 0;
    }
    reader->empty = false;
    *document = read_document(reader, err);
    return *document != NULL ? 0 : -1;
}

static int next_yaml(struct yaml_reader *reader, json_t **document, struct err *err)
{
    *document = NULL;
    while (*document == NULL) {
        if (!reader->events.open) {
            if (reader->at == reader->len) {
                return 0;
            }
            if (open_part(reader, err) < 0) {
                return -1;
            }
        }
        if (next_of_part(reader, document, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The JSON object that the text goes on with, or NULL in *@document when it goes on with something
 * else. As with kubectl, two objects make it sure that all of the text is JSON. */
static int next_json(struct yaml_reader *reader, json_t **document, struct err *err)
{
    size_t at = reader->at;
    struct err not_json = {0};

    *document = NULL;
    while (at < reader->len && is_blank(reader->text[at])) {
        at++;
    }
    start_at(reader, at);
    if (at < reader->len && reader->text[at] == '{') {
        *document = yaml_json_next(reader->text, reader->len, &at, &not_json);
        if (*document != NULL) {
            reader->at = at;
            reader->n_json++;
            return 0;
        }
        if (not_json.code == ERR_INTERNAL) {
            *err = not_json;
            return -1;
        }
    }
    if (reader->n_json > 1 && at < reader->len) {
        return refuse_at(reader, at, "expected a JSON object, as those before it", err);
    }
    reader->json = false;
    return 0;
}

static int next_document(struct yaml_reader *reader, json_t **document, struct err *err)
{
    yaml_places_free(reader->places);
    reader->places = NULL;
    if (reader->json && next_json(reader, document, err) < 0) {
        return -1;
    }
    return reader->json ? 0 : next_yaml(reader, document, err);
}

int yaml_reader_next(struct yaml_reader *reader, json_t **document, struct err *err)
{
    json_t *next = NULL;

    if (next_document(reader, &next, err) < 0) {
        yaml_events_close(&reader->events);
        reader->json = false;
        reader->at = reader->len;
        return -1;
    }
    *document = next;
    return 0;
}

_Bool yaml_reader_place(const struct yaml_reader *reader,
                        const char *pointer,
                        _Bool key,
                        struct yaml_place *out)
{
    const struct yaml_places_value *value =
        reader->places != NULL ? yaml_places_find(reader->places, pointer) : NULL;

    if (value == NULL || (key && value->key == NULL)) {
        return false;
    }
    *out = yaml_text_place(reader->text, key ? value->key_offset : value->offset);
    return true;
}

size_t yaml_reader_line(const struct yaml_reader *reader)
{
    return reader->started_line;
}
