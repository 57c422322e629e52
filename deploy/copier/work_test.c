/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/work.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "tests/proc.h"
#include "tests/test.h"

#define FOREVER_MS 60000

static atomic_uint n_run;

/* A task that pushes two of the next level, or none at the last. */
struct node {
    struct work_task task;
    unsigned int level;
};

static void run_node(struct work_task *task, struct work_thread *thread)
{
    CLEANUP(free) struct node *node = (struct node *)(void *)task;

    memset(thread->buffer, 1, 1);
    (void)atomic_fetch_add(&n_run, 1);
    for (unsigned int i = 0; node->level > 0 && i < 2; i++) {
        struct node *child = calloc(1, sizeof(*child));
        assert_non_null(child);
        child->task.run = run_node;
        child->level = node->level - 1;
        work_push(thread->work, &child->task);
    }
}

static void each_task_runs_once_however_many_threads_there_are(void **state)
{
    static const unsigned int n_threads[] = {1, 2, 16, WORK_THREADS_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(n_threads) / sizeof(n_threads[0]); i++) {
        struct err err = {0};
        CLEANUP(work_free) struct work *work = work_new(n_threads[i], &err);
        struct node *root = calloc(1, sizeof(*root));
        assert_non_null(work);
        assert_non_null(root);
        root->task.run = run_node;
        root->level = 10;
        atomic_store(&n_run, 0);
        work_push(work, &root->task);
        assert_true(work_wait(work, FOREVER_MS));
        assert_int_equal(atomic_load(&n_run), (1U << 11) - 1);
    }
}

/* A task that says when it ran. */
struct numbered {
    struct work_task task;
    unsigned int number;
};

static unsigned int order[4];
static unsigned int n_ordered;

static void note_number(struct work_task *task, struct work_thread *thread)
{
    (void)thread;
    order[n_ordered++] = ((struct numbered *)(void *)task)->number;
}

static void push_three(struct work_task *task, struct work_thread *thread)
{
    struct numbered *numbered = (struct numbered *)(void *)task;

    note_number(task, thread);
    for (unsigned int i = 1; i <= 3; i++) {
        work_push(thread->work, &numbered[i].task);
    }
}

static void the_newest_task_goes_first(void **state)
{
    struct err err = {0};
    CLEANUP(work_free) struct work *work = work_new(1, &err);
    struct numbered tasks[4];

    (void)state;
    assert_non_null(work);
    for (unsigned int i = 0; i < 4; i++) {
        tasks[i] =
            (struct numbered){.task = {.run = i == 0 ? push_three : note_number}, .number = i};
    }
    work_push(work, &tasks[0].task);
    assert_true(work_wait(work, FOREVER_MS));
    assert_int_equal(order[0], 0);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 2);
    assert_int_equal(order[3], 1);
}

static void who_waits_hears_that_there_is_still_work(void **state)
{
    struct err err = {0};
    CLEANUP(work_free) struct work *work = work_new(1, &err);

    (void)state;
    assert_non_null(work);
    assert_true(work_wait(work, 0)); /* there is none */
}

/* Start threads in a process that may have @spare_bytes more memory: 0 when it is told that this is
 * too little. */
static int start_with_little_memory(size_t spare_bytes)
{
    const size_t bytes = proc_address_space_bytes() + spare_bytes;
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    struct err err = {0};

    if (setrlimit(RLIMIT_AS, &limit) < 0) {
        return 1;
    }
    if (work_new(16, &err) != NULL) {
        return 2;
    }
    return err.code == ERR_INTERNAL && strstr(err.msg, "memory") != NULL ? 0 : 3;
}

static void without_memory_for_all_buffers_no_thread_is_started_and_that_is_said(void **state)
{
    static const size_t spare_bytes[] = {8192, 1UL * 1024 * 1024, 15UL * 1024 * 1024};

    (void)state;
    if (!proc_can_lack_memory()) {
        return;
    }
    for (size_t i = 0; i < sizeof(spare_bytes) / sizeof(spare_bytes[0]); i++) {
        int status = -1;
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(start_with_little_memory(spare_bytes[i]));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_runs_once_however_many_threads_there_are),
        cmocka_unit_test(the_newest_task_goes_first),
        cmocka_unit_test(who_waits_hears_that_there_is_still_work),
        cmocka_unit_test(without_memory_for_all_buffers_no_thread_is_started_and_that_is_said),
    };

    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
