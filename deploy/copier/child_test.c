/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/child.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/folder.h"
#include "tests/test.h"

#define TEXT_MAX 4096

/* This program: as a command it says what it was started with. */
static char *self;

/* On standard output: the descriptors that are open. */
static int say_descriptors(void)
{
    for (int fd = 0; fd < 256; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            (void)printf("%d ", fd);
        }
    }
    return 0;
}

/* On standard output: the signals that are blocked, and those that are ignored. */
static int say_signals(void)
{
    struct child_signals signals;

    child_signals_read(&signals);
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (sigismember(&signals.mask, number) == 1) {
            (void)printf("blocked %d ", number);
        }
        if (sigismember(&signals.ignored, number) == 1) {
            (void)printf("ignored %d ", number);
        }
    }
    return 0;
}

/* @argv as execvp() takes it, which changes no word, but whose type does not say so. */
static char *const *words(const char *const argv[])
{
    char *const *same;

    memcpy(&same, &argv, sizeof(same));
    return same;
}

/* Run @argv with the signals that are now; it must have been started. */
static struct child_end run(const char *const argv[])
{
    struct child_signals signals;
    struct child_end end = {.exit_code = -1, .signal = -1, .asked_to_end = -1};
    struct err err = {0};

    child_signals_read(&signals);
    if (child_run(words(argv), &signals, &end, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
    return end;
}

static struct child_end run_script(const char *script)
{
    const char *const argv[] = {"sh", "-c", script, NULL};

    return run(argv);
}

/* Have what is written to descriptor @fd from now on in the file "out"; returns the old one. */
static int divert(int fd)
{
    const int old = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    const int file = open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(old >= 0 && file >= 0);
    assert_int_equal(dup2(file, fd), fd);
    assert_int_equal(close(file), 0);
    return old;
}

/* Undo divert() and have what was written in @text. */
static void take_back(int fd, int old, char text[static TEXT_MAX])
{
    ssize_t n = pread(fd, text, TEXT_MAX - 1, 0);

    assert_int_equal(dup2(old, fd), fd);
    assert_int_equal(close(old), 0);
    assert_true(n >= 0);
    text[n] = '\0';
}

static void run_and_read(const char *const argv[],
                         const struct child_signals *signals,
                         char text[static TEXT_MAX])
{
    struct child_end end;
    struct err err = {0};
    const int old = divert(STDOUT_FILENO);
    const int status = child_run(words(argv), signals, &end, &err);

    take_back(STDOUT_FILENO, old, text);
    assert_int_equal(status, 0);
    assert_int_equal(end.exit_code, 0);
}

static void a_command_ends_with_its_own_code(void **state)
{
    static const struct {
        const char *script;
        int code;
    } rows[] = {
        {"exit 0", 0},     {"exit 1", 1},     {"exit 42", 42},
        {"exit 126", 126}, /* of its own: it was started */
        {"exit 127", 127}, {"exit 143", 143}, {"exit 255", 255},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct child_end end = run_script(rows[i].script);
        print_message("# %s\n", rows[i].script);
        assert_int_equal(end.exit_code, rows[i].code);
        assert_int_equal(end.signal, 0);
        assert_int_equal(end.asked_to_end, 0);
    }
}

static void a_command_that_a_signal_killed_ends_with_128_and_the_signal(void **state)
{
    static const int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGHUP};

    (void)state;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        char script[64];
        struct child_end end;
        (void)snprintf(script, sizeof(script), "ulimit -c 0; kill -%d $$", signals[i]);
        end = run_script(script);
        assert_int_equal(end.exit_code, 128 + signals[i]);
        assert_int_equal(end.signal, signals[i]);
        assert_int_equal(end.asked_to_end, 0); /* nobody asked us */
    }
}

static void a_command_that_was_never_started_is_told_from_one_that_failed(void **state)
{
    static const struct {
        const char *command;
        int code;
    } rows[] = {
        {"no-such-command-anywhere", 127},
        {"/no/such/command", 127},
        {"./plain/below-a-file", 127},
        {"./lost-interpreter", 127},
        {"", 127},
        {"./plain", 126}, /* not executable */
        {"./folder", 126},
        {"./loop", 127},
    };

    (void)state;
    assert_int_equal(folder_write("plain", "#!/bin/sh\nexit 0\n"), 0);
    assert_int_equal(folder_write("lost-interpreter", "#!/no/such/interpreter\n"), 0);
    assert_int_equal(chmod("lost-interpreter", 0755), 0);
    assert_int_equal(mkdir("folder", 0755), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const argv[] = {rows[i].command, NULL};
        struct child_signals signals;
        struct child_end end = {.exit_code = -7};
        struct err err = {0};
        char named[64];
        child_signals_read(&signals);
        assert_int_equal(child_run(words(argv), &signals, &end, &err), -1);
        print_message("# %s\n", err.msg);
        (void)snprintf(named, sizeof(named), "command '%s': ", rows[i].command);
        assert_ptr_equal(strstr(err.msg, named), err.msg);
        assert_int_equal(child_refusal_code(&err), rows[i].code);
        assert_int_equal(end.exit_code, -7);              /* untouched */
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
    }
}

static void a_command_is_found_in_path(void **state)
{
    const char *const by_name[] = {"a-command-of-ours", NULL};
    const char *const by_path[] = {"./bin/a-command-of-ours", NULL};
    char path[TEXT_MAX];

    (void)state;
    assert_int_equal(mkdir("bin", 0755), 0);
    /* Without "#!": a shell runs it, and so does execvp(). */
    assert_int_equal(folder_write("bin/a-command-of-ours", "exit 9\n"), 0);
    assert_int_equal(chmod("bin/a-command-of-ours", 0755), 0);
    assert_int_equal(run(by_path).exit_code, 9);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    (void)snprintf(path, sizeof(path), "/no/such:%s/bin:%s", (char *)*state, getenv("PATH"));
    assert_int_equal(setenv("PATH", path, 1), 0); // NOLINT(concurrency-mt-unsafe): one thread
    assert_int_equal(run(by_name).exit_code, 9);
}

static void arguments_reach_the_command_as_they_are(void **state)
{
    const char *const argv[] = {"sh", "-c", "printf '<%s>' \"$@\"", "sh", "a b", "", "$x",
                                "*",  NULL};
    struct child_signals signals;
    char text[TEXT_MAX];

    (void)state;
    child_signals_read(&signals);
    run_and_read(argv, &signals, text);
    assert_string_equal(text, "<a b><><$x><*>");
}

static void nothing_is_added_to_what_a_command_says(void **state)
{
    char text[TEXT_MAX];
    int old = divert(STDOUT_FILENO);

    (void)state;
    (void)run_script("printf result");
    take_back(STDOUT_FILENO, old, text);
    assert_string_equal(text, "result");

    old = divert(STDERR_FILENO);
    (void)run_script("printf trouble >&2; kill -TERM $$");
    take_back(STDERR_FILENO, old, text);
    assert_string_equal(text, "trouble");
}

static void a_command_reads_our_standard_input(void **state)
{
    const int old = divert(STDIN_FILENO);
    char text[TEXT_MAX];
    struct child_end end;

    (void)state;
    assert_int_equal(write(STDIN_FILENO, "word\n", 5), 5);
    assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_SET), 0);
    end = run_script("read -r line && test \"$line\" = word");
    take_back(STDIN_FILENO, old, text);
    assert_int_equal(end.exit_code, 0);
}

static void a_command_has_no_descriptor_of_ours(void **state)
{
    const char *const argv[] = {self, "descriptors", NULL};
    struct child_signals signals;
    char text[TEXT_MAX];

    (void)state;
    child_signals_read(&signals);
    for (int fd = 3; fd < 256; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            assert_true(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0); /* of whoever runs the test */
        }
    }
    run_and_read(argv, &signals, text);
    assert_string_equal(text, "0 1 2 ");
}

static void a_command_has_the_signals_that_we_were_started_with(void **state)
{
    const char *const argv[] = {self, "signals", NULL};
    struct child_signals signals;
    char expected[TEXT_MAX];
    char text[TEXT_MAX];
    sigset_t mask;
    sigset_t now;

    (void)state;
    child_signals_read(&signals);
    (void)sigemptyset(&signals.mask);
    (void)sigemptyset(&signals.ignored);
    run_and_read(argv, &signals, text);
    assert_string_equal(text, "");

    (void)sigaddset(&signals.mask, SIGUSR2);
    (void)sigaddset(&signals.ignored, SIGHUP);
    (void)sigaddset(&signals.ignored, SIGCHLD);
    /* What has changed since is our business. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGALRM);
    (void)pthread_sigmask(SIG_BLOCK, &mask, NULL);
    (void)snprintf(expected, sizeof(expected), "ignored %d blocked %d ignored %d ", SIGHUP, SIGUSR2,
                   SIGCHLD);
    run_and_read(argv, &signals, text);
    (void)pthread_sigmask(SIG_UNBLOCK, &mask, &now);
    assert_true(signal(SIGPIPE, SIG_DFL) == SIG_IGN);
    assert_string_equal(text, expected);
    assert_int_equal(sigismember(&now, SIGALRM), 1);
    assert_int_equal(sigismember(&now, SIGTERM), 0); /* ours are as they were */
    assert_int_equal(sigismember(&now, SIGCHLD), 0);
}

static void who_was_started_without_children_in_mind_hears_of_the_end(void **state)
{
    (void)state;
    (void)signal(SIGCHLD, SIG_IGN);
    assert_int_equal(run_script("exit 5").exit_code, 5);
    assert_true(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

static void what_a_command_leaves_running_is_left_alone(void **state)
{
    struct child_end end = run_script("sleep 60 >/dev/null 2>&1 & echo $! >pid");
    FILE *file = fopen("pid", "re");
    char line[32] = "";
    pid_t pid;

    (void)state;
    assert_int_equal(end.exit_code, 0);
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    assert_int_equal(fclose(file), 0);
    pid = (pid_t)strtol(line, NULL, 10);
    assert_true(pid > 1);
    assert_int_equal(kill(pid, SIGKILL), 0); /* it was there */
}

static void many_commands_leave_nothing_open(void **state)
{
    const char *const missing[] = {"/no/such/command", NULL};
    struct child_signals signals;
    struct child_end end;
    struct err err;
    int before;
    int after;

    (void)state;
    child_signals_read(&signals);
    before = dup(STDIN_FILENO);
    assert_int_equal(close(before), 0);
    for (int i = 0; i < 50; i++) {
        (void)run_script("exit 0");
        assert_int_equal(child_run(words(missing), &signals, &end, &err), -1);
    }
    after = dup(STDIN_FILENO);
    assert_int_equal(close(after), 0);
    assert_int_equal(after, before); /* the lowest that is free */
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_ends_with_its_own_code),
        cmocka_unit_test(a_command_that_a_signal_killed_ends_with_128_and_the_signal),
        cmocka_unit_test_setup_teardown(
            a_command_that_was_never_started_is_told_from_one_that_failed, folder_enter,
            folder_leave),
        cmocka_unit_test_setup_teardown(a_command_is_found_in_path, folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(arguments_reach_the_command_as_they_are, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(nothing_is_added_to_what_a_command_says, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_command_reads_our_standard_input, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_command_has_no_descriptor_of_ours, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_command_has_the_signals_that_we_were_started_with,
                                        folder_enter, folder_leave),
        cmocka_unit_test(who_was_started_without_children_in_mind_hears_of_the_end),
        cmocka_unit_test_setup_teardown(what_a_command_leaves_running_is_left_alone, folder_enter,
                                        folder_leave),
        cmocka_unit_test(many_commands_leave_nothing_open),
    };
    int failed;

    if (argc > 1) {
        return strcmp(argv[1], "signals") == 0 ? say_signals() : say_descriptors();
    }
    self = realpath(argv[0], NULL);
    failed = cmocka_run_group_tests_name("child", tests, NULL, NULL);
    free(self);
    return failed;
}
