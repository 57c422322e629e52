/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "policies/annotations.h"
#include "webhook/inject/template.h"

/* Compare two texts for qsort(). */
static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

const char *metadata_find_twin(struct text_list *texts)
{
    size_t n_sorted = 1; /* API servers send maps in order, and people number their templates */

    while (n_sorted < texts->n && strcmp(texts->items[n_sorted - 1], texts->items[n_sorted]) < 0) {
        n_sorted++;
    }
    if (n_sorted >= texts->n) {
        return NULL;
    }
    qsort(texts->items, texts->n, sizeof(texts->items[0]), compare_texts);
    for (size_t i = 1; i < texts->n; i++) {
        if (strcmp(texts->items[i - 1], texts->items[i]) == 0) {
            return texts->items[i];
        }
    }
    return NULL;
}

/* What a map of strings is read with. */
struct map_reader {
    const struct node *map;
    const char *prefix; /* of the keys that are wanted */
    struct string_map *out;
};

/* Keep the pair that @walk has found, where it is wanted. */
static int read_pair(const struct json_walk *walk,
                     struct map_reader *reader,
                     struct arena *arena,
                     struct err *err)
{
    const struct node value = {
        .parent = reader->map,
        .key = node_keep(&walk->key, arena),
        .value = walk->value,
    };
    struct policy_label *pair;

    if (walk->index >= JSON_MEMBERS_MAX) {
        return node_error(reader->map, err, "expected at most %d members", JSON_MEMBERS_MAX);
    }
    if (value.key == NULL) {
        return err_no_memory(err);
    }
    if (strncmp(value.key, reader->prefix, strlen(reader->prefix)) != 0) {
        return 0;
    }
    pair = LIST_ADD(arena, &reader->out->list);
    if (pair == NULL) {
        return err_no_memory(err);
    }
    pair->key = value.key;
    if (json_view_type(&value.value) != JSON_VIEW_NULL &&
        node_text(&value, arena, &pair->value, err) < 0) {
        return -1;
    }
    pair->value = pair->value != NULL ? pair->value : "";
    return 0;
}

/* Refuse the map @node when a key of @map stands in it twice. */
static int check_keys(const struct node *node,
                      const struct string_map *map,
                      struct arena *arena,
                      struct err *err)
{
    struct text_list keys = {0};
    const char *twin;

    for (size_t i = 0; i < map->list.n; i++) {
        const char **key = LIST_ADD(arena, &keys);
        if (key == NULL) {
            return err_no_memory(err);
        }
        *key = map->list.items[i].key;
    }
    twin = metadata_find_twin(&keys);
    return twin == NULL ? 0 : node_error(node, err, "the key '%.100s' is there twice", twin);
}

int metadata_read_map(const struct node *node,
                      const char *prefix,
                      struct arena *arena,
                      struct string_map *out,
                      struct err *err)
{
    struct map_reader reader = {.map = node, .prefix = prefix, .out = out};
    struct json_walk walk = json_walk_of(&node->value);
    int status;

    while ((status = json_walk_next(&walk, err)) > 0) {
        if (read_pair(&walk, &reader, arena, err) < 0) {
            return -1;
        }
    }
    return status < 0 ? -1 : check_keys(node, out, arena, err);
}

/* The node of the metadata of @top, which is the object. What is behind it is not looked at. */
static int find_metadata(const struct node *top, struct node *out, struct err *err)
{
    const struct json_string key = json_string_of("metadata");

    *out = (struct node){.parent = top, .key = key.bytes};
    if (json_view_member(&top->value, &key, &out->value, err) < 0) {
        return -1;
    }
    if (json_view_type(&out->value) != JSON_VIEW_OBJECT) {
        return node_error(out, err, "expected an object, found %s",
                          json_view_type_name(&out->value));
    }
    return 0;
}

int metadata_read(const struct json_view *object,
                  enum policy_kind kind,
                  struct arena *arena,
                  struct workflow *out,
                  struct err *err)
{
    struct parts {
        const char *name;
        const char *generate_name;
        struct node annotations;
        struct node labels;
    } parts = {0};
    static const struct node_field fields[] = {
        NODE_FIELD("annotations", NODE_OBJECT, struct parts, annotations),
        NODE_FIELD("generateName", NODE_TEXT, struct parts, generate_name),
        NODE_FIELD("labels", NODE_OBJECT, struct parts, labels),
        NODE_FIELD("name", NODE_TEXT, struct parts, name),
        {.key = NULL},
    };
    const struct node top = {.value = *object};
    struct node metadata;

    *out = (struct workflow){.kind = kind};
    if (find_metadata(&top, &metadata, err) < 0 ||
        node_read(&metadata, fields, arena, &parts, err) < 0) {
        return -1;
    }
    out->name = parts.name != NULL ? parts.name : parts.generate_name;
    out->name = out->name != NULL ? out->name : "";
    out->annotations.slot =
        template_slot(&metadata, &parts.annotations, "/metadata", "/annotations");
    if (metadata_read_map(&parts.labels, "", arena, &out->labels, err) < 0) {
        return -1;
    }
    return metadata_read_map(&parts.annotations, ANNOTATION_PREFIX, arena, &out->annotations, err);
}

int metadata_read_annotations(const struct json_view *object,
                              struct arena *arena,
                              struct string_map *out,
                              struct err *err)
{
    struct workflow workflow = {0};

    if (object->reader == NULL) {
        return 0;
    }
    if (metadata_read(object, POLICY_WORKFLOW, arena, &workflow, err) < 0) {
        return -1;
    }
    *out = workflow.annotations;
    return 0;
}
