/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "deploy/storage/storage_inside.h"

static void free_servers(struct server **servers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        server_free(servers[i]);
    }
    free(servers);
}

/* The server of @provisioner, if it is there already and was asked for in the same words. It goes
 * over to the caller. */
static struct server *take_over(struct storage *storage, const struct nfs_provisioner *provisioner)
{
    for (size_t i = 0; i < storage->n_servers; i++) {
        struct server *server = storage->servers[i];
        if (server != NULL && strcmp(server->provisioner->hash, provisioner->hash) == 0 &&
            strcmp(server->provisioner->name, provisioner->name) == 0) {
            storage->servers[i] = NULL;
            server->provisioner = provisioner;
            return server;
        }
    }
    return NULL;
}

/* NULL without memory. */
static struct server *make_server(struct storage *storage,
                                  const struct nfs_provisioner *provisioner)
{
    struct server *server = take_over(storage, provisioner);
    struct err err = {0};

    if (server == NULL) {
        server = server_new(provisioner, &storage->context.terms, &err);
    }
    if (server != NULL) {
        server->probe.changed = storage_become_due;
        server->probe.data = storage;
    }
    return server;
}

static void make_servers(struct storage *storage, const struct policy_set *set)
{
    const size_t n = set->provisioners.n;
    struct server **servers = calloc(n + 1, sizeof(struct server *));

    for (size_t i = 0; i < n; i++) {
        if (servers == NULL ||
            (servers[i] = make_server(storage, &set->provisioners.items[i])) == NULL) {
            abort(); /* there is no memory, and half of them were taken over */
        }
    }
    free_servers(storage->servers, storage->n_servers);
    storage->servers = servers;
    storage->n_servers = n;
}

static bool is_in(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Watch the claims of all names that policies create. Of too many some are not kept, which is told
 * now. */
static void watch_claims(struct storage *storage, const struct policy_set *set)
{
    const char *names[WATCHES_CLAIMS_MAX + 1];
    struct err err = {0};
    size_t n = 0;

    for (size_t i = 0; i < set->policies.n; i++) {
        const struct volume_policy *policy = &set->policies.items[i];
        for (size_t k = 0; k < policy->volumes.n && n <= WATCHES_CLAIMS_MAX; k++) {
            const struct policy_persistent *persistent = policy->volumes.items[k].persistent;
            if (persistent != NULL && persistent->create != NULL &&
                !is_in(persistent->claim_name, names, n)) {
                names[n++] = persistent->claim_name;
            }
        }
    }
    if (watches_set_claims(&storage->watches, names, n, &err) < 0) {
        const struct log_field fields[] = {{.name = "error", .text = err.msg}, {.name = NULL}};
        log_line(LOG_ERROR, "not all claims are kept", fields);
        if (err.code != ERR_TOO_BIG) {
            abort(); /* there is no memory: they would never be kept */
        }
    }
}

void storage_policies_refresh(struct storage *storage)
{
    if (storage->next == NULL) {
        return;
    }
    make_servers(storage, storage->next);
    watch_claims(storage, storage->next);
    claims_plan_clear(&storage->claims.plan); /* both point into the set before */
    claims_clear(&storage->claims.wanted);
    policy_set_unref(storage->set);
    storage->set = TAKE(storage->next);
    storage->is_known = false;
}

void storage_policies_clear(struct storage *storage)
{
    free_servers(storage->servers, storage->n_servers);
    policy_set_unref(storage->set);
    policy_set_unref(storage->next);
}

void storage_use(struct storage *storage, struct policy_set *set, long long since_s)
{
    policy_set_unref(storage->next);
    storage->next = policy_set_ref(set);
    storage->since_s = since_s;
    storage->is_due = true;
}
