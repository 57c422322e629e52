/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/news.h"

#include <string.h>

#include "base/json.h"
#include "deploy/storage/bench_test.h"

static json_t *make_claim(void)
{
    return bench_json("{'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'metadata':"
                      " {'namespace': 'team', 'name': 'work', 'uid': 'u-1'}}");
}

/* The body of the last Event. */
static json_t *last_event(struct bench *bench)
{
    size_t n;

    (void)bench_events(bench, "", "", ""); /* all are sent */
    n = api_server_count(bench->stand_in.server);
    assert_true(n > 0);
    return json_loads(api_server_request(bench->stand_in.server, n - 1)->body, 0, NULL);
}

static void what_was_done_is_told_on_its_object_and_counted(void **state)
{
    struct bench *bench = *state;
    json_auto_t *claim = make_claim();
    json_auto_t *event = NULL;
    const json_t *about;

    news_change(&bench->news, NEWS_GROWN, claim, "it was too small");
    event = last_event(bench);
    about = json_object_get(event, "involvedObject");
    assert_string_equal(json_text_of(event, "type"), "Normal");
    assert_string_equal(json_text_of(event, "reason"), "Grown");
    assert_string_equal(json_text_of(event, "message"), "grown: it was too small");
    assert_string_equal(json_text_of(about, "apiVersion"), "v1");
    assert_string_equal(json_text_of(about, "kind"), "PersistentVolumeClaim");
    assert_string_equal(json_text_of(about, "namespace"), "team");
    assert_string_equal(json_text_of(about, "name"), "work");
    assert_string_equal(json_text_of(about, "uid"), "u-1");
    assert_int_equal(bench->news.changes[NEWS_GROWN], 1);
}

static void trouble_is_a_warning_and_counted(void **state)
{
    struct bench *bench = *state;
    json_auto_t *claim = make_claim();
    json_auto_t *event = NULL;

    news_trouble(&bench->news, NEWS_MISMATCHED, claim, "it is of another class");
    event = last_event(bench);
    assert_string_equal(json_text_of(event, "type"), "Warning");
    assert_string_equal(json_text_of(event, "reason"), "ClaimMismatch");
    assert_string_equal(json_text_of(event, "message"), "it is of another class");
    assert_int_equal(bench->news.troubles[NEWS_MISMATCHED], 1);
}

static void about_what_has_neither_namespace_nor_uid_none_is_told(void **state)
{
    struct bench *bench = *state;
    json_auto_t *volume =
        bench_json("{'apiVersion': 'v1', 'kind': 'PersistentVolume', 'metadata': {'name': 'v'}}");
    json_auto_t *event = NULL;
    const json_t *about;

    news_trouble(&bench->news, NEWS_VOLUME_DEAD, volume, "its server is gone");
    event = last_event(bench);
    about = json_object_get(event, "involvedObject");
    assert_string_equal(json_text_of(about, "name"), "v");
    assert_null(json_object_get(about, "namespace"));
    assert_null(json_object_get(about, "uid"));
}

static void that_all_is_well_again_is_no_event(void **state)
{
    struct bench *bench = *state;
    json_auto_t *claim = make_claim();

    news_well(&bench->news, claim);
    assert_int_equal(events_count(bench->events), 0);
}

/* As labels of metrics they are one name for one thing. */
static void each_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (enum news_change i = 0; i < NEWS_N_CHANGES; i++) {
        for (enum news_change k = 0; k < i; k++) {
            assert_string_not_equal(news_change_name(i), news_change_name(k));
        }
        assert_true(strlen(news_change_name(i)) > 0);
    }
    for (enum news_trouble i = 0; i < NEWS_N_TROUBLES; i++) {
        for (enum news_trouble k = 0; k < i; k++) {
            assert_string_not_equal(news_trouble_name(i), news_trouble_name(k));
        }
        assert_true(strlen(news_trouble_name(i)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(what_was_done_is_told_on_its_object_and_counted),
        WITH_BENCH(trouble_is_a_warning_and_counted),
        WITH_BENCH(about_what_has_neither_namespace_nor_uid_none_is_told),
        WITH_BENCH(that_all_is_well_again_is_no_event),
        cmocka_unit_test(each_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
