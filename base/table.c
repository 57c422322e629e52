/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <assert.h>
#include <string.h>

#include "base/console.h"

#define GAP 3

void table_clear(struct table *table)
{
    buf_clear(&table->cells);
}

void table_add(struct table *table, const char *text)
{
    console_add_clean(&table->cells, text[0] != '\0' ? text : "-");
    buf_add_char(&table->cells, '\0');
    table->n_cells++;
}

/* Characters, not bytes: those of UTF-8 that do not continue one. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return width;
}

static void measure(const struct table *table, size_t widths[static TABLE_COLUMNS_MAX])
{
    const char *cell = buf_text(&table->cells);

    for (size_t i = 0; i < table->n_cells; i++) {
        size_t *most = &widths[i % table->n_columns];
        const size_t width = width_of(cell);
        *most = width > *most ? width : *most;
        cell += strlen(cell) + 1;
    }
}

void table_write(const struct table *table, struct buf *out)
{
    const char *cell = buf_text(&table->cells);
    size_t widths[TABLE_COLUMNS_MAX] = {0};

    assert(table->n_columns > 0 && table->n_columns <= TABLE_COLUMNS_MAX);
    if (buf_failed(&table->cells)) {
        out->failed = true;
        out->too_big |= table->cells.too_big;
        return;
    }
    measure(table, widths);
    for (size_t i = 0; i < table->n_cells; i++) {
        const size_t column = i % table->n_columns;
        const bool is_last = column + 1 == table->n_columns || i + 1 == table->n_cells;
        buf_add_text(out, cell);
        if (is_last) {
            buf_add_char(out, '\n');
        } else {
            buf_printf(out, "%*s", (int)(widths[column] - width_of(cell) + GAP), "");
        }
        cell += strlen(cell) + 1;
    }
}
