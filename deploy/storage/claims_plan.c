/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/claims_plan.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube.h"
#include "deploy/storage/server_objects.h"

/* For CLAIMS_MAX rows, each with the longest text, and as many orphans. */
#define ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)

#define LABEL_MANAGED_BY "app.kubernetes.io/managed-by"

#define ORPHAN_TEXT \
    "no policy asks for it any more; it is left, as it may hold data: delete it if nobody needs it"

void claims_plan_clear(struct claims_plan *plan)
{
    arena_free(plan->arena);
    *plan = (struct claims_plan){.arena = NULL};
}

static const char *copy_text(struct claims_plan *plan, const char *text)
{
    return text[0] == '\0' ? "" : arena_strndup(plan->arena, text, strlen(text));
}

/* @text in the plan's own memory. Many rows say what the one before says, and share it. */
static const char *keep_text(struct claims_plan *plan, const char *text)
{
    const struct claims_row *last = plan->rows.n > 0 ? &plan->rows.items[plan->rows.n - 1] : NULL;

    return last != NULL && strcmp(last->text, text) == 0 ? last->text : copy_text(plan, text);
}

/* @row with a text that lasts, as a verdict's does not. */
static int add_row(struct claims_plan *plan, const struct claims_row *row, struct err *err)
{
    const char *text = keep_text(plan, row->text);
    struct claims_row *added = text != NULL ? LIST_ADD(plan->arena, &plan->rows) : NULL;

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = *row;
    added->text = text;
    return 0;
}

/* The verdict on @observed, which may be somebody else's. */
static void judge(const struct claims_item *item,
                  const json_t *observed,
                  const struct claims_view *view,
                  struct claim_verdict *out)
{
    const json_t *class_ = view->find_class(view->data, item->claim->storage_class_name);

    claim_judge(item->claim, observed, class_, view->now_s, out);
    if (out->state == CLAIM_GROWING && !claims_is_ours(observed, view->home)) {
        const size_t len = strlen(out->text);
        out->state = CLAIM_MISMATCHED;
        (void)snprintf(out->text + len, sizeof(out->text) - len,
                       "; it was not made here, and is left to who keeps it to let it grow");
    }
}

static void note_until(struct claims_plan *plan, long long until_s)
{
    if (until_s != 0 && (plan->again_s == 0 || until_s < plan->again_s)) {
        plan->again_s = until_s;
    }
}

/* Whether labels of ours have to come back: without them a claim that no policy asks for any more
 * would not be found. One that is going stays as it is. */
static bool lacks_labels(const json_t *observed, enum claim_state state, const char *home)
{
    return observed != NULL && state != CLAIM_GOING && claims_is_ours(observed, home) &&
           !claims_has_labels(observed, home);
}

static int plan_item(const struct claims_item *item,
                     const struct claims_view *view,
                     struct claims_plan *plan,
                     struct err *err)
{
    const json_t *observed = view->find_claim(view->data, item->namespace_, item->name);
    struct claim_verdict verdict;
    bool is_bare;

    judge(item, observed, view, &verdict);
    is_bare = lacks_labels(observed, verdict.state, view->home);
    plan->counts[verdict.state]++;
    note_until(plan, verdict.until_s);
    if (verdict.state == CLAIM_RIGHT && !is_bare) {
        return 0;
    }
    return add_row(plan,
                   &(struct claims_row){
                       .namespace_ = item->namespace_,
                       .name = item->name,
                       .policy = item->policy,
                       .state = verdict.state,
                       .lacks_labels = is_bare,
                       .text = verdict.text,
                       .item = item,
                   },
                   err);
}

static int compare_texts(const void *a, const void *b)
{
    const char *const *first = a;
    const char *const *second = b;

    return strcmp(*first, *second);
}

static bool is_going(const struct claims *wanted, const char *namespace_)
{
    return wanted->going.n > 0 && bsearch(&namespace_, wanted->going.items, wanted->going.n,
                                          sizeof(namespace_), compare_texts) != NULL;
}

/* Whether @observed was made for a policy of ours, and is wanted by none. */
static bool
is_orphan(const struct claims *wanted, const struct claims_view *view, const json_t *observed)
{
    const json_t *metadata = json_object_get(observed, "metadata");
    const json_t *labels = json_object_get(metadata, "labels");
    const char *namespace_ = json_text_of(metadata, "namespace");

    return strcmp(json_text_of(labels, LABEL_MANAGED_BY), KUBE_MANAGER) == 0 &&
           strcmp(json_text_of(labels, SERVER_OBJECTS_LABEL_HOME), view->home) == 0 &&
           json_text_of(labels, CLAIMS_LABEL_POLICY)[0] != '\0' &&
           !json_is_string(json_object_get(metadata, "deletionTimestamp")) &&
           !is_going(wanted, namespace_) &&
           claims_get(wanted, namespace_, json_text_of(metadata, "name")) == NULL;
}

/* Its names are the plan's own: the claim may go before the plan does. */
static int add_orphan(const json_t *observed, struct claims_plan *plan, struct err *err)
{
    const json_t *metadata = json_object_get(observed, "metadata");
    const json_t *labels = json_object_get(metadata, "labels");
    const char *namespace_ = copy_text(plan, json_text_of(metadata, "namespace"));
    const char *name = copy_text(plan, json_text_of(metadata, "name"));
    const char *policy = copy_text(plan, json_text_of(labels, CLAIMS_LABEL_POLICY));

    if (namespace_ == NULL || name == NULL || policy == NULL) {
        return err_no_memory(err);
    }
    plan->counts[CLAIM_ORPHANED]++;
    return add_row(plan,
                   &(struct claims_row){
                       .namespace_ = namespace_,
                       .name = name,
                       .policy = policy,
                       .state = CLAIM_ORPHANED,
                       .text = ORPHAN_TEXT,
                   },
                   err);
}

static int add_orphans(const struct claims *wanted,
                       const struct claims_view *view,
                       struct claims_plan *plan,
                       struct err *err)
{
    if (wanted->n_left_out > 0) {
        return 0;
    }
    for (size_t i = 0; i < view->n_labelled; i++) {
        if (is_orphan(wanted, view, view->labelled[i]) &&
            add_orphan(view->labelled[i], plan, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int claims_plan_make(const struct claims *wanted,
                     const struct claims_view *view,
                     struct claims_plan *out,
                     struct err *err)
{
    CLEANUP(claims_plan_clear) struct claims_plan plan = {.arena = arena_new(ARENA_BYTES_MAX)};

    if (plan.arena == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < wanted->items.n; i++) {
        if (plan_item(&wanted->items.items[i], view, &plan, err) < 0) {
            return -1;
        }
    }
    if (add_orphans(wanted, view, &plan, err) < 0) {
        return -1;
    }
    *out = plan;
    plan = (struct claims_plan){.arena = NULL};
    return 0;
}
