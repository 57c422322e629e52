/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory that is given back
 *
 * What is freed stays with the C library until it is asked for it, and the pages of code and
 * constants that only the start of a program needed stay mapped as long as it runs, for nothing.
 */

/* Return to the system what was freed. */
void memory_trim(void);

/*
 * The same, and unmap the pages of code and constants of the program and its libraries. The next
 * use of one maps it again, with its neighbours, from the page cache: a microsecond, once. To be
 * called when a program that stays has started. Thread-safe.
 */
void memory_settle(void);
