/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/report.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define ARENA_BYTES (1024UL * 1024)

static void add(struct report *report, struct report_item item)
{
    struct err err = {0};

    assert_int_equal(report_add(report, item, &err), 0);
}

static void a_skip_in_several_templates_is_one_warning(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct report_item item = {.what = "volume 'w' at /w",
                               .action = REPORT_SKIPPED,
                               .reason = REPORT_REASON_MOUNT_PATH,
                               .detail = "the path is taken"};
    struct report report = {.arena = arena};
    struct text_list warnings = {0};
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        item.template = arena_printf(arena, "t%d", i);
        add(&report, item);
    }
    assert_int_equal(report_warnings(&report, &warnings, &err), 0);
    assert_int_equal(warnings.n, 1);
    assert_string_equal(warnings.items[0],
                        "template 't0' and 2 more: volume 'w' at /w: skipped: the path is taken");
}

static void what_is_added_or_left_needs_no_warning(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct report report = {.arena = arena};
    struct text_list warnings = {0};
    struct err err = {0};

    (void)state;
    add(&report, (struct report_item){.template = "t", .what = "x", .action = REPORT_ADDED});
    add(&report, (struct report_item){.template = "t", .action = REPORT_LEFT});
    add(&report, (struct report_item){.template = "t", .what = "x", .action = REPORT_PRESENT});
    assert_int_equal(report_warnings(&report, &warnings, &err), 0);
    assert_int_equal(warnings.n, 0);
}

static void more_than_fits_is_said(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct report report = {.arena = arena};
    struct text_list warnings = {0};
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(report_warn(&report, &err, "warning %d", i), 0);
    }
    assert_int_equal(report_warnings(&report, &warnings, &err), 0);
    assert_int_equal(warnings.n, REPORT_WARNINGS_MAX);
    assert_string_equal(warnings.items[REPORT_WARNINGS_MAX - 1],
                        "there is more to warn of; 'hawser explain' shows it");
}

static void a_warning_is_printable_and_short(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct report report = {.arena = arena};
    struct text_list warnings = {0};
    struct err err = {0};
    char name[1000];

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    add(&report, (struct report_item){
                     .what = "a\nb\x1b[31m\xc3\xa4", .action = REPORT_SKIPPED, .detail = name});
    assert_int_equal(report_warnings(&report, &warnings, &err), 0);
    assert_int_equal(warnings.n, 1);
    assert_int_equal(strlen(warnings.items[0]), REPORT_WARNING_TEXT_SIZE - 1);
    assert_memory_equal(warnings.items[0], "a?b?[31m??: skipped: nnn", 24);
}

static void a_full_arena_is_an_error_and_no_crash(void **state)
{
    struct report_item item = {.template = "t", .action = REPORT_SKIPPED, .detail = "d"};

    (void)state;
    for (size_t bytes = 0; bytes < 600; bytes += 16) {
        CLEANUP(arena_free) struct arena *arena = arena_new(bytes);
        struct report report = {.arena = arena};
        struct text_list warnings = {0};
        struct err err = {0};
        if (report_add(&report, item, &err) < 0 || report_warn(&report, &err, "w") < 0 ||
            report_warnings(&report, &warnings, &err) < 0) {
            assert_int_equal(err.code, ERR_INTERNAL);
        } else {
            assert_int_equal(warnings.n, 2);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_skip_in_several_templates_is_one_warning),
        cmocka_unit_test(what_is_added_or_left_needs_no_warning),
        cmocka_unit_test(more_than_fits_is_said),
        cmocka_unit_test(a_warning_is_printable_and_short),
        cmocka_unit_test(a_full_arena_is_an_error_and_no_crash),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
