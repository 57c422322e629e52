/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/mount_path.h"

#include <string.h>

#include "tests/test.h"

static void one_folder_has_one_normal_form(void **state)
{
    static const struct {
        const char *path;
        const char *normal; /* NULL: there is none */
    } rows[] = {
        {"/workdir", "/workdir"},
        {"/workdir/", "/workdir"},
        {"//workdir/.", "/workdir"},
        {"/./a/././b//", "/a/b"},
        {"/", "/"},
        {"///", "/"},
        {"/.", "/"},
        {"/...", "/..."},
        {"/a..b/..c/d..", "/a..b/..c/d.."},
        {"/.hidden", "/.hidden"},
        {"/a b/\xc3\xa4", "/a b/\xc3\xa4"},
        {"", NULL},
        {"workdir", NULL},
        {"./workdir", NULL},
        {"/..", NULL},
        {"/a/../b", NULL},
        {"/a/..", NULL},
        {"/{{inputs.parameters.dir}}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char normal[MOUNT_PATH_MAX];
        print_message("# '%s'\n", rows[i].path);
        assert_int_equal(mount_path_normalize(rows[i].path, normal), rows[i].normal != NULL);
        if (rows[i].normal != NULL) {
            assert_string_equal(normal, rows[i].normal);
        }
    }
}

static void a_path_that_fills_the_room_is_the_longest(void **state)
{
    char path[MOUNT_PATH_MAX + 1];
    char normal[MOUNT_PATH_MAX];

    (void)state;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[MOUNT_PATH_MAX - 1] = '\0';
    assert_true(mount_path_normalize(path, normal));
    assert_string_equal(normal, path);
    path[MOUNT_PATH_MAX - 1] = 'a';
    path[MOUNT_PATH_MAX] = '\0';
    assert_false(mount_path_normalize(path, normal));
}

static void paths_lie_apart_or_in_each_other(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        enum mount_path_relation relation;
        enum mount_path_relation reversed;
    } rows[] = {
        {"/a", "/a", MOUNT_PATH_EQUAL, MOUNT_PATH_EQUAL},
        {"/a", "/b", MOUNT_PATH_APART, MOUNT_PATH_APART},
        {"/a/b", "/a", MOUNT_PATH_INSIDE, MOUNT_PATH_OUTSIDE},
        {"/ab", "/a", MOUNT_PATH_APART, MOUNT_PATH_APART},
        {"/a", "/", MOUNT_PATH_INSIDE, MOUNT_PATH_OUTSIDE},
        {"/", "/", MOUNT_PATH_EQUAL, MOUNT_PATH_EQUAL},
        {"/a/b/c", "/a/b", MOUNT_PATH_INSIDE, MOUNT_PATH_OUTSIDE},
        {"/a/bc", "/a/b", MOUNT_PATH_APART, MOUNT_PATH_APART},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s' and '%s'\n", rows[i].a, rows[i].b);
        assert_int_equal(mount_path_relate(rows[i].a, rows[i].b), rows[i].relation);
        assert_int_equal(mount_path_relate(rows[i].b, rows[i].a), rows[i].reversed);
    }
}

static const struct {
    const char *path;
    bool allowed;
} mount_paths[] = {
    {"/workdir", true},
    {"/data/a_b-c.d/", true},
    {"/usr/src/app", true},
    {"/usr/local", true},
    {"/home/user", true},
    {"/tmp", true},
    {"/var/lib/data", true},
    {"/mnt", true},
    {"/argonaut", true},
    {"/opt/argo", true},
    {"/etcetera", true},
    {"/var/running", true},
    {"/root", true},
    {"/", false},
    {"//", false},
    {"/.", false},
    {"/argo", false},
    {"//argo/.", false},
    {"/argo/inputs/artifacts", false},
    {"/argo-bin", false},
    {"/var", false},
    {"/var/run", false},
    {"/var/./run//argo/x", false},
    {"/var/run/secrets/kubernetes.io/serviceaccount", false},
    {"/run", false},
    {"/run/argo", false},
    {"/run/secrets", false},
    {"/mainctrfs", false},
    {"/mainctrfs/workdir", false},
    {"/hawser", false},
    {"/dev/shm", false},
    {"/etc/passwd", false},
    {"/proc", false},
    {"/sys/fs", false},
    {"/bin", false},
    {"/lib64", false},
    {"/usr", false},
    {"/usr/bin", false},
    {"", false},
    {"workdir", false},
    {"../workdir", false},
    {"/a/../etc", false},
    {"/a b", false},
    {"/a:b", false},
    {"/a$b", false},
    {"/a\\b", false},
    {"/\xc3\xa4", false},
    {"/{{workflow.name}}", false},
    {"/a\n", false},
};

static void what_argo_and_the_system_need_is_not_mounted_over(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof(mount_paths) / sizeof(mount_paths[0]); i++) {
        struct err err = {0};
        print_message("# row %zu\n", i); /* one path has more than a line */
        assert_int_equal(mount_path_check(mount_paths[i].path, &err),
                         mount_paths[i].allowed ? 0 : -1);
        assert_int_equal(err.code, mount_paths[i].allowed ? ERR_NONE : ERR_INVALID);
    }
}

static void sub_paths_stay_inside_the_volume(void **state)
{
    static const struct {
        const char *path;
        bool allowed;
    } rows[] = {
        {"data", true},
        {"team/data", true},
        {"dt=2024-01-01/part 1", true},
        {"node_modules/@scope/a+b~", true},
        {"...", true},
        {".git", true},
        {"{{workflow.name}}", true},
        {"runs/{{workflow.namespace}}-{{workflow.uid}}/{{pod.name}}", true},
        {"", false},
        {"/data", false},
        {"data/", false},
        {"a//b", false},
        {".", false},
        {"..", false},
        {"a/../b", false},
        {"a/./b", false},
        {"../{{workflow.name}}", false},
        {"$(HOME)", false},
        {"a\\b", false},
        {"a\"b", false},
        {"a:b", false},
        {"{a}", false},
        {"a}}", false},
        {"{{=workflow.name}}", false},
        {"{{workflow.parameters.x}}", false},
        {"{{ workflow.name }}", false},
        {"{{workflow.name", false},
        {"{{{workflow.name}}}", false},
        {"{{workflow.name}}{{", false},
        {"\xc3\xa4", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        print_message("# '%s'\n", rows[i].path);
        assert_int_equal(sub_path_check(rows[i].path, &err), rows[i].allowed ? 0 : -1);
        assert_int_equal(err.code, rows[i].allowed ? ERR_NONE : ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_folder_has_one_normal_form),
        cmocka_unit_test(a_path_that_fills_the_room_is_the_longest),
        cmocka_unit_test(paths_lie_apart_or_in_each_other),
        cmocka_unit_test(what_argo_and_the_system_need_is_not_mounted_over),
        cmocka_unit_test(sub_paths_stay_inside_the_volume),
    };

    return cmocka_run_group_tests_name("mount_path", tests, NULL, NULL);
}
