/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The functions of glibc that are looked through to without dlsym(), which allocates itself. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c): the names are glibc's */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t nmemb, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c) */

static struct shim_wishes nothing; /* until the file is mapped, and without one */
static struct shim_wishes *wishes = &nothing;

__attribute__((constructor)) static void map_wishes(void)
{
    const char *path = getenv(SHIM_VARIABLE); // NOLINT(concurrency-mt-unsafe): before main()
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped;

    if (fd < 0) {
        return;
    }
    mapped = mmap(NULL, sizeof(*wishes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) {
        wishes = mapped;
    }
    (void)close(fd);
}

static int is_too_much(size_t size)
{
    size_t max = atomic_load(&wishes->alloc_max);

    if (max == 0 || size <= max) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return is_too_much(size) ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t nmemb, size_t size)
{
    size_t bytes;

    return __builtin_mul_overflow(nmemb, size, &bytes) || is_too_much(bytes)
               ? NULL
               : __libc_calloc(nmemb, size);
}

__attribute__((visibility("default"))) void *realloc(void *ptr, size_t size)
{
    return is_too_much(size) ? NULL : __libc_realloc(ptr, size);
}

/* The function called @name that this library stands in front of, in @out, which is a pointer to a
 * pointer to a function. */
static void find_next(const char *name, void *out)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(out, &found, sizeof(found));
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock_id, struct timespec *tp)
{
    static int (*next)(clockid_t, struct timespec *);
    int status;

    if (next == NULL) {
        find_next("clock_gettime", &next);
    }
    status = next(clock_id, tp);
    if (status == 0 && (clock_id == CLOCK_REALTIME || clock_id == CLOCK_REALTIME_COARSE)) {
        tp->tv_sec += atomic_load(&wishes->clock_offset_s);
    }
    return status;
}

__attribute__((visibility("default"))) int pthread_create(pthread_t *newthread,
                                                          const pthread_attr_t *attr,
                                                          void *(*start_routine)(void *),
                                                          void *arg)
{
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    if (next == NULL) {
        find_next("pthread_create", &next);
    }
    return atomic_load(&wishes->no_threads) ? EAGAIN : next(newthread, attr, start_routine, arg);
}
