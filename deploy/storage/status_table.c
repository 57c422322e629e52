/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/status_table.h"

#include <string.h>

#include "base/age.h"
#include "base/cleanup.h"
#include "base/console.h"
#include "base/json.h"
#include "base/table.h"
#include "deploy/kube/kube_time.h"
#include "deploy/storage/status_leader.h"

#define CELL_MAX ((size_t)16 * 1024)

/* Whether the member is a time. */
static bool time_of(const json_t *object, const char *key, long long *s_out)
{
    return kube_time_read(json_text_of(object, key), s_out);
}

/*
 * Tables
 */

struct page {
    const json_t *status;
    long long now_s;
    struct buf *out;
};

static const json_t *list_of(const json_t *status, const char *section)
{
    return json_object_get(json_object_get(status, section), "items");
}

static void add_text(struct table *table, const json_t *item, const char *key)
{
    table_add(table, json_text_of(item, key));
}

static void add_age_cell(const struct page *page, struct table *table, const json_t *item)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(CELL_MAX);
    long long s;

    if (time_of(item, "created", &s)) {
        age_write(page->now_s - s, &text);
    }
    table_add(table, buf_text(&text));
}

static void add_headings(struct table *table, const char *const *headings)
{
    for (; *headings != NULL; headings++) {
        table_add(table, *headings);
    }
}

/* The table, and how many found no room in the document. */
static void end(const struct page *page, const struct table *table, const char *section)
{
    const json_int_t n =
        json_integer_value(json_object_get(json_object_get(page->status, section), "notListed"));

    table_write(table, page->out);
    if (n > 0) {
        buf_printf(page->out, "and %lld more\n", (long long)n);
    }
}

/* What an NFS call brought. */
static void add_answer(struct table *table, const json_t *server)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(CELL_MAX);
    const json_t *answers = json_object_get(server, "answers");
    const json_int_t ms = json_integer_value(json_object_get(server, "answersWithinMs"));
    const char *reason = json_text_of(server, "answersReason");

    if (json_is_boolean(answers)) {
        buf_add_text(&text, json_is_true(answers) ? "yes" : "no");
    }
    if (json_is_true(answers) && ms > 0) {
        buf_printf(&text, ", <=%lldms", (long long)ms);
    } else if (reason[0] != '\0') {
        buf_printf(&text, "%s%s", text.len > 0 ? ": " : "", reason);
    }
    table_add(table, buf_text(&text));
}

static void write_servers(const struct page *page)
{
    static const char *const headings[] = {"NAME",    "NAMESPACE", "CLASS",   "STATE",
                                           "ANSWERS", "AGE",       "MESSAGE", NULL};
    CLEANUP(table_clear) struct table table = TABLE_INIT(7);
    const json_t *list = list_of(page->status, "servers");

    if (json_array_size(list) == 0) {
        return;
    }
    buf_add_text(page->out, "\nSERVERS\n");
    add_headings(&table, headings);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *server = json_array_get(list, i);
        add_text(&table, server, "name");
        add_text(&table, server, "namespace");
        add_text(&table, server, "storageClass");
        add_text(&table, server, "state");
        add_answer(&table, server);
        add_age_cell(page, &table, server);
        add_text(&table, server, "message");
    }
    end(page, &table, "servers");
}

/* "applied: it was absent (5m ago)", and the message behind it. */
static void add_action(const struct page *page, struct table *table, const json_t *part)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(CELL_MAX);
    const char *action = json_text_of(part, "lastAction");
    const char *message = json_text_of(part, "message");
    long long s;

    buf_add_text(&text, action);
    if (time_of(part, "lastActionTime", &s)) {
        buf_add_text(&text, text.len > 0 ? " (" : "(");
        age_write(page->now_s - s, &text);
        buf_add_text(&text, " ago)");
    }
    if (message[0] != '\0') {
        buf_printf(&text, "%s%s", text.len > 0 ? "; " : "", message);
    }
    table_add(table, buf_text(&text));
}

static void write_parts_of(const struct page *page, const json_t *server)
{
    static const char *const headings[] = {"KIND", "NAME", "STATE", "AGE", "LAST ACTION", NULL};
    CLEANUP(table_clear) struct table table = TABLE_INIT(5);
    const json_t *parts = json_object_get(server, "parts");

    if (json_array_size(parts) == 0) {
        return;
    }
    buf_add_text(page->out, "\nPARTS of ");
    console_add_clean(page->out, json_text_of(server, "name"));
    buf_add_char(page->out, '\n');
    add_headings(&table, headings);
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i);
        add_text(&table, part, "kind");
        add_text(&table, part, "name");
        add_text(&table, part, "state");
        add_age_cell(page, &table, part);
        add_action(page, &table, part);
    }
    table_write(&table, page->out);
}

/* "12 right, 1 mismatched". */
static void write_counts(const struct page *page, const json_t *counts)
{
    const char *gap = "";
    const char *state;
    json_t *walked;
    json_t *n;

    memcpy(&walked, &counts, sizeof(void *)); /* jansson's iterators take no const */
    json_object_foreach (walked, state, n) {
        buf_printf(page->out, "%s%lld ", gap, (long long)json_integer_value(n));
        console_add_clean(page->out, state);
        gap = ", ";
    }
    buf_add_char(page->out, '\n');
}

static void write_claims(const struct page *page)
{
    static const char *const headings[] = {"NAMESPACE", "NAME",    "POLICY", "STATE",
                                           "AGE",       "MESSAGE", NULL};
    CLEANUP(table_clear) struct table table = TABLE_INIT(6);
    const json_t *list = list_of(page->status, "claims");
    const json_t *counts = json_object_get(json_object_get(page->status, "claims"), "counts");

    if (json_object_size(counts) == 0 && json_array_size(list) == 0) {
        return;
    }
    buf_add_text(page->out, "\nCLAIMS  ");
    write_counts(page, counts);
    add_headings(&table, headings);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *claim = json_array_get(list, i);
        add_text(&table, claim, "namespace");
        add_text(&table, claim, "name");
        add_text(&table, claim, "policy");
        add_text(&table, claim, "state");
        add_age_cell(page, &table, claim);
        add_text(&table, claim, "message");
    }
    end(page, &table, "claims");
}

static void write_volumes(const struct page *page)
{
    static const char *const headings[] = {"NAME", "NAMESPACE", "CLAIM", "STATE", NULL};
    CLEANUP(table_clear) struct table table = TABLE_INIT(4);
    const json_t *list = list_of(page->status, "volumes");

    if (json_array_size(list) == 0) {
        return;
    }
    buf_add_text(page->out, "\nVOLUMES whose data is gone\n");
    add_headings(&table, headings);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *volume = json_array_get(list, i);
        add_text(&table, volume, "name");
        add_text(&table, volume, "namespace");
        add_text(&table, volume, "claim");
        add_text(&table, volume, "state");
    }
    end(page, &table, "volumes");
}

/*
 * The certificate
 */

/* "valid for 59d", "expired 3d ago". */
static void write_validity(const struct page *page, const char *key)
{
    const json_t *certificate = json_object_get(page->status, "certificate");
    long long s;

    if (!time_of(certificate, key, &s)) {
        buf_add_char(page->out, '-');
        return;
    }
    buf_add_text(page->out, s > page->now_s ? "valid for " : "EXPIRED ");
    age_write(s > page->now_s ? s - page->now_s : page->now_s - s, page->out);
    buf_add_text(page->out, s > page->now_s ? "" : " ago");
}

static void write_certificate(const struct page *page)
{
    const json_t *certificate = json_object_get(page->status, "certificate");
    const json_t *in_force = json_object_get(certificate, "caBundleInForce");
    long long renewal_s;

    if (!json_is_object(certificate)) {
        return;
    }
    buf_add_text(page->out, "\nCERTIFICATE  ");
    write_validity(page, "leafNotAfter");
    if (time_of(certificate, "leafRenewal", &renewal_s)) {
        char text[KUBE_TIME_SIZE];
        kube_time_write(renewal_s, text);
        buf_printf(page->out, ", renewed on %.10s", text);
    }
    buf_add_text(page->out, "\nCA           ");
    write_validity(page, "authorityNotAfter");
    buf_printf(page->out, "\ncaBundle     %s\n",
               json_is_true(in_force)    ? "in force"
               : json_is_false(in_force) ? "NOT the one that is wanted"
                                         : "-");
}

static void write_missed(const struct page *page)
{
    const json_int_t n = json_integer_value(json_object_get(page->status, "missedWorkflows"));

    if (n > 0) {
        buf_printf(page->out,
                   "\nMISSED  %lld workflows opted in and have no volumes: they were admitted "
                   "without the webhook\n",
                   (long long)n);
    }
}

void status_table_write(const json_t *status, const json_t *lease, long long now_s, struct buf *out)
{
    const struct page page = {.status = status, .now_s = now_s, .out = out};
    const json_t *servers = list_of(status, "servers");

    status_leader_write(lease, now_s, out);
    write_servers(&page);
    for (size_t i = 0; i < json_array_size(servers); i++) {
        write_parts_of(&page, json_array_get(servers, i));
    }
    write_claims(&page);
    write_volumes(&page);
    write_missed(&page);
    write_certificate(&page);
}

/*
 * The verdict
 */

static bool is_certificate_well(const json_t *certificate, long long now_s)
{
    long long s;

    return !json_is_false(json_object_get(certificate, "caBundleInForce")) &&
           (!time_of(certificate, "leafNotAfter", &s) || s > now_s) &&
           (!time_of(certificate, "authorityNotAfter", &s) || s > now_s);
}

bool status_table_is_well(const json_t *status, const json_t *lease, long long now_s)
{
    const json_t *servers = list_of(status, "servers");
    const json_t *claims = json_object_get(status, "claims");

    for (size_t i = 0; i < json_array_size(servers); i++) {
        if (json_is_true(json_object_get(json_array_get(servers, i), "trouble"))) {
            return false;
        }
    }
    return status_leader_is_there(lease, now_s) &&
           json_integer_value(json_object_get(claims, "inTrouble")) <= 0 &&
           json_array_size(list_of(status, "volumes")) == 0 &&
           is_certificate_well(json_object_get(status, "certificate"), now_s);
}
