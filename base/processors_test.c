/* SPDX-License-Identifier: Apache-2.0 */
#include "base/processors.h"

#include <limits.h>
#include <sched.h>

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

/* Write the file @path with the folders around it. */
static void write_file(const char *path, const char *text)
{
    char folder[PATH_MAX] = "";

    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
        (void)mkdir(folder, 0700); /* or it is there */
    }
    assert_int_equal(folder_write(path, text), 0);
}

/* The number when nothing but the affinity mask limits it. */
static unsigned int count_all(void)
{
    return processors_count_in("absent", "absent");
}

static unsigned int least_of(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

static void without_groups_the_affinity_mask_counts(void **state)
{
    cpu_set_t before;
    cpu_set_t one;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    assert_int_equal(count_all(), CPU_COUNT(&before));
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &before)) {
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
            assert_int_equal(count_all(), 1);
        }
    }
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
    assert_int_equal(count_all(), CPU_COUNT(&before));
}

static void this_machine_has_at_least_one(void **state)
{
    (void)state;
    assert_in_range(processors_count(), 1, count_all());
}

/* What a row of the tables below expects where the quota does not limit. */
#define ALL UINT_MAX

static void a_quota_of_v2_limits_and_a_part_counts_as_one(void **state)
{
    static const struct {
        const char *cpu_max;
        unsigned int expected;
    } rows[] = {
        {"100000 100000\n", 1},
        {"50000 100000\n", 1},
        {"1000 1000000\n", 1},
        {"100001 100000\n", 2},
        {"150000 100000\n", 2},
        {"200000 100000\n", 2},
        {"max 100000\n", ALL},
        {"99999999999999999999999 1\n", ALL},
        {"4294967297 1\n", ALL}, /* 2^32 + 1 */
        {"", ALL},
        {"\n", ALL},
        {"100000\n", ALL},
        {"100000 \n", ALL},
        {"100000 100000", ALL},
        {"100000 0\n", ALL},
        {"0 100000\n", ALL},
        {"-1 100000\n", ALL},
        {"+100000 100000\n", ALL},
        {" 100000 100000\n", ALL},
        {"100000  100000\n", ALL},
        {"100000 -100000\n", ALL},
        {"100000 100000 1\n", ALL},
        {"1e5 100000\n", ALL},
        {"none\n", ALL},
    };

    (void)state;
    write_file("proc/cgroup", "0::/pod\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_file("sys/pod/cpu.max", rows[i].cpu_max);
        print_message("# row %zu\n", i);
        assert_int_equal(processors_count_in("proc", "sys"),
                         least_of(rows[i].expected, count_all()));
    }
}

static void a_quota_of_v1_limits_and_a_part_counts_as_one(void **state)
{
    static const struct {
        const char *quota;
        const char *period;
        unsigned int expected;
    } rows[] = {
        {"100000\n", "100000\n", 1}, {"50000\n", "100000\n", 1},  {"100001\n", "100000\n", 2},
        {"-1\n", "100000\n", ALL},   {"100000\n", "0\n", ALL},    {"100000\n", "", ALL},
        {"", "100000\n", ALL},       {"max\n", "100000\n", ALL},  {"100000\n", "-1\n", ALL},
        {"1 1\n", "100000\n", ALL},  {"100000", "100000\n", ALL},
    };

    (void)state;
    write_file("proc/cgroup", "4:memory:/pod\n3:cpuacct,cpu:/pod\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_file("sys/cpuacct,cpu/pod/cpu.cfs_quota_us", rows[i].quota);
        write_file("sys/cpuacct,cpu/pod/cpu.cfs_period_us", rows[i].period);
        print_message("# row %zu\n", i);
        assert_int_equal(processors_count_in("proc", "sys"),
                         least_of(rows[i].expected, count_all()));
    }
}

static void the_quota_is_looked_for_in_the_own_group_and_those_around_it(void **state)
{
    static const struct {
        const char *cgroup;
        const char *folder; /* where the quota lies */
        unsigned int expected;
    } v2[] = {
        {"0::/\n", "", 1},
        {"0::/a/b/c\n", "/a/b/c", 1},
        {"0::/a/b/c\n", "/a/b", 1},
        {"0::/a/b/c\n", "/a", 1},
        {"0::/a/b/c\n", "", 1},
        {"0::/a/b\n", "/a/b/c", ALL},
        {"0::/a/b\n", "/b", ALL},
        {"0::/a/bc\n", "/a/b", ALL},
        {"0::/kubepods/pod1/x\n", "", 1}, /* the host's name, seen from inside */
        {"0::/a/b (deleted)\n", "/a", 1},
        {"0::/with:colon\n", "/with:colon", 1},
        {"0::/a", "/a", 1},
        {"0::/../../a\n", "", 1},
        {"0::/../../a\n", "/../a", ALL},
        {"0::/a\n", "/unified/a", 1},
        {"1:name=systemd:/a\n0::/a\n", "/unified", 1},
        {"1:name=systemd:/a\n", "/a", ALL},
        {"1:cpu:/a\n", "/a", ALL},
        {"0::a\n", "/a", ALL},
        {"0:/a\n", "/a", ALL},
        {"0\n", "", ALL},
        {"\n\n0::/a\n", "/a", 1},
        {":::/a\n", "/a", ALL},
        {"", "", ALL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(v2) / sizeof(v2[0]); i++) {
        char path[200];
        print_message("# row %zu\n", i);
        write_file("proc/cgroup", v2[i].cgroup);
        (void)snprintf(path, sizeof(path), "mount/sys%s/cpu.max", v2[i].folder);
        write_file(path, "100000 100000\n");
        assert_int_equal(processors_count_in("proc", "mount/sys"),
                         least_of(v2[i].expected, count_all()));
        assert_int_equal(unlink(path), 0);
    }
}

static void hierarchies_of_v1_lie_under_the_names_of_their_controllers(void **state)
{
    static const struct {
        const char *cgroup;
        const char *folder;
        unsigned int expected;
    } rows[] = {
        {"2:cpu:/a\n", "cpu/a", 1},
        {"2:cpu,cpuacct:/a/b\n", "cpu,cpuacct/a", 1},
        {"2:cpu,cpuacct:/a/b\n", "cpu,cpuacct", 1},
        {"2:cpuacct,cpu:/a\n", "cpu/a", 1},
        {"9:pids:/p\n2:cpu:/a\n0::/\n", "cpu/a", 1},
        {"2:cpu:/../a\n", "cpu", 1},
        {"2:cpuacct:/a\n", "cpuacct/a", ALL},
        {"2:cpuset,cpux:/a\n", "cpuset,cpux/a", ALL},
        {"2:cpuset:/a\n", "cpu/a", ALL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char quota[200];
        char period[200];
        print_message("# row %zu\n", i);
        write_file("proc/cgroup", rows[i].cgroup);
        (void)snprintf(quota, sizeof(quota), "sys/%s/cpu.cfs_quota_us", rows[i].folder);
        (void)snprintf(period, sizeof(period), "sys/%s/cpu.cfs_period_us", rows[i].folder);
        write_file(quota, "100000\n");
        write_file(period, "100000\n");
        assert_int_equal(processors_count_in("proc", "sys"),
                         least_of(rows[i].expected, count_all()));
        assert_int_equal(unlink(quota), 0);
    }
}

static void the_least_of_several_quotas_counts(void **state)
{
    (void)state;
    write_file("proc/cgroup", "0::/a/b\n");
    write_file("sys/a/b/cpu.max", "max 100000\n");
    write_file("sys/a/cpu.max", "90000 100000\n");
    write_file("sys/cpu.max", "800000 100000\n");
    assert_int_equal(processors_count_in("proc", "sys"), 1);
    write_file("sys/a/cpu.max", "800000 100000\n");
    write_file("sys/a/b/cpu.max", "90000 100000\n");
    assert_int_equal(processors_count_in("proc", "sys"), 1);
}

static void what_is_too_long_to_be_the_kernels_does_not_limit(void **state)
{
    CLEANUP(free) char *text = calloc(1, 100001);

    (void)state;
    assert_non_null(text);
    memset(text, '/', 100000);
    memcpy(text, "0::", 3);
    write_file("proc/cgroup", text);
    write_file("sys/cpu.max", "100000 100000\n");
    assert_int_equal(processors_count_in("proc", "sys"), count_all());
    text[10000] = '\0'; /* a line, but no path */
    write_file("proc/cgroup", text);
    assert_int_equal(processors_count_in("proc", "sys"), count_all());
    assert_int_equal(processors_count_in(text + 3, text + 3), count_all());
    memset(text, '0', 1000);
    memcpy(text + 1000, "1 1\n", 5);
    write_file("proc/cgroup", "0::/\n");
    write_file("sys/cpu.max", text);
    assert_int_equal(processors_count_in("proc", "sys"), count_all());
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(without_groups_the_affinity_mask_counts),
        IN_A_FOLDER(this_machine_has_at_least_one),
        IN_A_FOLDER(a_quota_of_v2_limits_and_a_part_counts_as_one),
        IN_A_FOLDER(a_quota_of_v1_limits_and_a_part_counts_as_one),
        IN_A_FOLDER(the_quota_is_looked_for_in_the_own_group_and_those_around_it),
        IN_A_FOLDER(hierarchies_of_v1_lie_under_the_names_of_their_controllers),
        IN_A_FOLDER(the_least_of_several_quotas_counts),
        IN_A_FOLDER(what_is_too_long_to_be_the_kernels_does_not_limit),
    };

    return cmocka_run_group_tests_name("processors", tests, NULL, NULL);
}
