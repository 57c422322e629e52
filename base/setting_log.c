/* SPDX-License-Identifier: Apache-2.0 */
#include "base/setting_log.h"

#include <stddef.h>
#include <unistd.h>

#include "base/log.h"

const char *const setting_log_levels[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn",    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug", [LOG_DEBUG + 1] = NULL,
};

const char *const setting_log_formats[] = {
    [SETTING_LOG_AUTO] = "auto",
    [SETTING_LOG_JSON] = "json",
    [SETTING_LOG_TEXT] = "text",
    [SETTING_LOG_TEXT + 1] = NULL,
};

void setting_log_apply(unsigned int level, unsigned int format)
{
    const _Bool is_json =
        format == SETTING_LOG_JSON || (format == SETTING_LOG_AUTO && isatty(STDERR_FILENO) == 0);

    log_set((enum log_level)level, is_json);
}
