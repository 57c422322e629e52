/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/settings_file.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/decode.h"
#include "base/file.h"
#include "base/source.h"
#include "base/yaml.h"
#include "policies/policy.h"

#define KIND         "ServerConfiguration"
#define SETTINGS_MAX 24 /* with apiVersion and kind no more than a message of the decoder lists */
#define WORDS_MAX    8

/* A table of settings as the decoder wants it. */
struct table {
    const struct setting *settings;
    size_t n;
    char keys[SETTINGS_MAX][SETTING_KEY_SIZE];
    struct decode_name names[SETTINGS_MAX][WORDS_MAX + 1];
    struct decode_field fields[SETTINGS_MAX + 3];
};

/* What stands in a file, zero where it says nothing. */
struct document {
    const char *api_version;
    const char *kind;
    union setting_value values[SETTINGS_MAX]; /* of a duration the text */
};

static void fill_names(const char *const *words, struct decode_name names[static WORDS_MAX + 1])
{
    for (unsigned int i = 0; words[i] != NULL; i++) {
        assert(i < WORDS_MAX);
        names[i] = (struct decode_name){.name = words[i], .value = i};
    }
}

/* The field of setting number @i. */
static struct decode_field make_field(struct table *table, size_t i)
{
    const struct setting *setting = &table->settings[i];
    struct decode_field field = {
        .name = table->keys[i],
        .offset =
            (unsigned int)(offsetof(struct document, values) + i * sizeof(union setting_value)),
    };

    switch (setting->kind) {
    case SETTING_TEXT:
    case SETTING_DURATION:
    case SETTING_SPAN:
        field.kind = DECODE_TEXT;
        break;
    case SETTING_NAMES:
        field.kind = DECODE_TEXTS;
        field.min = setting->least;
        field.max = setting->most;
        break;
    case SETTING_NUMBER:
        field.kind = DECODE_UINT;
        field.min = setting->least;
        field.max = setting->most;
        break;
    case SETTING_WORD:
        field.kind = DECODE_ENUM;
        field.names = table->names[i];
        fill_names(setting->words, table->names[i]);
        break;
    }
    return field;
}

static void fill_table(struct table *table)
{
    assert(table->n <= SETTINGS_MAX);
    table->fields[0] = (struct decode_field){
        "apiVersion", DECODE_TEXT, offsetof(struct document, api_version), .required = true};
    table->fields[1] = (struct decode_field){"kind", DECODE_TEXT, offsetof(struct document, kind),
                                             .required = true};
    for (size_t i = 0; i < table->n; i++) {
        setting_key(table->settings[i].flag.name, table->keys[i]);
        table->fields[i + 2] = make_field(table, i);
    }
}

/* Another kind of object gets told so, rather than that its keys are unknown. */
static int check_type(const struct source *source, struct err *err)
{
    static const struct {
        const char *key;
        const char *expected;
    } rows[] = {{"apiVersion", POLICY_API_VERSION}, {"kind", KIND}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *found = json_string_value(json_object_get(source->document, rows[i].key));
        if (found != NULL && strcmp(found, rows[i].expected) != 0) {
            err_set(err, ERR_INVALID, "'%.100s' is not a server's configuration; expected '%s'",
                    found, rows[i].expected);
            return source_locate(source, false, err, "/%s", rows[i].key);
        }
    }
    return 0;
}

/* The document goes and the settings stay. */
static int copy_text(const char **text, struct arena *arena, struct err *err)
{
    *text = arena_strndup(arena, *text, strlen(*text));
    return *text == NULL ? err_no_memory(err) : 0;
}

static int copy_names(struct text_list *names, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < names->n; i++) {
        if (copy_text(&names->items[i], arena, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Make of @value, as it was decoded, what is stored. */
static int finish_value(const struct setting *setting,
                        struct arena *arena,
                        union setting_value *value,
                        struct err *err)
{
    switch (setting->kind) {
    case SETTING_TEXT:
        return copy_text(&value->text, arena, err);
    case SETTING_NAMES:
        return copy_names(&value->names, arena, err);
    case SETTING_DURATION:
    case SETTING_SPAN:
        return setting_parse(setting, value->text, arena, value, err);
    case SETTING_NUMBER:
    case SETTING_WORD:
        break;
    }
    return 0;
}

static int decode_document(const struct table *table,
                           const struct decode *in,
                           struct settings *out,
                           struct err *err)
{
    struct document document = {0};

    if (check_type(in->source, err) < 0 ||
        decode_object(in, "", in->source->document, table->fields, &document, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < table->n; i++) {
        if (json_object_get(in->source->document, table->keys[i]) == NULL) {
            continue;
        }
        if (finish_value(&table->settings[i], in->arena, &document.values[i], err) < 0) {
            return source_locate(in->source, false, err, "/%s", table->keys[i]);
        }
        setting_store(&table->settings[i], &document.values[i], out);
    }
    return 0;
}

/* The next document with content, which nothing but comments is not; NULL at the end. */
static int next_document(struct yaml_reader *reader, json_t **document, struct err *err)
{
    do {
        if (yaml_reader_next(reader, document, err) < 0) {
            return -1;
        }
    } while (json_is_null(*document)); /* null is not counted and needs no release */
    return 0;
}

/* Whether @reader comes to the end of the text now. */
static int check_end(struct yaml_reader *reader, const struct source *source, struct err *err)
{
    json_auto_t *second = NULL;
    struct source at = *source;

    if (next_document(reader, &second, err) < 0) {
        return -1;
    }
    if (second != NULL) {
        err_set(err, ERR_INVALID, "a second document; expected one");
        at.document = second;
        return source_locate(&at, false, err, "%s", "");
    }
    return 0;
}

int settings_file_read(const char *path,
                       const struct setting *settings,
                       size_t n,
                       struct arena *arena,
                       struct settings *out,
                       struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(SETTINGS_FILE_BYTES_MAX);
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    json_auto_t *document = NULL;
    struct table table = {.settings = settings, .n = n};
    struct settings found = *out;
    struct source source;

    if (file_read(path, &text, err) < 0) {
        return -1;
    }
    reader = yaml_reader_new(path, buf_text(&text), text.len, YAML_STRICT, err);
    if (reader == NULL || next_document(reader, &document, err) < 0) {
        return -1;
    }
    if (document == NULL) {
        return err_set(err, ERR_INVALID, "file '%s' is empty; expected a " KIND, path);
    }
    fill_table(&table);
    source = (struct source){path, buf_text(&text), text.len, reader, document};
    if (decode_document(&table, &(struct decode){&source, arena}, &found, err) < 0 ||
        check_end(reader, &source, err) < 0) {
        return -1;
    }
    *out = found;
    return 0;
}
