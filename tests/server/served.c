/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/served.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/server/capture.h"
#include "tests/server/client.h"
#include "tests/server/loopback.h"
#include "tests/server/pause.h"

#define PROBE_MS       1000
#define LAST_WORDS_MS  5000
#define PROBE_EVERY_MS 20
#define STATUS_NO_EXEC 127

struct served {
    pid_t pid;
    int pidfd;
    bool ended;
    int status;
    struct capture *capture;
    char address[LOOPBACK_SIZE];
    char health[LOOPBACK_SIZE];
};

static const char *const always[] = {
    "hawser",          "serve",       "--listen",     "127.0.0.1:0",
    "--health-listen", "127.0.0.1:0", "--log-format", "json",
};

#define N_ALWAYS (sizeof(always) / sizeof(always[0]))

/* The vector for execv(), which does not write to it though its type says so. */
static int
make_vector(const char *const *arguments, char *out[static SERVED_ARGUMENTS_MAX], struct err *err)
{
    size_t n = 0;

    memcpy(out, always, sizeof(always));
    while (arguments[n] != NULL && N_ALWAYS + n < SERVED_ARGUMENTS_MAX - 1) {
        n++;
    }
    if (arguments[n] != NULL) {
        return err_set(err, ERR_TOO_BIG, "expected fewer than %d arguments", SERVED_ARGUMENTS_MAX);
    }
    memcpy(out + N_ALWAYS, arguments, n * sizeof(*arguments));
    out[N_ALWAYS + n] = NULL;
    return 0;
}

/* The child: become the server. Between fork() and here only what a signal handler may do. */
__attribute__((noreturn)) static void become(const char *binary, char *const *vector, int error_fd)
{
    const int nothing = open("/dev/null", O_RDWR);
    sigset_t none;

    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(nothing, STDOUT_FILENO); /* a test's own is its protocol */
    (void)dup2(error_fd, STDERR_FILENO);
    (void)execv(binary, vector);
    _exit(STATUS_NO_EXEC);
}

struct served *served_start(const char *binary, const char *const *arguments, struct err *err)
{
    CLEANUP(served_free) struct served *served = calloc(1, sizeof(*served));
    char *vector[SERVED_ARGUMENTS_MAX];
    int ends[2];

    if (served == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    served->pidfd = -1;
    if (make_vector(arguments, vector, err) < 0) {
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) < 0) {
        (void)err_set_errno(err, "pipe");
        return NULL;
    }
    served->pid = fork();
    if (served->pid == 0) {
        become(binary, vector, ends[1]);
    }
    (void)close(ends[1]);
    served->capture = capture_start(ends[0], err);
    if (served->capture == NULL) {
        return NULL;
    }
    served->pidfd = served->pid > 0 ? pidfd_open(served->pid, 0) : -1;
    if (served->pidfd < 0) {
        (void)err_set_errno(err, "cannot start '%s'", binary);
        return NULL;
    }
    return TAKE(served);
}

/* Keep what became of it. */
static void reap(struct served *served)
{
    int status = 0;

    while (waitpid(served->pid, &status, 0) < 0 && errno == EINTR) {
    }
    served->ended = true;
    served->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void served_free(struct served *served)
{
    if (served == NULL) {
        return;
    }
    if (served->pid > 0 && !served->ended) {
        (void)kill(served->pid, SIGKILL);
        reap(served);
    }
    close_p(&served->pidfd);
    capture_free(served->capture);
    free(served);
}

/* Keep the addresses of the line that says that it serves. */
static int read_addresses(struct served *served, const json_t *line, struct err *err)
{
    const char *listen = json_string_value(json_object_get(line, "listen"));
    const char *health = json_string_value(json_object_get(line, "health"));

    if (listen == NULL || strlen(listen) >= sizeof(served->address) || health == NULL ||
        strlen(health) >= sizeof(served->health)) {
        return err_set(err, ERR_INVALID, "expected the addresses in the line 'serving'");
    }
    (void)snprintf(served->address, sizeof(served->address), "%s", listen);
    (void)snprintf(served->health, sizeof(served->health), "%s", health);
    return 0;
}

int served_await_ready(struct served *served, unsigned int timeout_ms, struct err *err)
{
    const uint64_t until_ms = clock_monotonic_ms() + timeout_ms;
    json_auto_t *line = NULL;
    size_t from = 0;
    unsigned int status = 0;

    line = capture_await(served->capture, "serving", &from, timeout_ms, err);
    if (line == NULL || read_addresses(served, line, err) < 0) {
        return -1;
    }
    while (served_probe(served, "/readyz", &status, err) < 0 || status != 200) {
        if (clock_monotonic_ms() >= until_ms) {
            return err_set(err, ERR_IO, "/readyz is not 200 in time, but %u", status);
        }
        pause_ms(PROBE_EVERY_MS);
    }
    return 0;
}

const char *served_address(const struct served *served)
{
    return served->address;
}

const char *served_health_address(const struct served *served)
{
    return served->health;
}

pid_t served_pid(const struct served *served)
{
    return served->pid;
}

int served_probe(const struct served *served,
                 const char *path,
                 unsigned int *status_out,
                 struct err *err)
{
    return client_probe(served->health, path, PROBE_MS, status_out, err);
}

json_t *served_await_line(struct served *served,
                          const char *message,
                          size_t *from,
                          unsigned int timeout_ms,
                          struct err *err)
{
    return capture_await(served->capture, message, from, timeout_ms, err);
}

char *served_text(struct served *served)
{
    if (served->ended) {
        capture_await_end(served->capture, LAST_WORDS_MS);
    }
    return capture_text(served->capture);
}

void served_signal(struct served *served, int signal)
{
    if (!served->ended) {
        (void)kill(served->pid, signal);
    }
}

int served_await_exit(struct served *served,
                      unsigned int timeout_ms,
                      int *status_out,
                      struct err *err)
{
    const uint64_t until_ms = clock_monotonic_ms() + timeout_ms;
    struct pollfd poller = {.fd = served->pidfd, .events = POLLIN};
    int n;

    while (!served->ended) {
        const uint64_t now_ms = clock_monotonic_ms();
        n = poll(&poller, 1, now_ms < until_ms ? (int)(until_ms - now_ms) : 0);
        if (n > 0) {
            reap(served);
        } else if (n == 0) {
            return err_set(err, ERR_IO, "the server still runs after %u ms", timeout_ms);
        } else if (errno != EINTR) {
            return err_set_errno(err, "cannot wait for the server");
        }
    }
    *status_out = served->status;
    return 0;
}

/* The number behind @name in /proc/PID/status, or 0. */
static size_t status_number(const struct served *served, const char *name)
{
    CLEANUP(fclose) FILE *file = NULL;
    char line[256];

    if (served->ended) {
        return 0;
    }
    (void)snprintf(line, sizeof(line), "/proc/%d/status", (int)served->pid);
    file = fopen(line, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            return strtoul(line + strlen(name), NULL, 10);
        }
    }
    return 0;
}

size_t served_memory_kib(const struct served *served)
{
    return status_number(served, "VmRSS:");
}

size_t served_peak_kib(const struct served *served)
{
    return status_number(served, "VmHWM:");
}

size_t served_n_descriptors(const struct served *served)
{
    struct dirent **entries = NULL;
    char path[64];
    int n;

    if (served->ended) {
        return 0;
    }
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)served->pid);
    n = scandir(path, &entries, NULL, NULL);
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
    return n > 2 ? (size_t)n - 2 : 0; /* without "." and ".." */
}
