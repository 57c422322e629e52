/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/generation.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/test.h"

#define BYTES_MAX ((size_t)64 * 1024)

/* Read the answer that has this response. */
static int read_answer(const char *response, struct generation_answer *out, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(BYTES_MAX);
    CLEANUP(buf_clear) struct buf received = BUF_INIT(BYTES_MAX);
    CLEANUP(answer_clear) struct answer answer = {0};
    enum answer_found found;
    size_t used;

    buf_printf(&text,
               "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
               "\"response\":%s}",
               response);
    buf_printf(&received,
               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
               "%zu\r\n\r\n%s",
               text.len, buf_text(&text));
    assert_int_equal(answer_parse(&received, false, &found, &answer, &used, err), 0);
    return generation_read(&answer, out, err);
}

static void a_review_is_json_of_the_length_that_was_asked_for(void **state)
{
    CLEANUP(buf_clear) struct buf review = BUF_INIT(BYTES_MAX);
    struct err err = {0};

    (void)state;
    generation_write_review(7, 0, &review);
    assert_true(review.len > 500 && review.len < 2000);
    buf_cut(&review, 0);
    buf_add_text(&review, " ");
    generation_write_review(7, 10000, &review);
    assert_int_equal(review.len, 10001);
    json_auto_t *object = json_parse(review.bytes, review.len, &err);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(object, "request"), "uid")), "review-7");
}

static void an_answer_tells_whose_patch_it_is(void **state)
{
    static const struct {
        const char *response;
        bool allowed;
        unsigned int generation;
        size_t n_claims;
        size_t n_operations;
    } rows[] = {
        {"{\"uid\":\"u\",\"allowed\":true}", true, 0, 0, 0},
        {"{\"uid\":\"u\",\"allowed\":false,\"status\":{\"code\":403}}", false, 0, 0, 0},
        /* [{"value":"generation-42"}] */
        {"{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\","
         "\"patch\":\"W3sidmFsdWUiOiJnZW5lcmF0aW9uLTQyIn1d\"}",
         true, 42, 1, 1},
        /* the same twice */
        {"{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\","
         "\"patch\":\"W3sidmFsdWUiOiJnZW5lcmF0aW9uLTQyIn0seyJ2YWx1ZSI6ImdlbmVyYXRpb24tNDIifV0=\"}",
         true, 42, 2, 2},
        /* [{},{}] */
        {"{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"W3t9LHt9XQ==\"}",
         true, 0, 0, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(generation_clear) struct generation_answer review = {0};
        struct err err = {0};

        if (read_answer(rows[i].response, &review, &err) < 0) {
            fail_msg("row %zu: %s", i, err.msg);
        }
        assert_string_equal(review.uid, "u");
        assert_int_equal(review.allowed, rows[i].allowed);
        assert_int_equal(review.generation, rows[i].generation);
        assert_int_equal(review.n_claims, rows[i].n_claims);
        assert_int_equal(json_array_size(review.patch), rows[i].n_operations);
    }
}

static void a_mixture_of_two_generations_is_refused(void **state)
{
    /* [{"value":"generation-42"},{"value":"generation-43"}] */
    static const char response[] =
        "{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\","
        "\"patch\":\"W3sidmFsdWUiOiJnZW5lcmF0aW9uLTQyIn0seyJ2YWx1ZSI6ImdlbmVyYXRpb24tNDMifV0=\"}";
    CLEANUP(generation_clear) struct generation_answer review = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(read_answer(response, &review, &err), -1);
    assert_string_equal(err.msg, "one patch has the generations 42 and 43");
    assert_null(review.patch);
}

static void what_the_api_server_would_not_take_is_refused(void **state)
{
    static const char *const responses[] = {
        "null",
        "{\"allowed\":true}",
        "{\"uid\":\"u\"}",
        "{\"uid\":\"u\",\"allowed\":\"true\"}",
        "{\"uid\":\"u\",\"allowed\":true,\"patch\":\"W10=\"}",
        "{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\"}",
        "{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONMergePatch\",\"patch\":\"W10=\"}",
        "{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"[]\"}",
        "{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"e30=\"}",
        "{\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"\"}",
        "{\"uid\":\"u\",\"uid\":\"u\",\"allowed\":true}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        CLEANUP(generation_clear) struct generation_answer review = {0};
        struct err err = {0};

        if (read_answer(responses[i], &review, &err) == 0) {
            fail_msg("accepted: %s", responses[i]);
        }
        assert_int_equal(err.code, ERR_INVALID);
        assert_null(review.patch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_review_is_json_of_the_length_that_was_asked_for),
        cmocka_unit_test(an_answer_tells_whose_patch_it_is),
        cmocka_unit_test(a_mixture_of_two_generations_is_refused),
        cmocka_unit_test(what_the_api_server_would_not_take_is_refused),
    };

    return cmocka_run_group_tests_name("review", tests, NULL, NULL);
}
