/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

#include "tests/test.h"

static void every_character_is_read_back(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char text[4];
        uint32_t read = 0;
        size_t len = 0;
        if (code < 0x80) {
            text[len++] = (char)code;
        } else if (code < 0x800) {
            text[len++] = (char)(0xc0 | code >> 6);
        } else if (code < 0x10000) {
            text[len++] = (char)(0xe0 | code >> 12);
            text[len++] = (char)(0x80 | (code >> 6 & 0x3f));
        } else {
            text[len++] = (char)(0xf0 | code >> 18);
            text[len++] = (char)(0x80 | (code >> 12 & 0x3f));
            text[len++] = (char)(0x80 | (code >> 6 & 0x3f));
        }
        if (code >= 0x80) {
            text[len++] = (char)(0x80 | (code & 0x3f));
        }
        if (code >= 0xd800 && code < 0xe000) {
            assert_int_equal(utf8_decode(text, len, &read), 0);
            continue;
        }
        assert_int_equal(utf8_decode(text, len, &read), len);
        assert_int_equal(read, code);
        assert_int_equal(utf8_decode(text, len - 1, &read), 0);
    }
}

static void what_is_no_character_is_refused(void **state)
{
    static const char *const rows[] = {
        "\x80",             /* a continuation byte alone */
        "\xc0\x80",         /* NUL in two bytes */
        "\xc1\xbf",         /* DEL in two bytes */
        "\xc3(",            /* no continuation byte */
        "\xe0\x9f\xbf",     /* two bytes' worth in three */
        "\xe2\x82",         /* cut */
        "\xe2(\xa1",        /* interrupted */
        "\xed\xa0\x80",     /* a surrogate */
        "\xed\xbf\xbf",     /* the last surrogate */
        "\xf0\x8f\xbf\xbf", /* three bytes' worth in four */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80",
        "\xf8\x90\x80\x80", /* a lead byte of five */
        "\xfe",
        "\xff",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t code = 7;
        print_message("# row %zu\n", i);
        assert_int_equal(utf8_decode(rows[i], strlen(rows[i]), &code), 0);
        assert_int_equal(code, 7);
    }
}

static void characters_that_steer_a_terminal_are_controls(void **state)
{
    static const uint32_t controls[] = {0,      '\n',   0x1b,   0x7f,   0x80,  0x9b,
                                        0x2028, 0x2029, 0x202e, 0x2066, 0x2069};
    static const uint32_t others[] = {' ', 'a', 0xa0, 0xe4, 0x2027, 0x202f, 0x206a, 0x1f600};

    (void)state;
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        assert_true(utf8_is_control(controls[i]));
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(utf8_is_control(others[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_read_back),
        cmocka_unit_test(what_is_no_character_is_refused),
        cmocka_unit_test(characters_that_steer_a_terminal_are_controls),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
