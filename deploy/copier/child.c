/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

/* What a shell makes of a command (POSIX sh, 2.8.2). */
#define CODE_CANNOT_EXECUTE 126
#define CODE_NOT_FOUND      127
#define CODE_KILLED         128

/* About the process that gets it, and no word from others. */
static const int own_signals[] = {
    SIGILL,  SIGTRAP, SIGBUS, SIGFPE,  SIGSEGV, SIGSYS,  SIGPIPE,
    SIGXFSZ, SIGXCPU, SIGURG, SIGTTIN, SIGTTOU, SIGCHLD,
};

static sigset_t forwarded_signals(void)
{
    sigset_t set;

    (void)sigfillset(&set);
    for (size_t i = 0; i < sizeof(own_signals) / sizeof(own_signals[0]); i++) {
        (void)sigdelset(&set, own_signals[i]);
    }
    return set;
}

static sigset_t awaited_signals(void)
{
    sigset_t set = forwarded_signals();

    (void)sigaddset(&set, SIGCHLD);
    return set;
}

/* With SIGTTOU blocked, who is not in the foreground may say who shall be. */
static sigset_t blocked_signals(void)
{
    sigset_t set = awaited_signals();

    (void)sigaddset(&set, SIGTTOU);
    return set;
}

void child_signals_read(struct child_signals *out)
{
    (void)pthread_sigmask(SIG_BLOCK, NULL, &out->mask);
    (void)sigemptyset(&out->ignored);
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
            (void)sigaddset(&out->ignored, number);
        }
    }
}

/* What the child goes by until it is the command. */
struct start {
    char *const *argv;
    const struct child_signals *signals;
    pid_t parent;
    int terminal; /* whose foreground is to be the command's, or -1 */
    int errno_fd; /* takes the errno of an execution that failed */
};

/*
 * A signal to the group that came before the child left it came to the parent too, who will
 * forward it.
 */
static void forget_signals_of_former_group(void)
{
    const struct timespec now = {0};
    const sigset_t set = forwarded_signals();

    while (sigtimedwait(&set, NULL, &now) > 0) {
    }
}

static void restore_signals(const struct child_signals *signals)
{
    for (int number = 1; number <= SIGRTMAX; number++) {
        const bool ignored = sigismember(&signals->ignored, number) == 1;
        (void)signal(number, ignored ? SIG_IGN : SIG_DFL); /* some cannot be set, nor were */
    }
    (void)pthread_sigmask(SIG_SETMASK, &signals->mask, NULL);
}

/* The child: system calls, and execvp(), which allocates nothing. */
static _Noreturn void become_command(const struct start *start)
{
    int failure;

    (void)setpgid(0, 0);
    if (start->terminal >= 0) {
        (void)tcsetpgrp(start->terminal, getpid());
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start->parent) {
        _exit(CODE_CANNOT_EXECUTE); /* it went before it could take us along */
    }
    forget_signals_of_former_group();
    restore_signals(start->signals);
    (void)execvp(start->argv[0], start->argv);
    failure = errno;
    (void)!write(start->errno_fd, &failure, sizeof(failure)); /* an empty pipe has room */
    _exit(CODE_CANNOT_EXECUTE);
}

/* Wait until the child is the command: 0, or the errno of the execution. */
static int read_errno(int fd)
{
    int failure = 0;
    ssize_t n;

    do {
        n = read(fd, &failure, sizeof(failure));
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(failure) ? failure : 0;
}

static int refuse(const char *command, int failure, struct err *err)
{
    switch (failure) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
        return err_set(err, ERR_NOT_FOUND,
                       "command '%s': not found, or the interpreter that it asks for is not",
                       command);
    default:
        errno = failure;
        return err_set_errno(err, "command '%s'", command);
    }
}

static void reap_one(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

static int start_command(struct start *start, pid_t *out, struct err *err)
{
    int ends[2];
    pid_t pid;
    int failure;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        return refuse(start->argv[0], errno, err);
    }
    start->parent = getpid();
    start->errno_fd = ends[1];
    pid = fork();
    if (pid == 0) {
        become_command(start);
    }
    failure = pid < 0 ? errno : 0;
    (void)close(ends[1]);
    if (pid > 0) {
        failure = read_errno(ends[0]);
    }
    (void)close(ends[0]);
    if (failure == 0) {
        *out = pid;
        return 0;
    }
    if (pid > 0) {
        reap_one(pid);
    }
    return refuse(start->argv[0], failure, err);
}

/* Reap all that has ended, and tell whether the command is among it. */
static bool reap(pid_t command, int *status)
{
    bool has_ended = false;
    int found;
    pid_t pid;

    while ((pid = waitpid(-1, &found, WNOHANG)) > 0) {
        if (pid == command) {
            *status = found;
            has_ended = true;
        }
    }
    assert(has_ended || pid == 0); /* nobody else reaps it */
    return has_ended;
}

static void forward(pid_t command, int number, int *asked_to_end)
{
    if (kill(-command, number) < 0) {
        (void)kill(command, number); /* it went to another group */
    }
    if (*asked_to_end == 0 && (number == SIGTERM || number == SIGINT || number == SIGQUIT)) {
        *asked_to_end = number;
    }
}

static void wait_for_command(pid_t command, struct child_end *out)
{
    const sigset_t awaited = awaited_signals();
    int status = 0;

    *out = (struct child_end){0};
    for (bool has_ended = false; !has_ended;) {
        int number = sigwaitinfo(&awaited, NULL);
        if (number == SIGCHLD) {
            has_ended = reap(command, &status);
        } else if (number > 0) {
            forward(command, number, &out->asked_to_end);
        }
    }
    out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    out->exit_code = out->signal != 0 ? CODE_KILLED + out->signal : WEXITSTATUS(status);
}

/* The terminal whose foreground is ours to hand on, or -1. */
static int open_foreground(void)
{
    const int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0 && tcgetpgrp(fd) != getpgrp()) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int child_run(char *const argv[],
              const struct child_signals *signals,
              struct child_end *out,
              struct err *err)
{
    CLEANUP(close) const int terminal = open_foreground();
    struct start start = {.argv = argv, .signals = signals, .terminal = terminal};
    const struct sigaction wait_action = {.sa_handler = SIG_DFL};
    const sigset_t blocked = blocked_signals();
    struct sigaction old_action;
    sigset_t old_mask;
    pid_t command = 0;
    int status;

    assert(argv[0] != NULL);
    /* Who ignores SIGCHLD is told nothing of his children. */
    (void)sigaction(SIGCHLD, &wait_action, &old_action);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &old_mask);
    status = start_command(&start, &command, err);
    if (status == 0) {
        wait_for_command(command, out);
    }
    if (terminal >= 0) {
        (void)tcsetpgrp(terminal, getpgrp());
    }
    (void)sigaction(SIGCHLD, &old_action, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &old_mask, NULL);
    return status;
}

int child_refusal_code(const struct err *err)
{
    return err->code == ERR_NOT_FOUND ? CODE_NOT_FOUND : CODE_CANNOT_EXECUTE;
}
