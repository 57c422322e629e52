/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decode_scalar.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/nearest.h"

int decode_locate(struct decoder *d)
{
    return source_locate(d->in->source, false, d->err, "%s", buf_text(&d->pointer));
}

int decode_refuse_type(struct decoder *d, const char *expected, const json_t *found)
{
    err_set(d->err, ERR_INVALID, "expected %s, found %s", expected, json_type_name(found));
    return decode_locate(d);
}

/* What YAML takes for something else is a string in quotes. */
static int refuse_no_text(struct decoder *d, const char *expected, const json_t *found)
{
    bool quotable = json_is_number(found) || json_is_boolean(found);

    err_set(d->err, ERR_INVALID, "expected %s, found %s%s", expected, json_type_name(found),
            quotable ? "; quote it" : "");
    return decode_locate(d);
}

int decode_refuse_word(struct decoder *d,
                       const char *what,
                       const char *word,
                       const struct decode_words *words)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(ERR_MSG_SIZE);
    unsigned int least = NEAREST_FAR;
    const char *nearest = NULL;

    for (size_t i = 0; i < words->n; i++) {
        unsigned int distance = nearest_distance(word, words->items[i]);
        if (distance < least) {
            least = distance;
            nearest = words->items[i];
        }
    }
    if (nearest != NULL) {
        buf_printf(&text, "did you mean '%s'? ", nearest);
    }
    buf_add_text(&text, "accepted: ");
    for (size_t i = 0; i < words->n; i++) {
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", words->items[i]);
    }
    return err_set(d->err, ERR_INVALID, "%s'%.64s' is unknown; %s", what, word, buf_text(&text));
}

/*
 * Texts
 */

static size_t count_characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return n;
}

static int check_text(const struct decode_field *field, const char *text, struct err *err)
{
    if (text[0] == '\0') {
        return field->empty ? 0 : err_set(err, ERR_INVALID, "must not be empty");
    }
    if (field->max > 0 && count_characters(text) > field->max) {
        return err_set(err, ERR_INVALID, "is longer than %u characters", field->max);
    }
    return field->check != NULL ? field->check(text, err) : 0;
}

int decode_read_text(struct decoder *d,
                     const struct decode_field *field,
                     const json_t *value,
                     const char **out)
{
    const char *text = json_string_value(value);

    if (field->integer && json_is_integer(value)) {
        text = arena_printf(d->in->arena, "%lld", (long long)json_integer_value(value));
        if (text == NULL) {
            return err_no_memory(d->err);
        }
    } else if (text == NULL) {
        return refuse_no_text(d, field->integer ? "a string or a whole number" : "a string", value);
    }
    if (check_text(field, text, d->err) < 0) {
        return decode_locate(d);
    }
    *out = text[0] != '\0' ? text : NULL;
    return 0;
}

int decode_text(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
{
    const char *text = NULL;

    if (decode_read_text(d, field, value, &text) < 0) {
        return -1;
    }
    memcpy(out, &text, sizeof(text));
    return 0;
}

/*
 * Numbers and names
 */

int decode_bool(struct decoder *d, const json_t *value, char *out)
{
    bool flag = json_is_true(value);

    if (!json_is_boolean(value)) {
        return decode_refuse_type(d, "true or false", value);
    }
    memcpy(out, &flag, sizeof(flag));
    return 0;
}

int decode_uint(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
{
    json_int_t found = json_integer_value(value);
    unsigned int number;

    if (!json_is_integer(value)) {
        return decode_refuse_type(d, "a whole number", value);
    }
    if (found < (json_int_t)field->min || found > (json_int_t)field->max) {
        err_set(d->err, ERR_INVALID, "expected a whole number from %u to %u, found %lld",
                field->min, field->max, (long long)found);
        return decode_locate(d);
    }
    number = (unsigned int)found;
    memcpy(out, &number, sizeof(number));
    return 0;
}

int decode_read_name(struct decoder *d,
                     const struct decode_field *field,
                     const json_t *value,
                     unsigned int *out)
{
    struct decode_words words = {.n = 0};
    const char *text = json_string_value(value);

    if (text == NULL) {
        return refuse_no_text(d, "a string", value);
    }
    for (const struct decode_name *name = field->names; name->name != NULL; name++) {
        if (strcmp(name->name, text) == 0) {
            *out = name->value;
            return 0;
        }
        assert(words.n < DECODE_WORDS_MAX);
        words.items[words.n++] = name->name;
    }
    decode_refuse_word(d, "", text, &words);
    return decode_locate(d);
}

int decode_enum(struct decoder *d, const struct decode_field *field, const json_t *value, char *out)
{
    unsigned int number = 0;

    if (decode_read_name(d, field, value, &number) < 0) {
        return -1;
    }
    memcpy(out, &number, sizeof(number)); /* enums without negative values are unsigned ints */
    return 0;
}
