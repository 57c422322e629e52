/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/reload.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "tests/folder.h"
#include "tests/test.h"

/* A source of one text, and what became of it. */
struct text_source {
    const char *path;
    pthread_mutex_t lock;
    char in_force[64];
    size_t n_loads;
    size_t n_drops;
    size_t n_swaps; /* so often somebody replaces the file while it is read */
};

static struct text_source *dropping; /* the one whose values are dropped: drop() has no data */

static void *load(void *data, struct err *err)
{
    struct text_source *text = data;
    CLEANUP(buf_clear) struct buf content = BUF_INIT(64);

    if (file_read(text->path, &content, err) < 0) {
        return NULL;
    }
    (void)pthread_mutex_lock(&text->lock);
    text->n_loads++;
    if (text->n_swaps > 0) {
        char generation[32];
        (void)snprintf(generation, sizeof(generation), "swap%zu", text->n_swaps--);
        assert_int_equal(folder_publish("m", generation, "f", generation), 0);
    }
    (void)pthread_mutex_unlock(&text->lock);
    if (strcmp(buf_text(&content), "bad") == 0) {
        err_set(err, ERR_INVALID, "the text is bad");
        return NULL;
    }
    return buf_take(&content);
}

static void use(void *data, void *value)
{
    struct text_source *text = data;

    (void)pthread_mutex_lock(&text->lock);
    (void)snprintf(text->in_force, sizeof(text->in_force), "%s", (const char *)value);
    (void)pthread_mutex_unlock(&text->lock);
    free(value);
}

static void drop(void *value)
{
    (void)pthread_mutex_lock(&dropping->lock);
    dropping->n_drops++;
    (void)pthread_mutex_unlock(&dropping->lock);
    free(value);
}

static struct text_source text_at(const char *path)
{
    return (struct text_source){.path = path, .lock = PTHREAD_MUTEX_INITIALIZER};
}

static struct reload_source source_of(struct text_source *text)
{
    dropping = text;
    return (struct reload_source){
        .what = text->path,
        .paths = {text->path},
        .metric = METRICS_RELOAD_POLICIES,
        .load = load,
        .use = use,
        .drop = drop,
        .data = text,
    };
}

static bool is_in_force(struct text_source *text, const char *expected)
{
    bool is;

    (void)pthread_mutex_lock(&text->lock);
    is = strcmp(text->in_force, expected) == 0;
    (void)pthread_mutex_unlock(&text->lock);
    return is;
}

/* Wait until @expected is in force, at most @timeout_ms. */
static bool comes_into_force(struct text_source *text, const char *expected, int timeout_ms)
{
    for (; timeout_ms > 0 && !is_in_force(text, expected); timeout_ms -= 5) {
        (void)poll(NULL, 0, 5);
    }
    return is_in_force(text, expected);
}

static struct metrics *make_metrics(void)
{
    struct err err = {0};
    struct metrics *metrics = metrics_new("0", &err);

    assert_non_null(metrics);
    return metrics;
}

/* Whether @line stands on the metrics' page. */
static bool shows(struct metrics *metrics, const char *line)
{
    CLEANUP(buf_clear) struct buf page = BUF_INIT(1024UL * 1024);
    const struct metrics_sample sample = {0};

    metrics_write(metrics, &sample, &page);
    return strstr(buf_text(&page), line) != NULL;
}

static struct reload *
reload_of(const struct reload_source *sources, size_t n, struct metrics *metrics)
{
    struct err err = {0};
    struct reload *reload = reload_new(sources, n, metrics, &err);

    assert_non_null(reload);
    return reload;
}

/* One that has read everything. */
static struct reload *
read_first(const struct reload_source *sources, size_t n, struct metrics *metrics)
{
    struct reload *reload = reload_of(sources, n, metrics);
    struct err err = {0};

    assert_int_equal(reload_first(reload, &err), 0);
    return reload;
}

/* One that has read everything and goes on. */
static struct reload *start(const struct reload_source *sources, size_t n, struct metrics *metrics)
{
    struct reload *reload = read_first(sources, n, metrics);
    struct err err = {0};

    assert_int_equal(reload_start(reload, &err), 0);
    return reload;
}

/* Wait until @line is on the metrics' page. */
static bool comes_to_show(struct metrics *metrics, const char *line)
{
    for (int i = 0; i < 400 && !shows(metrics, line); i++) {
        (void)poll(NULL, 0, 5);
    }
    return shows(metrics, line);
}

static void everything_is_read_at_first(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source a = text_at("a");
    struct text_source b = text_at("b");
    const struct reload_source sources[] = {source_of(&a), source_of(&b)};

    (void)state;
    assert_int_equal(folder_write("a", "1"), 0);
    assert_int_equal(folder_write("b", "2"), 0);
    reload = read_first(sources, 2, metrics);
    assert_non_null(reload);
    assert_true(is_in_force(&a, "1"));
    assert_true(is_in_force(&b, "2"));
}

static void what_is_missing_at_first_is_named_and_read_later(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source a = text_at("gone");
    struct text_source b = text_at("b");
    const struct reload_source sources[] = {source_of(&a), source_of(&b)};
    struct err err = {0};

    (void)state;
    assert_int_equal(folder_write("b", "2"), 0);
    reload = reload_of(sources, 2, metrics);
    assert_int_equal(reload_first(reload, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "gone"));
    assert_true(is_in_force(&b, "2"));
    assert_int_equal(folder_write("gone", "1"), 0);
    assert_int_equal(reload_first(reload, &err), 0);
    assert_true(is_in_force(&a, "1"));
    assert_int_equal(b.n_loads, 1); /* it was there */
}

static void a_change_comes_into_force_at_once(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source text = text_at("m/f");
    const struct reload_source sources[] = {source_of(&text)};

    (void)state;
    assert_int_equal(folder_publish("m", "1", "f", "one"), 0);
    reload = start(sources, 1, metrics);
    assert_non_null(reload);
    for (int i = 2; i < 12; i++) {
        char generation[16];
        (void)snprintf(generation, sizeof(generation), "%d", i);
        assert_int_equal(folder_publish("m", generation, "f", generation), 0);
        assert_true(comes_into_force(&text, generation, 2000));
    }
    assert_true(shows(metrics, "hawser_policy_reloads_total{result=\"failure\"} 0\n"));
}

static void a_bad_change_keeps_what_was_in_force(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source text = text_at("f");
    const struct reload_source sources[] = {source_of(&text)};

    (void)state;
    assert_int_equal(folder_write("f", "good"), 0);
    reload = start(sources, 1, metrics);
    assert_non_null(reload);
    assert_int_equal(folder_write("t", "bad"), 0);
    assert_int_equal(rename("t", "f"), 0);
    assert_true(comes_to_show(metrics, "hawser_policy_reloads_total{result=\"failure\"} 1\n"));
    assert_true(is_in_force(&text, "good"));
    assert_int_equal(unlink("f"), 0);
    (void)poll(NULL, 0, 100);
    assert_true(is_in_force(&text, "good"));
    assert_int_equal(folder_write("f", "better"), 0);
    assert_true(comes_into_force(&text, "better", 2000));
}

static void what_is_replaced_while_it_is_read_is_read_again(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source text = text_at("m/f");
    const struct reload_source sources[] = {source_of(&text)};

    (void)state;
    assert_int_equal(folder_publish("m", "1", "f", "one"), 0);
    text.n_swaps = 3;
    reload = read_first(sources, 1, metrics);
    assert_non_null(reload);
    assert_true(is_in_force(&text, "swap1")); /* the last one that came */
    assert_int_equal(text.n_loads, 4);
    assert_int_equal(text.n_drops, 3);
}

static void files_that_never_stop_changing_are_given_up(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source text = text_at("m/f");
    const struct reload_source sources[] = {source_of(&text)};
    struct err err = {0};

    (void)state;
    assert_int_equal(folder_publish("m", "1", "f", "one"), 0);
    text.n_swaps = 1000;
    reload = reload_of(sources, 1, metrics);
    assert_int_equal(reload_first(reload, &err), -1);
    assert_string_equal(err.msg, "the files do not stop changing");
    assert_string_equal(text.in_force, "");
}

static void a_folder_that_cannot_be_watched_is_looked_at(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source text = text_at("later/f");
    const struct reload_source sources[] = {source_of(&text)};
    struct err err = {0};

    (void)state;
    reload = reload_of(sources, 1, metrics);
    assert_int_equal(reload_first(reload, &err), -1);
    assert_int_equal(reload_start(reload, &err), 0);
    (void)poll(NULL, 0, 50);
    assert_int_equal(folder_publish("later", "1", "f", "there"), 0);
    assert_true(comes_into_force(&text, "there", 3 * RELOAD_BLIND_MS));
}

static void a_kick_has_everything_read_again(void **state)
{
    CLEANUP(metrics_free) struct metrics *metrics = make_metrics();
    CLEANUP(reload_free) struct reload *reload = NULL;
    struct text_source text = text_at("f");
    const struct reload_source sources[] = {source_of(&text)};

    (void)state;
    assert_int_equal(folder_write("f", "1"), 0);
    reload = start(sources, 1, metrics);
    assert_non_null(reload);
    reload_kick(reload);
    assert_true(comes_to_show(metrics, "hawser_policy_reloads_total{result=\"success\"} 1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_is_read_at_first, folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(what_is_missing_at_first_is_named_and_read_later,
                                        folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(a_change_comes_into_force_at_once, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_bad_change_keeps_what_was_in_force, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(what_is_replaced_while_it_is_read_is_read_again,
                                        folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(files_that_never_stop_changing_are_given_up, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_watched_is_looked_at, folder_enter,
                                        folder_leave),
        cmocka_unit_test_setup_teardown(a_kick_has_everything_read_again, folder_enter,
                                        folder_leave),
    };

    log_set(LOG_ERROR, true);
    return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
