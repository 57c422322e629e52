/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The configuration file
 *
 * The part of settings.c that knows YAML, split off to keep both readable. Only settings.c calls
 * this.
 */

#include <stddef.h>

#include "base/setting.h"
#include "webhook/server/settings.h"

#define SETTINGS_FILE_BYTES_MAX ((size_t)64 * 1024) /* some fifty times what all settings need */

/*
 * Read the file @path and put what it says into @out, by the table @settings of @n rows; what it
 * does not say stays as it is. Texts and names are in @arena.
 *
 * Errors: those of settings_read() for a file.
 */
int settings_file_read(const char *path,
                       const struct setting *settings,
                       size_t n,
                       struct arena *arena,
                       struct settings *out,
                       struct err *err) __attribute__((nonnull, warn_unused_result));
