/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json_out.h"
#include "webhook/inject/same.h"

/* 256 policies, twice STATUS_TEMPLATES_MAX labels, and what is said of each. */
#define STATUS_BYTES_MAX (192UL * 1024)

/* A template in which something was skipped, with the reasons in the order in which they came up.
 */
struct skip {
    const char *template;
    enum report_reason reasons[REPORT_REASONS];
    size_t n_reasons;
};

/* What is said of templates. "omitted" comes first, so all is gathered before a word is written. */
struct summary {
    const char *templates[STATUS_TEMPLATES_MAX];
    size_t n_templates;
    struct skip skipped[STATUS_TEMPLATES_MAX]; /* sorted by the bytes of the template's label */
    size_t n_skipped;
    size_t omitted;
};

/* Where @template stands among those in which something was skipped, or where it belongs. */
static size_t find_skip(const struct summary *summary, const char *template)
{
    size_t low = 0;
    size_t high = summary->n_skipped;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (strcmp(summary->skipped[middle].template, template) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_skip(const struct summary *summary, size_t at, const char *template)
{
    return at < summary->n_skipped && strcmp(summary->skipped[at].template, template) == 0;
}

static void add_reason(struct skip *skip, enum report_reason reason)
{
    for (size_t i = 0; i < skip->n_reasons; i++) {
        if (skip->reasons[i] == reason) {
            return;
        }
    }
    skip->reasons[skip->n_reasons++] = reason;
}

static void gather_skip(struct summary *summary, const struct report_item *item)
{
    const size_t at = find_skip(summary, item->template);
    struct skip *skip = summary->skipped + at;

    if (!has_skip(summary, at, item->template)) {
        if (summary->n_skipped == STATUS_TEMPLATES_MAX) {
            summary->omitted++;
            return;
        }
        memmove(skip + 1, skip, (summary->n_skipped - at) * sizeof(*skip));
        *skip = (struct skip){.template = item->template};
        summary->n_skipped++;
    }
    add_reason(skip, item->reason);
}

static void gather_template(struct summary *summary, const char *template)
{
    if (summary->n_templates == STATUS_TEMPLATES_MAX) {
        summary->omitted++;
    } else {
        summary->templates[summary->n_templates++] = template;
    }
}

static bool is_in_force(const struct report_item *item)
{
    return item->what != NULL && (item->action == REPORT_ADDED || item->action == REPORT_PRESENT);
}

/* Items of one template stand together, so a template is new when the last name differs. */
static void gather(struct summary *summary, const struct report *report)
{
    const char *last = NULL;

    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        if (item->template == NULL) {
            continue;
        }
        if (item->action == REPORT_SKIPPED) {
            gather_skip(summary, item);
        } else if (is_in_force(item) && !same_text(last, item->template)) {
            last = item->template;
            gather_template(summary, last);
        }
    }
}

static int compare_names(const void *a, const void *b)
{
    const struct volume_policy *const *left = a;
    const struct volume_policy *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static int write_policies(struct json_out *out,
                          const struct choice *choice,
                          struct arena *arena,
                          struct err *err)
{
    const size_t n = choice->inject.n;
    const size_t size = sizeof(const struct volume_policy *);
    const struct volume_policy **sorted = arena_alloc(arena, n * size); /* at most 256 */

    if (sorted == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = choice->inject.items[i];
    }
    qsort(sorted, n, size, compare_names);
    JSON_OUT_KEY(out, "policies");
    json_out_object(out);
    for (size_t i = 0; i < n; i++) {
        json_out_pair(out, sorted[i]->name, sorted[i]->hash);
    }
    json_out_object_end(out);
    return 0;
}

static void write_skipped(struct json_out *out, const struct summary *summary)
{
    JSON_OUT_KEY(out, "skipped");
    json_out_object(out);
    for (size_t i = 0; i < summary->n_skipped; i++) {
        const struct skip *skip = &summary->skipped[i];
        json_out_key(out, skip->template);
        json_out_array(out);
        for (size_t k = 0; k < skip->n_reasons; k++) {
            json_out_string(out, report_reason_name(skip->reasons[k]));
        }
        json_out_array_end(out);
    }
    json_out_object_end(out);
}

static void write_texts(struct json_out *out, const char *const *texts, size_t n)
{
    json_out_array(out);
    for (size_t i = 0; i < n; i++) {
        json_out_string(out, texts[i]);
    }
    json_out_array_end(out);
}

/* Keys in the order of their bytes. */
static int write_all(struct json_out *out,
                     const struct choice *choice,
                     const struct plan *plan,
                     const struct report *report,
                     struct err *err)
{
    struct summary summary = {.omitted = 0};

    gather(&summary, report);
    json_out_object(out);
    if (summary.omitted > 0) {
        JSON_OUT_KEY(out, "omitted");
        json_out_int(out, (long long)summary.omitted);
    }
    if (write_policies(out, choice, report->arena, err) < 0) {
        return -1;
    }
    if (summary.n_skipped > 0) {
        write_skipped(out, &summary);
    }
    if (summary.n_templates > 0) {
        JSON_OUT_KEY(out, "templates");
        write_texts(out, summary.templates, summary.n_templates);
    }
    if (plan->volumes_in_use.n > 0) {
        JSON_OUT_KEY(out, "volumes");
        write_texts(out, plan->volumes_in_use.items, plan->volumes_in_use.n);
    }
    json_out_object_end(out);
    return 0;
}

const char *status_text(const struct choice *choice,
                        const struct plan *plan,
                        const struct report *report,
                        struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    struct json_out out = {.buf = &text, .as_jansson = true};
    const char *copy;

    if (write_all(&out, choice, plan, report, err) < 0 ||
        buf_check(&text, "the status annotation", err) < 0) {
        return NULL;
    }
    copy = arena_strndup(report->arena, buf_text(&text), text.len);
    if (copy == NULL) {
        err_no_memory(err);
    }
    return copy;
}
