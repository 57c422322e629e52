/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/yaml_out.h"
#include "deploy/controller/commands.h"
#include "deploy/controller/settings.h"
#include "deploy/storage/server_objects.h"
#include "policies/load.h"

#define TOPICS    (SETTINGS_NAMESPACE | SETTINGS_POLICIES | SETTINGS_VERSION)
#define ARENA_MAX (1024UL * 1024)

/* POLICY_DOCUMENTS_MAX servers of fifteen objects, with some 10 KB and what POLICY_BYTES_MAX says.
 */
#define TEXT_MAX (64UL * 1024 * 1024)

/* From this one on of Kubernetes 1 there is policy/v1. */
#define POLICY_V1_MINOR 21

#define DIGITS "0123456789"

/* A number of at most three digits at *@text, which is moved behind it. */
static bool read_number(const char **text, unsigned int *out)
{
    const size_t len = strspn(*text, DIGITS);
    unsigned int number = 0;

    for (size_t i = 0; i < len && len <= 3; i++) {
        number = number * 10 + (unsigned int)((*text)[i] - '0');
    }
    *text += len;
    *out = number;
    return len > 0 && len <= 3;
}

/* "1.20", "v1.20.15", "v1.20.15-eks-1": as people and API servers write it. */
static int read_version(const char *text, bool *has_policy_v1_out, struct err *err)
{
    const char *rest = text + (text[0] == 'v' ? 1 : 0);
    unsigned int major;
    unsigned int minor;

    if (read_number(&rest, &major) && *rest++ == '.' && read_number(&rest, &minor) &&
        strchr(".+-", *rest) != NULL) {
        *has_policy_v1_out = major > 1 || minor >= POLICY_V1_MINOR;
        return 0;
    }
    return err_set(err, ERR_INVALID,
                   "--kubernetes-version: expected a version, e.g. '1.20', found '%.40s'", text);
}

/* Add "KIND NAMESPACE NAME" of @object to the set @seen: 1 if it is new there, 0 if not, -1 without
 * memory. */
static int note(json_t *seen, const json_t *object, struct err *err)
{
    const json_t *metadata = json_object_get(object, "metadata");
    json_auto_t *key =
        json_sprintf("%s %s %s", json_text_of(object, "kind"), json_text_of(metadata, "namespace"),
                     json_text_of(metadata, "name"));

    if (key != NULL && json_object_get(seen, json_string_value(key)) != NULL) {
        return 0;
    }
    return key == NULL || json_object_set_new(seen, json_string_value(key), json_true()) < 0
               ? err_no_memory(err)
               : 1;
}

/* Append those of @objects that were not before. */
static int write_objects(struct buf *out, const json_t *objects, json_t *seen, struct err *err)
{
    const json_t *object;
    size_t i;

    json_array_foreach (objects, i, object) {
        const int is_new = note(seen, object, err);
        if (is_new < 0) {
            return -1;
        }
        if (is_new == 0) {
            continue;
        }
        buf_add_text(out, out->len > 0 ? "---\n" : "");
        if (yaml_out(out, object, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int write_servers(struct buf *out,
                         const struct policy_set *set,
                         const struct server_objects_terms *terms,
                         struct err *err)
{
    json_auto_t *seen = json_object();

    for (size_t i = 0; i < set->provisioners.n; i++) {
        json_auto_t *objects = server_objects_make(&set->provisioners.items[i], terms, err);
        if (objects == NULL || write_objects(out, objects, seen, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int make(const struct settings *settings, struct buf *out, struct err *err)
{
    struct server_objects_terms terms = {.home = settings->namespace_, .has_policy_v1 = true};
    CLEANUP(policy_set_unref) struct policy_set *set = NULL;

    if (settings->kubernetes_version != NULL &&
        read_version(settings->kubernetes_version, &terms.has_policy_v1, err) < 0) {
        return -1;
    }
    set = settings->policies != NULL ? policy_load(settings->policies, err)
                                     : policy_load_shipped(err);
    if (set == NULL) {
        return -1;
    }
    if (set->provisioners.n == 0) {
        return err_set(err, ERR_INVALID, "'%s' has no NFSProvisioner, so that there is no object",
                       settings->policies);
    }
    return write_servers(out, set, &terms, err);
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(TEXT_MAX);
    struct settings settings;
    struct err err = {0};

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    json_object_seed(0);
    if (settings_read(TOPICS, argc, argv, arena, &settings, &err) < 0) {
        return cmd_fail(&err);
    }
    if (settings.namespace_ == NULL) {
        (void)err_set(&err, ERR_INVALID, "no namespace, expected --namespace NAME");
        return cmd_fail(&err);
    }
    return make(&settings, &out, &err) < 0 ? cmd_fail(&err) : cmd_print(&out);
}

static void write_flags(struct buf *out)
{
    settings_write_help(TOPICS, out);
}

const struct command cmd_manifests = {
    .name = "manifests",
    .summary = "print the NFS servers as objects, for a cluster without the controller",
    .synopsis = "manifests [flags]",
    .about = "Print what `run` would apply for the NFSProvisioner documents of the policies: each\n"
             "object once, in an order in which a cluster takes them. Asks no cluster.\n",
    .write_flags = write_flags,
    .exits = "  0  done\n"
             "  2  wrong usage, or policies that are wrong\n"
             "  3  trouble with files\n",
    .example =
        "  hawser-controller manifests -n hawser | kubectl apply --server-side --field-manager=hawser-controller -f -\n"
        "\n"
        "  hawser-controller manifests -n hawser --policies policies/ --kubernetes-version 1.20\n",
    .run = run,
};
