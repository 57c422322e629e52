/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/golden/contract_paths.h"

#include <stddef.h>
#include <string.h>

/* Step over the next token of *@path if it is @token. */
static bool take(const char **path, const char *token)
{
    size_t len = strlen(token);
    const char *at = *path;

    if (at[0] != '/' || strncmp(at + 1, token, len) != 0 ||
        (at[1 + len] != '/' && at[1 + len] != '\0')) {
        return false;
    }
    *path = at + 1 + len;
    return true;
}

/* Step over the next token of *@path if it is a position in a list. */
static bool take_index(const char **path)
{
    size_t len = (*path)[0] == '/' ? strspn(*path + 1, "0123456789") : 0;

    if (len == 0 || ((*path)[1 + len] != '/' && (*path)[1 + len] != '\0')) {
        return false;
    }
    *path += 1 + len;
    return true;
}

/* Step over "/inline" behind a task of a dag or a step of steps: a template in a template. */
static bool take_inline(const char **path)
{
    const char *at = *path;

    if (take(&at, "dag")) {
        if (!take(&at, "tasks") || !take_index(&at)) {
            return false;
        }
    } else if (!take(&at, "steps") || !take_index(&at) || !take_index(&at)) {
        return false;
    }
    if (!take(&at, "inline")) {
        return false;
    }
    *path = at;
    return true;
}

static bool is_end(const char *path)
{
    return path[0] == '\0';
}

/* A whole list, or its end. */
static bool is_list(const char *path)
{
    return is_end(path) || strcmp(path, "/-") == 0;
}

/* All annotations, or one of ours. */
static bool is_annotations(const char *path)
{
    return is_end(path) ||
           (strncmp(path, "/hawser.dev~1", 13) == 0 && strchr(path + 1, '/') == NULL);
}

/* An init container goes last or first. */
static bool is_init_containers(const char *path)
{
    return is_list(path) || strcmp(path, "/0") == 0;
}

/* The mounts of a container, or of a set of them. */
static bool is_mounts(const char *path)
{
    return (take(&path, "container") || take(&path, "script") || take(&path, "containerSet")) &&
           take(&path, "volumeMounts") && is_list(path);
}

/* What is in a template, and likewise in templateDefaults. */
static bool is_template_part(const char *path)
{
    if (strcmp(path, "/containerSet/containers/-") == 0) {
        return true; /* the member that copies back */
    }
    if (take(&path, "volumes")) {
        return is_list(path);
    }
    if (take(&path, "initContainers")) {
        return is_init_containers(path);
    }
    return is_mounts(path);
}

/* A whole section of templateDefaults too. */
static bool is_defaults_part(const char *path)
{
    return is_end(path) || strcmp(path, "/container") == 0 || strcmp(path, "/script") == 0 ||
           strcmp(path, "/containerSet") == 0 || is_template_part(path);
}

static bool is_spec_part(const char *path)
{
    if (take(&path, "volumes") || take(&path, "volumeClaimTemplates")) {
        return is_list(path);
    }
    if (take(&path, "volumeClaimGC")) {
        return is_end(path);
    }
    if (take(&path, "templateDefaults")) {
        return is_defaults_part(path);
    }
    if (!take(&path, "templates") || !take_index(&path)) {
        return false;
    }
    while (take_inline(&path)) {
    }
    return is_template_part(path);
}

/* A CronWorkflow hands its annotations on, and nothing else: the Workflow that it starts is
 * injected then. */
static bool is_cron_part(const char *path)
{
    if (!take(&path, "workflowMetadata")) {
        return false;
    }
    return is_end(path) || (take(&path, "annotations") && is_annotations(path));
}

/* A command in front of which hawser-copy is put, which copies back. */
static bool is_command(const char *path)
{
    if (!take(&path, "spec") || !take(&path, "templates") || !take_index(&path)) {
        return false;
    }
    while (take_inline(&path)) {
    }
    return (take(&path, "container") || take(&path, "script")) && strcmp(path, "/command") == 0;
}

bool contract_path_allowed(const char *kind, const char *op, const char *path)
{
    const char *at = path;
    bool is_cron = strcmp(kind, "CronWorkflow") == 0;

    if (!is_cron && is_command(path)) {
        return true; /* its own is replaced, that of templateDefaults is added */
    }
    if (take(&at, "metadata")) {
        return take(&at, "annotations") && is_annotations(at) &&
               (strcmp(op, "add") == 0 || !is_end(at));
    }
    if (!take(&at, "spec")) {
        return false;
    }
    if (is_cron) {
        return is_cron_part(at) && (strcmp(op, "add") == 0 || strstr(at, "hawser.dev~1") != NULL);
    }
    return strcmp(op, "add") == 0 && is_spec_part(at);
}
