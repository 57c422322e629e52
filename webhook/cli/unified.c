/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/unified.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/console.h"

#define LABEL_MAX 512
#define PATH_SIZE 4096

static int system_error(struct err *err, const char *what, int number)
{
    const char *reason = strerror(number); // NOLINT(concurrency-mt-unsafe): one thread

    return err_set(err, ERR_IO, "%s: %s", what, reason);
}

static int write_text(int fd, const struct buf *text, struct err *err)
{
    size_t written = 0;

    while (written < text->len) {
        ssize_t n = write(fd, text->bytes + written, text->len - written);
        if (n < 0) {
            return system_error(err, "cannot keep a text for diff(1)", errno);
        }
        written += (size_t)n;
    }
    return 0;
}

/* A descriptor of memory that holds @text, to be read from its start. */
static int open_memory(const struct buf *text, struct err *err)
{
    int memory = memfd_create("hawser-diff", MFD_CLOEXEC);

    if (memory < 0) {
        return system_error(err, "cannot keep a text for diff(1)", errno);
    }
    if (write_text(memory, text, err) == 0 && lseek(memory, 0, SEEK_SET) == 0) {
        return memory;
    }
    if (err->code == ERR_NONE) {
        system_error(err, "cannot keep a text for diff(1)", errno);
    }
    (void)close(memory);
    return -1;
}

/* Write @text to a file of its own, whose name is written into @path. */
static int write_file(const struct buf *text, char path[static PATH_SIZE], struct err *err)
{
    const char *folder = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
    CLEANUP(close) int fd = -1;

    (void)snprintf(path, PATH_SIZE, "%s/hawser-diff.XXXXXX", folder != NULL ? folder : "/tmp");
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) {
        return system_error(err, path, errno);
    }
    if (write_text(fd, text, err) < 0) {
        (void)unlink(path);
        return -1;
    }
    return 0;
}

/* "a/Workflow/name": one line, and nothing that a terminal would obey. */
static void make_label(char out[static LABEL_MAX], const char *side, const char *label)
{
    (void)snprintf(out, LABEL_MAX, "%s/%s", side, label); /* cut to size on purpose */
    console_clean(out, strlen(out), false);
}

/* The child reads @before from its standard input, and gets SIGPIPE as programs expect it: we
 * ignore it. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int before)
{
    sigset_t defaults;

    (void)sigemptyset(&defaults);
    (void)sigaddset(&defaults, SIGPIPE);
    if (posix_spawn_file_actions_adddup2(actions, before, STDIN_FILENO) != 0 ||
        posix_spawnattr_setsigdefault(attributes, &defaults) != 0) {
        return -1;
    }
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

/* Start diff(1); the result is that of posix_spawnp(). */
static int spawn(const struct unified *unified, int before, char *after, pid_t *pid)
{
    char before_label[LABEL_MAX];
    char after_label[LABEL_MAX];
    char *const argv[] = {
        (char[]){"diff"},
        (char[]){"-u"},
        (char[]){"--label"},
        before_label,
        (char[]){"--label"},
        after_label,
        (char[]){"-"},
        after,
        unified->color ? (char[]){"--color=always"} : NULL,
        NULL,
    };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int status = ENOMEM;

    make_label(before_label, "a", unified->label);
    make_label(after_label, "b", unified->label);
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return ENOMEM;
    }
    if (posix_spawnattr_init(&attributes) == 0) {
        if (prepare(&actions, &attributes, before) == 0) {
            status = posix_spawnp(pid, "diff", &actions, &attributes, argv, environ);
        }
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* diff(1) exits 0 where nothing differs, 1 where something does, and says itself what went wrong
 * otherwise. */
static int wait_for(pid_t pid, bool *differ, struct err *err)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return system_error(err, "cannot wait for diff(1)", errno);
        }
    }
    if (WIFSIGNALED(status)) {
        return err_set(err, ERR_IO, "diff(1) was ended by signal %d", WTERMSIG(status));
    }
    if (WEXITSTATUS(status) > 1) {
        return err_set(err, ERR_IO, "diff(1) failed with exit code %d", WEXITSTATUS(status));
    }
    *differ = WEXITSTATUS(status) == 1;
    return 0;
}

/* Compare with the text in the file @after. */
static int compare(const struct unified *unified, char *after, bool *differ, struct err *err)
{
    CLEANUP(close) int before = open_memory(unified->before, err);
    pid_t pid;
    int status;

    if (before < 0) {
        return -1;
    }
    status = spawn(unified, before, after, &pid);
    if (status == ENOENT) {
        return err_set(err, ERR_NOT_FOUND, "cannot run diff(1), expected it in the PATH");
    }
    if (status != 0) {
        return system_error(err, "cannot run diff(1)", status);
    }
    return wait_for(pid, differ, err);
}

int unified_print(const struct unified *unified, bool *differ, struct err *err)
{
    char after[PATH_SIZE];
    int compared;

    if (write_file(unified->after, after, err) < 0) {
        return -1;
    }
    compared = compare(unified, after, differ, err);
    (void)unlink(after); /* what is left behind in a folder for such files does no harm */
    return compared;
}
