/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/capture.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

#define CHUNK_BYTES 4096

struct capture {
    int fd;
    int stop; /* an eventfd */
    bool runs;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more; /* text, or the end */
    struct buf text;     /* this and below: under the lock */
    bool ended;
};

static void take(struct capture *capture, const char *bytes, ssize_t n)
{
    pthread_mutex_lock(&capture->lock);
    if (n > 0) {
        buf_add(&capture->text, bytes, (size_t)n);
    } else {
        capture->ended = true;
    }
    pthread_cond_broadcast(&capture->more);
    pthread_mutex_unlock(&capture->lock);
}

static void *read_all(void *data)
{
    struct capture *capture = data;
    struct pollfd pollers[] = {{.fd = capture->fd, .events = POLLIN},
                               {.fd = capture->stop, .events = POLLIN}};
    char chunk[CHUNK_BYTES];
    ssize_t n = 1;

    while (n > 0) {
        if (poll(pollers, 2, -1) < 0 && errno != EINTR) {
            break;
        }
        if (pollers[1].revents != 0) {
            break;
        }
        n = read(capture->fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR) {
            n = 1;
            continue;
        }
        take(capture, chunk, n);
    }
    return NULL;
}

static void init_lock(struct capture *capture)
{
    pthread_condattr_t attr;

    (void)pthread_mutex_init(&capture->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&capture->more, &attr);
    (void)pthread_condattr_destroy(&attr);
}

struct capture *capture_start(int fd, struct err *err)
{
    CLEANUP(capture_free) struct capture *capture = calloc(1, sizeof(*capture));

    if (capture == NULL) {
        (void)close(fd);
        (void)err_no_memory(err);
        return NULL;
    }
    capture->fd = fd;
    capture->text = BUF_INIT(CAPTURE_BYTES_MAX);
    init_lock(capture);
    capture->stop = eventfd(0, EFD_CLOEXEC);
    if (capture->stop < 0 || pthread_create(&capture->thread, NULL, read_all, capture) != 0) {
        (void)err_set(err, ERR_INTERNAL, "cannot start a thread that reads");
        return NULL;
    }
    capture->runs = true;
    return TAKE(capture);
}

void capture_free(struct capture *capture)
{
    const uint64_t one = 1;

    if (capture == NULL) {
        return;
    }
    if (capture->runs) {
        (void)!write(capture->stop, &one, sizeof(one));
        (void)pthread_join(capture->thread, NULL);
    }
    (void)close(capture->fd);
    close_p(&capture->stop);
    buf_clear(&capture->text);
    (void)pthread_cond_destroy(&capture->more);
    (void)pthread_mutex_destroy(&capture->lock);
    free(capture);
}

/* The object that the line of @len bytes is, if its "msg" is @message; else NULL. */
static json_t *match(const char *line, size_t len, const char *message)
{
    struct err err = {0};
    json_auto_t *object = NULL;
    const char *found;

    if (len == 0 || line[0] != '{') {
        return NULL;
    }
    object = json_parse(line, len, &err);
    found = json_string_value(json_object_get(object, "msg"));
    return found != NULL && strcmp(found, message) == 0 ? TAKE(object) : NULL;
}

/* Look at the whole lines from *@from on, and leave it behind the last of them that was seen. */
static json_t *find(const struct capture *capture, const char *message, size_t *from)
{
    const char *text = buf_text(&capture->text);
    const char *end;

    while ((end = strchr(text + *from, '\n')) != NULL) {
        const char *line = text + *from;
        json_t *object = match(line, (size_t)(end - line), message);
        *from = (size_t)(end - text) + 1;
        if (object != NULL) {
            return object;
        }
    }
    return NULL;
}

static struct timespec moment_after(unsigned int ms)
{
    struct timespec at = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

json_t *capture_await(struct capture *capture,
                      const char *message,
                      size_t *from,
                      unsigned int timeout_ms,
                      struct err *err)
{
    const struct timespec until = moment_after(timeout_ms);
    bool late = false;
    json_t *object;

    pthread_mutex_lock(&capture->lock);
    object = find(capture, message, from);
    while (object == NULL && !capture->ended && !late) {
        late = pthread_cond_timedwait(&capture->more, &capture->lock, &until) == ETIMEDOUT;
        object = find(capture, message, from);
    }
    pthread_mutex_unlock(&capture->lock);
    if (object == NULL) {
        (void)err_set(err, ERR_NOT_FOUND, "expected a line with the message '%s', found none %s",
                      message, late ? "in time" : "to the end");
    }
    return object;
}

void capture_await_end(struct capture *capture, unsigned int timeout_ms)
{
    const struct timespec until = moment_after(timeout_ms);
    bool late = false;

    pthread_mutex_lock(&capture->lock);
    while (!capture->ended && !late) {
        late = pthread_cond_timedwait(&capture->more, &capture->lock, &until) == ETIMEDOUT;
    }
    pthread_mutex_unlock(&capture->lock);
}

char *capture_text(struct capture *capture)
{
    char *text;

    pthread_mutex_lock(&capture->lock);
    text = strdup(buf_text(&capture->text));
    pthread_mutex_unlock(&capture->lock);
    return text;
}
