/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How many processors there are for us
 */

/*
 * The number of processors that this process may use at once: those of its affinity mask, or fewer
 * where a control group grants it less time (cpu.max of cgroup v2, cpu.cfs_quota_us of v1, of its
 * own group and of those around it; a part counts as one). At least 1; what cannot be read does not
 * limit.
 */
unsigned int processors_count(void);

/* The same with the folders to look into: @proc is "/proc/self", @cgroups "/sys/fs/cgroup". */
unsigned int processors_count_in(const char *proc, const char *cgroups) __attribute__((nonnull));
