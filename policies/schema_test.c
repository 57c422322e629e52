/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "policies/load.h"
#include "policies/shipped.h"
#include "tests/test.h"

/*
 * The schema and the loader accept the same documents
 *
 * Complete documents are damaged in every way that a generator thinks of, and both judge each.
 * Where the schema refuses, the loader must. Where only the loader refuses, the reason must be one
 * that a schema cannot say, and is listed here.
 */

/* What a JSON Schema cannot say, as the loader says it. Each must come up. */
static const struct {
    const char *message;
    const char *why;
} unsayable[] = {
    {"' stands twice; expected another name", "compares names of list items"},
    {"' stands twice; expected one override", "compares names of list items"},
    {"' is mounted at '", "compares normalised paths of list items"},
    {"' overlaps with '", "compares normalised paths in two lists"},
    {"' is not a volume of this policy", "looks a name up in another list"},
    {"' is persistent and shared: only its mountPath", "looks a name up in another list"},
    {"' is less than the volume's own size of '", "compares amounts"},
    {"is more than limits.", "compares amounts"},
    {"' is too large: expected less than 8Ei", "is arithmetic"},
    {"' is too fine: expected nothing below 1n", "is arithmetic"},
    {"is not a network; expected a CIDR", "is the grammar of an IPv6 address"},
    {"has bits behind its /", "is arithmetic"},
    {"would be longer than Kubernetes allows", "adds the lengths of two names"},
    {"' is readOnly: nothing can be copied back", "looks a name up in another list"},
};

#define N_UNSAYABLE (sizeof(unsayable) / sizeof(unsayable[0]))

/* Every field but copyBack. JSON with single quotes. */
static const char policy[] =
    "{'apiVersion': 'hawser.dev/v1', 'kind': 'VolumePolicy',"
    " 'metadata': {'name': 'scratch', 'labels': {'team': 'data'},"
    "              'annotations': {'example.com/owner': 'me'}},"
    " 'spec': {'description': 'text', 'default': true, 'mode': 'Inject',"
    "  'match': {'kinds': ['Workflow', 'CronWorkflow'], 'namespaces': ['team-*', 'ci'],"
    "   'excludeNamespaces': ['kube-*'], 'selector': {'matchLabels': {'tier': 'batch'},"
    "    'matchExpressions': [{'key': 'env', 'operator': 'NotIn', 'values': ['prod']},"
    "                         {'key': 'gpu', 'operator': 'Exists'}]}},"
    "  'argo': {'version': 'v3.7.7', 'templateReferencing': 'None',"
    "           'workflowTemplateRef': 'Deny', 'templateRef': 'Warn'},"
    "  'volumes': [{'name': 'workdir', 'mountPath': '/workdir', 'subPath': 'runs',"
    "    'transient': {'storageClassName': 'nfs', 'size': '10Gi',"
    "                  'accessModes': ['ReadWriteMany', 'ReadWriteOnce']}, 'readOnly': false,"
    "    'templates': {'include': ['*'], 'exclude': ['notify-*']}},"
    "   {'name': 'cache', 'mountPath': '/cache', 'persistent': {'claimName': 'hawser-cache',"
    "    'create': {'storageClassName': 'ebs', 'size': '1Ti', 'accessModes': ['ReadWriteMany']}}}],"
    "  'copies': [{'name': 'src', 'from': {'volume': 'workdir', 'path': 'repo'}, 'to': '/src',"
    "    'ephemeral': {'sizeLimit': '5Gi', 'medium': ''}, 'include': ['**'],"
    "    'exclude': ['.git/**'], 'missing': 'Fail', 'templates': {'include': ['build-*']}},"
    "   {'name': 'all', 'from': {'volume': 'cache'}, 'to': '/all'}],"
    "  'volumeClaimGC': 'OnWorkflowCompletion', 'onConflict': 'Skip', 'initContainer': 'Last',"
    "  'copier': {'image': 'example.com/hawser:v1', 'threads': 16, 'resources': {"
    "    'requests': {'cpu': '100m', 'memory': 1}, 'limits': {'cpu': '1', 'memory': '64Mi'}}},"
    "  'overrides': [{'volume': 'workdir', 'fields': ['size', 'mountPath'], 'maxSize': '100Gi'},"
    "   {'volume': 'cache', 'fields': ['mountPath']}]}}";

static const char policy_with_copy_back[] =
    "{'apiVersion': 'hawser.dev/v1', 'kind': 'VolumePolicy', 'metadata': {'name': 'scratch'},"
    " 'spec': {'volumes': [{'name': 'cache', 'mountPath': '/cache', 'readOnly': false,"
    "   'persistent': {'claimName': 'c'}}], 'copies': [{'name': 'src', 'from': {'volume': 'cache'},"
    "   'to': '/src', 'copyBack': {'path': 'results', 'when': 'Always'}}]}}";

static const char policy_with_long_name[] =
    "{'apiVersion': 'hawser.dev/v1', 'kind': 'VolumePolicy', 'metadata': {'name': 'scratch'},"
    " 'spec': {'volumes': [{'name': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',"
    "   'mountPath': '/cache', 'transient': {'storageClassName': 'nfs', 'size': '1Gi'}}],"
    "  'overrides': [{'volume': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',"
    "   'fields': ['size']}]}}";

static const char provisioner[] =
    "{'apiVersion': 'hawser.dev/v1', 'kind': 'NFSProvisioner', 'metadata': {'name': 'ebs'},"
    " 'spec': {'namespace': 'storage', 'image': 'example.com/nfs:v1',"
    "  'backing': {'claim': {'storageClassName': 'gp3', 'size': '200Gi',"
    "                        'accessModes': ['ReadWriteOnce']}},"
    "  'storageClass': {'name': 'nfs-ebs', 'reclaimPolicy': 'Retain',"
    "                   'mountOptions': ['hard', 'nfsvers=4.1']},"
    "  'resources': {'requests': {'cpu': '500m', 'example.com/disk': 1}},"
    "  'nodeSelector': {'disk': 'nvme', 'empty': ''},"
    "  'tolerations': [{'key': 'disk', 'tolerationSeconds': 5}],"
    "  'affinity': {'nodeAffinity': {'x': [{'weight': 1.5, 'y': null}]}},"
    "  'priorityClassName': 'high', 'nodeCIDRs': ['10.0.0.0/16', 'fd00:10::/64']}}";

static const char provisioner_on_host[] =
    "{'apiVersion': 'hawser.dev/v1', 'kind': 'NFSProvisioner', 'metadata': {'name': 'host'},"
    " 'spec': {'backing': {'hostPath': {'path': '/mnt/nvme'}}, 'storageClass': {'name': 'nfs'}}}";

static const char provisioner_in_pod[] =
    "{'apiVersion': 'hawser.dev/v1', 'kind': 'NFSProvisioner', 'metadata': {'name': 'pod'},"
    " 'spec': {'backing': {'emptyDir': {'sizeLimit': '1Ti'}}, 'storageClass': {'name': 'nfs'}}}";

static const char *const documents[] = {
    policy,      policy_with_copy_back, policy_with_long_name,
    provisioner, provisioner_on_host,   provisioner_in_pod,
};

/* What any value is replaced with. */
static const char shapes[] =
    "[null, true, false, 0, -1, 1, 16, 256, 257, 4294967297, 1.5, [], {}, [null], [[]], "
    "[{}], [1], [''], ['a'], ['a', 'a'], ['a', 'b'], ['A'], ['*'], ['/a'], ['a[b]'], "
    "['a{b'], ['$(A)'], ['ReadOnlyMany'], ['size'], ['mountPath', 'storageClassName'], "
    "['Workflow', 'Workflow'], ['WorkflowTemplate'], {'': ''}, {'a': ''}, {'a': 'b'}, "
    "{'a': 'b c'}, {'A_b.c': 'D'}, {'a/b': 'c'}, {'a/b/c': 'd'}, {'-a': 'b'}, {'a': 1}, "
    "{'a': -1}, {'a': '1'}, {'a': '-1'}, {'a': '1e3'}, {'a': true}, {'a': {}}, {'{{': 'a'}, "
    "{'a': '{{b}}'}, {'a': '{{=b'}, {'a': [{'b': '{{'}]}, {'sizeLimit': '1Gi'}, "
    "{'path': '/a'}, '', 'a', 'A b', '{{=a}}']";

/* What a string is replaced with, too. */
static const char texts[] =
    "['', ' ', 'a', 'A', 'a-', '-a', 'a.b', 'a..b', 'a_b', 'a b', 'a/b', '/a', '/a/', "
    "'//a/.', '/a b', '/a:b', 'a/', 'a//b', './a', 'a/.', '.', '..', '...', 'a/..', '../a', "
    "'/', '//', '/.', '/..', '/a/../b', '/...', '/argo', '//argo/./x', '/argonaut', "
    "'/argo-bin', '/var', '/var/', '/var/./run/.', '/var/lib', '/var/run/argo', "
    "'/var/run/secrets/x', '/run', '/run/lock', '/etc', '/etc/x', '/usr', '/usr/bin', "
    "'/usr/bin/x', '/usr/lib64/', '/usr/local', '/proc', '/tmp', '/hawser', '/mainctrfs/a', "
    "'/lib', '/library', '/workdir', '/cache/x', '/src', '*', '?', 'a*', '**', '[a]', 'a]', "
    "'{a}', 'a\\\\b', '$a', 'a$', '{{', '{', 'a{', '{{a}}', '{{=a}}', '{{workflow.name}}', "
    "'{{workflow.uid}}/a', 'a-{{pod.name}}', '{{workflow.namespace}}{{workflow.name}}', "
    "'{{ workflow.name }}', '{{workflow.name', '{{{workflow.name}}', '{{workflow.names}}', "
    "'\u00e4', '/\u00e4', '0', '1', '10', '10Gi', '9Gi', '0Gi', '0.0', '0.5Gi', '.5', '5.', "
    "'.', '-1Gi', '+1Gi', '1 Gi', '1GiB', 'Gi', '1e3', '1E3', '1E', '1e', '1e+3', '1e-3', "
    "'0e3', '1Ki', '1K', '1k', '1m', '1n', '7Ei', '99Ei', '1e30', '0.0000000001', '1e-10', "
    "'00000000000000000000000000000000000001Gi', "
    "'0000000000000000000000000000000000000001Gi', '100Gi', '2Ti', 'v3.7.7', '3.7.7', "
    "'v3.7', 'v03.7.7', 'v3.7.7-rc1', 'v3.7.10000', 'latest', 'Inject', 'Warn', 'Deny', "
    "'Skip', 'Last', 'First', 'Strict', 'None', 'Empty', 'Fail', 'Memory', 'memory', "
    "'Always', 'In', 'NotIn', 'Exists', 'Equals', 'OnWorkflowSuccess', 'Delete', 'Retain', "
    "'Recycle', 'VolumePolicy', 'NFSProvisioner', 'ConfigMap', 'hawser.dev/v1', 'v1', "
    "'true', 'workdir', 'cache', 'src', 'all', 'hawser-x', 'var-run-argo', 'var-run-argos', "
    "'artifact-plugin-x', 'kubeconfig', 'registry.example.com:5000/a/b@sha256:0', 'a:b', "
    "'a@', 'hard,intr', 'nfsvers=4.1', '-o', 'cpu', 'example.com/gpu', 'Example.com/gpu', "
    "'x/', '10.0.0.0/16', '10.0.0.1/16', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.256/32', "
    "'010.0.0.0/8', '0.0.0.0/0', '10.0.0.0', '::/0', '::1/127', ':::/8', 'fd00::/129', "
    "'::10.0.0.0/128', 'fd00::/64', 'fd00::/064']";

/* And with strings of these lengths. */
static const size_t lengths[] = {32,  33,  40,  41,  56,  57,  63,   64,   128,  129,  253,
                                 254, 256, 257, 511, 512, 513, 1023, 1024, 1025, 4097, 20000};

struct judges {
    const json_t *schema;
    const json_t *shapes;
    const json_t *texts;
    const json_t *holder; /* a list of one: the document */
    size_t n_judged;
    size_t n_accepted;
    size_t n_refused;
    size_t n_unsayable[N_UNSAYABLE];
};

/* jansson knows no single quotes, and C no readable double ones. */
static json_t *parse(const char *text)
{
    CLEANUP(buf_clear) struct buf quoted = BUF_INIT(1 << 20);
    struct err err = {0};
    json_t *value;

    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') {
            buf_add_char(&quoted, '"');
        } else {
            buf_add_char(&quoted, *c);
        }
    }
    value = json_parse(buf_text(&quoted), quoted.len, &err);
    if (value == NULL) {
        fail_msg("%s: %s", text, err.msg);
    }
    return value;
}

static void judge_unsayable(struct judges *judges, const char *text, const char *message)
{
    for (size_t i = 0; i < N_UNSAYABLE; i++) {
        if (strstr(message, unsayable[i].message) != NULL) {
            judges->n_unsayable[i]++;
            return;
        }
    }
    fail_msg("only the loader refuses %s\n%s", text, message);
}

static void judge(struct judges *judges)
{
    const json_t *document = json_array_get(judges->holder, 0);
    CLEANUP(free) char *text = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY);
    CLEANUP(policy_set_unref) struct policy_set *set = NULL;
    struct err by_loader = {0};
    struct err by_schema = {0};

    assert_non_null(text);
    set = policy_load_text("f", text, strlen(text), &by_loader);
    judges->n_judged++;
    if (schema_validate(judges->schema, document, &by_schema) < 0) {
        if (by_schema.code != ERR_INVALID || set != NULL) {
            fail_msg("only the schema refuses %s\n%s", text, by_schema.msg);
        }
        judges->n_refused++;
    } else if (set != NULL) {
        judges->n_accepted++;
    } else {
        judge_unsayable(judges, text, by_loader.msg);
    }
}

/* A member of an object or, where @key is NULL, an item of a list. */
struct slot {
    json_t *holder;
    const char *key;
    size_t index;
};

static json_t *slot_get(const struct slot *slot)
{
    return slot->key != NULL ? json_object_get(slot->holder, slot->key)
                             : json_array_get(slot->holder, slot->index);
}

static void slot_set(const struct slot *slot, json_t *value)
{
    assert_int_equal(slot->key != NULL ? json_object_set(slot->holder, slot->key, value)
                                       : json_array_set(slot->holder, slot->index, value),
                     0);
}

/* @len bytes that begin with @first. */
static json_t *long_text(char first, size_t len)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);

    buf_add_char(&text, first);
    while (text.len < len) {
        buf_add_char(&text, 'a');
    }
    return json_string(buf_text(&text));
}

static void replace_with(struct judges *judges, const struct slot *slot, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        slot_set(slot, json_array_get(list, i));
        judge(judges);
    }
}

/* Put other values in the place of one. */
static void replace(struct judges *judges, const struct slot *slot)
{
    json_t *old = json_incref(slot_get(slot));

    replace_with(judges, slot, judges->shapes);
    if (json_is_string(old)) {
        replace_with(judges, slot, judges->texts);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            for (const char *first = "a/"; *first != '\0'; first++) {
                json_auto_t *text = long_text(*first, lengths[i]);
                slot_set(slot, text);
                judge(judges);
            }
        }
    }
    slot_set(slot, old);
    json_decref(old);
}

/* Take away and add to a list, whose items are alike. */
static void resize_list(struct judges *judges, const struct slot *slot)
{
    static const size_t sizes[] = {32, 33, 64, 65};
    json_t *old = json_incref(slot_get(slot));

    for (size_t i = 0; i < json_array_size(old); i++) {
        json_auto_t *list = json_copy(old);
        assert_int_equal(json_array_remove(list, i), 0);
        slot_set(slot, list);
        judge(judges);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && json_array_size(old) > 0; i++) {
        const json_t *first = json_array_get(old, 0);
        json_auto_t *list = json_array();
        for (size_t k = 0; k < sizes[i]; k++) {
            json_t *item = json_is_string(first) ? json_sprintf("t%zu", k) : json_deep_copy(first);
            assert_int_equal(json_array_append_new(list, item), 0);
        }
        slot_set(slot, list);
        judge(judges);
    }
    slot_set(slot, old);
    json_decref(old);
}

/* The same for the members of an object. */
static void resize_object(struct judges *judges, const struct slot *slot)
{
    json_t *old = json_incref(slot_get(slot));
    const size_t sizes[] = {json_object_size(old) + 1, 32, 33, 64, 65, 256, 257};
    const char *key;
    json_t *member;

    json_object_foreach (old, key, member) {
        json_auto_t *object = json_copy(old);
        assert_int_equal(json_object_del(object, key), 0);
        slot_set(slot, object);
        judge(judges);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        json_auto_t *object = json_copy(old);
        char name[32];
        for (size_t k = json_object_size(object); k < sizes[i]; k++) {
            json_t *first = json_object_iter_value(json_object_iter(old));
            (void)snprintf(name, sizeof(name), "k%zu", k);
            assert_int_equal(json_object_set(object, name, first), 0);
        }
        slot_set(slot, object);
        judge(judges);
    }
    slot_set(slot, old);
    json_decref(old);
}

/* Damage the value in @slot and all below it, one at a time. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the documents above */
static void damage(struct judges *judges, const struct slot *slot)
{
    json_t *value = slot_get(slot);
    const char *key;
    json_t *member;

    if (json_is_object(value)) {
        json_auto_t *keys = json_copy(value); /* to iterate over what does not change */
        json_object_foreach (keys, key, member) {
            damage(judges, &(struct slot){.holder = value, .key = key});
        }
        resize_object(judges, slot);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        damage(judges, &(struct slot){.holder = value, .index = i});
    }
    if (json_is_array(value)) {
        resize_list(judges, slot);
    }
    replace(judges, slot);
}

static void the_schema_and_the_loader_judge_alike(void **state)
{
    json_auto_t *all_shapes = parse(shapes);
    json_auto_t *all_texts = parse(texts);
    struct judges judges = {.schema = *state, .shapes = all_shapes, .texts = all_texts};

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        json_auto_t *holder = json_pack("[o]", parse(documents[i]));
        judges.holder = holder;
        judge(&judges);
        damage(&judges, &(struct slot){.holder = holder});
    }
    print_message("# %zu documents: both accept %zu and refuse %zu\n", judges.n_judged,
                  judges.n_accepted, judges.n_refused);
    for (size_t i = 0; i < N_UNSAYABLE; i++) {
        print_message("# %zu are refused by the loader only, whose rule %s\n",
                      judges.n_unsayable[i], unsayable[i].why);
        assert_true(judges.n_unsayable[i] > 0);
    }
    assert_true(judges.n_accepted > 1000);
}

static void the_schema_accepts_the_shipped_policies(void **state)
{
    const json_t *schema = *state;

    for (size_t i = 0; i < shipped_n_files; i++) {
        struct err err = {0};
        CLEANUP(yaml_reader_free)
        struct yaml_reader *reader = yaml_reader_new(shipped_files[i].name, shipped_files[i].text,
                                                     shipped_files[i].len, YAML_STRICT, &err);
        json_t *document = NULL;
        assert_non_null(reader);
        assert_int_equal(yaml_reader_next(reader, &document, &err), 0);
        if (schema_validate(schema, document, &err) < 0) {
            fail_msg("%s: %s", shipped_files[i].name, err.msg);
        }
        json_decref(document);
    }
}

/* The path of the schema is the only argument. */
int main(int argc, char **argv)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 20);
    json_auto_t *schema = NULL;
    struct err err = {0};

    if (argc == 2 && file_read(argv[1], &text, &err) == 0) {
        schema = json_parse(buf_text(&text), text.len, &err);
    }
    if (schema == NULL) {
        (void)fprintf(stderr, "cannot read the schema: %s\n", err.msg);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(the_schema_accepts_the_shipped_policies, schema),
        cmocka_unit_test_prestate(the_schema_and_the_loader_judge_alike, schema),
    };
    return cmocka_run_group_tests_name("policies_schema", tests, NULL, NULL);
}
