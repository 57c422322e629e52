/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_strict.h"

#include <string.h>

void yaml_strict_init(struct yaml_strict *strict, size_t offset)
{
    *strict = (struct yaml_strict){.seen = offset};
}

static int refuse(size_t *offset, size_t at, struct err *err, const char *reason)
{
    *offset = at;
    return err_set(err, ERR_INVALID, "%s", reason);
}

/* Where the content of the line behind the line feed at @at starts. */
static size_t line_content(const struct yaml_events *events, size_t at)
{
    at++;
    while (at < events->end && events->text[at] == ' ') {
        at++;
    }
    return at;
}

/* Whether the line behind the line feed at @at has content, left of column @indent. */
static bool is_left_of(const struct yaml_events *events, size_t at, size_t indent)
{
    size_t content = line_content(events, at);

    return content < events->end && strchr("\n#", events->text[content]) == NULL &&
           content - at - 1 < indent;
}

static int refuse_line(const struct yaml_events *events, size_t *offset, size_t at, struct err *err)
{
    return refuse(offset, line_content(events, at), err,
                  "expected a line within brackets or quotes to be indented further than what they "
                  "belong to");
}

static int refuse_question(size_t *offset, size_t at, struct err *err)
{
    return refuse(offset, at, err, "'?' is not accepted: write the key without it");
}

/* What stands between two events: blanks, comments and the indicators that are no events. */
static int check_gap(const struct yaml_strict *strict,
                     const struct yaml_events *events,
                     size_t end,
                     size_t *offset,
                     struct err *err)
{
    const char *text = events->text;

    for (size_t at = strict->seen; at < end; at++) {
        if (text[at] == '?') {
            return refuse_question(offset, at, err);
        }
        if (text[at] == '\n' && strict->flow[strict->depth] &&
            is_left_of(events, at, strict->indents[strict->depth])) {
            return refuse_line(events, offset, at, err);
        }
        if (text[at] == '#') {
            if (at > events->start && text[at - 1] != ' ' && text[at - 1] != '\n') {
                return refuse(offset, at, err, "expected a space before the '#' of a comment");
            }
            while (at + 1 < end && text[at + 1] != '\n') {
                at++;
            }
        }
    }
    return 0;
}

/* A "|" or ">": has text, and nothing but a comment on its first line. */
static int check_block(const struct yaml_events *events,
                       const struct yaml_events_item *item,
                       size_t *offset,
                       struct err *err)
{
    const yaml_event_t *event = &item->event;
    size_t at = item->start + 1;

    /* The text need not be terminated, but a block ends before it does. */
    while (at < item->end && strchr("0123456789+-", events->text[at]) != NULL) {
        at++;
    }
    if (at < item->end && events->text[at] == '#') {
        return refuse(offset, at, err, "expected a space before the '#' of a comment");
    }
    if (strspn((const char *)event->data.scalar.value, "\n") == event->data.scalar.length) {
        return refuse(offset, item->start, err, "a block without text; expected text, or \"\"");
    }
    return 0;
}

static int check_scalar(const struct yaml_strict *strict,
                        const struct yaml_events *events,
                        const struct yaml_events_item *item,
                        size_t *offset,
                        struct err *err)
{
    yaml_scalar_style_t style = item->event.data.scalar.style;

    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
        return check_block(events, item, offset, err);
    }
    for (size_t at = item->start; at < item->end; at++) {
        if (events->text[at] == '\n' && is_left_of(events, at, strict->indents[strict->depth])) {
            return refuse_line(events, offset, at, err);
        }
    }
    return 0;
}

/* Anchors, aliases and tags. */
static int check_properties(const struct yaml_events_item *item, size_t *offset, struct err *err)
{
    const yaml_event_t *event = &item->event;
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;

    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor != NULL || event->type == YAML_ALIAS_EVENT) {
        return refuse(offset, item->start, err,
                      "anchors ('&') and aliases ('*') are not accepted: write the value out");
    }
    if (tag != NULL) {
        return refuse(offset, item->start, err,
                      "tags ('!') are not accepted: quote what is a string");
    }
    return 0;
}

/* Remember what lines in the list or mapping that starts here are held against. */
static void open_node(struct yaml_strict *strict, const struct yaml_events_item *item)
{
    const yaml_event_t *event = &item->event;
    bool flow = event->type == YAML_SEQUENCE_START_EVENT
                    ? event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                    : event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    size_t indent = strict->indents[strict->depth];

    strict->depth++;
    strict->flow[strict->depth] = flow;
    strict->indents[strict->depth] = flow ? indent : event->start_mark.column + 1;
}

int yaml_strict_check(struct yaml_strict *strict,
                      const struct yaml_events *events,
                      const struct yaml_events_item *item,
                      size_t *offset,
                      struct err *err)
{
    yaml_event_type_t type = item->event.type;

    if (check_properties(item, offset, err) < 0 ||
        check_gap(strict, events, item->start, offset, err) < 0) {
        return -1;
    }
    if (type == YAML_SCALAR_EVENT && check_scalar(strict, events, item, offset, err) < 0) {
        return -1;
    }
    if ((type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT) &&
        strict->depth < YAML_DEPTH_MAX) {
        open_node(strict, item);
        if (strict->flow[strict->depth] && events->text[item->start] == '?') {
            return refuse_question(offset, item->start, err); /* "[? a: b]" */
        }
    } else if (type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT) {
        strict->depth--;
    }
    if (strict->seen < item->end) {
        strict->seen = item->end;
    }
    return 0;
}
