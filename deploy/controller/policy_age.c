/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/policy_age.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/controller/status_read.h"
#include "deploy/controller/status_writer.h"
#include "deploy/kube/backoff.h"
#include "deploy/kube/chance.h"
#include "deploy/kube/kube_time.h"
#include "policies/hash.h"

struct policy_age {
    struct loop *loop;
    struct kube *kube;
    struct policy_age_options options;
    char hash[POLICY_HASH_SIZE]; /* of what is in force; "": it has none */
    bool has_policies;
    bool has_seen_change; /* others were in force before these, in this process */
    long long seen_s;     /* since when it sees them */
    long long since_s;
    json_t *record; /* what the leader before wrote of them; NULL: nothing */
    bool is_known;
    uint64_t call; /* under way; 0: none */
    struct loop_timer again;
    struct backoff backoff;
};

/* Of @set and of the namespaces left out; "" without memory, which is like no other. */
static void find_hash(const struct policy_age *age,
                      const struct policy_set *set,
                      char out[static POLICY_HASH_SIZE])
{
    const struct text_list *excluded = &age->options.excluded;
    json_auto_t *names = json_array();
    struct err ignored = {0};

    out[0] = '\0';
    for (size_t i = 0; i < excluded->n; i++) {
        if (json_array_append_new(names, json_string(excluded->items[i])) < 0) {
            return;
        }
    }
    if (hash_document("PolicySet", set->hash, names, out, &ignored) < 0) {
        out[0] = '\0';
    }
}

/* Find out since when they are in force, by what is known by now. */
static void settle(struct policy_age *age)
{
    const long long now_s = clock_wall_s();
    const char *hash = json_text_of(age->record, "hash");
    const bool is_same = strcmp(hash, age->hash) == 0;
    long long since_s = 0;

    if (!age->has_seen_change && hash[0] != '\0' && !is_same) {
        age->seen_s = now_s;
    }
    age->since_s = age->seen_s;
    if (age->has_seen_change || !age->is_known || (hash[0] != '\0' && !is_same)) {
        return;
    }
    if (hash[0] != '\0' && kube_time_read(json_text_of(age->record, "since"), &since_s)) {
        age->since_s = since_s > 0 && since_s < age->seen_s ? since_s : age->seen_s;
    } else if (age->options.is_built_in) {
        age->since_s = 0;
    }
}

void policy_age_use(struct policy_age *age, const struct policy_set *set)
{
    age->has_seen_change = age->has_policies;
    age->has_policies = true;
    age->seen_s = clock_wall_s();
    find_hash(age, set, age->hash);
    settle(age);
}

/*
 * Reading
 */

/* What the leader before wrote of policies, of the ConfigMap @object; NULL for nothing. Owner: the
 * caller. */
static json_t *find_record(const json_t *object)
{
    const char *text = json_text_of(json_object_get(object, "data"), STATUS_WRITER_KEY);
    struct json_limits limits = {.memory = STATUS_READ_MEMORY_MAX,
                                 .string = STATUS_READ_MEMORY_MAX};
    struct err ignored = {0}; /* what cannot be read is as if it were not there */
    json_auto_t *document = json_parse_within(text, strlen(text), &limits, &ignored);

    return json_incref(json_object_get(document, "policies"));
}

static bool may_pass(enum kube_outcome outcome)
{
    return outcome == KUBE_UNREACHABLE || outcome == KUBE_BUSY || outcome == KUBE_UNAUTHORIZED;
}

static void end(void *data, struct kube_answer *answer)
{
    struct policy_age *age = data;
    const uint64_t now_ms = clock_monotonic_ms();

    age->call = 0;
    if (answer->outcome == KUBE_HALTED) {
        return;
    }
    if (may_pass(answer->outcome)) {
        loop_set_timer(
            age->loop, &age->again,
            now_ms + backoff_fail(&age->backoff, now_ms, answer->retry_after_ms, chance_number()));
        return;
    }
    backoff_succeed(&age->backoff, now_ms);
    json_decref(age->record);
    age->record = find_record(answer->body);
    age->is_known = true;
    settle(age);
    age->options.changed(age->options.data);
}

static void ask(void *data)
{
    struct policy_age *age = data;
    const struct kube_request request = {
        .verb = KUBE_GET,
        .resource = &status_writer_config_maps,
        .namespace_ = age->options.namespace_,
        .name = age->options.config_map,
    };

    age->call = kube_start(age->kube, &request, KUBE_REQUEST_TIMEOUT_MS, end, age);
}

void policy_age_lead(struct policy_age *age)
{
    kube_cancel(age->kube, age->call);
    loop_stop_timer(age->loop, &age->again);
    age->is_known = false;
    ask(age);
}

/*
 * Telling
 */

bool policy_age_is_known(const struct policy_age *age)
{
    return age->is_known;
}

long long policy_age_since_s(const struct policy_age *age)
{
    return age->since_s;
}

void policy_age_add_status(const struct policy_age *age, struct status *status)
{
    status_set_policies(status, age->hash, age->since_s);
}

struct policy_age *policy_age_new(struct loop *loop,
                                  struct kube *kube,
                                  const struct policy_age_options *options,
                                  struct err *err)
{
    struct policy_age *age = calloc(1, sizeof(*age));

    if (age == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    *age = (struct policy_age){
        .loop = loop,
        .kube = kube,
        .options = *options,
        .again = {.ring = ask, .data = age},
    };
    return age;
}

void policy_age_free(struct policy_age *age)
{
    if (age == NULL) {
        return;
    }
    kube_cancel(age->kube, age->call);
    loop_stop_timer(age->loop, &age->again);
    json_decref(age->record);
    free(age);
}
