/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/readiness.h"

#include "base/cleanup.h"
#include "policies/policy.h"

void readiness_init(struct readiness *readiness,
                    struct current *policies,
                    struct identity *identity)
{
    *readiness = (struct readiness){.policies = policies, .identity = identity};
    (void)pthread_mutex_init(&readiness->lock, NULL); /* cannot fail with default attributes */
}

void readiness_clear(struct readiness *readiness)
{
    (void)pthread_mutex_destroy(&readiness->lock);
}

void readiness_note_probe(struct readiness *readiness, const struct err *err, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&readiness->lock);
    readiness->facts.was_probed = true;
    readiness->facts.probed_ms = now_ms;
    readiness->facts.probe = *err;
    (void)pthread_mutex_unlock(&readiness->lock);
}

void readiness_stop(struct readiness *readiness)
{
    (void)pthread_mutex_lock(&readiness->lock);
    readiness->facts.is_stopping = true;
    (void)pthread_mutex_unlock(&readiness->lock);
}

static int check_policies(struct readiness *readiness, struct err *err)
{
    CLEANUP(policy_set_unref) struct policy_set *policies = current_get(readiness->policies);

    return policies != NULL ? 0 : err_set(err, ERR_NOT_FOUND, "no policies are loaded yet");
}

static int check_probe(const struct readiness_facts *facts, uint64_t now_ms, struct err *err)
{
    if (!facts->was_probed) {
        return err_set(err, ERR_NOT_FOUND, "the TLS port was not tried yet");
    }
    if (facts->probe.code != ERR_NONE) {
        *err = facts->probe;
        return err_wrap(err, "a request to our own TLS port failed");
    }
    /* One that ended after @now_ms was read is no old one. */
    if (now_ms > facts->probed_ms + READINESS_PROBE_AGE_MS_MAX) {
        return err_set(err, ERR_INTERNAL, "our own TLS port was not tried lately");
    }
    return 0;
}

int readiness_check(struct readiness *readiness, long long now_s, uint64_t now_ms, struct err *err)
{
    struct readiness_facts seen;

    (void)pthread_mutex_lock(&readiness->lock);
    seen = readiness->facts;
    (void)pthread_mutex_unlock(&readiness->lock);
    if (seen.is_stopping) {
        return err_set(err, ERR_CONFLICT, "the server is stopping");
    }
    if (check_policies(readiness, err) < 0) {
        return -1;
    }
    if (identity_check(readiness->identity, now_s, err) < 0) {
        return err_wrap(err, "certificate");
    }
    return check_probe(&seen, now_ms, err);
}
