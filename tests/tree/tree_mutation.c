/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tree/tree_mutation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Where a value stands. */
struct place {
    json_t *container; /* NULL: nowhere */
    const char *key;   /* NULL: item number @index of a list */
    size_t index;
    json_t *value;
};

/* One of the places that were seen, each as likely. */
struct choice {
    struct fuzz_dice *dice;
    size_t n_seen;
    struct place place;
};

static void see(const struct place *place, struct choice *choice)
{
    if (fuzz_roll(choice->dice, ++choice->n_seen) == 0) {
        choice->place = *place;
    }
}

/* See all that is directly in @container. */
static void see_items(json_t *container, struct choice *choice)
{
    const char *key;
    size_t index;
    json_t *value;

    json_object_foreach (container, key, value) {
        see(&(struct place){.container = container, .key = key, .value = value}, choice);
    }
    json_array_foreach (container, index, value) {
        see(&(struct place){.container = container, .index = index, .value = value}, choice);
    }
}

/*
 * See all that is anywhere in @container. Bounded by what the reader of its file lets nest.
 * NOLINTBEGIN(misc-no-recursion)
 */
static void see_all(json_t *container, struct choice *choice)
{
    const char *key;
    size_t index;
    json_t *value;

    see_items(container, choice);
    json_object_foreach (container, key, value) {
        see_all(value, choice);
    }
    json_array_foreach (container, index, value) {
        see_all(value, choice);
    }
}
/* NOLINTEND(misc-no-recursion) */

static void require(bool done)
{
    if (!done) {
        fuzz_broken("no memory for a mutation");
    }
}

/* Put @value, which is taken over, in @place. */
static void put(const struct place *place, json_t *value)
{
    require((place->key != NULL ? json_object_set_new_nocheck(place->container, place->key, value)
                                : json_array_set_new(place->container, place->index, value)) == 0);
}

static void drop(const struct place *place)
{
    require((place->key != NULL ? json_object_del(place->container, place->key)
                                : json_array_remove(place->container, place->index)) == 0);
}

/* A value that few would write there. */
static json_t *make_odd_value(struct fuzz_dice *dice)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-1.50e2",
        "\"\"",
        "\"main\"",
        "\"true\"",
        "\"windows\"",
        "\"1Gi\"",
        "\"ci\"",
        "\"/\"",
        "\"workdir\"",
        "\"/workdir\"",
        "\"/workdir/a//../b\"",
        "\"{{inputs.parameters.at}}/b\"",
        "\"/work{{=dir}}\"",
        "\"\\u00e9\\u20ac\\ud83d\\ude00\\\"\\\\\"",
        "\"\\u0000\"",
        "[]",
        "{}",
        "[null]",
        "[\"\"]",
        "[{}]",
        "[[{}]]",
        "{\"name\": \"main\"}",
        "[{\"name\": \"workdir\", \"mountPath\": \"/workdir\"}]",
        "{\"kubernetes.io/os\": \"windows\"}",
        "{\"name\": \"a\", \"template\": \"b\", \"clusterScope\": true}",
        "{\"s3\": {\"accessKeySecret\": {\"name\": \"workdir\", \"key\": \"a\"}}}",
    };
    const char *text = texts[fuzz_roll(dice, sizeof(texts) / sizeof(texts[0]))];
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    require(value != NULL);
    return value;
}

/* Double an item of a list; to an object add the member at @other. */
static void add(const struct place *place, const struct place *other)
{
    if (place->key == NULL) {
        require(json_array_insert_new(place->container, place->index,
                                      json_deep_copy(place->value)) == 0);
    } else if (other->key != NULL) {
        require(json_object_set_new_nocheck(place->container, other->key,
                                            json_deep_copy(other->value)) == 0);
    }
}

/* Exchange the value at @place with another in the same list or object. */
static void exchange(const struct place *place, struct fuzz_dice *dice)
{
    struct choice other = {.dice = dice};
    json_t *value = json_incref(place->value);

    see_items(place->container, &other);
    put(place, json_incref(other.place.value));
    put(&other.place, value);
}

/* Put what is at @place behind all others. */
static void move_back(const struct place *place)
{
    char *key = place->key != NULL ? fuzz_copy(place->key, strlen(place->key) + 1) : NULL;
    json_t *value = json_incref(place->value);

    drop(place);
    require((key != NULL ? json_object_set_new_nocheck(place->container, key, value)
                         : json_array_append_new(place->container, value)) == 0);
    free(key);
}

static void change(const struct place *place, const struct place *other, struct fuzz_dice *dice)
{
    switch (fuzz_roll(dice, 6)) {
    case 0:
        drop(place);
        break;
    case 1:
        put(place, make_odd_value(dice));
        break;
    case 2:
        put(place, json_deep_copy(other->value));
        break;
    case 3:
        add(place, other);
        break;
    case 4:
        exchange(place, dice);
        break;
    default:
        move_back(place);
        break;
    }
}

/* An object of members that hardly anybody has, and that mean something to the engine. */
static json_t *make_odd_donor(void)
{
    static const char text[] =
        "{\"archiveLocation\": {\"s3\": {\"secretKeySecret\": {\"name\": \"workdir\"}}},"
        " \"daemon\": true,"
        " \"hooks\": {\"exit\": {\"templateRef\": {\"name\": \"a\", \"template\": \"b\"}}},"
        " \"memoize\": {\"key\": \"a\"},"
        " \"nodeSelector\": {\"kubernetes.io/os\": \"windows\"},"
        " \"podSpecPatch\": \"volumes: [{name: workdir}]\","
        " \"securityContext\": {\"runAsUser\": 1000, \"runAsNonRoot\": true},"
        " \"status\": {\"nodes\": {\"a\": {}}},"
        " \"templateDefaults\": {\"container\": {\"command\": [\"a\"]}},"
        " \"workflowTemplateRef\": {\"name\": \"a\", \"clusterScope\": true}}";

    return json_loads(text, 0, NULL);
}

void tree_mutate(json_t *object, const json_t *donor, struct fuzz_dice *dice)
{
    const bool is_odd = fuzz_roll(dice, 4) == 0;
    json_t *copy = is_odd ? make_odd_donor() : json_deep_copy(donor);
    struct choice place = {.dice = dice};
    struct choice other = {.dice = dice};

    require(copy != NULL);
    see_all(object, &place);
    if (is_odd) {
        see_items(copy, &other);
    } else {
        see_all(copy, &other);
    }
    if (place.n_seen > 0 && other.n_seen > 0) {
        change(&place.place, &other.place, dice);
    }
    json_decref(copy);
}
