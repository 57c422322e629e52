/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/body.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Take @bytes from the budget, if it has so much left. */
static bool take(struct body_budget *budget, size_t bytes)
{
    size_t before = atomic_fetch_add_explicit(&budget->held, bytes, memory_order_relaxed);

    if (before + bytes <= BODY_ALL_BYTES_MAX) {
        return true;
    }
    (void)atomic_fetch_sub_explicit(&budget->held, bytes, memory_order_relaxed);
    return false;
}

static void give_back(struct body_budget *budget, size_t bytes)
{
    size_t before = atomic_fetch_sub_explicit(&budget->held, bytes, memory_order_relaxed);

    assert(before >= bytes);
    (void)before;
}

/* The size to have for @needed bytes: doubled, but never beyond what is to come, and all of that
 * once half of it is there. */
static size_t choose_size(const struct body *body, size_t needed, size_t whole_len)
{
    size_t size = body->size > 0 ? body->size : BODY_FIRST_BYTES_MAX;

    while (size < needed) {
        size *= 2; /* below twice the largest body */
    }
    return whole_len >= needed && (size > whole_len || whole_len / 2 < needed) ? whole_len : size;
}

enum body_result body_add(
    struct body *body, struct body_budget *budget, const void *bytes, size_t len, size_t whole_len)
{
    const size_t needed = body->len + len;

    if (needed > body->size) {
        size_t size = choose_size(body, needed, whole_len);
        size_t more = size - body->size;
        char *larger;
        if (!take(budget, more)) {
            return BODY_NO_ROOM;
        }
        larger = realloc(body->bytes, size);
        if (larger == NULL) {
            give_back(budget, more);
            return BODY_NO_MEMORY;
        }
        body->bytes = larger;
        body->size = size;
    }
    memcpy(body->bytes + body->len, bytes, len);
    body->len = needed;
    return BODY_KEPT;
}

void body_clear(struct body *body, struct body_budget *budget)
{
    if (body->size > 0) {
        give_back(budget, body->size);
        free(body->bytes);
    }
    *body = (struct body){0};
}
