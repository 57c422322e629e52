/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/test.h"

/* Listen on @address, connect to what it says it is, and see the connection arrive. */
static void reach(const char *address)
{
    CLEANUP(close) int listening = -1;
    CLEANUP(close) int client = -1;
    CLEANUP(close) int served = -1;
    char bound[ADDRESS_TEXT_SIZE];
    struct err err = {0};
    struct pollfd waiting;

    assert_int_equal(address_listen(address, &listening, bound, &err), 0);
    assert_null(strstr(bound, ":0"));
    print_message("# %s is %s\n", address, bound);
    assert_int_equal(address_connect(bound, &client, &err), 0);
    waiting = (struct pollfd){.fd = listening, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 5000), 1);
    served = accept(listening, NULL, NULL);
    assert_true(served >= 0);
}

/* A machine may have no IPv6; then there is nothing to show. */
static bool has_ipv6(void)
{
    CLEANUP(close) int fd = -1;
    char bound[ADDRESS_TEXT_SIZE];
    struct err err = {0};

    return address_listen("[::1]:0", &fd, bound, &err) == 0;
}

static void addresses_of_both_families_are_listened_on(void **state)
{
    (void)state;
    reach("127.0.0.1:0");
    reach("0.0.0.0:0");
    reach(":0");
    if (has_ipv6()) {
        reach("[::1]:0");
        reach("[::]:0");
    }
}

static void no_host_means_both_families(void **state)
{
    CLEANUP(close) int listening = -1;
    CLEANUP(close) int client = -1;
    char bound[ADDRESS_TEXT_SIZE];
    char v4[ADDRESS_TEXT_SIZE];
    struct err err = {0};
    struct pollfd waiting;

    (void)state;
    assert_int_equal(address_listen(":0", &listening, bound, &err), 0);
    (void)snprintf(v4, sizeof(v4), "127.0.0.1%s", strrchr(bound, ':'));
    assert_int_equal(address_connect(v4, &client, &err), 0);
    waiting = (struct pollfd){.fd = listening, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 5000), 1);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "8443",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "localhost:8443",
        "::1:8443",
        "[::1]",
        "[::1]8443",
        "[]:1",
        "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.1:1",
        "256.0.0.1:1",
        "127.0.0.1:1:2",
        " 127.0.0.1:1",
        "127.0.0.1:000001",
        "[127.0.0.1]:1",
        "[fe80::1%lo]:1",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:00]:1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char bound[ADDRESS_TEXT_SIZE];
        struct err err = {0};
        int fd = -7;
        print_message("# %s\n", texts[i]);
        assert_int_equal(address_listen(texts[i], &fd, bound, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, "expected '127.0.0.1:8443', '[::1]:8443' or ':8443'"));
        assert_int_equal(fd, -7);
    }
}

static void a_port_in_use_is_named(void **state)
{
    CLEANUP(close) int first = -1;
    char bound[ADDRESS_TEXT_SIZE];
    struct err err = {0};
    int second = -7;

    (void)state;
    assert_int_equal(address_listen("127.0.0.1:0", &first, bound, &err), 0);
    assert_int_equal(address_listen(bound, &second, bound, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.msg, bound));
    assert_non_null(strstr(err.msg, "in use"));
    assert_int_equal(second, -7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_both_families_are_listened_on),
        cmocka_unit_test(no_host_means_both_families),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_port_in_use_is_named),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
