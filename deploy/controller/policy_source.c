/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/policy_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "policies/load.h"

struct policy_source {
    struct loop *loop;
    const char *path;
    policy_source_changed_fn *changed;
    void *data;
    struct policy_set *set;
    struct err trouble; /* of the last attempt; code ERR_NONE: it went well */
    uint64_t n_failures;
    struct loop_timer timer;
};

static struct policy_set *load(const struct policy_source *source, struct err *err)
{
    return source->path != NULL ? policy_load(source->path, err) : policy_load_shipped(err);
}

static void note_failure(struct policy_source *source, const struct err *err)
{
    const struct log_field fields[] = {{.name = "error", .text = err->msg}, {.name = NULL}};
    const bool is_told = strcmp(source->trouble.msg, err->msg) == 0;

    source->n_failures++;
    source->trouble = *err;
    if (!is_told) {
        log_line(LOG_ERROR,
                 source->set != NULL ? "policies do not load; those before stay in force"
                                     : "policies do not load; there are none to work by",
                 fields);
    }
}

static void put_in_force(struct policy_source *source, struct policy_set *set)
{
    const struct log_field fields[] = {{.name = "hash", .text = set->hash}, {.name = NULL}};

    policy_set_unref(source->set);
    source->set = policy_set_ref(set);
    log_line(LOG_INFO, "policies in force", fields);
    source->changed(source->data, set);
}

void policy_source_read(struct policy_source *source)
{
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *set = load(source, &err);

    if (set == NULL) {
        note_failure(source, &err);
    } else {
        source->trouble = (struct err){0};
        if (source->set == NULL || strcmp(source->set->hash, set->hash) != 0) {
            put_in_force(source, set);
        }
    }
    if (source->path != NULL) { /* those built in stay as they are */
        loop_set_timer(source->loop, &source->timer,
                       clock_monotonic_ms() + POLICY_SOURCE_RELOAD_MS);
    }
}

static void read_again(void *data)
{
    policy_source_read(data);
}

struct policy_source *policy_source_new(struct loop *loop,
                                        const char *path,
                                        policy_source_changed_fn *changed,
                                        void *data,
                                        struct err *err)
{
    struct policy_source *source = calloc(1, sizeof(*source));

    if (source == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    *source = (struct policy_source){
        .loop = loop,
        .path = path,
        .changed = changed,
        .data = data,
        .timer = {.ring = read_again, .data = source},
    };
    policy_source_read(source);
    return source;
}

void policy_source_free(struct policy_source *source)
{
    if (source == NULL) {
        return;
    }
    loop_stop_timer(source->loop, &source->timer);
    policy_set_unref(source->set);
    free(source);
}

struct policy_set *policy_source_set(const struct policy_source *source)
{
    return source->set;
}

int policy_source_check(const struct policy_source *source, struct err *err)
{
    if (source->trouble.code == ERR_NONE) {
        return 0;
    }
    return err_set(err, source->trouble.code, "policies: %s", source->trouble.msg);
}

uint64_t policy_source_failures(const struct policy_source *source)
{
    return source->n_failures;
}
