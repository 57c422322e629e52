/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/volumes.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define BEFORE      "2024-05-01T09:59:54Z"
#define JUST_BEFORE "2024-05-01T09:59:55Z" /* VOLUMES_SKEW_S */
#define BIRTH       "2024-05-01T10:00:00Z" /* of the pod */
#define JUST_AFTER  "2024-05-01T10:00:05Z"
#define AFTER       "2024-05-01T10:00:06Z"

#define ADDRESS "10.0.0.1"

static const struct nfs_provisioner on_empty_dir = {
    .name = "fast",
    .storage_class_name = "hawser-fast",
    .backing = {.empty_dir = &(struct provisioner_empty_dir){0}},
};

static const struct nfs_provisioner on_host_path = {
    .name = "fast",
    .storage_class_name = "hawser-fast",
    .backing = {.host_path = &(struct provisioner_host_path){.path = "/data"}},
};

static const struct nfs_provisioner on_claim = {
    .name = "fast",
    .storage_class_name = "hawser-fast",
    .backing = {.claim = &(struct policy_claim){0}},
};

/* A pod that has its data on @backing, a member of a volume. */
static json_t *make_pod_on(const char *backing, const char *created, const char *phase)
{
    json_t *pod =
        json_pack("{s:{s:s, s:s}, s:{s:[{s:[{s:s, s:s}]}], s:[{s:s, s:{}}]}, s:{s:s}}", "metadata",
                  "name", "hawser-nfs-fast-0", "creationTimestamp", created, "spec", "containers",
                  "volumeMounts", "name", "data", "mountPath", "/export", "volumes", "name", "data",
                  backing, "status", "phase", phase);

    assert_non_null(pod);
    return pod;
}

static const char *backing_of(const struct nfs_provisioner *provisioner)
{
    return provisioner->backing.empty_dir != NULL   ? "emptyDir"
           : provisioner->backing.host_path != NULL ? "hostPath"
                                                    : "persistentVolumeClaim";
}

static json_t *make_pod(const char *created, const char *phase)
{
    return make_pod_on("emptyDir", created, phase);
}

static json_t *make_volume(const char *name, const char *created, const char *identity)
{
    json_t *volume =
        json_pack("{s:{s:s, s:s, s:{s:s, s:s}}, s:{s:s, s:s, s:{s:s}, s:{s:s, s:s}}, s:{s:s}}",
                  "metadata", "name", name, "creationTimestamp", created, "annotations",
                  "pv.kubernetes.io/provisioned-by", "hawser.dev/nfs-fast", "Provisioner_Id",
                  identity, "spec", "storageClassName", "hawser-fast",
                  "persistentVolumeReclaimPolicy", "Delete", "nfs", "server", ADDRESS, "claimRef",
                  "namespace", "team", "name", "work", "status", "phase", "Bound");

    assert_non_null(volume);
    return volume;
}

static void set_text(json_t *object, const char *map, const char *key, const char *text)
{
    assert_int_equal(json_object_set_new(json_object_get(object, map), key, json_string(text)), 0);
}

/* What becomes of @volume, which may be a member of @volumes, on @server. */
static struct volume_verdict
judge_on(const struct volumes_server *server, const json_t *volumes, const json_t *volume)
{
    struct volumes_sight sight;
    struct volume_verdict verdict;

    volumes_look(server, volumes, &sight);
    volumes_judge(&sight, volume, &verdict);
    assert_true((verdict.fate == VOLUME_ALIVE) == (verdict.text[0] == '\0'));
    return verdict;
}

static struct volume_verdict judge(const struct nfs_provisioner *provisioner,
                                   const json_t *pod,
                                   const json_t *volumes,
                                   const json_t *volume)
{
    const struct volumes_server server = {
        .provisioner = provisioner, .pod = pod, .address = ADDRESS};

    return judge_on(&server, volumes, volume);
}

static void a_volume_is_dead_when_its_server_is_gone(void **state)
{
    static const struct {
        const char *name;
        const struct nfs_provisioner *provisioner;
        const char *created;  /* of the volume */
        const char *phase;    /* of the pod; NULL: there is none */
        const char *identity; /* of a volume made after the pod; NULL: there is none */
        const char *another;  /* of a second one */
        bool is_dead;
    } rows[] = {
        {"older than the pod", &on_empty_dir, BEFORE, "Running", NULL, NULL, true},
        {"of the same second", &on_empty_dir, BIRTH, "Running", NULL, NULL, false},
        {"of about the same time", &on_empty_dir, JUST_BEFORE, "Running", NULL, NULL, false},
        {"of about the same time and another identity", &on_empty_dir, JUST_BEFORE, "Running",
         "new", NULL, true},
        {"of about the same time and the same identity", &on_empty_dir, JUST_BEFORE, "Running",
         "old", NULL, false},
        {"younger", &on_empty_dir, AFTER, "Running", NULL, NULL, false},
        {"no pod", &on_empty_dir, BEFORE, NULL, NULL, NULL, false},
        {"a pod that waits", &on_empty_dir, BEFORE, "Pending", NULL, NULL, false},
        {"a time that is none", &on_empty_dir, "yesterday", "Running", NULL, NULL, false},
        {"a younger one of another identity", &on_empty_dir, BEFORE, "Running", "new", NULL, true},
        {"a younger one of the same identity", &on_empty_dir, BEFORE, "Running", "old", NULL,
         false},
        {"younger ones of both", &on_empty_dir, BEFORE, "Running", "new", "old", false},
        {"a path, and nothing younger", &on_host_path, BEFORE, "Running", NULL, NULL, false},
        {"a path of another identity", &on_host_path, BEFORE, "Running", "new", NULL, true},
        {"a path of the same identity", &on_host_path, BEFORE, "Running", "old", NULL, false},
        {"a path of several identities", &on_host_path, BEFORE, "Running", "new", "newer", false},
        {"a path, and a pod that waits", &on_host_path, BEFORE, "Pending", "new", NULL, false},
        {"a path, and of the same second", &on_host_path, BIRTH, "Running", "new", NULL, false},
        {"a path, and an identity that is none", &on_host_path, BEFORE, "Running", "", NULL, false},
        {"a disk", &on_claim, BEFORE, "Running", "new", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *pod = rows[i].phase != NULL
                               ? make_pod_on(backing_of(rows[i].provisioner), BIRTH, rows[i].phase)
                               : NULL;
        json_auto_t *volumes = json_array();
        json_t *volume = make_volume("pvc-1", rows[i].created, "old");
        assert_int_equal(json_array_append_new(volumes, volume), 0);
        if (rows[i].identity != NULL) {
            json_t *other = make_volume("pvc-2", AFTER, rows[i].identity);
            assert_int_equal(json_array_append_new(volumes, other), 0);
        }
        if (rows[i].another != NULL) {
            json_t *other = make_volume("pvc-3", AFTER, rows[i].another);
            assert_int_equal(json_array_append_new(volumes, other), 0);
        }
        if ((judge(rows[i].provisioner, pod, volumes, volume).fate != VOLUME_ALIVE) !=
            rows[i].is_dead) {
            fail_msg("%s: expected %s", rows[i].name, rows[i].is_dead ? "dead" : "alive");
        }
    }
}

static void a_pod_that_is_going_tells_nothing(void **state)
{
    json_auto_t *pod = make_pod(BIRTH, "Running");
    json_auto_t *volumes = json_array();
    json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");

    (void)state;
    assert_int_not_equal(judge(&on_empty_dir, pod, volumes, volume).fate, VOLUME_ALIVE);
    set_text(pod, "metadata", "deletionTimestamp", AFTER);
    assert_int_equal(judge(&on_empty_dir, pod, volumes, volume).fate, VOLUME_ALIVE);
}

/* What was made before a change of the document may be on what the document said then. */
static void a_pod_that_has_not_what_the_document_says_tells_nothing(void **state)
{
    static const struct {
        const struct nfs_provisioner *provisioner;
        const char *backing; /* of the pod */
        bool is_dead;
    } rows[] = {
        {&on_empty_dir, "emptyDir", true},
        {&on_empty_dir, "hostPath", false},
        {&on_empty_dir, "persistentVolumeClaim", false},
        {&on_empty_dir, "csi", false},
        {&on_host_path, "hostPath", true},
        {&on_host_path, "emptyDir", false},
        {&on_host_path, "persistentVolumeClaim", false},
        {&on_claim, "persistentVolumeClaim", false},
        {&on_claim, "emptyDir", false},
        {&on_claim, "hostPath", false},
    };
    json_auto_t *volumes = json_array();
    json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");

    (void)state;
    assert_int_equal(json_array_append_new(volumes, make_volume("pvc-2", AFTER, "new")), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *pod = make_pod_on(rows[i].backing, BIRTH, "Running");
        if ((judge(rows[i].provisioner, pod, volumes, volume).fate != VOLUME_ALIVE) !=
            rows[i].is_dead) {
            fail_msg("row %zu: expected %s", i, rows[i].is_dead ? "dead" : "alive");
        }
    }
}

/* A server that is not on its disk any more may be on it again. */
static void what_may_be_on_a_disk_is_alive(void **state)
{
    json_auto_t *pod = make_pod(BIRTH, "Running");
    json_auto_t *volumes = json_array();
    json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");
    struct volumes_server server = {
        .provisioner = &on_empty_dir, .pod = pod, .address = ADDRESS, .has_disk = true};

    (void)state;
    assert_int_equal(judge_on(&server, volumes, volume).fate, VOLUME_ALIVE);
    server.has_disk = false;
    assert_int_not_equal(judge_on(&server, volumes, volume).fate, VOLUME_ALIVE);
}

/* Of the same name, and in another namespace or of another hawser. */
static void a_volume_with_the_address_of_another_server_is_alive(void **state)
{
    json_auto_t *pod = make_pod(BIRTH, "Running");
    json_auto_t *volumes = json_array();
    json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");
    struct volumes_server server = {
        .provisioner = &on_empty_dir, .pod = pod, .address = "10.0.0.2"};

    (void)state;
    assert_int_equal(judge_on(&server, volumes, volume).fate, VOLUME_ALIVE);
    server.address = "";
    assert_int_equal(judge_on(&server, volumes, volume).fate, VOLUME_ALIVE);
    set_text(json_object_get(volume, "spec"), "nfs", "server", "");
    assert_int_equal(judge_on(&server, volumes, volume).fate, VOLUME_ALIVE);
}

/* One of about the pod's age may be of the pod before. */
static void a_volume_that_the_pod_may_not_have_made_tells_no_identity(void **state)
{
    json_auto_t *pod = make_pod_on("hostPath", BIRTH, "Running");
    json_auto_t *volumes = json_array();
    json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");
    json_t *other = make_volume("pvc-2", JUST_AFTER, "new");

    (void)state;
    assert_int_equal(json_array_append_new(volumes, other), 0);
    assert_int_equal(judge(&on_host_path, pod, volumes, volume).fate, VOLUME_ALIVE);
    set_text(other, "metadata", "creationTimestamp", AFTER);
    assert_int_not_equal(judge(&on_host_path, pod, volumes, volume).fate, VOLUME_ALIVE);
}

/* A volume made after the pod by another server says nothing of this one. */
static void the_identity_is_that_of_the_own_server(void **state)
{
    json_auto_t *pod = make_pod_on("hostPath", BIRTH, "Running");
    json_auto_t *volumes = json_array();
    json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");
    json_t *other = make_volume("pvc-2", AFTER, "new");

    (void)state;
    assert_int_equal(json_array_append_new(volumes, other), 0);
    set_text(json_object_get(other, "metadata"), "annotations", "pv.kubernetes.io/provisioned-by",
             "hawser.dev/nfs-faster");
    assert_int_equal(judge(&on_host_path, pod, volumes, volume).fate, VOLUME_ALIVE);
    set_text(json_object_get(other, "metadata"), "annotations", "pv.kubernetes.io/provisioned-by",
             "hawser.dev/nfs-fast");
    set_text(json_object_get(other, "spec"), "nfs", "server", "10.0.0.2");
    assert_int_equal(judge(&on_host_path, pod, volumes, volume).fate, VOLUME_ALIVE);
    set_text(json_object_get(other, "spec"), "nfs", "server", ADDRESS);
    assert_int_not_equal(judge(&on_host_path, pod, volumes, volume).fate, VOLUME_ALIVE);
}

static void what_becomes_of_a_dead_volume_depends_on_its_phase(void **state)
{
    static const struct {
        const char *phase;
        const char *policy;
        bool is_going;
        enum volume_fate fate;
    } rows[] = {
        {"Bound", "Delete", false, VOLUME_DEAD_BOUND},
        {"Bound", "Retain", false, VOLUME_DEAD_BOUND},
        {"Bound", "Delete", true, VOLUME_DEAD_KEPT},
        {"Released", "Delete", false, VOLUME_DEAD_RELEASED},
        {"Failed", "Delete", false, VOLUME_DEAD_RELEASED},
        {"Released", "Retain", false, VOLUME_DEAD_KEPT},
        {"Released", "Delete", true, VOLUME_DEAD_KEPT},
        {"Available", "Delete", false, VOLUME_DEAD_KEPT},
        {"", "Delete", false, VOLUME_DEAD_KEPT},
    };
    json_auto_t *pod = make_pod(BIRTH, "Running");
    json_auto_t *volumes = json_array();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");
        struct volume_verdict verdict;
        set_text(volume, "status", "phase", rows[i].phase);
        set_text(volume, "spec", "persistentVolumeReclaimPolicy", rows[i].policy);
        if (rows[i].is_going) {
            set_text(volume, "metadata", "deletionTimestamp", AFTER);
        }
        verdict = judge(&on_empty_dir, pod, volumes, volume);
        if (verdict.fate != rows[i].fate) {
            fail_msg("%s, %s: found %d", rows[i].phase, rows[i].policy, (int)verdict.fate);
        }
        assert_string_equal(verdict.claim_namespace, "team");
        assert_string_equal(verdict.claim_name, "work");
    }
}

/* Its users are found by it. */
static void a_volume_that_names_no_claim_is_not_to_be_deleted(void **state)
{
    static const char *const keys[] = {"namespace", "name"};
    json_auto_t *pod = make_pod(BIRTH, "Running");
    json_auto_t *volumes = json_array();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");
        set_text(volume, "status", "phase", "Released");
        assert_int_equal(judge(&on_empty_dir, pod, volumes, volume).fate, VOLUME_DEAD_RELEASED);
        set_text(json_object_get(volume, "spec"), "claimRef", keys[i], "");
        assert_int_equal(judge(&on_empty_dir, pod, volumes, volume).fate, VOLUME_DEAD_KEPT);
    }
}

static void the_text_names_volume_and_claim(void **state)
{
    json_auto_t *pod = make_pod(BIRTH, "Running");
    json_auto_t *volumes = json_array();
    json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");

    (void)state;
    assert_string_equal(judge(&on_empty_dir, pod, volumes, volume).text,
                        "volume 'pvc-1' of claim 'team/work' was on a server that is gone: its pod "
                        "was replaced, and its data was lost with it");
}

static void a_volume_is_found_by_its_provisioner(void **state)
{
    static const struct {
        const char *provisioner;
        const char *class_;
        bool is_nfs;
        enum volume_origin origin;
    } rows[] = {
        {"hawser.dev/nfs-fast", "hawser-fast", true, VOLUME_OURS},
        {"hawser.dev/nfs-fast", "older", true, VOLUME_OF_OLD_CLASS},
        {"hawser.dev/nfs-faster", "hawser-fast", true, VOLUME_ORPHAN},
        {"hawser.dev/nfs-", "hawser-fast", true, VOLUME_ORPHAN},
        {"hawser.dev/nfs-fast", "hawser-fast", false, VOLUME_FOREIGN},
        {"ebs.csi.aws.com", "hawser-fast", true, VOLUME_FOREIGN},
        {"", "hawser-fast", true, VOLUME_FOREIGN},
    };
    struct nfs_provisioner provisioners[] = {on_empty_dir};
    const struct policy_set set = {.provisioners = {.items = provisioners, .n = 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *volume = make_volume("pvc-1", BEFORE, "old");
        const struct nfs_provisioner *found = NULL;
        set_text(json_object_get(volume, "metadata"), "annotations",
                 "pv.kubernetes.io/provisioned-by", rows[i].provisioner);
        set_text(volume, "spec", "storageClassName", rows[i].class_);
        if (!rows[i].is_nfs) {
            (void)json_object_del(json_object_get(volume, "spec"), "nfs");
        }
        assert_int_equal(volumes_find_origin(&set, volume, &found), rows[i].origin);
        assert_true((found == &provisioners[0]) ==
                    (rows[i].origin == VOLUME_OURS || rows[i].origin == VOLUME_OF_OLD_CLASS));
    }
}

static void a_claim_is_used_until_its_pods_are_gone(void **state)
{
    static const struct {
        const char *pod;
        const char *user; /* NULL: nobody */
    } rows[] = {
        {"{'metadata':{'name':'a'},'spec':{'volumes':[{'name':'x','emptyDir':{}},"
         "{'name':'y','persistentVolumeClaim':{'claimName':'work'}}]},'status':{'phase':"
         "'Running'}}",
         "a"},
        {"{'metadata':{'name':'a'},'spec':{'volumes':[{'name':'y','persistentVolumeClaim':"
         "{'claimName':'work'}}]}}",
         "a"},
        {"{'metadata':{'name':'a'},'spec':{'volumes':[{'name':'y','persistentVolumeClaim':"
         "{'claimName':'works'}}]},'status':{'phase':'Running'}}",
         NULL},
        {"{'metadata':{'name':'a'},'spec':{'volumes':[{'name':'y','persistentVolumeClaim':"
         "{'claimName':'work'}}]},'status':{'phase':'Succeeded'}}",
         NULL},
        {"{'metadata':{'name':'a'},'spec':{'volumes':[{'name':'y','persistentVolumeClaim':"
         "{'claimName':'work'}}]},'status':{'phase':'Failed'}}",
         NULL},
        {"{'metadata':{'name':'a','deletionTimestamp':'2024-05-01T10:00:01Z'},'spec':{'volumes':"
         "[{'name':'y','persistentVolumeClaim':{'claimName':'work'}}]},'status':{'phase':"
         "'Succeeded'}}",
         "a"},
        {"{'metadata':{'name':'wo'},'spec':{'volumes':[{'name':'rk','ephemeral':{}}]}}", NULL},
        {"{'metadata':{'name':'a'},'spec':{}}", NULL},
        {"{'metadata':{'name':'a'}}", NULL},
        {"7", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[512];
        json_auto_t *pods = json_array();
        json_t *pod;
        const char *user;
        (void)snprintf(text, sizeof(text), "%s", rows[i].pod);
        for (char *at = text; (at = strchr(at, '\'')) != NULL;) {
            *at = '"';
        }
        pod = json_loads(text, JSON_DECODE_ANY, NULL);
        assert_non_null(pod);
        assert_int_equal(json_array_append_new(pods, pod), 0);
        user = volumes_find_user(pods, "work");
        if (rows[i].user == NULL ? user != NULL : user == NULL || strcmp(user, rows[i].user) != 0) {
            fail_msg("row %zu: found '%s'", i, user != NULL ? user : "nobody");
        }
    }
}

static void an_ephemeral_volume_is_a_claim_of_its_pod(void **state)
{
    json_auto_t *pods = json_pack("[{s:{s:s}, s:{s:[{s:s, s:{}}]}}]", "metadata", "name", "build-1",
                                  "spec", "volumes", "name", "work", "ephemeral");

    (void)state;
    assert_non_null(pods);
    assert_string_equal(volumes_find_user(pods, "build-1-work"), "build-1");
    assert_null(volumes_find_user(pods, "build-1"));
    assert_null(volumes_find_user(pods, "build-1-works"));
}

static void what_is_no_list_of_pods_frees_no_claim(void **state)
{
    json_auto_t *object = json_object();

    (void)state;
    assert_string_equal(volumes_find_user(object, "work"), "");
    assert_string_equal(volumes_find_user(NULL, "work"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_volume_is_dead_when_its_server_is_gone),
        cmocka_unit_test(a_pod_that_is_going_tells_nothing),
        cmocka_unit_test(a_pod_that_has_not_what_the_document_says_tells_nothing),
        cmocka_unit_test(what_may_be_on_a_disk_is_alive),
        cmocka_unit_test(a_volume_with_the_address_of_another_server_is_alive),
        cmocka_unit_test(a_volume_that_the_pod_may_not_have_made_tells_no_identity),
        cmocka_unit_test(the_identity_is_that_of_the_own_server),
        cmocka_unit_test(what_becomes_of_a_dead_volume_depends_on_its_phase),
        cmocka_unit_test(a_volume_that_names_no_claim_is_not_to_be_deleted),
        cmocka_unit_test(the_text_names_volume_and_claim),
        cmocka_unit_test(a_volume_is_found_by_its_provisioner),
        cmocka_unit_test(a_claim_is_used_until_its_pods_are_gone),
        cmocka_unit_test(an_ephemeral_volume_is_a_claim_of_its_pod),
        cmocka_unit_test(what_is_no_list_of_pods_frees_no_claim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
