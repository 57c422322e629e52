/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/lease_record.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "deploy/kube/kube_time.h"

/* client-go gives a Lease up with the shortest duration, so that no candidate waits for it. */
#define GIVEN_UP_S 1

static const json_t *spec_of(const json_t *object)
{
    return json_object_get(object, "spec");
}

const char *lease_record_holder(const json_t *object)
{
    return json_text_of(spec_of(object), "holderIdentity");
}

static uint64_t duration_ms(const json_t *object)
{
    const json_int_t s =
        json_integer_value(json_object_get(spec_of(object), "leaseDurationSeconds"));

    return s > 0 ? (uint64_t)s * 1000 : 0;
}

enum lease_move lease_record_look(struct lease_sight *sight,
                                  const json_t *object,
                                  const char *identity,
                                  uint64_t now_ms)
{
    const char *version = json_text_of(json_object_get(object, "metadata"), "resourceVersion");
    const char *holder = lease_record_holder(object);

    if (strcmp(version, sight->version) != 0) {
        (void)snprintf(sight->version, sizeof(sight->version), "%s", version);
        sight->seen_ms = now_ms;
    }
    if (holder[0] == '\0') {
        return LEASE_TAKE;
    }
    if (strcmp(holder, identity) == 0) {
        return LEASE_RENEW;
    }
    return now_ms - sight->seen_ms >= duration_ms(object) ? LEASE_TAKE : LEASE_WAIT;
}

/* Set what a holder writes. Whether it all found room. */
static bool set_spec(json_t *spec, const struct lease_claim *claim)
{
    const bool is_given_up = claim->identity[0] == '\0';
    const bool is_ours = strcmp(json_text_of(spec, "holderIdentity"), claim->identity) == 0;
    const json_int_t transitions = json_integer_value(json_object_get(spec, "leaseTransitions"));
    char now[KUBE_TIME_SIZE];

    kube_time_write_micro(claim->now_us, now);
    if (!is_ours && !is_given_up &&
        (json_object_set_new(spec, "acquireTime", json_string(now)) < 0 ||
         json_object_set_new(spec, "leaseTransitions", json_integer(transitions + 1)) < 0)) {
        return false;
    }
    return json_object_set_new(spec, "holderIdentity", json_string(claim->identity)) == 0 &&
           json_object_set_new(spec, "renewTime", json_string(now)) == 0 &&
           json_object_set_new(
               spec, "leaseDurationSeconds",
               json_integer(is_given_up ? GIVEN_UP_S : (json_int_t)claim->duration_s)) == 0;
}

json_t *lease_record_claim(const json_t *object, const struct lease_claim *claim)
{
    json_auto_t *made =
        object != NULL
            ? json_deep_copy(object)
            : json_pack("{s:s, s:s, s:{s:s, s:s}}", "apiVersion", "coordination.k8s.io/v1", "kind",
                        "Lease", "metadata", "namespace", claim->namespace_, "name", claim->name);
    json_t *spec = json_object_get(made, "spec");

    if (made == NULL) {
        return NULL;
    }
    if (!json_is_object(spec)) {
        spec = json_object();
        if (json_object_set_new(made, "spec", spec) < 0) {
            return NULL;
        }
    }
    return set_spec(spec, claim) ? json_incref(made) : NULL;
}
