/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/inventory.h"

#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "certs/certificate.h"
#include "certs/openssl.h"
#include "certs/pair.h"
#include "certs/pem.h"
#include "certs/trust.h"

/* One whose times cannot be read is over since ever. */
static void get_times(const X509 *certificate, long long *from_s, long long *until_s)
{
    struct err err = {0};

    if (certificate_validity(certificate, from_s, until_s, &err) < 0) {
        *from_s = LLONG_MIN;
        *until_s = LLONG_MIN;
    }
}

long long inventory_from_s(const X509 *certificate)
{
    long long from_s;
    long long until_s;

    get_times(certificate, &from_s, &until_s);
    return from_s;
}

long long inventory_until_s(const X509 *certificate)
{
    long long from_s;
    long long until_s;

    get_times(certificate, &from_s, &until_s);
    return until_s;
}

static bool is_counted(const X509 *certificate, long long now_s)
{
    return inventory_from_s(certificate) <= now_s + INVENTORY_AHEAD_MAX_S &&
           now_s <= inventory_until_s(certificate);
}

bool inventory_list_has(const struct inventory_list *list, const X509 *certificate)
{
    for (size_t i = 0; i < list->n; i++) {
        if (X509_cmp(list->items[i], certificate) == 0) {
            return true;
        }
    }
    return false;
}

void inventory_list_clear(struct inventory_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        X509_free(list->items[i]);
    }
    list->n = 0;
}

int inventory_read(struct inventory_list *list, const char *text, struct err *err)
{
    CLEANUP(pem_clear) struct pem_block block = {0};
    struct pem_reader reader;
    struct err fault = {0};

    if (text == NULL || pem_open(&reader, text, strlen(text), TRUST_PEM_BYTES_MAX, &fault) < 0) {
        return 0;
    }
    while (list->n < INVENTORY_LIST_MAX) {
        CLEANUP(X509_free) X509 *certificate = NULL;
        if (certificate_next(&reader, &block, &certificate, &fault) < 0) {
            if (fault.code == ERR_INTERNAL) {
                *err = fault;
                return -1;
            }
            continue; /* behind what is broken */
        }
        if (certificate == NULL) {
            break;
        }
        if (!inventory_list_has(list, certificate)) {
            list->items[list->n++] = TAKE(certificate);
        }
    }
    return 0;
}

/* Add to @list what counts in @text, CAs or others. */
static int
add(struct inventory_list *list, const char *text, bool are_cas, long long now_s, struct err *err)
{
    CLEANUP(inventory_list_clear) struct inventory_list found = {0};

    if (inventory_read(&found, text, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < found.n && list->n < INVENTORY_LIST_MAX; i++) {
        if (authority_is_ca(found.items[i]) == are_cas && is_counted(found.items[i], now_s) &&
            !inventory_list_has(list, found.items[i])) {
            list->items[list->n++] = TAKE(found.items[i]);
        }
    }
    return 0;
}

static int
take_authority(const struct rotation_have *have, struct inventory *inventory, struct err *err)
{
    CLEANUP(issuer_free) struct issuer *authority = NULL;
    struct err *fault = &inventory->authority_fault;

    if (have->authority == NULL || have->authority_key == NULL) {
        err_set(fault, ERR_NOT_FOUND, "there is no authority%s",
                have->authority != NULL ? "'s key" : "");
        return 0;
    }
    authority = issuer_parse(have->authority, have->authority_key, fault);
    if (authority == NULL || issuer_check(authority, inventory->now_s, fault) < 0) {
        if (fault->code == ERR_INTERNAL) {
            *err = *fault;
            return -1;
        }
        err_wrap(fault, "the authority cannot issue");
        return 0;
    }
    inventory->authority = TAKE(authority);
    return 0;
}

/* Whether a client that trusts @issuer, and nobody else, accepts the pair. */
static int check_by(const struct pair *pair, X509 *issuer, long long now_s, struct err *err)
{
    CLEANUP(buf_clear) struct buf pem = BUF_INIT(TRUST_PEM_BYTES_MAX);
    CLEANUP(trust_unref) struct trust *trust = NULL;
    struct pair_expectation expected = {.now_s = now_s};

    if (certificate_write(issuer, &pem, err) < 0) {
        return -1;
    }
    trust = trust_parse(buf_text(&pem), pem.len, err);
    expected.trust = trust;
    return trust != NULL ? pair_check(pair, &expected, err) : -1;
}

static int check_names(const struct pair *pair, const struct rotation_terms *terms, struct err *err)
{
    for (size_t i = 0; i < terms->n_names; i++) {
        if (pair_has_name(pair, terms->names[i])) {
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "it has none of its names, expected '%s'", terms->names[0]);
}

/* The authority that issued @leaf directly, by which a client accepts the pair; NULL: none. */
static X509 *
find_issuer(const struct inventory *inventory, const struct pair *pair, X509 *leaf, struct err *err)
{
    err_set(err, ERR_INVALID, "no authority is known that issued it");
    for (size_t i = 0; i < inventory->authorities.n; i++) {
        X509 *issuer = inventory->authorities.items[i];
        if (certificate_is_issued_by(leaf, issuer) &&
            check_by(pair, issuer, inventory->now_s, err) == 0) {
            return issuer;
        }
    }
    return NULL;
}

/* Whether the present leaf serves: 0 with it and its issuer, or -1 and why not in @fault. */
static int judge_leaf(const struct rotation_have *have,
                      const struct rotation_terms *terms,
                      struct inventory *inventory,
                      struct err *fault)
{
    const struct pair_expectation expected = {.now_s = inventory->now_s};
    CLEANUP(X509_free) X509 *leaf = NULL;
    CLEANUP(pair_free) struct pair *pair = NULL;

    pair =
        pair_parse(have->leaf, strlen(have->leaf), have->leaf_key, strlen(have->leaf_key), fault);
    if (pair == NULL || pair_check(pair, &expected, fault) < 0 ||
        check_names(pair, terms, fault) < 0) {
        return -1;
    }
    leaf = certificate_first(have->leaf, PAIR_PEM_BYTES_MAX, fault);
    if (leaf == NULL) {
        return -1;
    }
    inventory->issuer = find_issuer(inventory, pair, leaf, fault);
    if (inventory->issuer == NULL) {
        return -1;
    }
    inventory->leaf = TAKE(leaf);
    *fault = (struct err){0};
    return 0;
}

static int take_leaf(const struct rotation_have *have,
                     const struct rotation_terms *terms,
                     struct inventory *inventory,
                     struct err *err)
{
    struct err *fault = &inventory->leaf_fault;

    if (have->leaf == NULL || have->leaf_key == NULL) {
        err_set(fault, ERR_NOT_FOUND, "there is no leaf%s", have->leaf != NULL ? "'s key" : "");
        return 0;
    }
    if (judge_leaf(have, terms, inventory, fault) < 0) {
        if (fault->code == ERR_INTERNAL) {
            *err = *fault;
            return -1;
        }
        err_wrap(fault, "the leaf does not serve");
    }
    return 0;
}

int inventory_take(const struct rotation_have *have,
                   const struct rotation_terms *terms,
                   long long now_s,
                   struct inventory *out,
                   struct err *err)
{
    *out = (struct inventory){.now_s = now_s};
    if (take_authority(have, out, err) < 0 ||
        add(&out->authorities, have->authority, true, now_s, err) < 0 ||
        add(&out->authorities, have->old, true, now_s, err) < 0 ||
        add(&out->authorities, have->bundle, true, now_s, err) < 0 ||
        add(&out->leaves, have->old_leaves, false, now_s, err) < 0 ||
        add(&out->leaves, have->leaf, false, now_s, err) < 0) {
        return -1;
    }
    return take_leaf(have, terms, out, err);
}

void inventory_clear(struct inventory *inventory)
{
    issuer_free(inventory->authority);
    X509_free(inventory->leaf);
    inventory_list_clear(&inventory->authorities);
    inventory_list_clear(&inventory->leaves);
    *inventory = (struct inventory){0};
}

/* The one that ends last of the leaves that @authority issued, and @present did not. */
static X509 *
find_last_leaf(const struct inventory *inventory, X509 *authority, X509 *present, X509 *presented)
{
    X509 *last = NULL;

    for (size_t i = 0; i <= inventory->leaves.n; i++) {
        X509 *leaf = i < inventory->leaves.n ? inventory->leaves.items[i] : presented;
        if (leaf != NULL && certificate_is_issued_by(leaf, authority) &&
            (present == NULL || !certificate_is_issued_by(leaf, present)) &&
            (last == NULL || inventory_until_s(leaf) > inventory_until_s(last))) {
            last = leaf;
        }
    }
    return last;
}

/* Whether @a comes before @b. */
static bool is_before(const struct inventory_old *a, const struct inventory_old *b, X509 *leaf)
{
    const bool is_a_needed = leaf != NULL && certificate_is_issued_by(leaf, a->authority);
    const bool is_b_needed = leaf != NULL && certificate_is_issued_by(leaf, b->authority);

    if (is_a_needed != is_b_needed) {
        return is_a_needed;
    }
    return inventory_from_s(a->leaf) > inventory_from_s(b->leaf);
}

size_t inventory_find_old(const struct inventory *inventory,
                          X509 *present,
                          X509 *leaf,
                          struct inventory_old out[static ROTATION_OLD_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < inventory->authorities.n; i++) {
        struct inventory_old old = {.authority = inventory->authorities.items[i]};
        size_t at = n;
        if (present != NULL && X509_cmp(old.authority, present) == 0) {
            continue;
        }
        old.leaf = find_last_leaf(inventory, old.authority, present, leaf);
        if (old.leaf == NULL) {
            continue;
        }
        while (at > 0 && is_before(&old, &out[at - 1], leaf)) {
            at--;
        }
        if (at == ROTATION_OLD_MAX) {
            continue;
        }
        n += n < ROTATION_OLD_MAX ? 1 : 0;
        memmove(&out[at + 1], &out[at], (n - 1 - at) * sizeof(out[0]));
        out[at] = old;
    }
    return n;
}
