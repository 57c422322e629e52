/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_events.h"

#include "base/yaml_text.h"

int yaml_events_open(
    struct yaml_events *events, const char *text, size_t start, size_t end, struct err *err)
{
    *events = (struct yaml_events){.text = text, .start = start, .end = end};
    if (!yaml_parser_initialize(&events->parser)) {
        return err_no_memory(err);
    }
    events->open = true;
    yaml_parser_set_encoding(&events->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&events->parser, (const yaml_char_t *)text + start, end - start);
    return 0;
}

void yaml_events_close(struct yaml_events *events)
{
    if (events->open) {
        yaml_parser_delete(&events->parser);
        events->open = false;
    }
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The byte of the text at which character number @index of the part starts. Marks mostly grow, by
 * little: the count goes on, in either direction, from where it was for the last one. */
static size_t offset_of(struct yaml_events *events, size_t index)
{
    const char *part = events->text + events->start;
    const size_t len = events->end - events->start;

    while (events->n_chars > index) {
        do {
            events->n_bytes--;
        } while (continues_character(part[events->n_bytes]));
        events->n_chars--;
    }
    while (events->n_chars < index && events->n_bytes < len) {
        do {
            events->n_bytes++;
        } while (events->n_bytes < len && continues_character(part[events->n_bytes]));
        events->n_chars++;
    }
    return events->start + events->n_bytes;
}

/* What libyaml did not like, and what it was about when that started on an earlier line. */
static int fail(struct yaml_events *events, size_t *offset, struct err *err)
{
    const yaml_parser_t *parser = &events->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
    size_t start;

    *offset = offset_of(events, parser->problem_mark.index);
    if (parser->error == YAML_MEMORY_ERROR) {
        return err_no_memory(err);
    }
    if (parser->context == NULL) {
        return err_set(err, ERR_INVALID, "%s", problem);
    }
    if (parser->context_mark.line == parser->problem_mark.line) {
        return err_set(err, ERR_INVALID, "%s %s", problem, parser->context);
    }
    start = offset_of(events, parser->context_mark.index);
    return err_set(err, ERR_INVALID, "%s %s that starts on line %zu", problem, parser->context,
                   yaml_text_place(events->text, start).line);
}

int yaml_events_next(struct yaml_events *events, struct yaml_events_item *item, struct err *err)
{
    if (!yaml_parser_parse(&events->parser, &item->event)) {
        return fail(events, &item->start, err);
    }
    item->start = offset_of(events, item->event.start_mark.index);
    item->end = offset_of(events, item->event.end_mark.index);
    return 0;
}
