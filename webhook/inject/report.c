/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "webhook/inject/same.h"

const char *report_reason_name(enum report_reason reason)
{
    static const char *const names[] = {
        [REPORT_REASON_NONE] = "none",
        [REPORT_REASON_NO_CONTAINER] = "no-container",
        [REPORT_REASON_NOT_CHOSEN] = "not-chosen",
        [REPORT_REASON_OPTED_OUT] = "opted-out",
        [REPORT_REASON_WINDOWS] = "windows",
        [REPORT_REASON_MOUNT_PATH] = "mount-path",
        [REPORT_REASON_VOLUME_NAME] = "volume-name",
        [REPORT_REASON_ARTIFACT] = "artifact",
        [REPORT_REASON_POD_SPEC_PATCH] = "pod-spec-patch",
        [REPORT_REASON_INIT_CONTAINER] = "init-container",
        [REPORT_REASON_COPY_BACK] = "copy-back",
        [REPORT_REASON_REFERENCE] = "reference",
        [REPORT_REASON_TEMPLATE_DEFAULTS] = "template-defaults",
        [REPORT_REASON_UNUSED] = "unused",
    };

    return names[reason];
}

const char *report_outcome_name(enum report_outcome outcome)
{
    static const char *const names[] = {
        [REPORT_UNTOUCHED] = "untouched",
        [REPORT_UNCHANGED] = "unchanged",
        [REPORT_INJECTED] = "injected",
        [REPORT_DENIED] = "denied",
    };

    return names[outcome];
}

int report_add(struct report *report, struct report_item item, struct err *err)
{
    struct report_item *added = LIST_ADD(report->arena, &report->items);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = item;
    return 0;
}

int report_warn(struct report *report, struct err *err, const char *fmt, ...)
{
    const char **added = LIST_ADD(report->arena, &report->warnings);
    char text[REPORT_WARNING_TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args); /* cut to what may be sent */
    va_end(args);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = arena_strndup(report->arena, text, strlen(text));
    return *added != NULL ? 0 : err_no_memory(err);
}

/* Items that the author is warned of. */
static bool deserves_warning(const struct report_item *item)
{
    return item->action == REPORT_SKIPPED || (item->action != REPORT_LEFT && item->detail != NULL);
}

/* Whether one sentence serves both, but for the template's name. */
static bool same_story(const struct report_item *a, const struct report_item *b)
{
    return deserves_warning(b) && a->action == b->action && a->reason == b->reason &&
           same_text(a->what, b->what) && same_text(a->detail, b->detail) &&
           (a->template == NULL) == (b->template == NULL);
}

/* A warning in the making: the first item that it tells of, and how many more there are. */
struct story {
    const struct report_item *item;
    size_t n_more;
};

struct stories {
    struct story list[REPORT_WARNINGS_MAX];
    size_t n;
    bool omitted; /* there is more to tell than room */
};

static void collect(struct stories *stories, const struct report_item *item, size_t room)
{
    for (size_t i = 0; i < stories->n; i++) {
        if (same_story(stories->list[i].item, item)) {
            stories->list[i].n_more++;
            return;
        }
    }
    if (stories->n == room) {
        stories->omitted = true;
        return;
    }
    stories->list[stories->n++] = (struct story){.item = item};
}

/* "template 'a' and 3 more: volume 'workdir' at /workdir: skipped: the path is taken". */
static void write_story(const struct story *story, struct buf *out)
{
    const struct report_item *item = story->item;

    if (item->template != NULL) {
        buf_printf(out, "template '%.60s'", item->template);
        if (story->n_more > 0) {
            buf_printf(out, " and %zu more", story->n_more);
        }
        buf_add_text(out, ": ");
    }
    if (item->what != NULL) {
        buf_printf(out, "%s: ", item->what);
    }
    if (item->action == REPORT_SKIPPED) {
        buf_add_text(out, "skipped: ");
    }
    buf_add_text(out, item->detail != NULL ? item->detail : report_reason_name(item->reason));
}

const char *report_printable(const char *text, size_t max, struct arena *arena)
{
    char *copy = arena_strndup(arena, text, strnlen(text, max));

    for (char *c = copy; c != NULL && *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            *c = '?';
        }
    }
    return copy;
}

static int
add_warning(const char *text, struct arena *arena, struct text_list *out, struct err *err)
{
    const char **added = LIST_ADD(arena, out);

    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = report_printable(text, REPORT_WARNING_TEXT_SIZE - 1, arena);
    return *added != NULL ? 0 : err_no_memory(err);
}

int report_warnings(const struct report *report, struct text_list *out, struct err *err)
{
    struct stories stories = {.omitted = report->warnings.n > REPORT_WARNINGS_MAX};
    struct text_list all = {0};

    for (size_t i = 0; i < report->warnings.n && i < REPORT_WARNINGS_MAX; i++) {
        if (add_warning(report->warnings.items[i], report->arena, &all, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < report->items.n; i++) {
        if (deserves_warning(&report->items.items[i])) {
            collect(&stories, &report->items.items[i], REPORT_WARNINGS_MAX - all.n);
        }
    }
    for (size_t i = 0; i < stories.n; i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(4UL * ERR_MSG_SIZE);
        write_story(&stories.list[i], &text);
        if (add_warning(buf_text(&text), report->arena, &all, err) < 0) {
            return -1;
        }
    }
    if (stories.omitted) {
        all.n = REPORT_WARNINGS_MAX - 1; /* its place goes to the hint */
        if (add_warning("there is more to warn of; 'hawser explain' shows it", report->arena, &all,
                        err) < 0) {
            return -1;
        }
    }
    *out = all;
    return 0;
}
