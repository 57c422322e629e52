/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/exposition/exposition_page.h"
#include "tests/folder.h"
#include "tests/proc.h"
#include "tests/test.h"

#define PAGE_BYTES  (64UL * 1024)
#define ARENA_BYTES (1024UL * 1024)

/* A folder like /proc, the current one, and what was read of it. */
struct fixture {
    void *folder; /* of folder_enter() */
    struct arena *arena;
    struct exposition_page page;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    assert_int_equal(folder_enter(&fixture->folder), 0);
    assert_int_equal(mkdir("self", 0700), 0);
    fixture->arena = arena_new(ARENA_BYTES);
    assert_non_null(fixture->arena);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    const int status = folder_leave(&fixture->folder);

    arena_free(fixture->arena);
    free(fixture);
    return status;
}

static void read_page(struct fixture *fixture, const char *proc)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(PAGE_BYTES);

    process_write_from(proc, &text);
    assert_false(buf_failed(&text));
    exposition_page_read(buf_text(&text), text.len, fixture->arena, &fixture->page);
}

static double value_of(const struct fixture *fixture, const char *series)
{
    print_message("# %s\n", series);
    return exposition_page_value(&fixture->page, series);
}

static void check_near(const struct fixture *fixture, const char *series, double expected)
{
    /* Unix seconds in a double are good to a quarter of a microsecond. */
    assert_true(fabs(value_of(fixture, series) - expected) < 0.000001);
}

static bool has(const struct fixture *fixture, const char *series)
{
    double value = 0;

    print_message("# %s\n", series);
    return exposition_parser_find(&fixture->page, series, &value);
}

static void what_is_told_of_this_process_is_plausible(void **state)
{
    struct fixture *fixture = *state;
    const double now_s = (double)clock_wall_s();
    struct rlimit limit;
    struct rusage usage;
    double used_s;
    double open_fds;

    if (!proc_is_mounted()) {
        return;
    }
    read_page(fixture, "/proc");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    used_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1);
    assert_true(value_of(fixture, "process_cpu_seconds_total") <= used_s);
    assert_true(value_of(fixture, "process_resident_memory_bytes") > 64 * 1024);
    assert_true(value_of(fixture, "process_virtual_memory_bytes") >
                value_of(fixture, "process_resident_memory_bytes"));
    assert_true(value_of(fixture, "process_start_time_seconds") > now_s - 3600);
    assert_true(value_of(fixture, "process_start_time_seconds") < now_s + 2);
    if (limit.rlim_cur != RLIM_INFINITY) {
        assert_true(value_of(fixture, "process_max_fds") == (double)limit.rlim_cur);
    }
    open_fds = value_of(fixture, "process_open_fds");
    assert_true(open_fds >= 1 && open_fds < 1000);
}

static void an_open_file_is_one_descriptor_more(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(close) int fd = -1;
    double before;

    if (!proc_is_mounted()) {
        return;
    }
    read_page(fixture, "/proc");
    before = value_of(fixture, "process_open_fds");
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    read_page(fixture, "/proc");
    assert_true(value_of(fixture, "process_open_fds") == before + 1);
}

/* Fields up to the resident pages; the name may hold anything. */
#define SELF_STAT                                                                     \
    "4711 (a) S ) 1) R 1 4711 4711 0 -1 4194560 100 0 0 0 250 50 7 8 20 0 9 0 12345 " \
    "104857600 300 18446744073709551615 1 1\n"

static void the_fields_are_those_of_proc(void **state)
{
    struct fixture *fixture = *state;
    const double hz = (double)sysconf(_SC_CLK_TCK);
    const double page_bytes = (double)sysconf(_SC_PAGESIZE);

    assert_int_equal(folder_write("self/stat", SELF_STAT), 0);
    assert_int_equal(
        folder_write("stat", "cpu  1 2 3\nintr 1 2 3\nctxt 1\nbtime 1700000000\nprocesses 1\n"), 0);
    read_page(fixture, ".");
    check_near(fixture, "process_cpu_seconds_total", 300 / hz);
    check_near(fixture, "process_resident_memory_bytes", 300 * page_bytes);
    check_near(fixture, "process_virtual_memory_bytes", 104857600);
    check_near(fixture, "process_start_time_seconds", 1700000000 + 12345 / hz);
    assert_false(has(fixture, "process_open_fds"));
}

static void what_cannot_be_read_is_left_out(void **state)
{
    static const struct {
        const char *self_stat; /* NULL: no such file */
        const char *stat;
    } rows[] = {
        {NULL, NULL},
        {"", ""},
        {"4711 (a) R 1\n", "btime"},
        {"4711 a R 1 4711 4711 0 -1 4194560 100 0 0 0 250 50 7 8 20 0 9 0 12345 104857600 300 1\n",
         "\nbtime 1700000000\n"},
        {"4711 (a) R 1 4711 4711 0 -1 4194560 100 0 0 0 x -5 7 8 20 0 9 0 +1 1x 0x5\n",
         "\nbtime 1700000000\n"},
        {"4711 (a) R 1 4711 4711 0 -1 4194560 100 0 0 0 9223372036854775807 1 7 8 20 0 9 0 "
         "9223372036854775807 9223372036854775808 9223372036854775807 1\n",
         "\nbtime 1700000000\n"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# row %zu\n", i);
        if (rows[i].self_stat != NULL) {
            assert_int_equal(folder_write("self/stat", rows[i].self_stat), 0);
            assert_int_equal(folder_write("stat", rows[i].stat), 0);
        }
        read_page(fixture, ".");
        assert_false(has(fixture, "process_cpu_seconds_total"));
        assert_false(has(fixture, "process_resident_memory_bytes"));
        assert_false(has(fixture, "process_virtual_memory_bytes"));
        assert_false(has(fixture, "process_start_time_seconds"));
        assert_false(has(fixture, "process_open_fds"));
    }
}

static void a_start_time_needs_the_time_of_boot(void **state)
{
    static const char *const stats[] = {
        "",          "cpu 1\n", "\nbtime x\n", "\nbtime -1\n", "\nbtime 9223372036854775807\n",
        "\nbtime 17"};
    struct fixture *fixture = *state;

    assert_int_equal(folder_write("self/stat", SELF_STAT), 0);
    for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
        assert_int_equal(folder_write("stat", stats[i]), 0);
        read_page(fixture, ".");
        assert_false(has(fixture, "process_start_time_seconds"));
        assert_true(has(fixture, "process_cpu_seconds_total"));
    }
}

static void a_path_that_is_too_long_is_no_harm(void **state)
{
    struct fixture *fixture = *state;
    char proc[PATH_MAX + 1];

    memset(proc, 'p', sizeof(proc) - 1);
    proc[sizeof(proc) - 1] = '\0';
    read_page(fixture, proc);
    assert_false(has(fixture, "process_cpu_seconds_total"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_told_of_this_process_is_plausible, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_open_file_is_one_descriptor_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_fields_are_those_of_proc, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_start_time_needs_the_time_of_boot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_path_that_is_too_long_is_no_harm, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
