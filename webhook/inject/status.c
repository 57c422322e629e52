/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/status.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

/* 256 policies, twice STATUS_TEMPLATES_MAX labels, and what is said of each. */
#define STATUS_BYTES_MAX (192UL * 1024)

/* jansson takes over what json_object_set_new() and json_array_append_new() are given, also when
 * they fail, and refuses NULL: a chain of them needs one check. */

static int add_policies(json_t *status, const struct choice *choice)
{
    json_t *policies = json_object();

    if (json_object_set_new(status, "policies", policies) < 0) {
        return -1;
    }
    for (size_t i = 0; i < choice->inject.n; i++) {
        const struct volume_policy *policy = choice->inject.items[i];
        if (json_object_set_new(policies, policy->name, json_string(policy->hash)) < 0) {
            return -1;
        }
    }
    return 0;
}

static int add_volumes(json_t *status, const struct plan *plan)
{
    json_t *volumes = json_array();

    if (plan->volumes_in_use.n == 0) {
        json_decref(volumes);
        return 0;
    }
    if (json_object_set_new(status, "volumes", volumes) < 0) {
        return -1;
    }
    for (size_t i = 0; i < plan->volumes_in_use.n; i++) {
        if (json_array_append_new(volumes, json_string(plan->volumes_in_use.items[i])) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool is_in_force(const struct report_item *item)
{
    return item->template != NULL && item->what != NULL &&
           (item->action == REPORT_ADDED || item->action == REPORT_PRESENT);
}

/* Items of one template stand together, so a template is new when the last name differs. */
static int add_templates(json_t *status, const struct report *report, size_t *omitted)
{
    json_auto_t *templates = json_array();
    const char *last = NULL;

    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        if (!is_in_force(item) || (last != NULL && strcmp(last, item->template) == 0)) {
            continue;
        }
        last = item->template;
        if (json_array_size(templates) >= STATUS_TEMPLATES_MAX) {
            (*omitted)++;
        } else if (json_array_append_new(templates, json_string(last)) < 0) {
            return -1;
        }
    }
    if (templates == NULL) {
        return -1;
    }
    return json_array_size(templates) > 0 ? json_object_set(status, "templates", templates) : 0;
}

static bool lists(const json_t *reasons, const char *reason)
{
    const json_t *listed;
    size_t i;

    json_array_foreach (reasons, i, listed) {
        if (strcmp(json_string_value(listed), reason) == 0) {
            return true;
        }
    }
    return false;
}

static int add_skip(json_t *skipped, const struct report_item *item, size_t *omitted)
{
    const char *reason = report_reason_name(item->reason);
    json_t *reasons = json_object_get(skipped, item->template);

    if (reasons == NULL) {
        if (json_object_size(skipped) >= STATUS_TEMPLATES_MAX) {
            (*omitted)++;
            return 0;
        }
        reasons = json_array();
        if (json_object_set_new(skipped, item->template, reasons) < 0) {
            return -1;
        }
    }
    return lists(reasons, reason) ? 0 : json_array_append_new(reasons, json_string(reason));
}

static int add_skipped(json_t *status, const struct report *report, size_t *omitted)
{
    json_auto_t *skipped = json_object();

    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        if (item->template != NULL && item->action == REPORT_SKIPPED &&
            add_skip(skipped, item, omitted) < 0) {
            return -1;
        }
    }
    if (skipped == NULL) {
        return -1;
    }
    return json_object_size(skipped) > 0 ? json_object_set(status, "skipped", skipped) : 0;
}

static int build(json_t *status,
                 const struct choice *choice,
                 const struct plan *plan,
                 const struct report *report)
{
    size_t omitted = 0;

    if (add_policies(status, choice) < 0 || add_volumes(status, plan) < 0 ||
        add_templates(status, report, &omitted) < 0 || add_skipped(status, report, &omitted) < 0) {
        return -1;
    }
    return omitted == 0 ? 0
                        : json_object_set_new(status, "omitted", json_integer((json_int_t)omitted));
}

const char *status_text(const struct choice *choice,
                        const struct plan *plan,
                        const struct report *report,
                        struct err *err)
{
    json_auto_t *status = json_object();
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX);
    const char *copy;

    if (status == NULL || build(status, choice, plan, report) < 0) {
        err_no_memory(err);
        return NULL;
    }
    json_sorted(&text, status);
    if (buf_check(&text, "the status annotation", err) < 0) {
        return NULL;
    }
    copy = arena_strndup(report->arena, buf_text(&text), text.len);
    if (copy == NULL) {
        err_no_memory(err);
    }
    return copy;
}
