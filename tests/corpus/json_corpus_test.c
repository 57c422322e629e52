/* SPDX-License-Identifier: Apache-2.0 */

/*
 * JSONTestSuite (github.com/nst/JSONTestSuite): files whose names start with "y_" must be read,
 * those with "n_" refused, and those with "i_" may go either way but do no harm.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "tests/corpus/corpus.h"
#include "tests/test.h"

#define FILES_MAX      1000
#define FILE_BYTES_MAX ((size_t)1024 * 1024)

struct count {
    size_t files;
    size_t read;
};

/* What we refuse although RFC 8259 allows it. */
static const char *const refused_on_purpose[] = {
    "y_object_duplicated_key.json",           /* two readers may see two different values */
    "y_object_duplicated_key_and_value.json", /* the same */
    "y_object_escaped_null_in_key.json",      /* a key of jansson's ends at a NUL */
};

static bool is_refused_on_purpose(const char *name)
{
    for (size_t i = 0; i < sizeof(refused_on_purpose) / sizeof(refused_on_purpose[0]); i++) {
        if (strcmp(name, refused_on_purpose[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_read(const char *path)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    json_auto_t *value = NULL;
    struct err err = {0};

    if (file_read(path, &text, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    value = json_parse(buf_text(&text), text.len, &err);
    assert_int_equal(err.code, value != NULL ? ERR_NONE : ERR_INVALID);
    return value != NULL;
}

static void judge(const char *path, struct count *count)
{
    const char *name = strrchr(path, '/') + 1;
    const bool read = is_read(path);

    count->files++;
    count->read += read;
    if (read ? name[0] == 'n' : name[0] == 'y' && !is_refused_on_purpose(name)) {
        fail_msg("%s is %s", name, read ? "read" : "refused");
    }
    if (read && is_refused_on_purpose(name)) {
        fail_msg("%s is read now: take it off the list", name);
    }
}

/* Where the suite lies; false when there is none. */
/* Judge the files whose names start with @kind. */
static struct count judge_all(char kind)
{
    static const char *const suffixes[] = {".json", NULL};
    CLEANUP(arena_free) struct arena *arena = arena_new(FILE_BYTES_MAX);
    struct file_list files = {0};
    struct count count = {0};
    struct err err = {0};
    char folder[CORPUS_PATH_SIZE];

    if (!corpus_find("json/test_parsing", folder) ||
        file_list_folder(folder, suffixes, FILES_MAX, arena, &files, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    for (size_t i = 0; i < files.paths.n; i++) {
        if (strrchr(files.paths.items[i], '/')[1] == kind) {
            judge(files.paths.items[i], &count);
        }
    }
    print_message("# %zu files, %zu read, %zu refused\n", count.files, count.read,
                  count.files - count.read);
    assert_true(count.files > 0);
    return count;
}

static void what_must_be_read_is_read(void **state)
{
    struct count count = judge_all('y');

    (void)state;
    assert_int_equal(count.files - count.read,
                     sizeof(refused_on_purpose) / sizeof(refused_on_purpose[0]));
}

static void what_must_be_refused_is_refused(void **state)
{
    struct count count = judge_all('n');

    (void)state;
    assert_int_equal(count.read, 0);
}

static void what_may_go_either_way_does_no_harm(void **state)
{
    (void)state;
    (void)judge_all('i');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_be_read_is_read),
        cmocka_unit_test(what_must_be_refused_is_refused),
        cmocka_unit_test(what_may_go_either_way_does_no_harm),
    };

    char folder[CORPUS_PATH_SIZE];

    if (!corpus_find("json/test_parsing", folder)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("json corpus", tests, NULL, NULL);
}
