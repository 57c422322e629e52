/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/exposition/exposition_parser.h"

#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

#define ARENA_BYTES (1024UL * 1024)

#define COUNTER(name)   "# HELP " name " h\n# TYPE " name " counter\n"
#define GAUGE(name)     "# HELP " name " h\n# TYPE " name " gauge\n"
#define HISTOGRAM(name) "# HELP " name " h\n# TYPE " name " histogram\n"

static const char good_page[] = "# HELP requests_total Requests, by \\\\kind\\n.\n"
                                "# TYPE requests_total counter\n"
                                "requests_total{kind=\"a\",code=\"200\"} 7\n"
                                "requests_total{kind=\"a \\\"b\\\"\\\\\\n\",code=\"200\"} 1.5e3\n"
                                "# HELP ns:ready h\n"
                                "# TYPE ns:ready gauge\n"
                                "ns:ready 1\n"
                                "# HELP empty h\n"
                                "# TYPE empty gauge\n"
                                "# HELP odd h\n"
                                "# TYPE odd gauge\n"
                                "odd{v=\"1\"} -Inf\n"
                                "odd{v=\"2\"} NaN\n"
                                "odd{v=\"3\"} -2.5e-05\n"
                                "odd{v=\"{,}= \xc3\xa4\"} +Inf\n"
                                "# HELP t_seconds h\n"
                                "# TYPE t_seconds histogram\n"
                                "t_seconds_bucket{le=\"0.1\"} 1\n"
                                "t_seconds_bucket{le=\"1\"} 1\n"
                                "t_seconds_bucket{le=\"+Inf\"} 3\n"
                                "t_seconds_sum 9.5\n"
                                "t_seconds_count 3\n"
                                "# HELP by h\n"
                                "# TYPE by histogram\n"
                                "by_bucket{k=\"a\",le=\"+Inf\"} 0\n"
                                "by_sum{k=\"a\"} 0\n"
                                "by_count{k=\"a\"} 0\n"
                                "by_bucket{k=\"b\",le=\"1\"} 2\n"
                                "by_bucket{k=\"b\",le=\"+Inf\"} 2\n"
                                "by_sum{k=\"b\"} 2\n"
                                "by_count{k=\"b\"} 2\n";

static void
read_page(const char *text, size_t len, struct arena *arena, struct exposition_page *out)
{
    struct err err = {0};

    if (exposition_parser_read(text, len, arena, out, &err) < 0) {
        fail_msg("%s", err.msg);
    }
}

static void a_series_is_found_by_name_and_labels(void **state)
{
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {"requests_total{kind=\"a\",code=\"200\"}", 7},
        {"requests_total{code=\"200\",kind=\"a\"}", 7},
        {"requests_total{code=\"200\",kind=\"a \\\"b\\\"\\\\\\n\"}", 1500},
        {"ns:ready", 1},
        {"odd{v=\"1\"}", -(double)INFINITY},
        {"odd{v=\"3\"}", -0.000025},
        {"odd{v=\"{,}= \xc3\xa4\"}", (double)INFINITY},
        {"t_seconds_bucket{le=\"+Inf\"}", 3},
        {"t_seconds_sum", 9.5},
        {"by_bucket{le=\"1\",k=\"b\"}", 2},
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct exposition_page page = {0};
    double value = 0;

    (void)state;
    read_page(good_page, strlen(good_page), arena, &page);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s\n", rows[i].series);
        assert_true(exposition_parser_find(&page, rows[i].series, &value));
        assert_true(value == rows[i].value);
    }
    assert_true(exposition_parser_find(&page, "odd{v=\"2\"}", &value));
    assert_true(isnan(value));
}

static void a_series_that_is_not_there_is_not_found(void **state)
{
    static const char *const rows[] = {
        "requests_total",
        "requests_total{kind=\"a\"}",
        "requests_total{kind=\"a\",code=\"200\",more=\"\"}",
        "requests_total{kind=\"b\",code=\"200\"}",
        "empty",
        "t_seconds",
        "ns:ready 1",
        "ns:ready{",
        "",
    };
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct exposition_page page = {0};
    struct exposition_page empty = {0};
    double value = 42;

    (void)state;
    read_page(good_page, strlen(good_page), arena, &page);
    read_page("", 0, arena, &empty);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s\n", rows[i]);
        assert_false(exposition_parser_find(&page, rows[i], &value));
        assert_false(exposition_parser_find(&empty, rows[i], &value));
    }
    assert_true(value == 42);
}

struct bad_page {
    const char *text;
    const char *message;
};

static void check_refused(const struct bad_page *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct exposition_page page = {0};
        struct err err = {0};
        print_message("# row %zu: %s\n", i, rows[i].message);
        assert_int_equal(
            exposition_parser_read(rows[i].text, strlen(rows[i].text), arena, &page, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, rows[i].message);
        assert_null(page.series.items);
    }
}

#define CHECK_REFUSED(rows) check_refused((rows), sizeof(rows) / sizeof((rows)[0]))

static void families_that_are_out_of_order_are_refused(void **state)
{
    static const struct bad_page rows[] = {
        {"a 1\n", "line 1: expected 'a' behind HELP and TYPE of its family"},
        {"# TYPE a gauge\na 1\n", "line 1: expected TYPE to follow HELP of its family"},
        {"# HELP a h\na 1\n", "line 2: expected 'a' behind HELP and TYPE of its family"},
        {"# HELP a h\n", "line 1: expected TYPE of 'a'"},
        {"# HELP a h\n# HELP b h\n", "line 2: expected TYPE of 'a'"},
        {"# HELP a h\n# TYPE b gauge\n", "line 2: expected TYPE to follow HELP of its family"},
        {GAUGE("a") "# TYPE a gauge\n", "line 3: TYPE of 'a' stands twice"},
        {GAUGE("a") "a 1\n# HELP a h\n", "line 4: family 'a' stands twice"},
        {GAUGE("a") GAUGE("b") "a 1\n", "line 5: expected 'a' behind HELP and TYPE of its family"},
        {GAUGE("a") "ab 1\n", "line 3: expected 'ab' behind HELP and TYPE of its family"},
        {GAUGE("a") "a_sum 1\n", "line 3: expected 'a_sum' behind HELP and TYPE of its family"},
        {HISTOGRAM("a") "a 1\n", "line 3: expected 'a' behind HELP and TYPE of its family"},
        {"# HELP a h\n# TYPE a summary\n",
         "line 2: expected a counter, gauge or histogram, found ' summary'"},
        {"# HELP a h\n# TYPE a  gauge\n",
         "line 2: expected a counter, gauge or histogram, found '  gauge'"},
        {"# HELP a\n", "line 1: expected a text after the name"},
        {"# HELP a h\\t\n", "line 1: expected one of \\\\ and \\n"},
        {"# HELP a h\\\n", "line 1: expected one of \\\\ and \\n"},
        {"# HELP 1 h\n", "line 1: expected the name of a family"},
    };

    (void)state;
    CHECK_REFUSED(rows);
}

static void lines_that_are_malformed_are_refused(void **state)
{
    static const struct bad_page rows[] = {
        {GAUGE("a") "a 1", "line 3: expected a newline at the end"},
        {GAUGE("a") "\n", "line 3: expected the name of a metric"},
        {GAUGE("a") "# a comment\n", "line 3: expected the name of a metric"},
        {GAUGE("a") " a 1\n", "line 3: expected the name of a metric"},
        {GAUGE("a") "a\n", "line 3: expected a blank after the name and labels of 'a'"},
        {GAUGE("a") "a-b 1\n", "line 3: expected a blank after the name and labels of 'a'"},
        {GAUGE("a") "a 1 1700000000000\n", "line 3: expected a number, found '1 1700000000000'"},
        {GAUGE("a") "a  1\n", "line 3: expected a number, found ' 1'"},
        {GAUGE("a") "a 1 \n", "line 3: expected a number, found '1 '"},
        {GAUGE("a") "a 1\r\n", "line 3: expected a number, found '1.'"},
        {GAUGE("a") "a 1,5\n", "line 3: expected a number, found '1,5'"},
        {GAUGE("a") "a 0x10\n", "line 3: expected a number, found '0x10'"},
        {GAUGE("a") "a 1e\n", "line 3: expected a number, found '1e'"},
        {GAUGE("a") "a .5\n", "line 3: expected a number, found '.5'"},
        {GAUGE("a") "a inf\n", "line 3: expected a number, found 'inf'"},
        {GAUGE("a") "a nan\n", "line 3: expected a number, found 'nan'"},
        {GAUGE("a") "a --1\n", "line 3: expected a number, found '--1'"},
        {GAUGE("a") "a \n", "line 3: expected a number, found ''"},
        {COUNTER("a") "a -1\n", "line 3: expected a counter that is not negative, found -1"},
        {COUNTER("a") "a NaN\n", "line 3: expected a counter that is not negative, found nan"},
    };

    (void)state;
    CHECK_REFUSED(rows);
}

static void labels_that_are_malformed_are_refused(void **state)
{
    static const struct bad_page rows[] = {
        {GAUGE("a") "a{} 1\n", "line 3: expected the name of a label"},
        {GAUGE("a") "a{l=\"v\",} 1\n", "line 3: expected the name of a label"},
        {GAUGE("a") "a{1=\"v\"} 1\n", "line 3: expected the name of a label"},
        {GAUGE("a") "a{:=\"v\"} 1\n", "line 3: expected the name of a label"},
        {GAUGE("a") "a{__name__=\"v\"} 1\n", "line 3: expected the name of a label"},
        {GAUGE("a") "a{l=\"v\", m=\"v\"} 1\n", "line 3: expected the name of a label"},
        {GAUGE("a") "a{l =\"v\"} 1\n", "line 3: expected '=' after the name of label 'l'"},
        {GAUGE("a") "a{l=v} 1\n", "line 3: expected a label's value in quotes"},
        {GAUGE("a") "a{l='v'} 1\n", "line 3: expected a label's value in quotes"},
        {GAUGE("a") "a{l=\"v} 1\n", "line 3: expected a quote after the label's value"},
        {GAUGE("a") "a{l=\"v\n\"} 1\n", "line 3: expected a quote after the label's value"},
        {GAUGE("a") "a{l=\"\\t\"} 1\n", "line 3: expected one of \\\\, \\\" and \\n"},
        {GAUGE("a") "a{l=\"\\", "line 3: expected a newline at the end"},
        {GAUGE("a") "a{l=\"\\\n\"} 1\n", "line 3: expected one of \\\\, \\\" and \\n"},
        {GAUGE("a") "a{l=\"\xff\"} 1\n", "line 3: expected UTF-8"},
        {GAUGE("a") "a{l=\"v\" 1\n", "line 3: expected ',' or '}' after a label"},
        {GAUGE("a") "a{l=\"v\"m=\"v\"} 1\n", "line 3: expected ',' or '}' after a label"},
        {GAUGE("a") "a {l=\"v\"} 1\n", "line 3: expected a number, found '{l=\"v\"} 1'"},
        {GAUGE("a") "a{l=\"v\",l=\"w\"} 1\n", "line 3: label 'l' stands twice"},
        {GAUGE("a") "a{a=\"\",b=\"\",c=\"\",d=\"\",e=\"\",f=\"\",g=\"\",h=\"\",i=\"\",j=\"\","
                    "k=\"\",l=\"\",m=\"\",n=\"\",o=\"\",p=\"\",q=\"\"} 1\n",
         "line 3: more than 16 labels"},
    };

    (void)state;
    CHECK_REFUSED(rows);
}

static void a_series_that_stands_twice_is_refused(void **state)
{
    static const struct bad_page rows[] = {
        {GAUGE("a") "a 1\na 1\n", "line 4: series 'a' stands twice"},
        {GAUGE("a") "a{l=\"1\",m=\"2\"} 1\na 1\na{m=\"2\",l=\"1\"} 2\n",
         "line 5: series 'a{l=\"1\",m=\"2\"}' stands twice"},
        {HISTOGRAM("a") "a_bucket{le=\"+Inf\"} 0\na_sum 0\na_count 0\n" GAUGE("a_sum") "a_sum 1\n",
         "line 8: series 'a_sum' stands twice"},
    };

    (void)state;
    CHECK_REFUSED(rows);
}

static void histograms_that_make_no_sense_are_refused(void **state)
{
    static const char whole[] = "expected a whole number, not less than the one before";
    static const struct bad_page rows[] = {
        {"a_bucket{le=\"1\"} 1\n", "line 3: expected more samples of histogram 'a'"},
        {"a_bucket{le=\"+Inf\"} 1\n", "line 3: expected more samples of histogram 'a'"},
        {"a_bucket{le=\"+Inf\"} 1\na_sum 1\n", "line 4: expected more samples of histogram 'a'"},
        {"a_bucket{le=\"1\"} 1\na_sum 1\n",
         "line 4: a sum that does not follow the bucket of +Inf"},
        {"a_sum 1\n", "line 3: a sum that does not follow the bucket of +Inf"},
        {"a_bucket{le=\"+Inf\"} 1\na_count 1\n", "line 4: a count that does not follow the sum"},
        {"a_bucket{le=\"+Inf\"} 1\na_bucket{le=\"2\"} 1\n", "line 4: a bucket after that of +Inf"},
        {"a_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 3\n",
         "line 5: expected the count of the bucket of +Inf, found 3"},
        {"a_bucket{le=\"+Inf\"} 2\na_sum 1\na_count NaN\n",
         "line 5: expected the count of the bucket of +Inf, found nan"},
        {"a_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\n",
         "line 4: expected a larger bound than the one before, found 1"},
        {"a_bucket{le=\"2\"} 1\na_bucket{le=\"2.0\"} 1\n",
         "line 4: expected a larger bound than the one before, found 2.0"},
        {"a_bucket 1\n", "line 3: expected label 'le', a number"},
        {"a_bucket{le=\"NaN\"} 1\n", "line 3: expected label 'le', a number"},
        {"a_bucket{le=\"x\"} 1\n", "line 3: expected label 'le', a number"},
        {"a_bucket{le=\"1\"} 2\na_bucket{le=\"2\"} 1\n", NULL},
        {"a_bucket{le=\"1\"} 0.5\n", NULL},
        {"a_bucket{le=\"1\"} -1\n", NULL},
        {"a_bucket{le=\"1\"} NaN\n", NULL},
        {"a_bucket{le=\"1\"} +Inf\n", NULL},
        {"a_bucket{k=\"a\",le=\"1\"} 0\na_bucket{k=\"b\",le=\"+Inf\"} 0\n",
         "line 4: expected the labels {k=\"a\"} of the sample before"},
        {"a_bucket{le=\"+Inf\"} 0\na_sum{le=\"1\"} 0\n",
         "line 4: expected the labels {} of the sample before, found {le=\"1\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        const char *text = arena_printf(arena, HISTOGRAM("a") "%s", rows[i].text);
        struct exposition_page page = {0};
        struct err err = {0};
        print_message("# row %zu\n", i);
        assert_non_null(text);
        assert_int_equal(exposition_parser_read(text, strlen(text), arena, &page, &err), -1);
        assert_non_null(strstr(err.msg, rows[i].message != NULL ? rows[i].message : whole));
    }
}

static void a_byte_of_zero_is_refused(void **state)
{
    static const char text[] = GAUGE("a") "a 1\0\n";
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct exposition_page page = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(exposition_parser_read(text, sizeof(text) - 1, arena, &page, &err), -1);
    assert_string_equal(err.msg, "line 3: expected no NUL");
}

static void a_page_cut_anywhere_is_refused_or_ends_with_a_family(void **state)
{
    const size_t len = strlen(good_page);

    (void)state;
    for (size_t n = 1; n < len; n++) {
        CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
        struct exposition_page page = {0};
        struct err err = {0};
        if (exposition_parser_read(good_page, n, arena, &page, &err) == 0) {
            assert_int_equal(good_page[n - 1], '\n');
        } else {
            assert_int_equal(err.code, ERR_INVALID);
        }
    }
}

static void a_full_arena_is_an_error_and_no_crash(void **state)
{
    bool done = false;

    (void)state;
    for (size_t bytes = 0; !done; bytes += 512) {
        CLEANUP(arena_free) struct arena *arena = arena_new(bytes);
        struct exposition_page page = {0};
        struct err err = {0};
        done = exposition_parser_read(good_page, strlen(good_page), arena, &page, &err) == 0;
        assert_true(done || err.code == ERR_INTERNAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_is_found_by_name_and_labels),
        cmocka_unit_test(a_series_that_is_not_there_is_not_found),
        cmocka_unit_test(families_that_are_out_of_order_are_refused),
        cmocka_unit_test(lines_that_are_malformed_are_refused),
        cmocka_unit_test(labels_that_are_malformed_are_refused),
        cmocka_unit_test(a_series_that_stands_twice_is_refused),
        cmocka_unit_test(histograms_that_make_no_sense_are_refused),
        cmocka_unit_test(a_byte_of_zero_is_refused),
        cmocka_unit_test(a_page_cut_anywhere_is_refused_or_ends_with_a_family),
        cmocka_unit_test(a_full_arena_is_an_error_and_no_crash),
    };

    return cmocka_run_group_tests_name("exposition_parser", tests, NULL, NULL);
}
