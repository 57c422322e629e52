/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <string.h>

#include "tests/test.h"

static void a_slip_of_the_fingers_is_near(void **state)
{
    static const struct {
        const char *typed;
        const char *meant;
        unsigned int distance;
    } rows[] = {
        {"mountPath", "mountPath", 0},
        {"mountpath", "mountPath", 0},
        {"mountPth", "mountPath", 1},
        {"muontPath", "mountPath", 1},
        {"mountPaths", "mountPath", 1},
        {"mauntPasth", "mountPath", 2},
        {"moumtpahtes", "mountPath", 3},
        {"size", "sizeLimit", 3},
        {"to", "too", NEAREST_FAR},
        {"sise", "size", 1},
        {"from", "form", 1},
        {"", "size", 3},
        {"size", "", 3},
        {"namespace", "name", 3},
        {"storageClass", "storageClasses", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# '%s' for '%s'\n", rows[i].typed, rows[i].meant);
        assert_int_equal(nearest_distance(rows[i].typed, rows[i].meant), rows[i].distance);
        assert_int_equal(nearest_distance(rows[i].meant, rows[i].typed), rows[i].distance);
    }
}

static void a_very_long_word_is_near_to_nothing(void **state)
{
    char word[66];

    (void)state;
    memset(word, 'a', sizeof(word));
    word[64] = '\0';
    assert_int_equal(nearest_distance(word, word), 0);
    word[64] = 'a';
    word[65] = '\0';
    assert_int_equal(nearest_distance(word, word), NEAREST_FAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_fingers_is_near),
        cmocka_unit_test(a_very_long_word_is_near_to_nothing),
    };

    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
