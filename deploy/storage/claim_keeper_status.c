/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "deploy/kube/kube_time.h"
#include "deploy/storage/claim_keeper.h"

/* Said of a claim that is not watched. */
#define UNWATCHED_TEXT                                                                      \
    "it is not kept, and not known to be there: policies create claims of more names than " \
    "are watched"

static void
add_claim(const struct server_context *context, const struct claims_row *row, struct status *status)
{
    const struct kube_watch *watch = watches_claims(context->watches, row->name);
    const json_t *claim = watch != NULL ? kube_watch_get(watch, row->namespace_, row->name) : NULL;
    const bool is_unwatched = watch == NULL && row->item != NULL;
    long long created_s;

    if (!kube_time_read(json_text_of(json_object_get(claim, "metadata"), "creationTimestamp"),
                        &created_s)) {
        created_s = 0;
    }
    status_add_claim(status, &(struct status_claim){
                                 .namespace_ = row->namespace_,
                                 .name = row->name,
                                 .policy = row->policy,
                                 .state = claim_state_name(row->state),
                                 .is_trouble = is_unwatched || claim_state_is_trouble(row->state),
                                 .created_s = created_s,
                                 .message = is_unwatched ? UNWATCHED_TEXT : row->text,
                             });
}

/* The plan has those that are not right, in the order of those that are wanted, and then others. */
void claim_keeper_add_status(const struct claim_keeper *keeper,
                             const struct server_context *context,
                             struct status *status)
{
    size_t k = 0;

    for (size_t i = 0; i < keeper->wanted.items.n; i++) {
        const struct claims_item *item = &keeper->wanted.items.items[i];
        const struct claims_row right = {.namespace_ = item->namespace_,
                                         .name = item->name,
                                         .policy = item->policy,
                                         .state = CLAIM_RIGHT,
                                         .text = ""};
        if (k < keeper->plan.rows.n && keeper->plan.rows.items[k].item == item) {
            add_claim(context, &keeper->plan.rows.items[k++], status);
        } else {
            add_claim(context, &right, status);
        }
    }
    for (; k < keeper->plan.rows.n; k++) {
        add_claim(context, &keeper->plan.rows.items[k], status);
    }
}
