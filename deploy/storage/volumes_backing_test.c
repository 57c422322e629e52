/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/volumes_backing.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/server_pod.h"
#include "tests/test.h"

static const struct nfs_provisioner on_empty_dir = {
    .name = "fast", .image = "x", .backing = {.empty_dir = &(struct provisioner_empty_dir){0}}};
static const struct nfs_provisioner on_host_path = {
    .name = "fast",
    .image = "x",
    .backing = {.host_path = &(struct provisioner_host_path){.path = "/data"}}};
static const struct nfs_provisioner on_claim = {
    .name = "fast", .image = "x", .backing = {.claim = &(struct policy_claim){0}}};

static void a_pod_has_what_its_document_asked_for(void **state)
{
    static const struct {
        const struct nfs_provisioner *provisioner;
        enum volumes_backing backing;
    } rows[] = {
        {&on_empty_dir, VOLUMES_BACKING_EMPTY_DIR},
        {&on_host_path, VOLUMES_BACKING_HOST_PATH},
        {&on_claim, VOLUMES_BACKING_CLAIM},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *set = server_pod_stateful_set(rows[i].provisioner, "hawser-nfs-fast");
        const json_t *pod = json_object_get(set, "template");
        assert_non_null(pod);
        assert_int_equal(volumes_backing_of_document(rows[i].provisioner), rows[i].backing);
        assert_int_equal(volumes_backing_of_pod(pod), rows[i].backing);
    }
}

static void a_pod_has_what_is_mounted_where_the_data_are(void **state)
{
#define MOUNT(name, path)        "{'volumeMounts':[{'name':'" name "','mountPath':'" path "'}]}"
#define POD(containers, volumes) "{'spec':{'containers':[" containers "],'volumes':[" volumes "]}}"
#define BOTH                     "{'name':'a','emptyDir':{}},{'name':'b','persistentVolumeClaim':{'claimName':'c'}}"
    static const struct {
        const char *pod;
        enum volumes_backing backing;
    } rows[] = {
        {POD(MOUNT("a", "/export"), BOTH), VOLUMES_BACKING_EMPTY_DIR},
        {POD(MOUNT("b", "/export"), BOTH), VOLUMES_BACKING_CLAIM},
        {POD(MOUNT("a", "/tmp") "," MOUNT("b", "/export"), BOTH), VOLUMES_BACKING_CLAIM},
        {POD(MOUNT("a", "/export") "," MOUNT("a", "/export"), BOTH), VOLUMES_BACKING_EMPTY_DIR},
        {POD(MOUNT("a", "/export") "," MOUNT("b", "/export"), BOTH), VOLUMES_BACKING_UNKNOWN},
        {POD(MOUNT("a", "/tmp"), BOTH), VOLUMES_BACKING_UNKNOWN},
        {POD(MOUNT("x", "/export"), BOTH), VOLUMES_BACKING_UNKNOWN},
        {POD(MOUNT("a", "/export"), "{'name':'a','nfs':{}}"), VOLUMES_BACKING_UNKNOWN},
        {POD(MOUNT("a", "/export"), "{'name':'a'}"), VOLUMES_BACKING_UNKNOWN},
        {POD("", "{'emptyDir':{}}"), VOLUMES_BACKING_UNKNOWN},
        {"{'spec':{}}", VOLUMES_BACKING_UNKNOWN},
        {"{}", VOLUMES_BACKING_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[512];
        json_auto_t *pod = NULL;
        (void)snprintf(text, sizeof(text), "%s", rows[i].pod);
        for (char *at = text; (at = strchr(at, '\'')) != NULL;) {
            *at = '"';
        }
        pod = json_loads(text, 0, NULL);
        assert_non_null(pod);
        if (volumes_backing_of_pod(pod) != rows[i].backing) {
            fail_msg("row %zu: %s", i, rows[i].pod);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pod_has_what_its_document_asked_for),
        cmocka_unit_test(a_pod_has_what_is_mounted_where_the_data_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
