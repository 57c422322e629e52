/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml_anchors.h"
#include "base/yaml_budget.h"
#include "base/yaml_scalar.h"

#define MERGE_KEY "<<"
#define MERGE_TAG "tag:yaml.org,2002:merge"

/* A list or mapping that is still open. */
struct frame {
    json_t *value;
    json_t *key;          /* of a mapping: what the next value is for, or NULL */
    bool merges;          /* the next value of this mapping, or each item of this list, is merged */
    size_t key_offset;    /* of key */
    size_t anchor;        /* its number, or NO_ANCHOR */
    size_t place;         /* its number among the places */
    size_t levels;        /* of nesting that it is, with what it holds */
    size_t values_before; /* the document had when it opened */
};

#define NO_ANCHOR ((size_t)-1)

struct yaml_build {
    enum yaml_reading reading;
    struct yaml_places *places; /* borrowed, or NULL */
    struct frame frames[YAML_DEPTH_MAX];
    size_t n_frames;
    json_t *root;
    struct yaml_anchors anchors;
    struct yaml_budget spent;
};

/* What the next node will be. */
enum role { ROLE_ROOT, ROLE_ITEM, ROLE_KEY, ROLE_VALUE, ROLE_MERGED, ROLE_MERGED_ITEM };

struct yaml_build *yaml_build_new(enum yaml_reading reading, struct yaml_places *places)
{
    struct yaml_build *build = calloc(1, sizeof(*build));

    if (build != NULL) {
        build->reading = reading;
        build->places = places;
        build->spent.n_values = 1; /* go-yaml counts the document */
    }
    return build;
}

void yaml_build_free(struct yaml_build *build)
{
    if (build == NULL) {
        return;
    }
    for (size_t i = 0; i < build->n_frames; i++) {
        json_decref(build->frames[i].value);
        json_decref(build->frames[i].key);
    }
    yaml_anchors_clear(&build->anchors);
    json_decref(build->root);
    free(build);
}

static struct frame *top(struct yaml_build *build)
{
    assert(build->n_frames > 0);
    return &build->frames[build->n_frames - 1];
}

static enum role next_role(struct yaml_build *build)
{
    const struct frame *frame;

    if (build->n_frames == 0) {
        return ROLE_ROOT;
    }
    frame = top(build);
    if (json_is_array(frame->value)) {
        return frame->merges ? ROLE_MERGED_ITEM : ROLE_ITEM;
    }
    if (frame->merges) {
        return ROLE_MERGED;
    }
    return frame->key != NULL ? ROLE_VALUE : ROLE_KEY;
}

/* Remember where the value that now follows stands; its number goes to *@number. */
static int add_place(struct yaml_build *build, size_t offset, size_t *number, struct err *err)
{
    struct yaml_places_value value = {.parent = YAML_PLACES_NONE, .offset = offset};

    if (build->places == NULL) {
        return 0;
    }
    if (build->n_frames > 0) {
        const struct frame *frame = top(build);
        value.parent = frame->place;
        value.index = json_array_size(frame->value);
        value.key = json_string_value(frame->key);
        value.key_offset = frame->key_offset;
    }
    return yaml_places_add(build->places, &value, number) ? 0 : err_no_memory(err);
}

static int want_mappings(struct err *err)
{
    return err_set(err, ERR_INVALID, "'<<' merges a mapping or a list of mappings; expected one");
}

/* Put @merged, a mapping or a list of them of which the first wins, into @mapping. */
static int merge(json_t *mapping, json_t *merged)
{
    if (json_is_object(merged)) {
        return json_object_update(mapping, merged);
    }
    for (size_t i = json_array_size(merged); i > 0; i--) {
        if (json_object_update(mapping, json_array_get(merged, i - 1)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Put @value, with @levels of nesting, where the next node belongs. Takes @value over. */
static int put(struct yaml_build *build, json_t *value, size_t levels, struct err *err)
{
    enum role role = next_role(build);
    struct frame *frame;
    int failed;

    if (role == ROLE_ROOT) {
        build->root = value;
        return 0;
    }
    frame = top(build);
    if (frame->levels < levels + 1) {
        frame->levels = levels + 1;
    }
    if (role == ROLE_ITEM || role == ROLE_MERGED_ITEM) {
        failed = json_array_append_new(frame->value, value);
    } else if (role == ROLE_MERGED) {
        failed = merge(frame->value, value);
        frame->merges = false;
        json_decref(value);
    } else {
        failed = json_object_set_new_nocheck(frame->value, json_string_value(frame->key), value);
        json_decref(frame->key);
        frame->key = NULL;
    }
    return failed ? err_no_memory(err) : 0;
}

/* Make @key, which is taken over, the one that the next value is for. */
static int put_key(struct yaml_build *build, json_t *key, size_t offset, struct err *err)
{
    struct frame *frame = top(build);

    if (build->reading == YAML_STRICT &&
        json_object_get(frame->value, json_string_value(key)) != NULL) {
        err_set(err, ERR_INVALID, "key '%s' stands twice in this mapping; expected it once",
                json_string_value(key));
        json_decref(key);
        return -1;
    }
    frame->key = key;
    frame->key_offset = offset;
    return 0;
}

static int open_node(
    struct yaml_build *build, json_t *value, const char *anchor, size_t offset, struct err *err)
{
    struct frame *frame = &build->frames[build->n_frames];
    struct frame opened = {.value = value,
                           .merges = json_is_array(value) && next_role(build) == ROLE_MERGED,
                           .anchor = NO_ANCHOR,
                           .levels = 1,
                           .values_before = build->spent.n_values - 1};

    if (value == NULL || (anchor != NULL && !yaml_anchors_add(&build->anchors, anchor)) ||
        add_place(build, offset, &opened.place, err) < 0) {
        json_decref(value);
        return err_no_memory(err);
    }
    if (anchor != NULL) {
        opened.anchor = build->anchors.n - 1;
    }
    *frame = opened;
    build->n_frames++;
    return 0;
}

static int start_node(
    struct yaml_build *build, bool is_list, const char *anchor, size_t offset, struct err *err)
{
    enum role role = next_role(build);

    if (role == ROLE_KEY) {
        return err_set(err, ERR_INVALID, "a key is a string; found a %s",
                       is_list ? "list" : "mapping");
    }
    if (role == ROLE_MERGED_ITEM && is_list) {
        return want_mappings(err);
    }
    if (build->n_frames == YAML_DEPTH_MAX) {
        return err_set(err, ERR_INVALID, "nested deeper than %d levels", YAML_DEPTH_MAX);
    }
    /* go-yaml does not count the list of a merge. */
    if (!(role == ROLE_MERGED && is_list) && yaml_budget_spend(&build->spent, 1, 0, err) < 0) {
        return -1;
    }
    return open_node(build, is_list ? json_array() : json_object(), anchor, offset, err);
}

static int end_node(struct yaml_build *build, struct err *err)
{
    struct frame frame = *top(build);

    build->n_frames--;
    if (frame.anchor != NO_ANCHOR) {
        struct yaml_anchor *anchor = &build->anchors.items[frame.anchor];
        anchor->value = json_incref(frame.value);
        anchor->levels = frame.levels;
        anchor->n_values = build->spent.n_values - frame.values_before;
    }
    return put(build, frame.value, frame.levels, err);
}

/* Keep what the scalar with anchor @name stands for, as a value and as a key. */
static int anchor_scalar(struct yaml_build *build,
                         const char *name,
                         const struct yaml_scalar *scalar,
                         struct err *err)
{
    struct err not_a_key = {0};
    struct yaml_anchor *anchor;

    if (!yaml_anchors_add(&build->anchors, name)) {
        return err_no_memory(err);
    }
    anchor = &build->anchors.items[build->anchors.n - 1];
    anchor->n_values = 1;
    anchor->key = yaml_scalar_key(scalar, build->reading, &not_a_key);
    anchor->value = yaml_scalar_value(scalar, build->reading, err);
    return anchor->value != NULL ? 0 : -1;
}

static bool is_merge_key(const struct yaml_build *build, const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;

    return build->reading == YAML_KUBECTL &&
           strcmp((const char *)event->data.scalar.value, MERGE_KEY) == 0 &&
           (event->data.scalar.plain_implicit || (tag != NULL && strcmp(tag, MERGE_TAG) == 0));
}

static int
add_key(struct yaml_build *build, const struct yaml_scalar *scalar, size_t offset, struct err *err)
{
    json_t *key = yaml_scalar_key(scalar, build->reading, err);

    if (key == NULL || yaml_budget_spend(&build->spent, 1, 0, err) < 0) {
        json_decref(key);
        return -1;
    }
    return put_key(build, key, offset, err);
}

static int add_value(struct yaml_build *build,
                     const struct yaml_scalar *scalar,
                     size_t offset,
                     struct err *err)
{
    json_t *value;
    size_t place;

    if (yaml_budget_spend(&build->spent, 1, 0, err) < 0 ||
        add_place(build, offset, &place, err) < 0) {
        return -1;
    }
    value = yaml_scalar_value(scalar, build->reading, err);
    return value != NULL ? put(build, value, 0, err) : -1;
}

static int
add_scalar(struct yaml_build *build, const struct yaml_events_item *item, struct err *err)
{
    const yaml_event_t *event = &item->event;
    const char *anchor = (const char *)event->data.scalar.anchor;
    const struct yaml_scalar scalar = {
        .text = (const char *)event->data.scalar.value,
        .len = event->data.scalar.length,
        .tag = (const char *)event->data.scalar.tag,
        .plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
    };

    if (anchor != NULL && anchor_scalar(build, anchor, &scalar, err) < 0) {
        return -1;
    }
    switch (next_role(build)) {
    case ROLE_MERGED:
    case ROLE_MERGED_ITEM:
        return want_mappings(err);
    case ROLE_KEY:
        if (is_merge_key(build, event)) {
            top(build)->merges = true;
            return 0;
        }
        return add_key(build, &scalar, item->start, err);
    case ROLE_ROOT:
    case ROLE_ITEM:
    case ROLE_VALUE:
        break;
    }
    return add_value(build, &scalar, item->start, err);
}

static int put_copy(struct yaml_build *build, const struct yaml_anchor *anchor, struct err *err)
{
    json_t *copy;

    if (build->n_frames + anchor->levels > YAML_DEPTH_MAX) {
        return err_set(err, ERR_INVALID,
                       "nested deeper than %d levels with what the alias stands for",
                       YAML_DEPTH_MAX);
    }
    copy = json_deep_copy(anchor->value);
    return copy != NULL ? put(build, copy, anchor->levels, err) : err_no_memory(err);
}

static int add_alias(struct yaml_build *build, const struct yaml_events_item *item, struct err *err)
{
    const char *name = (const char *)item->event.data.alias.anchor;
    const struct yaml_anchor *anchor = yaml_anchors_find(&build->anchors, name);
    enum role role = next_role(build);

    if (anchor == NULL) {
        return err_set(err, ERR_INVALID,
                       "alias '*%s' stands for nothing: no anchor '&%s' before it", name, name);
    }
    if (anchor->value == NULL) {
        return err_set(err, ERR_INVALID, "what anchor '&%s' names contains itself", name);
    }
    if ((role == ROLE_MERGED || role == ROLE_MERGED_ITEM) && !json_is_object(anchor->value)) {
        return want_mappings(err);
    }
    if (role == ROLE_KEY && anchor->key == NULL) {
        return err_set(err, ERR_INVALID, "what alias '*%s' stands for cannot be a key", name);
    }
    if (yaml_budget_spend(&build->spent, 1 + anchor->n_values, anchor->n_values, err) < 0) {
        return -1;
    }
    if (role == ROLE_KEY) {
        return put_key(build, json_incref(anchor->key), item->start, err);
    }
    return put_copy(build, anchor, err);
}

int yaml_build_add(struct yaml_build *build, const struct yaml_events_item *item, struct err *err)
{
    const yaml_event_t *event = &item->event;

    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(build, item, err);
    case YAML_ALIAS_EVENT:
        return add_alias(build, item, err);
    case YAML_SEQUENCE_START_EVENT:
        return start_node(build, true, (const char *)event->data.sequence_start.anchor, item->start,
                          err);
    case YAML_MAPPING_START_EVENT:
        return start_node(build, false, (const char *)event->data.mapping_start.anchor, item->start,
                          err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return end_node(build, err);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return 0;
}

json_t *yaml_build_take(struct yaml_build *build)
{
    json_t *root = build->root;

    build->root = NULL;
    return root != NULL ? root : json_null();
}
