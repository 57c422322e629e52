/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "webhook/inject/copy_back.h"

const struct member *copy_back_find_member(const struct template *template)
{
    for (size_t i = 0; i < template->members.n; i++) {
        if (strcmp(template->members.items[i].name, COPY_BACK_NAME) == 0) {
            return &template->members.items[i];
        }
    }
    return NULL;
}

static bool depends_on(const struct member *member, const char *name)
{
    for (size_t i = 0; i < member->dependencies.n; i++) {
        if (strcmp(member->dependencies.items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a member other than @own waits for the one called @name. */
static bool
is_waited_for(const struct template *template, const struct member *own, const char *name)
{
    for (size_t i = 0; i < template->members.n; i++) {
        const struct member *member = &template->members.items[i];
        if (member != own && depends_on(member, name)) {
            return true;
        }
    }
    return false;
}

/* How many comparisons it takes to find those that nobody waits for. */
static size_t cost(const struct template *template)
{
    size_t n = template->members.n;

    for (size_t i = 0; i < template->members.n; i++) {
        n += template->members.items[i].dependencies.n;
    }
    return n * template->members.n;
}

/* The author's members that nobody waits for. */
static int find_last(const struct planner *planner,
                     const struct template *template,
                     struct text_list *out,
                     struct err *err)
{
    const struct member *own = copy_back_find_member(template);

    if (conflict_spend(planner->comparisons_left, cost(template), err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < template->members.n; i++) {
        const struct member *member = &template->members.items[i];
        const char **added;
        if (member == own || is_waited_for(template, own, member->name)) {
            continue;
        }
        added = LIST_ADD(planner->arena, out);
        if (added == NULL) {
            return err_no_memory(err);
        }
        *added = member->name;
    }
    return 0;
}

/* Whether more than @n containers of @pod have the member's name. */
static bool is_name_taken(const struct pod_view *pod, size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i < pod->others.list.n; i++) {
        found += strcmp(pod->others.list.items[i].name, COPY_BACK_NAME) == 0 ? 1 : 0;
    }
    return found > n;
}

static const char *write_member(struct planner *planner,
                                const struct copier_spec *spec,
                                const struct text_list *dependencies,
                                struct err *err)
{
    CLEANUP(buf_clear) struct buf json = BUF_INIT(PLANNER_CONTAINER_BYTES_MAX);
    struct json_out out = {.buf = &json};

    if (container_copy_back(&out, spec, dependencies, err) < 0) {
        return NULL;
    }
    return planner_keep_json(planner, &json, "a container", err);
}

int copy_back_plan_member(struct planner *planner,
                          const struct template *template,
                          const struct copier_spec *spec,
                          struct copy_back *out,
                          struct hindrance *hindrance,
                          struct err *err)
{
    const struct member *existing = copy_back_find_member(template);
    struct text_list last = {0};
    const char *member;
    bool same = true;

    if (find_last(planner, template, &last, err) < 0) {
        return -1;
    }
    member = write_member(planner, spec, &last, err);
    if (member == NULL || (existing != NULL &&
                           planner_same_json(planner, &existing->value, member, &same, err) < 0)) {
        return -1;
    }
    *hindrance = (struct hindrance){0};
    if (last.n == 0) {
        hindrance->detail = "its containers all wait for one another";
    } else if (is_name_taken(&template->pod, existing != NULL ? 1 : 0) ||
               is_name_taken(&planner->workflow->defaults.pod, 0)) {
        hindrance->detail = "another container is called '" COPY_BACK_NAME "'";
    } else if (!same) {
        hindrance->detail = "its container '" COPY_BACK_NAME "' differs from the policy's";
    } else if (existing == NULL) {
        out->member = member;
    }
    hindrance->reason = hindrance->detail != NULL ? REPORT_REASON_COPY_BACK : REPORT_REASON_NONE;
    return 0;
}
