/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/status.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube_time.h"

/* What stands around the lists: keys, counts, the certificate and the policies. */
#define FRAME_BYTES ((size_t)16 * 1024)

_Static_assert(STATUS_SERVERS_BYTES + STATUS_CLAIMS_BYTES + STATUS_VOLUMES_BYTES + FRAME_BYTES <=
                   STATUS_BYTES_MAX,
               "the lists fit");

struct status {
    json_t *servers;
    json_t *claims;
    json_t *volumes;
    json_t *counts;
    json_t *certificate; /* NULL: nothing is known of it */
    json_t *policies;    /* the same */
    size_t n_in_trouble; /* of the claims */
    json_t *missed;      /* a number; NULL: unknown */
    bool has_failed;
};

const char *status_part_state_name(enum status_part_state state)
{
    static const char *const names[] = {
        [STATUS_PART_UNKNOWN] = "unknown",
        [STATUS_PART_RIGHT] = "right",
        [STATUS_PART_WAITING] = "waiting",
        [STATUS_PART_REPORTED] = "reported",
    };

    return names[state];
}

struct status *status_new(void)
{
    CLEANUP(status_free) struct status *status = calloc(1, sizeof(*status));

    if (status == NULL) {
        return NULL;
    }
    status->servers = json_array();
    status->claims = json_array();
    status->volumes = json_array();
    status->counts = json_object();
    if (status->servers == NULL || status->claims == NULL || status->volumes == NULL ||
        status->counts == NULL) {
        return NULL;
    }
    return TAKE(status);
}

void status_free(struct status *status)
{
    if (status != NULL) {
        json_decref(status->servers);
        json_decref(status->claims);
        json_decref(status->volumes);
        json_decref(status->counts);
        json_decref(status->certificate);
        json_decref(status->policies);
        json_decref(status->missed);
        free(status);
    }
}

/*
 * Members of an item
 */

static void set(struct status *status, json_t *item, const char *key, json_t *value)
{
    status->has_failed |= json_object_set_new(item, key, value) < 0;
}

/* The length of @text, or of what fits of its characters into STATUS_TEXT_BYTES. */
static size_t bounded_len(const char *text)
{
    size_t len = strnlen(text, STATUS_TEXT_BYTES + 1);

    if (len <= STATUS_TEXT_BYTES) {
        return len;
    }
    for (len = STATUS_TEXT_BYTES; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;) {
        len--; /* the character at the end would be cut */
    }
    return len;
}

static void set_text(struct status *status, json_t *item, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        set(status, item, key, json_stringn(text, bounded_len(text)));
    }
}

static void set_time(struct status *status, json_t *item, const char *key, long long s)
{
    char text[KUBE_TIME_SIZE];

    if (s != 0) {
        kube_time_write(s, text);
        set(status, item, key, json_string(text));
    }
}

static void set_trouble(struct status *status, json_t *item, bool is_trouble)
{
    if (is_trouble) {
        set(status, item, "trouble", json_true());
    }
}

/* A new item at the end of @list, borrowed; NULL is one that takes nothing. */
static json_t *add_item(struct status *status, json_t *list)
{
    json_t *item = json_object();

    status->has_failed |= json_array_append_new(list, item) < 0;
    return status->has_failed ? NULL : item;
}

/*
 * What is told
 */

/* The next power of ten, so that it seldom changes. */
static json_int_t round_ms(unsigned int ms)
{
    json_int_t bound = 10;

    while (bound < (json_int_t)ms) {
        bound *= 10;
    }
    return bound;
}

void status_add_server(struct status *status, const struct status_server *server)
{
    json_t *item = add_item(status, status->servers);

    set_text(status, item, "name", server->name);
    set_text(status, item, "namespace", server->namespace_);
    set_text(status, item, "storageClass", server->storage_class);
    set_text(status, item, "state", server->state);
    set_text(status, item, "message", server->message);
    set_time(status, item, "created", server->created_s);
    set_trouble(status, item, server->is_trouble);
    if (server->answer != STATUS_NOT_ASKED) {
        set(status, item, "answers", json_boolean(server->answer == STATUS_ANSWERS));
    }
    if (server->answer == STATUS_ANSWERS) {
        set(status, item, "answersWithinMs", json_integer(round_ms(server->answer_ms)));
    } else {
        set_text(status, item, "answersReason", server->answer_reason);
    }
    set(status, item, "parts", json_array());
}

void status_add_part(struct status *status, const struct status_part *part)
{
    const size_t n = json_array_size(status->servers);
    json_t *server = n > 0 ? json_array_get(status->servers, n - 1) : NULL;
    json_t *item;

    assert(n > 0 || status->has_failed);
    item = add_item(status, json_object_get(server, "parts"));
    set_text(status, item, "kind", part->kind);
    set_text(status, item, "name", part->name);
    set_text(status, item, "state", status_part_state_name(part->state));
    set_time(status, item, "created", part->created_s);
    set_text(status, item, "lastAction", part->action);
    set_time(status, item, "lastActionTime", part->acted_s);
    set_text(status, item, "message", part->message);
    set_trouble(status, item, part->state == STATUS_PART_REPORTED);
    set_trouble(status, server, part->state == STATUS_PART_REPORTED);
}

static void count(struct status *status, const char *state)
{
    const json_int_t n = json_integer_value(json_object_get(status->counts, state));

    if (n > 0 || json_object_size(status->counts) < STATUS_COUNTS_MAX) {
        set(status, status->counts, state, json_integer(n + 1));
    }
}

void status_add_claim(struct status *status, const struct status_claim *claim)
{
    json_t *item = add_item(status, status->claims);

    set_text(status, item, "namespace", claim->namespace_);
    set_text(status, item, "name", claim->name);
    set_text(status, item, "policy", claim->policy);
    set_text(status, item, "state", claim->state);
    set_time(status, item, "created", claim->created_s);
    set_text(status, item, "message", claim->message);
    set_trouble(status, item, claim->is_trouble);
    count(status, claim->state);
    status->n_in_trouble += claim->is_trouble ? 1 : 0;
}

void status_add_volume(struct status *status, const struct status_volume *volume)
{
    json_t *item = add_item(status, status->volumes);

    set_text(status, item, "namespace", volume->namespace_);
    set_text(status, item, "claim", volume->claim);
    set_text(status, item, "name", volume->name);
    set_text(status, item, "state", volume->state);
}

void status_set_certificate(struct status *status, const struct status_certificate *certificate)
{
    json_t *item = json_object();

    json_decref(status->certificate);
    status->certificate = item;
    set_time(status, item, "leafNotAfter", certificate->leaf_not_after_s);
    set_time(status, item, "leafRenewal", certificate->leaf_renewal_s);
    set_time(status, item, "authorityNotAfter", certificate->authority_not_after_s);
    set(status, item, "caBundleInForce", json_boolean(certificate->has_bundle));
}

void status_set_policies(struct status *status, const char *hash, long long since_s)
{
    json_t *item = json_object();

    json_decref(status->policies);
    status->policies = item;
    set_text(status, item, "hash", hash);
    set_time(status, item, "since", since_s);
}

void status_set_missed(struct status *status, size_t n)
{
    json_decref(status->missed);
    status->missed = json_integer((json_int_t)n);
    status->has_failed |= status->missed == NULL;
}

/*
 * The document
 */

static int compare(const void *a, const void *b)
{
    static const char *const keys[] = {"namespace", "name", "claim", "policy"};
    json_t *const *left = a;
    json_t *const *right = b;
    int order = json_is_true(json_object_get(*right, "trouble")) -
                json_is_true(json_object_get(*left, "trouble"));

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && order == 0; i++) {
        order = strcmp(json_text_of(*left, keys[i]), json_text_of(*right, keys[i]));
    }
    return order;
}

/* What @item takes in the document, with its comma; 0 without memory. */
static size_t size_of(const json_t *item)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(STATUS_BYTES_MAX * 8);

    json_sorted(&text, item);
    return buf_failed(&text) ? 0 : text.len + 1;
}

/* {"items": [...], "notListed": n} of those items of @list that fit into @bytes. NULL without
 * memory. */
static json_t *make_list(const json_t *list, size_t bytes)
{
    const size_t n = json_array_size(list);
    CLEANUP(free) json_t **items = calloc(n + 1, sizeof(json_t *));
    json_auto_t *kept = json_array();
    size_t left = bytes;
    size_t i;

    if (items == NULL || kept == NULL) {
        return NULL;
    }
    for (i = 0; i < n; i++) {
        items[i] = json_array_get(list, i);
    }
    qsort(items, n, sizeof(items[0]), compare); // NOLINT(bugprone-sizeof-expression): of pointers
    for (i = 0; i < n && i < STATUS_ITEMS_MAX; i++) {
        const size_t size = size_of(items[i]);
        if (size == 0 || size > left) {
            break; /* a later one that is smaller would be out of order */
        }
        if (json_array_append(kept, items[i]) < 0) {
            return NULL;
        }
        left -= size;
    }
    return json_pack("{s:O, s:I}", "items", kept, "notListed", (json_int_t)(n - i));
}

static json_t *make_claims(const struct status *status)
{
    json_auto_t *claims = make_list(status->claims, STATUS_CLAIMS_BYTES);

    if (json_object_set(claims, "counts", status->counts) < 0 ||
        json_object_set_new(claims, "inTrouble", json_integer((json_int_t)status->n_in_trouble)) <
            0) {
        return NULL;
    }
    return json_incref(claims);
}

int status_write(const struct status *status, struct buf *out, struct err *err)
{
    json_auto_t *document = NULL;

    if (status->has_failed) {
        return err_set(err, ERR_INTERNAL, "no memory for the status, or a text that is not UTF-8");
    }
    document =
        json_pack("{s:o, s:o, s:o, s:O*, s:O*, s:O*}", "servers",
                  make_list(status->servers, STATUS_SERVERS_BYTES), "claims", make_claims(status),
                  "volumes", make_list(status->volumes, STATUS_VOLUMES_BYTES), "missedWorkflows",
                  status->missed, "certificate", status->certificate, "policies", status->policies);
    if (document == NULL) {
        return err_no_memory(err);
    }
    json_sorted(out, document);
    return buf_check(out, "the status", err);
}
