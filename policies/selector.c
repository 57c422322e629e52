/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/selector.h"

#include <string.h>

/* The value of the label called @key, or NULL. */
static const char *find_label(const struct policy_label *labels, size_t n_labels, const char *key)
{
    for (size_t i = 0; i < n_labels; i++) {
        if (strcmp(labels[i].key, key) == 0) {
            return labels[i].value;
        }
    }
    return NULL;
}

static bool has_text(const struct text_list *texts, const char *text)
{
    for (size_t i = 0; i < texts->n; i++) {
        if (strcmp(texts->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct policy_requirement *requirement, const char *value)
{
    switch (requirement->operator) {
    case POLICY_SELECTOR_IN:
        return value != NULL && has_text(&requirement->values, value);
    case POLICY_SELECTOR_NOT_IN:
        return value == NULL || !has_text(&requirement->values, value);
    case POLICY_SELECTOR_EXISTS:
        return value != NULL;
    case POLICY_SELECTOR_DOES_NOT_EXIST:
        return value == NULL;
    }
    return false;
}

bool policy_selector_matches(const struct policy_selector *selector,
                             const struct policy_label *labels,
                             size_t n_labels)
{
    for (size_t i = 0; i < selector->match_labels.n; i++) {
        const struct policy_label *wanted = &selector->match_labels.items[i];
        const char *value = find_label(labels, n_labels, wanted->key);
        if (value == NULL || strcmp(value, wanted->value) != 0) {
            return false;
        }
    }
    for (size_t i = 0; i < selector->match_expressions.n; i++) {
        const struct policy_requirement *requirement = &selector->match_expressions.items[i];
        if (!holds(requirement, find_label(labels, n_labels, requirement->key))) {
            return false;
        }
    }
    return true;
}

static void describe_values(const char *operator, const struct text_list * values, struct buf *out)
{
    buf_printf(out, " %s (", operator);
    for (size_t i = 0; i < values->n; i++) {
        buf_printf(out, "%s%s", i > 0 ? "," : "", values->items[i]);
    }
    buf_add_text(out, ")");
}

static void describe_requirement(const struct policy_requirement *requirement, struct buf *out)
{
    if (requirement->operator== POLICY_SELECTOR_DOES_NOT_EXIST) {
        buf_add_text(out, "!");
    }
    buf_add_text(out, requirement->key);
    if (requirement->operator== POLICY_SELECTOR_IN) {
        describe_values("in", &requirement->values, out);
    } else if (requirement->operator== POLICY_SELECTOR_NOT_IN) {
        describe_values("notin", &requirement->values, out);
    }
}

void policy_selector_describe(const struct policy_selector *selector, struct buf *out)
{
    const char *comma = "";

    for (size_t i = 0; i < selector->match_labels.n; i++) {
        const struct policy_label *label = &selector->match_labels.items[i];
        buf_printf(out, "%s%s=%s", comma, label->key, label->value);
        comma = ",";
    }
    for (size_t i = 0; i < selector->match_expressions.n; i++) {
        buf_add_text(out, comma);
        describe_requirement(&selector->match_expressions.items[i], out);
        comma = ",";
    }
}
