/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/material.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/test.h"

#define FILE_BYTES_MAX ((size_t)64 * 1024)
#define N_GENERATIONS  200

static struct material *make(void)
{
    struct err err = {0};
    struct material *material = material_new(&err);

    if (material == NULL) {
        fail_msg("%s", err.msg);
    }
    return material;
}

static void assert_file(const struct material *material, const char *name, const char *text)
{
    CLEANUP(free) char *path = material_path(material, name);
    CLEANUP(buf_clear) struct buf found = BUF_INIT(FILE_BYTES_MAX);
    struct err err = {0};

    assert_int_equal(file_read(path, &found, &err), 0);
    assert_string_equal(buf_text(&found), text);
}

static void the_folder_goes_away_with_all_in_it(void **state)
{
    const struct material_file files[] = {{"a", "1"}};
    struct material *material = make();
    CLEANUP(free) char *path = material_path(material, "");
    struct err err = {0};
    struct stat found;

    (void)state;
    assert_int_equal(material_write(material, "plain", "text", &err), 0);
    assert_int_equal(material_publish(material, "mounted", files, 1, &err), 0);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, S_IRWXU); /* there are keys in it */
    material_free(material);
    assert_int_equal(lstat(path, &found), -1);
}

static void a_plain_file_is_replaced_whole(void **state)
{
    CLEANUP(material_free) struct material *material = make();
    struct err err = {0};

    (void)state;
    assert_int_equal(material_write(material, "file", "long", &err), 0);
    assert_int_equal(material_write(material, "file", "x", &err), 0);
    assert_file(material, "file", "x");
    assert_int_equal(material_write(material, "no/folder", "x", &err), -1);
}

static void a_mounted_file_is_a_link_through_data(void **state)
{
    const struct material_file files[] = {{"tls.crt", "certificate"}, {"tls.key", "key"}};
    CLEANUP(material_free) struct material *material = make();
    CLEANUP(free) char *path = material_path(material, "tls/tls.crt");
    CLEANUP(free) char *data = material_path(material, "tls/..data");
    char target[64] = "";
    struct err err = {0};

    (void)state;
    assert_int_equal(material_publish(material, "tls", files, 2, &err), 0);
    assert_true(readlink(path, target, sizeof(target) - 1) > 0);
    assert_string_equal(target, "..data/tls.crt");
    memset(target, 0, sizeof(target));
    assert_true(readlink(data, target, sizeof(target) - 1) > 0);
    assert_memory_equal(target, "..", 2);
    assert_file(material, "tls/tls.crt", "certificate");
    assert_file(material, "tls/tls.key", "key");
}

static void a_new_generation_replaces_the_old_and_leaves_nothing_of_it(void **state)
{
    const struct material_file first[] = {{"a", "1"}, {"b", "1"}};
    const struct material_file second[] = {{"b", "2"}, {"c", "2"}};
    CLEANUP(material_free) struct material *material = make();
    CLEANUP(free) char *a = material_path(material, "m/a");
    CLEANUP(free) char *data = material_path(material, "m/..data");
    char before[64] = "";
    CLEANUP(free) char *old = NULL;
    struct err err = {0};
    struct stat found;

    (void)state;
    assert_int_equal(material_publish(material, "m", first, 2, &err), 0);
    assert_true(readlink(data, before, sizeof(before) - 1) > 0);
    assert_int_equal(material_publish(material, "m", second, 2, &err), 0);
    assert_file(material, "m/b", "2");
    assert_file(material, "m/c", "2");
    assert_int_equal(lstat(a, &found), -1);
    assert_true(asprintf(&old, "%s/../%s", data, before) > 0);
    assert_int_equal(lstat(old, &found), -1);
}

/* Reads "..data/value" from several generations; each must be whole. */
struct reader {
    char *path;
    atomic_bool stop;
    atomic_int n_wrong;
};

static void *read_again_and_again(void *data)
{
    struct reader *reader = data;

    while (!reader->stop) {
        CLEANUP(buf_clear) struct buf found = BUF_INIT(FILE_BYTES_MAX);
        struct err err = {0};
        /* A generation may go away after its folder was looked up; then there is no file. */
        if (file_read(reader->path, &found, &err) < 0 ? err.code != ERR_NOT_FOUND
                                                      : strcmp(buf_text(&found), "whole") != 0) {
            reader->n_wrong++;
        }
    }
    return NULL;
}

static void a_reader_never_sees_half_a_generation(void **state)
{
    const struct material_file files[] = {{"value", "whole"}};
    CLEANUP(material_free) struct material *material = make();
    CLEANUP(free) char *path = material_path(material, "m/value");
    struct reader reader = {.path = path};
    struct err err = {0};
    pthread_t thread;

    (void)state;
    assert_int_equal(material_publish(material, "m", files, 1, &err), 0);
    assert_int_equal(pthread_create(&thread, NULL, read_again_and_again, &reader), 0);
    for (int i = 0; i < N_GENERATIONS; i++) {
        assert_int_equal(material_publish(material, "m", files, 1, &err), 0);
    }
    reader.stop = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reader.n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folder_goes_away_with_all_in_it),
        cmocka_unit_test(a_plain_file_is_replaced_whole),
        cmocka_unit_test(a_mounted_file_is_a_link_through_data),
        cmocka_unit_test(a_new_generation_replaces_the_old_and_leaves_nothing_of_it),
        cmocka_unit_test(a_reader_never_sees_half_a_generation),
    };

    return cmocka_run_group_tests_name("material", tests, NULL, NULL);
}
