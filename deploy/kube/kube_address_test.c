/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_address.h"

#include <string.h>

#include "tests/test.h"

static void an_address_becomes_an_url(void **state)
{
    static const char *const rows[][2] = {
        {"https://10.0.0.1:6443", "https://10.0.0.1:6443"},
        {"https://api.example.com", "https://api.example.com:443"},
        {"HTTPS://api//", "https://api:443"},
        {"https://[fd00::1]:6443/", "https://[fd00::1]:6443"},
        {"https://rancher/k8s/clusters/c-1/", "https://rancher:443/k8s/clusters/c-1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kube_address address;
        struct err err = {0};
        assert_int_equal(kube_address_read(&address, rows[i][0], NULL, &err), 0);
        assert_string_equal(address.url, rows[i][1]);
        assert_null(address.host_header);
        assert_null(address.connect_to);
        kube_address_clear(&address);
    }
}

static void another_name_is_expected_where_one_is_given(void **state)
{
    static const char *const rows[][5] = {
        {"https://10.0.0.1:6443/x", "kubernetes", "https://kubernetes:6443/x", "::10.0.0.1:6443",
         "Host: 10.0.0.1:6443"},
        {"https://[fd00::1]", "api.example.com", "https://api.example.com:443", "::[fd00::1]:443",
         "Host: [fd00::1]:443"},
        {"https://api", "fd00::2", "https://[fd00::2]:443", "::api:443", "Host: api:443"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kube_address address;
        struct err err = {0};
        assert_int_equal(kube_address_read(&address, rows[i][0], rows[i][1], &err), 0);
        assert_string_equal(address.url, rows[i][2]);
        assert_string_equal(address.connect_to->data, rows[i][3]);
        assert_string_equal(address.host_header, rows[i][4]);
        kube_address_clear(&address);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const rows[][2] = {
        {"", NULL},
        {"10.0.0.1:6443", NULL},
        {"http://10.0.0.1", NULL},
        {"https://", NULL},
        {"https://u@host", NULL},
        {"https://u:p@host", NULL},
        {"https://host?a=b", NULL},
        {"https://host/#c", NULL},
        {"https://host:99999", NULL},
        {"https://a b", NULL},
        {"https://host", ""},
        {"https://host", "a/b"},
        {"https://host", "a\r\nb"},
        {"https://host", "u@a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kube_address address;
        struct err err = {0};
        assert_int_equal(kube_address_read(&address, rows[i][0], rows[i][1], &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        kube_address_clear(&address);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_becomes_an_url),
        cmocka_unit_test(another_name_is_expected_where_one_is_given),
        cmocka_unit_test(what_is_no_address_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
