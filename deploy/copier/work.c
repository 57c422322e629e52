/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/work.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "base/cleanup.h"

/* Nothing recurses, and buffers are elsewhere. */
#define STACK_SIZE ((size_t)256 * 1024)

/* Buffers are multiples of it: of pages, and of what servers move in one call. */
#define BUFFER_UNIT ((size_t)64 * 1024)

/* The tasks that wait for a thread. */
struct stack {
    struct work_task *top;
    struct work_task *bottom;
};

struct work {
    pthread_mutex_t lock;
    pthread_cond_t has_task;
    pthread_cond_t is_idle;
    size_t n_waiting;
    size_t n_left; /* that wait or run */
    bool is_ending;
    char *buffers; /* of all threads, or NULL */
    size_t buffers_size;
    unsigned int n_threads;
    pthread_t threads[WORK_THREADS_MAX];
    struct work_thread of_threads[WORK_THREADS_MAX];
    struct stack stacks[WORK_THREADS_MAX];
};

/* Which of the threads this one is; NULL: none. */
static _Thread_local struct work_thread *current;

static void put(struct stack *stack, struct work_task *task)
{
    task->above = NULL;
    task->below = stack->top;
    if (stack->top != NULL) {
        stack->top->above = task;
    } else {
        stack->bottom = task;
    }
    stack->top = task;
}

static struct work_task *take_newest(struct stack *stack)
{
    struct work_task *task = stack->top;

    stack->top = task->below;
    if (stack->top != NULL) {
        stack->top->above = NULL;
    } else {
        stack->bottom = NULL;
    }
    return task;
}

static struct work_task *take_oldest(struct stack *stack)
{
    struct work_task *task = stack->bottom;

    stack->bottom = task->above;
    if (stack->bottom != NULL) {
        stack->bottom->below = NULL;
    } else {
        stack->top = NULL;
    }
    return task;
}

/* Take a task for thread number @own: there is one. Those behind it are asked first, so that not
 * all take from the same. */
static struct work_task *take_any(struct work *work, size_t own)
{
    size_t at = own;

    if (work->stacks[own].top != NULL) {
        return take_newest(&work->stacks[own]);
    }
    do {
        at = (at + 1) % WORK_THREADS_MAX;
    } while (work->stacks[at].top == NULL);
    return take_oldest(&work->stacks[at]);
}

/* The next task of @thread, or NULL: there will be none. */
static struct work_task *take(struct work *work, const struct work_thread *thread)
{
    struct work_task *task = NULL;

    (void)pthread_mutex_lock(&work->lock);
    while (work->n_waiting == 0 && !work->is_ending) {
        (void)pthread_cond_wait(&work->has_task, &work->lock);
    }
    if (work->n_waiting > 0) {
        work->n_waiting--;
        task = take_any(work, (size_t)(thread - work->of_threads));
    }
    (void)pthread_mutex_unlock(&work->lock);
    return task;
}

static void note_done(struct work *work)
{
    (void)pthread_mutex_lock(&work->lock);
    work->n_left--;
    if (work->n_left == 0) {
        (void)pthread_cond_signal(&work->is_idle);
    }
    (void)pthread_mutex_unlock(&work->lock);
}

static void *run_thread(void *data)
{
    struct work_thread *thread = data;
    struct work_task *task;

    current = thread;
    while ((task = take(thread->work, thread)) != NULL) {
        task->run(task, thread);
        note_done(thread->work);
    }
    return NULL;
}

static size_t buffer_size_for(unsigned int n_threads)
{
    const size_t share = WORK_BUFFERS_SIZE / n_threads / BUFFER_UNIT * BUFFER_UNIT;

    return share < WORK_BUFFER_MAX ? share : WORK_BUFFER_MAX;
}

static int map_buffers(struct work *work, unsigned int n_threads, struct err *err)
{
    const size_t size = buffer_size_for(n_threads);
    void *buffers = mmap(NULL, n_threads * size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (buffers == MAP_FAILED) {
        return err_set(err, ERR_INTERNAL, "there is no memory for the buffers of %u threads",
                       n_threads);
    }
    work->buffers = buffers;
    work->buffers_size = n_threads * size;
    for (unsigned int i = 0; i < n_threads; i++) {
        work->of_threads[i] = (struct work_thread){
            .work = work, .buffer = work->buffers + i * size, .buffer_size = size};
    }
    return 0;
}

static void start_threads(struct work *work, unsigned int n, const pthread_attr_t *attr)
{
    while (work->n_threads < n && pthread_create(&work->threads[work->n_threads], attr, run_thread,
                                                 &work->of_threads[work->n_threads]) == 0) {
        work->n_threads++;
    }
}

struct work *work_new(unsigned int n_threads, struct err *err)
{
    CLEANUP(work_free) struct work *work = calloc(1, sizeof(*work));
    pthread_attr_t attr;
    pthread_condattr_t clock;

    assert(n_threads > 0 && n_threads <= WORK_THREADS_MAX);
    if (work == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    (void)pthread_mutex_init(&work->lock, NULL);
    (void)pthread_cond_init(&work->has_task, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&work->is_idle, &clock);
    (void)pthread_condattr_destroy(&clock);
    if (map_buffers(work, n_threads, err) < 0) {
        return NULL;
    }
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, STACK_SIZE);
    start_threads(work, n_threads, &attr);
    (void)pthread_attr_destroy(&attr);
    if (work->n_threads == 0) {
        (void)err_set(err, ERR_INTERNAL, "no thread can be started");
        return NULL;
    }
    return TAKE(work);
}

void work_push(struct work *work, struct work_task *task)
{
    const bool is_ours = current != NULL && current->work == work;

    (void)pthread_mutex_lock(&work->lock);
    put(&work->stacks[is_ours ? current - work->of_threads : 0], task);
    work->n_waiting++;
    work->n_left++;
    (void)pthread_cond_signal(&work->has_task);
    (void)pthread_mutex_unlock(&work->lock);
}

bool work_wait(struct work *work, unsigned int timeout_ms)
{
    struct timespec until = {0};
    bool is_done;
    int status = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&work->lock);
    while (work->n_left > 0 && status != ETIMEDOUT) {
        status = pthread_cond_timedwait(&work->is_idle, &work->lock, &until);
    }
    is_done = work->n_left == 0;
    (void)pthread_mutex_unlock(&work->lock);
    return is_done;
}

void work_free(struct work *work)
{
    if (work == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&work->lock);
    assert(work->n_left == 0);
    work->is_ending = true;
    (void)pthread_cond_broadcast(&work->has_task);
    (void)pthread_mutex_unlock(&work->lock);
    for (unsigned int i = 0; i < work->n_threads; i++) {
        (void)pthread_join(work->threads[i], NULL);
    }
    if (work->buffers != NULL) {
        (void)munmap(work->buffers, work->buffers_size);
    }
    (void)pthread_cond_destroy(&work->has_task);
    (void)pthread_cond_destroy(&work->is_idle);
    (void)pthread_mutex_destroy(&work->lock);
    free(work);
}
