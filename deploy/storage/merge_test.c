/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/storage/merge_test.h"

#include <assert.h>

/* NOLINTNEXTLINE(misc-no-recursion): the objects of the tests are flat */
void merge_test_patch(json_t *target, const json_t *patch)
{
    json_auto_t *copy = json_deep_copy(patch);
    const char *key;
    json_t *value;

    json_object_foreach (copy, key, value) {
        if (json_is_null(value)) {
            (void)json_object_del(target, key); /* it need not be there */
        } else if (json_is_object(value)) {
            if (!json_is_object(json_object_get(target, key))) {
                const int rc = json_object_set_new(target, key, json_object());
                assert(rc == 0);
                (void)rc;
            }
            merge_test_patch(json_object_get(target, key), value);
        } else {
            const int rc = json_object_set(target, key, value);
            assert(rc == 0);
            (void)rc;
        }
    }
}
