/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Trees that tests make and compare
 *
 * For use in a folder of the test's own (tests/folder.h). Paths are relative to it. What cannot be
 * done fails the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "deploy/copier/copy.h"

/* A file of @size bytes, which depend on @seed; with a mode and times of its own. */
void tree_file(const char *path, size_t size, unsigned int seed) __attribute__((nonnull));

/* A file of @size bytes that is a hole, but for a byte each @every of them. */
void tree_sparse(const char *path, off_t size, off_t every) __attribute__((nonnull));

void tree_dir(const char *path, mode_t mode) __attribute__((nonnull));
void tree_symlink(const char *target, const char *path) __attribute__((nonnull));
void tree_link(const char *from, const char *path) __attribute__((nonnull));

/* Give it a time in the past, which a copy keeps only if it is told to. */
void tree_age(const char *path) __attribute__((nonnull));

/* A tree called @path with one of everything. */
void tree_make(const char *path) __attribute__((nonnull));

/* Expect that @copy is all of @tree, and nothing else: types, content, modes, times, targets of
 * links, which names are one file, and that holes are holes. Not the times of the roots. */
void tree_expect_equal(const char *tree, const char *copy) __attribute__((nonnull));

/* copy_run() from @from to @to with @n_threads, alone. */
enum copy_result
tree_copy(const char *from, const char *to, unsigned int n_threads, struct err *err)
    __attribute__((nonnull));

/* Mount a file system of the test's own at the new directory @path. False, and it is said, where
 * there can be none: in a bare chroot, or for who is not root. */
bool tree_mount(const char *path, const char *type, const char *options)
    __attribute__((nonnull(1, 2)));

/* The set-up of a test: a folder of its own, and a log of nothing but errors. */
int tree_enter(void **state) __attribute__((nonnull));

/* A test of cmocka that has it. */
#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, tree_enter, folder_leave)
