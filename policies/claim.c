/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/claim.h"

#include <string.h>

#include "policies/amount.h"
#include "policies/names.h"

/* Not ReadWriteOncePod: a volume for one pod alone is not what anybody needs hawser for. */
static int check_mode(const char *text, struct err *err)
{
    static const char *const modes[] = {"ReadWriteMany", "ReadWriteOnce", "ReadOnlyMany"};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(modes[i], text) == 0) {
            return 0;
        }
    }
    return err_set(err, ERR_INVALID,
                   "'%.40s' is unknown; accepted: ReadWriteMany, ReadWriteOnce, ReadOnlyMany",
                   text);
}

const struct decode_field claim_fields[] = {
    {"storageClassName", DECODE_TEXT, offsetof(struct policy_claim, storage_class_name),
     .required = true, .check = names_check_subdomain},
    {"size", DECODE_TEXT, offsetof(struct policy_claim, size), .required = true,
     .max = AMOUNT_TEXT_MAX, .check = amount_check_size},
    {"accessModes", DECODE_TEXTS, offsetof(struct policy_claim, access_modes), .min = 1,
     .check = check_mode},
    {.name = NULL},
};

const struct decode_field claim_transient_fields[] = {
    {"storageClassName", DECODE_TEXT, offsetof(struct policy_transient, storage_class_name),
     .required = true, .check = names_check_subdomain},
    {"size", DECODE_TEXT, offsetof(struct policy_transient, size), .required = true,
     .max = AMOUNT_TEXT_MAX, .check = amount_check_size},
    {"accessModes", DECODE_TEXTS, offsetof(struct policy_transient, access_modes), .min = 1,
     .check = check_mode},
    {.name = NULL},
};

int claim_default_mode(struct text_list *modes,
                       const char *mode,
                       struct arena *arena,
                       struct err *err)
{
    const char **added;

    if (modes->n > 0) {
        return 0;
    }
    added = LIST_ADD(arena, modes);
    if (added == NULL) {
        return err_no_memory(err);
    }
    *added = mode;
    return 0;
}
