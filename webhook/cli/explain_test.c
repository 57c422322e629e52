/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/explain.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

static const char *const one_policy[] = {"scratch"};
static const char *const two_policies[] = {"scratch", "cache"};

static struct report report_of(struct report_item *items, size_t n)
{
    struct report report = {
        .uid = "U",
        .operation = "CREATE",
        .kind = "Workflow",
        .namespace = "team-a",
        .name = "build",
        .outcome = REPORT_INJECTED,
    };

    report.items.items = items;
    report.items.n = n;
    return report;
}

static struct text_list list_of(const char *const *names, size_t n)
{
    struct text_list list = {.n = n};

    memcpy(&list.items, &names, sizeof(names)); /* the report does not write through it */
    return list;
}

static void assert_explained(const struct report *report, const char *expected)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(64UL * 1024);

    explain_write(&out, "Workflow/build", report);
    assert_string_equal(buf_text(&out), expected);
}

static void each_template_is_named_once(void **state)
{
    struct report_item items[] = {
        {.what = "volume claim template 'workdir'", .action = REPORT_ADDED},
        {.template = "main",
         .type = "dag",
         .action = REPORT_LEFT,
         .reason = REPORT_REASON_NO_CONTAINER},
        {.template = "compile",
         .type = "container",
         .what = "volume 'workdir' at /workdir",
         .action = REPORT_ADDED},
        {.template = "compile",
         .type = "container",
         .what = "copy 'src' to /src",
         .action = REPORT_SKIPPED,
         .reason = REPORT_REASON_MOUNT_PATH,
         .detail = "container mounts volume 'mine' with a long name at /src"},
    };
    struct report report = report_of(items, 4);

    (void)state;
    report.policies = list_of(one_policy, 1);
    assert_explained(
        &report,
        "Workflow/build in namespace team-a: injected\n"
        "Policy: scratch\n"
        "\n"
        "TEMPLATE  TYPE       RESULT      WHAT\n"
        "(object)             added       volume claim template 'workdir'\n"
        "main      dag        left alone  runs no container of its own\n"
        "compile   container  added       volume 'workdir' at /workdir\n"
        "                     skipped     copy 'src' to /src: container mounts volume 'mine' with "
        "a long name\n"
        "                                 at /src\n");
}

static void the_policy_is_a_column_where_there_are_several(void **state)
{
    struct report_item items[] = {
        {.template = "a",
         .type = "script",
         .policy = "cache",
         .what = "x",
         .action = REPORT_PRESENT},
    };
    struct report report = report_of(items, 1);

    (void)state;
    report.outcome = REPORT_UNCHANGED;
    report.policies = list_of(two_policies, 2);
    assert_explained(&report,
                     "Workflow/build in namespace team-a: unchanged, everything is in place\n"
                     "Policies: scratch, cache\n"
                     "\n"
                     "TEMPLATE  TYPE    POLICY  RESULT         WHAT\n"
                     "a         script  cache   already there  x\n");
}

static void a_denial_is_wrapped_below_the_outcome(void **state)
{
    struct report report = report_of(NULL, 0);

    (void)state;
    report.namespace = "";
    report.outcome = REPORT_DENIED;
    report.denial = "hawser.dev/policy names 'scratsh', which is not one of the policies that this "
                    "webhook knows: cache, scratch";
    assert_explained(&report, "Workflow/build: denied\n"
                              "    hawser.dev/policy names 'scratsh', which is not one of the "
                              "policies that this webhook knows:\n"
                              "    cache, scratch\n");
}

static void an_object_without_annotation_is_told_how_to_opt_in(void **state)
{
    struct report report = report_of(NULL, 0);

    (void)state;
    report.outcome = REPORT_UNTOUCHED;
    assert_explained(&report, "Workflow/build in namespace team-a: untouched, because it does not "
                              "opt in (annotation hawser.dev/policy or hawser.dev/inject)\n");
}

static void warnings_follow_the_table(void **state)
{
    static const char *const warnings[] = {"first", "second"};
    struct report report = report_of(NULL, 0);

    (void)state;
    report.warnings = list_of(warnings, 2);
    assert_explained(&report, "Workflow/build in namespace team-a: injected\n"
                              "\n"
                              "Warning: first\n"
                              "Warning: second\n");
}

static void every_reason_has_words(void **state)
{
    (void)state;
    for (enum report_reason reason = REPORT_REASON_NONE + 1; reason <= REPORT_REASON_UNUSED;
         reason++) {
        CLEANUP(buf_clear) struct buf out = BUF_INIT(64UL * 1024);
        struct report_item item = {.template = "a", .action = REPORT_SKIPPED, .reason = reason};
        struct report report = report_of(&item, 1);
        print_message("# %d\n", (int)reason);
        explain_write(&out, "Workflow/build", &report);
        assert_non_null(strstr(buf_text(&out), "skipped  "));
        assert_null(strstr(buf_text(&out), "skipped  \n"));
    }
}

static void a_hostile_name_stays_on_its_line(void **state)
{
    struct report_item items[] = {
        {.template = "a\x1b[2J\nb", .type = "dag", .action = REPORT_LEFT},
        {.template = "a name that is much longer than any name of a template should be",
         .type = "container",
         .what = "words words words words words words words",
         .action = REPORT_SKIPPED},
    };
    struct report report = report_of(items, 2);

    (void)state;
    assert_explained(&report,
                     "Workflow/build in namespace team-a: injected\n"
                     "\n"
                     "TEMPLATE                  TYPE       RESULT      WHAT\n"
                     "a?[2J?b                   dag        left alone\n"
                     "a name that is much longer than any name of a template should be container "
                     "skipped words words words words\n"
                     "                                                                           "
                     "        words words words\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_template_is_named_once),
        cmocka_unit_test(the_policy_is_a_column_where_there_are_several),
        cmocka_unit_test(a_denial_is_wrapped_below_the_outcome),
        cmocka_unit_test(an_object_without_annotation_is_told_how_to_opt_in),
        cmocka_unit_test(warnings_follow_the_table),
        cmocka_unit_test(every_reason_has_words),
        cmocka_unit_test(a_hostile_name_stays_on_its_line),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
