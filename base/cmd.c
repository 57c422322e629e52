/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cmd.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/console.h"
#include "base/flags.h"
#include "base/nearest.h"

#define TEXT_MAX (64UL * 1024)

/* The two that each program has; cmd_main() runs them itself, as it knows the program. */
static const struct command version = {
    .name = "version",
    .summary = "print the version",
    .synopsis = "version",
    .about = "Print the version.\n",
    .example = "version",
};
static const struct command help = {
    .name = "help",
    .summary = "list the commands, or explain one",
    .synopsis = "help [COMMAND]",
    .about = "List the commands, or say what there is to know about one.\n",
    .example = "help",
};

#define N_OWN 2
static const struct command *const own[N_OWN] = {&version, &help};

/* Command number @i of the program, its own ones last; NULL behind them. */
static const struct command *command_at(const struct program *program, size_t i)
{
    size_t n = 0;

    while (program->commands[n] != NULL) {
        n++;
    }
    if (i < n) {
        return program->commands[i];
    }
    return i - n < N_OWN ? own[i - n] : NULL;
}

static const struct command *find(const struct program *program, const char *name)
{
    const struct command *command;

    for (size_t i = 0; (command = command_at(program, i)) != NULL; i++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

/* The command that @name, which is none, may have been meant for, or NULL. */
static const struct command *find_nearest(const struct program *program, const char *name)
{
    const struct command *nearest = NULL;
    const struct command *command;
    unsigned int least = NEAREST_FAR;

    for (size_t i = 0; (command = command_at(program, i)) != NULL; i++) {
        unsigned int distance = nearest_distance(name, command->name);
        if (distance < least) {
            nearest = command;
            least = distance;
        }
    }
    return nearest;
}

static void write_overview(const struct program *program, struct buf *out)
{
    const struct command *command;

    buf_printf(out, "%s\n\nUsage: %s COMMAND [flags]\n\nCommands:\n", program->about,
               program->name);
    for (size_t i = 0; (command = command_at(program, i)) != NULL; i++) {
        buf_printf(out, "  %-9s %s\n", command->name, command->summary);
    }
    buf_printf(out,
               "\n"
               "'%s COMMAND --help' says more, with an example.\n"
               "\n"
               "Example:\n"
               "%s",
               program->name, program->example);
}

static void
write_help(const struct program *program, const struct command *command, struct buf *out)
{
    static const char usual_exits[] = "  0  done\n"
                                      "  2  wrong usage\n"
                                      "  3  trouble with files\n";
    const bool is_own = command->run == NULL;

    buf_printf(out, "%s\nUsage: %s %s\n\n", command->about, program->name, command->synopsis);
    if (command->write_flags != NULL) {
        command->write_flags(out);
    } else {
        buf_add_text(out, "Flags:\n");
        if (program->write_flags != NULL) {
            program->write_flags(out, command->flags);
        } else {
            buf_add_text(out, "  -h, --help\n          this text\n");
        }
    }
    buf_printf(out, "\nExit codes:\n%s\nExample:\n",
               command->exits != NULL ? command->exits : usual_exits);
    if (is_own) {
        buf_printf(out, "  %s %s\n", program->name, command->example);
    } else {
        buf_add_text(out, command->example);
    }
}

static enum cmd_exit print_help(const struct program *program, const struct command *command)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    write_help(program, command, &text);
    return cmd_print(&text);
}

static enum cmd_exit run_help(const struct program *program, int argc, char **argv)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);
    const struct command *command;

    if (argc < 2) {
        write_overview(program, &text);
        return cmd_print(&text);
    }
    command = find(program, argv[1]);
    if (argc > 2 || command == NULL) {
        console_say("no help on '%s'; see '%s help'", argv[argc - 1], program->name);
        return CMD_USAGE;
    }
    return print_help(program, command);
}

static int accept_nothing(const struct flag *flag, const char *value, void *data, struct err *err)
{
    (void)value;
    (void)data;
    return err_set(err, ERR_INTERNAL, "there is no flag --%s", flag->name);
}

static enum cmd_exit run_version(const struct program *program, int argc, char **argv)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(256);
    const struct flags none = {.n = 0};
    struct err err = {0};

    if (flags_parse(&none, argc, argv, accept_nothing, &text, &err) < 0) {
        (void)flags_point_to_help(&err, program->name, argv[0]);
        return cmd_fail(&err);
    }
    buf_printf(&text, "%s %s\n", program->name, program->version);
    return cmd_print(&text);
}

/* No command at all. */
static enum cmd_exit show_overview(const struct program *program)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);

    write_overview(program, &text);
    (void)fputs(buf_text(&text), stderr);
    return CMD_USAGE;
}

static enum cmd_exit refuse(const struct program *program, const char *name)
{
    const struct command *nearest = find_nearest(program, name);

    if (nearest != NULL) {
        console_say("unknown command '%s', did you mean '%s'?", name, nearest->name);
    } else {
        console_say("unknown command '%s'; see '%s help'", name, program->name);
    }
    return CMD_USAGE;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Whether help is asked for anywhere among the flags: the answer does not depend on the others. */
static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i])) {
            return true;
        }
    }
    return false;
}

static enum cmd_exit run(const struct program *program, int argc, char **argv)
{
    const struct command *command;
    const char *name;

    if (argc < 2) {
        return show_overview(program);
    }
    name = argv[1];
    if (is_help(name)) {
        name = help.name;
    } else if (strcmp(name, "--version") == 0) {
        name = version.name;
    }
    command = find(program, name);
    if (command == NULL) {
        return refuse(program, name);
    }
    if (wants_help(argc - 1, argv + 1)) {
        return print_help(program, command);
    }
    if (command == &help) {
        return run_help(program, argc - 1, argv + 1);
    }
    if (command == &version) {
        return run_version(program, argc - 1, argv + 1);
    }
    return command->run(argc - 1, argv + 1);
}

int cmd_main(const struct program *program, int argc, char **argv)
{
    struct err err = {0};
    enum cmd_exit code;

    console_init(program->name);
    code = run(program, argc, argv);
    if (code != CMD_TROUBLE && console_close(&err) < 0) {
        code = cmd_fail(&err);
    }
    return (int)code;
}

enum cmd_exit cmd_print(const struct buf *text)
{
    struct err err = {0};

    return console_write(text, &err) < 0 ? cmd_fail(&err) : CMD_DONE;
}

enum cmd_exit cmd_fail(const struct err *err)
{
    console_error(err);
    return err->code == ERR_INVALID || err->code == ERR_TOO_BIG ? CMD_USAGE : CMD_TROUBLE;
}
