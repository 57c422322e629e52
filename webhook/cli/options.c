/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/options.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

#include "base/nearest.h"
#include "webhook/cli/version.h"

struct flag {
    const char *name;
    const char *value; /* what the help calls it; NULL for a flag without a value */
    const char *help;  /* lines, indented when printed */
    enum options_flag bit;
    char letter; /* 0 for none */
};

static const struct flag flags[] = {
    {.name = "filename",
     .value = "FILE|DIR|-",
     .help = "manifests, YAML or JSON: a file, the files directly in a folder, or\n"
             "standard input; may be given several times",
     .bit = OPTIONS_FILENAME,
     .letter = 'f'},
    {.name = "policies",
     .value = "FILE|DIR",
     .help = "policies to use instead of the shipped ones (see 'hawser policies')",
     .bit = OPTIONS_POLICIES,
     .letter = 'p'},
    {.name = "policy",
     .value = "NAME[,NAME]",
     .help = "apply these policies, as if each object carried the annotation\n"
             "hawser.dev/policy with this value",
     .bit = OPTIONS_POLICY},
    {.name = "namespace",
     .value = "NAME",
     .help = "the namespace of objects that name none (default: default)",
     .bit = OPTIONS_NAMESPACE,
     .letter = 'n'},
    {.name = "copier-image",
     .value = "IMAGE",
     .help = "the image of hawser-copy where a policy names none\n"
             "(default: " VERSION_IMAGE ")",
     .bit = OPTIONS_COPIER_IMAGE},
    {.name = "output",
     .value = "FORMAT",
     .help = "yaml (default) or json: the objects; patch: the JSON Patch of each;\n"
             "status: the hawser.dev/status of each, null where there is none",
     .bit = OPTIONS_OUTPUT,
     .letter = 'o'},
    {.name = "color",
     .value = "WHEN",
     .help = "auto (default: on a terminal), always or never",
     .bit = OPTIONS_COLOR},
    {.name = "strict", .help = "exit 1 when there is a warning", .bit = OPTIONS_STRICT},
};

#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

/* The position of @value among @names, which end in NULL; -1 with a message when it is none. */
static int choose(const char *flag, const char *value, const char *const *names, struct err *err)
{
    char accepted[128] = "";

    for (int i = 0; names[i] != NULL; i++) {
        const char *separator = names[i + 1] == NULL ? " or " : ", ";
        if (strcmp(value, names[i]) == 0) {
            return i;
        }
        (void)snprintf(accepted + strlen(accepted), sizeof(accepted) - strlen(accepted), "%s%s",
                       i > 0 ? separator : "", names[i]);
    }
    return err_set(err, ERR_INVALID, "--%s takes %s, not '%s'", flag, accepted, value);
}

static int set_output(struct options *options, const char *value, struct err *err)
{
    static const char *const names[] = {"yaml", "json", "patch", "status", NULL};
    int chosen = choose("output", value, names, err);

    if (chosen < 0) {
        return -1;
    }
    options->output = (enum options_output)chosen;
    return 0;
}

static int set_color(struct options *options, const char *value, struct err *err)
{
    static const char *const names[] = {"auto", "always", "never", NULL};
    int chosen = choose("color", value, names, err);

    if (chosen < 0) {
        return -1;
    }
    options->color = (enum options_color)chosen;
    return 0;
}

/* An empty value is most often a shell variable that is not set. */
static int set_text(const char **text, const struct flag *flag, const char *value, struct err *err)
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

static int set_filename(struct options *options,
                        const struct flag *flag,
                        const char *value,
                        struct arena *arena,
                        struct err *err)
{
    const char **filename = LIST_ADD(arena, &options->filenames);

    return filename == NULL ? err_no_memory(err) : set_text(filename, flag, value, err);
}

static int set_flag(struct options *options,
                    const struct flag *flag,
                    const char *value,
                    struct arena *arena,
                    struct err *err)
{
    switch (flag->bit) {
    case OPTIONS_FILENAME:
        return set_filename(options, flag, value, arena, err);
    case OPTIONS_POLICIES:
        return set_text(&options->policies, flag, value, err);
    case OPTIONS_POLICY:
        return set_text(&options->policy, flag, value, err);
    case OPTIONS_NAMESPACE:
        return set_text(&options->namespace, flag, value, err);
    case OPTIONS_COPIER_IMAGE:
        return set_text(&options->copier_image, flag, value, err);
    case OPTIONS_OUTPUT:
        return set_output(options, value, err);
    case OPTIONS_COLOR:
        return set_color(options, value, err);
    case OPTIONS_STRICT:
        options->strict = true;
        return 0;
    case OPTIONS_OBJECTS:
        break;
    }
    return err_set(err, ERR_INTERNAL, "--%s is in no command's hands", flag->name);
}

/* What getopt_long() is to know: a long flag comes back as its index in the table above 255. */
struct getopt_tables {
    struct option longs[N_FLAGS + 1];
    char shorts[2 * N_FLAGS + 2];
};

static void fill_tables(unsigned int accepted, struct getopt_tables *tables)
{
    size_t n_longs = 0;
    size_t n_shorts = 0;

    *tables = (struct getopt_tables){0};
    tables->shorts[n_shorts++] = ':'; /* a missing value is told apart from an unknown flag */
    for (size_t i = 0; i < N_FLAGS; i++) {
        if ((flags[i].bit & accepted) == 0) {
            continue;
        }
        tables->longs[n_longs++] = (struct option){
            .name = flags[i].name,
            .has_arg = flags[i].value != NULL ? required_argument : no_argument,
            .val = (int)i + 256,
        };
        if (flags[i].letter != '\0') {
            tables->shorts[n_shorts++] = flags[i].letter;
            tables->shorts[n_shorts++] = ':'; /* every flag with a letter takes a value */
        }
    }
}

/* The flag that getopt_long() means by @code, which came from the tables. */
static const struct flag *find_flag(int code)
{
    size_t i = 0;

    if (code >= 256) {
        return &flags[code - 256];
    }
    while (flags[i].letter != code) {
        i++;
        assert(i < N_FLAGS);
    }
    return &flags[i];
}

/* The flag of @accepted that is most like the unknown @name, or NULL. */
static const struct flag *find_nearest(unsigned int accepted, const char *name)
{
    const struct flag *nearest = NULL;
    unsigned int least = NEAREST_FAR;

    for (size_t i = 0; i < N_FLAGS; i++) {
        unsigned int distance = nearest_distance(name, flags[i].name);
        if ((flags[i].bit & accepted) != 0 && distance < least) {
            nearest = &flags[i];
            least = distance;
        }
    }
    return nearest;
}

/* getopt_long() returned ':' or '?': say what is wrong with the flag that it stopped at. */
static int refuse_flag(int code, char **argv, unsigned int accepted, struct err *err)
{
    const char *word = argv[optind - 1];
    const struct flag *nearest;

    if (code == ':') {
        const struct flag *flag = find_flag(optopt);
        return err_set(err, ERR_INVALID, "--%s needs a value: %s", flag->name, flag->value);
    }
    if (optopt >= 256) {
        return err_set(err, ERR_INVALID, "--%s takes no value", find_flag(optopt)->name);
    }
    if (optopt != 0) {
        return err_set(err, ERR_INVALID, "unknown flag '-%c'", optopt);
    }
    nearest = find_nearest(accepted, word + strspn(word, "-"));
    if (nearest != NULL) {
        return err_set(err, ERR_INVALID, "unknown flag '%s', did you mean '--%s'?", word,
                       nearest->name);
    }
    return err_set(err, ERR_INVALID, "unknown or ambiguous flag '%s'", word);
}

static int parse_flags(int argc,
                       char **argv,
                       unsigned int accepted,
                       struct arena *arena,
                       struct options *options,
                       struct err *err)
{
    struct getopt_tables tables;
    int code;

    fill_tables(accepted, &tables);
    optind = 0; /* glibc and musl: start anew */
    opterr = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    while ((code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        if (code == '?' || code == ':') {
            return refuse_flag(code, argv, accepted, err);
        }
        if (set_flag(options, find_flag(code), optarg, arena, err) < 0) {
            return -1;
        }
    }
    if (optind < argc) {
        return err_set(err, ERR_INVALID, "unexpected argument '%s'%s", argv[optind],
                       (accepted & OPTIONS_FILENAME) != 0 ? ", manifests are given with -f" : "");
    }
    if ((accepted & OPTIONS_FILENAME) != 0 && options->filenames.n == 0) {
        return err_set(err, ERR_INVALID, "no manifests, expected -f FILE, -f DIR or -f -");
    }
    return 0;
}

int options_parse(int argc,
                  char **argv,
                  unsigned int accepted,
                  struct arena *arena,
                  struct options *out,
                  struct err *err)
{
    struct options options = {0};

    if (parse_flags(argc, argv, accepted, arena, &options, err) < 0) {
        size_t len = strlen(err->msg);
        (void)snprintf(err->msg + len, sizeof(err->msg) - len, "; see 'hawser %s --help'", argv[0]);
        return -1;
    }
    if (options.copier_image == NULL) {
        options.copier_image = VERSION_IMAGE;
    }
    *out = options;
    return 0;
}

static void write_flag(struct buf *out, const struct flag *flag)
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

void options_write_help(struct buf *out, unsigned int accepted)
{
    for (size_t i = 0; i < N_FLAGS; i++) {
        if ((flags[i].bit & accepted) != 0) {
            write_flag(out, &flags[i]);
        }
    }
    buf_add_text(out, "  -h, --help\n          this text\n");
}
