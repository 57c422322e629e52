/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/argo.h"

#include <string.h>

#define DIGITS     "0123456789"
#define DIGITS_MAX 4

/* The number at *@at, which moves behind it; false when there is none. */
static bool read_number(const char **at, unsigned int *out)
{
    size_t len = strspn(*at, DIGITS);

    *out = 0;
    if (len == 0 || len > DIGITS_MAX || (len > 1 && **at == '0')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        *out = 10 * *out + (unsigned int)((*at)[i] - '0');
    }
    *at += len;
    return true;
}

static bool read_version(const char *text, struct policy_argo_version *out)
{
    const char *at = text[0] == 'v' ? text + 1 : text;

    return read_number(&at, &out->major) && *at++ == '.' && read_number(&at, &out->minor) &&
           *at++ == '.' && read_number(&at, &out->patch) && *at == '\0';
}

int argo_version_check(const char *text, struct err *err)
{
    struct policy_argo_version version;

    if (!read_version(text, &version)) {
        return err_set(err, ERR_INVALID,
                       "'%.40s' is not a version of Argo Workflows; expected e.g. 'v3.7.7'", text);
    }
    return 0;
}

struct policy_argo_version argo_version_parse(const char *text)
{
    struct policy_argo_version version = {0};

    (void)read_version(text, &version); /* it was checked */
    return version;
}

static bool merges_by_type(struct policy_argo_version version)
{
    if (version.major != 3) {
        return version.major > 3;
    }
    if (version.minor == 6) {
        return version.patch >= 16;
    }
    return version.minor > 7 || (version.minor == 7 && version.patch >= 7);
}

const char *argo_defaults_obstacle(const struct policy_argo *argo)
{
    if (argo->template_referencing != POLICY_REFERENCING_NONE) {
        return "argo.templateReferencing allows no volumes in templateDefaults";
    }
    if (argo->version_text == NULL) {
        return "argo.version does not say that templateDefaults are safe (v3.6.16, v3.7.7, v4.0.0)";
    }
    if (!merges_by_type(argo->version)) {
        return "templateDefaults are unsafe before Argo v3.6.16, v3.7.7 and v4.0.0";
    }
    return NULL;
}
