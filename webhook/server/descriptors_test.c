/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/descriptors.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/test.h"

#define SOFT 64
#define HARD 128

/* How a child ends. */
enum { RAISED, LEFT, REFUSED, WRONG };

/* In a process of its own, since a hard limit that was lowered stays low. */
static int judge(size_t needed)
{
    const struct rlimit low = {.rlim_cur = SOFT, .rlim_max = HARD};
    struct rlimit limit = {0};
    struct err err = {0};
    int result;

    if (setrlimit(RLIMIT_NOFILE, &low) < 0) {
        return WRONG;
    }
    result = descriptors_allow(needed, &err);
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max != HARD) {
        return WRONG;
    }
    if (result < 0) {
        return err.code == ERR_IO && limit.rlim_cur == SOFT && strstr(err.msg, "at most 128 ") &&
                       strstr(err.msg, "expected 129:")
                   ? REFUSED
                   : WRONG;
    }
    if (limit.rlim_cur == SOFT) {
        return needed <= SOFT ? LEFT : WRONG;
    }
    return limit.rlim_cur == needed ? RAISED : WRONG;
}

static void the_soft_limit_is_raised_where_it_must_be(void **state)
{
    static const struct {
        size_t needed;
        int expected;
    } rows[] = {
        {0, LEFT},          {SOFT - 1, LEFT}, {SOFT, LEFT},
        {SOFT + 1, RAISED}, {HARD, RAISED},   {HARD + 1, REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status = 0;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(judge(rows[i].needed));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        print_message("# %zu\n", rows[i].needed);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_soft_limit_is_raised_where_it_must_be),
    };

    return cmocka_run_group_tests_name("descriptors", tests, NULL, NULL);
}
