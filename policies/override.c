/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/override.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/quantity.h"
#include "policies/amount.h"
#include "policies/mount_path.h"
#include "policies/names.h"

static const enum policy_override_field fields[] = {
    POLICY_OVERRIDE_SIZE,
    POLICY_OVERRIDE_MOUNT_PATH,
    POLICY_OVERRIDE_STORAGE_CLASS,
};

const char *policy_override_name(enum policy_override_field field)
{
    switch (field) {
    case POLICY_OVERRIDE_SIZE:
        return "size";
    case POLICY_OVERRIDE_MOUNT_PATH:
        return "mount-path";
    case POLICY_OVERRIDE_STORAGE_CLASS:
        return "storage-class";
    }
    return "";
}

static int refuse_field(const struct policy_volume *volume,
                        const struct policy_override *allowed,
                        enum policy_override_field field,
                        struct err *err)
{
    CLEANUP(buf_clear) struct buf names = BUF_INIT(ERR_MSG_SIZE / 2);

    for (size_t i = 0; allowed != NULL && i < sizeof(fields) / sizeof(fields[0]); i++) {
        if ((allowed->fields & (unsigned int)fields[i]) != 0) {
            buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", policy_override_name(fields[i]));
        }
    }
    return err_set(err, ERR_INVALID, "%s of volume '%s' may not be changed; accepted: %s",
                   policy_override_name(field), volume->name,
                   names.len > 0 ? buf_text(&names) : "nothing");
}

static int check_size(const struct policy_override *allowed, const char *value, struct err *err)
{
    struct quantity size;
    struct quantity most;

    if (strlen(value) > AMOUNT_TEXT_MAX) {
        return err_set(err, ERR_INVALID, "'%.40s...' is not a quantity; expected e.g. '10Gi'",
                       value);
    }
    if (amount_check_size(value, err) < 0) {
        return -1;
    }
    if (allowed->max_size == NULL) {
        return 0;
    }
    if (quantity_parse(value, &size, err) < 0 ||
        quantity_parse(allowed->max_size, &most, err) < 0) {
        return -1;
    }
    if (quantity_compare(size, most) > 0) {
        return err_set(err, ERR_INVALID, "'%s' is too large; accepted: at most %s", value,
                       allowed->max_size);
    }
    return 0;
}

static int set_mount_path(struct policy_volume *volume,
                          const char *value,
                          struct arena *arena,
                          struct err *err)
{
    char normal[MOUNT_PATH_MAX];
    const char *path = NULL;

    if (mount_path_check(value, err) < 0) {
        return -1;
    }
    if (mount_path_normalize(value, normal)) { /* always: it was checked */
        path = arena_strndup(arena, normal, strlen(normal));
    }
    if (path == NULL) {
        return err_no_memory(err);
    }
    volume->mount_path = path;
    return 0;
}

/* Give @volume a claim of its own that differs from the policy's in one text. */
static int set_claim(struct policy_volume *volume,
                     enum policy_override_field field,
                     const char *value,
                     struct arena *arena,
                     struct err *err)
{
    struct policy_transient *claim = arena_alloc(arena, sizeof(*claim));
    const char *text = arena_strndup(arena, value, strlen(value));

    if (claim == NULL || text == NULL) {
        return err_no_memory(err);
    }
    *claim = *volume->transient;
    if (field == POLICY_OVERRIDE_SIZE) {
        claim->size = text;
    } else {
        claim->storage_class_name = text;
    }
    volume->transient = claim;
    return 0;
}

int policy_override_apply(struct policy_volume *volume,
                          const struct policy_override *allowed,
                          enum policy_override_field field,
                          const char *value,
                          struct arena *arena,
                          struct err *err)
{
    if (allowed == NULL || (allowed->fields & (unsigned int)field) == 0) {
        return refuse_field(volume, allowed, field, err);
    }
    if (field == POLICY_OVERRIDE_MOUNT_PATH) {
        return set_mount_path(volume, value, arena, err);
    }
    if ((field == POLICY_OVERRIDE_SIZE ? check_size(allowed, value, err)
                                       : names_check_subdomain(value, err)) < 0) {
        return -1;
    }
    return set_claim(volume, field, value, arena, err);
}
