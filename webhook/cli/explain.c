/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/cli/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/console.h"
#include "policies/annotations.h"

enum column { TEMPLATE, TYPE, POLICY, RESULT, WHAT, N_COLUMNS };

static const char *const headings[N_COLUMNS] = {"TEMPLATE", "TYPE", "POLICY", "RESULT", "WHAT"};

/* A cell wider than its column pushes the rest of its line to the right. */
static const size_t widest[N_COLUMNS] = {24, 12, 16, 13, 0};

#define GAP       2
#define WHAT_MIN  24 /* columns that the last cell of a line is wrapped into at least */
#define CELL_SIZE 512

struct layout {
    size_t width[N_COLUMNS]; /* 0: the column is left out; the last one takes what is left */
};

/* Characters, each of which is taken to fill one column of the terminal. */
static size_t columns_of(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        n += ((unsigned char)text[i] & 0xc0) != 0x80 ? 1 : 0;
    }
    return n;
}

/* Append @text; names come from manifests and must not steer the terminal. */
static void add_plain(struct buf *out, const char *text, size_t len)
{
    size_t before = out->len;

    buf_add(out, text, len);
    if (out->len > before) {
        console_clean(out->bytes + before, out->len - before, false);
    }
}

static void add_spaces(struct buf *out, size_t n)
{
    buf_printf(out, "%*s", (int)n, "");
}

/* Append @text from column @at on, its words wrapped at EXPLAIN_COLUMNS, and a newline. */
static void add_wrapped(struct buf *out, const char *text, size_t at)
{
    size_t room = at + WHAT_MIN < EXPLAIN_COLUMNS ? EXPLAIN_COLUMNS - at : WHAT_MIN;
    size_t used = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        size_t columns = columns_of(text, len);
        if (used > 0 && used + 1 + columns > room) {
            buf_add_char(out, '\n');
            add_spaces(out, at);
            used = 0;
        } else if (used > 0) {
            buf_add_char(out, ' ');
            used++;
        }
        add_plain(out, text, len);
        used += columns;
        text += len + strspn(text + len, " ");
    }
    buf_add_char(out, '\n');
}

/* Why, where the engine gives no detail of its own. */
static const char *reason_text(enum report_reason reason)
{
    static const char *const texts[] = {
        [REPORT_REASON_NONE] = NULL,
        [REPORT_REASON_NO_CONTAINER] = "runs no container of its own",
        [REPORT_REASON_NOT_CHOSEN] = "the policy does not choose this template",
        [REPORT_REASON_OPTED_OUT] = "the template opts out",
        [REPORT_REASON_WINDOWS] = "runs on Windows, and NFS and the copier need Linux",
        [REPORT_REASON_MOUNT_PATH] = "the mount path is taken by another volume",
        [REPORT_REASON_VOLUME_NAME] = "the name is taken by another volume",
        [REPORT_REASON_ARTIFACT] = "an artifact lies in, at or around the path",
        [REPORT_REASON_POD_SPEC_PATCH] = "a podSpecPatch names the same thing",
        [REPORT_REASON_INIT_CONTAINER] = "an init container of that name says something else",
        [REPORT_REASON_COPY_BACK] = "its results cannot be copied back",
        [REPORT_REASON_REFERENCE] = "the template lives in another object",
        [REPORT_REASON_TEMPLATE_DEFAULTS] = "templateDefaults would be replaced or merged wrongly",
        [REPORT_REASON_UNUSED] = "no template mounts it",
    };

    return texts[reason];
}

static const char *action_text(enum report_action action)
{
    switch (action) {
    case REPORT_ADDED:
        return "added";
    case REPORT_PRESENT:
        return "already there";
    case REPORT_SKIPPED:
        return "skipped";
    case REPORT_LEFT:
        return "left alone";
    }
    return "";
}

/* "copy 'src' to /src: container mounts volume 'data' at /src". */
static void what_text(const struct report_item *item, char out[static CELL_SIZE])
{
    const char *what = item->what != NULL ? item->what : "";
    const char *why = item->detail != NULL ? item->detail : reason_text(item->reason);

    if (why == NULL) {
        why = "";
    }
    /* Cut to size on purpose: a table is no place for more. */
    (void)snprintf(out, CELL_SIZE, "%s%s%s", what, what[0] != '\0' && why[0] != '\0' ? ": " : "",
                   why);
}

static const char *cell_text(const struct report_item *item, enum column column)
{
    const char *text = NULL;

    switch (column) {
    case TEMPLATE:
        text = item->template != NULL ? item->template : "(object)";
        break;
    case TYPE:
        text = item->type;
        break;
    case POLICY:
        text = item->policy;
        break;
    case RESULT:
        text = action_text(item->action);
        break;
    case WHAT:
    case N_COLUMNS:
        break;
    }
    return text != NULL ? text : "";
}

static struct layout make_layout(const struct report *report)
{
    struct layout layout = {{0}};

    for (enum column column = TEMPLATE; column < WHAT; column++) {
        size_t width = strlen(headings[column]);
        for (size_t i = 0; i < report->items.n; i++) {
            const char *text = cell_text(&report->items.items[i], column);
            size_t columns = columns_of(text, strlen(text));
            width = columns > width ? columns : width;
        }
        layout.width[column] = width < widest[column] ? width : widest[column];
    }
    if (report->policies.n < 2) {
        layout.width[POLICY] = 0; /* it is the one that the heading names */
    }
    return layout;
}

/* Append the cells of one line; the last of @cells is wrapped. */
static void
add_line(struct buf *out, const struct layout *layout, const char *const cells[static N_COLUMNS])
{
    size_t end = 0; /* where the next column starts */
    size_t at = 0;

    for (enum column column = TEMPLATE; column < WHAT; column++) {
        size_t len = strlen(cells[column]);
        if (layout->width[column] == 0) {
            continue;
        }
        add_plain(out, cells[column], len);
        at += columns_of(cells[column], len);
        end += layout->width[column] + GAP;
        add_spaces(out, at < end ? end - at : 1);
        at = at < end ? end : at + 1;
    }
    while (cells[WHAT][0] == '\0' && out->len > 0 && out->bytes[out->len - 1] == ' ') {
        buf_cut(out, out->len - 1);
    }
    add_wrapped(out, cells[WHAT], at);
}

static void add_table(struct buf *out, const struct report *report)
{
    const struct layout layout = make_layout(report);
    const char *above = "";

    add_line(out, &layout, headings);
    for (size_t i = 0; i < report->items.n; i++) {
        const struct report_item *item = &report->items.items[i];
        const char *cells[N_COLUMNS];
        char what[CELL_SIZE];
        for (enum column column = TEMPLATE; column < WHAT; column++) {
            cells[column] = cell_text(item, column);
        }
        what_text(item, what);
        cells[WHAT] = what;
        if (strcmp(cells[TEMPLATE], above) == 0) { /* said once for all lines of a template */
            cells[TEMPLATE] = "";
            cells[TYPE] = "";
        } else {
            above = cells[TEMPLATE];
        }
        add_line(out, &layout, cells);
    }
}

static void add_outcome(struct buf *out, const struct report *report)
{
    switch (report->outcome) {
    case REPORT_UNTOUCHED:
        buf_add_text(out, "untouched, because it does not opt in (annotation " ANNOTATION_POLICY
                          " or " ANNOTATION_INJECT ")\n");
        break;
    case REPORT_UNCHANGED:
        buf_add_text(out, "unchanged, everything is in place\n");
        break;
    case REPORT_INJECTED:
        buf_add_text(out, "injected\n");
        break;
    case REPORT_DENIED:
        buf_add_text(out, "denied\n    ");
        add_wrapped(out, report->denial, 4);
        break;
    }
}

void explain_write(struct buf *out, const char *label, const struct report *report)
{
    add_plain(out, label, strlen(label));
    if (report->namespace[0] != '\0') {
        buf_add_text(out, " in namespace ");
        add_plain(out, report->namespace, strlen(report->namespace));
    }
    buf_add_text(out, ": ");
    add_outcome(out, report);
    if (report->policies.n > 0) {
        buf_add_text(out, report->policies.n == 1 ? "Policy: " : "Policies: ");
    }
    for (size_t i = 0; i < report->policies.n; i++) {
        buf_printf(out, "%s%s", report->policies.items[i],
                   i + 1 < report->policies.n ? ", " : "\n");
    }
    if (report->items.n > 0) {
        buf_add_char(out, '\n');
        add_table(out, report);
    }
    for (size_t i = 0; i < report->warnings.n; i++) {
        buf_add_text(out, i == 0 ? "\nWarning: " : "Warning: ");
        add_wrapped(out, report->warnings.items[i], 9);
    }
}
