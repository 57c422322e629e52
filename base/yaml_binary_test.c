/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_binary.h"

#include <string.h>

#include "tests/test.h"

static void base64_is_decoded_as_go_decodes_it(void **state)
{
    static const struct {
        const char *text;
        const char *bytes; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {"aGVsbG8=", "hello"},
        {"aGVsbG8h", "hello!"},
        {"aGVsbA==", "hell"},
        {"aGVs\nbG8=\n", "hello"},
        {"aG\r\nVs", "hel"},
        {"aGVsbA=\n=", "hell"},
        {"+/+/", "\xfb\xff\xbf"},
        {"aa==", "i"}, /* the last bits do not count */
        {"aGVsbG8", NULL},
        {"aGVsbA=", NULL},
        {"a===", NULL},
        {"=", NULL},
        {"a", NULL},
        {"aa=a", NULL},
        {"aa==aa==", NULL},
        {"aGVs bG8=", NULL},
        {"aGVs-G8=", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = BUF_INIT(64);
        bool decoded = yaml_binary_decode(rows[i].text, &out);
        if (decoded != (rows[i].bytes != NULL) ||
            (decoded && strcmp(buf_text(&out), rows[i].bytes) != 0)) {
            fail_msg("'%s' gives '%s'", rows[i].text, decoded ? buf_text(&out) : "nothing");
        }
        buf_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_decoded_as_go_decodes_it),
    };

    return cmocka_run_group_tests_name("yaml_binary", tests, NULL, NULL);
}
