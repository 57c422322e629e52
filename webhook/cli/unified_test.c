/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/unified.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/test.h"

/* Print the difference of two texts into @out instead of to standard output. */
static int print_into(struct buf *out,
                      const char *label,
                      const char *before,
                      const char *after,
                      bool *differ,
                      struct err *err)
{
    CLEANUP(buf_clear) struct buf before_text = BUF_INIT(1024);
    CLEANUP(buf_clear) struct buf after_text = BUF_INIT(1024);
    CLEANUP(fclose) FILE *file = tmpfile();
    CLEANUP(close) int kept = dup(STDOUT_FILENO);
    const struct unified unified = {
        .label = label,
        .before = &before_text,
        .after = &after_text,
    };
    int status;

    assert_non_null(file);
    buf_add_text(&before_text, before);
    buf_add_text(&after_text, after);
    (void)fflush(stdout);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    status = unified_print(&unified, differ, err);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    assert_int_equal(file_read_fd(fileno(file), "diff", out, err), 0);
    return status;
}

static void both_sides_are_labelled(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    bool differ = false;
    struct err err = {0};

    (void)state;
    assert_int_equal(print_into(&out, "Workflow/a", "x\ny\n", "x\nz\n", &differ, &err), 0);
    assert_true(differ);
    assert_string_equal(buf_text(&out), "--- a/Workflow/a\n"
                                        "+++ b/Workflow/a\n"
                                        "@@ -1,2 +1,2 @@\n"
                                        " x\n"
                                        "-y\n"
                                        "+z\n");
}

static void equal_texts_print_nothing(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    bool differ = true;
    struct err err = {0};

    (void)state;
    assert_int_equal(print_into(&out, "Workflow/a", "x\n", "x\n", &differ, &err), 0);
    assert_false(differ);
    assert_int_equal(out.len, 0);
}

static void a_hostile_label_stays_one_line(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    bool differ = false;
    struct err err = {0};

    (void)state;
    assert_int_equal(print_into(&out, "W/\n+++ \x1b[2J", "", "z\n", &differ, &err), 0);
    assert_string_equal(buf_text(&out), "--- a/W/?+++ ?[2J\n"
                                        "+++ b/W/?+++ ?[2J\n"
                                        "@@ -0,0 +1 @@\n"
                                        "+z\n");
}

static void a_missing_program_is_named(void **state)
{
    CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
    const char *path = getenv("PATH"); // NOLINT(concurrency-mt-unsafe): one thread
    char kept[4096];
    bool differ = false;
    struct err err = {0};
    int status;

    (void)state;
    (void)snprintf(kept, sizeof(kept), "%s", path != NULL ? path : "");
    assert_int_equal(setenv("PATH", "/nonexistent", 1), 0); // NOLINT(concurrency-mt-unsafe)
    status = print_into(&out, "Workflow/a", "x\n", "y\n", &differ, &err);
    assert_int_equal(setenv("PATH", kept, 1), 0); // NOLINT(concurrency-mt-unsafe)
    assert_int_equal(status, -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.msg, "cannot run diff(1), expected it in the PATH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_are_labelled),
        cmocka_unit_test(equal_texts_print_nothing),
        cmocka_unit_test(a_hostile_label_stays_one_line),
        cmocka_unit_test(a_missing_program_is_named),
    };

    return cmocka_run_group_tests_name("unified", tests, NULL, NULL);
}
