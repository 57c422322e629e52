/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/inject/joined.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "tests/test.h"

/* Two texts that are read, and what is made of them. */
struct pair {
    struct arena *arena;
    struct json_reader readers[2];
    struct joined joined;
    struct buf text;
};

static void open_pair(struct pair *pair, const char *own, const char *base)
{
    struct err err = {0};

    *pair = (struct pair){.arena = arena_new((size_t)64 * 1024), .text = BUF_INIT(65536)};
    assert_non_null(pair->arena);
    if (own != NULL) {
        assert_int_equal(json_reader_open(&pair->readers[0], pair->arena, own, strlen(own),
                                          &pair->joined.own, &err),
                         0);
    }
    if (base != NULL) {
        assert_int_equal(json_reader_open(&pair->readers[1], pair->arena, base, strlen(base),
                                          &pair->joined.base, &err),
                         0);
    }
}

static void close_pair(struct pair *pair)
{
    buf_clear(&pair->text);
    arena_free(pair->arena);
}

static void what_the_template_says_goes_before(void **state)
{
    static const struct {
        const char *own;
        const char *base;
        const char *joined;
    } rows[] = {
        {NULL, NULL, "{}"},
        {"{\"a\":1}", NULL, "{\"a\":1}"},
        {NULL, "{\"b\":[2]}", "{\"b\":[2]}"},
        {"{\"a\":1,\"c\":3}", "{\"b\":2,\"c\":4}", "{\"a\":1,\"c\":3,\"b\":2}"},
        {"{\"a\":null}", "{\"a\":1}", "{\"a\":1}"},
        {"{\"a\":1}", "{\"a\":null,\"b\":null}", "{\"a\":1}"},
        {"{\"a\":{\"x\":1}}", "{\"a\":{\"x\":2,\"y\":3}}", "{\"a\":{\"x\":1,\"y\":3}}"},
        {"{\"a\":{\"x\":1}}", "{\"a\":[2]}", "{\"a\":{\"x\":1}}"},
        {"{\"a\":[1]}", "{\"a\":[2]}", "{\"a\":[1]}"},
        {"{\"\\u0061\":1}", "{\"a\":2}", "{\"\\u0061\":1}"},
        {"{\"a\":1.50,\"b\":\"\\u00e4\"}", NULL, "{\"a\":1.50,\"b\":\"\\u00e4\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        struct json_out out;
        struct pair pair;
        open_pair(&pair, rows[i].own, rows[i].base);
        out = (struct json_out){.buf = &pair.text};
        print_message("# %s\n", rows[i].joined);
        json_out_object(&out);
        assert_int_equal(joined_check(&pair.joined, &err), 0);
        assert_int_equal(joined_write_members(&out, &pair.joined, &err), 0);
        json_out_object_end(&out);
        assert_string_equal(buf_text(&pair.text), rows[i].joined);
        close_pair(&pair);
    }
}

static void a_member_is_the_templates_or_else_the_default(void **state)
{
    struct json_view member;
    struct err err = {0};
    struct pair pair;

    (void)state;
    open_pair(&pair, "{\"a\":true,\"b\":null}", "{\"a\":false,\"b\":true,\"c\":null}");
    assert_true(joined_is_there(&pair.joined));
    assert_int_equal(joined_get(&pair.joined, "a", &member, &err), 0);
    assert_true(json_view_is_true(&member));
    assert_int_equal(joined_get(&pair.joined, "b", &member, &err), 0);
    assert_true(json_view_is_true(&member));
    assert_int_equal(joined_get(&pair.joined, "c", &member, &err), 0);
    assert_int_equal(json_view_type(&member), JSON_VIEW_NOTHING);
    close_pair(&pair);
}

/* An object with @n members in all, most of them in one that is @n_levels below. */
static void write_wide(struct buf *out, size_t n, size_t n_levels)
{
    for (size_t i = 0; i < n_levels; i++) {
        buf_add_text(out, "{\"o\":");
    }
    buf_add_text(out, "{\"m\":0");
    for (size_t i = 1; i < n - n_levels; i++) {
        buf_printf(out, ",\"m%zu\":0", i);
    }
    for (size_t i = 0; i <= n_levels; i++) {
        buf_add_text(out, "}");
    }
}

static void more_members_than_any_security_context_has_are_refused(void **state)
{
    (void)state;
    for (size_t n = JOINED_MEMBERS_MAX; n <= JOINED_MEMBERS_MAX + 1; n++) {
        for (size_t n_levels = 0; n_levels < 3; n_levels++) {
            CLEANUP(buf_clear) struct buf wide = BUF_INIT(4096);
            struct err err = {0};
            struct pair pair;
            write_wide(&wide, n, n_levels);
            open_pair(&pair, n_levels == 1 ? NULL : buf_text(&wide), buf_text(&wide));
            assert_int_equal(joined_check(&pair.joined, &err), n == JOINED_MEMBERS_MAX ? 0 : -1);
            if (n > JOINED_MEMBERS_MAX) {
                assert_int_equal(err.code, ERR_INVALID);
                assert_string_equal(err.msg, "a securityContext has more than 64 members");
            }
            close_pair(&pair);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_template_says_goes_before),
        cmocka_unit_test(a_member_is_the_templates_or_else_the_default),
        cmocka_unit_test(more_members_than_any_security_context_has_are_refused),
    };

    return cmocka_run_group_tests_name("joined", tests, NULL, NULL);
}
