/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/server_objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "deploy/storage/kinds.h"
#include "policies/load.h"
#include "tests/test.h"

#define HEAD                      \
    "apiVersion: hawser.dev/v1\n" \
    "kind: NFSProvisioner\n"      \
    "metadata: {name: x}\n"       \
    "spec:\n"                     \
    "  storageClass: {name: nfs}\n"

#define ON_DISK  HEAD "  backing: {claim: {storageClassName: gp3, size: 200Gi}}\n"
#define ON_NODE  HEAD "  backing: {hostPath: {path: /mnt/nvme}}\n"
#define IN_POD   HEAD "  backing: {emptyDir: {}}\n"
#define IN_LIMIT HEAD "  backing: {emptyDir: {sizeLimit: 1Ti}}\n"

static const struct server_objects_terms newest = {.home = "home", .has_policy_v1 = true};

static json_t *make_with(const char *text, const struct server_objects_terms *terms)
{
    struct err err = {0};
    CLEANUP(policy_set_unref)
    struct policy_set *set = policy_load_text("p.yaml", text, strlen(text), &err);
    json_t *list;

    assert_string_equal(err.msg, "");
    assert_non_null(set);
    list = server_objects_make(&set->provisioners.items[0], terms, &err);
    assert_string_equal(err.msg, "");
    assert_non_null(list);
    return list;
}

static json_t *make(const char *text)
{
    return make_with(text, &newest);
}

/* The object of the kind, or NULL. */
static const json_t *find(const json_t *list, enum kind kind)
{
    const json_t *object;
    size_t i;

    json_array_foreach (list, i, object) {
        if (kind_of(object) == kind) {
            return object;
        }
    }
    return NULL;
}

/* The value at @path, "spec|ports|0|name" ("/" is in many keys); NULL: nothing is there. */
static const json_t *at(const json_t *value, const char *path)
{
    CLEANUP(free) char *copy = strdup(path);
    char *rest = copy;
    const char *part;

    assert_non_null(copy);
    while (value != NULL && (part = strsep(&rest, "|")) != NULL) {
        value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10))
                                     : json_object_get(value, part);
    }
    return value;
}

static void is_json(const json_t *value, const char *expected)
{
    CLEANUP(free)
    char *text =
        value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("nothing");

    assert_non_null(text);
    assert_string_equal(text, expected);
}

struct row {
    const char *text; /* a document */
    enum kind kind;
    const char *path;
    const char *expected; /* compact JSON, or "nothing" */
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_auto_t *list = make(rows[i].text);
        const json_t *object = find(list, rows[i].kind);
        print_message("# row %zu: %s\n", i, rows[i].path);
        is_json(at(object, rows[i].path), rows[i].expected);
    }
}

#define POD(path) "spec|template|spec|" path

static void the_backing_decides_disk_volume_grace_and_updates(void **state)
{
    static const char volumes[] = POD("volumes");
    static const char grace[] = POD("containers|0|args|2");
    static const char strategy[] = "spec|updateStrategy";
    static const struct row rows[] = {
        {ON_DISK, KIND_STATEFUL_SET, volumes,
         "[{\"name\":\"data\",\"persistentVolumeClaim\":{\"claimName\":\"hawser-nfs-x\"}}]"},
        {ON_DISK, KIND_STATEFUL_SET, grace, "\"-grace-period=90\""},
        {ON_DISK, KIND_STATEFUL_SET, strategy, "{\"type\":\"RollingUpdate\"}"},
        {ON_DISK, KIND_CLAIM, "spec",
         "{\"accessModes\":[\"ReadWriteOnce\"],\"storageClassName\":\"gp3\","
         "\"resources\":{\"requests\":{\"storage\":\"200Gi\"}}}"},
        {ON_NODE, KIND_CLAIM, "kind", "nothing"},
        {ON_NODE, KIND_STATEFUL_SET, volumes,
         "[{\"name\":\"data\",\"hostPath\":{\"path\":\"/mnt/nvme\",\"type\":"
         "\"DirectoryOrCreate\"}}]"},
        {ON_NODE, KIND_STATEFUL_SET, grace, "\"-grace-period=0\""},
        {ON_NODE, KIND_STATEFUL_SET, strategy, "{\"type\":\"OnDelete\"}"},
        {IN_POD, KIND_CLAIM, "kind", "nothing"},
        {IN_POD, KIND_STATEFUL_SET, volumes, "[{\"name\":\"data\",\"emptyDir\":{}}]"},
        {IN_POD, KIND_STATEFUL_SET, grace, "\"-grace-period=0\""},
        {IN_POD, KIND_STATEFUL_SET, strategy, "{\"type\":\"OnDelete\"}"},
        {IN_LIMIT, KIND_STATEFUL_SET, volumes,
         "[{\"name\":\"data\",\"emptyDir\":{\"sizeLimit\":\"1Ti\"}}]"},
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void what_a_document_gives_for_the_pod_comes_as_it_is_stored(void **state)
{
    static const struct row rows[] = {
        {IN_POD "  resources: {requests: {cpu: 2, memory: 1Gi}, limits: {}}\n", KIND_STATEFUL_SET,
         POD("containers|0|resources"), "{\"requests\":{\"cpu\":\"2\",\"memory\":\"1Gi\"}}"},
        {IN_POD "  resources: {}\n", KIND_STATEFUL_SET, POD("containers|0|resources"), "nothing"},
        {IN_POD, KIND_STATEFUL_SET, POD("containers|0|resources"), "nothing"},
        {IN_POD "  nodeSelector: {disk: nvme, fast: ''}\n", KIND_STATEFUL_SET, POD("nodeSelector"),
         "{\"disk\":\"nvme\",\"fast\":\"\"}"},
        {IN_POD "  nodeSelector: {}\n", KIND_STATEFUL_SET, POD("nodeSelector"), "nothing"},
        {IN_POD "  tolerations: [{key: '', operator: Exists, tolerationSeconds: null}]\n",
         KIND_STATEFUL_SET, POD("tolerations"), "[{\"operator\":\"Exists\"}]"},
        {IN_POD "  tolerations: []\n", KIND_STATEFUL_SET, POD("tolerations"), "nothing"},
        {IN_POD "  affinity:\n"
                "    nodeAffinity: null\n"
                "    podAffinity:\n"
                "      requiredDuringSchedulingIgnoredDuringExecution:\n"
                "      - {topologyKey: zone, namespaces: [], namespaceSelector: {},\n"
                "         labelSelector: {matchLabels: {a: ''}}}\n",
         KIND_STATEFUL_SET, POD("affinity"),
         "{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{"
         "\"topologyKey\":\"zone\",\"namespaceSelector\":{},\"labelSelector\":{"
         "\"matchLabels\":{\"a\":\"\"}}}]}}"},
        {IN_POD "  affinity: {}\n", KIND_STATEFUL_SET, POD("affinity"), "nothing"},
        {IN_POD "  image: registry.example.com/nfs:v1\n", KIND_STATEFUL_SET,
         POD("containers|0|image"), "\"registry.example.com/nfs:v1\""},
        {IN_POD, KIND_STORAGE_CLASS, "mountOptions", "nothing"},
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_priority_class_is_made_where_no_other_is_named(void **state)
{
    static const struct {
        const char *text;
        bool is_made;
        const char *expected;
    } rows[] = {
        {IN_POD, true, "\"hawser-nfs\""},
        {IN_POD "  priorityClassName: hawser-nfs\n", true, "\"hawser-nfs\""},
        {IN_POD "  priorityClassName: system-cluster-critical\n", false,
         "\"system-cluster-critical\""},
        {IN_POD "  priorityClassName: ''\n", false, "nothing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_auto_t *list = make(rows[i].text);
        print_message("# row %zu\n", i);
        assert_int_equal(find(list, KIND_PRIORITY_CLASS) != NULL, rows[i].is_made);
        is_json(at(find(list, KIND_STATEFUL_SET), POD("priorityClassName")), rows[i].expected);
    }
}

static void nodes_that_are_named_and_the_controller_alone_are_let_in(void **state)
{
    json_auto_t *open = make(IN_POD);
    json_auto_t *closed = make(IN_POD "  nodeCIDRs: [10.0.0.0/16, 'fd00:10::/64']\n");

    (void)state;
    assert_null(find(open, KIND_NETWORK_POLICY));
    is_json(at(find(closed, KIND_NETWORK_POLICY), "spec"),
            "{\"podSelector\":{\"matchLabels\":{\"app.kubernetes.io/name\":\"hawser-nfs\","
            "\"hawser.dev/nfs-server\":\"x\"}},\"policyTypes\":[\"Ingress\"],\"ingress\":[{"
            "\"from\":[{\"ipBlock\":{\"cidr\":\"10.0.0.0/16\"}},"
            "{\"ipBlock\":{\"cidr\":\"fd00:10::/64\"}},"
            "{\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"home\"}},"
            "\"podSelector\":{\"matchLabels\":{\"app.kubernetes.io/component\":\"controller\"}}}],"
            "\"ports\":[{\"port\":2049,\"protocol\":\"TCP\"}]}]}");
}

static void the_namespace_of_hawser_itself_is_left_to_helm(void **state)
{
    json_auto_t *elsewhere = make(IN_POD);
    json_auto_t *at_home = make(IN_POD "  namespace: home\n");

    (void)state;
    assert_non_null(find(elsewhere, KIND_NAMESPACE));
    assert_null(find(at_home, KIND_NAMESPACE));
    is_json(at(find(at_home, KIND_SERVICE), "metadata|namespace"), "\"home\"");
}

static void disruption_budgets_are_of_the_version_that_the_server_knows(void **state)
{
    const struct server_objects_terms old = {.home = "home", .has_policy_v1 = false};
    json_auto_t *before = make_with(IN_POD, &old);
    json_auto_t *now = make(IN_POD);

    (void)state;
    is_json(at(find(before, KIND_DISRUPTION_BUDGET), "apiVersion"), "\"policy/v1beta1\"");
    is_json(at(find(now, KIND_DISRUPTION_BUDGET), "apiVersion"), "\"policy/v1\"");
}

static void objects_are_in_the_order_in_which_a_cluster_wants_them(void **state)
{
    json_auto_t *list = make(ON_DISK "  nodeCIDRs: [10.0.0.0/16]\n");

    (void)state;
    assert_int_equal(json_array_size(list), KIND_N);
    for (size_t i = 0; i < KIND_N; i++) {
        assert_int_equal(kind_of(json_array_get(list, i)), i);
    }
}

/* Whether anything in @value is what the API server forgets: null, an empty list, "" where no list
 * holds it. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as an object */
static void has_nothing_empty(json_t *value, const char *place)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0)) {
        fail_msg("%s is empty", place);
    }
    json_array_foreach (value, i, member) {
        has_nothing_empty(member, place);
    }
    json_object_foreach (value, key, member) {
        if (json_is_string(member) && json_string_length(member) == 0) {
            fail_msg("%s is \"\"", key);
        }
        has_nothing_empty(member, key);
    }
}

static void nothing_is_asked_for_that_the_api_server_forgets(void **state)
{
    static const char *const texts[] = {
        ON_DISK,
        ON_NODE,
        IN_POD,
        IN_POD "  resources: {}\n"
               "  nodeSelector: {}\n"
               "  tolerations: []\n"
               "  affinity: {nodeAffinity: null}\n"
               "  priorityClassName: ''\n"
               "  nodeCIDRs: []\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_auto_t *list = make(texts[i]);
        has_nothing_empty(list, "the list");
    }
}

static void every_object_says_whose_it_is(void **state)
{
    json_auto_t *list = make(ON_DISK);
    json_t *object;
    size_t i;

    (void)state;
    json_array_foreach (list, i, object) {
        const enum kind kind = kind_of(object);
        const bool is_shared = kind == KIND_NAMESPACE || kind == KIND_PRIORITY_CLASS;
        const json_t *labels = at(object, "metadata|labels");
        is_json(at(labels, "app.kubernetes.io/managed-by"), "\"hawser-controller\"");
        is_json(at(labels, "app.kubernetes.io/name"), "\"hawser-nfs\"");
        is_json(at(labels, "app.kubernetes.io/part-of"), "\"hawser\"");
        is_json(at(labels, SERVER_OBJECTS_LABEL_HOME), "\"home\"");
        is_json(at(labels, SERVER_OBJECTS_LABEL_SERVER), is_shared ? "nothing" : "\"x\"");
        is_json(at(labels, "app.kubernetes.io/instance"), is_shared ? "nothing" : "\"x\"");
    }
}

static const char *hash_of(const json_t *list, enum kind kind)
{
    const char *hash =
        json_string_value(at(find(list, kind), "metadata|annotations|hawser.dev/hash"));

    assert_non_null(hash);
    return hash;
}

static void a_hash_changes_with_its_own_object_alone(void **state)
{
    json_auto_t *before = make(IN_POD);
    json_auto_t *same = make(IN_POD);
    json_auto_t *after = make(IN_POD "  nodeSelector: {disk: nvme}\n");

    (void)state;
    assert_string_equal(hash_of(before, KIND_STATEFUL_SET), hash_of(same, KIND_STATEFUL_SET));
    assert_string_not_equal(hash_of(before, KIND_STATEFUL_SET), hash_of(after, KIND_STATEFUL_SET));
    assert_string_equal(hash_of(before, KIND_SERVICE), hash_of(after, KIND_SERVICE));
    assert_int_equal(strlen(hash_of(before, KIND_SERVICE)), POLICY_HASH_SIZE - 1);
}

/* A pod that starts anew is a server that is away. */
static void a_move_of_hawser_and_a_newer_cluster_leave_the_pod_as_it_is(void **state)
{
    const struct server_objects_terms other = {.home = "other", .has_policy_v1 = false};
    json_auto_t *before = make(ON_DISK);
    json_auto_t *after = make_with(ON_DISK, &other);

    (void)state;
    assert_true(json_equal(at(find(before, KIND_STATEFUL_SET), "spec"),
                           at(find(after, KIND_STATEFUL_SET), "spec")));
    assert_false(json_equal(find(before, KIND_STATEFUL_SET), find(after, KIND_STATEFUL_SET)));
}

/* The provisioner serves nothing where these differ. */
static void service_and_pod_have_the_same_twelve_ports(void **state)
{
    json_auto_t *list = make(IN_POD);
    const json_t *service = at(find(list, KIND_SERVICE), "spec|ports");
    const json_t *pod = at(find(list, KIND_STATEFUL_SET), POD("containers|0|ports"));

    (void)state;
    assert_int_equal(json_array_size(service), 12);
    assert_int_equal(json_array_size(pod), 12);
    for (size_t i = 0; i < 12; i++) {
        const json_t *theirs = json_array_get(service, i);
        const json_t *ours = json_array_get(pod, i);
        assert_true(json_equal(at(theirs, "name"), at(ours, "name")));
        assert_true(json_equal(at(theirs, "port"), at(ours, "containerPort")));
        assert_true(json_equal(at(theirs, "targetPort"), at(ours, "containerPort")));
        assert_true(json_equal(at(theirs, "protocol"), at(ours, "protocol")));
    }
}

static void the_class_and_the_provisioner_know_each_other(void **state)
{
    static const struct row rows[] = {
        {IN_POD, KIND_STORAGE_CLASS, "provisioner", "\"hawser.dev/nfs-x\""},
        {IN_POD, KIND_STATEFUL_SET, POD("containers|0|args|0"),
         "\"-provisioner=hawser.dev/nfs-x\""},
        {IN_POD, KIND_STORAGE_CLASS, "metadata|name", "\"nfs\""},
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_backing_decides_disk_volume_grace_and_updates),
        cmocka_unit_test(what_a_document_gives_for_the_pod_comes_as_it_is_stored),
        cmocka_unit_test(a_priority_class_is_made_where_no_other_is_named),
        cmocka_unit_test(nodes_that_are_named_and_the_controller_alone_are_let_in),
        cmocka_unit_test(the_namespace_of_hawser_itself_is_left_to_helm),
        cmocka_unit_test(disruption_budgets_are_of_the_version_that_the_server_knows),
        cmocka_unit_test(objects_are_in_the_order_in_which_a_cluster_wants_them),
        cmocka_unit_test(nothing_is_asked_for_that_the_api_server_forgets),
        cmocka_unit_test(every_object_says_whose_it_is),
        cmocka_unit_test(a_hash_changes_with_its_own_object_alone),
        cmocka_unit_test(a_move_of_hawser_and_a_newer_cluster_leave_the_pod_as_it_is),
        cmocka_unit_test(service_and_pod_have_the_same_twelve_ports),
        cmocka_unit_test(the_class_and_the_provisioner_know_each_other),
    };

    return cmocka_run_group_tests_name("server_objects", tests, NULL, NULL);
}
