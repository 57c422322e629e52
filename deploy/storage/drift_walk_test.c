/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/storage/drift.h"
#include "deploy/storage/drift_objects_test.h"
#include "tests/test.h"

/* One walk over all scalars of what is desired, each changed and then removed where it lies in what
 * is observed. */
struct leaves {
    const json_t *desired;
    json_t *observed; /* the whole, changed for a moment */
    size_t n;
};

/* Whether @pointer is of a key of an entry, so that a change of it is seen as another entry. */
static bool is_key(const char *pointer)
{
    static const char *const keys[] = {
        "/containers/0/name",
        "/volumes/0/name",
        "/volumes/1/name",
        "/env/0/name",
        "/env/1/name",
        "/env/2/name",
        "/volumeMounts/0/mountPath",
        "/volumeMounts/1/mountPath",
        "/ports/0/containerPort",
        "/ports/1/containerPort",
        "/ports/1/protocol",
    };
    const size_t len = strlen(pointer);

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const size_t tail = strlen(keys[i]);
        if (len > tail && strcmp(pointer + len - tail, keys[i]) == 0) {
            return true;
        }
    }
    return strncmp(pointer, "/spec/ports/", strlen("/spec/ports/")) == 0 &&
           strcmp(strrchr(pointer, '/'), "/port") == 0;
}

static void expect_drift_at(const struct leaves *leaves, const char *pointer)
{
    const size_t len =
        is_key(pointer) ? (size_t)(strrchr(pointer, '/') - pointer) : strlen(pointer);
    struct drift drift = {.kind = DRIFT_NONE};

    drift_find(leaves->desired, leaves->observed, &drift);
    if (strcmp(pointer, "/metadata/labels/hawser.dev~1home") == 0) {
        assert_true(drift.kind == DRIFT_FOREIGN || drift.kind == DRIFT_DIFFERENT);
        return;
    }
    if (drift.kind == DRIFT_NONE || strncmp(drift.pointer, pointer, len) != 0 ||
        drift.pointer[len] != '\0') {
        fail_msg("found %d at '%s', expected one at '%s'", (int)drift.kind, drift.pointer, pointer);
    }
}

static json_t *another(const json_t *value)
{
    if (json_is_integer(value)) {
        return json_integer(json_integer_value(value) + 1);
    }
    return json_is_string(value) ? json_string("7") : json_boolean(!json_is_true(value));
}

static void
check_member(struct leaves *leaves, json_t *holder, const char *key, const char *pointer)
{
    json_auto_t *was = json_incref(json_object_get(holder, key));

    assert_int_equal(json_object_set_new(holder, key, another(was)), 0);
    expect_drift_at(leaves, pointer);
    assert_int_equal(json_object_del(holder, key), 0);
    expect_drift_at(leaves, pointer);
    assert_int_equal(json_object_set(holder, key, was), 0);
    leaves->n++;
}

/* An entry of a list of scalars: changed, and taken out, which is seen at the list. */
static void check_entry(struct leaves *leaves, json_t *holder, size_t i, const char *pointer)
{
    CLEANUP(free) char *list = strdup(pointer);
    json_auto_t *was = json_incref(json_array_get(holder, i));

    *strrchr(list, '/') = '\0';
    assert_int_equal(json_array_set_new(holder, i, another(was)), 0);
    expect_drift_at(leaves, pointer);
    assert_int_equal(json_array_remove(holder, i), 0);
    expect_drift_at(leaves, list);
    assert_int_equal(json_array_insert(holder, i, was), 0);
    leaves->n++;
}

static bool is_holder(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

/* NOLINTNEXTLINE(misc-no-recursion): the objects of the tests are flat */
static void walk(struct leaves *leaves, const json_t *desired, json_t *holder, const char *pointer)
{
    const bool is_list = json_is_array(desired);
    json_auto_t *copy = json_deep_copy(desired);
    const char *key;
    json_t *value;
    size_t i;

    if (is_list) {
        json_array_foreach (copy, i, value) {
            CLEANUP(buf_clear) struct buf deeper = BUF_INIT(1024);
            buf_printf(&deeper, "%s/%zu", pointer, i);
            if (is_holder(value)) {
                walk(leaves, value, json_array_get(holder, i), buf_text(&deeper));
            } else {
                check_entry(leaves, holder, i, buf_text(&deeper));
            }
        }
        return;
    }
    json_object_foreach (copy, key, value) {
        CLEANUP(buf_clear) struct buf deeper = BUF_INIT(1024);
        json_t *there = json_object_get(holder, key);
        buf_add_text(&deeper, pointer);
        json_pointer_add(&deeper, key);
        if (there == NULL || strcmp(key, "kind") == 0 || strcmp(key, "apiVersion") == 0) {
            continue; /* dropped when it is zero; not compared */
        }
        if (is_holder(value)) {
            walk(leaves, value, there, buf_text(&deeper));
        } else {
            check_member(leaves, holder, key, buf_text(&deeper));
        }
    }
}

static void expect_none(const json_t *desired, const json_t *observed)
{
    struct drift drift = {.kind = DRIFT_GOING};

    drift_find(desired, observed, &drift);
    assert_int_equal(drift.kind, DRIFT_NONE);
}

static void each_field_of_ours_that_is_changed_or_removed_is_drift_where_it_lies(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 2 * drift_objects_n; i++) {
        const struct drift_objects *row = &drift_objects_all[i / 2];
        json_auto_t *desired = drift_objects_read(row->desired);
        json_auto_t *observed = drift_objects_read(row->observed[i % 2]);
        struct leaves leaves = {.desired = desired, .observed = observed};

        if (strcmp(row->name, "PersistentVolumeClaim") != 0) {
            walk(&leaves, desired, observed, "");
            expect_none(desired, observed);
            n += leaves.n;
        }
    }
    assert_true(n > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_of_ours_that_is_changed_or_removed_is_drift_where_it_lies),
    };

    return cmocka_run_group_tests_name("drift_walk", tests, NULL, NULL);
}
