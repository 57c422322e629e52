/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The calls that slowfs answers, as fuse_lowlevel.h describes them. Each of these puts some of them
 * into the table.
 */

struct fuse_lowlevel_ops;

void call_names(struct fuse_lowlevel_ops *calls) __attribute__((nonnull));
void call_dirs(struct fuse_lowlevel_ops *calls) __attribute__((nonnull));
void call_attributes(struct fuse_lowlevel_ops *calls) __attribute__((nonnull));
void call_content(struct fuse_lowlevel_ops *calls) __attribute__((nonnull));
