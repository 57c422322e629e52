/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define US_PER_S 1000000

/* Write the date and the time of day; returns their length. */
static size_t write_seconds(long long time_s, char out[static KUBE_TIME_SIZE])
{
    const time_t time = (time_t)time_s;
    struct tm utc = {0};

    (void)gmtime_r(&time, &utc);
    return strftime(out, KUBE_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
}

void kube_time_write(long long time_s, char out[static KUBE_TIME_SIZE])
{
    const size_t len = write_seconds(time_s, out);

    (void)snprintf(out + len, KUBE_TIME_SIZE - len, "Z");
}

void kube_time_write_micro(long long time_us, char out[static KUBE_TIME_SIZE])
{
    const size_t len = write_seconds(time_us / US_PER_S, out);

    (void)snprintf(out + len, KUBE_TIME_SIZE - len, ".%06lldZ", time_us % US_PER_S);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Read what stands at *@at as @pattern has it: 'd' is a digit of the numbers, which any other
 * character ends; everything else is itself. */
static bool read_pattern(const char **at, const char *pattern, int *numbers)
{
    for (; *pattern != '\0'; pattern++, (*at)++) {
        if (*pattern == 'd' && is_digit(**at)) {
            *numbers = *numbers * 10 + (**at - '0');
        } else if (*pattern != 'd' && **at == *pattern) {
            numbers++;
        } else {
            return false;
        }
    }
    return true;
}

/* "Z", or "+01:30" as the seconds that local time is ahead of UTC; nothing may follow. */
static bool read_offset(const char *at, long long *out_s)
{
    const int sign = *at == '-' ? -1 : 1;
    int numbers[2] = {0};

    if (strcmp(at, "Z") == 0) {
        *out_s = 0;
        return true;
    }
    if (*at != '+' && *at != '-') {
        return false;
    }
    at++;
    if (!read_pattern(&at, "dd:dd", numbers) || *at != '\0' || numbers[0] > 23 || numbers[1] > 59) {
        return false;
    }
    *out_s = sign * (numbers[0] * 3600LL + numbers[1] * 60LL);
    return true;
}

static bool skip_fraction(const char **at)
{
    if (**at != '.') {
        return true;
    }
    (*at)++;
    if (!is_digit(**at)) {
        return false;
    }
    while (is_digit(**at)) {
        (*at)++;
    }
    return true;
}

bool kube_time_read(const char *text, long long *out_s)
{
    int numbers[6] = {0};
    struct tm utc = {0};
    struct tm settled;
    long long offset_s = 0;
    time_t time;

    if (!read_pattern(&text, "dddd-dd-ddTdd:dd:dd", numbers) || !skip_fraction(&text) ||
        !read_offset(text, &offset_s)) {
        return false;
    }
    utc = (struct tm){
        .tm_year = numbers[0] - 1900,
        .tm_mon = numbers[1] - 1,
        .tm_mday = numbers[2],
        .tm_hour = numbers[3],
        .tm_min = numbers[4],
        .tm_sec = numbers[5],
    };
    settled = utc;
    time = timegm(&settled); /* which carries over what a month or a day does not have */
    if (settled.tm_mon != utc.tm_mon || settled.tm_mday != utc.tm_mday ||
        settled.tm_hour != utc.tm_hour || settled.tm_min != utc.tm_min ||
        settled.tm_sec != utc.tm_sec) {
        return false;
    }
    *out_s = (long long)time - offset_s;
    return true;
}
