/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/consistency.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/quantity.h"
#include "policies/amount.h"
#include "policies/mount_path.h"
#include "policies/names.h"
#include "policies/override.h"

static int
check_selector(const struct source *source, const struct policy_selector *selector, struct err *err)
{
    for (size_t i = 0; i < selector->match_expressions.n; i++) {
        const struct policy_requirement *requirement = &selector->match_expressions.items[i];
        bool wants_values = requirement->operator== POLICY_SELECTOR_IN || requirement->operator==
                            POLICY_SELECTOR_NOT_IN;
        if (wants_values == (requirement->values.n > 0)) {
            continue;
        }
        err_set(err, ERR_INVALID,
                wants_values ? "operators In and NotIn expect 'values', found none"
                             : "operators Exists and DoesNotExist expect no 'values'");
        return source_locate(source, false, err, "/spec/match/selector/matchExpressions/%zu", i);
    }
    return 0;
}

static int check_volume_pair(const struct source *source,
                             const struct volume_policy *policy,
                             size_t first,
                             size_t second,
                             struct err *err)
{
    const struct policy_volume *a = &policy->volumes.items[first];
    const struct policy_volume *b = &policy->volumes.items[second];

    if (strcmp(a->name, b->name) == 0) {
        err_set(err, ERR_INVALID, "volume '%s' stands twice; expected another name", b->name);
        return source_locate(source, false, err, "/spec/volumes/%zu/name", second);
    }
    if (strcmp(a->mount_path, b->mount_path) == 0) {
        err_set(err, ERR_INVALID, "volume '%s' is mounted at '%.100s' already", a->name,
                a->mount_path);
        return source_locate(source, false, err, "/spec/volumes/%zu/mountPath", second);
    }
    return 0;
}

static int
check_volumes(const struct source *source, const struct volume_policy *policy, struct err *err)
{
    for (size_t second = 1; second < policy->volumes.n; second++) {
        for (size_t first = 0; first < second; first++) {
            if (check_volume_pair(source, policy, first, second, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int refuse_volume(const struct volume_policy *policy, const char *name, struct err *err)
{
    CLEANUP(buf_clear) struct buf names = BUF_INIT(ERR_MSG_SIZE / 2);

    for (size_t i = 0; i < policy->volumes.n; i++) {
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", policy->volumes.items[i].name);
    }
    return err_set(err, ERR_INVALID, "'%s' is not a volume of this policy; expected one of %s",
                   name, buf_text(&names));
}

/* Copy number @index against the volumes: it reads from one and hides none. */
static int check_copy(const struct source *source,
                      const struct volume_policy *policy,
                      size_t index,
                      struct err *err)
{
    const struct policy_copy *copy = &policy->copies.items[index];
    const struct policy_volume *from = policy_find_volume(policy, copy->from_volume);

    if (from == NULL) {
        refuse_volume(policy, copy->from_volume, err);
        return source_locate(source, false, err, "/spec/copies/%zu/from/volume", index);
    }
    if (copy->copy_back != NULL && from->read_only) {
        err_set(err, ERR_INVALID,
                "volume '%s' is readOnly: nothing can be copied back; expected another volume, or "
                "no copyBack",
                from->name);
        return source_locate(source, true, err, "/spec/copies/%zu/copyBack", index);
    }
    for (size_t i = 0; i < policy->volumes.n; i++) {
        const struct policy_volume *volume = &policy->volumes.items[i];
        if (mount_path_relate(copy->to, volume->mount_path) != MOUNT_PATH_APART) {
            err_set(err, ERR_INVALID,
                    "'%.100s' overlaps with '%.100s', where volume '%s' is mounted; expected a "
                    "path apart from it",
                    copy->to, volume->mount_path, volume->name);
            return source_locate(source, false, err, "/spec/copies/%zu/to", index);
        }
    }
    return 0;
}

static int check_copy_pair(const struct source *source,
                           const struct volume_policy *policy,
                           size_t first,
                           size_t second,
                           struct err *err)
{
    const struct policy_copy *a = &policy->copies.items[first];
    const struct policy_copy *b = &policy->copies.items[second];

    if (strcmp(a->name, b->name) == 0) {
        err_set(err, ERR_INVALID, "copy '%s' stands twice; expected another name", b->name);
        return source_locate(source, false, err, "/spec/copies/%zu/name", second);
    }
    if (mount_path_relate(a->to, b->to) != MOUNT_PATH_APART) {
        err_set(err, ERR_INVALID,
                "'%.100s' overlaps with '%.100s', the target of copy '%s'; expected a path apart "
                "from it",
                b->to, a->to, a->name);
        return source_locate(source, false, err, "/spec/copies/%zu/to", second);
    }
    return 0;
}

static int
check_copies(const struct source *source, const struct volume_policy *policy, struct err *err)
{
    for (size_t second = 0; second < policy->copies.n; second++) {
        if (check_copy(source, policy, second, err) < 0) {
            return -1;
        }
        for (size_t first = 0; first < second; first++) {
            if (check_copy_pair(source, policy, first, second, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* An annotation's key ends in "VOLUME.FIELD", which Kubernetes limits as it does other names. */
static int check_override_keys(const struct policy_override *override, struct err *err)
{
    static const enum policy_override_field fields[] = {
        POLICY_OVERRIDE_SIZE, POLICY_OVERRIDE_MOUNT_PATH, POLICY_OVERRIDE_STORAGE_CLASS};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *name = policy_override_name(fields[i]);
        if ((override->fields & (unsigned int)fields[i]) != 0 &&
            strlen(override->volume) + 1 + strlen(name) > NAMES_LABEL_MAX) {
            return err_set(err, ERR_INVALID,
                           "annotation 'hawser.dev/%s.%s' would be longer than Kubernetes allows; "
                           "expected a shorter name of the volume",
                           override->volume, name);
        }
    }
    return 0;
}

/* What an override may say of a volume's size. */
static int check_override_size(const struct policy_override *override,
                               const struct policy_volume *volume,
                               struct err *err)
{
    struct quantity size;
    struct quantity most;

    if (override->max_size == NULL) {
        return 0;
    }
    if ((override->fields & POLICY_OVERRIDE_SIZE) == 0) {
        return err_set(err, ERR_INVALID, "maxSize bounds nothing: expected 'size' in fields");
    }
    assert(volume->transient != NULL); /* or its size could not be overridden */
    if (quantity_parse(volume->transient->size, &size, err) < 0 ||
        quantity_parse(override->max_size, &most, err) < 0) {
        return -1;
    }
    if (quantity_compare(size, most) > 0) {
        return err_set(err, ERR_INVALID, "'%s' is less than the volume's own size of '%s'",
                       override->max_size, volume->transient->size);
    }
    return 0;
}

static int check_override(const struct source *source,
                          const struct volume_policy *policy,
                          size_t index,
                          struct err *err)
{
    const struct policy_override *override = &policy->overrides.items[index];
    const struct policy_volume *volume = policy_find_volume(policy, override->volume);
    const unsigned int of_claims = POLICY_OVERRIDE_SIZE | POLICY_OVERRIDE_STORAGE_CLASS;

    if (volume == NULL) {
        refuse_volume(policy, override->volume, err);
        return source_locate(source, false, err, "/spec/overrides/%zu/volume", index);
    }
    if (policy_find_override(policy, override->volume) != override) {
        err_set(err, ERR_INVALID, "volume '%s' stands twice; expected one override with all fields",
                override->volume);
        return source_locate(source, false, err, "/spec/overrides/%zu/volume", index);
    }
    if (volume->transient == NULL && (override->fields & of_claims) != 0) {
        err_set(err, ERR_INVALID,
                "volume '%s' is persistent and shared: only its mountPath can be overridden",
                override->volume);
        return source_locate(source, false, err, "/spec/overrides/%zu/fields", index);
    }
    if (check_override_keys(override, err) < 0) {
        return source_locate(source, false, err, "/spec/overrides/%zu/volume", index);
    }
    if (check_override_size(override, volume, err) < 0) {
        return source_locate(source, false, err, "/spec/overrides/%zu/maxSize", index);
    }
    return 0;
}

int consistency_check(const struct source *source,
                      const struct volume_policy *policy,
                      struct err *err)
{
    if (check_selector(source, &policy->match.selector, err) < 0 ||
        check_volumes(source, policy, err) < 0 || check_copies(source, policy, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < policy->overrides.n; i++) {
        if (check_override(source, policy, i, err) < 0) {
            return -1;
        }
    }
    return amount_check_resources(source, "/spec/copier/resources", policy->copier.resources, err);
}
