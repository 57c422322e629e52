/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The standard metrics of a process
 *
 * process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
 * process_start_time_seconds, process_open_fds and process_max_fds, under the names that all
 * dashboards know. What cannot be read, or is unlimited, is left out.
 */

#include "base/buf.h"

/* Append what /proc says of this process. */
void process_write(struct buf *out) __attribute__((nonnull));

/* The same with the folder to look into instead of "/proc". The limit of descriptors is always
 * this process's own: the system tells it without a file. */
void process_write_from(const char *proc, struct buf *out) __attribute__((nonnull));
