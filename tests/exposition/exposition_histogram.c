/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/exposition/exposition_histogram.h"

#include <math.h>
#include <string.h>

static int add_bucket(struct exposition_histogram_state *state,
                      const struct exposition_sample *sample,
                      struct err *err)
{
    const char *label = exposition_sample_label(sample, "le");
    bool is_first = state->expected == EXPOSITION_START;
    double bound = 0;

    if (!is_first && state->expected != EXPOSITION_BUCKETS) {
        return err_set(err, ERR_INVALID, "a bucket after that of +Inf");
    }
    if (label == NULL || !exposition_sample_number(label, &bound) || isnan(bound)) {
        return err_set(err, ERR_INVALID, "expected label 'le', a number");
    }
    if (!is_first && bound <= state->bound) {
        return err_set(err, ERR_INVALID, "expected a larger bound than the one before, found %s",
                       label);
    }
    if (!isfinite(sample->value) || floor(sample->value) != sample->value ||
        sample->value < (is_first ? 0 : state->count)) {
        return err_set(err, ERR_INVALID, "expected a whole number, not less than the one before");
    }
    state->bound = bound;
    state->count = sample->value;
    state->expected = bound > 0 && isinf(bound) ? EXPOSITION_SUM : EXPOSITION_BUCKETS;
    return 0;
}

static int add_sum(struct exposition_histogram_state *state, struct err *err)
{
    if (state->expected != EXPOSITION_SUM) {
        return err_set(err, ERR_INVALID, "a sum that does not follow the bucket of +Inf");
    }
    state->expected = EXPOSITION_COUNT;
    return 0;
}

static int add_count(struct exposition_histogram_state *state,
                     const struct exposition_sample *sample,
                     struct err *err)
{
    if (state->expected != EXPOSITION_COUNT) {
        return err_set(err, ERR_INVALID, "a count that does not follow the sum");
    }
    if (sample->value != state->count) {
        return err_set(err, ERR_INVALID, "expected the count of the bucket of +Inf, found %g",
                       sample->value);
    }
    state->expected = EXPOSITION_START;
    return 0;
}

int exposition_histogram_add(struct exposition_histogram_state *state,
                             const char *family,
                             const struct exposition_sample *sample,
                             struct arena *arena,
                             struct err *err)
{
    const char *suffix = sample->name + strlen(family);
    bool is_bucket = strcmp(suffix, "_bucket") == 0;
    const char *group = exposition_sample_key("", sample, is_bucket ? "le" : NULL, arena);

    if (group == NULL) {
        return err_no_memory(err);
    }
    if (state->expected != EXPOSITION_START && strcmp(state->group, group) != 0) {
        return err_set(err, ERR_INVALID, "expected the labels %s of the sample before, found %s",
                       state->group[0] != '\0' ? state->group : "{}", group);
    }
    state->group = group;
    if (is_bucket) {
        return add_bucket(state, sample, err);
    }
    return strcmp(suffix, "_sum") == 0 ? add_sum(state, err) : add_count(state, sample, err);
}

int exposition_histogram_end(const struct exposition_histogram_state *state,
                             const char *family,
                             struct err *err)
{
    if (state->expected != EXPOSITION_START) {
        return err_set(err, ERR_INVALID, "expected more samples of histogram '%s'", family);
    }
    return 0;
}
