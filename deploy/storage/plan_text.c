/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/plan_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/json.h"
#include "deploy/storage/kinds.h"
#include "deploy/storage/server_objects.h"

/* Names have up to 253 bytes; of a value the beginning tells enough. */
#define NAME_SIZE  (2 * 256 + 64)
#define VALUE_SIZE 72

_Static_assert(PLAN_TEXT_SIZE == ERR_MSG_SIZE, "err_set() makes the texts presentable");

/* err_set() keeps a message one line of valid UTF-8, and cuts it between characters. */
#define WRITE(out, ...)                                   \
    do {                                                  \
        struct err text_ = {0};                           \
        (void)err_set(&text_, ERR_INTERNAL, __VA_ARGS__); \
        memcpy((out), text_.msg, PLAN_TEXT_SIZE);         \
    } while (0)

/* "StatefulSet 'namespace/name'". */
static void write_name(const json_t *object, char out[static NAME_SIZE])
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *namespace_ = json_text_of(metadata, "namespace");

    (void)snprintf(out, NAME_SIZE, "%.63s '%.253s%s%.253s'", json_text_of(object, "kind"),
                   namespace_, namespace_[0] != '\0' ? "/" : "", json_text_of(metadata, "name"));
}

/* A scalar, shortly: 'text', 3, true. */
static void write_value(const json_t *value, char out[static VALUE_SIZE])
{
    CLEANUP(free) char *text = json_dumps(value, JSON_ENCODE_ANY);

    if (json_is_string(value)) {
        (void)snprintf(out, VALUE_SIZE, "'%.64s'", json_string_value(value));
    } else {
        (void)snprintf(out, VALUE_SIZE, "%.64s", text != NULL ? text : "something");
    }
}

static bool is_scalar(const json_t *value)
{
    return value != NULL && !json_is_object(value) && !json_is_array(value);
}

static void write_difference(const struct drift *drift, char out[static PLAN_TEXT_SIZE])
{
    char wanted[VALUE_SIZE];
    char found[VALUE_SIZE];

    write_value(drift->wanted, wanted);
    write_value(drift->found, found);
    if (drift->found == NULL && is_scalar(drift->wanted)) {
        WRITE(out, "%s was absent, and not %s", drift->pointer, wanted);
    } else if (drift->found == NULL) {
        WRITE(out, "%s was absent", drift->pointer);
    } else if (drift->wanted == NULL) {
        WRITE(out, "%s was added", drift->pointer);
    } else if (is_scalar(drift->found) && is_scalar(drift->wanted)) {
        WRITE(out, "%s was %s and not %s", drift->pointer, found, wanted);
    } else {
        WRITE(out, "%s was another", drift->pointer);
    }
}

void plan_text_of_drift(const struct drift *drift, char out[static PLAN_TEXT_SIZE])
{
    switch (drift->kind) {
    case DRIFT_NONE:
        WRITE(out, "it was right");
        return;
    case DRIFT_ABSENT:
        WRITE(out, "it was absent");
        return;
    case DRIFT_OWNED:
        WRITE(out, "it had an owner, and would have been deleted with it");
        return;
    case DRIFT_FOREIGN:
        WRITE(out, "it was not ours");
        return;
    case DRIFT_GOING:
        WRITE(out, "it is being deleted");
        return;
    case DRIFT_DIFFERENT:
    case DRIFT_SURPLUS:
    case DRIFT_FIXED:
        break;
    }
    write_difference(drift, out);
}

/* Whom an object names as the one that keeps it, by its labels or as a field manager. */
static const char *keeper_of(const json_t *metadata)
{
    const char *label =
        json_text_of(json_object_get(metadata, "labels"), "app.kubernetes.io/managed-by");
    const json_t *entries = json_object_get(metadata, "managedFields");

    return label[0] != '\0' ? label : json_text_of(json_array_get(entries, 0), "manager");
}

void plan_text_of_foreign(const json_t *desired,
                          const json_t *observed,
                          char out[static PLAN_TEXT_SIZE])
{
    const json_t *metadata = json_object_get(observed, "metadata");
    const char *theirs =
        json_text_of(json_object_get(metadata, "labels"), SERVER_OBJECTS_LABEL_HOME);
    const char *ours = json_text_of(json_object_get(json_object_get(desired, "metadata"), "labels"),
                                    SERVER_OBJECTS_LABEL_HOME);
    const char *keeper = keeper_of(metadata);
    char name[NAME_SIZE];

    write_name(desired, name);
    if (theirs[0] != '\0') {
        WRITE(out,
              "%s belongs to the hawser in namespace '%.63s' and is left as it is; give one of the "
              "two another name, or set its label " SERVER_OBJECTS_LABEL_HOME
              " to '%.63s' to hand it over",
              name, theirs, ours);
        return;
    }
    WRITE(out,
          "%s was there before and belongs to '%.63s', so it is left as it is; give one of the two "
          "another name, delete it, or add the label " SERVER_OBJECTS_LABEL_HOME
          "=%.63s to hand it over",
          name, keeper[0] != '\0' ? keeper : "somebody else", ours);
}

void plan_text_of_fixed(const json_t *desired,
                        const struct drift *drift,
                        char out[static PLAN_TEXT_SIZE])
{
    const enum kind kind = kind_of(desired);
    char difference[PLAN_TEXT_SIZE];
    char name[NAME_SIZE];

    write_name(desired, name);
    plan_text_of_drift(drift, difference);
    if (kind == KIND_SERVICE && strcmp(drift->pointer, "/spec/clusterIP") == 0) {
        WRITE(out,
              "%s is headless (clusterIP None) and has no address for volumes, which cannot be "
              "changed; when no volume names it, delete it, and it is made anew",
              name);
    } else if (kind == KIND_STATEFUL_SET) {
        WRITE(out,
              "%.300s: %.400s, which cannot be changed; delete it with --cascade=orphan, which "
              "leaves its pod, and it is made anew",
              name, difference);
    } else {
        WRITE(out,
              "%.300s: %.400s, which cannot be changed; when nothing needs it any longer, delete "
              "it, and it is made anew",
              name, difference);
    }
}

void plan_text_of_held_back(const json_t *desired,
                            const struct drift *drift,
                            const json_t *foreign,
                            char out[static PLAN_TEXT_SIZE])
{
    char difference[PLAN_TEXT_SIZE];
    char name[NAME_SIZE];
    char other[NAME_SIZE];

    write_name(desired, name);
    write_name(foreign, other);
    plan_text_of_drift(drift, difference);
    WRITE(out, "%.300s is left as it is (%.300s), because %.300s is not ours", name, difference,
          other);
}

void plan_text_of_waiting(const json_t *desired, char out[static PLAN_TEXT_SIZE])
{
    const json_t *metadata = json_object_get(desired, "metadata");

    WRITE(out, "its namespace '%.63s' is being deleted", json_text_of(metadata, "namespace"));
}
