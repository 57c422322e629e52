/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "deploy/copier/child.h"
#include "tests/test.h"

#define LINE_MAX_BYTES 128
#define QUIET_MS       50 /* after which no second signal is awaited */
#define CODE_OF_TELL   7

/* This program: as a command, "tell" and the number of signals that it awaits. */
static char *self;

/* The next of @set within @timeout_ms, or 0. */
static int next_signal(const sigset_t *set, long timeout_ms)
{
    const struct timespec timeout = {
        .tv_sec = timeout_ms / 1000,
        .tv_nsec = timeout_ms % 1000 * 1000000,
    };
    int number;

    do {
        number = sigtimedwait(set, NULL, &timeout);
    } while (number < 0 && errno == EINTR);
    return number > 0 ? number : 0;
}

/* "ready", then a line for each signal, until all has been quiet for a while after the @n-th. */
static int tell(int n)
{
    sigset_t all;
    int number;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    (void)puts("ready");
    do {
        (void)fflush(stdout);
        number = next_signal(&all, n-- > 0 ? 20000 : QUIET_MS);
        if (number > 0) {
            (void)printf("%d\n", number);
        }
    } while (number > 0);
    return CODE_OF_TELL;
}

/* A process that runs a command, as the first of a group of its own. */
struct runner {
    pid_t pid;
    FILE *said; /* by the command and all that it started, to its end */
    int result; /* takes the struct child_end */
};

struct runner_options {
    bool subreaper;
    int blocked; /* a signal that is blocked when the runner starts, or 0 */
};

/* @argv as execvp() takes it, which changes no word, but whose type does not say so. */
static char *const *words(const char *const argv[])
{
    char *const *same;

    memcpy(&same, &argv, sizeof(same));
    return same;
}

static void runner_main(const char *const argv[], struct runner_options options, int result)
{
    struct child_signals signals;
    struct child_end end;
    struct err err;

    (void)prctl(PR_SET_CHILD_SUBREAPER, options.subreaper ? 1 : 0);
    child_signals_read(&signals);
    if (child_run(words(argv), &signals, &end, &err) < 0) {
        _exit(1);
    }
    (void)!write(result, &end, sizeof(end));
    _exit(0);
}

static struct runner start(const char *const argv[], struct runner_options options)
{
    struct runner runner;
    sigset_t blocked;
    sigset_t old;
    int said[2];
    int result[2];

    (void)sigemptyset(&blocked);
    if (options.blocked != 0) {
        (void)sigaddset(&blocked, options.blocked);
    }
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    assert_int_equal(pipe2(result, O_CLOEXEC), 0);
    (void)fflush(stdout);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &old);
    runner.pid = fork();
    assert_true(runner.pid >= 0);
    if (runner.pid == 0) {
        (void)setpgid(0, 0);
        (void)dup2(said[1], STDOUT_FILENO);
        (void)close(said[1]); /* its end of the pipe is the command's output */
        runner_main(argv, options, result[1]);
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void)setpgid(runner.pid, runner.pid); /* whoever of us is first */
    assert_int_equal(close(said[1]), 0);
    assert_int_equal(close(result[1]), 0);
    runner.said = fdopen(said[0], "r");
    runner.result = result[0];
    assert_non_null(runner.said);
    return runner;
}

static struct runner start_tell(struct runner_options options)
{
    const char *const argv[] = {self, "tell", "1", NULL};

    return start(argv, options);
}

static struct runner start_script(const char *script)
{
    const char *const argv[] = {"sh", "-c", script, self, NULL};

    return start(argv, (struct runner_options){0});
}

static void expect_line(struct runner *runner, const char *expected)
{
    char line[LINE_MAX_BYTES] = "";

    if (fgets(line, sizeof(line), runner->said) != NULL) {
        line[strcspn(line, "\n")] = '\0';
    }
    assert_string_equal(line, expected);
}

/* Wait until @fd has something to read, or its end: a command that hangs fails the test. */
static void await_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&poll_fd, 1, 10000), 1);
}

static void expect_signal(struct runner *runner, int number)
{
    char line[16];

    (void)snprintf(line, sizeof(line), "%d", number);
    expect_line(runner, line);
}

/* Wait until the runner and its command have ended. */
static struct child_end finish(struct runner *runner)
{
    struct child_end end;
    int status = 0;

    expect_line(runner, ""); /* nothing more was said */
    assert_int_equal(read(runner->result, &end, sizeof(end)), sizeof(end));
    assert_int_equal(waitpid(runner->pid, &status, 0), runner->pid);
    assert_int_equal(status, 0);
    assert_int_equal(fclose(runner->said), 0);
    assert_int_equal(close(runner->result), 0);
    return end;
}

static const int forwarded[] = {
    SIGHUP,  SIGINT,  SIGQUIT, SIGABRT, SIGUSR1,   SIGUSR2, SIGALRM,   SIGTERM,
    SIGCONT, SIGTSTP, SIGPROF, SIGPWR,  SIGSTKFLT, SIGIO,   SIGVTALRM, SIGWINCH,
};

/* What tell() gets of @number that is sent to @target. */
static void check_forwarded(int number, bool to_group)
{
    struct runner runner = start_tell((struct runner_options){0});
    const bool is_end = number == SIGTERM || number == SIGINT || number == SIGQUIT;
    struct child_end end;

    print_message("# signal %d to %s\n", number, to_group ? "our group" : "us");
    expect_line(&runner, "ready");
    assert_int_equal(kill(to_group ? -runner.pid : runner.pid, number), 0);
    expect_signal(&runner, number);
    end = finish(&runner); /* it came once */
    assert_int_equal(end.exit_code, CODE_OF_TELL);
    assert_int_equal(end.signal, 0);
    assert_int_equal(end.asked_to_end, is_end ? number : 0);
}

static void a_signal_to_us_reaches_the_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++) {
        check_forwarded(forwarded[i], false);
    }
    check_forwarded(SIGRTMIN, false);
    check_forwarded(SIGRTMAX, false);
}

static void a_signal_to_our_group_reaches_the_command_once(void **state)
{
    (void)state;
    check_forwarded(SIGTERM, true);
    check_forwarded(SIGUSR1, true);
    check_forwarded(SIGRTMIN, true); /* these would queue */
}

/* Send SIGRTMIN to a runner's group when @delay_ns has passed since its start: the child may be in
 * the group still. It is blocked from the start, so that none is lost, and these queue. */
static void check_signal_at_start(long delay_ns)
{
    struct runner runner = start_tell((struct runner_options){.blocked = SIGRTMIN});
    const struct timespec delay = {.tv_nsec = delay_ns};
    struct child_end end;

    (void)nanosleep(&delay, NULL);
    assert_int_equal(kill(-runner.pid, SIGRTMIN), 0);
    expect_line(&runner, "ready");
    expect_signal(&runner, SIGRTMIN);
    end = finish(&runner);
    assert_int_equal(end.exit_code, CODE_OF_TELL);
}

static void a_signal_to_our_group_while_the_command_starts_reaches_it_once(void **state)
{
    (void)state;
    for (long i = 0; i < 40; i++) {
        check_signal_at_start(i * 25000);
    }
}

static void all_of_the_commands_group_get_a_signal(void **state)
{
    /* Two in the background; the shell itself is told to go on. */
    struct runner runner =
        start_script("trap : USR1; \"$0\" tell 1 & \"$0\" tell 1 & wait; wait; exit 3");

    (void)state;
    expect_line(&runner, "ready");
    expect_line(&runner, "ready");
    assert_int_equal(kill(runner.pid, SIGUSR1), 0);
    expect_signal(&runner, SIGUSR1);
    expect_signal(&runner, SIGUSR1);
    assert_int_equal(finish(&runner).exit_code, 3);
}

static void a_command_that_ends_by_a_signal_to_us_is_told(void **state)
{
    struct runner runner = start_script("echo ready; exec sleep 60");
    struct child_end end;

    (void)state;
    expect_line(&runner, "ready");
    assert_int_equal(kill(runner.pid, SIGINT), 0);
    end = finish(&runner);
    assert_int_equal(end.exit_code, 128 + SIGINT);
    assert_int_equal(end.signal, SIGINT);
    assert_int_equal(end.asked_to_end, SIGINT);
}

static void a_command_that_ignores_the_end_is_waited_for(void **state)
{
    struct runner runner = start_script("trap '' TERM; trap 'exit 4' USR1; echo ready;"
                                        "while :; do sleep 0.02; done");
    struct child_end end;

    (void)state;
    expect_line(&runner, "ready");
    assert_int_equal(kill(runner.pid, SIGTERM), 0);
    assert_int_equal(kill(runner.pid, SIGUSR1), 0);
    end = finish(&runner);
    assert_int_equal(end.exit_code, 4);
    assert_int_equal(end.asked_to_end, SIGTERM);
}

static void the_first_that_asked_for_the_end_is_told(void **state)
{
    const char *const argv[] = {self, "tell", "2", NULL};
    struct runner runner = start(argv, (struct runner_options){0});

    (void)state;
    expect_line(&runner, "ready");
    assert_int_equal(kill(runner.pid, SIGTERM), 0);
    expect_signal(&runner, SIGTERM);
    assert_int_equal(kill(runner.pid, SIGINT), 0);
    expect_signal(&runner, SIGINT);
    assert_int_equal(finish(&runner).asked_to_end, SIGTERM);
}

static void a_command_that_is_stopped_is_waited_for(void **state)
{
    struct runner runner = start_script("echo $$; kill -STOP $$; exit 6");
    char line[LINE_MAX_BYTES] = "";
    siginfo_t ended = {0};

    (void)state;
    assert_non_null(fgets(line, sizeof(line), runner.said));
    assert_int_equal(waitid(P_PID, (id_t)runner.pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
    assert_int_equal(ended.si_pid, 0);
    /* Until it was stopped, to go on means nothing. */
    while (waitid(P_PID, (id_t)runner.pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0) {
        const struct timespec pause = {.tv_nsec = 1000000};
        assert_int_equal(kill(runner.pid, SIGCONT), 0);
        (void)nanosleep(&pause, NULL);
    }
    assert_int_equal(finish(&runner).exit_code, 6);
}

static void orphans_are_reaped_while_the_command_runs(void **state)
{
    /* What ended and was not reaped can still be signalled. */
    static const char script[] = "orphan=$(sh -c 'sleep 0.1 >/dev/null & echo $!');"
                                 "for i in $(seq 500); do"
                                 "    kill -0 $orphan 2>/dev/null || exit 0; sleep 0.01;"
                                 "done;"
                                 "exit 1";
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct runner runner = start(argv, (struct runner_options){.subreaper = true});

    (void)state;
    assert_int_equal(finish(&runner).exit_code, 0);
}

static void a_command_goes_with_us(void **state)
{
    struct runner runner = start_script("echo ready; exec sleep 60");

    (void)state;
    expect_line(&runner, "ready");
    assert_int_equal(kill(runner.pid, SIGKILL), 0);
    assert_int_equal(waitpid(runner.pid, NULL, 0), runner.pid);
    await_readable(fileno(runner.said)); /* nobody has its output open */
    expect_line(&runner, "");
    assert_int_equal(fclose(runner.said), 0);
    assert_int_equal(close(runner.result), 0);
}

/* Read from a terminal until @expected has come. */
static void expect_on_terminal(int terminal, const char *expected)
{
    char text[1024];
    size_t len = 0;

    for (;;) {
        ssize_t n;
        await_readable(terminal);
        n = read(terminal, text + len, sizeof(text) - 1 - len);
        assert_true(n > 0); /* a hang-up is EIO */
        len += (size_t)n;
        text[len] = '\0';
        if (strstr(text, expected) != NULL) {
            return;
        }
    }
}

static void the_terminal_is_the_commands_and_then_ours_again(void **state)
{
    const char *const talk[] = {"sh", "-c",
                                "read -r line && echo \"it says $line\" && exec sleep 60", NULL};
    int terminal;
    int status;
    pid_t pid;

    (void)state;
    (void)fflush(stdout);
    pid = forkpty(&terminal, NULL, NULL, NULL);
    if (pid < 0) {
        print_message("# there are no terminals here\n");
        return;
    }
    if (pid == 0) {
        struct child_signals signals;
        struct child_end end;
        struct err err;
        child_signals_read(&signals);
        status = child_run(words(talk), &signals, &end, &err);
        _exit(status == 0 && end.signal == SIGINT && tcgetpgrp(0) == getpgrp() ? 9 : 1);
    }
    assert_int_equal(write(terminal, "hello\n", 6), 6);
    expect_on_terminal(terminal, "it says hello");
    assert_int_equal(write(terminal, "\003", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(close(terminal), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 9);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_to_us_reaches_the_command),
        cmocka_unit_test(a_signal_to_our_group_reaches_the_command_once),
        cmocka_unit_test(a_signal_to_our_group_while_the_command_starts_reaches_it_once),
        cmocka_unit_test(all_of_the_commands_group_get_a_signal),
        cmocka_unit_test(a_command_that_ends_by_a_signal_to_us_is_told),
        cmocka_unit_test(a_command_that_ignores_the_end_is_waited_for),
        cmocka_unit_test(the_first_that_asked_for_the_end_is_told),
        cmocka_unit_test(a_command_that_is_stopped_is_waited_for),
        cmocka_unit_test(orphans_are_reaped_while_the_command_runs),
        cmocka_unit_test(a_command_goes_with_us),
        cmocka_unit_test(the_terminal_is_the_commands_and_then_ours_again),
    };
    int failed;

    if (argc > 2) {
        return tell((int)strtol(argv[2], NULL, 10));
    }
    self = realpath(argv[0], NULL);
    failed = cmocka_run_group_tests_name("child signals", tests, NULL, NULL);
    free(self);
    return failed;
}
