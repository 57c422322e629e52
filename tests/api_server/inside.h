/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside the API server of tests
 */

#include <pthread.h>

#include "base/cleanup.h"
#include "tests/api_server/api_server.h"
#include "tests/server/authority.h"
#include "tests/server/stand_in.h"

#define API_SERVER_STEPS_MAX    64
#define API_SERVER_REQUESTS_MAX 4096

/* A request that is kept; it points into its own text. */
struct kept {
    struct api_request request;
    char *text;
    char *server_name;
};

struct api_server {
    struct api_server_options options;
    struct authority *authority;
    struct authority_pair pair;
    struct authority_pair client;
    struct stand_in *stand_in; /* NULL: stopped */
    char *address;
    char *url;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* is_stopping */
    bool is_stopping;
    unsigned int n_connections;
    struct api_step steps[API_SERVER_STEPS_MAX];
    size_t n_steps;
    struct kept *kept[API_SERVER_REQUESTS_MAX];
    size_t n_kept;
    size_t n_unexpected;
};

struct api_reply {
    struct api_server *server;
    struct stand_in_visit *visit;
    enum api_end end;
};

static inline void api_server_unlock_p(pthread_mutex_t *const *lock)
{
    (void)pthread_mutex_unlock(*lock);
}

/* Hold the server's lock to the end of the scope. */
#define LOCK(server)                                                          \
    CLEANUP(api_server_unlock)                                                \
    __attribute__((unused)) pthread_mutex_t *const locked_ = &(server)->lock; \
    (void)pthread_mutex_lock(locked_)

/* The next step for @request; false when there is none. */
bool api_step_next(struct api_server *server,
                   const struct api_request *request,
                   struct api_step *out) __attribute__((nonnull));

/* Do as it says. */
void api_step_take(struct api_reply *reply, const struct api_step *step) __attribute__((nonnull));
