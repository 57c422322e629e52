/* SPDX-License-Identifier: Apache-2.0 */
#include "base/flags.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

/* What getopt_long() returns for a long flag: its position, above every letter. */
#define CODE_FIRST 256

void flags_add(struct flags *flags, const struct flag *flag)
{
    assert(flags->n < FLAGS_MAX);
    assert(flag->letter == '\0' || flag->value != NULL);
    flags->items[flags->n++] = flag;
}

/* What getopt_long() is to know. */
struct tables {
    struct option longs[FLAGS_MAX + 1];
    char shorts[2 * FLAGS_MAX + 2];
};

static void fill_tables(const struct flags *flags, struct tables *tables)
{
    size_t n_shorts = 0;

    *tables = (struct tables){0};
    tables->shorts[n_shorts++] = ':'; /* a missing value is told apart from an unknown flag */
    for (size_t i = 0; i < flags->n; i++) {
        const struct flag *flag = flags->items[i];
        tables->longs[i] = (struct option){
            .name = flag->name,
            .has_arg = flag->value != NULL ? required_argument : no_argument,
            .val = CODE_FIRST + (int)i,
        };
        if (flag->letter != '\0') {
            tables->shorts[n_shorts++] = flag->letter;
            tables->shorts[n_shorts++] = ':'; /* every flag with a letter takes a value */
        }
    }
}

/* The flag that getopt_long() means by @code, which came from the tables. */
static const struct flag *find_flag(const struct flags *flags, int code)
{
    size_t i = 0;

    if (code >= CODE_FIRST) {
        return flags->items[code - CODE_FIRST];
    }
    while (flags->items[i]->letter != code) {
        i++;
        assert(i < flags->n);
    }
    return flags->items[i];
}

/* The flag whose name is most like that in @word, "--name" or "--name=value"; or NULL. */
static const struct flag *find_nearest(const struct flags *flags, const char *word)
{
    const struct flag *nearest = NULL;
    unsigned int least = NEAREST_FAR;
    char name[128]; /* what does not fit is like no flag */

    word += strspn(word, "-");
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
    for (size_t i = 0; i < flags->n; i++) {
        unsigned int distance = nearest_distance(name, flags->items[i]->name);
        if (distance < least) {
            nearest = flags->items[i];
            least = distance;
        }
    }
    return nearest;
}

/* getopt_long() returned ':' or '?': say what is wrong with the flag that it stopped at. */
static int refuse_flag(const struct flags *flags, int code, char **argv, struct err *err)
{
    const char *word = argv[optind - 1];
    const struct flag *nearest;

    if (code == ':') {
        const struct flag *flag = find_flag(flags, optopt);
        return err_set(err, ERR_INVALID, "--%s needs a value: %s", flag->name, flag->value);
    }
    if (optopt >= CODE_FIRST) {
        return err_set(err, ERR_INVALID, "--%s takes no value", find_flag(flags, optopt)->name);
    }
    if (optopt != 0) {
        return err_set(err, ERR_INVALID, "unknown flag '-%c'", optopt);
    }
    nearest = find_nearest(flags, word);
    if (nearest != NULL) {
        return err_set(err, ERR_INVALID, "unknown flag '%s', did you mean '--%s'?", word,
                       nearest->name);
    }
    return err_set(err, ERR_INVALID, "unknown or ambiguous flag '%s'", word);
}

int flags_parse(const struct flags *flags,
                int argc,
                char **argv,
                flags_set_fn *set,
                void *data,
                struct err *err)
{
    struct tables tables;
    int code;

    fill_tables(flags, &tables);
    optind = 0; /* glibc and musl: start anew */
    opterr = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, as the header asks for
    while ((code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        if (code == '?' || code == ':') {
            return refuse_flag(flags, code, argv, err);
        }
        if (set(find_flag(flags, code), optarg, data, err) < 0) {
            return -1;
        }
    }
    if (optind < argc) {
        return err_set(err, ERR_INVALID, "unexpected argument '%s'%s", argv[optind],
                       flags->hint != NULL ? flags->hint : "");
    }
    return 0;
}

int flags_set_text(const char **text, const struct flag *flag, const char *value, struct err *err)
{
    if (value[0] == '\0') {
        return err_set(err, ERR_INVALID, "--%s is empty, expected %s", flag->name, flag->value);
    }
    if (*text != NULL) {
        return err_set(err, ERR_INVALID, "--%s is given twice", flag->name);
    }
    *text = value;
    return 0;
}

int flags_point_to_help(struct err *err, const char *program, const char *command)
{
    const size_t len = strlen(err->msg);

    (void)snprintf(err->msg + len, sizeof(err->msg) - len, "; see '%s %s --help'", program,
                   command);
    return -1;
}

void flags_write_help(struct buf *out, const struct flag *flag)
{
    const char *help = flag->help;

    if (flag->letter != '\0') {
        buf_printf(out, "  -%c, --%s", flag->letter, flag->name);
    } else {
        buf_printf(out, "      --%s", flag->name);
    }
    if (flag->value != NULL) {
        buf_printf(out, " %s", flag->value);
    }
    while (help != NULL) {
        const char *end = strchrnul(help, '\n');
        buf_printf(out, "\n          %.*s", (int)(end - help), help);
        help = *end == '\n' ? end + 1 : NULL;
    }
    buf_add_char(out, '\n');
}
