/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/amount.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/quantity.h"
#include "policies/names.h"
#include "policies/policy.h"

#define RESOURCES_MAX 32 /* names of resources; a node offers fewer than ten */
#define POINTER_MAX   1024

int amount_check_size(const char *text, struct err *err)
{
    struct quantity quantity;

    if (quantity_parse(text, &quantity, err) < 0) {
        return -1;
    }
    if (!quantity_is_positive(quantity)) {
        return err_set(err, ERR_INVALID, "'%.40s' is not positive; expected e.g. '10Gi'", text);
    }
    return 0;
}

static int check_resource(const char *text, struct err *err)
{
    struct quantity quantity;

    if (quantity_parse(text, &quantity, err) < 0) {
        return -1;
    }
    if (quantity_compare(quantity, (struct quantity){0}) < 0) {
        return err_set(err, ERR_INVALID, "'%.40s' is negative; expected e.g. '500m'", text);
    }
    return 0;
}

struct resources {
    LIST_OF(struct policy_label) requests;
    LIST_OF(struct policy_label) limits;
};

static const struct decode_field resources_fields[] = {
    {"requests", DECODE_PAIRS, offsetof(struct resources, requests), .max = RESOURCES_MAX,
     .integer = true, .check_key = names_check_key, .check = check_resource},
    {"limits", DECODE_PAIRS, offsetof(struct resources, limits), .max = RESOURCES_MAX,
     .integer = true, .check_key = names_check_key, .check = check_resource},
    {.name = NULL},
};

const struct decode_field amount_resources_shape = {
    .kind = DECODE_POINTER,
    .size = sizeof(struct resources),
    .fields = resources_fields,
};

/* The amount that @value stands for; it was checked when it was decoded. */
static struct quantity read_amount(const json_t *value)
{
    struct quantity quantity = {0};
    char digits[32];
    struct err err = {0};

    (void)snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(value));
    if (quantity_parse(json_is_string(value) ? json_string_value(value) : digits, &quantity, &err) <
        0) {
        return (struct quantity){0};
    }
    return quantity;
}

int amount_check_resources(const struct source *source,
                           const char *pointer,
                           const json_t *resources,
                           struct err *err)
{
    CLEANUP(buf_clear) struct buf place = BUF_INIT(POINTER_MAX);
    json_t *requests = json_object_get(resources, "requests");
    const json_t *limits = json_object_get(resources, "limits");
    const char *name;
    json_t *request;

    json_object_foreach (requests, name, request) {
        const json_t *limit = json_object_get(limits, name);
        if (limit != NULL && quantity_compare(read_amount(request), read_amount(limit)) > 0) {
            buf_printf(&place, "%s/requests", pointer);
            json_pointer_add(&place, name);
            err_set(err, ERR_INVALID, "is more than limits.%.100s", name);
            return source_locate(source, false, err, "%s", buf_text(&place));
        }
    }
    return 0;
}
