/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/back.h"

#include <stdbool.h>
#include <string.h>

#include "base/flags.h"
#include "deploy/copier/threads.h"

static const struct flag options[] = {
    {.name = "back",
     .value = "FROM:TO",
     .help = "copy the directory FROM to TO when the command has ended; may be repeated"},
    {.name = "when",
     .value = "success|always",
     .help = "for each --back before it that has none: always, also when the command failed;\n"
             "default success"},
    {.name = "threads", .value = "N", .help = "1 to 256; default 16"},
};

/* Kubernetes allows no colon in a mount path (VolumeMount.mountPath). */
static int add_back(char *value, struct back *out, struct err *err)
{
    char *colon = strchr(value, ':');

    if (colon == NULL || colon == value || colon[1] == '\0' || strchr(colon + 1, ':') != NULL) {
        return err_set(err, ERR_INVALID, "--back: expected FROM:TO, found '%s'", value);
    }
    if (out->n_jobs == COPY_JOBS_MAX) {
        return err_set(err, ERR_TOO_BIG, "--back: more than %d", COPY_JOBS_MAX);
    }
    *colon = '\0';
    out->jobs[out->n_jobs].from = value;
    out->jobs[out->n_jobs].to = colon + 1;
    out->n_jobs++;
    return 0;
}

/* Those that have none yet get @when. */
static void settle(struct back *out, enum back_when when)
{
    for (size_t i = 0; i < out->n_jobs; i++) {
        if (out->when[i] == BACK_UNSAID) {
            out->when[i] = when;
        }
    }
}

static int set_when(const char *value, struct back *out, struct err *err)
{
    const bool is_always = strcmp(value, "always") == 0;

    if (!is_always && strcmp(value, "success") != 0) {
        return err_set(err, ERR_INVALID, "--when: expected success or always, found '%s'", value);
    }
    settle(out, is_always ? BACK_ALWAYS : BACK_SUCCESS);
    return 0;
}

static int take_option(const char *option, char *value, struct back *out, struct err *err)
{
    if (strcmp(option, "--back") != 0 && strcmp(option, "--when") != 0 &&
        strcmp(option, "--threads") != 0) {
        return err_set(err, ERR_INVALID,
                       "'%s' is no option; the command that is run stands behind '--'", option);
    }
    if (value == NULL) {
        return err_set(err, ERR_INVALID, "%s: expected a value", option);
    }
    if (strcmp(option, "--back") == 0) {
        return add_back(value, out, err);
    }
    return strcmp(option, "--when") == 0 ? set_when(value, out, err)
                                         : threads_parse(value, &out->n_threads, err);
}

int back_parse(int argc, char **argv, struct back *out, struct err *err)
{
    int at = 1;

    out->n_threads = THREADS_DEFAULT;
    while (at < argc && strcmp(argv[at], "--") != 0) {
        if (take_option(argv[at], argv[at + 1], out, err) < 0) {
            return -1;
        }
        at += 2;
    }
    if (out->n_jobs == 0) {
        return err_set(err, ERR_INVALID, "expected --back FROM:TO");
    }
    if (at + 1 >= argc) {
        return err_set(err, ERR_INVALID, "expected '--' and a command");
    }
    settle(out, BACK_SUCCESS);
    out->command = argv + at + 1;
    return 0;
}

void back_write_help(struct buf *out)
{
    buf_add_text(out, "Options:\n");
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        flags_write_help(out, &options[i]);
    }
}
