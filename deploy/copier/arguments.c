/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/arguments.h"

#include <string.h>

#include "base/flags.h"
#include "base/glob.h"
#include "base/quantity.h"
#include "base/setting_log.h"
#include "deploy/copier/threads.h"

#define NANO_PER_UNIT 1000000000

enum option {
    THREADS,
    SHARED,
    INSTALL,
    LOG_FORMAT,
    INCLUDE,
    EXCLUDE,
    MISSING,
    MAX_BYTES,
    N_OPTIONS,
};

static const struct flag options[N_OPTIONS] = {
    [THREADS] = {.name = "threads",
                 .value = "N",
                 .help = "1 to 256; what waits for a server, not for a processor; default 16"},
    [SHARED] = {.name = "shared",
                .help = "others use TO meanwhile: each file is flushed before it gets its name"},
    [INSTALL] = {.name = "install",
                 .value = "DIR",
                 .help = "first do what 'hawser-copy install DIR' does"},
    [LOG_FORMAT] = {.name = "log-format", .value = "json|text", .help = "text on a terminal"},
    [INCLUDE] = {.name = "include",
                 .value = "GLOB",
                 .help = "copy only what matches, below FROM; may be repeated"},
    [EXCLUDE] = {.name = "exclude",
                 .value = "GLOB",
                 .help = "but not what matches: 'build/**' is all that is in it; may be repeated"},
    [MISSING] = {.name = "missing",
                 .value = "fail|empty",
                 .help = "empty: where there is no FROM, TO is an empty directory"},
    [MAX_BYTES] = {.name = "max-bytes",
                   .value = "SIZE",
                   .help = "refuse a tree that takes more; a number, or 5Gi"},
};

static int set_log_format(const char *value, struct arguments *out, struct err *err)
{
    for (unsigned int i = SETTING_LOG_JSON; setting_log_formats[i] != NULL; i++) {
        if (strcmp(value, setting_log_formats[i]) == 0) {
            out->log_format = i;
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "--log-format: expected json or text, found '%s'", value);
}

static int
add_glob(const char *option, const char *value, const char **globs, size_t *n, struct err *err)
{
    if (*n == CHOICE_GLOBS_MAX) {
        return err_set(err, ERR_TOO_BIG, "--%s: more than %d for one copy", option,
                       CHOICE_GLOBS_MAX);
    }
    if (glob_check(value, err) < 0) {
        return err_wrap(err, "--%s", option);
    }
    globs[(*n)++] = value;
    return 0;
}

static int set_missing(const char *value, struct copy_job *job, struct err *err)
{
    job->may_be_missing = strcmp(value, "empty") == 0;
    if (!job->may_be_missing && strcmp(value, "fail") != 0) {
        return err_set(err, ERR_INVALID, "--missing: expected fail or empty, found '%s'", value);
    }
    return 0;
}

static int set_max_bytes(const char *value, struct copy_job *job, struct err *err)
{
    struct quantity size;

    if (quantity_parse(value, &size, err) < 0) {
        return err_wrap(err, "--max-bytes");
    }
    if (!quantity_is_positive(size)) {
        return err_set(err, ERR_INVALID, "--max-bytes: expected more than 0, found '%s'", value);
    }
    job->max_bytes = (uint64_t)((size.nano + NANO_PER_UNIT - 1) / NANO_PER_UNIT);
    return 0;
}

/* The one option that takes no value. */
static int set_shared(const char *value, struct arguments *out, struct err *err)
{
    if (value != NULL) {
        return err_set(err, ERR_INVALID, "--%s takes no value", options[SHARED].name);
    }
    out->is_shared = true;
    return 0;
}

static int set(enum option option,
               const char *value,
               struct arguments *out,
               struct copy_job *job,
               struct err *err)
{
    struct choice *choice = &job->choice;

    switch (option) {
    case THREADS:
        return threads_parse(value, &out->n_threads, err);
    case INSTALL:
        out->install_dir = value;
        return 0;
    case LOG_FORMAT:
        return set_log_format(value, out, err);
    case INCLUDE:
        return add_glob("include", value, choice->include, &choice->n_include, err);
    case EXCLUDE:
        return add_glob("exclude", value, choice->exclude, &choice->n_exclude, err);
    case MISSING:
        return set_missing(value, job, err);
    case MAX_BYTES:
        return set_max_bytes(value, job, err);
    case SHARED:
    case N_OPTIONS:
        break;
    }
    return 0;
}

/* The option that @argument names, and its value where it is in the same argument ("--a=b"). */
static enum option find(const char *argument, const char **value)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        const size_t len = strlen(options[i].name);
        if (strncmp(argument + 2, options[i].name, len) != 0) {
            continue;
        }
        if (argument[2 + len] == '\0' || argument[2 + len] == '=') {
            *value = argument[2 + len] == '=' ? argument + 2 + len + 1 : NULL;
            return (enum option)i;
        }
    }
    return N_OPTIONS;
}

/* Take the option at argv[*@at], which goes on behind it and its value. */
static int take_option(
    int argc, char **argv, int *at, struct arguments *out, struct copy_job *job, struct err *err)
{
    const char *argument = argv[(*at)++];
    const char *value = NULL;
    const enum option option = find(argument, &value);

    if (option == N_OPTIONS) {
        return err_set(err, ERR_INVALID, "'%s' is no option", argument);
    }
    if (options[option].value == NULL) {
        return set_shared(value, out, err);
    }
    if (value == NULL && *at == argc) {
        return err_set(err, ERR_INVALID, "--%s: expected a value", options[option].name);
    }
    return set(option, value != NULL ? value : argv[(*at)++], out, job, err);
}

static int take_path(const char *path, struct arguments *out, struct copy_job *job, struct err *err)
{
    if (out->n_jobs == COPY_JOBS_MAX) {
        return err_set(err, ERR_TOO_BIG, "more than %d copies", COPY_JOBS_MAX);
    }
    if (path[0] == '\0') {
        return err_set(err, ERR_INVALID, "a path is empty");
    }
    if (job->from == NULL) {
        job->from = path;
        return 0;
    }
    job->to = path;
    out->n_jobs++;
    return 0;
}

static bool is_untouched(const struct copy_job *job)
{
    return job->from == NULL && job->choice.n_include == 0 && job->choice.n_exclude == 0 &&
           !job->may_be_missing && job->max_bytes == 0;
}

/* What is left behind the last copy: @job. */
static int check_end(const struct arguments *out, const struct copy_job *job, struct err *err)
{
    if (job->from != NULL) {
        return err_set(err, ERR_INVALID, "where to is '%s' to be copied?", job->from);
    }
    if (out->n_jobs == 0) {
        return err_set(err, ERR_INVALID, "expected FROM and TO");
    }
    if (!is_untouched(job)) {
        return err_set(err, ERR_INVALID, "options stand before the copy that they are for");
    }
    return 0;
}

/* The copy that arguments are for now; @beyond behind as many as there may be. */
static struct copy_job *next_job(const struct arguments *out, struct copy_job *beyond)
{
    return out->n_jobs < COPY_JOBS_MAX ? &out->jobs[out->n_jobs] : beyond;
}

int arguments_parse(int argc, char **argv, struct arguments *out, struct err *err)
{
    struct copy_job beyond = {.from = NULL};
    bool has_ended = false; /* the options: "--" was there */

    out->n_threads = THREADS_DEFAULT;
    out->log_format = SETTING_LOG_AUTO;
    for (int i = 1; i < argc;) {
        struct copy_job *job = next_job(out, &beyond);
        if (!has_ended && strcmp(argv[i], "--") == 0) {
            has_ended = true;
            i++;
        } else if (!has_ended && strncmp(argv[i], "--", 2) == 0) {
            if (take_option(argc, argv, &i, out, job, err) < 0) {
                return -1;
            }
        } else if (take_path(argv[i++], out, job, err) < 0) {
            return -1;
        }
    }
    return check_end(out, next_job(out, &beyond), err);
}

void arguments_write_help(struct buf *out)
{
    buf_add_text(out, "Options, for the copy that follows them:\n");
    for (size_t i = INCLUDE; i < N_OPTIONS; i++) {
        flags_write_help(out, &options[i]);
    }
    buf_add_text(out, "\nOptions, for all:\n");
    for (size_t i = THREADS; i < INCLUDE; i++) {
        flags_write_help(out, &options[i]);
    }
}
