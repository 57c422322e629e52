/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"

#include <string.h>

int glob_check(const char *pattern, struct err *err)
{
    const size_t len = strlen(pattern);

    if (len == 0) {
        return err_set(err, ERR_INVALID, "a glob is empty: write \"*\" to match everything");
    }
    if (len > GLOB_MAX) {
        return err_set(err, ERR_INVALID, "glob '%.32s...' has %zu bytes: %d are the most", pattern,
                       len, GLOB_MAX);
    }
    for (const char *c = pattern; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return err_set(err, ERR_INVALID, "glob '%s' holds a control character", pattern);
        }
        if (strchr("[]{}\\", *c) != NULL) {
            return err_set(err, ERR_INVALID,
                           "glob '%s' holds '%c': only '*' and '?' have a meaning here", pattern,
                           *c);
        }
    }
    return 0;
}

/*
 * Whether the text matches the pattern, in which '*' is any run of bytes.
 *
 * After a mismatch only the last '*' is tried with one byte more: a longer run for an earlier one
 * could not lead to anything that this does not, so that no pattern costs more than its length
 * times the text's.
 */
static bool match_run(const char *pattern, size_t pattern_len, const char *text, size_t text_len)
{
    size_t at = 0;
    size_t read = 0;
    size_t behind_star = 0; /* 0: none so far */
    size_t star_end = 0;

    while (read < text_len) {
        if (at < pattern_len && pattern[at] == '*') {
            behind_star = ++at;
            star_end = read;
        } else if (at < pattern_len && (pattern[at] == '?' || pattern[at] == text[read])) {
            at++;
            read++;
        } else if (behind_star > 0) {
            at = behind_star;
            read = ++star_end;
        } else {
            return false;
        }
    }
    while (at < pattern_len && pattern[at] == '*') {
        at++;
    }
    return at == pattern_len;
}

bool glob_match_name(const char *pattern, const char *name)
{
    return match_run(pattern, strlen(pattern), name, strlen(name));
}

static size_t segment_len(const char *segment)
{
    return strcspn(segment, "/");
}

/* The segment behind @segment; NULL behind the last. */
static const char *next_segment(const char *segment)
{
    const char *slash = strchr(segment, '/');

    return slash != NULL ? slash + 1 : NULL;
}

static bool is_any_segments(const char *segment)
{
    return segment_len(segment) == 2 && segment[0] == '*' && segment[1] == '*';
}

static bool match_segment(const char *pattern, const char *segment)
{
    return match_run(pattern, segment_len(pattern), segment, segment_len(segment));
}

/* As match_run(), with segments for bytes and "**" for '*'. */
bool glob_match_path(const char *pattern, const char *path)
{
    const char *at = pattern;
    const char *read = path;
    const char *behind_stars = NULL;
    const char *stars_end = NULL; /* NULL: no "**" so far */

    while (read != NULL) {
        if (at != NULL && is_any_segments(at)) {
            at = next_segment(at);
            behind_stars = at;
            stars_end = read;
        } else if (at != NULL && match_segment(at, read)) {
            at = next_segment(at);
            read = next_segment(read);
        } else if (stars_end != NULL) {
            at = behind_stars;
            stars_end = next_segment(stars_end);
            read = stars_end;
        } else {
            return false;
        }
    }
    while (at != NULL && is_any_segments(at)) {
        at = next_segment(at);
    }
    return at == NULL;
}
