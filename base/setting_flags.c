/* SPDX-License-Identifier: Apache-2.0 */
#include "base/setting_flags.h"

#include <assert.h>

#include "base/cleanup.h"
#include "base/duration.h"

/* What keep_value() needs beside the flag. */
struct reading {
    const struct setting_table *table;
    struct setting_flags given;
};

static int keep_value(const struct flag *flag, const char *value, void *data, struct err *err)
{
    struct reading *reading = data;
    size_t i = 0;

    if (flag == reading->table->file) {
        return flags_set_text(&reading->given.file, flag, value, err);
    }
    while (flag != &reading->table->items[i].flag) {
        i++;
    }
    return flags_set_text(&reading->given.values[i], flag, value != NULL ? value : "true", err);
}

int setting_flags_read(const struct setting_table *table,
                       int argc,
                       char **argv,
                       struct setting_flags *out,
                       struct err *err)
{
    struct reading reading = {.table = table};
    struct flags flags = {.n = 0};

    assert(table->n <= SETTING_FLAGS_MAX);
    for (size_t i = 0; i < table->n; i++) {
        flags_add(&flags, &table->items[i].flag);
    }
    if (table->file != NULL) {
        flags_add(&flags, table->file);
    }
    if (flags_parse(&flags, argc, argv, keep_value, &reading, err) < 0) {
        return -1;
    }
    *out = reading.given;
    return 0;
}

/* Put @text into the field of the setting. */
static int set_value(const struct setting *setting,
                     const char *text,
                     struct arena *arena,
                     void *out,
                     struct err *err)
{
    union setting_value value;

    if (setting_parse(setting, text, arena, &value, err) < 0) {
        return err_wrap(err, "--%s", setting->flag.name);
    }
    setting_store(setting, &value, out);
    return 0;
}

int setting_flags_store_defaults(const struct setting_table *table,
                                 struct arena *arena,
                                 void *out,
                                 struct err *err)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct setting *setting = &table->items[i];
        if (setting->initial != NULL && set_value(setting, setting->initial, arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int setting_flags_store(const struct setting_table *table,
                        const struct setting_flags *given,
                        struct arena *arena,
                        void *out,
                        struct err *err)
{
    for (size_t i = 0; i < table->n; i++) {
        if (given->values[i] != NULL &&
            set_value(&table->items[i], given->values[i], arena, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What the table knows beside the flag's own help, as its last line. */
static void write_bounds(struct buf *out, const struct setting *setting)
{
    void (*const text)(unsigned int, char *) =
        setting->kind == SETTING_SPAN ? duration_text_s : duration_text;
    char least[DURATION_TEXT_SIZE];
    char most[DURATION_TEXT_SIZE];

    buf_add_char(out, '\n');
    if (setting->kind == SETTING_DURATION || setting->kind == SETTING_SPAN) {
        text(setting->least, least);
        text(setting->most, most);
        buf_printf(out, "from %s to %s ", least, most);
    } else if (setting->kind == SETTING_NUMBER) {
        buf_printf(out, "from %u to %u ", setting->least, setting->most);
    }
    buf_printf(out, "(default: %s)", setting->initial);
}

static void write_setting(struct buf *out, const struct setting *setting)
{
    CLEANUP(buf_clear) struct buf help = BUF_INIT(1024);
    struct flag shown = setting->flag;

    buf_add_text(&help, setting->flag.help);
    if (setting->initial != NULL) {
        write_bounds(&help, setting);
    }
    shown.help = buf_text(&help);
    flags_write_help(out, &shown);
}

void setting_flags_write_help(const struct setting_table *table, struct buf *out)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct setting *setting = &table->items[i];
        if (setting->topic != NULL) {
            buf_printf(out, "%s%s:\n", i > 0 ? "\n" : "", setting->topic);
        }
        write_setting(out, setting);
    }
}
