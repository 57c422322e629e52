/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/options.h"

#include <stdio.h>
#include <string.h>

#include "base/flags.h"
#include "base/version.h"

static const struct flag table[] = {
    {.name = "filename",
     .value = "FILE|DIR|-",
     .help = "manifests, YAML or JSON: a file, the files directly in a folder, or\n"
             "standard input; may be given several times",
     .id = OPTIONS_FILENAME,
     .letter = 'f'},
    {.name = "policies",
     .value = "FILE|DIR",
     .help = "policies to use instead of the shipped ones (see 'hawser policies')",
     .id = OPTIONS_POLICIES,
     .letter = 'p'},
    {.name = "policy",
     .value = "NAME[,NAME]",
     .help = "apply these policies, as if each object carried the annotation\n"
             "hawser.dev/policy with this value",
     .id = OPTIONS_POLICY},
    {.name = "namespace",
     .value = "NAME",
     .help = "the namespace of objects that name none (default: default)",
     .id = OPTIONS_NAMESPACE,
     .letter = 'n'},
    {.name = "copier-image",
     .value = "IMAGE",
     .help = "the image of hawser-copy where a policy names none\n"
             "(default: " VERSION_IMAGE ")",
     .id = OPTIONS_COPIER_IMAGE},
    {.name = "output",
     .value = "FORMAT",
     .help = "yaml (default) or json: the objects; patch: the JSON Patch of each;\n"
             "status: the hawser.dev/status of each, null where there is none",
     .id = OPTIONS_OUTPUT,
     .letter = 'o'},
    {.name = "color",
     .value = "WHEN",
     .help = "auto (default: on a terminal), always or never",
     .id = OPTIONS_COLOR},
    {.name = "strict", .help = "exit 1 when there is a warning", .id = OPTIONS_STRICT},
};

#define N_FLAGS (sizeof(table) / sizeof(table[0]))

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

/* What is being read, and where lists grow. */
struct reading {
    struct options options;
    struct arena *arena;
};

static int
set_filename(struct reading *reading, const struct flag *flag, const char *value, struct err *err)
{
    const char **filename = LIST_ADD(reading->arena, &reading->options.filenames);

    return filename == NULL ? err_no_memory(err) : flags_set_text(filename, flag, value, err);
}

static int set_flag(const struct flag *flag, const char *value, void *data, struct err *err)
{
    struct reading *reading = data;
    struct options *options = &reading->options;

    switch ((enum options_flag)flag->id) {
    case OPTIONS_FILENAME:
        return set_filename(reading, flag, value, err);
    case OPTIONS_POLICIES:
        return flags_set_text(&options->policies, flag, value, err);
    case OPTIONS_POLICY:
        return flags_set_text(&options->policy, flag, value, err);
    case OPTIONS_NAMESPACE:
        return flags_set_text(&options->namespace, flag, value, err);
    case OPTIONS_COPIER_IMAGE:
        return flags_set_text(&options->copier_image, flag, value, err);
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

static bool is_accepted(unsigned int accepted, const struct flag *flag)
{
    return (accepted & (unsigned int)flag->id) != 0;
}

static int
parse_flags(int argc, char **argv, unsigned int accepted, struct reading *reading, struct err *err)
{
    const bool wants_manifests = (accepted & OPTIONS_FILENAME) != 0;
    struct flags flags = {.hint = wants_manifests ? ", manifests are given with -f" : NULL};

    for (size_t i = 0; i < N_FLAGS; i++) {
        if (is_accepted(accepted, &table[i])) {
            flags_add(&flags, &table[i]);
        }
    }
    if (flags_parse(&flags, argc, argv, set_flag, reading, err) < 0) {
        return -1;
    }
    if (wants_manifests && reading->options.filenames.n == 0) {
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
    struct reading reading = {.arena = arena};

    if (parse_flags(argc, argv, accepted, &reading, err) < 0) {
        return flags_point_to_help(err, "hawser", argv[0]);
    }
    if (reading.options.copier_image == NULL) {
        reading.options.copier_image = VERSION_IMAGE;
    }
    *out = reading.options;
    return 0;
}

void options_write_help(struct buf *out, unsigned int accepted)
{
    for (size_t i = 0; i < N_FLAGS; i++) {
        if (is_accepted(accepted, &table[i])) {
            flags_write_help(out, &table[i]);
        }
    }
    buf_add_text(out, "  -h, --help\n          this text\n");
}
