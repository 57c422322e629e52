/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/variables.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

static void only_variables_that_always_have_a_value_are_accepted(void **state)
{
    static const struct {
        const char *text;
        const char *message; /* the beginning; NULL: accepted */
    } rows[] = {
        {"", NULL},
        {"plain", NULL},
        {"{ }", NULL},
        {"{{workflow.name}}", NULL},
        {"a{{workflow.namespace}}b{{workflow.uid}}{{pod.name}}", NULL},
        {"{{=1+1}}", "'{{=' is not accepted"},
        {"{{workflow.name}}{{=env('X')}}", "'{{=' is not accepted"},
        {"{{inputs.parameters.x}}", "'{{inputs.parameters.x}}' is not a variable"},
        {"{{workflow.names}}", "'{{workflow.names}}' is not a variable"},
        {"{{workflow.name", "'{{workflow.name' is not a variable"},
        {"{{ workflow.name}}", "'{{ workflow.name}}' is not a variable"},
        {"{{{workflow.name}}", "'{{{workflow.name}}' is not a variable"},
        {"{{node.name}}", "'{{node.name}}' is not a variable"},
        {"{{", "'{{' is not a variable"},
        {"{{{{", "'{{{{' is not a variable"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(variables_check(rows[i].text, &err), rows[i].message == NULL ? 0 : -1);
        if (rows[i].message != NULL) {
            assert_memory_equal(err.msg, rows[i].message, strlen(rows[i].message));
        }
    }
}

static void nothing_else_in_a_document_reaches_the_substitution(void **state)
{
    static const struct {
        const char *document;
        const char *place; /* NULL: accepted */
    } rows[] = {
        {"{}", NULL},
        {"{\"spec\":{\"volumes\":[{\"subPath\":\"{{workflow.name}}\"}]}}", NULL},
        {"{\"spec\":{\"copies\":[{},{\"from\":{\"path\":\"{{x}}\"}}]}}", NULL},
        {"{\"spec\":{\"copies\":[{\"copyBack\":{\"path\":\"{{x}}\"}}]}}", NULL},
        {"{\"metadata\":{\"annotations\":{\"a\":\"{{x}}\"}}}", NULL},
        {"{\"metadata\":{\"annotations\":{\"a\":\"{{=x}}\"}}}", "metadata.annotations.a: "},
        {"{\"spec\":{\"volumes\":[{\"subPath\":\"{{=1}}\"}]}}", "spec.volumes[0].subPath: "},
        {"{\"spec\":{\"volumes\":[{\"name\":\"{{x}}\"}]}}", "spec.volumes[0].name: "},
        {"{\"spec\":{\"volumes\":[{\"x\":{\"subPath\":\"{{x}}\"}}]}}",
         "spec.volumes[0].x.subPath: "},
        {"{\"spec\":{\"description\":\"a {{ b\"}}", "spec.description: "},
        {"{\"spec\":{\"description\":\"a {{=b\"}}", "spec.description: "},
        {"{\"spec\":{\"{{x\":1}}", "spec: "},
        {"{\"spec\":{\"tolerations\":[{\"a\":[[\"{{=\"]]}]}}", "spec.tolerations[0].a[0][0]: "},
        {"{\"{{=x\":1}", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        json_auto_t *document = json_parse(rows[i].document, strlen(rows[i].document), &err);
        const struct source source = {.name = "f", .text = "", .document = document};
        print_message("# %s\n", rows[i].document);
        assert_non_null(document);
        assert_int_equal(variables_check_document(&source, &err), rows[i].place == NULL ? 0 : -1);
        if (rows[i].place != NULL) {
            assert_memory_equal(err.msg, "f: ", 3);
            assert_memory_equal(err.msg + 3, rows[i].place, strlen(rows[i].place));
            assert_int_equal(err.msg[3 + strlen(rows[i].place)], '\'');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_variables_that_always_have_a_value_are_accepted),
        cmocka_unit_test(nothing_else_in_a_document_reaches_the_substitution),
    };

    return cmocka_run_group_tests_name("variables", tests, NULL, NULL);
}
