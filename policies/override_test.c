/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/override.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define EVERYTHING \
    (POLICY_OVERRIDE_SIZE | POLICY_OVERRIDE_MOUNT_PATH | POLICY_OVERRIDE_STORAGE_CLASS)

static struct policy_transient claim = {.storage_class_name = "nfs", .size = "10Gi"};

static const struct policy_volume original = {
    .name = "workdir",
    .transient = &claim,
    .mount_path = "/workdir",
};

static void what_is_allowed_is_changed_in_the_copy_only(void **state)
{
    const struct policy_override allowed = {
        .volume = "workdir", .fields = EVERYTHING, .max_size = "100Gi"};
    CLEANUP(arena_free) struct arena *arena = arena_new(4096);
    struct policy_volume volume = original;
    struct err err = {0};
    char value[] = "0.1Ti";

    (void)state;
    assert_int_equal(
        policy_override_apply(&volume, &allowed, POLICY_OVERRIDE_SIZE, "100Gi", arena, &err), 0);
    assert_string_equal(volume.transient->size, "100Gi");
    assert_string_equal(volume.transient->storage_class_name, "nfs");
    assert_int_equal(policy_override_apply(&volume, &allowed, POLICY_OVERRIDE_STORAGE_CLASS,
                                           value + 3, arena, &err),
                     -1);
    assert_int_equal(
        policy_override_apply(&volume, &allowed, POLICY_OVERRIDE_STORAGE_CLASS, "efs", arena, &err),
        0);
    assert_int_equal(policy_override_apply(&volume, &allowed, POLICY_OVERRIDE_MOUNT_PATH,
                                           "//data/./x/", arena, &err),
                     0);
    assert_string_equal(volume.transient->storage_class_name, "efs");
    assert_string_equal(volume.transient->size, "100Gi");
    assert_string_equal(volume.mount_path, "/data/x");
    assert_string_equal(claim.size, "10Gi");
    assert_string_equal(claim.storage_class_name, "nfs");
}

static void what_is_not_allowed_says_what_would_be(void **state)
{
    static const struct {
        unsigned int fields; /* 0: no override at all */
        enum policy_override_field field;
        const char *value;
        const char *message;
    } rows[] = {
        {0, POLICY_OVERRIDE_SIZE, "1Gi",
         "size of volume 'workdir' may not be changed; accepted: nothing"},
        {POLICY_OVERRIDE_SIZE | POLICY_OVERRIDE_STORAGE_CLASS, POLICY_OVERRIDE_MOUNT_PATH, "/a",
         "mount-path of volume 'workdir' may not be changed; accepted: size, storage-class"},
        {EVERYTHING, POLICY_OVERRIDE_SIZE, "101Gi",
         "'101Gi' is too large; accepted: at most 100Gi"},
        {EVERYTHING, POLICY_OVERRIDE_SIZE, "0", "'0' is not positive; expected e.g. '10Gi'"},
        {EVERYTHING, POLICY_OVERRIDE_SIZE, "-1Gi", "'-1Gi' is not positive; expected e.g. '10Gi'"},
        {EVERYTHING, POLICY_OVERRIDE_SIZE, "00000000000000000000000000000000000000001",
         "'0000000000000000000000000000000000000000...' is not a quantity; expected e.g. '10Gi'"},
        {EVERYTHING, POLICY_OVERRIDE_STORAGE_CLASS, "EFS",
         "'EFS' is not a name; expected lower case letters, digits, '-' and '.', e.g. 'nfs-ebs'"},
        {EVERYTHING, POLICY_OVERRIDE_MOUNT_PATH, "data",
         "'data' is not an absolute path; expected e.g. '/workdir'"},
        {EVERYTHING, POLICY_OVERRIDE_MOUNT_PATH, "/a/../etc",
         "'/a/../etc' has a '..'; expected e.g. '/workdir'"},
        {EVERYTHING, POLICY_OVERRIDE_MOUNT_PATH, "/etc/passwd",
         "'/etc/passwd' is at or below '/etc', which belongs to Argo, Kubernetes or the image; "
         "expected e.g. '/workdir'"},
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(4096);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct policy_override allowed = {
            .volume = "workdir", .fields = rows[i].fields, .max_size = "100Gi"};
        struct policy_volume volume = original;
        struct err err = {0};
        print_message("# row %zu: %s\n", i, rows[i].value);
        assert_int_equal(policy_override_apply(&volume, rows[i].fields != 0 ? &allowed : NULL,
                                               rows[i].field, rows[i].value, arena, &err),
                         -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
        assert_memory_equal(&volume, &original, sizeof(volume));
    }
}

static void hostile_values_change_nothing(void **state)
{
    static const char *const values[] = {
        "",
        " ",
        "\n",
        "\x01",
        "{{workflow.name}}",
        "{{=1}}",
        "$(reboot)",
        "`id`",
        "'; rm -rf /",
        "\"",
        "\\",
        "../..",
        "/..",
        "/./..",
        "/{{x}}",
        "%00",
        "\xff\xfe",
        "\xe2\x80\xae",
        "NaN",
        "1e400",
        "0x10",
        "1_000",
        "١٠",
        "NULL",
        "true",
        "<script>",
        "/proc/self",
        "/dev/sda",
        "/var/run/secrets",
        "/argo/x",
        "999999999999999999999Ei",
        "1 Gi",
        "1Gi ",
        "Infinity",
        "a/b",
    };
    static const enum policy_override_field fields[] = {
        POLICY_OVERRIDE_SIZE, POLICY_OVERRIDE_MOUNT_PATH, POLICY_OVERRIDE_STORAGE_CLASS};
    const struct policy_override allowed = {.volume = "workdir", .fields = EVERYTHING};
    CLEANUP(arena_free) struct arena *arena = arena_new(4096);

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++) {
            struct policy_volume volume = original;
            struct err err = {0};
            print_message("# value %zu, field %zu\n", i, k);
            if (policy_override_apply(&volume, &allowed, fields[k], values[i], arena, &err) < 0) {
                assert_memory_equal(&volume, &original, sizeof(volume));
                continue;
            }
            /* "true" and "0x10" are names like any other. */
            assert_int_equal(fields[k], POLICY_OVERRIDE_STORAGE_CLASS);
            assert_int_equal(strspn(values[i], "abcdefghijklmnopqrstuvwxyz0123456789"),
                             strlen(values[i]));
        }
    }
}

static void a_full_arena_leaves_the_volume_as_it_was(void **state)
{
    const struct policy_override allowed = {.volume = "workdir", .fields = EVERYTHING};
    CLEANUP(arena_free) struct arena *arena = arena_new(0);
    struct policy_volume volume = original;
    struct err err = {0};

    (void)state;
    assert_int_equal(
        policy_override_apply(&volume, &allowed, POLICY_OVERRIDE_SIZE, "1Gi", arena, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(
        policy_override_apply(&volume, &allowed, POLICY_OVERRIDE_MOUNT_PATH, "/a", arena, &err),
        -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_memory_equal(&volume, &original, sizeof(volume));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_allowed_is_changed_in_the_copy_only),
        cmocka_unit_test(what_is_not_allowed_says_what_would_be),
        cmocka_unit_test(hostile_values_change_nothing),
        cmocka_unit_test(a_full_arena_leaves_the_volume_as_it_was),
    };

    return cmocka_run_group_tests_name("override", tests, NULL, NULL);
}
