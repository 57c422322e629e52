/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/drift_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/quantity.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

#define CLOSED  DRIFT_RULE_CLOSED
#define UNASKED DRIFT_RULE_UNASKED
#define ENTRIES DRIFT_RULE_ENTRIES
#define DEEP    DRIFT_RULE_DEEP

/*
 * The keys are those of x-kubernetes-list-map-keys in the API's OpenAPI document. Rows without bits
 * are of lists that others may add to. A volume, a variable's source, a probe and an update
 * strategy are unions: with another's choice beside ours the API server would refuse them.
 */
static const struct drift_rule rules[] = {
    {KIND_CLUSTER_ROLE, DEEP, "", "rules", {NULL}},
    {KIND_CLUSTER_ROLE_BINDING, DEEP, "", "subjects", {NULL}},
    {KIND_ROLE, DEEP, "", "rules", {NULL}},
    {KIND_ROLE_BINDING, DEEP, "", "subjects", {NULL}},
    {KIND_SERVICE, CLOSED | UNASKED, "spec", "ports", {"port", "protocol"}},
    {KIND_SERVICE, CLOSED | UNASKED, "spec", "selector", {NULL}},
    {KIND_NETWORK_POLICY, DEEP, "spec", "podSelector", {NULL}},
    {KIND_NETWORK_POLICY, DEEP | UNASKED, "spec", "ingress", {NULL}},
    {KIND_NETWORK_POLICY, DEEP | UNASKED, "spec", "egress", {NULL}},
    {KIND_DISRUPTION_BUDGET, CLOSED, "", "spec", {NULL}},
    {KIND_STORAGE_CLASS, CLOSED | UNASKED, "", "parameters", {NULL}},
    {KIND_STORAGE_CLASS, UNASKED, "", "mountOptions", {NULL}},
    {KIND_STATEFUL_SET, CLOSED, "spec", "updateStrategy", {NULL}},
    {KIND_STATEFUL_SET, CLOSED, "spec", "containers", {"name"}},
    {KIND_STATEFUL_SET, CLOSED | UNASKED, "spec", "initContainers", {"name"}},
    {KIND_STATEFUL_SET, CLOSED | UNASKED | ENTRIES, "spec", "volumes", {"name"}},
    {KIND_STATEFUL_SET, CLOSED | UNASKED, "spec", "nodeSelector", {NULL}},
    {KIND_STATEFUL_SET, 0, "spec", "imagePullSecrets", {"name"}},
    {KIND_STATEFUL_SET, 0, "spec", "hostAliases", {"ip"}},
    {KIND_STATEFUL_SET,
     0,
     "spec",
     "topologySpreadConstraints",
     {"topologyKey", "whenUnsatisfiable"}},
    {KIND_STATEFUL_SET, UNASKED, "containers", "command", {NULL}},
    {KIND_STATEFUL_SET, UNASKED, "containers", "args", {NULL}},
    {KIND_STATEFUL_SET, CLOSED | UNASKED | ENTRIES, "containers", "env", {"name"}},
    {KIND_STATEFUL_SET, UNASKED, "containers", "envFrom", {NULL}},
    {KIND_STATEFUL_SET, CLOSED | UNASKED, "containers", "ports", {"containerPort", "protocol"}},
    {KIND_STATEFUL_SET, CLOSED | UNASKED, "containers", "volumeMounts", {"mountPath"}},
    {KIND_STATEFUL_SET, CLOSED | UNASKED, "containers", "volumeDevices", {"devicePath"}},
    {KIND_STATEFUL_SET, CLOSED, "containers", "livenessProbe", {NULL}},
    {KIND_STATEFUL_SET, CLOSED, "containers", "readinessProbe", {NULL}},
    {KIND_STATEFUL_SET, CLOSED, "containers", "startupProbe", {NULL}},
    {KIND_STATEFUL_SET, CLOSED, "env", "valueFrom", {NULL}},
    {KIND_STATEFUL_SET, UNASKED, "capabilities", "add", {NULL}},
    {KIND_STATEFUL_SET, 0, "resources", "claims", {"name"}},
};

static const struct drift_rule no_rule = {KIND_N, 0, "", "", {NULL}};

/* What the validation of an update refuses. Of a StatefulSet see is_fixed_in_stateful_set(). */
static const struct {
    enum kind kind;
    const char *parent;
    const char *name;
} fixed[] = {
    {KIND_CLUSTER_ROLE_BINDING, "", "roleRef"},   {KIND_ROLE_BINDING, "", "roleRef"},
    {KIND_PRIORITY_CLASS, "", "value"},           {KIND_PRIORITY_CLASS, "", "preemptionPolicy"},
    {KIND_STORAGE_CLASS, "", "provisioner"},      {KIND_STORAGE_CLASS, "", "parameters"},
    {KIND_STORAGE_CLASS, "", "reclaimPolicy"},    {KIND_STORAGE_CLASS, "", "volumeBindingMode"},
    {KIND_DISRUPTION_BUDGET, "spec", "selector"},
};

static const char *const changing_in_stateful_set[] = {
    "replicas", "template",        "updateStrategy", "persistentVolumeClaimRetentionPolicy",
    "ordinals", "minReadySeconds",
};

/* Only where members that are not asked for count. NULL: whatever the value. */
static const struct {
    const char *parent;
    const char *name;
    const char *value;
} filled_in[] = {
    {"ports", "protocol", "TCP"},
    {"subjects", "apiGroup", NULL},
};

/* Of a probe everything but these is filled in. */
static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
static const char *const probe_handlers[] = {"exec", "grpc", "httpGet", "tcpSocket"};

/* Fields of the API that are no pointers in Go, with `omitempty`: zero is not written. */
static const struct {
    const char *parent;
    const char *name;
} dropped[] = {
    {"", "description"},
    {"", "globalDefault"},
    {"containers", "stdin"},
    {"containers", "stdinOnce"},
    {"containers", "tty"},
    {"containers", "workingDir"},
    {"emptyDir", "medium"},
    {"env", "value"},
    {"livenessProbe", "initialDelaySeconds"},
    {"nfs", "readOnly"},
    {"persistentVolumeClaim", "readOnly"},
    {"ports", "hostIP"},
    {"ports", "hostPort"},
    {"ports", "name"},
    {"ports", "nodePort"},
    {"readinessProbe", "initialDelaySeconds"},
    {"spec", "hostIPC"},
    {"spec", "hostNetwork"},
    {"spec", "hostPID"},
    {"spec", "minReadySeconds"},
    {"spec", "priorityClassName"},
    {"spec", "publishNotReadyAddresses"},
    {"startupProbe", "initialDelaySeconds"},
    {"subjects", "apiGroup"},
    {"subjects", "namespace"},
    {"tolerations", "effect"},
    {"tolerations", "key"},
    {"tolerations", "operator"},
    {"tolerations", "value"},
    {"volumeMounts", "readOnly"},
    {"volumeMounts", "subPath"},
};

/* Of these an empty object means something: a kind of volume, or everything that can be selected.
 */
static const char *const telling[] = {"emptyDir", "namespaceSelector", "podSelector"};

static bool is_in(const char *const *list, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

const char *drift_place_name(const struct drift_place *place)
{
    while (place->up != NULL && place->key == NULL) {
        place = place->up;
    }
    return place->key != NULL ? place->key : "";
}

/* The name of what the member @place stands in. */
static const char *parent_name(const struct drift_place *place)
{
    const char *name = place->up != NULL ? drift_place_name(place->up) : "";

    return strcmp(name, "initContainers") == 0 ? "containers" : name;
}

static bool is_member(const struct drift_place *place, const char *parent, const char *name)
{
    return place->key != NULL && strcmp(place->key, name) == 0 &&
           strcmp(parent_name(place), parent) == 0;
}

/* Whether @place is a member of the object, or of its spec, and not of a template's. */
static bool is_near(const struct drift_place *place)
{
    const struct drift_place *up = place->up;

    return up != NULL && (up->up == NULL || up->up->up == NULL);
}

const struct drift_rule *drift_rule_of(enum kind kind, const struct drift_place *place)
{
    for (size_t i = 0; i < N_OF(rules); i++) {
        if (rules[i].kind == kind && is_member(place, rules[i].parent, rules[i].name)) {
            return &rules[i];
        }
    }
    return &no_rule;
}

static bool is_fixed_in_stateful_set(const struct drift_place *place)
{
    return strcmp(parent_name(place), "spec") == 0 &&
           !is_in(changing_in_stateful_set, N_OF(changing_in_stateful_set), place->key);
}

bool drift_rule_is_fixed(enum kind kind, const struct drift_place *place)
{
    if (place->key == NULL || !is_near(place)) {
        return false;
    }
    if (kind == KIND_STATEFUL_SET) {
        return is_fixed_in_stateful_set(place);
    }
    for (size_t i = 0; i < N_OF(fixed); i++) {
        if (fixed[i].kind == kind && is_member(place, fixed[i].parent, fixed[i].name)) {
            return true;
        }
    }
    return false;
}

bool drift_rule_is_passed_over(enum kind kind, const struct drift_place *place)
{
    if (place->up == NULL || place->up->up != NULL) {
        return false;
    }
    /* Items of a list that the API server answers with have neither of the first two. */
    return strcmp(place->key, "kind") == 0 || strcmp(place->key, "apiVersion") == 0 ||
           strcmp(place->key, "status") == 0 ||
           (kind == KIND_CLAIM && strcmp(place->key, "spec") == 0);
}

/* `rollingUpdate` is a default of its own strategy, and refused beside another. */
static bool is_of_strategy(const struct drift_place *place, const json_t *asked)
{
    return is_member(place, "updateStrategy", "rollingUpdate") &&
           strcmp(json_text_of(asked, "type"), "OnDelete") != 0;
}

static bool is_of_probe(const struct drift_place *place)
{
    return is_in(probes, N_OF(probes), parent_name(place)) &&
           !is_in(probe_handlers, N_OF(probe_handlers), place->key);
}

bool drift_rule_is_filled_in(const struct drift_place *place,
                             const json_t *value,
                             const json_t *asked)
{
    for (size_t i = 0; i < N_OF(filled_in); i++) {
        if (is_member(place, filled_in[i].parent, filled_in[i].name)) {
            return filled_in[i].value == NULL ||
                   (json_is_string(value) &&
                    strcmp(json_string_value(value), filled_in[i].value) == 0);
        }
    }
    return is_of_probe(place) || is_of_strategy(place, asked);
}

static bool is_zero(const json_t *value)
{
    return json_is_false(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_integer(value) && json_integer_value(value) == 0);
}

static bool is_dropped(const struct drift_place *place)
{
    for (size_t i = 0; i < N_OF(dropped); i++) {
        if (is_member(place, dropped[i].parent, dropped[i].name)) {
            return true;
        }
    }
    return false;
}

// NOLINTNEXTLINE(misc-no-recursion): the parser bounds the depth (JSON_DEPTH_MAX)
bool drift_rule_is_vacuous(const struct drift_place *place, const json_t *value)
{
    struct drift_place member = {.up = place};
    const json_t *child;

    if (value == NULL || json_is_null(value)) {
        return true;
    }
    if (json_is_array(value)) {
        return json_array_size(value) == 0;
    }
    if (!json_is_object(value)) {
        return is_zero(value) && is_dropped(place);
    }
    if (is_in(telling, N_OF(telling), drift_place_name(place))) {
        return false;
    }
    json_object_foreach (drift_walked(value), member.key, child) {
        if (!drift_rule_is_vacuous(&member, child)) {
            return false;
        }
    }
    return true;
}

static bool is_amount(const struct drift_place *place)
{
    const char *parent = parent_name(place);

    return place->key != NULL &&
           (strcmp(parent, "requests") == 0 || strcmp(parent, "limits") == 0 ||
            is_member(place, "emptyDir", "sizeLimit") ||
            is_member(place, "resourceFieldRef", "divisor"));
}

/* YAML's "cpu: 1" is a number, which the API server writes as a text. */
static bool read_amount(const json_t *value, struct quantity *out)
{
    char number[JSON_REAL_SIZE];
    const char *text = number;
    struct err err = {0};

    if (json_is_string(value)) {
        text = json_string_value(value);
    } else if (json_is_number(value)) {
        json_real_text(json_number_value(value), number);
    } else {
        return false;
    }
    return quantity_parse(text, out, &err) == 0;
}

/* The API server rounds resources up to thousandths when it fills in defaults. */
static struct quantity round_up(struct quantity quantity)
{
    const quantity_nano milli = 1000000;
    const quantity_nano more = quantity.nano % milli;

    if (more > 0) {
        quantity.nano += milli - more;
    }
    return quantity;
}

static bool is_same_amount(const json_t *a, const json_t *b)
{
    struct quantity left;
    struct quantity right;

    return read_amount(a, &left) && read_amount(b, &right) &&
           quantity_compare(round_up(left), round_up(right)) == 0;
}

static bool is_same_scalar(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b) && json_typeof(a) != json_typeof(b)) {
        return json_number_value(a) == json_number_value(b);
    }
    return json_equal(a, b);
}

bool drift_rule_is_equal(const struct drift_place *place, const json_t *a, const json_t *b)
{
    return is_same_scalar(a, b) || (is_amount(place) && is_same_amount(a, b));
}

bool drift_rule_is_same_entry(const struct drift_rule *rule, const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < DRIFT_RULE_KEYS && rule->keys[i] != NULL; i++) {
        const json_t *left = json_object_get(a, rule->keys[i]);
        const json_t *right = json_object_get(b, rule->keys[i]);
        if (strcmp(rule->keys[i], "protocol") == 0) {
            const char *one = json_text_of(a, "protocol");
            const char *other = json_text_of(b, "protocol");
            if (strcmp(one[0] != '\0' ? one : "TCP", other[0] != '\0' ? other : "TCP") != 0) {
                return false;
            }
        } else if (left == NULL || right == NULL || !is_same_scalar(left, right)) {
            return false;
        }
    }
    return true;
}
