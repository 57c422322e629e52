/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/workflow.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tests/test.h"
#include "webhook/inject/metadata.h"

#define ARENA_BYTES (8UL * 1024 * 1024)

/* Read the object in the text @json, which lives as long as @arena. */
static int read_object(const char *json,
                       enum policy_kind kind,
                       struct arena *arena,
                       struct workflow *out,
                       struct err *err)
{
    struct json_reader *reader = arena_alloc(arena, sizeof(*reader));
    const char *text = arena_strndup(arena, json, strlen(json));
    struct json_view object;

    assert_non_null(reader);
    assert_non_null(text);
    assert_int_equal(json_reader_open(reader, arena, text, strlen(text), &object, err), 0);
    if (metadata_read(&object, kind, arena, out, err) < 0) {
        return -1;
    }
    return workflow_read_spec(&object, arena, out, err);
}

/* The view of a Workflow whose spec is the JSON @spec. */
static void view(const char *spec, struct arena *arena, struct workflow *out)
{
    const char *object = arena_printf(arena, "{\"metadata\":{\"name\":\"w\"},\"spec\":%s}", spec);
    struct err err = {0};

    if (read_object(object, POLICY_WORKFLOW, arena, out, &err) < 0) {
        fail_msg("%s", err.msg);
    }
}

static void what_cannot_be_read_is_named_by_its_pointer(void **state)
{
    static const struct {
        const char *object;
        const char *message;
    } rows[] = {
        {"{}", "at /metadata: expected an object, found nothing"},
        {"{\"metadata\":[]}", "at /metadata: expected an object, found a list"},
        {"{\"metadata\":{\"annotations\":{\"hawser.dev/b~c\":1}}}",
         "at /metadata/annotations/hawser.dev~1b~0c: expected a string, found a number"},
        {"{\"metadata\":{\"labels\":\"x\"}}",
         "at /metadata/labels: expected an object, found a string"},
        {"{\"metadata\":{}}", "at /spec: expected an object, found nothing"},
        {"{\"metadata\":{},\"spec\":\"x\"}", "at /spec: expected an object, found a string"},
        {"{\"metadata\":{},\"spec\":{}}",
         "at /spec: no templates; expected 'templates' with one at least"},
        {"{\"metadata\":{},\"spec\":{\"templates\":{}}}",
         "at /spec/templates: expected a list, found an object"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[null]}}",
         "at /spec/templates/0: expected an object, found null"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{}]}}",
         "at /spec/templates/0: a template without a name; expected 'name'"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\"},{\"name\":\"a\"}]}}",
         "at /spec: two templates are called 'a'; names must differ"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\",\"container\":[]}]}}",
         "at /spec/templates/0/container: expected an object, found a list"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\",\"container\":{\"volumeMounts\":"
         "[{\"mountPath\":true}]}}]}}",
         "at /spec/templates/0/container/volumeMounts/0/mountPath: expected a string, found a boolean"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\",\"steps\":[{}]}]}}",
         "at /spec/templates/0/steps/0: expected a list of steps, found an object"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\",\"steps\":[[7]]}]}}",
         "at /spec/templates/0/steps/0/0: expected an object, found a number"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\",\"steps\":[[{\"inline\":"
         "{\"script\":{},\"volumes\":{}}}]]}]}}",
         "at /spec/templates/0/steps/0/0/inline/volumes: expected a list, found an object"},
        {"{\"metadata\":{},\"spec\":{\"workflowTemplateRef\":{}}}",
         "at /spec/workflowTemplateRef: expected 'name', the name of a WorkflowTemplate"},
        {"{\"metadata\":{},\"spec\":{\"workflowTemplateRef\":{\"name\":\"x\"},\"templates\":"
         "[{\"name\":\"a\"}]}}",
         "at /spec: templates and workflowTemplateRef: Argo accepts one of them"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\"}],\"volumeClaimTemplates\":"
         "[{\"metadata\":{\"name\":1}}]}}",
         "at /spec/volumeClaimTemplates/0/metadata/name: expected a string, found a number"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\",\"container\":{},"
         "\"inputs\":{\"artifacts\":[{\"s3\":{\"accessKeySecret\":{\"name\":\"\\u0000\"}}}]}}]}}",
         "at /spec/templates/0/inputs/artifacts/0/s3/accessKeySecret/name: expected a string "
         "without NUL characters"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct workflow workflow = {0};
        struct err err = {0};

        print_message("# %s\n", rows[i].object);
        assert_int_equal(read_object(rows[i].object, POLICY_WORKFLOW, arena, &workflow, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
    }
}

static void a_template_has_the_one_type_whose_key_it_has(void **state)
{
    static const struct {
        const char *keys;
        enum template_type type;
        bool can_mount;
    } rows[] = {
        {"\"container\":{}", TEMPLATE_CONTAINER, true},
        {"\"script\":{\"source\":\"\"}", TEMPLATE_SCRIPT, true},
        {"\"containerSet\":{\"containers\":[]}", TEMPLATE_CONTAINER_SET, true},
        {"\"dag\":{\"tasks\":[]}", TEMPLATE_DAG, false},
        {"\"steps\":[]", TEMPLATE_STEPS, false},
        {"\"suspend\":{}", TEMPLATE_SUSPEND, false},
        {"\"resource\":{}", TEMPLATE_RESOURCE, false},
        {"\"data\":{}", TEMPLATE_DATA, false},
        {"\"http\":{}", TEMPLATE_HTTP, false},
        {"\"plugin\":{}", TEMPLATE_PLUGIN, false},
        {"\"container\":null,\"script\":{}", TEMPLATE_SCRIPT, true},
        {"\"container\":{},\"script\":{}", TEMPLATE_UNKNOWN, false},
        {"\"inputs\":{}", TEMPLATE_UNKNOWN, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct workflow workflow = {0};
        char spec[256];
        (void)snprintf(spec, sizeof(spec), "{\"templates\":[{\"name\":\"a\",%s}]}", rows[i].keys);

        print_message("# %s\n", rows[i].keys);
        view(spec, arena, &workflow);
        assert_int_equal(workflow.templates.n, 1);
        assert_int_equal(workflow.templates.items[0]->type, rows[i].type);
        assert_int_equal(template_can_mount(workflow.templates.items[0]), rows[i].can_mount);
    }
}

static void inline_templates_follow_the_one_that_holds_them(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct workflow workflow = {0};
    view(
        "{\"templates\":[{\"name\":\"main\",\"dag\":{\"tasks\":[{\"name\":\"t\",\"inline\":{\"steps\":"
        "[[{\"name\":\"s\",\"inline\":{\"container\":{}}}]]}},{\"name\":\"r\",\"templateRef\":"
        "{\"name\":\"o\",\"template\":\"x\",\"clusterScope\":true}}]}},{\"name\":\"b\",\"script\":{}}]}",
        arena, &workflow);

    (void)state;
    assert_int_equal(workflow.templates.n, 4);
    assert_string_equal(workflow.templates.items[1]->label, "main.t");
    assert_string_equal(workflow.templates.items[2]->label, "main.t.s");
    assert_string_equal(workflow.templates.items[2]->name, "s");
    assert_string_equal(workflow.templates.items[2]->mounts.slot.base,
                        "/spec/templates/0/dag/tasks/0/inline/steps/0/0/inline");
    assert_string_equal(workflow.templates.items[2]->mounts.slot.path, "/container/volumeMounts");
    assert_int_equal(workflow.templates.items[2]->mounts.slot.state, SLOT_ABSENT);
    assert_string_equal(workflow.templates.items[3]->label, "b");
    assert_int_equal(workflow.refs.list.n, 1);
    assert_true(workflow.refs.list.items[0].cluster_scope);
}

static void paths_are_known_up_to_their_first_variable(void **state)
{
    static const struct {
        const char *path;
        const char *normal; /* NULL: unknown */
        bool exact;
    } rows[] = {
        {"/a//b/./", "/a/b", true}, {"/a/x{{y}}/b", "/a", false},
        {"/{{y}}", "/", false},     {"{{y}}/a", NULL, false},
        {"a", "/a", true},          {"a{{y}}/b", NULL, false},
        {"a/b{{y}}", "/a", false},  {"/a/../b", NULL, false},
        {"", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct workflow workflow = {0};
        char spec[256];
        (void)snprintf(spec, sizeof(spec),
                       "{\"templates\":[{\"name\":\"a\",\"container\":{\"volumeMounts\":[{\"name\":"
                       "\"v\",\"mountPath\":\"%s\"}]}}]}",
                       rows[i].path);
        view(spec, arena, &workflow);
        const struct known_path *path = &workflow.templates.items[0]->mounts.list.items[0].path;

        print_message("# '%s'\n", rows[i].path);
        assert_int_equal(path->exact, rows[i].exact);
        if (rows[i].normal == NULL) {
            assert_null(path->normal);
        } else {
            assert_string_equal(path->normal, rows[i].normal);
        }
    }
}

static void a_long_name_is_cut_between_characters_in_a_label(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct workflow workflow = {0};
    CLEANUP(buf_clear) struct buf spec = BUF_INIT(4096);

    (void)state;
    buf_add_text(&spec, "{\"templates\":[{\"name\":\"x");
    for (int i = 0; i < 100; i++) {
        buf_add_text(&spec, "\xc3\xa4");
    }
    buf_add_text(&spec, "\",\"suspend\":{}}]}");
    view(buf_text(&spec), arena, &workflow);
    assert_int_equal(strlen(workflow.templates.items[0]->label), 127);
}

static void inline_templates_nest_only_so_deep(void **state)
{
    for (size_t depth = WORKFLOW_INLINE_DEPTH_MAX; depth <= WORKFLOW_INLINE_DEPTH_MAX + 1;
         depth++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        CLEANUP(free) char *text = NULL;
        json_auto_t *object = NULL;
        json_t *template = json_pack("{s:{}}", "container");
        struct workflow workflow = {0};
        struct err err = {0};
        int result;

        (void)state;
        for (size_t i = 0; i < depth; i++) {
            template =
                json_pack("{s:{s:[{s:s,s:o}]}}", "dag", "tasks", "name", "t", "inline", template);
        }
        json_object_set_new(template, "name", json_string("main"));
        object = json_pack("{s:{},s:{s:[o]}}", "metadata", "spec", "templates", template);
        text = json_dumps(object, 0);
        assert_non_null(text);
        result = read_object(text, POLICY_WORKFLOW, arena, &workflow, &err);
        if (depth <= WORKFLOW_INLINE_DEPTH_MAX) {
            assert_int_equal(result, 0);
            assert_int_equal(workflow.templates.n, depth + 1);
        } else {
            assert_int_equal(result, -1);
            assert_non_null(strstr(err.msg, "inline templates are nested deeper than 16 levels"));
        }
    }
}

static void a_template_too_many_is_refused(void **state)
{
    for (size_t n = WORKFLOW_TEMPLATES_MAX; n <= WORKFLOW_TEMPLATES_MAX + 1; n++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(8 * ARENA_BYTES);
        json_t *templates = json_array();
        json_auto_t *object =
            json_pack("{s:{},s:{s:o}}", "metadata", "spec", "templates", templates);
        CLEANUP(free) char *text = NULL;
        struct workflow workflow = {0};
        struct err err = {0};
        char name[32];

        (void)state;
        for (size_t i = 0; i < n; i++) {
            (void)snprintf(name, sizeof(name), "t%zu", i);
            json_array_append_new(templates, json_pack("{s:s,s:{}}", "name", name, "container"));
        }
        text = json_dumps(object, 0);
        assert_non_null(text);
        assert_int_equal(read_object(text, POLICY_WORKFLOW, arena, &workflow, &err),
                         n <= WORKFLOW_TEMPLATES_MAX ? 0 : -1);
    }
}

static void a_map_is_read_as_far_as_anybody_needs_one(void **state)
{
    for (size_t n = JSON_MEMBERS_MAX; n <= JSON_MEMBERS_MAX + 1; n++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(8 * ARENA_BYTES);
        CLEANUP(buf_clear) struct buf object = BUF_INIT(ARENA_BYTES);
        struct workflow workflow = {0};
        struct err err = {0};

        (void)state;
        buf_add_text(&object, "{\"metadata\":{\"labels\":{");
        for (size_t i = 0; i < n; i++) {
            buf_printf(&object, "%s\"l%zu\":\"\"", i > 0 ? "," : "", i);
        }
        buf_add_text(&object, "}},\"spec\":{\"templates\":[{\"name\":\"a\"}]}}");
        if (n <= JSON_MEMBERS_MAX) {
            assert_int_equal(
                read_object(buf_text(&object), POLICY_WORKFLOW, arena, &workflow, &err), 0);
            assert_int_equal(workflow.labels.list.n, n);
        } else {
            assert_int_equal(
                read_object(buf_text(&object), POLICY_WORKFLOW, arena, &workflow, &err), -1);
            assert_string_equal(err.msg, "at /metadata/labels: expected at most 65536 members");
        }
    }
}

static void a_key_that_is_read_must_not_be_there_twice(void **state)
{
    static const struct {
        const char *object;
        const char *message;
    } rows[] = {
        {"{\"metadata\":{},\"spec\":{},\"spec\":{}}", "at /spec: the key is there twice"},
        {"{\"metadata\":{\"labels\":{\"b\":\"1\",\"a\":\"2\",\"\\u0062\":\"3\"}}}",
         "at /metadata/labels: the key 'b' is there twice"},
        {"{\"metadata\":{},\"spec\":{\"templates\":[{\"name\":\"a\",\"container\":{},"
         "\"container\":null}]}}",
         "at /spec/templates/0/container: the key is there twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct workflow workflow = {0};
        struct err err = {0};

        print_message("# %s\n", rows[i].object);
        assert_int_equal(read_object(rows[i].object, POLICY_WORKFLOW, arena, &workflow, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
    }
}

static void secrets_of_artifacts_are_found_wherever_they_stand(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct workflow workflow = {0};
    view("{\"templates\":[{\"name\":\"a\",\"container\":{},\"archiveLocation\":{\"gcs\":"
         "{\"serviceAccountKeySecret\":{\"name\":\"g\"}}},\"inputs\":{\"artifacts\":[{\"git\":"
         "{\"sshPrivateKeySecret\":{\"name\":\"k\"}}},{\"http\":{\"auth\":{\"basicAuth\":"
         "{\"usernameSecret\":{\"name\":\"u\"}}}}}]}}]}",
         arena, &workflow);
    const struct text_list *secrets = &workflow.templates.items[0]->pod.secret_names;

    (void)state;
    assert_int_equal(secrets->n, 3);
    assert_string_equal(secrets->items[0], "k");
    assert_string_equal(secrets->items[1], "u");
    assert_string_equal(secrets->items[2], "g");
}

static void references_of_templates_stand_before_those_of_the_workflow(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct workflow workflow = {0};
    view("{\"hooks\":{\"exit\":{\"templateRef\":{\"name\":\"last\"}}},\"templates\":[{\"name\":"
         "\"a\",\"steps\":[[{\"name\":\"b\",\"hooks\":{\"running\":{\"templateRef\":{\"name\":"
         "\"first\"}}},\"templateRef\":{\"name\":\"second\"}}]]}]}",
         arena, &workflow);

    (void)state;
    assert_int_equal(workflow.refs.list.n, 3);
    assert_string_equal(workflow.refs.list.items[0].object, "first");
    assert_string_equal(workflow.refs.list.items[1].object, "second");
    assert_string_equal(workflow.refs.list.items[2].object, "last");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_read_is_named_by_its_pointer),
        cmocka_unit_test(a_template_has_the_one_type_whose_key_it_has),
        cmocka_unit_test(inline_templates_follow_the_one_that_holds_them),
        cmocka_unit_test(paths_are_known_up_to_their_first_variable),
        cmocka_unit_test(a_long_name_is_cut_between_characters_in_a_label),
        cmocka_unit_test(inline_templates_nest_only_so_deep),
        cmocka_unit_test(a_template_too_many_is_refused),
        cmocka_unit_test(a_map_is_read_as_far_as_anybody_needs_one),
        cmocka_unit_test(a_key_that_is_read_must_not_be_there_twice),
        cmocka_unit_test(secrets_of_artifacts_are_found_wherever_they_stand),
        cmocka_unit_test(references_of_templates_stand_before_those_of_the_workflow),
    };

    return cmocka_run_group_tests_name("workflow", tests, NULL, NULL);
}
