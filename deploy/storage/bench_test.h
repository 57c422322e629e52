/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What storage is kept with, for tests: an API server that keeps objects, copies of them, and what
 * was told
 *
 * Events are not kept as objects; they are read from the requests. Requests are not held back
 * (rate.h).
 */

#include "base/buf.h"
#include "deploy/kube/kube_stand_in_test.h"
#include "deploy/storage/news.h"
#include "deploy/storage/server.h"
#include "deploy/storage/watches.h"
#include "policies/policy.h"

#define BENCH_TIMEOUT_MS 5000

struct bench {
    struct kube_stand_in stand_in;
    struct kube *kube;
    struct events *events;
    struct news news;
    struct watches watches;
    struct server_context context; /* hawser lives in "home" */
    unsigned int n_changed;        /* calls of the watches */
    unsigned int n_workflows_changed;
};

/* For cmocka: the state is a struct bench whose watches are not open. */
int bench_begin(void **state);
int bench_end(void **state);

/* Watch, with the claims of these names, and wait until all was read. */
void bench_open(struct bench *bench, const char *const *names, size_t n);

/* Run the loop until @is_so says so of @data. */
void bench_wait(struct bench *bench, bool (*is_so)(void *data), void *data);

/* Until the copy of @watch has @n objects. */
void bench_wait_count(struct bench *bench, const struct kube_watch *watch, size_t n);

/* The value of JSON that has ' for "; its arguments as those of printf(). */
json_t *bench_json(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Put an object there, which is taken over. */
void bench_put(struct bench *bench, const char *path, json_t *object);

/* Put it there, and wait until the copy of @watch has it so. */
void bench_show(struct bench *bench,
                const struct kube_watch *watch,
                const char *path,
                json_t *object);

bool bench_has(struct bench *bench, const char *path);

/* Requests of @method so far whose target contains @part, Events left out. */
size_t bench_count(struct bench *bench, const char *method, const char *part);

/* The last of them; fails where there is none. */
const struct api_request *bench_last(struct bench *bench, const char *method, const char *part);

/* How many Events of @reason there were about the object of @kind called @name; all are sent when
 * this returns. */
size_t bench_events(struct bench *bench, const char *reason, const char *kind, const char *name);

/* A set from YAML. Owner: the caller. */
struct policy_set *bench_policies(const char *text);

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_begin, bench_end)
