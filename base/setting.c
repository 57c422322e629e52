/* SPDX-License-Identifier: Apache-2.0 */
#include "base/setting.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

void setting_key(const char *flag_name, char out[static SETTING_KEY_SIZE])
{
    size_t len = 0;

    for (const char *at = flag_name; *at != '\0'; at++) {
        assert(len + 1 < SETTING_KEY_SIZE);
        out[len] = *at;
        if (*at == '-') {
            at++;
            out[len] = (char)(*at - 'a' + 'A');
        }
        len++;
    }
    out[len] = '\0';
}

static bool has_name(const struct text_list *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int add_name(const struct setting *setting,
                    const char *name,
                    struct arena *arena,
                    struct text_list *names,
                    struct err *err)
{
    const char **added;

    if (has_name(names, name)) {
        return err_set(err, ERR_INVALID, "'%.64s' stands twice in the list", name);
    }
    if (names->n == setting->most) {
        return err_set(err, ERR_INVALID, "expected at most %u names", setting->most);
    }
    added = LIST_ADD(arena, names);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = name;
    return 0;
}

static int parse_names(const struct setting *setting,
                       const char *text,
                       struct arena *arena,
                       struct text_list *out,
                       struct err *err)
{
    struct text_list names = {0};

    for (;;) {
        const size_t len = strcspn(text, ",");
        const char *name = arena_strndup(arena, text, len);
        if (name == NULL) {
            return err_no_memory(err);
        }
        if (len == 0) {
            return err_set(err, ERR_INVALID, "a name is empty, expected %s", setting->flag.value);
        }
        if (add_name(setting, name, arena, &names, err) < 0) {
            return -1;
        }
        if (text[len] == '\0') {
            *out = names;
            return 0;
        }
        text += len + 1;
    }
}

static int
parse_duration(const struct setting *setting, const char *text, unsigned int *out, struct err *err)
{
    char least[DURATION_TEXT_SIZE];
    char most[DURATION_TEXT_SIZE];
    unsigned int ms;

    if (duration_parse(text, &ms, err) < 0) {
        return -1;
    }
    if (ms < setting->least || ms > setting->most) {
        duration_text(setting->least, least);
        duration_text(setting->most, most);
        return err_set(err, ERR_INVALID, "expected a duration from %s to %s, found '%s'", least,
                       most, text);
    }
    *out = ms;
    return 0;
}

static int
parse_span(const struct setting *setting, const char *text, unsigned int *out, struct err *err)
{
    char least[DURATION_TEXT_SIZE];
    char most[DURATION_TEXT_SIZE];
    unsigned int s;

    if (duration_parse_s(text, &s, err) < 0) {
        return -1;
    }
    if (s < setting->least || s > setting->most) {
        duration_text_s(setting->least, least);
        duration_text_s(setting->most, most);
        return err_set(err, ERR_INVALID, "expected a duration from %s to %s, found '%s'", least,
                       most, text);
    }
    *out = s;
    return 0;
}

static int
parse_number(const struct setting *setting, const char *text, unsigned int *out, struct err *err)
{
    const bool is_number = text[strspn(text, "0123456789")] == '\0';
    const unsigned long number = strtoul(text, NULL, 10); /* the greatest when it is greater */

    if (!is_number || number < setting->least || number > setting->most) {
        return err_set(err, ERR_INVALID, "expected a whole number from %u to %u, found '%s'",
                       setting->least, setting->most, text);
    }
    *out = (unsigned int)number;
    return 0;
}

static int
parse_word(const struct setting *setting, const char *text, unsigned int *out, struct err *err)
{
    for (unsigned int i = 0; setting->words[i] != NULL; i++) {
        if (strcmp(setting->words[i], text) == 0) {
            *out = i;
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "expected %s, found '%s'", setting->flag.value, text);
}

int setting_parse(const struct setting *setting,
                  const char *text,
                  struct arena *arena,
                  union setting_value *out,
                  struct err *err)
{
    switch (setting->kind) {
    case SETTING_TEXT:
        out->text = text;
        return 0;
    case SETTING_NAMES:
        return parse_names(setting, text, arena, &out->names, err);
    case SETTING_DURATION:
        return parse_duration(setting, text, &out->number, err);
    case SETTING_SPAN:
        return parse_span(setting, text, &out->number, err);
    case SETTING_NUMBER:
        return parse_number(setting, text, &out->number, err);
    case SETTING_WORD:
        return parse_word(setting, text, &out->number, err);
    }
    return err_set(err, ERR_INTERNAL, "--%s is of no kind", setting->flag.name);
}

void setting_store(const struct setting *setting, const union setting_value *value, void *out)
{
    char *field = (char *)out + setting->offset;

    switch (setting->kind) {
    case SETTING_TEXT:
        memcpy(field, &value->text, sizeof(value->text));
        break;
    case SETTING_NAMES:
        memcpy(field, &value->names, sizeof(value->names));
        break;
    case SETTING_DURATION:
    case SETTING_SPAN:
    case SETTING_NUMBER:
    case SETTING_WORD:
        memcpy(field, &value->number, sizeof(value->number));
        break;
    }
}
