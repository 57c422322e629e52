/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/install.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/folder.h"
#include "tests/proc.h"
#include "tests/test.h"

#define PROGRAM_BYTES (256UL * 1024)
#define TARGET        "bin/" INSTALL_NAME

static const char *self;

/* A folder of the test's own with an empty folder "bin". */
static int enter(void **state)
{
    return folder_enter(state) == 0 && mkdir("bin", 0755) == 0 ? 0 : -1;
}

/* A program that only a test takes for one: all of its bytes are @letter. */
static void write_program(const char *path, char letter)
{
    char *bytes = malloc(PROGRAM_BYTES);

    assert_non_null(bytes);
    memset(bytes, letter, PROGRAM_BYTES);
    assert_int_equal(folder_write_bytes(path, bytes, PROGRAM_BYTES), 0);
    free(bytes);
}

static int install(const char *program, const char *dir, struct err *err)
{
    return install_from("no-proc/self/exe", dir, program, err);
}

/* The letter that all of an installed program is of; 0 when there is none. */
static char installed_letter(void)
{
    char *bytes = malloc(PROGRAM_BYTES + 1);
    FILE *file = fopen(TARGET, "re");
    struct stat found;
    char letter;
    size_t n;

    assert_non_null(bytes);
    if (file == NULL) {
        assert_int_equal(errno, ENOENT);
        free(bytes);
        return 0;
    }
    n = fread(bytes, 1, PROGRAM_BYTES + 1, file);
    assert_int_equal(fstat(fileno(file), &found), 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(n, PROGRAM_BYTES);
    assert_int_equal(found.st_mode, S_IFREG | 0755);
    letter = bytes[0];
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(bytes[i], letter);
    }
    free(bytes);
    return letter;
}

/* How many entries the folder @path has. */
static int count(const char *path)
{
    DIR *dir = opendir(path);
    int n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL) { // NOLINT(concurrency-mt-unsafe): one thread
        n++;
    }
    assert_int_equal(closedir(dir), 0);
    return n - 2; /* "." and ".." */
}

static void check_refused(const char *program, const char *dir, const char *expected)
{
    struct err err = {0};

    assert_int_equal(install(program, dir, &err), -1);
    print_message("# %s\n", err.msg);
    assert_string_equal(err.msg, expected);
}

static void the_program_that_runs_is_installed_and_runs(void **state)
{
    struct err err = {0};
    int status;

    (void)state;
    /* Without /proc it is argv[0]. */
    (void)proc_is_mounted();
    if (install_self("bin", self, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    status = system(TARGET " --as-installed"); // NOLINT: the shell's work is what is tested
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 23);
    assert_int_equal(count("bin"), 1);
}

static void what_is_installed_is_for_everybody_to_run(void **state)
{
    struct err err = {0};
    const mode_t old = umask(0077);

    (void)state;
    write_program("program", 'a');
    assert_int_equal(install("./program", "bin", &err), 0);
    (void)umask(old);
    assert_int_equal(installed_letter(), 'a'); /* with its mode */
    assert_int_equal(count("bin"), 1);
}

static void a_former_one_is_replaced_and_goes_on_running(void **state)
{
    struct err err = {0};
    char letter = 0;
    int running;

    (void)state;
    write_program("program", 'a');
    assert_int_equal(install("./program", "bin", &err), 0);
    running = open(TARGET, O_RDONLY | O_CLOEXEC);
    write_program("program", 'b');
    assert_int_equal(install("./program", "bin", &err), 0);
    assert_int_equal(installed_letter(), 'b');
    assert_int_equal(count("bin"), 1);
    assert_int_equal(read(running, &letter, 1), 1);
    assert_int_equal(letter, 'a');
    assert_int_equal(close(running), 0);
}

static void what_cannot_be_installed_is_told_by_name(void **state)
{
    (void)state;
    write_program("program", 'a');
    check_refused("./program", "no/such", "folder 'no/such': No such file or directory");
    check_refused("./program", "program", "folder 'program': Not a directory");
    check_refused("./gone", "bin", "program './gone': No such file or directory");
    check_refused("program", "bin",
                  "program 'program': expected a path, as there is no 'no-proc/self/exe'");
    assert_int_equal(count("bin"), 0);
    assert_int_equal(mkdir(TARGET, 0755), 0); /* in its place */
    check_refused("./program", "bin", "file 'bin/hawser-copy': Is a directory");
    assert_int_equal(count("bin"), 1);
}

static void a_copy_that_fails_midway_leaves_the_former_one(void **state)
{
    struct rlimit limit;
    struct err err = {0};

    (void)state;
    write_program("a", 'a');
    write_program("b", 'b');
    assert_int_equal(install("./a", "bin", &err), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = PROGRAM_BYTES / 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    check_refused("./b", "bin", "file 'bin/hawser-copy': File too large");
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(installed_letter(), 'a');
    assert_int_equal(count("bin"), 1);
}

/* A file system of 64 KiB at "bin", where we may mount one. */
static bool mount_small(void)
{
    const bool is_mounted = unshare(CLONE_NEWNS) == 0 &&
                            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                            mount("tmpfs", "bin", "tmpfs", 0, "size=64k") == 0;

    if (!is_mounted) {
        print_message("# nothing can be mounted here\n");
    }
    return is_mounted;
}

static void a_full_or_read_only_disk_is_told_and_nothing_left(void **state)
{
    (void)state;
    write_program("program", 'a');
    if (!mount_small()) {
        return;
    }
    check_refused("./program", "bin", "file 'bin/hawser-copy': No space left on device");
    assert_int_equal(count("bin"), 0);
    assert_int_equal(mount(NULL, "bin", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    check_refused("./program", "bin", "folder 'bin': Read-only file system");
    assert_int_equal(umount("bin"), 0);
}

/* A process that installs @program again and again, at most @times. */
static pid_t start_installing(const char *program, int times)
{
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct err err;
        for (int i = 0; i < times; i++) {
            if (install(program, "bin", &err) < 0) {
                _exit(1);
            }
        }
        _exit(0);
    }
    return pid;
}

static void two_at_once_install_a_whole_one_each(void **state)
{
    pid_t pids[2];

    (void)state;
    write_program("a", 'a');
    write_program("b", 'b');
    pids[0] = start_installing("./a", 20);
    pids[1] = start_installing("./b", 20);
    for (int i = 0; i < 40; i++) {
        (void)installed_letter(); /* of one kind, or none yet */
    }
    for (int i = 0; i < 2; i++) {
        int status = -1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_true(installed_letter() != 0);
    assert_int_equal(count("bin"), 1);
}

static void who_is_killed_midway_leaves_no_half_one(void **state)
{
    (void)state;
    write_program("program", 'a');
    for (long i = 0; i < 20; i++) {
        const struct timespec delay = {.tv_nsec = i * 100000};
        const pid_t pid = start_installing("./program", 1000);
        (void)nanosleep(&delay, NULL);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        (void)installed_letter(); /* whole, or none yet */
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_program_that_runs_is_installed_and_runs, enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(what_is_installed_is_for_everybody_to_run, enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_former_one_is_replaced_and_goes_on_running, enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_installed_is_told_by_name, enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_copy_that_fails_midway_leaves_the_former_one, enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(two_at_once_install_a_whole_one_each, enter, folder_leave),
        cmocka_unit_test_setup_teardown(who_is_killed_midway_leaves_no_half_one, enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_full_or_read_only_disk_is_told_and_nothing_left, enter,
                                        folder_leave),
    };
    char *path;
    int failed;

    if (argc > 1) {
        return 23;
    }
    path = realpath(argv[0], NULL);
    self = path;
    failed = cmocka_run_group_tests_name("install", tests, NULL, NULL);
    free(path);
    return failed;
}
