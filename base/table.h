/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tables for people, as kubectl prints them
 *
 * Columns as wide as their widest cell, three spaces between them. Cells are foreign text: what a
 * terminal would obey shows as '?'. It never fails by itself: the buffers do.
 *
 *     CLEANUP(table_clear) struct table table = TABLE_INIT(2);
 *     table_add(&table, "NAME");
 *     table_add(&table, "AGE");
 *     ...
 *     table_write(&table, &out);
 */

#include "base/buf.h"

#define TABLE_COLUMNS_MAX 8
#define TABLE_CELLS_MAX   ((size_t)16 * 1024 * 1024) /* bytes: far more than anybody reads */

struct table {
    size_t n_columns;
    size_t n_cells;
    struct buf cells; /* each ended by a NUL */
};

/* A table of @columns columns, TABLE_COLUMNS_MAX at most; release with table_clear(). */
#define TABLE_INIT(columns) \
    ((struct table){.n_columns = (columns), .cells = BUF_INIT(TABLE_CELLS_MAX)})

void table_clear(struct table *table) __attribute__((nonnull));

/* The next cell, row by row. "" shows as "-". */
void table_add(struct table *table, const char *text) __attribute__((nonnull));

/* Append all rows; a row that is not full ends early. When the table has failed, so does @out. */
void table_write(const struct table *table, struct buf *out) __attribute__((nonnull));

static inline void table_clear_p(struct table *table)
{
    table_clear(table);
}
