/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "deploy/storage/storage_inside.h"

void storage_missed_note(void *data)
{
    struct storage *storage = data;

    loop_set_timer(storage->loop, &storage->searching, storage->searched_ms + STORAGE_SEARCH_MS);
}

void storage_missed_find(struct storage *storage)
{
    const struct kube_watch *workflows = storage->watches.others[WATCHES_WORKFLOWS];
    const struct missed_terms terms = {
        .policies = storage->set,
        .policies_since_s = storage->since_s,
        .excluded = storage->excluded,
    };
    char reason[MISSED_REASON_SIZE];
    size_t n;

    if (!watches_know(&storage->watches, WATCHES_WORKFLOWS)) {
        return;
    }
    storage->searched_ms = clock_monotonic_ms();
    for (size_t i = 0; i < kube_watch_count(workflows); i++) {
        const json_t *workflow = kube_watch_item(workflows, i);
        const json_t *metadata = json_object_get(workflow, "metadata");
        const json_t *namespace_ = kube_watch_get(storage->watches.kinds[KIND_NAMESPACE], NULL,
                                                  json_text_of(metadata, "namespace"));
        if (missed_judge(&terms, workflow, namespace_, reason) &&
            told_note(&storage->missed, json_text_of(metadata, "uid"), "missed")) {
            news_trouble(&storage->news, NEWS_MISSED, workflow, reason);
        }
    }
    n = told_end(&storage->missed);
    storage->has_news |= n != storage->n_missed && storage->is_known;
    storage->n_missed = n;
}
