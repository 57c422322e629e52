/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Settings of the log, which every program that logs has
 *
 * The words of --log-level and --log-format, as rows of a table of settings (setting.h) name them,
 * and what they mean to base/log.h.
 */

enum setting_log_format { SETTING_LOG_AUTO, SETTING_LOG_JSON, SETTING_LOG_TEXT };

extern const char *const setting_log_levels[];  /* by enum log_level; NULL at the end */
extern const char *const setting_log_formats[]; /* by enum setting_log_format; NULL at the end */

/* From now on write so. SETTING_LOG_AUTO is text where standard error is a terminal, else JSON. */
void setting_log_apply(unsigned int level, unsigned int format);
