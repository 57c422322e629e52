/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/rotation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "certs/certificate.h"
#include "certs/inventory.h"
#include "certs/issue.h"
#include "certs/leaf.h"
#include "certs/mint.h"
#include "certs/openssl.h"
#include "certs/pair.h"
#include "certs/trust.h"

/*
 * When two thirds of its life are over, counted from when it was made: a short one would else be
 * due when it is new.
 */
static long long due_s(const X509 *certificate)
{
    const long long made_s = inventory_from_s(certificate) + ISSUE_BACKDATE_S;
    const long long until_s = inventory_until_s(certificate);

    return made_s < until_s ? until_s - (until_s - made_s) / 3 : until_s;
}

__attribute__((format(printf, 2, 3))) static void
give_reason(char reason[static ROTATION_REASON_SIZE], const char *fmt, ...)
{
    struct err err = {0}; /* which makes one line of UTF-8 of it */
    char text[ERR_MSG_SIZE];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args); /* cut to size */
    va_end(args);
    err_set(&err, ERR_INVALID, "%s", text);
    memcpy(reason, err.msg, ROTATION_REASON_SIZE);
}

static void give_due(char reason[static ROTATION_REASON_SIZE], const char *what, const X509 *due)
{
    char until[CERTIFICATE_TIME_SIZE];

    give_reason(reason, "the %s expires at %s, two thirds of its life are over", what,
                certificate_format_time(inventory_until_s(due), until));
}

static void plan_authority(const struct inventory *inventory, struct rotation_plan *plan)
{
    if (inventory->authority == NULL) {
        plan->authority = ROTATION_REPLACE;
        give_reason(plan->authority_reason, "%s", inventory->authority_fault.msg);
    } else if (due_s(inventory->authority->certificate) <= inventory->now_s) {
        plan->authority = ROTATION_RENEW;
        give_due(plan->authority_reason, "authority", inventory->authority->certificate);
    }
}

/* Whether the authority that can issue now is the one that issued the leaf. */
static bool is_of_present(const struct inventory *inventory)
{
    return inventory->authority != NULL &&
           X509_cmp(inventory->issuer, inventory->authority->certificate) == 0;
}

/* Why the leaf, which serves, shall be another; false when there is nothing. */
static bool is_outdated(const struct inventory *inventory,
                        const struct rotation_terms *terms,
                        char reason[static ROTATION_REASON_SIZE])
{
    struct err err = {0};

    if (leaf_check_names(inventory->leaf, terms->names, terms->n_names, &err) < 0) {
        give_reason(reason, "%s", err.msg);
    } else if (!is_of_present(inventory)) {
        give_reason(reason, "the present authority did not issue the leaf");
    } else if (due_s(inventory->leaf) <= inventory->now_s) {
        give_due(reason, "leaf", inventory->leaf);
    } else {
        return false;
    }
    return true;
}

static void plan_leaf(const struct inventory *inventory,
                      const struct rotation_terms *terms,
                      bool is_settled,
                      struct rotation_plan *plan)
{
    if (inventory->leaf == NULL) {
        plan->leaf = ROTATION_REPLACE;
        give_reason(plan->leaf_reason, "%s", inventory->leaf_fault.msg);
        return;
    }
    if (!is_outdated(inventory, terms, plan->leaf_reason)) {
        return;
    }
    /* Another leaf of the authority that issued this one is trusted wherever this one is. */
    if (inventory->authority != NULL && (is_settled || is_of_present(inventory))) {
        plan->leaf = ROTATION_RENEW;
    } else {
        plan->is_waiting = true;
    }
}

static int write_all(X509 *first,
                     const struct inventory_old *old,
                     size_t n,
                     X509 *(*which)(const struct inventory_old *),
                     char **out,
                     struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(TRUST_PEM_BYTES_MAX);

    buf_add_text(&text, "");
    if (first != NULL && certificate_write(first, &text, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (certificate_write(which(&old[i]), &text, err) < 0) {
            return -1;
        }
    }
    *out = strdup(buf_text(&text));
    return *out != NULL ? 0 : err_no_memory(err);
}

static X509 *authority_of(const struct inventory_old *old)
{
    return old->authority;
}

static X509 *leaf_of(const struct inventory_old *old)
{
    return old->leaf;
}

/* What is to be trusted when @present issues and @leaf is presented, in PEM. */
static int write_lists(const struct inventory *inventory,
                       X509 *present,
                       X509 *leaf,
                       struct rotation_want *out,
                       struct err *err)
{
    struct inventory_old old[ROTATION_OLD_MAX];
    const size_t n = inventory_find_old(inventory, present, leaf, old);

    if (write_all(NULL, old, n, authority_of, &out->old, err) < 0 ||
        write_all(NULL, old, n, leaf_of, &out->old_leaves, err) < 0) {
        return -1;
    }
    return write_all(present, old, n, authority_of, &out->bundle, err);
}

static bool is_same(const char *have, const char *want)
{
    return strcmp(have != NULL ? have : "", want) == 0;
}

/* Whether a certificate of the bundle @have is not in the one of @want. */
static int find_forgotten(const char *have, const char *want, bool *out, struct err *err)
{
    CLEANUP(inventory_list_clear) struct inventory_list had = {0};
    CLEANUP(inventory_list_clear) struct inventory_list wanted = {0};

    if (inventory_read(&had, have, err) < 0 || inventory_read(&wanted, want, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < had.n; i++) {
        *out = *out || !inventory_list_has(&wanted, had.items[i]);
    }
    return 0;
}

static int plan_lists(const struct rotation_have *have,
                      const struct inventory *inventory,
                      struct rotation_plan *plan,
                      struct err *err)
{
    CLEANUP(rotation_clear) struct rotation_want want = {0};
    X509 *present = inventory->authority != NULL ? inventory->authority->certificate : NULL;
    X509 *leaf = plan->leaf == ROTATION_KEEP ? inventory->leaf : NULL;

    if (write_lists(inventory, present, leaf, &want, err) < 0 ||
        find_forgotten(have->bundle, want.bundle, &plan->forgets_old, err) < 0) {
        return -1;
    }
    plan->changes_bundle = plan->authority != ROTATION_KEEP || !is_same(have->bundle, want.bundle);
    plan->changes_old = plan->authority != ROTATION_KEEP || !is_same(have->old, want.old) ||
                        !is_same(have->old_leaves, want.old_leaves);
    return 0;
}

static long long earlier(long long a_s, long long b_s)
{
    return a_s < b_s ? a_s : b_s;
}

static void plan_next(const struct inventory *inventory, struct rotation_plan *plan)
{
    struct inventory_old old[ROTATION_OLD_MAX];
    X509 *present;
    size_t n;

    plan->next_s = inventory->now_s;
    if (rotation_is_due(plan)) {
        return;
    }
    present = inventory->authority->certificate;
    plan->next_s = earlier(due_s(present), plan->is_waiting ? inventory_until_s(inventory->leaf) + 1
                                                            : due_s(inventory->leaf));
    n = inventory_find_old(inventory, present, inventory->leaf, old);
    for (size_t i = 0; i < n; i++) {
        plan->next_s = earlier(plan->next_s, inventory_until_s(old[i].leaf) + 1);
        plan->next_s = earlier(plan->next_s, inventory_until_s(old[i].authority) + 1);
    }
}

int rotation_plan(const struct rotation_have *have,
                  const struct rotation_terms *terms,
                  bool is_settled,
                  long long now_s,
                  struct rotation_plan *out,
                  struct err *err)
{
    OPENSSL_ENTER();
    CLEANUP(inventory_clear) struct inventory inventory = {0};
    struct rotation_plan plan = {0};

    if (mint_check_terms(terms, now_s, err) < 0 ||
        inventory_take(have, terms, now_s, &inventory, err) < 0) {
        return -1;
    }
    plan_authority(&inventory, &plan);
    plan_leaf(&inventory, terms, is_settled, &plan);
    if (plan_lists(have, &inventory, &plan, err) < 0) {
        return -1;
    }
    plan_next(&inventory, &plan);
    *out = plan;
    return 0;
}

static void clear_key(char **key)
{
    if (*key != NULL) {
        OPENSSL_cleanse(*key, strlen(*key));
        free(*key);
    }
}

void rotation_clear(struct rotation_want *want)
{
    clear_key(&want->authority_key);
    clear_key(&want->leaf_key);
    free(want->authority);
    free(want->old);
    free(want->old_leaves);
    free(want->leaf);
    free(want->bundle);
    *want = (struct rotation_want){0};
}

static int
copy_pair(const char *certificates, const char *key, struct issue_pem *out, struct err *err)
{
    CLEANUP(issue_clear)
    struct issue_pem copy = {.certificates = strdup(certificates), .key = strdup(key)};

    if (copy.certificates == NULL || copy.key == NULL) {
        return err_no_memory(err);
    }
    *out = (struct issue_pem){.certificates = TAKE(copy.certificates), .key = TAKE(copy.key)};
    return 0;
}

static int make_authority(const struct rotation_have *have,
                          const struct rotation_terms *terms,
                          const struct rotation_plan *plan,
                          long long now_s,
                          struct issue_pem *out,
                          struct err *err)
{
    return plan->authority == ROTATION_KEEP
               ? copy_pair(have->authority, have->authority_key, out, err)
               : mint_authority(terms, now_s, out, err);
}

/*
 * The authority that exists issues the leaf as long as it can, because clients trust it already:
 * one that is to be renewed, and with it a leaf, does so before its key is gone.
 */
static int make_leaf(const struct rotation_have *have,
                     const struct rotation_terms *terms,
                     const struct inventory *inventory,
                     const struct issue_pem *made,
                     struct issue_pem *out,
                     struct err *err)
{
    CLEANUP(issue_clear) struct issue_pem present = {0};

    if (inventory->authority == NULL) {
        return mint_leaf(terms, made, inventory->now_s, out, err);
    }
    if (copy_pair(have->authority, have->authority_key, &present, err) < 0) {
        return -1;
    }
    return mint_leaf(terms, &present, inventory->now_s, out, err);
}

static int make_pairs(const struct rotation_have *have,
                      const struct rotation_terms *terms,
                      const struct rotation_plan *plan,
                      const struct inventory *inventory,
                      struct rotation_want *want,
                      struct err *err)
{
    CLEANUP(issue_clear) struct issue_pem authority = {0};
    CLEANUP(issue_clear) struct issue_pem leaf = {0};

    if (make_authority(have, terms, plan, inventory->now_s, &authority, err) < 0 ||
        (plan->leaf == ROTATION_KEEP
             ? copy_pair(have->leaf, have->leaf_key, &leaf, err)
             : make_leaf(have, terms, inventory, &authority, &leaf, err)) < 0) {
        return -1;
    }
    want->authority = TAKE(authority.certificates);
    want->authority_key = TAKE(authority.key);
    want->leaf = TAKE(leaf.certificates);
    want->leaf_key = TAKE(leaf.key);
    return 0;
}

static int
make_lists(const struct inventory *inventory, struct rotation_want *want, struct err *err)
{
    CLEANUP(X509_free)
    X509 *authority = certificate_first(want->authority, PAIR_PEM_BYTES_MAX, err);
    CLEANUP(X509_free)
    X509 *leaf = authority != NULL ? certificate_first(want->leaf, PAIR_PEM_BYTES_MAX, err) : NULL;

    return leaf != NULL ? write_lists(inventory, authority, leaf, want, err) : -1;
}

int rotation_make(const struct rotation_have *have,
                  const struct rotation_terms *terms,
                  const struct rotation_plan *plan,
                  long long now_s,
                  struct rotation_want *out,
                  struct err *err)
{
    OPENSSL_ENTER();
    CLEANUP(inventory_clear) struct inventory inventory = {0};
    CLEANUP(rotation_clear) struct rotation_want want = {0};

    if (mint_check_terms(terms, now_s, err) < 0 ||
        inventory_take(have, terms, now_s, &inventory, err) < 0) {
        return -1;
    }
    if ((plan->authority == ROTATION_KEEP && inventory.authority == NULL) ||
        (plan->leaf == ROTATION_KEEP && inventory.leaf == NULL)) {
        return err_set(err, ERR_INVALID,
                       "the plan keeps what cannot be kept, expected one that "
                       "was made of the same texts at the same time");
    }
    if (make_pairs(have, terms, plan, &inventory, &want, err) < 0 ||
        make_lists(&inventory, &want, err) < 0) {
        return -1;
    }
    *out = want;
    want = (struct rotation_want){0};
    return 0;
}

bool rotation_trusts(const char *bundle, const char *authority)
{
    OPENSSL_ENTER();
    CLEANUP(inventory_list_clear) struct inventory_list trusted = {0};
    struct err err = {0}; /* what is no PEM trusts nobody */
    CLEANUP(X509_free) X509 *first = certificate_first(authority, PAIR_PEM_BYTES_MAX, &err);

    return first != NULL && inventory_read(&trusted, bundle, &err) == 0 &&
           inventory_list_has(&trusted, first);
}

long long rotation_not_after_s(const char *text)
{
    OPENSSL_ENTER();
    struct err err = {0};
    CLEANUP(X509_free) X509 *first = certificate_first(text, PAIR_PEM_BYTES_MAX, &err);
    long long not_before_s = 0;
    long long not_after_s = 0;

    if (first == NULL || certificate_validity(first, &not_before_s, &not_after_s, &err) < 0) {
        return 0;
    }
    return not_after_s;
}
