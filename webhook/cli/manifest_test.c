/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/manifest.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define OBJECT(name) \
    "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"" name "\"}}"
#define LIST "apiVersion: v1\nkind: List\nitems:\n"

/* A folder of its own for each test, with one file in it. */
struct place {
    char folder[64];
    char path[128];
};

static void place_make(struct place *place, const char *name, const char *text, size_t len)
{
    CLEANUP(fclose) FILE *file = NULL;

    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/hawser-manifest-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof(place->path), "%s/%s", place->folder, name);
    file = fopen(place->path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
}

static void place_remove(const struct place *place)
{
    (void)unlink(place->path);
    (void)rmdir(place->folder);
}

/* Read @text, as a file called @name, into @manifest. */
static int read_text(struct manifest *manifest, const char *name, const char *text, struct err *err)
{
    struct place place;
    int status;

    place_make(&place, name, text, strlen(text));
    status = manifest_read(manifest, place.path, err);
    place_remove(&place);
    return status;
}

static void documents_and_what_they_hold_keep_their_order(void **state)
{
    static const struct {
        const char *text;
        size_t n_documents;
        const char *labels; /* of the objects */
    } rows[] = {
        {"", 0, ""},
        {"# nothing\n", 0, ""},
        {"---\n---\nnull\n---\n", 0, ""},
        {"apiVersion: v1\nkind: A\nmetadata: {name: x}\n", 1, "A/x "},
        {"apiVersion: v1\nkind: A\n---\n\n---\n"
         "apiVersion: v1\nkind: B\nmetadata: {generateName: g-}\n",
         2, "A B/g- "},
        {OBJECT("x"), 1, "A/x "},
        {"\n  " OBJECT("x") OBJECT("y") "\n" OBJECT("z") "\n", 3, "A/x A/y A/z "},
        {"{apiVersion: v1, kind: A}\n---\n{apiVersion: v1, kind: B}\n", 2, "A B "},
        {OBJECT("x") "\n---\n" OBJECT("y") "\n", 2, "A/x A/y "},
        {"apiVersion: v1\nkind: List\nitems: []\n", 1, ""},
        {LIST "- " OBJECT("x") "\n- " OBJECT("y") "\n", 1, "A/x A/y "},
        {LIST "- apiVersion: v1\n  kind: List\n  items:\n  - " OBJECT("x") "\n- " OBJECT("y") "\n",
         1, "A/x A/y "},
        {"apiVersion: argoproj.io/v1alpha1\nkind: WorkflowList\nitems:\n- metadata: {name: x}\n", 1,
         "Workflow/x "},
        {"apiVersion: example.com/v1\nkind: AllowList\nspec: {items: []}\n", 1, "AllowList "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(1024UL * 1024);
        CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
        char labels[128] = "";
        struct err err = {0};
        print_message("# row %zu\n", i);
        assert_int_equal(read_text(&manifest, "a.yaml", rows[i].text, &err), 0);
        assert_int_equal(manifest.documents.n, rows[i].n_documents);
        for (size_t o = 0; o < manifest.objects.n; o++) {
            (void)snprintf(labels + strlen(labels), sizeof(labels) - strlen(labels), "%s ",
                           manifest.objects.items[o].label);
        }
        assert_string_equal(labels, rows[i].labels);
    }
}

static void what_is_no_object_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *message; /* behind the path */
    } rows[] = {
        {"a.yaml", "hello\n", ":1: found a string, expected a Kubernetes object"},
        {"a.yaml", "apiVersion: v1\nkind: A\n---\n- 1\n",
         ":4: found a list, expected a Kubernetes object"},
        {"a.yaml", "kind: A\n", ":1: 'apiVersion' is missing, expected a Kubernetes object"},
        {"a.yaml", "apiVersion: v1\n", ":1: 'kind' is missing, expected a Kubernetes object"},
        {"a.yaml", "apiVersion: 1\nkind: A\n", ":1: 'apiVersion' is a number, expected a name"},
        {"a.yaml", "apiVersion: v1\nkind: ''\n", ":1: 'kind' is empty, expected a name"},
        {"a.yaml", "apiVersion: v1\nkind: List\nitems:\n- 1\n",
         ":1: item 1: found a number, expected a Kubernetes object"},
        {"a.json", "[]", ":1: found a list, expected a Kubernetes object"},
        {"a.json", "{\"kind\": }\n", ": line 1, column 10: unexpected token"},
        {"a.json", OBJECT("x") "\n\n{\"kind\": }\n",
         ": counted from line 3: line 1, column 10: unexpected token"},
        {"a.json", OBJECT("x") "\nnonsense\n",
         ": counted from line 2: line 1, column 8: invalid token"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(1024UL * 1024);
        CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
        const char *place;
        struct err err = {0};
        print_message("# row %zu\n", i);
        assert_int_equal(read_text(&manifest, rows[i].name, rows[i].text, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        place = strstr(err.msg, rows[i].name);
        assert_non_null(place);
        assert_string_equal(place + strlen(rows[i].name), rows[i].message);
    }
}

static void hostile_bytes_are_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
        {"\0\0\0\0", 4},
        {"\x7f"
         "ELF\x02\x01\x01\0",
         8},
        {"\xff\xfe\xfd", 3},
        {"kind: \xc3\x28\n", 9},
        {"{\"kind\":\"\xff\"}", 12},
        {"{\"a\\u0000b\":1}", 14},
        {"[[[[[[[[", 8},
        {"a: &a [*a]\n", 11},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(1024UL * 1024);
        CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
        struct place place;
        struct err err = {0};
        print_message("# row %zu\n", i);
        place_make(&place, "a.yaml", rows[i].text, rows[i].len);
        assert_int_equal(manifest_read(&manifest, place.path, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        place_remove(&place);
    }
}

static void a_folder_stands_for_its_manifests(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(1024UL * 1024);
    CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
    struct place place;
    struct err err = {0};

    (void)state;
    place_make(&place, "a.yml", OBJECT("x"), strlen(OBJECT("x")));
    assert_int_equal(manifest_read(&manifest, place.folder, &err), 0);
    assert_int_equal(manifest.objects.n, 1);
    place_remove(&place);
}

static void a_folder_without_manifests_is_a_mistake(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(1024UL * 1024);
    CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
    struct place place;
    struct err err = {0};

    (void)state;
    place_make(&place, "README.md", "x", 1);
    assert_int_equal(manifest_read(&manifest, place.folder, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    place_remove(&place);
}

static void a_missing_file_is_named(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(1024UL * 1024);
    CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
    struct err err = {0};

    (void)state;
    assert_int_equal(manifest_read(&manifest, "/nonexistent/a.yaml", &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.msg, "cannot open '/nonexistent/a.yaml': No such file or directory");
}

/* Rebuild the only document of @text with its objects, but for those whose bit is set in @denied.
 */
static json_t *rebuilt(const char *text, unsigned int denied)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(1024UL * 1024);
    CLEANUP(manifest_clear) struct manifest manifest = {.arena = arena};
    json_t *results[8] = {NULL};
    json_t *out = NULL;
    struct err err = {0};

    assert_int_equal(read_text(&manifest, "a.yaml", text, &err), 0);
    assert_int_equal(manifest.documents.n, 1);
    assert_true(manifest.objects.n <= 8);
    for (size_t i = 0; i < manifest.objects.n; i++) {
        if ((denied >> i & 1) == 0) {
            results[i] = manifest.objects.items[i].value;
        }
    }
    assert_int_equal(manifest_rebuild(&manifest.documents.items[0], results, &out, &err), 0);
    return out;
}

static void a_list_loses_what_is_denied_and_keeps_its_wrapper(void **state)
{
    static const char list[] =
        "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ''}\nitems:\n"
        "- {apiVersion: v1, kind: A}\n"
        "- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: B},"
        " {apiVersion: v1, kind: C}]}\n"
        "- {apiVersion: v1, kind: D}\n";
    json_auto_t *whole = rebuilt(list, 0);
    json_auto_t *part = rebuilt(list, 1U << 0 | 1U << 2);
    json_auto_t *nothing = rebuilt(list, 15);
    json_auto_t *items =
        json_pack("[{s:s,s:s,s:[{s:s,s:s}]},{s:s,s:s}]", "apiVersion", "v1", "kind", "List",
                  "items", "apiVersion", "v1", "kind", "B", "apiVersion", "v1", "kind", "D");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(whole, "items")), 3);
    assert_non_null(json_object_get(whole, "metadata"));
    assert_true(json_equal(json_object_get(part, "items"), items));
    assert_int_equal(json_array_size(json_object_get(nothing, "items")), 1);
}

static void a_denied_document_is_gone(void **state)
{
    json_auto_t *kept = rebuilt(OBJECT("x"), 0);
    json_auto_t *gone = rebuilt(OBJECT("x"), 1);

    (void)state;
    assert_non_null(kept);
    assert_null(gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_and_what_they_hold_keep_their_order),
        cmocka_unit_test(what_is_no_object_is_refused_with_its_place),
        cmocka_unit_test(hostile_bytes_are_refused),
        cmocka_unit_test(a_folder_stands_for_its_manifests),
        cmocka_unit_test(a_folder_without_manifests_is_a_mistake),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_list_loses_what_is_denied_and_keeps_its_wrapper),
        cmocka_unit_test(a_denied_document_is_gone),
    };

    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
