/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/news.h"

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"

static const struct {
    const char *name;
    const char *reason; /* of Events */
    const char *message;
} changes[NEWS_N_CHANGES] = {
    [NEWS_CREATED] = {"created", "Created", "created"},
    [NEWS_REPAIRED] = {"repaired", "Repaired", "put right"},
    [NEWS_REPLACED] = {"replaced", "Replaced", "replaced"},
    [NEWS_GROWN] = {"grown", "Grown", "grown"},
    [NEWS_DELETED] = {"deleted", "Deleted", "deleted"},
};

static const struct {
    const char *name;
    const char *reason;
} troubles[NEWS_N_TROUBLES] = {
    [NEWS_CLASH] = {"clash", "NameClash"},
    [NEWS_FIXED] = {"fixed", "CannotBeChanged"},
    [NEWS_FAILED] = {"failed", "ApplyFailed"},
    [NEWS_MISMATCHED] = {"mismatched", "ClaimMismatch"},
    [NEWS_PENDING] = {"pending", "ClaimPending"},
    [NEWS_UNANSWERED] = {"unanswered", "NoAnswer"},
    [NEWS_VOLUME_DEAD] = {"volume_dead", "ServerGone"},
    [NEWS_MISSED] = {"missed", "NotInjected"},
};

const char *news_change_name(enum news_change what)
{
    return changes[what].name;
}

const char *news_trouble_name(enum news_trouble what)
{
    return troubles[what].name;
}

static void
log_about(enum log_level level, const char *message, const json_t *object, const char *why)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const struct log_field fields[] = {
        {.name = "kind", .text = json_text_of(object, "kind")},
        {.name = "namespace", .text = json_text_of(metadata, "namespace")},
        {.name = "name", .text = json_text_of(metadata, "name")},
        {.name = "why", .text = why},
        {.name = NULL},
    };

    log_line(level, message, fields);
}

static void send_event(const struct news *news,
                       const json_t *object,
                       bool is_warning,
                       const char *reason,
                       const char *message)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const struct events_object about = {
        .api_version = json_text_of(object, "apiVersion"),
        .kind = json_text_of(object, "kind"),
        .namespace_ = json_string_value(json_object_get(metadata, "namespace")),
        .name = json_text_of(metadata, "name"),
        .uid = json_string_value(json_object_get(metadata, "uid")),
    };

    events_send(news->events, &about, is_warning, reason, message);
}

void news_change(struct news *news, enum news_change what, const json_t *object, const char *why)
{
    struct err text;

    news->changes[what]++;
    log_about(LOG_INFO, changes[what].message, object, why);
    (void)err_set(&text, ERR_INTERNAL, "%s: %s", changes[what].message, why);
    send_event(news, object, false, changes[what].reason, text.msg);
}

void news_trouble(struct news *news, enum news_trouble what, const json_t *object, const char *text)
{
    news->troubles[what]++;
    log_about(LOG_WARN, "not as it should be", object, text);
    send_event(news, object, true, troubles[what].reason, text);
}

void news_wait(const json_t *object, const char *why)
{
    log_about(LOG_INFO, "waiting", object, why);
}

void news_well(struct news *news, const json_t *object)
{
    (void)news;
    log_about(LOG_INFO, "as it should be again", object, "");
}
