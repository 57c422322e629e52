/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What it costs to dry-run all of Argo's examples in one command
 *
 * usage: dry_run_corpus_test HAWSER
 *
 * The time and the memory are the operating system's account of the finished process. A build with
 * sanitizers (the environment says SANITIZE) is only told, not judged.
 */

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/corpus/corpus.h"
#include "tests/test.h"

#define SECONDS_MAX 1.0
#define MIB_MAX     64.0

static const char *hawser;

static double now_s(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Start `hawser dry-run` on all folders of examples, its output thrown away. */
static pid_t start(char folders[][CORPUS_PATH_SIZE], size_t n_folders)
{
    char *argv[32] = {(char[]){"hawser"}, (char[]){"dry-run"}, (char[]){"--policy"},
                      (char[]){"scratch,cache,scratch-local"}};
    char flag[] = "-f";
    posix_spawn_file_actions_t actions;
    size_t n = 4;
    pid_t pid = 0;

    assert_true(n + 2 * n_folders < sizeof(argv) / sizeof(argv[0]));
    for (size_t i = 0; i < n_folders; i++) {
        argv[n++] = flag;
        argv[n++] = folders[i];
    }
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    for (int fd = 1; fd <= 2; fd++) {
        assert_int_equal(posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0),
                         0);
    }
    assert_int_equal(posix_spawn(&pid, hawser, &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void all_examples_take_under_a_second_and_64_mib(void **state)
{
    static char folders[CORPUS_EXAMPLES][CORPUS_PATH_SIZE];
    const size_t n_folders = CORPUS_EXAMPLES;
    const char *sanitize = getenv("SANITIZE"); /* NOLINT(concurrency-mt-unsafe): one thread */
    struct rusage usage = {0};
    double started;
    double seconds;
    double mib;
    pid_t pid;
    int status = 0;

    (void)state;
    for (size_t i = 0; i < n_folders; i++) {
        assert_true(corpus_find(corpus_examples(i), folders[i]));
    }
    started = now_s();
    pid = start(folders, n_folders);
    assert_int_equal(wait4(pid, &status, 0, &usage), pid);
    seconds = now_s() - started;
    mib = (double)usage.ru_maxrss / 1024;
    print_message("# dry-run of all examples: %.3f s, %.1f MiB at the peak\n", seconds, mib);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1); /* some examples are denied, with a reason */
    if (sanitize == NULL || strcmp(sanitize, "none") == 0) {
        assert_true(seconds < SECONDS_MAX);
        assert_true(mib < MIB_MAX);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_examples_take_under_a_second_and_64_mib),
    };
    char path[CORPUS_PATH_SIZE];

    if (!corpus_find("", path)) {
        return corpus_skip();
    }
    if (argc != 2) {
        return 2;
    }
    hawser = argv[1];
    return cmocka_run_group_tests_name("dry-run corpus", tests, NULL, NULL);
}
