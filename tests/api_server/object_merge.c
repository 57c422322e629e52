/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/api_server/object_store_inside.h"
#include "tests/test.h"

#define KEYS_MAX 2

/* Lists whose entries are merged, and by what; one that lacks its first key has another row. All
 * others are one value. */
static const struct {
    const char *list;
    const char *keys[KEYS_MAX];
} merged[] = {
    {"webhooks", {"name"}},          {"containers", {"name"}},
    {"initContainers", {"name"}},    {"env", {"name"}},
    {"volumes", {"name"}},           {"ports", {"containerPort", "protocol"}},
    {"ports", {"port", "protocol"}}, {"volumeMounts", {"mountPath"}},
    {"ownerReferences", {"uid"}},
};

/* The keys by which @entry of the list @list is known; NULL: there are none. */
static const char *const *keys_of(const char *list, const json_t *entry)
{
    for (size_t i = 0; i < sizeof(merged) / sizeof(merged[0]); i++) {
        if (strcmp(merged[i].list, list) == 0 &&
            json_object_get(entry, merged[i].keys[0]) != NULL) {
            return merged[i].keys;
        }
    }
    return NULL;
}

static json_t *find_entry(const json_t *list, const json_t *wanted, const char *const *keys)
{
    json_t *entry;
    size_t i;

    json_array_foreach (list, i, entry) {
        bool is_same = true;
        for (size_t k = 0; k < KEYS_MAX && keys[k] != NULL; k++) {
            is_same = is_same &&
                      json_equal(json_object_get(entry, keys[k]), json_object_get(wanted, keys[k]));
        }
        if (is_same) {
            return entry;
        }
    }
    return NULL;
}

// NOLINTBEGIN(misc-no-recursion): as deep as a test's objects

static void merge_list(json_t *into, const json_t *from, const char *name)
{
    json_t *entry;
    size_t i;

    json_array_foreach (from, i, entry) {
        json_t *present = find_entry(into, entry, keys_of(name, entry));
        if (present != NULL) {
            object_merge_apply(present, entry);
        } else {
            assert_int_equal(json_array_append_new(into, json_deep_copy(entry)), 0);
        }
    }
}

void object_merge_apply(json_t *into, json_t *from)
{
    const char *key;
    json_t *value;

    json_object_foreach (from, key, value) {
        json_t *present = json_object_get(into, key);
        if (json_is_object(value) && json_is_object(present)) {
            object_merge_apply(present, value);
        } else if (json_is_array(present) && keys_of(key, json_array_get(value, 0)) != NULL) {
            merge_list(present, value, key);
        } else {
            assert_int_equal(json_object_set_new(into, key, json_deep_copy(value)), 0);
        }
    }
}

void object_merge_patch(json_t *into, json_t *patch)
{
    const char *key;
    json_t *value;

    json_object_foreach (patch, key, value) {
        if (json_is_null(value)) {
            (void)json_object_del(into, key);
        } else if (json_is_object(value)) {
            if (!json_is_object(json_object_get(into, key))) {
                assert_int_equal(json_object_set_new(into, key, json_object()), 0);
            }
            object_merge_patch(json_object_get(into, key), value);
        } else {
            assert_int_equal(json_object_set_new(into, key, json_deep_copy(value)), 0);
        }
    }
}

bool object_merge_conflicts(const json_t *present, json_t *applied)
{
    const char *key;
    json_t *value;

    if (!json_is_object(present) || !json_is_object(applied)) {
        return present != NULL && !json_equal(present, applied);
    }
    json_object_foreach (applied, key, value) {
        if (object_merge_conflicts(json_object_get(present, key), value)) {
            return true;
        }
    }
    return false;
}

// NOLINTEND(misc-no-recursion)

bool object_merge_is_managed(const json_t *object, const char *manager)
{
    const json_t *entries = json_object_get(json_object_get(object, "metadata"), "managedFields");
    const json_t *entry;
    size_t i;

    json_array_foreach (entries, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "manager"));
        if (name != NULL && strcmp(name, manager) == 0) {
            return true;
        }
    }
    return false;
}

void object_merge_manager(json_t *object, const char *manager)
{
    json_t *metadata = json_object_get(object, "metadata");
    json_t *entries = json_object_get(metadata, "managedFields");

    if (object_merge_is_managed(object, manager)) {
        return;
    }
    if (entries == NULL) {
        entries = json_array();
        assert_int_equal(json_object_set_new(metadata, "managedFields", entries), 0);
    }
    assert_int_equal(json_array_append_new(entries, json_pack("{s:s, s:s}", "manager", manager,
                                                              "operation", "Apply")),
                     0);
}
