/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/reload.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "webhook/server/snapshot.h"
#include "webhook/server/watch.h"

/* Generations that may come and go while one is being read. */
#define TRIES_MAX 10

/* An error that stays is told again after so long. */
#define REMIND_MS (60ULL * 60 * 1000)

struct source_state {
    const struct reload_source *source;
    struct buf snapshot; /* of the files when they were last read */
    bool is_loaded;      /* something is in force */
    bool has_failed;     /* the last try */
    char told[ERR_MSG_SIZE];
    uint64_t told_ms;
};

struct reload {
    struct source_state states[RELOAD_SOURCES_MAX];
    size_t n;
    struct metrics *metrics;
    struct watch watch;
    int wake_fd; /* an eventfd */
    pthread_t thread;
    bool has_thread;
    atomic_bool stops;
};

struct reload *
reload_new(const struct reload_source *sources, size_t n, struct metrics *metrics, struct err *err)
{
    CLEANUP(reload_free) struct reload *reload = calloc(1, sizeof(*reload));

    assert(n <= RELOAD_SOURCES_MAX);
    if (reload == NULL) {
        err_no_memory(err);
        return NULL;
    }
    reload->n = n;
    reload->metrics = metrics;
    for (size_t i = 0; i < n; i++) {
        reload->states[i] = (struct source_state){
            .source = &sources[i],
            .snapshot = BUF_INIT(SNAPSHOT_BYTES_MAX),
        };
    }
    reload->watch = watch_open();
    reload->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reload->wake_fd < 0) {
        err_set_errno(err, "eventfd");
        return NULL;
    }
    return TAKE(reload);
}

/*
 * Read the source until its files look the same before and after, or do not load. A set that was
 * replaced under our hands may be mixed, and its error may be nobody's.
 */
static void *load_settled(struct source_state *state, struct err *err)
{
    const struct reload_source *source = state->source;

    for (int i = 0; i < TRIES_MAX; i++) {
        CLEANUP(buf_clear) struct buf after = BUF_INIT(SNAPSHOT_BYTES_MAX);
        void *value;
        buf_clear(&state->snapshot);
        snapshot_take(source->paths, RELOAD_PATHS_MAX, &state->snapshot);
        *err = (struct err){0};
        value = source->load(source->data, err);
        snapshot_take(source->paths, RELOAD_PATHS_MAX, &after);
        if (snapshot_equal(&state->snapshot, &after)) {
            return value;
        }
        if (value != NULL) {
            source->drop(value);
        }
    }
    err_set(err, ERR_IO, "the files do not stop changing");
    return NULL;
}

/* Read the source and put it in force. */
static int try_source(struct source_state *state, struct err *err)
{
    void *value = load_settled(state, err);

    state->has_failed = value == NULL;
    if (value == NULL) {
        return -1;
    }
    state->is_loaded = true;
    state->source->use(state->source->data, value);
    return 0;
}

int reload_first(struct reload *reload, struct err *err)
{
    int status = 0;

    for (size_t i = 0; i < reload->n; i++) {
        struct err own = {0};
        if (!reload->states[i].is_loaded && try_source(&reload->states[i], &own) < 0 &&
            status == 0) {
            *err = own;
            status = -1;
        }
    }
    return status;
}

static bool has_changed(const struct source_state *state)
{
    CLEANUP(buf_clear) struct buf now = BUF_INIT(SNAPSHOT_BYTES_MAX);

    snapshot_take(state->source->paths, RELOAD_PATHS_MAX, &now);
    return !snapshot_equal(&now, &state->snapshot);
}

/* Tell of a failure, unless it has just been told. */
static void tell_failure(struct source_state *state, const struct err *err)
{
    const struct log_field fields[] = {{.name = "what", .text = state->source->what},
                                       {.name = "error", .text = err->msg},
                                       {.name = NULL}};
    uint64_t now_ms = clock_monotonic_ms();

    if (strcmp(state->told, err->msg) == 0 && now_ms - state->told_ms < REMIND_MS) {
        return;
    }
    memcpy(state->told, err->msg, sizeof(state->told));
    state->told_ms = now_ms;
    log_line(LOG_ERROR, "reload refused; what was in force stays", fields);
}

static void tell_success(struct source_state *state)
{
    const struct log_field fields[] = {{.name = "what", .text = state->source->what},
                                       {.name = NULL}};

    state->told[0] = '\0';
    log_line(LOG_INFO, "reloaded", fields);
}

static void reload_source(struct reload *reload, struct source_state *state)
{
    struct err err = {0};
    bool done = try_source(state, &err) == 0;

    metrics_count_reload(reload->metrics, state->source->metric, done);
    if (done) {
        tell_success(state);
    } else {
        tell_failure(state, &err);
    }
}

/* Read those again that changed or failed. */
static void look(struct reload *reload, bool at_all)
{
    for (size_t i = 0; i < reload->n; i++) {
        struct source_state *state = &reload->states[i];
        if (at_all || state->has_failed || has_changed(state)) {
            reload_source(reload, state);
        }
    }
}

static bool watch_sources(const struct reload *reload)
{
    bool all = true;

    for (size_t i = 0; i < reload->n; i++) {
        all = watch_add(&reload->watch, reload->states[i].source->paths, RELOAD_PATHS_MAX) && all;
    }
    return all;
}

/* Wait until there may be something to do; whether all sources are to be read again. */
static bool wait_for_change(const struct reload *reload, bool all_watched)
{
    struct pollfd fds[] = {
        {.fd = reload->wake_fd, .events = POLLIN},
        {.fd = reload->watch.fd, .events = POLLIN},
    };
    uint64_t word = 0;

    (void)poll(fds, 2, all_watched ? RELOAD_POLL_MS : RELOAD_BLIND_MS);
    if (fds[1].revents != 0) {
        (void)poll(fds, 1, RELOAD_SETTLE_MS);
        watch_drain(&reload->watch);
    }
    (void)!read(reload->wake_fd, &word, sizeof(word)); /* nothing to read: nobody kicked */
    return word > 0;
}

static void *run(void *data)
{
    struct reload *reload = data;
    bool kicked = false;

    while (!atomic_load(&reload->stops)) {
        bool all_watched = watch_sources(reload);
        look(reload, kicked); /* also at what changed before it was watched */
        kicked = wait_for_change(reload, all_watched);
    }
    return NULL;
}

int reload_start(struct reload *reload, struct err *err)
{
    if (pthread_create(&reload->thread, NULL, run, reload) != 0) {
        return err_set(err, ERR_INTERNAL, "cannot start the thread that reads files again");
    }
    reload->has_thread = true;
    return 0;
}

void reload_kick(struct reload *reload)
{
    const uint64_t word = 1;

    (void)!write(reload->wake_fd, &word, sizeof(word)); /* fails only when it was kicked already */
}

void reload_free(struct reload *reload)
{
    if (reload == NULL) {
        return;
    }
    if (reload->has_thread) {
        atomic_store(&reload->stops, true);
        reload_kick(reload);
        (void)pthread_join(reload->thread, NULL);
    }
    watch_clear(&reload->watch);
    if (reload->wake_fd >= 0) {
        (void)close(reload->wake_fd);
    }
    for (size_t i = 0; i < reload->n; i++) {
        buf_clear(&reload->states[i].snapshot);
    }
    free(reload);
}
