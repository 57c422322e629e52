/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One entry of a directory that is no directory
 *
 * A regular file is written under a temporary name, given what meta.h says, and renamed; a large
 * one by all threads that have nothing better to do, a range each. One that changes meanwhile is
 * copied again, FILE_TRIES times in all. What others change on a server in the moment in which a
 * small file is read may be for the next copy: to ask whether it did is a round trip for each file.
 * What is at the destination already, and has the same content, stays, and gets the mode, owner and
 * attributes that it lacks.
 *
 * A symbolic link is copied as it is and never followed, so a loop of links is nothing special, and
 * one that leads out of the tree leads to the same path as before. Devices, sockets and FIFOs are
 * left out, as is what vanished since its directory was read. What became something else since then
 * is a failure: the next copy takes it as what it is.
 */

#include "deploy/copier/dir.h"
#include "deploy/copier/work.h"

#define FILE_TRIES 3

/* What a thread copies of a large file before it looks for the next range; twice that is large. */
#define FILE_RANGE ((off_t)16 * 1024 * 1024)

/* Copy the regular file @name of @dir, or begin to. @dir is held until it is done. */
void file_copy(struct dir *dir, const char *name, struct work_thread *thread)
    __attribute__((nonnull));

/* Copy the symbolic link @name of @dir. */
void file_copy_link(struct dir *dir, const char *name) __attribute__((nonnull));
