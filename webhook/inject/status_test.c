/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/status.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

#define ARENA_BYTES (4UL * 1024 * 1024)
#define TEXT_BYTES  (1024UL * 1024)

/* What status_text() is given. */
struct given {
    struct arena *arena;
    struct choice choice;
    struct plan plan;
    struct report report;
};

static struct given given_in(struct arena *arena)
{
    return (struct given){.arena = arena, .report = {.arena = arena}};
}

static void give_policy(struct given *given, const char *name)
{
    const struct volume_policy **added = LIST_ADD(given->arena, &given->choice.inject);
    struct volume_policy *policy = arena_alloc(given->arena, sizeof(*policy));

    if (added == NULL || policy == NULL) {
        fail_msg("the arena is full");
        return;
    }
    policy->name = name;
    (void)snprintf(policy->hash, sizeof(policy->hash), "#%s", name);
    *added = policy;
}

static void give_volume(struct given *given, const char *name)
{
    const char **added = LIST_ADD(given->arena, &given->plan.volumes_in_use);

    if (added == NULL) {
        fail_msg("the arena is full");
        return;
    }
    *added = name;
}

static void give_item(struct given *given, struct report_item item)
{
    struct err err = {0};

    assert_int_equal(report_add(&given->report, item, &err), 0);
}

static void give_skip(struct given *given, const char *template, enum report_reason reason)
{
    give_item(given, (struct report_item){
                         .template = template, .action = REPORT_SKIPPED, .reason = reason});
}

static void give_mount(struct given *given, const char *template)
{
    give_item(given, (struct report_item){.template = template, .what = "volume 'w' at /w"});
}

static const char *text_of(const struct given *given)
{
    struct err err = {0};
    const char *text = status_text(&given->choice, &given->plan, &given->report, &err);

    assert_non_null(text);
    return text;
}

static void keys_and_policies_stand_in_the_order_of_their_bytes(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct given given = given_in(arena);

    (void)state;
    give_policy(&given, "scratch");
    give_policy(&given, "cache");
    give_policy(&given, "scratch-2");
    give_volume(&given, "workdir");
    give_volume(&given, "cache");
    give_mount(&given, "b");
    give_mount(&given, "a");
    give_skip(&given, "z", REPORT_REASON_MOUNT_PATH);
    give_skip(&given, "c", REPORT_REASON_WINDOWS);
    assert_string_equal(text_of(&given),
                        "{\"policies\":{\"cache\":\"#cache\",\"scratch\":\"#scratch\","
                        "\"scratch-2\":\"#scratch-2\"},"
                        "\"skipped\":{\"c\":[\"windows\"],\"z\":[\"mount-path\"]},"
                        "\"templates\":[\"b\",\"a\"],\"volumes\":[\"workdir\",\"cache\"]}");
}

static void templates_of_one_label_share_their_reasons(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct given given = given_in(arena);

    (void)state;
    give_skip(&given, "a", REPORT_REASON_VOLUME_NAME);
    give_skip(&given, "b", REPORT_REASON_ARTIFACT);
    give_skip(&given, "a", REPORT_REASON_MOUNT_PATH);
    give_skip(&given, "a", REPORT_REASON_VOLUME_NAME);
    assert_string_equal(
        text_of(&given),
        "{\"policies\":{},\"skipped\":{\"a\":[\"volume-name\",\"mount-path\"],\"b\":[\"artifact\"]}}");
}

static void what_is_left_out_of_long_lists_is_counted(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct given given = given_in(arena);
    const char *text;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        give_skip(&given, arena_printf(arena, "s%05d", i), REPORT_REASON_MOUNT_PATH);
        give_mount(&given, arena_printf(arena, "t%05d", i));
    }
    text = text_of(&given);
    assert_memory_equal(text, "{\"omitted\":19872,", strlen("{\"omitted\":19872,"));
    assert_non_null(strstr(text, "\"s00063\""));
    assert_null(strstr(text, "\"s00064\""));
    assert_non_null(strstr(text, "\"t00063\""));
    assert_null(strstr(text, "\"t00064\""));
}

static void a_full_arena_is_an_error_and_no_crash(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 3000; bytes += 16) {
        CLEANUP(arena_free) struct arena *inputs = arena_new(ARENA_BYTES);
        CLEANUP(arena_free) struct arena *arena = arena_new(bytes);
        struct given given = given_in(inputs);
        struct err err = {0};
        give_policy(&given, "scratch");
        given.report.arena = arena;
        if (status_text(&given.choice, &given.plan, &given.report, &err) == NULL) {
            assert_int_equal(err.code, ERR_INTERNAL);
        } else {
            assert_int_equal(err.code, ERR_NONE);
        }
    }
}

/* The same text from a tree. Whatever cannot be added leaves a text that differs. */

static json_t *policies_tree(const struct choice *choice)
{
    json_t *tree = json_object();

    for (size_t i = 0; i < choice->inject.n; i++) {
        const struct volume_policy *policy = choice->inject.items[i];
        (void)json_object_set_new(tree, policy->name, json_string(policy->hash));
    }
    return tree;
}

static json_t *texts_tree(const struct text_list *texts)
{
    json_t *tree = json_array();

    for (size_t i = 0; i < texts->n; i++) {
        (void)json_array_append_new(tree, json_string(texts->items[i]));
    }
    return tree;
}

static json_t *templates_tree(const struct report *report, json_int_t *omitted)
{
    json_t *tree = json_array();
    const char *last = NULL;

    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        if (item->template == NULL || item->what == NULL || item->action == REPORT_SKIPPED ||
            item->action == REPORT_LEFT || (last != NULL && strcmp(last, item->template) == 0)) {
            continue;
        }
        last = item->template;
        if (json_array_size(tree) == STATUS_TEMPLATES_MAX) {
            ++*omitted;
        } else {
            (void)json_array_append_new(tree, json_string(last));
        }
    }
    return tree;
}

static void add_reason(json_t *reasons, const char *reason)
{
    const json_t *listed;
    size_t i;

    json_array_foreach (reasons, i, listed) {
        if (strcmp(json_string_value(listed), reason) == 0) {
            return;
        }
    }
    (void)json_array_append_new(reasons, json_string(reason));
}

static json_t *skipped_tree(const struct report *report, json_int_t *omitted)
{
    json_t *tree = json_object();

    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        if (item->template == NULL || item->action != REPORT_SKIPPED) {
            continue;
        }
        if (json_object_get(tree, item->template) == NULL) {
            if (json_object_size(tree) == STATUS_TEMPLATES_MAX) {
                ++*omitted;
                continue;
            }
            (void)json_object_set_new(tree, item->template, json_array());
        }
        add_reason(json_object_get(tree, item->template), report_reason_name(item->reason));
    }
    return tree;
}

static void expect_tree(const struct given *given)
{
    CLEANUP(buf_clear) struct buf expected = BUF_INIT(TEXT_BYTES);
    json_int_t omitted = 0;
    json_auto_t *templates = templates_tree(&given->report, &omitted);
    json_auto_t *skipped = skipped_tree(&given->report, &omitted);
    json_auto_t *tree = json_pack("{s:o}", "policies", policies_tree(&given->choice));

    if (json_array_size(templates) > 0) {
        (void)json_object_set(tree, "templates", templates);
    }
    if (json_object_size(skipped) > 0) {
        (void)json_object_set(tree, "skipped", skipped);
    }
    if (given->plan.volumes_in_use.n > 0) {
        (void)json_object_set_new(tree, "volumes", texts_tree(&given->plan.volumes_in_use));
    }
    if (omitted > 0) {
        (void)json_object_set_new(tree, "omitted", json_integer(omitted));
    }
    json_sorted(&expected, tree);
    assert_string_equal(text_of(given), buf_text(&expected));
}

static unsigned int draw(uint64_t *seed, unsigned int n)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U; /* Knuth's MMIX */
    return (unsigned int)(*seed >> 33) % n;
}

/* A name of a few characters, among them all that are escaped, and some of several bytes. */
static const char *draw_name(uint64_t *seed, struct arena *arena)
{
    static const char *const parts[] = {"a",
                                        "b",
                                        "Z",
                                        "0",
                                        "-",
                                        ".",
                                        "/",
                                        "\"",
                                        "\\",
                                        "\n",
                                        "\t",
                                        "\r",
                                        "\b",
                                        "\f",
                                        "\x1f",
                                        "\x01",
                                        "\x7f",
                                        "\xc3\xa4",
                                        "\xe2\x80\xa8",
                                        "\xf0\x9f\x98\x80"};
    CLEANUP(buf_clear) struct buf name = BUF_INIT(100);
    const char *copy;

    for (unsigned int n = draw(seed, 4); n > 0; n--) {
        buf_add_text(&name, parts[draw(seed, sizeof(parts) / sizeof(parts[0]))]);
    }
    copy = arena_strndup(arena, buf_text(&name), name.len);
    assert_non_null(copy);
    return copy;
}

static void draw_items(struct given *given, uint64_t *seed)
{
    const char *template = NULL;

    for (unsigned int n = draw(seed, 1U << draw(seed, 10)); n > 0; n--) {
        if (draw(seed, 3) == 0) {
            template = draw(seed, 20) == 0 ? NULL : draw_name(seed, given->arena);
        }
        give_item(given, (struct report_item){
                             .template = template,
                             .what = draw(seed, 4) == 0 ? NULL : "volume 'w' at /w",
                             .action = draw(seed, REPORT_LEFT + 1),
                             .reason = draw(seed, REPORT_REASONS),
                         });
    }
}

static void the_text_is_that_of_a_sorted_tree(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct given given = given_in(arena);
        print_message("# round %d\n", round);
        for (unsigned int n = draw(&seed, 5); n > 0; n--) {
            give_policy(&given, arena_printf(arena, "%s%u", draw_name(&seed, arena), n));
        }
        for (unsigned int n = draw(&seed, 5); n > 0; n--) {
            give_volume(&given, draw_name(&seed, arena));
        }
        draw_items(&given, &seed);
        expect_tree(&given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_policies_stand_in_the_order_of_their_bytes),
        cmocka_unit_test(templates_of_one_label_share_their_reasons),
        cmocka_unit_test(what_is_left_out_of_long_lists_is_counted),
        cmocka_unit_test(a_full_arena_is_an_error_and_no_crash),
        cmocka_unit_test(the_text_is_that_of_a_sorted_tree),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
