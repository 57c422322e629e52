/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/exposition/exposition_parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/exposition/exposition_histogram.h"
#include "tests/exposition/exposition_sample.h"

#define HELP "# HELP "
#define TYPE "# TYPE "

/* For the name of one series that is looked up. */
#define FIND_ARENA_BYTES (64UL * 1024)

enum type { TYPE_NONE, TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM };

struct parser {
    struct arena *arena;
    size_t line;
    LIST_OF(const char *) families; /* those that had their HELP; the last is the one at hand */
    enum type type;                 /* NONE until its TYPE */
    struct exposition_histogram_state histogram;
    LIST_OF(struct exposition_series) series;
};

/* The family at hand; NULL at the start. */
static const char *family_of(const struct parser *parser)
{
    return parser->families.n > 0 ? parser->families.items[parser->families.n - 1] : NULL;
}

static int end_family(const struct parser *parser, struct err *err)
{
    if (family_of(parser) == NULL) {
        return 0;
    }
    if (parser->type == TYPE_NONE) {
        return err_set(err, ERR_INVALID, "expected TYPE of '%s'", family_of(parser));
    }
    return exposition_histogram_end(&parser->histogram, family_of(parser), err);
}

static int check_help(const char *text, struct err *err)
{
    if (text[0] != ' ' || text[1] == '\0') {
        return err_set(err, ERR_INVALID, "expected a text after the name");
    }
    for (; *text != '\0'; text++) {
        if (*text == '\\' && *++text != '\\' && *text != 'n') {
            return err_set(err, ERR_INVALID, "expected one of \\\\ and \\n");
        }
    }
    return 0;
}

static int read_help(struct parser *parser, const char *text, struct err *err)
{
    const char *name = exposition_sample_name(&text, parser->arena);
    const char **added;

    if (name == NULL) {
        return err_set(err, ERR_INVALID, "expected the name of a family");
    }
    for (size_t i = 0; i < parser->families.n; i++) {
        if (strcmp(parser->families.items[i], name) == 0) {
            return err_set(err, ERR_INVALID, "family '%s' stands twice", name);
        }
    }
    if (end_family(parser, err) < 0 || check_help(text, err) < 0) {
        return -1;
    }
    added = LIST_ADD(parser->arena, &parser->families);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = name;
    parser->type = TYPE_NONE;
    return 0;
}

static int read_type(struct parser *parser, const char *text, struct err *err)
{
    static const char *const types[] = {
        [TYPE_COUNTER] = " counter",
        [TYPE_GAUGE] = " gauge",
        [TYPE_HISTOGRAM] = " histogram",
    };
    const char *name = exposition_sample_name(&text, parser->arena);

    if (name == NULL || family_of(parser) == NULL || strcmp(name, family_of(parser)) != 0) {
        return err_set(err, ERR_INVALID, "expected TYPE to follow HELP of its family");
    }
    if (parser->type != TYPE_NONE) {
        return err_set(err, ERR_INVALID, "TYPE of '%s' stands twice", name);
    }
    for (unsigned int type = TYPE_COUNTER; type <= TYPE_HISTOGRAM; type++) {
        if (strcmp(text, types[type]) == 0) {
            parser->type = (enum type)type;
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "expected a counter, gauge or histogram, found '%s'", text);
}

/* Whether a sample of that name is one of the family at hand. */
static bool belongs(const struct parser *parser, const char *name)
{
    const char *family = family_of(parser);
    size_t len = family != NULL ? strlen(family) : 0;

    if (family == NULL || strncmp(name, family, len) != 0) {
        return false;
    }
    if (parser->type != TYPE_HISTOGRAM) {
        return name[len] == '\0';
    }
    return strcmp(name + len, "_bucket") == 0 || strcmp(name + len, "_sum") == 0 ||
           strcmp(name + len, "_count") == 0;
}

static int
add_series(struct parser *parser, const struct exposition_sample *sample, struct err *err)
{
    struct exposition_series *added = LIST_ADD(parser->arena, &parser->series);
    const char *key = exposition_sample_key(sample->name, sample, NULL, parser->arena);

    if (added == NULL || key == NULL) {
        return err_no_memory(err);
    }
    *added = (struct exposition_series){.key = key, .value = sample->value, .line = parser->line};
    return 0;
}

static int read_sample(struct parser *parser, const char *text, struct err *err)
{
    struct exposition_sample sample;

    if (exposition_sample_read(text, parser->arena, &sample, err) < 0) {
        return -1;
    }
    if (parser->type == TYPE_NONE || !belongs(parser, sample.name)) {
        return err_set(err, ERR_INVALID, "expected '%s' behind HELP and TYPE of its family",
                       sample.name);
    }
    if (parser->type == TYPE_COUNTER && !(sample.value >= 0)) {
        return err_set(err, ERR_INVALID, "expected a counter that is not negative, found %g",
                       sample.value);
    }
    if (parser->type == TYPE_HISTOGRAM &&
        exposition_histogram_add(&parser->histogram, family_of(parser), &sample, parser->arena,
                                 err) < 0) {
        return -1;
    }
    return add_series(parser, &sample, err);
}

static int read_line(struct parser *parser, const char *text, size_t len, struct err *err)
{
    const char *line = arena_strndup(parser->arena, text, len);

    if (line == NULL) {
        return err_no_memory(err);
    }
    if (strlen(line) != len) {
        return err_set(err, ERR_INVALID, "expected no NUL");
    }
    if (strncmp(line, HELP, strlen(HELP)) == 0) {
        return read_help(parser, line + strlen(HELP), err);
    }
    if (strncmp(line, TYPE, strlen(TYPE)) == 0) {
        return read_type(parser, line + strlen(TYPE), err);
    }
    return read_sample(parser, line, err);
}

static int read_lines(struct parser *parser, const char *text, size_t len, struct err *err)
{
    while (len > 0) {
        const char *newline = memchr(text, '\n', len);
        size_t n = newline != NULL ? (size_t)(newline - text) : len;
        parser->line++;
        if (newline == NULL) {
            return err_set(err, ERR_INVALID, "expected a newline at the end");
        }
        if (read_line(parser, text, n, err) < 0) {
            return -1;
        }
        text += n + 1;
        len -= n + 1;
    }
    return end_family(parser, err);
}

static int compare_series(const void *a, const void *b)
{
    const struct exposition_series *left = a;
    const struct exposition_series *right = b;

    return strcmp(left->key, right->key);
}

static int sort_series(struct parser *parser, struct err *err)
{
    struct exposition_series *series = parser->series.items;

    if (parser->series.n > 0) {
        qsort(series, parser->series.n, sizeof(*series), compare_series);
    }
    for (size_t i = 1; i < parser->series.n; i++) {
        if (compare_series(&series[i - 1], &series[i]) == 0) {
            parser->line =
                series[i].line > series[i - 1].line ? series[i].line : series[i - 1].line;
            return err_set(err, ERR_INVALID, "series '%s' stands twice", series[i].key);
        }
    }
    return 0;
}

int exposition_parser_read(
    const char *text, size_t len, struct arena *arena, struct exposition_page *out, struct err *err)
{
    struct parser parser = {.arena = arena};

    if (read_lines(&parser, text, len, err) < 0 || sort_series(&parser, err) < 0) {
        if (arena_is_full(arena)) {
            return err_no_memory(err); /* where a part of a line was not had */
        }
        return err_wrap(err, "line %zu", parser.line);
    }
    out->series.items = parser.series.items;
    out->series.n = parser.series.n;
    return 0;
}

bool exposition_parser_find(const struct exposition_page *page, const char *series, double *out)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(FIND_ARENA_BYTES);
    struct exposition_sample sample;
    struct exposition_series wanted = {0};
    const struct exposition_series *found = NULL;
    const char *end = series;
    struct err malformed = {0};

    if (arena == NULL ||
        exposition_sample_read_series(series, arena, &sample, &end, &malformed) < 0 ||
        *end != '\0') {
        return false;
    }
    wanted.key = exposition_sample_key(sample.name, &sample, NULL, arena);
    if (wanted.key != NULL && page->series.n > 0) {
        found =
            bsearch(&wanted, page->series.items, page->series.n, sizeof(wanted), compare_series);
    }
    if (found != NULL) {
        *out = found->value;
    }
    return found != NULL;
}
