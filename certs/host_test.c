/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/host.h"

#include <string.h>

#include "tests/test.h"

static void an_address_is_its_bytes(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        unsigned char bytes[HOST_ADDRESS_SIZE];
    } rows[] = {
        {"127.0.0.1", 4, {127, 0, 0, 1}},
        {"255.255.255.255", 4, {255, 255, 255, 255}},
        {"::1", 16, {[15] = 1}},
        {"2001:db8::A", 16, {0x20, 0x01, 0x0d, 0xb8, [15] = 10}},
        {"::ffff:10.0.0.1", 4, {10, 0, 0, 1}},
        {"", 0, {0}},
        {"localhost", 0, {0}},
        {"1.2.3", 0, {0}},
        {"1.2.3.4.5", 0, {0}},
        {"256.0.0.1", 0, {0}},
        {"010.0.0.1", 0, {0}},
        {"127.0.0.1 ", 0, {0}},
        {"[::1]", 0, {0}},
        {"fe80::1%eth0", 0, {0}},
        {"127.0.0.1:443", 0, {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned char bytes[HOST_ADDRESS_SIZE] = {0};
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(host_address(rows[i].text, bytes), rows[i].len);
        assert_memory_equal(bytes, rows[i].bytes, sizeof(bytes));
    }
}

#define A63  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A189 A63 "." A63 "." A63 /* with the dots 191 */

static void a_dns_name_is_labels_with_dots_between_them(void **state)
{
    static const struct {
        const char *text;
        bool expected;
    } rows[] = {
        {"localhost", true},
        {"hawser.hawser-system.svc", true},
        {"Example.COM", true},
        {"my_laptop", true},
        {"1.2.3", true},
        {"a", true},
        {A63, true},
        {A63 "a", false},
        {A189 "."
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         true}, /* 253 */
        {A189 "."
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         false},
        {"", false},
        {".", false},
        {".a", false},
        {"a.", false},
        {"a..b", false},
        {"-a", false},
        {"a-.b", false},
        {"*.example.com", false},
        {"a b", false},
        {"a,DNS:b", false},
        {"h\xc3\xb6st", false},
        {"https://a", false},
        {"a:443", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s'\n", rows[i].text);
        assert_int_equal(host_is_dns_name(rows[i].text), rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_its_bytes),
        cmocka_unit_test(a_dns_name_is_labels_with_dots_between_them),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
