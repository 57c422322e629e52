/* SPDX-License-Identifier: Apache-2.0 */
#include "base/age.h"

#include <stddef.h>

#define MINUTE_S 60
#define HOUR_S   (60LL * MINUTE_S)
#define DAY_S    (24 * HOUR_S)
#define YEAR_S   (365 * DAY_S)

void age_write(long long s, struct buf *out)
{
    /* Up to `below_s` an age is told in `unit_s`, and in `rest_s` what is left of it. */
    static const struct {
        long long below_s;
        long long unit_s;
        const char *unit;
        long long rest_s; /* 0: that is not told */
        const char *rest;
    } rows[] = {
        {2LL * MINUTE_S, 1, "s", 0, ""},    {10LL * MINUTE_S, MINUTE_S, "m", 1, "s"},
        {3 * HOUR_S, MINUTE_S, "m", 0, ""}, {8 * HOUR_S, HOUR_S, "h", MINUTE_S, "m"},
        {2 * DAY_S, HOUR_S, "h", 0, ""},    {8 * DAY_S, DAY_S, "d", HOUR_S, "h"},
        {2 * YEAR_S, DAY_S, "d", 0, ""},    {8 * YEAR_S, YEAR_S, "y", DAY_S, "d"},
    };
    const size_t n = sizeof(rows) / sizeof(rows[0]);
    size_t i = 0;
    long long rest;

    s = s < 0 ? 0 : s;
    while (i < n && s >= rows[i].below_s) {
        i++;
    }
    if (i == n) {
        buf_printf(out, "%lldy", s / YEAR_S);
        return;
    }
    buf_printf(out, "%lld%s", s / rows[i].unit_s, rows[i].unit);
    rest = rows[i].rest_s != 0 ? s % rows[i].unit_s / rows[i].rest_s : 0;
    if (rest > 0) {
        buf_printf(out, "%lld%s", rest, rows[i].rest);
    }
}
