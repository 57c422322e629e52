/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/clash.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "policies/load.h"
#include "tests/test.h"

#define A "{name: a, mountPath: /a, transient: {storageClassName: nfs, size: 1Gi}}"
#define C "{name: c, mountPath: /c, persistent: {claimName: c}}"

#define VOLUMES(items) "volumes: [" items "]"

/* Two policies, "one" and "two", with these specs. */
static struct policy_set *load_two(const char *one, const char *two)
{
    char text[4096];
    struct err err = {0};
    struct policy_set *set;

    (void)snprintf(text, sizeof(text),
                   "apiVersion: hawser.dev/v1\n"
                   "kind: VolumePolicy\n"
                   "metadata: {name: one}\n"
                   "spec: {%s}\n"
                   "---\n"
                   "apiVersion: hawser.dev/v1\n"
                   "kind: VolumePolicy\n"
                   "metadata: {name: two}\n"
                   "spec: {%s}\n",
                   one, two);
    set = policy_load_text("p.yaml", text, strlen(text), &err);
    assert_string_equal(err.msg, "");
    assert_non_null(set);
    return set;
}

/* The clash of the two, after checking that it does not depend on their order. */
static const char *clash_of(const struct policy_set *set, struct arena *arena)
{
    const struct volume_policy *one = policy_set_find(set, "one");
    const struct volume_policy *two = policy_set_find(set, "two");

    assert_int_equal(policy_clash(one, two, arena) != NULL, policy_clash(two, one, arena) != NULL);
    return policy_clash(one, two, arena);
}

static void the_same_claim_made_twice_is_no_clash(void **state)
{
    static const struct {
        const char *one;
        const char *two;
    } rows[] = {
        {VOLUMES(A), VOLUMES(A)},
        {VOLUMES(A), VOLUMES(C)},
        {VOLUMES(A ", " C), VOLUMES(C)},
        {VOLUMES(A), VOLUMES("{name: a, mountPath: //a/, transient: {size: 1Gi, storageClassName: "
                             "nfs, accessModes: [ReadWriteMany]}}")},
        {VOLUMES(A), VOLUMES("{name: a, mountPath: /a, transient: {storageClassName: nfs, size: "
                             "1Gi}, templates: {include: [x]}}")},
        {VOLUMES(A), VOLUMES("{name: b, mountPath: /a/b, persistent: {claimName: c}}")},
        {VOLUMES(A), VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]"},
        {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
         VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x/}]"},
        {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
         VOLUMES(A) ", copies: [{name: z, from: {volume: a}, to: /z}]"},
        {VOLUMES(A) ", copier: {threads: 4}", VOLUMES(A) ", copier: {threads: 8}"},
        {VOLUMES(A) ", initContainer: First", VOLUMES(A)},
        {VOLUMES(A) ", volumeClaimGC: OnWorkflowSuccess", VOLUMES(A)},
        {VOLUMES(A) ", volumeClaimGC: OnWorkflowSuccess",
         VOLUMES(C) ", volumeClaimGC: OnWorkflowCompletion"},
        {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}], copier: {resources: "
                    "{requests: {cpu: 1, memory: 1Gi}}}",
         VOLUMES(A) ", copies: [{name: z, from: {volume: a}, to: /z}], copier: {resources: "
                    "{requests: {memory: 1Gi, cpu: 1}}}"},
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(1 << 16);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(policy_set_unref) struct policy_set *set = load_two(rows[i].one, rows[i].two);
        const char *clash = clash_of(set, arena);
        print_message("# row %zu\n", i);
        if (clash != NULL) {
            fail_msg("%s", clash);
        }
    }
}

static const struct {
    const char *one;
    const char *two;
    const char *reason;
} clashes[] = {
    {VOLUMES(A), VOLUMES("{name: b, mountPath: /a, persistent: {claimName: c}}"),
     "volumes 'a' and 'b' are both mounted at '/a'"},
    {VOLUMES(A), VOLUMES("{name: a, mountPath: /a, persistent: {claimName: c}}"),
     "both have a volume 'a', one transient and one persistent"},
    {VOLUMES(C), VOLUMES("{name: c, mountPath: /c, persistent: {claimName: d}}"),
     "both have a volume 'c', with different claims"},
    {VOLUMES(A), VOLUMES("{name: a, mountPath: /a, transient: {storageClassName: efs, size: 1Gi}}"),
     "both have a volume 'a', with different storage classes"},
    {VOLUMES(A), VOLUMES("{name: a, mountPath: /a, transient: {storageClassName: nfs, size: 2Gi}}"),
     "both have a volume 'a', with different sizes"},
    {VOLUMES(A),
     VOLUMES("{name: a, mountPath: /a, transient: {storageClassName: nfs, size: "
             "1Gi, accessModes: [ReadWriteOnce]}}"),
     "both have a volume 'a', with different access modes"},
    {VOLUMES(A), VOLUMES("{name: a, mountPath: /b, transient: {storageClassName: nfs, size: 1Gi}}"),
     "both have a volume 'a', at different mount paths"},
    {VOLUMES(A),
     VOLUMES("{name: a, mountPath: /a, subPath: x, transient: {storageClassName: "
             "nfs, size: 1Gi}}"),
     "both have a volume 'a', with different sub paths"},
    {VOLUMES(A),
     VOLUMES("{name: a, mountPath: /a, readOnly: true, transient: "
             "{storageClassName: nfs, size: 1Gi}}"),
     "both have a volume 'a', one of them read-only"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a, path: p}, to: /x}]",
     "both have a copy 'x', from different places"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /w}]",
     "both have a copy 'x', to different targets"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, ephemeral: {sizeLimit: "
                "1Gi}}]",
     "both have a copy 'x', with different ephemeral storage"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, include: ['*']}]",
     "both have a copy 'x', of different files"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, missing: Empty}]",
     "both have a copy 'x', with different answers to a missing source"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, copyBack: {path: r}}]",
     "both have a copy 'x', with results for different places"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, copyBack: {path: s}}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, copyBack: {path: r}}]",
     "both have a copy 'x', with results for different places"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, copyBack: {path: r, when: "
                "Always}}]",
     VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x, copyBack: {path: r}}]",
     "both have a copy 'x', with results for different places"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}]",
     VOLUMES(A) ", copies: [{name: z, from: {volume: a}, to: /x/z}]",
     "the targets '/x' of copy 'x' and '/x/z' of copy 'z' overlap"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /c/x}]", VOLUMES(C),
     "the target '/c/x' of copy 'x' overlaps with '/c', where volume 'c' is mounted"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}], initContainer: First",
     VOLUMES(A) ", copies: [{name: z, from: {volume: a}, to: /z}]",
     "they have different values of initContainer"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}], copier: {image: i}",
     VOLUMES(A) ", copies: [{name: z, from: {volume: a}, to: /z}]",
     "they have different values of copier.image"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}], copier: {threads: 4}",
     VOLUMES(A) ", copies: [{name: z, from: {volume: a}, to: /z}]",
     "they have different values of copier.threads"},
    {VOLUMES(A) ", copies: [{name: x, from: {volume: a}, to: /x}], copier: {resources: {}}",
     VOLUMES(A) ", copies: [{name: z, from: {volume: a}, to: /z}]",
     "they have different values of copier.resources"},
    {VOLUMES(A) ", volumeClaimGC: OnWorkflowSuccess",
     VOLUMES(A) ", volumeClaimGC: OnWorkflowCompletion",
     "they have different values of volumeClaimGC"},
};

static void different_claims_to_one_thing_clash(void **state)
{
    const char *head = "policies 'one' and 'two' cannot be applied together: ";
    CLEANUP(arena_free) struct arena *arena = arena_new(1 << 16);

    (void)state;
    for (size_t i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++) {
        CLEANUP(policy_set_unref) struct policy_set *set = load_two(clashes[i].one, clashes[i].two);
        const char *clash = clash_of(set, arena);
        print_message("# row %zu: %s\n", i, clashes[i].reason);
        assert_non_null(clash);
        assert_memory_equal(clash, head, strlen(head));
        assert_string_equal(clash + strlen(head), clashes[i].reason);
    }
}

static void a_policy_can_clash_with_itself_after_an_override(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(1 << 16);
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load_two(VOLUMES(A ", " C) ", copies: [{name: x, from: {volume: a}, to: "
                                   "/x}]",
                 VOLUMES(A));
    struct volume_policy policy = *policy_set_find(set, "one");
    struct policy_volume volumes[2] = {policy.volumes.items[0], policy.volumes.items[1]};

    (void)state;
    policy.volumes.items = volumes;
    assert_null(policy_clash(&policy, &policy, arena));
    volumes[0].mount_path = "/c";
    assert_string_equal(policy_clash(&policy, &policy, arena),
                        "policy 'one' cannot be applied: volumes 'a' and 'c' are both mounted at "
                        "'/c'");
    volumes[0].mount_path = "/x/a";
    assert_string_equal(policy_clash(&policy, &policy, arena),
                        "policy 'one' cannot be applied: the target '/x' of copy 'x' overlaps "
                        "with '/x/a', where volume 'a' is mounted");
}

static void a_clash_is_told_even_without_memory(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(0);
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load_two(VOLUMES(A), VOLUMES("{name: a, mountPath: /a, persistent: {claimName: c}}"));

    (void)state;
    assert_string_equal(clash_of(set, arena), "two policies cannot be applied together");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_claim_made_twice_is_no_clash),
        cmocka_unit_test(different_claims_to_one_thing_clash),
        cmocka_unit_test(a_policy_can_clash_with_itself_after_an_override),
        cmocka_unit_test(a_clash_is_told_even_without_memory),
    };

    return cmocka_run_group_tests_name("clash", tests, NULL, NULL);
}
