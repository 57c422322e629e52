/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/work.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
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

/* A task that pushes another, and takes down whose both are. Two of them run side by side. */
struct pair {
    struct work_task task;
    struct work_task pushed;
    const struct work_thread *first;
    const struct work_thread *second;
};

static pthread_barrier_t both;

static void note_second(struct work_task *task, struct work_thread *thread)
{
    struct pair *pair = (struct pair *)(void *)((char *)task - offsetof(struct pair, pushed));

    pair->second = thread;
    (void)pthread_barrier_wait(&both);
}

static void note_first(struct work_task *task, struct work_thread *thread)
{
    struct pair *pair = (struct pair *)(void *)task;

    pair->first = thread;
    work_push(thread->work, &pair->pushed);
    (void)pthread_barrier_wait(&both);
}

static struct pair pairs[2];

static void push_pairs(struct work_task *task, struct work_thread *thread)
{
    (void)task;
    for (unsigned int i = 0; i < 2; i++) {
        pairs[i] = (struct pair){.task = {.run = note_first}, .pushed = {.run = note_second}};
        work_push(thread->work, &pairs[i].task);
    }
}

static void what_a_task_pushes_is_for_its_own_thread(void **state)
{
    struct err err = {0};
    CLEANUP(work_free) struct work *work = work_new(2, &err);
    struct work_task task = {.run = push_pairs};

    (void)state;
    assert_non_null(work);
    assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
    work_push(work, &task);
    assert_true(work_wait(work, FOREVER_MS));
    assert_ptr_equal(pairs[0].first, pairs[0].second);
    assert_ptr_equal(pairs[1].first, pairs[1].second);
    assert_ptr_not_equal(pairs[0].first, pairs[1].first);
    (void)pthread_barrier_destroy(&both);
}

/* Whoever has nothing gets the oldest: of three that wait below one that runs, the first. */
static struct numbered waiting[3];
static atomic_uint first_taken;

static void run_alone(struct work_task *task, struct work_thread *thread)
{
    const unsigned int number = ((struct numbered *)(void *)task)->number;
    unsigned int none = 0;

    (void)thread;
    if (atomic_compare_exchange_strong(&first_taken, &none, number)) {
        (void)pthread_barrier_wait(&both);
    }
}

static void push_and_stay(struct work_task *task, struct work_thread *thread)
{
    (void)task;
    for (unsigned int i = 0; i < 3; i++) {
        waiting[i] = (struct numbered){.task = {.run = run_alone}, .number = i + 1};
        work_push(thread->work, &waiting[i].task);
    }
    (void)pthread_barrier_wait(&both);
}

static void who_has_nothing_takes_what_is_oldest_elsewhere(void **state)
{
    struct err err = {0};
    CLEANUP(work_free) struct work *work = work_new(2, &err);
    struct work_task task = {.run = push_and_stay};

    (void)state;
    assert_non_null(work);
    assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
    atomic_store(&first_taken, 0);
    work_push(work, &task);
    assert_true(work_wait(work, FOREVER_MS));
    assert_int_equal(atomic_load(&first_taken), 1);
    (void)pthread_barrier_destroy(&both);
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
    if (!proc_memory_is_ours()) {
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
        cmocka_unit_test(what_a_task_pushes_is_for_its_own_thread),
        cmocka_unit_test(who_has_nothing_takes_what_is_oldest_elsewhere),
        cmocka_unit_test(who_waits_hears_that_there_is_still_work),
        cmocka_unit_test(without_memory_for_all_buffers_no_thread_is_started_and_that_is_said),
    };

    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
