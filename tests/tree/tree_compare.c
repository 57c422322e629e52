/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tree/tree_compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/tree/tree.h"
#include "webhook/cli/response.h"

/* For the tree's views, each of which has a text of its own. */
#define ARENA_BYTES (4UL * ADMIT_ARENA_MAX)

/* How the engine begins when it lets an object be that it would refuse. */
#define SETTLED "left as it is: "

/* What one of the two says. */
struct side {
    struct buf answer;
    struct report report;
    struct err err; /* where there is no answer */
    bool is_answered;
};

/* Why nothing is done, as far as that is anybody's fault; else NULL. */
static const char *find_reason(const struct side *side)
{
    if (!side->is_answered) {
        return side->err.msg;
    }
    if (side->report.outcome == REPORT_UNCHANGED && side->report.warnings.n == 1 &&
        strncmp(side->report.warnings.items[0], SETTLED, strlen(SETTLED)) == 0) {
        return side->report.warnings.items[0] + strlen(SETTLED);
    }
    return side->report.denial;
}

static bool has_place(const char *reason)
{
    return strncmp(reason, "at /", strlen("at /")) == 0;
}

static bool is_about_type(const char *reason)
{
    return has_place(reason) && strstr(reason, ": expected ") != NULL;
}

static bool same_bytes(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && memcmp(buf_text(a), buf_text(b), a->len) == 0;
}

/* The answer @side without its patch. */
static json_t *parse_rest(const struct side *side, struct err *err)
{
    json_t *answer = json_parse(buf_text(&side->answer), side->answer.len, err);

    (void)json_object_del(json_object_get(answer, "response"), "patch"); /* may have none */
    return answer;
}

/* The patch of @side, which answers @uid, in *@out; NULL for none. */
static int parse_patch(const struct side *side, const char *uid, json_t **out, struct err *err)
{
    struct response response = {0};

    if (response_read(buf_text(&side->answer), side->answer.len, uid, side->report.arena, &response,
                      err) < 0) {
        return -1;
    }
    *out = response.patch;
    return 0;
}

/* Two answers that refuse nothing. */
static int
compare_values(const struct side *ours, const struct side *tree, const char *uid, struct err *err)
{
    json_auto_t *our_rest = parse_rest(ours, err);
    json_auto_t *tree_rest = parse_rest(tree, err);
    json_auto_t *our_patch = NULL;
    json_auto_t *tree_patch = NULL;

    if (our_rest == NULL || tree_rest == NULL || parse_patch(ours, uid, &our_patch, err) < 0 ||
        parse_patch(tree, uid, &tree_patch, err) < 0) {
        return -1;
    }
    if (json_equal(our_rest, tree_rest) != 1) {
        return err_set(err, ERR_INTERNAL, "by way of a tree something beside the patch differs");
    }
    if (our_patch != tree_patch && json_equal(our_patch, tree_patch) != 1) {
        return err_set(err, ERR_INTERNAL, "by way of a tree the patch differs");
    }
    return 0;
}

/* Two answers one of which at least refuses. */
static int compare_reasons(const struct side *ours,
                           const struct side *tree,
                           enum tree_likeness *out,
                           struct err *err)
{
    const char *our_reason = find_reason(ours);
    const char *tree_reason = find_reason(tree);

    if (our_reason != NULL && tree_reason != NULL) {
        *out = strcmp(our_reason, tree_reason) == 0 ? TREE_SAME : TREE_OTHER_REASON;
        if (*out == TREE_SAME || has_place(our_reason) || has_place(tree_reason)) {
            return 0;
        }
        return err_set(err, ERR_INTERNAL, "refused because '%.300s'; by way of a tree, '%.300s'",
                       our_reason, tree_reason);
    }
    if (our_reason == NULL) {
        *out = TREE_NOT_READ;
        return ours->report.outcome == REPORT_UNTOUCHED
                   ? 0
                   : err_set(err, ERR_INTERNAL, "refused by way of a tree alone: %.400s",
                             tree_reason);
    }
    *out = TREE_NOT_MINDED;
    return ours->is_answered && is_about_type(our_reason)
               ? 0
               : err_set(err, ERR_INTERNAL, "not refused by way of a tree: %.400s", our_reason);
}

static int compare(const struct side *ours,
                   const struct side *tree,
                   const char *uid,
                   enum tree_likeness *out,
                   struct err *err)
{
    if (find_reason(ours) != NULL || find_reason(tree) != NULL) {
        return compare_reasons(ours, tree, out, err);
    }
    *out = same_bytes(&ours->answer, &tree->answer) ? TREE_SAME : TREE_SAME_VALUES;
    return *out == TREE_SAME ? 0 : compare_values(ours, tree, uid, err);
}

int tree_compare(const struct admit_options *options,
                 const char *body,
                 size_t len,
                 struct tree_comparison *out,
                 struct err *err)
{
    CLEANUP(arena_free) struct arena *our_arena = arena_new(ARENA_BYTES);
    CLEANUP(arena_free) struct arena *tree_arena = arena_new(ARENA_BYTES);
    struct side ours = {.answer = BUF_INIT(ADMIT_ANSWER_MAX), .report = {.arena = our_arena}};
    struct side tree = {.answer = BUF_INIT(ADMIT_ANSWER_MAX), .report = {.arena = tree_arena}};
    struct err ignored = {0};
    json_auto_t *document = json_parse(body, len, &ignored);
    const char *uid = json_text_of(json_object_get(document, "request"), "uid");
    int status = 0;

    if (our_arena == NULL || tree_arena == NULL) {
        return err_no_memory(err);
    }
    *out = (struct tree_comparison){.likeness = TREE_NONE};
    ours.is_answered = admit(options, body, len, &ours.answer, &ours.report, &ours.err) == 0;
    if (document != NULL) {
        tree.is_answered =
            tree_admit(options, body, len, &tree.answer, &tree.report, &tree.err) == 0;
        status = compare(&ours, &tree, uid, &out->likeness, err);
        tree_forget();
    }
    out->outcome = ours.is_answered ? ours.report.outcome : REPORT_UNTOUCHED;
    buf_clear(&ours.answer);
    buf_clear(&tree.answer);
    return status;
}
