/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/settling.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void settling_clear(struct settling *settling)
{
    free(settling->authority);
    *settling = (struct settling){.authority = NULL};
}

void settling_look(struct settling *settling,
                   const struct certificate_names *names,
                   const json_t *registration,
                   const char *authority,
                   uint64_t now_ms)
{
    const bool is_trusted = registration != NULL && authority != NULL &&
                            certificate_objects_trusts(names, registration, authority);

    if (is_trusted && settling->authority != NULL && strcmp(settling->authority, authority) == 0) {
        return;
    }
    settling_clear(settling);
    if (is_trusted) {
        settling->authority = strdup(authority); /* without memory it is looked at again */
        settling->since_ms = now_ms;
    }
}

uint64_t settling_rest_ms(const struct settling *settling, unsigned int settle_ms, uint64_t now_ms)
{
    uint64_t passed_ms;

    if (settling->authority == NULL) {
        return UINT64_MAX;
    }
    passed_ms = now_ms - settling->since_ms;
    return passed_ms < settle_ms ? settle_ms - passed_ms : 0;
}
