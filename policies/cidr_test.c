/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/cidr.h"

#include <string.h>

#include "tests/test.h"

static void networks_of_both_families_are_accepted(void **state)
{
    static const char *const texts[] = {
        "10.0.0.0/16",        "0.0.0.0/0",   "10.1.2.3/32",
        "255.255.255.254/31", "::/0",        "fd00::/8",
        "fd00:10::/64",       "FD00::1/128", "fd00:aaaa:bbbb:cccc:dddd:eeee:ffff:1111/128",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct err err = {0};
        print_message("# %s\n", texts[i]);
        assert_int_equal(cidr_check(texts[i], &err), 0);
    }
}

static void what_is_no_network_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "/",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0/16",
        "/16",
        "10.0.0.0/016",
        "010.0.0.0/16",
        "10.0.0.0/+8",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "256.0.0.0/8",
        "10.0.0.0/8/8",
        "::/129",
        "::/4294967296",
        "fd00::g/64",
        "fd00:::/64",
        "::10.0.0.0/128",
        "fe80::%eth0/64",
        "node/8",
        "fd00:aaaa:bbbb:cccc:dddd:eeee:ffff:11110/128",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct err err = {0};
        print_message("# '%s'\n", texts[i]);
        assert_int_equal(cidr_check(texts[i], &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, "is not a network; expected a CIDR, e.g. '10.0.0.0/16'"));
        assert_non_null(strstr(err.msg, texts[i]));
    }
}

static void an_address_of_a_host_is_refused(void **state)
{
    static const char *const texts[] = {"10.0.0.1/31", "10.128.0.0/8", "1.0.0.0/0", "fd00::1/127",
                                        "8000::/0"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct err err = {0};
        print_message("# %s\n", texts[i]);
        assert_int_equal(cidr_check(texts[i], &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, "has bits behind its /"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_of_both_families_are_accepted),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(an_address_of_a_host_is_refused),
    };

    return cmocka_run_group_tests_name("cidr", tests, NULL, NULL);
}
