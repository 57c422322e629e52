/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the policies ask for, one after the other
 */

#include <stdlib.h>
#include <string.h>

#include "webhook/inject/planner.h"

static int
gather_volumes(struct planner *planner, const struct volume_policy *policy, struct err *err)
{
    for (size_t i = 0; i < policy->volumes.n; i++) {
        const struct policy_volume *volume = &policy->volumes.items[i];
        struct planner_volume *added = LIST_ADD(planner->arena, &planner->volumes);
        if (added == NULL) {
            return err_no_memory(err);
        }
        added->policy = policy;
        added->volume = volume;
        added->claim = claims_find(planner->workflow, volume);
        added->what =
            arena_printf(planner->arena, "volume '%s' at %s", volume->name, volume->mount_path);
        if (added->what == NULL) {
            return err_no_memory(err);
        }
    }
    return 0;
}

/* The planner's volume that the policy whose first one is number @first calls @name. */
static struct planner_volume *find_own(struct planner *planner,
                                       const struct volume_policy *policy,
                                       size_t first,
                                       const char *name)
{
    for (size_t i = 0; i < policy->volumes.n; i++) {
        if (strcmp(policy->volumes.items[i].name, name) == 0) {
            return &planner->volumes.items[first + i];
        }
    }
    return NULL;
}

static int describe_copy_back(struct planner *planner,
                              const struct policy_copy *copy,
                              const char **out,
                              struct err *err)
{
    *out = NULL;
    if (copy->copy_back == NULL) {
        return 0;
    }
    *out = arena_printf(planner->arena, "results of copy '%s' to '%.100s' of volume '%s'",
                        copy->name, copy->copy_back->path, copy->from_volume);
    return *out != NULL ? 0 : err_no_memory(err);
}

/* After all volumes, so that pointers to them hold. */
static int gather_copies(struct planner *planner,
                         const struct volume_policy *policy,
                         size_t first_volume,
                         struct err *err)
{
    for (size_t i = 0; i < policy->copies.n; i++) {
        const struct policy_copy *copy = &policy->copies.items[i];
        struct planner_copy *added = LIST_ADD(planner->arena, &planner->copies);
        if (added == NULL) {
            return err_no_memory(err);
        }
        added->policy = policy;
        added->copy = copy;
        added->from = find_own(planner, policy, first_volume, copy->from_volume);
        added->volume_name = object_copy_volume_name(copy, planner->arena);
        added->what = arena_printf(planner->arena, "copy '%s' to %s", copy->name, copy->to);
        if (added->volume_name == NULL || added->what == NULL ||
            describe_copy_back(planner, copy, &added->back_what, err) < 0) {
            return err_no_memory(err);
        }
        if (added->from == NULL) {
            return err_set(err, ERR_INTERNAL, "copy '%s' without its volume", copy->name);
        }
        if (planner->copying == NULL) {
            planner->copying = policy;
        }
    }
    return 0;
}

/* In the order of names, and of policies where these are the same. */
static int compare_volumes(const void *a, const void *b)
{
    const struct planner_volume *const *left = a;
    const struct planner_volume *const *right = b;
    const int order = strcmp((*left)->volume->name, (*right)->volume->name);

    return order != 0 ? order : (*left > *right) - (*left < *right);
}

static int compare_copies(const void *a, const void *b)
{
    const struct planner_copy *const *left = a;
    const struct planner_copy *const *right = b;
    const int order = strcmp((*left)->copy->name, (*right)->copy->name);

    return order != 0 ? order : (*left > *right) - (*left < *right);
}

/* Lead from each volume to the one before it of the same name. */
static int link_volumes(struct planner *planner, struct err *err)
{
    const size_t size = sizeof(struct planner_volume *);
    const size_t n = planner->volumes.n;
    struct planner_volume **sorted = arena_alloc(planner->arena, n * size); /* a few a policy */

    if (sorted == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &planner->volumes.items[i];
    }
    qsort(sorted, n, size, compare_volumes);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(sorted[i - 1]->volume->name, sorted[i]->volume->name) == 0) {
            sorted[i]->before = sorted[i - 1];
        }
    }
    return 0;
}

static int link_copies(struct planner *planner, struct err *err)
{
    const size_t size = sizeof(struct planner_copy *);
    const size_t n = planner->copies.n;
    struct planner_copy **sorted = arena_alloc(planner->arena, n * size);

    if (sorted == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &planner->copies.items[i];
    }
    qsort(sorted, n, size, compare_copies);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(sorted[i - 1]->copy->name, sorted[i]->copy->name) == 0) {
            sorted[i]->before = sorted[i - 1];
        }
    }
    return 0;
}

int plan_gather(struct planner *planner, struct err *err)
{
    const struct plan_input *input = planner->input;
    size_t first_volume = 0;

    for (size_t i = 0; i < input->n_policies; i++) {
        if (gather_volumes(planner, input->policies[i], err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < input->n_policies; i++) {
        if (gather_copies(planner, input->policies[i], first_volume, err) < 0) {
            return -1;
        }
        first_volume += input->policies[i]->volumes.n;
    }
    return link_volumes(planner, err) < 0 ? -1 : link_copies(planner, err);
}
