/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/status_leader.h"

#include "base/age.h"
#include "base/console.h"
#include "base/json.h"
#include "deploy/kube/kube_time.h"

/* Append how long ago the member is, or "?". */
static void add_age(struct buf *out, const json_t *object, const char *key, long long now_s)
{
    long long s;

    if (kube_time_read(json_text_of(object, key), &s)) {
        age_write(now_s - s, out);
    } else {
        buf_add_char(out, '?');
    }
}

static const json_t *spec_of(const json_t *lease)
{
    return json_object_get(lease, "spec");
}

/* How long its holder is silent beyond what can be the clocks; 0: it leads, or nobody knows. */
static long long silence_s(const json_t *lease, long long now_s)
{
    const json_int_t duration_s =
        json_integer_value(json_object_get(spec_of(lease), "leaseDurationSeconds"));
    long long renewed_s;

    if (!kube_time_read(json_text_of(spec_of(lease), "renewTime"), &renewed_s)) {
        return 0;
    }
    return now_s - renewed_s - STATUS_LEADER_SKEW_S > duration_s ? now_s - renewed_s : 0;
}

bool status_leader_is_there(const json_t *lease, long long now_s)
{
    return json_text_of(spec_of(lease), "holderIdentity")[0] != '\0' &&
           silence_s(lease, now_s) == 0;
}

void status_leader_write(const json_t *lease, long long now_s, struct buf *out)
{
    const json_t *spec = spec_of(lease);
    const char *holder = json_text_of(spec, "holderIdentity");
    const long long silent_s = silence_s(lease, now_s);

    if (silent_s > 0) {
        buf_add_text(out, "WARNING: no controller has renewed its lease for ");
        age_write(silent_s, out);
        buf_add_text(out, "; this is how things were then\n");
    } else if (holder[0] == '\0') {
        buf_add_text(out, "WARNING: no controller leads; this is how things were when one did\n");
    }
    if (holder[0] != '\0') {
        buf_add_text(out, "LEADER  ");
        console_add_clean(out, holder);
        buf_add_text(out, ", since ");
        add_age(out, spec, "acquireTime", now_s);
        buf_add_text(out, ", renewed ");
        add_age(out, spec, "renewTime", now_s);
        buf_add_text(out, " ago\n");
    }
}
