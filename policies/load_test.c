/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/test.h"

/* A document up to its volumes, and one that is whole. */
#define HEAD                      \
    "apiVersion: hawser.dev/v1\n" \
    "kind: VolumePolicy\n"        \
    "metadata: {name: scratch}\n" \
    "spec:\n"

#define VOLUMES                                            \
    "  volumes:\n"                                         \
    "  - name: workdir\n"                                  \
    "    transient: {storageClassName: nfs, size: 10Gi}\n" \
    "    mountPath: /workdir\n"

#define PROVISIONER               \
    "apiVersion: hawser.dev/v1\n" \
    "kind: NFSProvisioner\n"      \
    "metadata: {name: ebs}\n"     \
    "spec:\n"

static struct policy_set *load(const char *text, struct err *err)
{
    return policy_load_text("p.yaml", text, strlen(text), err);
}

/* Every field. */
static const char everything[] =
    "apiVersion: hawser.dev/v1\n"
    "kind: VolumePolicy\n"
    "metadata:\n"
    "  name: scratch\n"
    "  labels: {team: data}\n"
    "  annotations: {example.com/owner: 'x {{y}}'}\n"
    "spec:\n"
    "  description: |\n"
    "    NFS scratch space\n"
    "  default: true\n"
    "  mode: Warn\n"
    "  match:\n"
    "    kinds: [Workflow, CronWorkflow]\n"
    "    namespaces: ['team-*', ci]\n"
    "    excludeNamespaces: ['kube-*']\n"
    "    selector:\n"
    "      matchLabels: {tier: batch, empty: ''}\n"
    "      matchExpressions:\n"
    "      - {key: env, operator: NotIn, values: [prod]}\n"
    "      - {key: gpu, operator: Exists}\n"
    "  argo:\n"
    "    version: v3.7.7\n"
    "    templateReferencing: Strict\n"
    "    workflowTemplateRef: Inject\n"
    "    templateRef: Inject\n"
    "  volumes:\n"
    "  - name: workdir\n"
    "    transient: {storageClassName: nfs-ephemeral, size: 10Gi, accessModes: "
    "[ReadWriteOnce]}\n"
    "    mountPath: //workdir/./\n"
    "    subPath: '{{workflow.name}}/x'\n"
    "    readOnly: true\n"
    "    templates: {include: ['*'], exclude: ['notify-*']}\n"
    "  - name: cache\n"
    "    persistent:\n"
    "      claimName: hawser-cache\n"
    "      create: {storageClassName: nfs-ebs, size: 100Gi}\n"
    "    mountPath: /workdir/cache\n"
    "  copies:\n"
    "  - name: src\n"
    "    from: {volume: cache, path: repo}\n"
    "    to: /src/\n"
    "    ephemeral: {sizeLimit: 5Gi, medium: Memory}\n"
    "    include: ['**']\n"
    "    exclude: ['.git/**']\n"
    "    missing: Empty\n"
    "    copyBack: {path: 'results/{{pod.name}}', when: Always}\n"
    "    templates: {include: ['build-*']}\n"
    "  volumeClaimGC: OnWorkflowSuccess\n"
    "  onConflict: Deny\n"
    "  initContainer: First\n"
    "  copier:\n"
    "    image: registry.example.com/copier:v1\n"
    "    resources: {requests: {cpu: 1, memory: 64Mi}, limits: {cpu: '2'}}\n"
    "    threads: 256\n"
    "  overrides:\n"
    "  - {volume: workdir, fields: [size, mountPath, storageClassName], maxSize: 100Gi}\n";

static struct policy_set *load_everything(void)
{
    struct err err = {0};
    struct policy_set *set = load(everything, &err);

    assert_string_equal(err.msg, "");
    assert_non_null(set);
    assert_int_equal(set->policies.n, 1);
    assert_int_equal(set->provisioners.n, 0);
    return set;
}

static void a_policy_that_says_everything_is_understood(void **state)
{
    CLEANUP(policy_set_unref) struct policy_set *set = load_everything();
    const struct volume_policy *policy = policy_set_find(set, "scratch");

    (void)state;
    assert_non_null(policy);
    assert_string_equal(policy->source, "p.yaml:1");
    assert_string_equal(policy->description, "NFS scratch space\n");
    assert_true(policy->is_default);
    assert_int_equal(policy->mode, POLICY_MODE_WARN);
    assert_int_equal(policy->match.kinds, POLICY_WORKFLOW | POLICY_CRON_WORKFLOW);
    assert_string_equal(policy->match.namespaces.items[1], "ci");
    assert_string_equal(policy->match.exclude_namespaces.items[0], "kube-*");
    assert_int_equal(policy->match.selector.match_labels.n, 2);
    assert_string_equal(policy->match.selector.match_labels.items[1].value, "");
    assert_int_equal(policy->match.selector.match_expressions.items[0].operator,
                     POLICY_SELECTOR_NOT_IN);
    assert_int_equal(policy->match.selector.match_expressions.items[1].values.n, 0);
    assert_string_equal(policy->argo.version_text, "v3.7.7");
    assert_int_equal(policy->argo.version.minor, 7);
    assert_int_equal(policy->argo.template_referencing, POLICY_REFERENCING_STRICT);
    assert_int_equal(policy->argo.workflow_template_ref, POLICY_WORKFLOW_TEMPLATE_REF_INJECT);
    assert_int_equal(policy->argo.template_ref, POLICY_TEMPLATE_REF_INJECT);
    assert_int_equal(policy->volume_claim_gc, POLICY_CLAIM_GC_ON_SUCCESS);
    assert_int_equal(policy->on_conflict, POLICY_ON_CONFLICT_DENY);
    assert_int_equal(policy->init_container, POLICY_INIT_CONTAINER_FIRST);
    assert_string_equal(policy->copier.image, "registry.example.com/copier:v1");
    assert_int_equal(policy->copier.threads, 256);
    assert_int_equal(json_object_size(json_object_get(policy->copier.resources, "requests")), 2);
}

static void volumes_and_copies_that_say_everything_are_understood(void **state)
{
    CLEANUP(policy_set_unref) struct policy_set *set = load_everything();
    const struct volume_policy *policy = policy_set_find(set, "scratch");
    const struct policy_volume *volume;
    const struct policy_copy *copy;

    (void)state;
    assert_non_null(policy);
    volume = policy_find_volume(policy, "workdir");
    assert_non_null(volume);
    assert_null(volume->persistent);
    assert_string_equal(volume->transient->storage_class_name, "nfs-ephemeral");
    assert_string_equal(volume->transient->size, "10Gi");
    assert_string_equal(volume->transient->access_modes.items[0], "ReadWriteOnce");
    assert_string_equal(volume->mount_path, "/workdir");
    assert_string_equal(volume->sub_path, "{{workflow.name}}/x");
    assert_true(volume->read_only);
    assert_string_equal(volume->templates.exclude.items[0], "notify-*");
    volume = policy_find_volume(policy, "cache");
    assert_non_null(volume);
    assert_string_equal(volume->persistent->claim_name, "hawser-cache");
    assert_string_equal(volume->persistent->create->size, "100Gi");
    assert_string_equal(volume->persistent->create->access_modes.items[0], "ReadWriteMany");
    assert_null(policy_find_volume(policy, "src"));

    copy = &policy->copies.items[0];
    assert_string_equal(copy->from_volume, "cache");
    assert_string_equal(copy->from_path, "repo");
    assert_string_equal(copy->to, "/src");
    assert_string_equal(copy->size_limit, "5Gi");
    assert_string_equal(copy->medium, "Memory");
    assert_string_equal(copy->exclude.items[0], ".git/**");
    assert_int_equal(copy->missing, POLICY_MISSING_EMPTY);
    assert_string_equal(copy->copy_back->path, "results/{{pod.name}}");
    assert_int_equal(copy->copy_back->when, POLICY_COPY_BACK_ALWAYS);

    assert_int_equal(policy_find_override(policy, "workdir")->fields, 7);
    assert_null(policy_find_override(policy, "cache"));
}

static void what_a_policy_does_not_say_has_its_default(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(HEAD VOLUMES "  copies:\n"
                                               "  - {name: a, from: {volume: workdir}, to: /a}\n",
                                  &err);
    const struct volume_policy *policy;

    (void)state;
    assert_non_null(set);
    policy = &set->policies.items[0];
    assert_null(policy->description);
    assert_false(policy->is_default);
    assert_int_equal(policy->mode, POLICY_MODE_INJECT);
    assert_int_equal(policy->match.kinds, POLICY_ALL_KINDS);
    assert_int_equal(policy->match.namespaces.n, 0);
    assert_null(policy->argo.version_text);
    assert_int_equal(policy->argo.template_referencing, POLICY_REFERENCING_NONE);
    assert_int_equal(policy->argo.workflow_template_ref, POLICY_WORKFLOW_TEMPLATE_REF_DENY);
    assert_int_equal(policy->argo.template_ref, POLICY_TEMPLATE_REF_WARN);
    assert_int_equal(policy->volume_claim_gc, POLICY_CLAIM_GC_UNSET);
    assert_int_equal(policy->on_conflict, POLICY_ON_CONFLICT_SKIP);
    assert_int_equal(policy->init_container, POLICY_INIT_CONTAINER_LAST);
    assert_null(policy->copier.image);
    assert_null(policy->copier.resources);
    assert_int_equal(policy->copier.threads, 16);
    assert_int_equal(policy->volumes.items[0].transient->access_modes.n, 1);
    assert_string_equal(policy->volumes.items[0].transient->access_modes.items[0], "ReadWriteMany");
    assert_null(policy->volumes.items[0].sub_path);
    assert_null(policy->copies.items[0].from_path);
    assert_null(policy->copies.items[0].size_limit);
    assert_string_equal(policy->copies.items[0].medium, "");
    assert_int_equal(policy->copies.items[0].missing, POLICY_MISSING_FAIL);
}

static void an_empty_text_is_as_good_as_none(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load(HEAD "  description: ''\n"
                  "  copier: {image: ''}\n" VOLUMES "    subPath: ''\n"
                  "  copies:\n"
                  "  - {name: a, from: {volume: workdir, path: ''}, to: /a, ephemeral: {medium: "
                  "''}}\n",
             &err);

    (void)state;
    assert_non_null(set);
    assert_null(set->policies.items[0].description);
    assert_null(set->policies.items[0].copier.image);
    assert_null(set->policies.items[0].volumes.items[0].sub_path);
    assert_null(set->policies.items[0].copies.items[0].from_path);
    assert_string_equal(set->policies.items[0].copies.items[0].medium, "");
}

static void provisioners_are_understood_with_their_defaults(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load(PROVISIONER "  backing: {claim: {storageClassName: gp3, size: 200Gi}}\n"
                         "  storageClass: {name: nfs-ebs, mountOptions: [hard, nfsvers=4.1]}\n"
                         "---\n"
                         "apiVersion: hawser.dev/v1\n"
                         "kind: NFSProvisioner\n"
                         "metadata: {name: disk}\n"
                         "spec:\n"
                         "  namespace: storage\n"
                         "  image: registry.example.com/nfs:v1\n"
                         "  backing: {hostPath: {path: /mnt/nvme}}\n"
                         "  storageClass: {name: nfs-disk, reclaimPolicy: Retain}\n"
                         "  resources: {requests: {cpu: 500m}}\n"
                         "  nodeSelector: {disk: fast}\n"
                         "  tolerations: [{key: disk, operator: Exists}]\n"
                         "  affinity: {nodeAffinity: {}}\n"
                         "  priorityClassName: high\n"
                         "  nodeCIDRs: [10.0.0.0/16, 'fd00:10::/64']\n",
             &err);
    const struct nfs_provisioner *disk;
    const struct nfs_provisioner *ebs;

    (void)state;
    assert_string_equal(err.msg, "");
    assert_non_null(set);
    assert_int_equal(set->provisioners.n, 2);
    disk = &set->provisioners.items[0];
    ebs = &set->provisioners.items[1];
    assert_string_equal(disk->name, "disk");
    assert_string_equal(disk->namespace, "storage");
    assert_string_equal(disk->image, "registry.example.com/nfs:v1");
    assert_string_equal(disk->backing.host_path->path, "/mnt/nvme");
    assert_string_equal(disk->reclaim_policy, "Retain");
    assert_int_equal(json_object_size(disk->node_selector), 1);
    assert_int_equal(json_array_size(disk->tolerations), 1);
    assert_int_equal(json_object_size(disk->affinity), 1);
    assert_string_equal(disk->priority_class_name, "high");
    assert_int_equal(disk->node_cidrs.n, 2);
    assert_string_equal(disk->node_cidrs.items[1], "fd00:10::/64");
    assert_string_equal(ebs->source, "p.yaml:1");
    assert_string_equal(disk->source, "p.yaml:8");
    assert_string_equal(ebs->namespace, "hawser-nfs");
    assert_string_equal(ebs->image, "registry.k8s.io/sig-storage/nfs-provisioner:v4.0.8");
    assert_string_equal(ebs->reclaim_policy, "Delete");
    assert_string_equal(ebs->backing.claim->access_modes.items[0], "ReadWriteOnce");
    assert_null(ebs->backing.empty_dir);
    assert_null(ebs->node_selector);
    assert_null(ebs->priority_class_name);
    assert_int_equal(ebs->node_cidrs.n, 0);
    assert_string_equal(ebs->mount_options.items[1], "nfsvers=4.1");
}

static void an_empty_priority_class_is_none_and_not_the_default(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *set = load(PROVISIONER "  backing: {emptyDir: {}}\n"
                                              "  storageClass: {name: nfs}\n"
                                              "  priorityClassName: ''\n",
                                  &err);

    (void)state;
    assert_non_null(set);
    assert_string_equal(set->provisioners.items[0].priority_class_name, "");
}

static void json_is_read_as_well(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *set =
        load("{\n  \"apiVersion\": \"hawser.dev/v1\",\n  \"kind\": \"VolumePolicy\",\n"
             "  \"metadata\": {\"name\": \"scratch\"},\n"
             "  \"spec\": {\"volumes\": [{\"name\": \"workdir\", \"mountPath\": \"\\/workdir\",\n"
             "    \"persistent\": {\"claimName\": \"c\"}}]}\n}\n",
             &err);

    (void)state;
    assert_string_equal(err.msg, "");
    assert_non_null(set);
    assert_string_equal(set->policies.items[0].volumes.items[0].mount_path, "/workdir");
}

static void a_hash_is_over_what_a_document_says(void **state)
{
    static const char *const same[] = {
        HEAD "  default: true\n" VOLUMES,
        "# comment\n" HEAD VOLUMES "  default: true\n",
        "{kind: VolumePolicy, spec: {volumes: [{transient: {size: 10Gi, storageClassName: nfs}, "
        "mountPath: /workdir, name: workdir}], default: true}, apiVersion: hawser.dev/v1, "
        "metadata: {labels: {a: b}, name: scratch}}",
    };
    static const char *const others[] = {
        HEAD "  default: false\n" VOLUMES,
        HEAD VOLUMES,
        "apiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: other}\nspec:\n"
        "  default: true\n" VOLUMES,
    };
    struct err err = {0};
    CLEANUP(policy_set_unref) struct policy_set *first = load(same[0], &err);

    (void)state;
    assert_non_null(first);
    assert_int_equal(strlen(first->hash), POLICY_HASH_SIZE - 1);
    /* printf '%s' '{"kind":...}' | sha256sum | cut -c 1-16 */
    assert_string_equal(first->policies.items[0].hash, "94e3a920e97a2131");
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        CLEANUP(policy_set_unref) struct policy_set *set = load(same[i], &err);
        assert_non_null(set);
        assert_string_equal(set->policies.items[0].hash, first->policies.items[0].hash);
        assert_string_equal(set->hash, first->hash);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        CLEANUP(policy_set_unref) struct policy_set *set = load(others[i], &err);
        assert_non_null(set);
        assert_string_not_equal(set->policies.items[0].hash, first->policies.items[0].hash);
        assert_string_not_equal(set->hash, first->hash);
    }
}

#define OTHER                     \
    "apiVersion: hawser.dev/v1\n" \
    "kind: VolumePolicy\n"        \
    "metadata: {name: aaa}\n"     \
    "spec:\n"

static void the_order_of_documents_does_not_matter(void **state)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *a = load(HEAD VOLUMES "---\n" OTHER VOLUMES, &err);
    CLEANUP(policy_set_unref)
    struct policy_set *b =
        load("---\n# nothing\n---\n" OTHER VOLUMES "---\n" HEAD VOLUMES "---\n", &err);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_string_equal(a->hash, b->hash);
    assert_string_equal(a->policies.items[0].name, "aaa");
    assert_string_equal(b->policies.items[0].name, "aaa");
    assert_string_equal(policy_set_find(b, "scratch")->source, "p.yaml:13");
}

/*
 * Folders
 */

struct folder {
    char path[64];
};

static void open_folder(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "hawser-load-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

static void write_file(const struct folder *folder, const char *name, const char *text)
{
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static void remove_file(const struct folder *folder, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    assert_int_equal(remove(path), 0);
}

static void a_folder_loads_whole_or_not_at_all(void **state)
{
    struct folder folder;
    struct err err = {0};
    struct policy_set *set;
    char expected[256];

    (void)state;
    open_folder(&folder);
    assert_null(policy_load(folder.path, &err));
    (void)snprintf(expected, sizeof(expected),
                   "folder '%s' has no policies; expected files *.yaml, *.yml or *.json",
                   folder.path);
    assert_string_equal(err.msg, expected);

    write_file(&folder, "b.yaml", HEAD VOLUMES);
    write_file(&folder, "a.yml", OTHER VOLUMES);
    write_file(&folder, "notes.txt", "not: [a policy");
    write_file(&folder, ".hidden.yaml", "not: [a policy");
    set = policy_load(folder.path, &err);
    assert_non_null(set);
    assert_int_equal(set->policies.n, 2);
    (void)snprintf(expected, sizeof(expected), "%s/a.yml:1", folder.path);
    assert_string_equal(set->policies.items[0].source, expected);
    policy_set_unref(set);

    write_file(&folder, "c.json", "{\"apiVersion\": \"hawser.dev/v1\"}");
    assert_null(policy_load(folder.path, &err));
    (void)snprintf(expected, sizeof(expected), "%s/c.json:1:1: key 'kind' is missing", folder.path);
    assert_string_equal(err.msg, expected);
    remove_file(&folder, "c.json");

    write_file(&folder, "d.yaml", "\n" HEAD VOLUMES);
    assert_null(policy_load(folder.path, &err));
    (void)snprintf(expected, sizeof(expected),
                   "%s/d.yaml:4:18: metadata.name: VolumePolicy 'scratch' stands at %s/b.yaml:1 "
                   "already; expected another name",
                   folder.path, folder.path);
    assert_string_equal(err.msg, expected);

    remove_file(&folder, "a.yml");
    remove_file(&folder, "b.yaml");
    remove_file(&folder, "d.yaml");
    remove_file(&folder, "notes.txt");
    remove_file(&folder, ".hidden.yaml");
    assert_int_equal(rmdir(folder.path), 0);
    assert_null(policy_load(folder.path, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void a_mounted_config_map_is_read_through_its_links(void **state)
{
    struct folder folder;
    struct err err = {0};
    struct policy_set *set;
    char path[128];

    (void)state;
    open_folder(&folder);
    (void)snprintf(path, sizeof(path), "%s/..2024_01_01", folder.path);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(&folder, "..2024_01_01/a.yaml", HEAD VOLUMES);
    (void)snprintf(path, sizeof(path), "%s/..data", folder.path);
    assert_int_equal(symlink("..2024_01_01", path), 0);
    (void)snprintf(path, sizeof(path), "%s/a.yaml", folder.path);
    assert_int_equal(symlink("..data/a.yaml", path), 0);

    set = policy_load(folder.path, &err);
    assert_non_null(set);
    assert_int_equal(set->policies.n, 1);
    policy_set_unref(set);

    remove_file(&folder, "a.yaml");
    remove_file(&folder, "..data");
    remove_file(&folder, "..2024_01_01/a.yaml");
    remove_file(&folder, "..2024_01_01");
    assert_int_equal(rmdir(folder.path), 0);
}

static void more_than_the_limits_is_refused(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(4 * POLICY_FILE_BYTES_MAX);
    struct err err = {0};

    (void)state;
    for (int i = 0; i <= POLICY_DOCUMENTS_MAX; i++) {
        buf_printf(&text,
                   "---\napiVersion: hawser.dev/v1\nkind: VolumePolicy\nmetadata: {name: p%d}\n"
                   "spec:\n%s",
                   i, VOLUMES);
    }
    assert_null(load(buf_text(&text), &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "p.yaml:2306: expected at most 256 policy documents in all");

    buf_cut(&text, 0);
    buf_add_text(&text, HEAD VOLUMES "#");
    while (text.len <= POLICY_FILE_BYTES_MAX) {
        buf_add_text(&text, "##########");
    }
    assert_null(load(buf_text(&text), &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "p.yaml is larger than 1048576 bytes");
}

static void all_files_together_have_a_limit(void **state)
{
    const size_t n_files = POLICY_BYTES_MAX / POLICY_FILE_BYTES_MAX;
    CLEANUP(buf_clear) struct buf text = BUF_INIT(POLICY_FILE_BYTES_MAX);
    struct folder folder;
    struct err err = {0};
    char name[32];

    (void)state;
    open_folder(&folder);
    while (text.len < POLICY_FILE_BYTES_MAX) {
        buf_add_text(&text, "# a comment of 32 bytes and LF.\n");
    }
    for (size_t i = 0; i < n_files; i++) {
        (void)snprintf(name, sizeof(name), "%zu.yaml", i);
        write_file(&folder, name, buf_text(&text));
    }
    write_file(&folder, "last.yaml", HEAD VOLUMES);
    assert_null(policy_load(folder.path, &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_non_null(
        strstr(err.msg, "/last.yaml: expected at most 8388608 bytes of policies in all"));

    remove_file(&folder, "0.yaml");
    CLEANUP(policy_set_unref) struct policy_set *set = policy_load(folder.path, &err);
    assert_non_null(set);
    for (size_t i = 1; i < n_files; i++) {
        (void)snprintf(name, sizeof(name), "%zu.yaml", i);
        remove_file(&folder, name);
    }
    remove_file(&folder, "last.yaml");
    assert_int_equal(rmdir(folder.path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_that_says_everything_is_understood),
        cmocka_unit_test(volumes_and_copies_that_say_everything_are_understood),
        cmocka_unit_test(what_a_policy_does_not_say_has_its_default),
        cmocka_unit_test(an_empty_text_is_as_good_as_none),
        cmocka_unit_test(provisioners_are_understood_with_their_defaults),
        cmocka_unit_test(an_empty_priority_class_is_none_and_not_the_default),
        cmocka_unit_test(json_is_read_as_well),
        cmocka_unit_test(a_hash_is_over_what_a_document_says),
        cmocka_unit_test(the_order_of_documents_does_not_matter),
        cmocka_unit_test(a_folder_loads_whole_or_not_at_all),
        cmocka_unit_test(a_mounted_config_map_is_read_through_its_links),
        cmocka_unit_test(more_than_the_limits_is_refused),
        cmocka_unit_test(all_files_together_have_a_limit),
    };

    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
