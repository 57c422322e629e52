/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/fights.h"

#include <stdlib.h>
#include <string.h>

struct fights_item {
    char *key;
    struct fight fight;
};

void fights_clear(struct fights *fights)
{
    for (size_t i = 0; i < fights->n; i++) {
        free(fights->items[i].key);
    }
    free(fights->items);
    *fights = (struct fights){.peace = fights->peace};
}

/* The last one takes its place. */
static void forget(struct fights *fights, struct fights_item *item)
{
    free(item->key);
    *item = fights->items[--fights->n];
}

void fights_begin(struct fights *fights, uint64_t now_ms)
{
    for (size_t i = fights->n; i-- > 0;) {
        if (now_ms - fights->items[i].fight.written_ms > FIGHT_MS) {
            forget(fights, &fights->items[i]);
        }
    }
    if (fights->n == 0) {
        fights_clear(fights); /* there was room for the most that there were */
    }
}

static struct fights_item *find(const struct fights *fights, const char *key)
{
    for (size_t i = 0; i < fights->n; i++) {
        if (strcmp(fights->items[i].key, key) == 0) {
            return &fights->items[i];
        }
    }
    return NULL;
}

uint64_t fights_wait_ms(const struct fights *fights, const char *key, uint64_t now_ms)
{
    const struct fights_item *item = find(fights, key);

    return item != NULL ? fight_wait_ms(&item->fight, now_ms) : 0;
}

static void forget_oldest(struct fights *fights)
{
    struct fights_item *oldest = &fights->items[0];

    for (size_t i = 1; i < fights->n; i++) {
        if (fights->items[i].fight.written_ms < oldest->fight.written_ms) {
            oldest = &fights->items[i];
        }
    }
    forget(fights, oldest);
}

/* A new one; NULL without memory. */
static struct fights_item *add(struct fights *fights, const char *key)
{
    struct fights_item *items;
    char *copy;

    if (fights->n == FIGHTS_MAX) {
        forget_oldest(fights);
    }
    items = reallocarray(fights->items, fights->n + 1, sizeof(*items));
    if (items == NULL) {
        return NULL;
    }
    fights->items = items;
    copy = strdup(key);
    if (copy == NULL) {
        return NULL;
    }
    items[fights->n] = (struct fights_item){.key = copy, .fight = {.peace = fights->peace}};
    return &items[fights->n++];
}

void fights_note(struct fights *fights, const char *key, uint64_t now_ms, uint32_t chance)
{
    struct fights_item *item = find(fights, key);

    if (item == NULL) {
        item = add(fights, key);
    }
    if (item != NULL) {
        fight_note(&item->fight, now_ms, chance);
    }
}
