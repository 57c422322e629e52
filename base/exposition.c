/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exposition.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A sign, a whole, a point and a part, each as long as a 64-bit number can be. */
#define NUMBER_SIZE 48

/* Append @text with a backslash before each character of @special, and "\n" for a newline. */
static void add_escaped(struct buf *out, const char *text, const char *special)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, special);
        buf_add(out, text, plain);
        text += plain;
        if (*text != '\0') {
            buf_add_char(out, '\\');
            buf_add(out, *text == '\n' ? "n" : text, 1);
            text++;
        }
    }
}

static void add_label(struct buf *out, const char *name, const char *value)
{
    buf_add_text(out, name);
    buf_add_text(out, "=\"");
    add_escaped(out, value, "\\\"\n");
    buf_add_char(out, '"');
}

static void add_labels(struct buf *out, const struct exposition_label *labels)
{
    if (labels == NULL || labels->name == NULL) {
        return;
    }
    for (size_t i = 0; labels[i].name != NULL; i++) {
        buf_add_char(out, i == 0 ? '{' : ',');
        add_label(out, labels[i].name, labels[i].value);
    }
    buf_add_char(out, '}');
}

/* Without zeros at the end: 1500000 with 6 decimals is "1.5". */
static void number_text(int64_t value, unsigned int decimals, char out[static NUMBER_SIZE])
{
    const uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t parts = 1; /* of one whole */
    uint64_t whole;
    uint64_t part;

    assert(decimals <= EXPOSITION_DECIMALS_MAX);
    for (unsigned int i = 0; i < decimals; i++) {
        parts *= 10;
    }
    whole = magnitude / parts;
    part = magnitude % parts;
    while (decimals > 0 && part % 10 == 0) {
        part /= 10;
        decimals--;
    }
    if (decimals == 0) {
        (void)snprintf(out, NUMBER_SIZE, "%s%" PRIu64, value < 0 ? "-" : "", whole);
    } else {
        (void)snprintf(out, NUMBER_SIZE, "%s%" PRIu64 ".%0*" PRIu64, value < 0 ? "-" : "", whole,
                       (int)decimals, part);
    }
}

void exposition_family(struct buf *out,
                       const char *name,
                       enum exposition_type type,
                       const char *help)
{
    static const char *const types[] = {
        [EXPOSITION_COUNTER] = "counter",
        [EXPOSITION_GAUGE] = "gauge",
        [EXPOSITION_HISTOGRAM] = "histogram",
    };

    buf_printf(out, "# HELP %s ", name);
    add_escaped(out, help, "\\\n");
    buf_printf(out, "\n# TYPE %s %s\n", name, types[type]);
}

void exposition_sample(struct buf *out,
                       const char *name,
                       const struct exposition_label *labels,
                       int64_t value)
{
    exposition_decimal(out, name, labels, value, 0);
}

void exposition_decimal(struct buf *out,
                        const char *name,
                        const struct exposition_label *labels,
                        int64_t value,
                        unsigned int decimals)
{
    char number[NUMBER_SIZE];

    number_text(value, decimals, number);
    buf_add_text(out, name);
    add_labels(out, labels);
    buf_printf(out, " %s\n", number);
}

void exposition_histogram(struct buf *out,
                          const char *name,
                          const struct exposition_histogram *histogram)
{
    char number[NUMBER_SIZE];
    int64_t count = 0;

    for (size_t i = 0; i < histogram->n_bounds; i++) {
        count += histogram->counts[i];
        number_text(histogram->bounds[i], histogram->decimals, number);
        buf_printf(out, "%s_bucket{le=\"%s\"} %" PRId64 "\n", name, number, count);
    }
    count += histogram->counts[histogram->n_bounds];
    number_text(histogram->sum, histogram->decimals, number);
    buf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", name, count);
    buf_printf(out, "%s_sum %s\n", name, number);
    buf_printf(out, "%s_count %" PRId64 "\n", name, count);
}
