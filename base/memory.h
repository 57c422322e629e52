/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory that is given back
 *
 * What is freed stays with the C library until it is asked for it, and the pages of code and
 * constants that only the start of a program needed stay mapped as long as it runs, for nothing.
 */

/*
 * Keep in each of the C library's heaps up to @bytes of what was freed at its end, for who asks
 * next, and take what is smaller than that from a heap. By itself the C library returns what is
 * large to the system each time, and next time meets new pages one by one. Before the first thread.
 */
void memory_keep(int bytes);

/* Return to the system what was freed. */
void memory_trim(void);

/*
 * The same, and unmap the pages of code and constants of the program and its libraries. The next
 * use of one maps it again, with its neighbours, from the page cache: a microsecond, once. To be
 * called when a program that stays has started; breakpoints that a debugger set before are gone.
 * Thread-safe.
 */
void memory_settle(void);
