/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/lost.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "deploy/storage/server_objects.h"
#include "deploy/storage/volumes.h"

static const struct kube_resource pods = {
    .group = "", .version = "v1", .plural = "pods", .kind = "Pod", .is_namespaced = true};
static const struct kube_resource volumes = {
    .group = "", .version = "v1", .plural = "persistentvolumes", .kind = "PersistentVolume"};

/* One look. */
struct look {
    struct lost *lost;
    const struct server_context *context;
    size_t n_tried;
    bool is_halted;
};

/* A volume that is lost. */
struct find {
    json_t *volume; /* a reference */
    struct volume_verdict verdict;
};

/* All volumes of our copy, as a list; NULL without memory. */
static json_t *list_volumes(const struct watches *watches)
{
    const struct kube_watch *watch = watches->others[WATCHES_VOLUMES];
    json_auto_t *list = json_array();

    for (size_t i = 0; list != NULL && i < kube_watch_count(watch); i++) {
        if (json_array_append(list, kube_watch_item(watch, i)) < 0) {
            return NULL;
        }
    }
    return json_incref(list);
}

/* The object of that kind of @server, if it is this hawser's: another one may keep a server of the
 * same name in its place. NULL otherwise. */
static const json_t *
find_ours(const struct server *server, const struct server_context *context, enum kind kind)
{
    const json_t *object = server_observed(server, context->watches, kind);
    const json_t *labels = json_object_get(json_object_get(object, "metadata"), "labels");

    return strcmp(json_text_of(labels, SERVER_OBJECTS_LABEL_HOME), context->terms.home) == 0
               ? object
               : NULL;
}

/* Whether there is a disk for @server, also one of a document before: it is never deleted. */
static bool has_disk(const struct server *server, const struct watches *watches)
{
    char name[SERVER_OBJECTS_NAME_SIZE];

    server_objects_name(server->provisioner, name);
    return kube_watch_get(watches->kinds[KIND_CLAIM], server->provisioner->namespace, name) != NULL;
}

/* Call @take for each lost volume of @server, until it says false. */
static void for_each(const struct server *server,
                     const struct server_context *context,
                     bool (*take)(void *data, const struct find *find),
                     void *data)
{
    const json_t *service = find_ours(server, context, KIND_SERVICE);
    char address[INET6_ADDRSTRLEN]; /* the Service may go while @take waits */
    const struct volumes_server as_it_is = {
        .provisioner = server->provisioner,
        .pod = server_pod(server, context->watches),
        .address = address,
        .has_disk = has_disk(server, context->watches),
    };
    json_auto_t *all = list_volumes(context->watches);
    struct volumes_sight sight;
    json_t *volume;
    size_t i;

    if (all == NULL || find_ours(server, context, KIND_STATEFUL_SET) == NULL) {
        return;
    }
    (void)snprintf(address, sizeof(address), "%s",
                   json_text_of(json_object_get(service, "spec"), "clusterIP"));
    volumes_look(&as_it_is, all, &sight);
    json_array_foreach (all, i, volume) {
        struct find find = {.volume = volume};
        volumes_judge(&sight, volume, &find.verdict);
        if (find.verdict.fate != VOLUME_ALIVE && !take(data, &find)) {
            return;
        }
    }
}

/*
 * Telling
 */

/* The workflow that @claim belongs to, as an Event names it; NULL for none. */
static json_t *owner_of(const json_t *claim)
{
    const json_t *metadata = json_object_get(claim, "metadata");
    const json_t *owner;
    size_t i;

    json_array_foreach (json_object_get(metadata, "ownerReferences"), i, owner) {
        if (strcmp(json_text_of(owner, "kind"), "Workflow") == 0) {
            return json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "apiVersion",
                             json_text_of(owner, "apiVersion"), "kind", "Workflow", "metadata",
                             "namespace", json_text_of(metadata, "namespace"), "name",
                             json_text_of(owner, "name"), "uid", json_text_of(owner, "uid"));
        }
    }
    return NULL;
}

/* On the volume itself, on its claim, and on the workflow that has it. */
static void tell(struct look *look, const struct find *find)
{
    const struct kube_request request = {
        .verb = KUBE_GET,
        .resource = kind_resource(KIND_CLAIM, look->context->terms.has_policy_v1),
        .namespace_ = find->verdict.claim_namespace,
        .name = find->verdict.claim_name,
    };
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};
    json_auto_t *workflow = NULL;
    const char *uid;

    news_trouble(look->context->news, NEWS_VOLUME_DEAD, find->volume, find->verdict.text);
    if (find->verdict.fate != VOLUME_DEAD_BOUND) {
        return;
    }
    kube_call(look->context->kube, &request, &answer);
    uid = json_text_of(json_object_get(answer.body, "metadata"), "uid");
    if (uid[0] == '\0' || strcmp(uid, find->verdict.claim_uid) != 0) {
        return; /* it is gone, or a newer one has its name and lost nothing */
    }
    news_trouble(look->context->news, NEWS_VOLUME_DEAD, answer.body, find->verdict.text);
    workflow = owner_of(answer.body);
    if (workflow != NULL) {
        news_trouble(look->context->news, NEWS_VOLUME_DEAD, workflow, find->verdict.text);
    }
}

/*
 * Cleaning
 */

/* Whether a pod still has it mounted, or that cannot be told. */
static bool is_used(const struct look *look, const struct find *find)
{
    const struct kube_request request = {
        .verb = KUBE_LIST, .resource = &pods, .namespace_ = find->verdict.claim_namespace};
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};

    kube_call(look->context->kube, &request, &answer);
    return volumes_find_user(json_object_get(answer.body, "items"), find->verdict.claim_name) !=
           NULL;
}

/* Whether it is time to delete the volume with @uid. */
static bool may_try(struct look *look, const char *uid)
{
    if (later_must_wait(&look->lost->again, uid)) {
        return false;
    }
    look->lost->has_more |= look->n_tried == LOST_AT_ONCE;
    return look->n_tried < LOST_AT_ONCE;
}

static void note_answer(struct look *look,
                        const struct find *find,
                        const char *uid,
                        const struct kube_answer *answer)
{
    struct err text;

    switch (answer->outcome) {
    case KUBE_OK:
        news_change(look->context->news, NEWS_DELETED, find->volume, find->verdict.text);
        return;
    case KUBE_HALTED:
        look->is_halted = true;
        return;
    case KUBE_NOT_FOUND: /* our copy is late: its stream will tell */
    case KUBE_CONFLICT:
        return;
    case KUBE_ALREADY_EXISTS:
    case KUBE_GONE:
    case KUBE_INVALID:
    case KUBE_UNAUTHORIZED:
    case KUBE_FORBIDDEN:
    case KUBE_TERMINATING:
    case KUBE_BUSY:
    case KUBE_UNREACHABLE:
        break;
    }
    (void)err_set(&text, ERR_IO, "cannot delete it: %s: %s", kube_outcome_text(answer->outcome),
                  answer->message);
    if (told_note(&look->lost->failed, uid, "failed")) {
        news_trouble(look->context->news, NEWS_FAILED, find->volume, text.msg);
    }
}

/* Delete the volume as it was looked at: since then somebody may have given it to another claim, or
 * chosen to retain it. */
static void clean(struct look *look, const struct find *find, const char *uid)
{
    const json_t *metadata = json_object_get(find->volume, "metadata");
    json_auto_t *options = json_pack("{s:s, s:s, s:{s:s, s:s}}", "kind", "DeleteOptions",
                                     "apiVersion", "v1", "preconditions", "uid", uid,
                                     "resourceVersion", json_text_of(metadata, "resourceVersion"));
    const struct kube_request request = {
        .verb = KUBE_DELETE,
        .resource = &volumes,
        .name = json_text_of(metadata, "name"),
        .body = options,
    };
    CLEANUP(kube_answer_clear) struct kube_answer answer = {.body = NULL};

    look->n_tried++;
    later_note(&look->lost->again, uid, clock_monotonic_ms() + LOST_AGAIN_MS);
    if (options == NULL || is_used(look, find)) {
        return;
    }
    kube_call(look->context->kube, &request, &answer);
    note_answer(look, find, uid, &answer);
}

static bool attend(void *data, const struct find *find)
{
    struct look *look = data;
    const char *uid = json_text_of(json_object_get(find->volume, "metadata"), "uid");

    if (told_note(&look->lost->told, uid, find->verdict.text)) {
        tell(look, find);
    }
    if (find->verdict.fate != VOLUME_DEAD_RELEASED) {
        return true;
    }
    if (may_try(look, uid)) {
        clean(look, find, uid);
    } else {
        told_keep(&look->lost->failed, uid);
    }
    return !look->is_halted;
}

enum kube_outcome lost_run(struct lost *lost,
                           const struct server_context *context,
                           struct server *const *servers,
                           size_t n_servers)
{
    struct look look = {.lost = lost, .context = context};

    later_begin(&lost->again, clock_monotonic_ms());
    lost->has_more = false;
    for (size_t i = 0; i < n_servers && !look.is_halted; i++) {
        for_each(servers[i], context, attend, &look);
    }
    if (look.is_halted) {
        return KUBE_HALTED;
    }
    lost->n = told_end(&lost->told);
    (void)told_end(&lost->failed);
    return KUBE_OK;
}

void lost_clear(struct lost *lost)
{
    told_clear(&lost->told);
    told_clear(&lost->failed);
    later_clear(&lost->again);
    *lost = (struct lost){.n = 0};
}

/*
 * Status
 */

static bool add_status(void *data, const struct find *find)
{
    static const char *const states[] = {
        [VOLUME_DEAD_BOUND] = "lost, in use",
        [VOLUME_DEAD_RELEASED] = "lost, to be deleted",
        [VOLUME_DEAD_KEPT] = "lost, kept",
    };

    status_add_volume(data,
                      &(struct status_volume){
                          .name = json_text_of(json_object_get(find->volume, "metadata"), "name"),
                          .namespace_ = find->verdict.claim_namespace,
                          .claim = find->verdict.claim_name,
                          .state = states[find->verdict.fate],
                      });
    return true;
}

void lost_add_status(const struct server_context *context,
                     struct server *const *servers,
                     size_t n_servers,
                     struct status *status)
{
    for (size_t i = 0; i < n_servers; i++) {
        for_each(servers[i], context, add_status, status);
    }
}
