/* SPDX-License-Identifier: Apache-2.0 */

/*
 * JSONTestSuite (github.com/nst/JSONTestSuite): files whose names start with "y_" must be read,
 * those with "n_" refused, and those with "i_" may go either way but do no harm. There are two who
 * read them: the one that makes a tree (base/json.h), and the one that does not
 * (base/json_reader.h).
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_reader.h"
#include "tests/corpus/corpus.h"
#include "tests/test.h"

#define FILES_MAX      1000
#define FILE_BYTES_MAX ((size_t)1024 * 1024)

struct count {
    size_t files;
    size_t read;
};

/* Read a text. Errors: ERR_INVALID. */
typedef int read_fn(const char *bytes, size_t len, struct err *err);

/* One who reads, and what that refuses although RFC 8259 allows it; the list ends in NULL. */
struct judge {
    read_fn *read;
    const char *const *refused_on_purpose;
    size_t n_chosen; /* files that may go either way and are read */
};

static int read_tree(const char *bytes, size_t len, struct err *err)
{
    json_auto_t *value = json_parse(bytes, len, err);

    return value != NULL ? 0 : -1;
}

static const char *const tree_refuses[] = {
    "y_object_duplicated_key.json",           /* two readers may see two different values */
    "y_object_duplicated_key_and_value.json", /* the same */
    "y_object_escaped_null_in_key.json",      /* a key of jansson's ends at a NUL */
    NULL,
};

// NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX
static int walk(const struct json_view *view, struct err *err)
{
    struct json_walk items = json_walk_of(view);
    int status;

    while ((status = json_walk_next(&items, err)) > 0) {
        if (walk(&items.value, err) < 0) {
            return -1;
        }
    }
    return status;
}

/* Open it, look into everything where @walks, and close it. */
static int read_in_place(const char *bytes, size_t len, bool walks, struct err *err)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(FILE_BYTES_MAX);
    struct json_reader reader;
    struct json_view top;

    assert_non_null(arena);
    if (json_reader_open(&reader, arena, bytes, len, &top, err) < 0 ||
        (walks && walk(&top, err) < 0)) {
        return -1;
    }
    return json_reader_close(&top, err);
}

/* Both ways through it give the same, to the error. */
static int read_both_ways(const char *bytes, size_t len, struct err *err)
{
    struct err passed = {0};
    int status = read_in_place(bytes, len, true, err);

    assert_int_equal(read_in_place(bytes, len, false, &passed), status);
    assert_string_equal(passed.msg, err->msg);
    return status;
}

static const char *const reader_refuses[] = {
    "y_object_escaped_null_in_key.json", /* C would see a shorter key */
    NULL,
};

static struct judge tree = {read_tree, tree_refuses, 5};
static struct judge reader = {read_both_ways, reader_refuses, 10};

/* What the reader reads, and the tree refuses. */
static const char *const differences[] = {
    "i_number_huge_exp.json",         /* the tree holds doubles, and this is more than they do; */
    "i_number_neg_int_huge_exp.json", /* the reader shows numbers as they stand there */
    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",
    "i_number_real_pos_overflow.json",
    "y_object_duplicated_key.json", /* who reads an object refuses it, and others need not care */
    "y_object_duplicated_key_and_value.json",
    NULL,
};

static bool is_listed(const char *const *list, const char *name)
{
    for (; *list != NULL; list++) {
        if (strcmp(*list, name) == 0) {
            return true;
        }
    }
    return false;
}

static size_t list_length(const char *const *list)
{
    size_t n = 0;

    while (list[n] != NULL) {
        n++;
    }
    return n;
}

static bool is_read(const struct judge *judge, const char *path)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    struct err err = {0};
    int status;

    if (file_read(path, &text, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    status = judge->read(buf_text(&text), text.len, &err);
    assert_int_equal(err.code, status == 0 ? ERR_NONE : ERR_INVALID);
    return status == 0;
}

static void try_file(const struct judge *judge, const char *path, struct count *count)
{
    const char *name = strrchr(path, '/') + 1;
    const bool read = is_read(judge, path);
    const bool on_purpose = is_listed(judge->refused_on_purpose, name);

    count->files++;
    count->read += read;
    if (read ? name[0] == 'n' : name[0] == 'y' && !on_purpose) {
        fail_msg("%s is %s", name, read ? "read" : "refused");
    }
    if (read && on_purpose) {
        fail_msg("%s is read now: take it off the list", name);
    }
}

/* The files of the suite. */
static struct file_list list_all(struct arena *arena)
{
    static const char *const suffixes[] = {".json", NULL};
    struct file_list files = {0};
    struct err err = {0};
    char folder[CORPUS_PATH_SIZE];

    if (!corpus_find("json/test_parsing", folder) ||
        file_list_folder(folder, suffixes, FILES_MAX, arena, &files, &err) < 0) {
        fail_msg("%s", err.msg);
    }
    return files;
}

/* Try the files whose names start with @kind. */
static struct count try_all(const struct judge *judge, char kind)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(FILE_BYTES_MAX);
    const struct file_list files = list_all(arena);
    struct count count = {0};

    for (size_t i = 0; i < files.paths.n; i++) {
        if (strrchr(files.paths.items[i], '/')[1] == kind) {
            try_file(judge, files.paths.items[i], &count);
        }
    }
    print_message("# %zu files, %zu read, %zu refused\n", count.files, count.read,
                  count.files - count.read);
    assert_true(count.files > 0);
    return count;
}

static void what_must_be_read_is_read(void **state)
{
    const struct judge *judge = *state;
    const struct count count = try_all(judge, 'y');

    assert_int_equal(count.files - count.read, list_length(judge->refused_on_purpose));
}

static void what_must_be_refused_is_refused(void **state)
{
    const struct count count = try_all(*state, 'n');

    assert_int_equal(count.read, 0);
}

static void what_may_go_either_way_does_no_harm(void **state)
{
    const struct judge *judge = *state;
    const struct count count = try_all(judge, 'i');

    assert_int_equal(count.read, judge->n_chosen);
}

static void both_read_the_same_but_for_what_is_known(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(FILE_BYTES_MAX);
    const struct file_list files = list_all(arena);
    size_t n_different = 0;

    (void)state;
    for (size_t i = 0; i < files.paths.n; i++) {
        const char *path = files.paths.items[i];
        const bool by_reader = is_read(&reader, path);
        const bool different = by_reader != is_read(&tree, path);
        if (different && !(by_reader && is_listed(differences, strrchr(path, '/') + 1))) {
            fail_msg("%s is %s by the reader alone", path, by_reader ? "read" : "refused");
        }
        n_different += different;
    }
    assert_int_equal(n_different, list_length(differences));
}

#define TEST_OF(judge, test)                                                   \
    {                                                                          \
        .name = #judge "_" #test, .test_func = test, .initial_state = &(judge) \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(tree, what_must_be_read_is_read),
        TEST_OF(tree, what_must_be_refused_is_refused),
        TEST_OF(tree, what_may_go_either_way_does_no_harm),
        TEST_OF(reader, what_must_be_read_is_read),
        TEST_OF(reader, what_must_be_refused_is_refused),
        TEST_OF(reader, what_may_go_either_way_does_no_harm),
        cmocka_unit_test(both_read_the_same_but_for_what_is_known),
    };

    char folder[CORPUS_PATH_SIZE];

    if (!corpus_find("json/test_parsing", folder)) {
        return corpus_skip();
    }
    return cmocka_run_group_tests_name("json corpus", tests, NULL, NULL);
}
